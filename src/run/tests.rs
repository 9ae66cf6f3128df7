//! What a reader of the figures relies on.

use std::sync::Arc;

use super::*;

/// A header for tests.
pub(crate) fn header(experiment: Experiment) -> Header {
    Header {
        id: "test".into(),
        started_at: "2026-01-01T00:00:00Z".into(),
        gilscope: "0".into(),
        script: experiment.script().text,
        experiment,
        python: PythonInfo {
            version: "3.13.0".into(),
            path: "/python".into(),
            gil_enabled: true,
            default_start_method: "fork".into(),
            model: false,
        },
        machine: Machine {
            cores: 8,
            system: "Linux".into(),
            memory_bytes: 1 << 30,
        },
    }
}

fn info(kind: LaneKind, name: &str) -> LaneInfo {
    LaneInfo {
        parent: None,
        kind,
        pid: 1,
        tid: None,
        name: name.into(),
        args: String::new(),
        probed: true,
        encoding: "utf-8".into(),
        gil: None,
        among: None,
    }
}

fn ms(t: u64) -> u64 {
    t * 1_000_000
}

fn opened(t: u64, lane: u32, kind: LaneKind) -> Event {
    Event {
        t_ns: ms(t),
        kind: Kind::Opened {
            lane: LaneId(lane),
            info: info(kind, "p"),
        },
    }
}

fn ended(t: u64, lane: u32, how: Ended, cpu_ms: Option<u64>) -> Event {
    let kind = Kind::Ended {
        lane: LaneId(lane),
        how,
        cpu_ns: cpu_ms.map(ms),
        peak_rss_bytes: None,
    };
    Event { t_ns: ms(t), kind }
}

fn output(t: u64, lane: u32, text: &str, continues: bool) -> Event {
    let kind = Kind::Output {
        lane: LaneId(lane),
        stream: Stream::Stdout,
        stamp: Stamp::Read,
        continues,
        unattributed: false,
        bytes: Arc::from(text.as_bytes()),
    };
    Event { t_ns: ms(t), kind }
}

fn run(events: &[Event]) -> Run {
    let mut run = Run::new(header(Experiment::default()));
    for event in events {
        run.apply(event);
    }
    run
}

#[test]
fn a_worker_that_ends_as_the_next_starts_is_not_beside_it() {
    use LaneKind::{Process, Root};
    let run = run(&[
        opened(0, 0, Root),
        opened(10, 1, Process),
        ended(20, 1, Ended::Unknown, None),
        opened(20, 2, Process),
        // Seen late by us, told in time by its parent.
        ended(45, 2, Ended::Unknown, None),
        ended(30, 2, Ended::Exited(0), Some(5)),
        opened(31, 3, Process),
    ]);
    assert_eq!(run.peak_parallel(), 1);
    assert_eq!(run.lanes[2].ended, Some((ms(30), Ended::Exited(0))));
}

#[test]
fn a_line_in_pieces_is_one_line() {
    let run = run(&[
        opened(0, 0, LaneKind::Root),
        output(1, 0, "a", false),
        output(2, 0, "b", true),
        output(3, 0, "c\nd\n", true),
        output(4, 0, "last", false),
    ]);
    assert_eq!(run.lanes[0].lines, 3);
    assert_eq!(run.log.rows(Filter::default()), 5);
    assert_eq!(
        run.log.row(Filter::default(), 3),
        Some(Row { block: 2, row: 1 })
    );
    assert_eq!(run.log.row(Filter::default(), 5), None);
}

#[test]
fn lines_against_the_order_of_starts_are_counted_but_not_ties() {
    use LaneKind::{Process, Root};
    let run = run(&[
        opened(0, 0, Root),
        opened(1, 1, Process),
        opened(2, 2, Process),
        opened(3, 3, Process),
        output(10, 3, "x\n", false),
        output(10, 2, "x\n", false),
        output(12, 1, "x\n", false),
    ]);
    assert_eq!(run.out_of_order(), 2);
}

#[test]
fn a_curve_integrates_to_the_accounting_even_without_a_sample() {
    use LaneKind::{Process, Root};
    let cpu = |t, cpu_ms| Event {
        t_ns: ms(t),
        kind: Kind::Cpu {
            lanes: vec![(LaneId(1), ms(cpu_ms))],
            machine_cores: None,
            rss_bytes: 0,
        },
    };
    let run = run(&[
        opened(0, 0, Root),
        opened(10, 1, Process),
        cpu(110, 95),
        cpu(210, 190),
        ended(250, 1, Ended::Exited(0), Some(233)),
        opened(20, 2, Process),
        ended(40, 2, Ended::Exited(0), Some(17)),
    ]);
    let stack = stack(&run, &[1, 2], 0, ms(300), 37);
    for (lane, expected) in [(0, 0.233), (1, 0.017)] {
        let sum: f64 = stack.cores[lane]
            .iter()
            .zip(stack.edges_ns.windows(2))
            .map(|(cores, edge)| f64::from(*cores) * (edge[1] - edge[0]) as f64 / 1e9)
            .sum();
        assert!((sum - expected).abs() < 1e-4, "lane {lane}: {sum}");
    }
    assert!(stack.cores[0].iter().all(|&cores| cores <= 1.1));
}

#[test]
fn what_our_stop_ended_is_stopped_and_what_failed_before_is_failed() {
    use LaneKind::{Process, Root};
    let stop = Event {
        t_ns: ms(30),
        kind: Kind::StopAsked {
            by: StoppedBy::User,
        },
    };
    let run = run(&[
        opened(0, 0, Root),
        opened(1, 1, Process),
        opened(1, 2, Process),
        opened(1, 3, Process),
        ended(20, 1, Ended::Exited(1), None),
        stop,
        ended(31, 2, Ended::Killed(2), None),
        ended(32, 3, Ended::Exited(0), None),
    ]);
    let figures = run.figures();
    assert_eq!(
        (figures.failed, figures.stopped, figures.finished),
        (1, 1, 1)
    );
}

#[test]
fn a_live_runs_cpu_is_what_all_its_lanes_have_used() {
    let cpu = |lanes: &[(u32, u64)]| Kind::Cpu {
        lanes: lanes
            .iter()
            .map(|&(lane, t)| (LaneId(lane), ms(t)))
            .collect(),
        machine_cores: None,
        rss_bytes: 0,
    };
    let mut thread = info(LaneKind::Thread, "Thread-1");
    thread.tid = Some(7);
    let opened_thread = Kind::Opened {
        lane: LaneId(1),
        info: thread,
    };
    let run = run(&[
        opened(0, 0, LaneKind::Root),
        Event {
            t_ns: ms(1),
            kind: opened_thread,
        },
        Event {
            t_ns: ms(100),
            kind: cpu(&[(0, 20), (1, 70)]),
        },
    ]);
    assert!((run.figures().cpu_s - 0.09).abs() < 1e-9);
}

#[test]
fn a_lane_of_an_older_file_is_read_and_the_interpreters_word_on_its_gil_counts() {
    let old = r#"{"parent":null,"kind":"root","pid":1,"tid":null,"name":"p","args":"","probed":true,"encoding":"utf-8"}"#;
    assert_eq!(
        serde_json::from_str::<LaneInfo>(old).unwrap(),
        info(LaneKind::Root, "p")
    );
    let mut run = Run::new(header(Experiment::default()));
    run.apply(&opened(0, 0, LaneKind::Root));
    assert!(run.gil_enabled());
    let told = LaneInfo {
        gil: Some(false),
        ..info(LaneKind::Root, "p")
    };
    let kind = Kind::Learnt {
        lane: LaneId(0),
        info: told,
    };
    run.apply(&Event { t_ns: 0, kind });
    assert!(!run.gil_enabled() && !run.figures().gil_enabled);
}

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

/// A lane's facts for tests.
pub(crate) fn info(kind: LaneKind, name: &str) -> LaneInfo {
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
fn grouped_rows_are_all_rows_a_lane_after_the_other() {
    use LaneKind::{Process, Root};
    let run = run(&[
        opened(0, 0, Root),
        opened(0, 1, Process),
        opened(0, 2, Process),
        output(1, 2, "a\nb\n", false),
        output(2, 1, "c\n", false),
        output(3, 2, "d\n", false),
        output(4, 1, "e\nf\n", false),
    ]);
    let grouped = |nth| run.log.grouped_row(None, nth);
    let rows: Vec<(u64, u32)> = (0..6)
        .map(|nth| grouped(nth).unwrap())
        .map(|row| (row.block, row.row))
        .collect();
    assert_eq!(rows, [(1, 0), (3, 0), (3, 1), (0, 0), (0, 1), (2, 0)]);
    assert_eq!(grouped(6), None);
    for nth in 0..6 {
        let row = grouped(nth).unwrap();
        assert_eq!(run.log.grouped_before(None, row), nth);
    }
    assert_eq!(run.log.grouped_row(Some(Stream::Stderr), 0), None);
}

#[test]
fn a_line_that_is_gone_over_is_one_row() {
    use LaneKind::{Process, Root};
    let run = run(&[
        opened(0, 0, Root),
        opened(0, 1, Process),
        output(1, 0, "before\n", false),
        output(2, 0, "1 %\r", false),
        output(3, 1, "another\n", false),
        output(4, 0, "2 %\r", true),
        output(5, 0, "\n", true),
        output(6, 0, "\r1 %", false),
        output(7, 1, "part", false),
        output(8, 0, "\r2 %", true),
        output(9, 0, "\r3 %\n", true),
        // No `\r`: it is a row of its own.
        output(10, 1, "and more\n", true),
    ]);
    let rows = |filter| {
        let rows = (0..run.log.rows(filter)).map(|nth| run.log.row(filter, nth).unwrap());
        rows.map(|row| row.block).collect::<Vec<_>>()
    };
    assert_eq!(rows(Filter::default()), [0, 1, 2, 5, 6, 9]);
    let only = |lane| Filter {
        lane: Some(LaneId(lane)),
        stream: None,
    };
    assert_eq!(rows(only(0)), [0, 1, 5]);
    assert_eq!(rows(only(1)), [2, 6, 9]);
    let tail = |shown, times| Tail {
        shown,
        times,
        open: false,
    };
    assert_eq!(run.log.tail(1), Some(tail(3, 1)));
    assert_eq!(run.log.tail(5), Some(tail(8, 2)));
    assert_eq!(run.log.tail(6), None);
    assert_eq!(run.log.line(5).collect::<Vec<_>>(), [5, 7, 8]);
    let head = |block| run.log.head(Row { block, row: 0 }).block;
    assert_eq!([0, 3, 4, 7, 8, 9].map(head), [0, 1, 1, 5, 5, 9]);
    assert_eq!(run.lanes[0].lines, 3);
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
    // Who is late is told once, after whom that came first; a tie makes nobody late.
    let late = Late {
        lane: LaneId(1),
        after: LaneId(2),
    };
    assert_eq!(run.late(), [late]);
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
fn the_steps_of_a_stop_say_what_ended_after_each() {
    use LaneKind::{Process, Root, Thread};
    let sent = |t, signal| Event {
        t_ns: ms(t),
        kind: Kind::Signalled { signal },
    };
    let mut events = vec![opened(0, 0, Root)];
    events.extend((1..=5).map(|lane| opened(1, lane, Process)));
    let mut thread = opened(1, 6, Thread);
    if let Kind::Opened { info, .. } = &mut thread.kind {
        info.tid = Some(7);
    }
    events.push(thread);
    events.extend([
        ended(20, 1, Ended::Exited(0), None),
        sent(30, 2),
        ended(31, 2, Ended::Exited(1), None),
        ended(31, 6, Ended::Returned, None),
        sent(180, 15),
        ended(200, 3, Ended::Killed(15), None),
        sent(330, 9),
        sent(340, 9),
        // Asked before, and slow.
        ended(331, 4, Ended::Exited(1), None),
        ended(332, 5, Ended::Killed(9), None),
        ended(333, 0, Ended::Killed(9), None),
    ]);
    let run = run(&events);
    let steps: Vec<_> = run
        .stop_steps()
        .iter()
        .map(|step| (step.t_ns / 1_000_000, step.signal, step.ended))
        .collect();
    assert_eq!(steps, [(30, 2, 1), (180, 15, 2), (330, 9, 2)]);
    assert_eq!(
        run.stop_words().as_deref(),
        Some("after SIGINT 1 ended, after SIGTERM 2, after SIGKILL 2")
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

#[test]
fn who_may_wait_for_the_reader_is_a_process_and_what_nobody_looked_at_is_not_known() {
    use LaneKind::{Root, Thread};
    let line = format!("{}\n", "x".repeat(999));
    let printed = |many: u64| {
        let mut events = vec![opened(0, 0, Root)];
        for lane in 1..=20 {
            events.push(opened(1, lane, Thread));
            events.extend((0..many).map(|nth| output(2 + nth, lane, &line, false)));
        }
        run(&events).figures().output_wait_s
    };
    // Twenty threads share a pipe: a thousand bytes of each fill a small one.
    assert_eq!(printed(1), None);
    let few = [opened(0, 0, Root), output(1, 0, &line, false)];
    assert_eq!(run(&few).figures().output_wait_s, Some(0.0));
}

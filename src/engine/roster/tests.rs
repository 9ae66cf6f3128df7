//! What a reader of the lanes relies on.

use super::*;
use crate::engine::channel::{Hello, Said, What, Whom};

const ZERO: u64 = 1_000;

fn probe(pid: u32, t_ns: u64, what: What) -> Report {
    let t_ns = ZERO + t_ns;
    Report::Probe {
        pid,
        said: Said { t_ns, what },
    }
}

fn hello(pid: u32, ppid: u32) -> What {
    What::Hello(Box::new(Hello {
        pid,
        ppid,
        fork: true,
        encoding: "utf-8".into(),
        ..Hello::default()
    }))
}

fn started(pid: u32) -> What {
    What::Started {
        pid,
        name: "Process-1".into(),
        args: "0".into(),
    }
}

fn reaped(pid: u32, cpu_ns: u64) -> What {
    What::Reaped {
        pid,
        exited: None,
        signal: Some(15),
        cpu_ns,
        rss_bytes: 9,
    }
}

/// The run that the reports make: the root is process 1.
fn run(reports: Vec<Report>) -> (Roster, crate::run::Run) {
    let mut roster = Roster::new(ZERO, 1, &["python".into()]);
    let header = crate::run::tests::header(crate::experiment::Experiment::default());
    let mut run = crate::run::Run::new(header);
    let mut events = roster.opening();
    for report in reports {
        events.extend(roster.take(report));
    }
    for event in &events {
        run.apply(event);
    }
    (roster, run)
}

#[test]
fn a_hello_and_a_start_make_one_lane_in_either_order() {
    for hello_first in [true, false] {
        let mut reports = vec![probe(2, 20, hello(2, 1)), probe(1, 10, started(2))];
        if !hello_first {
            reports.reverse();
        }
        let (_, run) = run(reports);
        assert_eq!(run.lanes.len(), 2);
        let lane = &run.lanes[1];
        assert_eq!(
            (lane.started_ns, lane.info.name.as_str()),
            (10, "Process-1")
        );
        assert_eq!((lane.info.probed, lane.info.args.as_str()), (true, "0"));
        assert_eq!(lane.info.parent, Some(LaneId(0)));
    }
}

#[test]
fn the_lanes_cpu_sums_to_the_trees() {
    let thread = What::Thread {
        owner: 1,
        tid: 77,
        ident: 770,
        started_ns: ZERO + 5,
        name: "T".into(),
        target: "__main__:work".into(),
        args: String::new(),
    };
    let ended = What::ThreadEnded {
        owner: 1,
        cpu_ns: 30,
        raised: false,
    };
    let gone = Report::Gone {
        t_ns: ZERO + 100,
        pid: 1,
        how: Ended::Exited(0),
        tree_cpu_ns: Some(200),
        peak_rss_bytes: None,
    };
    // An exit is heard at once, and what was said before it may still be on its way.
    for late in [false, true] {
        let mut last = vec![probe(1, 60, reaped(2, 70)), gone.clone()];
        if late {
            last.reverse();
        }
        let mut reports = vec![
            probe(1, 1, hello(1, 0)),
            probe(1, 6, thread.clone()),
            probe(2, 20, hello(2, 1)),
            probe(1, 50, ended.clone()),
        ];
        reports.append(&mut last);
        let (roster, run) = run(reports);
        let cpu: Vec<_> = run.lanes.iter().map(|lane| lane.cpu_final_ns).collect();
        assert_eq!(cpu, [Some(100), Some(30), Some(70)]);
        assert_eq!(run.lanes[0].cpu.last_ns(), 100);
        assert_eq!(roster.tree_cpu(), (200, false));
    }
}

#[test]
fn what_no_process_can_have_used_is_cut_to_what_can_be_kept() {
    let up = What::Up {
        cpu_ns: u64::MAX,
        name: String::new(),
        args: String::new(),
    };
    let (roster, run) = run(vec![
        probe(1, 1, hello(1, 0)),
        probe(1, 2, up),
        probe(1, 3, reaped(2, u64::MAX)),
        probe(1, 4, reaped(3, u64::MAX)),
    ]);
    assert_eq!(run.lanes[0].up.unwrap().cpu_ns, MAX_NUMBER);
    assert_eq!(run.lanes[2].cpu_final_ns, Some(MAX_NUMBER));
    assert_eq!(roster.tree_cpu().0, MAX_NUMBER);
}

#[test]
fn nobody_is_their_own_ancestor_whatever_is_said() {
    let started = |pid| What::Started {
        pid,
        name: "Process-1".into(),
        args: String::new(),
    };
    let (_, run) = run(vec![
        probe(1, 1, hello(1, 0)),
        probe(1, 2, started(2)),
        probe(2, 3, hello(2, 1)),
        probe(2, 4, started(2)),
        probe(2, 5, started(1)),
    ]);
    let parents: Vec<_> = run.lanes.iter().map(|lane| lane.info.parent).collect();
    assert_eq!(parents, [None, Some(LaneId(0))]);
}

#[test]
fn who_is_ended_by_its_parent_was_not_killed() {
    let (_, run) = run(vec![
        probe(2, 20, hello(2, 1)),
        probe(1, 30, What::Terminated { pid: 2 }),
        probe(1, 40, reaped(2, 7)),
    ]);
    assert_eq!(run.lanes[1].ended, Some((40, Ended::ByParent(15))));
}

#[test]
fn a_number_that_is_given_again_is_another_process() {
    let (_, run) = run(vec![
        probe(2, 20, hello(2, 1)),
        probe(1, 30, reaped(2, 7)),
        probe(2, 40, hello(2, 1)),
    ]);
    assert_eq!(run.lanes.len(), 3);
    assert!(run.lanes[2].ended.is_none());
}

#[test]
fn a_join_names_both_lanes() {
    let on = Whom::Process(2);
    let (_, run) = run(vec![
        probe(1, 10, started(2)),
        probe(1, 11, What::JoinBegan { by: 0, on }),
        probe(1, 15, What::JoinEnded { by: 0, on }),
    ]);
    assert_eq!(run.lanes[0].joins, [(LaneId(1), 11, Some(15))]);
}

#[test]
fn what_is_not_probed_prints_among_its_parents_lines_only_where_those_are_ours() {
    let appeared = |pid, parent, shares| Report::Appeared {
        t_ns: ZERO + 5,
        pid,
        parent,
        args: vec!["sh".into()],
        started_ns: None,
        shares,
    };
    // 2 took pipes of its own, 3 is captured by its parent.
    let taken = |pid, taken: &str| {
        What::Hello(Box::new(Hello {
            pid,
            ppid: 1,
            fork: true,
            taken: taken.into(),
            ..Hello::default()
        }))
    };
    let (_, run) = run(vec![
        probe(2, 1, taken(2, "oe")),
        probe(3, 1, taken(3, "")),
        appeared(4, 2, Some([true, false])),
        appeared(5, 3, Some([true, true])),
        appeared(6, 2, Some([false, false])),
        appeared(7, 4, Some([true, true])),
        appeared(8, 1, None),
    ]);
    let among: Vec<_> = run.lanes[3..].iter().map(|lane| lane.info.among).collect();
    assert_eq!(
        among,
        [Some(true), Some(false), Some(false), Some(true), None]
    );
}

#[test]
fn a_place_has_one_number_and_is_the_thread_s_or_the_call_s() {
    use crate::engine::report::Found;
    use crate::run::Place;
    let place = |line| Place {
        file: None,
        function: "work".into(),
        line,
    };
    let hello = What::Hello(Box::new(Hello {
        pid: 1,
        ident: 70,
        ..Hello::default()
    }));
    let call = |owner| What::Call {
        owner,
        cpu_ns: 0,
        name: "work".into(),
        args: String::new(),
    };
    let ended = What::CallEnded {
        owner: 1,
        cpu_ns: 5,
        raised: false,
    };
    let found = |ident, line, from_ns, to_ns| Found {
        ident,
        place: (line > 0).then(|| place(line)),
        from_ns: ZERO + from_ns,
        to_ns: ZERO + to_ns,
    };
    let at = |found| Report::At {
        t_ns: ZERO + 99,
        pid: 1,
        found,
    };
    let (_, run) = run(vec![
        probe(1, 5, hello),
        at(vec![found(70, 9, 6, 8), found(71, 3, 6, 8)]),
        probe(1, 10, call(1)),
        probe(1, 20, ended),
        probe(1, 30, call(2)),
        // The same line in one call and in the next.
        at(vec![
            found(70, 4, 12, 38),
            found(70, 0, 40, 44),
            found(70, 9, 46, 46),
        ]),
    ]);
    assert_eq!(run.places, [place(9), place(4)]);
    let stays = |lane: usize| run.lanes[lane].places.stays().to_vec();
    let id = |id| Some(PlaceId(id));
    assert_eq!(stays(0), [(id(0), 6, 8)]);
    assert_eq!(stays(1), [(id(1), 12, 20)]);
    assert_eq!(stays(2), [(id(1), 30, 38), (None, 40, 44), (id(0), 46, 46)]);
}

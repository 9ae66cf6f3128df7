//! Sub-interpreters' GILs in the window: a lane for each that threads share, in words and at the pointer.

use egui_kittest::kittest::Queryable;
use gilscope::experiment::Experiment;
use gilscope::run::{Doing, Kind, LaneId, LaneKind, SubGil};
use gilscope::ui::timeline::{self, Fill, What};

use crate::measured::{tip, window};
use crate::synthetic::{MS, Synthetic};

/// Two threads that take turns on the GIL of interpreter 3, a third one alone under that of interpreter 4.
fn subs(id: &str) -> Synthetic {
    let mut s = Synthetic::new(id, Experiment::default());
    let root = LaneId(0);
    s.up(0, root, 0);
    for i in 1..=3 {
        let lane = s.open(0, LaneKind::Thread, &format!("Thread-{i}"), Some(i));
        // As real threads have it: the same process.
        let mut info = s.run.lanes[lane.index()].info.clone();
        info.pid = s.run.lanes[0].info.pid;
        s.at(0, Kind::Learnt { lane, info });
        s.up(0, lane, 0);
    }
    for turn in 0..10 {
        let from_ns = turn * 100 * MS;
        let to_ns = from_ns + 100 * MS;
        let of = |interpreter, by, waits: Vec<(LaneId, u64, u64)>| SubGil {
            interpreter,
            from_ns,
            to_ns,
            reads: 100,
            handoffs: Some(turn + 1),
            holds: vec![(Some(by), from_ns, to_ns)],
            waits,
        };
        let (has, waits) = (LaneId(1 + turn as u32 % 2), LaneId(2 - turn as u32 % 2));
        let alone = LaneId(3);
        let gils = vec![
            of(3, has, vec![(waits, from_ns, to_ns)]),
            of(4, alone, Vec::new()),
        ];
        let did = vec![
            (has, Doing::Apart, from_ns, to_ns),
            (waits, Doing::WaitsForGil, from_ns, to_ns),
            (alone, Doing::Apart, from_ns, to_ns),
        ];
        let gil = Kind::Gil {
            lane: root,
            from_ns,
            reads: 100,
            handoffs: Some(3),
            holds: Vec::new(),
        };
        s.at(to_ns, gil);
        s.at(to_ns, Kind::SubGils { lane: root, gils });
        s.at(to_ns, Kind::Did { did });
    }
    s
}

#[test]
fn one_that_threads_share_has_a_lane_and_one_of_one_thread_is_in_that_thread_s() {
    let s = subs("a");
    let rows = timeline::lanes(&s.run, 0..u64::MAX, MS);
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "main GIL",
            "MainThread",
            "GIL of interpreter 3",
            "Thread-1",
            "Thread-2",
            "Thread-3"
        ]
    );
    let at = |row: usize, t_ms| rows[row].at(t_ms * MS).map(|piece| piece.fill);
    let held = |lane| Some(Fill::One(What::Held(Some(LaneId(lane)))));
    assert_eq!((at(2, 50), at(2, 150)), (held(1), held(2)));
    assert_eq!(at(0, 50), Some(Fill::One(What::NotHeld)));
    let one = |what| Some(Fill::One(what));
    assert_eq!(
        (at(3, 50), at(4, 50)),
        (one(What::Apart), one(What::WaitsForGil))
    );
    assert_eq!(
        (at(4, 150), at(5, 50)),
        (one(What::Apart), one(What::Apart))
    );
    let groups = timeline::groups(&s.run, &rows);
    assert_eq!((groups[0].rows.clone(), groups[0].many), (0..6, 4));
}

#[test]
fn each_is_called_by_its_interpreter() {
    let shown = window(subs("a"));
    let gil =
        "GIL of interpreter 3: held by Thread-2; Thread-1 50 %, Thread-2 50 %; handed on 10 times";
    shown.get_by_label_contains(gil);
    shown.get_by_label_contains("Thread-1: waiting for the GIL; ");
    shown.get_by_label_contains("; under the GIL of interpreter 4; started");
    let said = tip(subs("b"), "Thread-2: ").join("\n");
    assert!(said.contains(" of interpreter 3"), "{said}");
    let said = tip(subs("c"), "GIL of interpreter 3: ").join("\n");
    assert!(
        said.contains("A sub-interpreter of MainThread has a GIL of its own"),
        "{said}"
    );
    assert!(said.contains("hand-offs so far\n10"), "{said}");
    assert!(said.contains("median hold\n100 ms"), "{said}");
}

#[test]
fn who_waits_for_a_sub_interpreter_s_waits_for_that_one() {
    let s = subs("a");
    assert_eq!(
        timeline::who_at(&s.run, 50 * MS, None),
        "Thread-1 and Thread-3 ran Python under a GIL of its own; \
         Thread-2 waited for the GIL of interpreter 3; MainThread was alive"
    );
}

#[test]
fn where_they_can_not_be_told_the_main_one_s_tooltip_says_why() {
    let mut s = subs("a");
    let lane = LaneId(0);
    let why = "this build does not say where they are".to_owned();
    s.at(1000 * MS, Kind::SubGilsUnknown { lane, why });
    let said = tip(s, "main GIL").join("\n");
    assert!(said.contains("not told: this build does not say"), "{said}");
}

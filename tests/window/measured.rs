//! The measured GIL in the window: who held it, who waited for it, in lanes, figures and words.

use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use gilscope::experiment::{Experiment, Way, Work};
use gilscope::run::{Doing, Ended, Hold, Kind, LaneId, LaneKind, Run};
use gilscope::ui::figures::items;
use gilscope::ui::theme::{Mode, Theme, install};
use gilscope::ui::timeline::{self, Fill, Row, Span, TimelinePanel, What};
use gilscope::ui::view::View;
use gilscope::ui::zoom::Times;

use crate::synthetic::{MS, Synthetic};

/// So much of a run is told of at a time.
const TURN: u64 = 100 * MS;

/// Two threads of a process that hand the GIL on every `each_ns` while a third one sleeps. From 100 ms on the GIL is
/// read and the threads are looked at; of the sleeper, nothing else is known.
pub(crate) fn contended(id: &str, end_ns: u64, each_ns: u64) -> Synthetic {
    let experiment = Experiment {
        way: Way::Threads,
        work: Work::Burn,
        ..Experiment::default()
    };
    let mut s = Synthetic::new(id, experiment);
    // As real threads have it: the same process.
    let mut info = s.run.lanes[0].info.clone();
    info.gil = Some(true);
    let lane = LaneId(0);
    s.at(0, Kind::Learnt { lane, info });
    s.up(20 * MS, lane, MS);
    let lanes: Vec<LaneId> = (1..=3)
        .map(|i| {
            let lane = s.open(
                i * 10 * MS,
                LaneKind::Thread,
                &format!("Thread-{i}"),
                Some(i),
            );
            s.up((i * 10 + 5) * MS, lane, 0);
            lane
        })
        .collect();
    let mut turns = 0;
    let mut from_ns = TURN;
    while from_ns < end_ns {
        let to_ns = (from_ns + TURN).min(end_ns);
        let mut holds: Vec<Hold> = Vec::new();
        let mut did = vec![(lanes[2], Doing::Blocked, from_ns, to_ns)];
        let mut t_ns = from_ns;
        while t_ns < to_ns {
            let until_ns = (t_ns + each_ns).min(to_ns);
            let [has, waits] = [turns % 2, (turns + 1) % 2].map(|nth| lanes[nth]);
            holds.push((Some(has), t_ns, until_ns));
            did.push((has, Doing::Python, t_ns, until_ns));
            did.push((waits, Doing::WaitsForGil, t_ns, until_ns));
            turns += 1;
            t_ns = until_ns;
        }
        let gil = Kind::Gil {
            lane: LaneId(0),
            from_ns,
            reads: (to_ns - from_ns) / MS,
            handoffs: Some(turns as u64),
            holds,
        };
        s.at(to_ns, gil);
        s.at(to_ns, Kind::Did { did });
        from_ns = to_ns;
    }
    s
}

pub(crate) fn over(mut s: Synthetic, end_ns: u64) -> Synthetic {
    for lane in 1..=3 {
        s.end(end_ns, LaneId(lane), Ended::Returned, Some(400 * MS));
    }
    s.over(end_ns + 20 * MS, 900 * MS);
    s
}

/// Two processes of one thread each, both with a GIL that is read, none contended.
fn apart() -> Synthetic {
    let mut s = Synthetic::new("apart", Experiment::default());
    s.up(20 * MS, LaneId(0), MS);
    for i in 1..=2 {
        let lane = s.open(30 * MS, LaneKind::Process, &format!("Process-{i}"), None);
        s.up(40 * MS, lane, 0);
        let gil = Kind::Gil {
            lane,
            from_ns: 100 * MS,
            reads: 400,
            handoffs: Some(0),
            holds: vec![(Some(lane), 100 * MS, 500 * MS)],
        };
        s.at(500 * MS, gil);
        let waits = (lane, Doing::WaitsForCore, 200 * MS, 300 * MS);
        let runs = (lane, Doing::Python, 300 * MS, 500 * MS);
        s.at(
            500 * MS,
            Kind::Did {
                did: vec![waits, runs],
            },
        );
    }
    s
}

fn row<'a>(rows: &'a [Row], name: &str) -> &'a Row {
    let found = rows.iter().find(|row| row.name == name);
    found.unwrap_or_else(|| panic!("no row is called {name}"))
}

fn whats(run: &Run, lane: u32) -> Vec<(What, u64, u64)> {
    let spans = timeline::spans(run, LaneId(lane)).into_iter();
    let ms = |span: Span| (span.what, span.from_ns / MS, span.to_ns / MS);
    spans.map(ms).collect()
}

#[test]
fn a_gil_that_threads_share_has_a_lane_above_its_process() {
    let s = over(contended("a", 1000 * MS, 5 * MS), 1000 * MS);
    let rows = timeline::lanes(&s.run, 0..u64::MAX, MS);
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(
        names,
        ["GIL", "MainThread", "Thread-1", "Thread-2", "Thread-3"]
    );
    let held = |t_ns| rows[0].at(t_ns).map(|piece| piece.fill);
    assert_eq!(held(50 * MS), None);
    assert_eq!(held(103 * MS), Some(Fill::One(What::Held(Some(LaneId(1))))));
    assert_eq!(held(107 * MS), Some(Fill::One(What::Held(Some(LaneId(2))))));
    let all: u64 = rows[0].totals.iter().sum();
    assert_eq!(all, 900 * MS);
}

#[test]
fn a_gil_of_one_thread_is_in_that_thread_s_lane() {
    let s = apart();
    let rows = timeline::lanes(&s.run, 0..u64::MAX, MS);
    assert!(rows.iter().all(|row| !row.gil), "{rows:?}");
    let did = [
        (What::Starting, 30, 40),
        (What::Running, 40, 100),
        (What::Python, 100, 200),
        // A long hold does not tell that it had no core.
        (What::WaitsForCore, 200, 300),
        (What::Python, 300, 500),
    ];
    assert_eq!(whats(&s.run, 1), did);
}

#[test]
fn several_shared_gils_are_told_apart_and_a_python_without_one_has_no_lane_for_it() {
    let mut s = contended("a", 400 * MS, 5 * MS);
    let process = s.open(200 * MS, LaneKind::Process, "Process-4", None);
    let pid = s.run.lanes[process.index()].info.pid;
    let thread = s.open(210 * MS, LaneKind::Thread, "Thread-9", Some(9));
    let mut info = s.run.lanes[thread.index()].info.clone();
    info.pid = pid;
    s.at(210 * MS, Kind::Learnt { lane: thread, info });
    let gil = Kind::Gil {
        lane: process,
        from_ns: 220 * MS,
        reads: 180,
        handoffs: None,
        holds: vec![(None, 250 * MS, 300 * MS)],
    };
    s.at(400 * MS, gil);
    let names = |s: &Synthetic| -> Vec<String> {
        let rows = timeline::lanes(&s.run, 0..u64::MAX, MS);
        rows.into_iter().map(|row| row.name).collect()
    };
    let all = names(&s);
    assert_eq!(all[0], "GIL of MainThread");
    assert_eq!(all[5..], ["GIL of Process-4", "Process-4", "Thread-9"]);
    let mut info = s.run.lanes[process.index()].info.clone();
    info.gil = Some(false);
    s.at(
        400 * MS,
        Kind::Learnt {
            lane: process,
            info,
        },
    );
    assert_eq!(names(&s)[0], "GIL");
    assert_eq!(names(&s).len(), 7);
}

#[test]
fn holds_win_over_looks_which_are_coarser() {
    let mut s = contended("a", 200 * MS, 10 * MS);
    // Looked at only at 200 ms, and found running Python until 240.
    let did = vec![
        (LaneId(1), Doing::Python, 200 * MS, 240 * MS),
        // The next look tells for what it let the GIL go.
        (LaneId(1), Doing::WaitsForGil, 240 * MS, 245 * MS),
        (LaneId(2), Doing::Outside, 200 * MS, 240 * MS),
    ];
    let gil = Kind::Gil {
        lane: LaneId(0),
        from_ns: 200 * MS,
        reads: 40,
        handoffs: None,
        holds: vec![
            (Some(LaneId(1)), 200 * MS, 215 * MS),
            (Some(LaneId(2)), 215 * MS, 240 * MS),
        ],
    };
    s.at(240 * MS, gil);
    s.at(240 * MS, Kind::Did { did });
    let last = |lane: u32| whats(&s.run, lane).split_off(whats(&s.run, lane).len() - 2);
    assert_eq!(
        last(1),
        [(What::Python, 200, 215), (What::WaitsForGil, 215, 240)]
    );
    assert_eq!(last(2)[1], (What::Python, 215, 240));
}

#[test]
fn what_is_known_without_looks_or_without_a_gil_is_said_as_such() {
    let mut s = Synthetic::new("a", Experiment::default());
    let lane = LaneId(0);
    s.up(0, lane, 0);
    let gil = Kind::Gil {
        lane,
        from_ns: 0,
        reads: 90,
        handoffs: None,
        holds: vec![(Some(lane), 20 * MS, 50 * MS)],
    };
    s.at(90 * MS, gil);
    let python = (What::Python, 20, 50);
    let all = [(What::Without, 0, 20), python, (What::Without, 50, 90)];
    assert_eq!(whats(&s.run, 0), all);

    let mut s = Synthetic::new("b", Experiment::default());
    let mut info = s.run.lanes[0].info.clone();
    info.gil = Some(false);
    s.at(0, Kind::Learnt { lane, info });
    s.up(0, lane, 0);
    let did = vec![(lane, Doing::Python, 0, 50 * MS)];
    s.at(50 * MS, Kind::Did { did });
    assert_eq!(whats(&s.run, 0), [(What::Free, 0, 50)]);

    // A thread of a sub-interpreter that had the main one's for a moment runs under its own.
    let mut s = contended("c", 200 * MS, 10 * MS);
    let did = vec![(LaneId(1), Doing::Apart, 200 * MS, 240 * MS)];
    let gil = Kind::Gil {
        lane: LaneId(0),
        from_ns: 200 * MS,
        reads: 40,
        handoffs: None,
        holds: Vec::new(),
    };
    s.at(240 * MS, gil);
    s.at(240 * MS, Kind::Did { did });
    assert_eq!(whats(&s.run, 1).pop(), Some((What::Apart, 200, 240)));
}

#[test]
fn what_is_narrower_than_a_point_is_mixed_and_keeps_its_shares() {
    let s = contended("a", 1100 * MS, 5 * MS);
    let rows = timeline::lanes(&s.run, 0..u64::MAX, 50 * MS);
    let piece = row(&rows, "Thread-1").at(700 * MS).unwrap();
    let Fill::Mixed(shares) = piece.fill else {
        panic!("{piece:?}");
    };
    assert_eq!(shares[What::Python.kind()], 127);
    assert_eq!(shares[What::WaitsForGil.kind()], 127);
    let few = row(&rows, "GIL").pieces.len();
    assert!((20..=22).contains(&few), "{few}");
}

pub(crate) struct World {
    panel: TimelinePanel,
    run: Synthetic,
}

pub(crate) fn view<'a>(run: &'a Run, theme: &'a Theme) -> View<'a> {
    View {
        run: Some(run),
        before: None,
        turn_wall_s: None,
        text: None,
        live: false,
        theme,
        point_ns: None,
        said: "",
        times: Times::default(),
        lane: None,
        stream: None,
    }
}

pub(crate) fn window(run: Synthetic) -> Harness<'static, World> {
    let theme = Theme::dark();
    let panel = TimelinePanel::default();
    let mut window = Harness::builder()
        .with_context_setup(|ctx| install(ctx, Mode::Dark))
        .with_size([800.0, 320.0])
        .build_ui_state(
            move |ui, world: &mut World| {
                let view = view(&world.run.run, &theme);
                world.panel.ui(ui, view);
            },
            World { panel, run },
        );
    window.run();
    window
}

#[test]
fn lanes_and_the_gil_can_be_read_out() {
    let window = window(over(contended("a", 1100 * MS, 10 * MS), 1100 * MS));
    window.get_by_label_contains("GIL; Thread-1 50 %, Thread-2 50 %; handed on 100 times");
    let thread =
        "Thread-1: returned; Python 46 %, waiting for the GIL 46 %, alive 8 %; started 0.010 s";
    window.get_by_label_contains(thread);
    window.get_by_label_contains("Thread-3: returned; blocked 93 %, alive 6 %");
}

#[test]
fn a_living_lane_says_what_it_does_now() {
    let window = window(contended("a", 1100 * MS, 10 * MS));
    window.get_by_label_contains("GIL: held by Thread-2; Thread-1 50 %");
    window.get_by_label_contains("Thread-1: waiting for the GIL; ");
    window.get_by_label_contains("Thread-2: running Python; ");
}

#[test]
fn the_key_names_the_states_that_occur_and_no_others() {
    let measured = window(over(contended("a", 1100 * MS, 10 * MS), 1100 * MS));
    for name in [
        "starting",
        "Python",
        "waiting for the GIL",
        "blocked",
        "alive",
    ] {
        measured.get_by_label_contains(&format!("Key: {name}. "));
    }
    assert!(
        measured
            .query_by_label_contains("Key: waiting for a core")
            .is_none()
    );
    let plain = window(crate::synthetic::threads("b", 3, 2));
    plain.get_by_label_contains("Key: alive. ");
    assert!(plain.query_by_label_contains("Key: Python").is_none());
}

/// The words of the tooltip of a lane at its middle.
pub(crate) fn tip(run: Synthetic, lane: &str) -> Vec<String> {
    let mut window = window(run);
    window
        .ctx
        .all_styles_mut(|style| style.interaction.tooltip_delay = 0.0);
    let at = window.get_by_label_contains(lane).rect().center();
    window.hover_at(at);
    window.run_steps(60);
    let labels = window.query_all_by_role(egui::accesskit::Role::Label);
    labels
        .filter_map(|node| node.value().or_else(|| node.accesskit_node().label()))
        .collect()
}

#[test]
fn the_tooltip_says_the_state_and_what_it_means() {
    let run = || over(contended("a", 1100 * MS, 100 * MS), 1100 * MS);
    let said = tip(run(), "Thread-3: ").join("\n");
    assert!(said.contains(" s: blocked"), "{said}");
    assert!(said.contains("It sleeps, or waits for input"), "{said}");
    let said = tip(run(), "GIL; ").join("\n");
    assert!(said.contains(" s: held by Thread-"), "{said}");
    assert!(said.contains("hand-offs so far\n10"), "{said}");
    assert!(said.contains("median hold\n100 ms"), "{said}");
    assert!(
        said.contains("Read 999 times a second; a hold is known to 1 ms."),
        "{said}"
    );
    let short = tip(crate::synthetic::staircase("b", 3, 20), "Process-2: ").join("\n");
    assert!(
        short.contains("it was too short to be looked at"),
        "{short}"
    );
    let old = tip(crate::synthetic::threads("c", 3, 2), "Thread-2: ").join("\n");
    assert!(old.contains("this run has no record of it"), "{old}");
}

#[test]
fn the_figures_tell_of_a_gil_that_was_measured_and_of_no_other() {
    let run = over(contended("a", 1100 * MS, 10 * MS), 1100 * MS).run;
    let shown = |run: &Run| -> Vec<String> {
        let items = items(&run.figures(), true, None).into_iter();
        items
            .map(|item| format!("{} {}", item.name, item.value))
            .collect()
    };
    let said = shown(&run);
    assert_eq!(
        said[3..7],
        [
            "GIL held 100 %",
            "Waiting for the GIL 33 %",
            "Hand-offs 100",
            "Median hold 10.0 ms"
        ]
    );
    let fast = over(contended("b", 1100 * MS, MS), 1100 * MS).run;
    assert!(shown(&fast).contains(&"Median hold not resolved".to_owned()));
    let other = shown(&crate::synthetic::threads("c", 3, 2).run);
    assert!(!other.iter().any(|item| item.contains("GIL")), "{other:?}");
}

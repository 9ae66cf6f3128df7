//! The rows of a process are collapsed into one and opened again, by pointer and by key.

use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use gilscope::experiment::Experiment;
use gilscope::run::{Ended, Kind, LaneId, LaneKind};
use gilscope::ui::theme::{Mode, Theme, install};
use gilscope::ui::timeline::TimelinePanel;

use crate::harness::press;
use crate::measured::{contended, view};
use crate::reading::{key, show};
use crate::synthetic::{MS, Synthetic, staircase, threads};

/// Two processes with two threads each.
fn families() -> Synthetic {
    let mut s = Synthetic::new("families", Experiment::default());
    s.up(10 * MS, LaneId(0), 0);
    for nth in 1..=2_u64 {
        let process = s.open(20 * MS, LaneKind::Process, &format!("Process-{nth}"), None);
        s.up(30 * MS, process, 0);
        let pid = s.run.lanes[process.index()].info.pid;
        for thread in 1..=2_u64 {
            let name = format!("Thread-{thread}{nth}");
            let lane = s.open(40 * MS, LaneKind::Thread, &name, Some(nth * 10 + thread));
            let mut info = s.run.lanes[lane.index()].info.clone();
            info.pid = pid;
            s.at(40 * MS, Kind::Learnt { lane, info });
            s.up(50 * MS, lane, 0);
            s.end(900 * MS, lane, Ended::Returned, Some(100 * MS));
        }
        s.end(950 * MS, process, Ended::Exited(0), Some(220 * MS));
    }
    s.over(1_000 * MS, 460 * MS);
    s
}

#[test]
fn the_rows_of_a_process_are_collapsed_and_opened() {
    let (mut window, _folder) = show(&families());
    window.get_by_label_contains("Thread-11: returned");
    press(&mut window, "Collapse Process-1, 3 threads");
    assert!(
        window
            .query_by_label_contains("Thread-11: returned")
            .is_none()
    );
    window.get_by_label_contains("Process-1 (3 threads): exited 0");
    window.get_by_label_contains("Thread-12: returned");
    press(&mut window, "Open Process-1, 3 threads");
    window.get_by_label_contains("Thread-11: returned");
    press(&mut window, "Collapse all");
    assert!(
        window
            .query_by_label_contains("Thread-12: returned")
            .is_none()
    );
    window.get_by_label_contains("MainThread: exited 0");
    // And by a key, where the keyboard is on a lane.
    window
        .get_by_label_contains("Process-2 (3 threads)")
        .focus();
    window.run_steps(2);
    key(&mut window, Modifiers::NONE, Key::C);
    window.get_by_label_contains("Thread-12: returned");
}

#[test]
fn nothing_is_collapsed_where_there_is_nothing_to_collapse() {
    let (window, _folder) = show(&staircase("a", 5, 20));
    assert!(window.query_by_label_contains("Collapse").is_none());
    let (window, _folder) = show(&threads("b", 3, 2));
    window.get_by_label("Collapse MainThread, 4 threads");
    assert!(window.query_by_label("Collapse all").is_none());
}

#[test]
fn a_collapsed_process_stays_so_while_its_run_goes_on() {
    type World = (TimelinePanel, Synthetic);
    let theme = Theme::dark();
    let mut window: Harness<'_, World> = Harness::builder()
        .with_context_setup(|ctx| install(ctx, Mode::Dark))
        .with_size([800.0, 400.0])
        .build_ui_state(
            move |ui, (panel, run): &mut World| {
                panel.ui(ui, view(&run.run, &theme));
            },
            (TimelinePanel::default(), contended("a", 500 * MS, 5 * MS)),
        );
    window.run();
    window
        .get_by_label("Collapse MainThread, 4 threads")
        .click();
    window.run();
    assert!(window.query_by_label_contains("Thread-1: ").is_none());
    let lane = window
        .state_mut()
        .1
        .open(510 * MS, LaneKind::Thread, "Thread-4", Some(4));
    window.state_mut().1.up(520 * MS, lane, 0);
    // At its end a run is looked at again at once.
    window.state_mut().1.over(600 * MS, 100 * MS);
    window.run();
    window.get_by_label_contains("Open MainThread, 5 threads");
    assert!(window.query_by_label_contains("Thread-4: ").is_none());
    // Another run begins open.
    window.state_mut().1 = contended("b", 500 * MS, 5 * MS);
    window.run();
    window.get_by_label_contains("Thread-1: ");
}

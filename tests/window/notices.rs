//! What a run has to say reaches the window, and stays until it is read.

use egui_kittest::kittest::Queryable as _;

#[cfg(target_os = "linux")]
use crate::harness::press;
use crate::harness::{alone, app, file, run, wait, window_of, with_python};
use crate::synthetic::{MS, staircase};
use gilscope::experiment::{Experiment, Limits, Work};
use gilscope::run::Kind;
use gilscope::store::runs::GAVE_WAY;
use gilscope::ui::Setup;

const SIZE: [f32; 2] = [1280.0, 900.0];

fn times(window: &crate::harness::Window, what: &str) -> usize {
    let said = app(window).notices();
    said.iter().filter(|said| said.contains(what)).count()
}

#[test]
fn what_an_opened_run_had_to_say_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut s = staircase("said", 3, 20);
    let text = format!("The disk is full{}", "!".repeat(5000));
    s.events.insert(
        5,
        gilscope::run::Event {
            t_ns: 50 * MS,
            kind: Kind::Notice { text },
        },
    );
    let path = s.write(folder.path());
    let file = Some(path);
    let mut window = window_of(SIZE, Setup { file, ..alone() });
    wait(&mut window, "the notice", |window| {
        times(window, "The disk is full") == 1
    });
    let said = app(&window).notices().to_vec();
    let said = said.iter().find(|said| said.contains("disk")).unwrap();
    assert!(said.contains("said.gilscope") && said.len() < 600, "{said}");
    for _ in 0..10 {
        if let Some(button) = window.query_all_by_label("Dismiss").next() {
            button.click();
        }
        window.run_steps(3);
    }
    assert_eq!(app(&window).notices(), &[] as &[String]);
}

#[test]
fn several_at_once_take_a_row_each() {
    let folder = tempfile::tempdir().unwrap();
    let mut s = staircase("said", 3, 20);
    for (nth, text) in ["The disk is full", "The pipes are full"]
        .into_iter()
        .enumerate()
    {
        let text = text.to_owned();
        let event = gilscope::run::Event {
            t_ns: (40 + nth as u64) * MS,
            kind: Kind::Notice { text },
        };
        s.events.insert(5 + nth, event);
    }
    let file = Some(s.write(folder.path()));
    let mut window = window_of(SIZE, Setup { file, ..alone() });
    wait(&mut window, "both notices", |window| {
        times(window, "are full") == 1 && times(window, "is full") == 1
    });
    window.run_steps(30);
    let lowest = window
        .query_all_by_label("Dismiss")
        .map(|button| button.rect().bottom())
        .fold(0.0, f32::max);
    assert!(
        (80.0..200.0).contains(&lowest),
        "the last one ends at {lowest}"
    );
}

/// Settings with this experiment.
fn settings(experiment: &Experiment) -> (tempfile::TempDir, std::path::PathBuf) {
    let text = serde_json::json!({ "experiment": experiment }).to_string();
    file("settings.json", &text)
}

#[test]
fn a_run_that_the_quota_ended_says_so() {
    let Some(setup) = with_python() else {
        return;
    };
    let (_folder, path) = settings(&Experiment {
        work: Work::Forever,
        count: 1,
        limits: Limits {
            quota_bytes: 10 << 10,
            ..Limits::default()
        },
        ..Experiment::default()
    });
    let settings = Some(path);
    let mut window = window_of(SIZE, Setup { settings, ..setup });
    run(&mut window);
    window.run_steps(3);
    assert_eq!(times(&window, "stopped at the output quota of 10 KiB"), 1);
    window.get_by_label_contains("--quota");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_can_t_be_written_to_is_said_and_the_run_goes_on() {
    use crate::harness::in_a_process;

    let Some(setup) = with_python() else {
        return;
    };
    // A file where the data folder should be: not even root can write into it.
    let (_folder, path) = file("data", "");
    let name = "notices::a_folder_that_can_t_be_written_to_is_said_and_the_run_goes_on";
    if !in_a_process(name, &[("XDG_DATA_HOME", &path)]) {
        return;
    }
    let mut window = window_of(
        SIZE,
        Setup {
            forget_runs: false,
            ..setup
        },
    );
    run(&mut window);
    window.run_steps(3);
    assert_eq!(
        times(&window, "data/gilscope"),
        1,
        "{:?}",
        app(&window).notices()
    );
    window.get_by_label_contains("in memory only");
    // Read once, it does not come back in the next frames, but with the next run.
    press(&mut window, "Dismiss");
    window.run_steps(10);
    assert_eq!(times(&window, "data/gilscope"), 0);
    run(&mut window);
    window.run_steps(3);
    assert_eq!(times(&window, "data/gilscope"), 1);
}

#[test]
fn that_older_runs_gave_way_is_no_news_of_an_opened_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut s = staircase("tidied", 3, 20);
    for text in [
        format!("1 older run(s) {GAVE_WAY}: the newest 50 are kept"),
        "The disk is full".to_owned(),
    ] {
        let kind = Kind::Notice { text };
        s.events.insert(
            5,
            gilscope::run::Event {
                t_ns: 50 * MS,
                kind,
            },
        );
    }
    let file = Some(s.write(folder.path()));
    let mut window = window_of(SIZE, Setup { file, ..alone() });
    wait(&mut window, "the notice", |window| {
        times(window, "The disk is full") == 1
    });
    assert_eq!(times(&window, GAVE_WAY), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn that_older_runs_give_way_is_said_once_a_session() {
    use gilscope::store::runs::{KEPT_RUNS, recent_in};

    let Some(setup) = with_python() else {
        return;
    };
    let data = tempfile::tempdir().unwrap();
    let name = "notices::that_older_runs_give_way_is_said_once_a_session";
    if !crate::harness::in_a_process(name, &[("XDG_DATA_HOME", data.path())]) {
        return;
    }
    let run_of = |i: usize| {
        let name = format!("2026-01-01 10.{i:02}.00 processes-hello-5.gilscope");
        (name, staircase(&format!("kept-{i}"), 2, 20))
    };
    let folder = crate::opened::kept((0..KEPT_RUNS).map(run_of)).unwrap();
    let forget_runs = false;
    let mut window = window_of(
        SIZE,
        Setup {
            forget_runs,
            ..setup
        },
    );
    run(&mut window);
    window.run_steps(3);
    assert_eq!(times(&window, GAVE_WAY), 1, "{:?}", app(&window).notices());
    press(&mut window, "Dismiss");
    run(&mut window);
    window.run_steps(3);
    assert_eq!(times(&window, GAVE_WAY), 0);
    // They go on giving way.
    assert_eq!(recent_in(&folder).len(), KEPT_RUNS);
}

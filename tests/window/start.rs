//! The first start: the tutorial's first program, ready to run, in every size and colour.

use egui_kittest::kittest::Queryable as _;

use crate::harness::{alone, app, control, file, press, script, window, window_of};
use gilscope::experiment::Experiment;
use gilscope::ui::Setup;

#[test]
fn the_first_start_is_ready_to_run() {
    let window = window();
    assert_eq!(*app(&window).experiment(), Experiment::default());
    assert!(script(&window).contains("w = Process(target=work)"));
    window.get_by_label("Run");
    window.get_by_label_contains("the staircase becomes a stack");
}

#[test]
fn nothing_lies_outside_the_smallest_window() {
    let size = [1024.0, 700.0];
    let window = window_of(size, alone());
    for name in [
        "Run", "Stop", "How many", "In turn", "Pool", "Copy", "Save…",
    ] {
        let rect = control(&window, name).rect();
        assert!(
            rect.min.x >= 0.0 && rect.max.x <= size[0] && rect.min.y >= 0.0,
            "{name}: {rect:?}"
        );
    }
    for name in ["Run", "Stop", "In turn", "Join inside the loop"] {
        let rect = control(&window, name).rect();
        assert!(rect.max.y <= size[1], "{name}: {rect:?}");
    }
}

#[test]
fn a_broken_settings_file_is_said_and_the_window_opens() {
    let (folder, path) = file("settings.json", "{ no");
    let mut window = window_of(
        [1280.0, 900.0],
        Setup {
            settings: Some(path),
            ..alone()
        },
    );
    assert!(
        app(&window)
            .notices()
            .iter()
            .any(|said| said.contains("broken")),
        "{:?}",
        app(&window).notices()
    );
    assert!(folder.path().join("settings.broken.json").exists());
    // One press a notice; a press may meet a bar that is just closing up.
    for _ in 0..10 {
        if let Some(button) = window.query_all_by_label("Dismiss").next() {
            button.click();
        }
        window.run_steps(3);
    }
    assert!(
        app(&window).notices().is_empty(),
        "{:?}",
        app(&window).notices()
    );
}

#[test]
fn the_last_experiment_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup {
        settings: Some(folder.path().join("settings.json")),
        ..alone()
    };
    let mut first = window_of([1280.0, 900.0], setup.clone());
    press(&mut first, "Threads");
    let experiment = app(&first).experiment().clone();
    first.state_mut().as_mut().unwrap().keep_settings();
    drop(first);
    let second = window_of([1280.0, 900.0], setup);
    assert_eq!(*app(&second).experiment(), experiment);
    assert_ne!(experiment, Experiment::default());
}

#[test]
fn about_names_the_version_and_the_licences() {
    let mut window = window();
    press(&mut window, "View  ▾");
    press(&mut window, "About Gilscope");
    // It stays where it is first seen.
    let place = window.get_by_label("Close").rect();
    window.run_steps(3);
    assert_eq!(window.get_by_label("Close").rect(), place);
    window.get_by_label_contains(env!("CARGO_PKG_VERSION"));
    press(&mut window, "Close");
    assert!(window.query_by_label("Built in").is_none());
}

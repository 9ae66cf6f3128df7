//! Real runs from the window.

use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::harness::{app, press, run, wait, window_of, with_python};
use gilscope::engine::Phase;

const SIZE: [f32; 2] = [1280.0, 900.0];

#[test]
fn run_shows_the_workers_and_their_lines() {
    let Some(setup) = with_python() else {
        return;
    };
    let mut window = window_of(SIZE, setup);
    run(&mut window);
    let (workers, lines, peak) = app(&window)
        .with_run(|run| {
            (
                run.workers().len(),
                run.figures().lines,
                run.peak_parallel(),
            )
        })
        .unwrap();
    assert_eq!((workers, lines, peak), (5, 5, 1));
    // Again with the join at the end: the run before stays for comparing.
    press(&mut window, "Join inside the loop");
    run(&mut window);
    let experiment = app(&window).with_run(|run| run.header.experiment.join);
    assert_eq!(experiment, Some(gilscope::experiment::Join::End));
}

#[test]
fn stop_ends_what_would_never_end() {
    let Some(setup) = with_python() else {
        return;
    };
    let mut window = window_of(SIZE, setup);
    press(&mut window, "processes-hello-5  ▾");
    press(&mut window, "One that never ends");
    press(&mut window, "Run");
    wait(&mut window, "its first line", |window| {
        app(window)
            .with_run(|run| run.figures().lines > 0)
            .unwrap_or(false)
    });
    let run_button = window.get_by_label("Run");
    assert!(run_button.accesskit_node().is_disabled());
    press(&mut window, "Stop");
    wait(&mut window, "the run's end", |window| {
        *app(window).phase() == Phase::Over
    });
    let by = app(&window).with_run(|run| run.figures().stopped_by);
    assert_eq!(by, Some("user"));
}

#[test]
fn escape_leaves_an_edited_text_and_a_held_cursor_first_and_stops_from_everywhere_else() {
    use eframe::egui::Key;
    use eframe::egui::accesskit::Role;

    let Some(setup) = with_python() else {
        return;
    };
    let mut window = window_of(SIZE, setup);
    press(&mut window, "processes-hello-5  ▾");
    press(&mut window, "One that never ends");
    press(&mut window, "Run");
    wait(&mut window, "a living run", |window| {
        *app(window).phase() == Phase::Running
    });
    window
        .get_by_role_and_label(Role::MultilineTextInput, "Script")
        .focus();
    window.run_steps(2);
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert_eq!(*app(&window).phase(), Phase::Running);
    // A cursor that is held is let go of first.
    window.get_by_label_contains("CPU load over time").focus();
    window.run_steps(2);
    window.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::ArrowRight);
    window.run_steps(3);
    assert!(app(&window).times().pin.is_some());
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert_eq!(app(&window).times().pin, None);
    assert_eq!(*app(&window).phase(), Phase::Running);
    // A slider has the keyboard now, and no use for Escape.
    window
        .get_by_role_and_label(Role::Slider, "How many")
        .focus();
    window.run_steps(2);
    window.key_press(Key::Escape);
    wait(&mut window, "the run's end", |window| {
        *app(window).phase() == Phase::Over
    });
    window.get_by_label_contains("stopped by you");
}

#[test]
fn a_run_that_fills_the_machine_is_asked_about_once() {
    let mut window = crate::harness::window();
    press(&mut window, "processes-hello-5  ▾");
    press(&mut window, "As many endless ones as cores");
    press(&mut window, "Run");
    window.get_by_label("This fills the machine");
    assert_eq!(*app(&window).phase(), Phase::Idle);
    press(&mut window, "Cancel");
    assert!(window.query_by_label("This fills the machine").is_none());
    assert_eq!(*app(&window).phase(), Phase::Idle);
}

#[cfg(unix)]
#[test]
fn a_start_that_fails_while_a_run_is_shown_is_told() {
    use crate::harness::file;
    use gilscope::experiment::{Experiment, Python};
    use gilscope::ui::Setup;
    use std::os::unix::fs::PermissionsExt as _;

    let Some(setup) = with_python() else {
        return;
    };
    let real = setup
        .pythons
        .as_ref()
        .unwrap()
        .newest()
        .unwrap()
        .path
        .clone();
    let (folder, path) = file(
        "python3",
        &format!("#!/bin/sh\nexec '{}' \"$@\"\n", real.display()),
    );
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let experiment = Experiment {
        python: Python::Path(path.clone()),
        ..Experiment::default()
    };
    let settings = folder.path().join("settings.json");
    let text = serde_json::json!({ "experiment": experiment }).to_string();
    std::fs::write(&settings, text).unwrap();
    let settings = Some(settings);
    let mut window = window_of(SIZE, Setup { settings, ..setup });
    run(&mut window);
    std::fs::write(&path, "#!/bin/sh\necho this one is broken >&2; exit 3\n").unwrap();
    press(&mut window, "Run");
    wait(&mut window, "the failure", |window| {
        matches!(app(window).phase(), Phase::Failed(_))
    });
    window.run_steps(3);
    assert!(
        app(&window)
            .notices()
            .iter()
            .any(|said| said.contains("this one is broken")),
        "{:?}",
        app(&window).notices()
    );
}

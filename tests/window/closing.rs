//! Closing during a run, or with an edit that would be lost, asks once.

use eframe::egui::{self, Key, Modifiers, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::kittest::Queryable as _;

use crate::harness::{Window, alone, app, file, press, wait, window, window_of, with_python};
use gilscope::engine::Phase;
use gilscope::ui::Setup;

/// The native window's close button; returns whether closing was called off.
fn close(window: &mut Window) -> bool {
    let root = window
        .input_mut()
        .viewports
        .entry(ViewportId::ROOT)
        .or_default();
    root.events.push(ViewportEvent::Close);
    window.step();
    let commands = &window.output().viewport_output[&ViewportId::ROOT].commands;
    let called_off = commands.contains(&ViewportCommand::CancelClose);
    window
        .input_mut()
        .viewports
        .entry(ViewportId::ROOT)
        .or_default()
        .events
        .clear();
    window.run_steps(2);
    called_off
}

#[test]
fn closing_an_idle_window_asks_nothing() {
    let mut window = window();
    assert!(!close(&mut window));
    assert!(window.query_by_label("A run is going on").is_none());
}

#[test]
fn closing_during_a_run_asks_once_then_ends_it() {
    let Some(setup) = with_python() else {
        return;
    };
    let mut window = window_of([1280.0, 900.0], setup);
    press(&mut window, "processes-hello-5  ▾");
    press(&mut window, "One that never ends");
    press(&mut window, "Run");
    wait(&mut window, "a living run", |window| {
        *app(window).phase() == Phase::Running
    });
    assert!(close(&mut window));
    window.get_by_label("A run is going on");
    press(&mut window, "Keep running");
    assert_eq!(*app(&window).phase(), Phase::Running);
    assert!(close(&mut window));
    press(&mut window, "End the run and close");
    assert!(!close(&mut window));
    wait(&mut window, "the run's end", |window| {
        *app(window).phase() == Phase::Over
    });
}

#[test]
fn closing_with_an_unsaved_file_asks_what_is_to_become_of_it() {
    let (_folder, path) = file("mine.py", "print(1)\n");
    let setup = Setup {
        file: Some(path.clone()),
        ..alone()
    };
    let mut window = window_of([1280.0, 900.0], setup);
    window
        .get_by_role_and_label(egui::accesskit::Role::MultilineTextInput, "Script")
        .focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::End);
    window.run_steps(1);
    window.event(egui::Event::Text("print(2)".to_owned()));
    window.run_steps(3);
    assert!(close(&mut window));
    press(&mut window, "Cancel");
    assert!(close(&mut window));
    window.get_by_label_contains("mine.py has changes");
    window.get_by_label("Save and go on").click();
    window.step();
    window.step();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "print(1)\nprint(2)"
    );
    assert!(!close(&mut window));
}

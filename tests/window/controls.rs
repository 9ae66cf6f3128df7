//! The controls change the script, and say why where they can't.

use eframe::egui::{Key, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::harness::{Window, alone, app, control, press, script, window, window_of};
use gilscope::engine::pythons::{Found, Pythons};
use gilscope::experiment::{Join, Way, Work};
use gilscope::ui::Setup;

#[test]
fn the_slider_and_the_typed_value_are_the_same_number() {
    let mut window = window();
    let slider = window.get_by_role_and_label(Role::Slider, "How many");
    slider.focus();
    window.key_press(Key::ArrowRight);
    window.run_steps(3);
    assert_eq!(app(&window).experiment().count, 6);
    assert!(script(&window).contains("for i in range(6):"));
    let typed = window.get_by_role_and_label(Role::SpinButton, "How many, value");
    typed.click();
    window.run_steps(2);
    window.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::A);
    window.get_by_label("How many, value").type_text("37");
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(app(&window).experiment().count, 37);
    assert!(script(&window).contains("for i in range(37):"));
}

#[test]
fn the_ways_write_different_scripts() {
    let mut window = window();
    for (name, way, line) in [
        ("Threads", Way::Threads, "from threading import Thread"),
        ("Pool", Way::Pool, "from multiprocessing import Pool"),
        ("In turn", Way::Turn, "for i in range(5):"),
        (
            "Processes",
            Way::Processes,
            "from multiprocessing import Process",
        ),
    ] {
        press(&mut window, name);
        assert_eq!(app(&window).experiment().way, way);
        assert!(
            script(&window).contains(line),
            "{name}: {}",
            script(&window)
        );
    }
}

#[test]
fn the_join_toggle_moves_the_join_and_comes_back_after_a_way_without_it() {
    let mut window = window();
    press(&mut window, "Join inside the loop");
    assert_eq!(app(&window).experiment().join, Join::End);
    assert!(script(&window).contains("for w in workers:"));
    press(&mut window, "In turn");
    assert_eq!(app(&window).experiment().join, Join::Each);
    let toggle = control(&window, "Join inside the loop");
    assert!(toggle.accesskit_node().is_disabled());
    press(&mut window, "Processes");
    assert_eq!(app(&window).experiment().join, Join::End);
    press(&mut window, "Never join");
    assert_eq!(app(&window).experiment().join, Join::Never);
    assert!(!script(&window).contains("join"));
    press(&mut window, "Join inside the loop");
    assert_eq!(app(&window).experiment().join, Join::Each);
}

#[test]
fn what_does_not_apply_is_greyed() {
    let mut window = window();
    let disabled = |window: &crate::harness::Window, name: &str| {
        window
            .get_by_role_and_label(Role::Slider, name)
            .accesskit_node()
            .is_disabled()
    };
    assert_eq!(app(&window).experiment().work, Work::Hello);
    assert!(disabled(&window, "First argument,"));
    assert!(disabled(&window, "Work per worker"));
    window
        .get_by_role_and_label(Role::ComboBox, "Each worker")
        .click();
    window.run_steps(3);
    press(&mut window, "burns CPU");
    assert_eq!(app(&window).experiment().work, Work::Burn);
    assert!(!disabled(&window, "First argument,"));
    assert!(!disabled(&window, "Work per worker"));
}

#[test]
fn a_ready_experiment_is_one_press_away() {
    let mut window = window();
    press(&mut window, "processes-hello-5  ▾");
    press(&mut window, "Four threads that compute");
    let e = app(&window).experiment();
    assert_eq!((e.way, e.work, e.count), (Way::Threads, Work::Burn, 4));
    window.get_by_label_contains("share one GIL");
}

/// A window that knows one interpreter of this version, which is never run.
fn with(version: &str, gil: bool) -> Window {
    let found = Found {
        version: version.into(),
        path: "/nowhere/python".into(),
        prefix: "/nowhere".into(),
        gil_enabled: gil,
        free_threaded: !gil,
        stable: true,
        default_start_method: "spawn".into(),
    };
    let pythons = Pythons {
        found: vec![found],
        refused: Vec::new(),
    };
    let setup = Setup {
        pythons: Some(pythons),
        ..alone()
    };
    window_of([1280.0, 900.0], setup)
}

fn is_off(window: &Window, role: Role, name: &str) -> bool {
    window
        .get_by_role_and_label(role, name)
        .accesskit_node()
        .is_disabled()
}

#[test]
fn interpreters_can_be_chosen_where_the_python_has_them() {
    for (mut window, why) in [
        (with("3.13.0", true), "came with Python 3.14"),
        (window(), "not in the built-in model"),
    ] {
        assert!(is_off(&window, Role::Button, "Interpreters"));
        control(&window, "Interpreters").hover();
        window.run_steps(10);
        window.get_by_label_contains(why);
    }
    let mut window = with("3.14.0", true);
    press(&mut window, "Interpreters");
    assert_eq!(app(&window).experiment().way, Way::Interpreters);
    let text = script(&window);
    assert!(text.contains("pool = InterpreterPoolExecutor(5)"), "{text}");
    assert!(text.contains("t.result()"), "{text}");
    press(&mut window, "Join inside the loop");
    assert!(script(&window).contains("for t in tasks:"));
    press(&mut window, "Never join");
    assert!(!script(&window).contains("result()"));
}

#[test]
fn rounds_of_hash_are_an_amount() {
    let mut window = window();
    window
        .get_by_role_and_label(Role::ComboBox, "Each worker")
        .click();
    window.run_steps(3);
    press(&mut window, "computes in C");
    assert_eq!(app(&window).experiment().work, Work::Hash);
    assert!(script(&window).contains("for k in range(1_800):"));
    write(&mut window, "Work per worker, value", "2.5 k rounds");
    assert_eq!(app(&window).experiment().rounds, 2500);
    assert!(script(&window).contains("for k in range(2_500):"));
}

fn write(window: &mut Window, name: &str, text: &str) {
    window.get_by_role_and_label(Role::SpinButton, name).click();
    window.run_steps(2);
    window.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::A);
    window.get_by_label(name).type_text(text);
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
}

const MORE: &str = "More: start method, switch interval, limits";

#[test]
fn the_switch_interval_writes_its_line_when_it_is_not_the_usual_one() {
    let mut window = with("3.13.0", true);
    press(&mut window, MORE);
    window.run_steps(10);
    let interval = |window: &Window| app(window).experiment().switch_interval_s;
    assert!(!script(&window).contains("setswitchinterval"));
    for (text, s, line) in [
        ("0.1 ms", 0.0001, "sys.setswitchinterval(0.0001)"),
        ("20", 0.02, "sys.setswitchinterval(0.02)"),
        ("1 s", 1.0, "sys.setswitchinterval(1)"),
        ("9 s", 1.0, "sys.setswitchinterval(1)"),
    ] {
        write(&mut window, "GIL switch interval, value", text);
        assert_eq!(interval(&window), Some(s), "{text}");
        assert!(
            script(&window).contains(line),
            "{text}: {}",
            script(&window)
        );
    }
    write(&mut window, "GIL switch interval, value", "5 ms");
    assert_eq!(interval(&window), None);
    assert!(!script(&window).contains("setswitchinterval"));
    window
        .get_by_role_and_label(Role::Slider, "GIL switch interval")
        .focus();
    window.key_press(Key::ArrowRight);
    window.run_steps(3);
    assert!(interval(&window).is_some_and(|s| s > 0.005 && s < 0.02));
}

#[test]
fn without_a_gil_the_switch_interval_is_greyed() {
    let mut window = with("3.14.0", false);
    press(&mut window, MORE);
    window.run_steps(10);
    assert!(is_off(&window, Role::Slider, "GIL switch interval"));
    let mut window = crate::harness::window();
    press(&mut window, MORE);
    window.run_steps(10);
    // The model has a GIL, and heeds it.
    assert!(!is_off(&window, Role::Slider, "GIL switch interval"));
}

//! The controls change the script, and say why where they can't.

use eframe::egui::{Key, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::harness::{app, control, press, script, window};
use gilscope::experiment::{Join, Way, Work};

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

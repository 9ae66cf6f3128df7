//! Finding text in the log, showing only some lines, and going to a line or a time.

use std::time::{Duration, Instant};

use eframe::egui::{self, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use gilscope::ui::shortcuts::{FIND, GO_TO};

use crate::log::{World, copies, window};
use crate::synthetic::{MS, talkers, trouble};

type Window = Harness<'static, World>;

/// Waits until something of this name is there.
fn wait(window: &mut Window, label: &str) {
    let begun = Instant::now();
    while window.query_by_label(label).is_none() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{label} never came"
        );
        window.run_steps(1);
        std::thread::yield_now();
    }
}

fn shortcut(window: &mut Window, keys: egui::KeyboardShortcut) {
    window.key_press_modifiers(keys.modifiers, keys.logical_key);
    window.run_steps(2);
}

/// Types into what has the keyboard.
fn types(window: &mut Window, text: &str) {
    window.event(egui::Event::Text(text.into()));
    window.run_steps(2);
}

fn enter(window: &mut Window, modifiers: Modifiers) {
    window.key_press_modifiers(modifiers, Key::Enter);
    window.run_steps(2);
}

#[test]
fn text_is_found_and_gone_through() {
    let mut window = window(talkers("a", 10_000));
    shortcut(&mut window, FIND);
    types(&mut window, "line 77");
    // line 77, 770 to 779, 7700 to 7799
    wait(&mut window, "111 lines");
    enter(&mut window, Modifiers::NONE);
    window.get_by_label("1 of 111");
    window.get_by_label("0.100 s, Process-1: line 77");
    enter(&mut window, Modifiers::NONE);
    window.get_by_label("2 of 111");
    window.get_by_label_contains("line 770");
    for _ in 0..2 {
        enter(&mut window, Modifiers::SHIFT);
    }
    // Before the first one comes the last one.
    window.get_by_label("111 of 111");
    window.get_by_label_contains("line 7799");
    assert!(!window.state().panel.follows());
    types(&mut window, "x");
    wait(&mut window, "0 lines");
    window.key_press(Key::Escape);
    window.run_steps(2);
    assert!(window.query_all_by_label("Match case").next().is_none());
}

#[test]
fn an_expression_that_is_none_says_so_and_words_and_case_count_when_asked() {
    let mut window = window(trouble("a"));
    shortcut(&mut window, FIND);
    types(&mut window, "(zero");
    wait(&mut window, "0 lines");
    window
        .get_all_by_label("Regular expression")
        .next()
        .unwrap()
        .click();
    window.run_steps(2);
    window.get_by_label("not understood");
    types(&mut window, "division)");
    wait(&mut window, "1 line");
    window
        .get_all_by_label("Match case")
        .next()
        .unwrap()
        .click();
    window.run_steps(2);
    wait(&mut window, "0 lines");
}

#[test]
fn only_lines_that_pass_are_shown_counted_and_copied() {
    let mut window = window(talkers("a", 10_000));
    shortcut(&mut window, FIND);
    window.get_by_label("Only lines with").focus();
    window.run_steps(2);
    types(&mut window, "77");
    wait(&mut window, "Log, 280 lines shown");
    // The list is drawn after the bar, and the search goes on between them.
    wait(&mut window, "280 lines");
    // Both at once: of these lines those that have another text, too.
    window.get_by_label("Find text").focus();
    window.run_steps(2);
    types(&mut window, "177");
    wait(&mut window, "20 lines");
    enter(&mut window, Modifiers::NONE);
    window.get_by_label_contains(": line 177");
    window.get_by_label_contains("Log, 280 lines").focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    window.event_modifiers(egui::Event::Copy, Modifiers::SHIFT);
    window.run_steps(2);
    let copied = copies(&window).pop().unwrap();
    assert_eq!(copied.lines().count(), 280);
    assert!(copied.lines().all(|line| line.contains("77")));
    assert!(copied.starts_with("line 77\nline 177\n"), "{copied}");
    window.get_by_label("Keep").click();
    wait(&mut window, "Log, 9720 lines shown");
    // Closed, nothing is hidden.
    window.get_by_label("×").click();
    window.run_steps(3);
    window.get_by_label_contains("Log, 10000 lines shown");
}

#[test]
fn a_line_and_a_time_are_gone_to() {
    let mut window = window(talkers("a", 10_000));
    shortcut(&mut window, GO_TO);
    types(&mut window, "5001");
    enter(&mut window, Modifiers::NONE);
    window.get_by_label_contains(": line 5000");
    shortcut(&mut window, GO_TO);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    types(&mut window, "100 ms");
    enter(&mut window, Modifiers::NONE);
    let last = window.state().run.run.log.blocks()[0];
    assert_eq!(last.t_ns, 100 * MS);
    window.get_by_label_contains(": line 99");
    shortcut(&mut window, GO_TO);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    types(&mut window, "nowhere");
    enter(&mut window, Modifiers::NONE);
    window.get_by_label_contains("neither a line's number");
}

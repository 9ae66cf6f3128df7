//! Own and edited scripts: they rule, and one press goes back.

use eframe::egui::{self, Key, accesskit::Role};
use egui_kittest::kittest::Queryable as _;

use crate::harness::{Window, alone, app, file, press, script, window, window_of};
use gilscope::experiment::{Experiment, Way};
use gilscope::ui::Setup;

fn editor_focus(window: &mut Window) {
    window
        .get_by_role_and_label(Role::MultilineTextInput, "Script")
        .focus();
    window.run_steps(2);
}

fn type_at_end(window: &mut Window, text: &str) {
    editor_focus(window);
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::End);
    window.run_steps(1);
    window.event(egui::Event::Text(text.to_owned()));
    window.run_steps(3);
}

#[test]
fn an_edit_makes_the_script_rule_and_one_press_goes_back() {
    let mut window = window();
    type_at_end(&mut window, "# mine");
    assert_eq!(app(&window).experiment().way, Way::Script);
    assert!(script(&window).ends_with("# mine"), "{}", script(&window));
    press(&mut window, "Back to the controls");
    assert_eq!(*app(&window).experiment(), Experiment::default());
    assert!(!script(&window).contains("# mine"));
}

#[test]
fn tab_indents_by_four_spaces() {
    let mut window = window();
    editor_focus(&mut window);
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::End);
    window.run_steps(1);
    window.key_press(Key::Tab);
    window.run_steps(3);
    assert!(script(&window).ends_with("\n    "), "{:?}", script(&window));
}

#[test]
fn a_file_is_opened_edited_and_saved_by_running_it() {
    let (_folder, path) = file("mine.py", "print(1)\n");
    let mut window = window_of(
        [1280.0, 900.0],
        Setup {
            file: Some(path.clone()),
            ..alone()
        },
    );
    assert_eq!(script(&window), "print(1)\n");
    assert_eq!(app(&window).experiment().limits.time_s, None);
    window.get_by_label_contains("mine.py: this file rules");
    type_at_end(&mut window, "print(2)");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "print(1)\n");
    press(&mut window, "Save & Run");
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "print(1)\nprint(2)"
    );
}

#[test]
fn arguments_are_split_as_a_shell_does() {
    let (_folder, path) = file("mine.py", "print(1)\n");
    let mut window = window_of(
        [1280.0, 900.0],
        Setup {
            file: Some(path),
            ..alone()
        },
    );
    window
        .get_by_role_and_label(Role::TextInput, "Arguments")
        .focus();
    window.run_steps(2);
    window.event(egui::Event::Text("--name 'two words' 3".to_owned()));
    window.run_steps(3);
    let own = app(&window).experiment().script.clone().unwrap();
    assert_eq!(own.args, ["--name", "two words", "3"]);
}

#[test]
fn a_file_that_is_no_script_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("noise.py");
    std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
    let window = window_of(
        [1280.0, 900.0],
        Setup {
            file: Some(path),
            ..alone()
        },
    );
    assert!(
        app(&window)
            .notices()
            .iter()
            .any(|said| said.contains("noise.py"))
    );
    assert_eq!(*app(&window).experiment(), Experiment::default());
}

#[test]
fn an_edited_file_is_not_put_away_without_asking() {
    let (_folder, path) = file("mine.py", "print(1)\n");
    let mut window = window_of(
        [1280.0, 900.0],
        Setup {
            file: Some(path.clone()),
            ..alone()
        },
    );
    type_at_end(&mut window, "print(2)");
    press(&mut window, "mine  ▾");
    press(&mut window, "Five processes with arguments");
    window.get_by_label("The script was edited");
    assert_eq!(app(&window).experiment().way, Way::Script);
    press(&mut window, "Forget the changes");
    assert_eq!(app(&window).experiment().way, Way::Processes);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "print(1)\n");
}

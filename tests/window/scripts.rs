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
fn an_edit_makes_the_script_rule_and_going_back_asks_first() {
    let mut window = window();
    type_at_end(&mut window, "# mine");
    assert_eq!(app(&window).experiment().way, Way::Script);
    assert!(script(&window).ends_with("# mine"), "{}", script(&window));
    press(&mut window, "Back to the controls");
    window.get_by_label("The script was edited");
    assert!(script(&window).contains("# mine"));
    press(&mut window, "Cancel");
    assert!(script(&window).contains("# mine"));
    press(&mut window, "Back to the controls");
    press(&mut window, "Forget the changes");
    assert_eq!(*app(&window).experiment(), Experiment::default());
    assert!(!script(&window).contains("# mine"));
}

#[test]
fn who_walks_through_the_window_by_tab_does_not_edit_the_script() {
    let mut window = window();
    let before = script(&window);
    editor_focus(&mut window);
    for _ in 0..3 {
        window.key_press(Key::Tab);
        window.run_steps(2);
    }
    assert_eq!(script(&window), before);
    assert_eq!(app(&window).experiment().way, Way::Processes);
    let editor = window.get_by_role_and_label(Role::MultilineTextInput, "Script");
    assert!(!editor.is_focused());
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

#[test]
fn an_edited_script_without_a_file_is_not_put_away_without_asking() {
    let (_folder, path) = file("other.py", "print(7)\n");
    let mut window = window();
    type_at_end(&mut window, "# mine");
    press(&mut window, "edited  ▾");
    press(&mut window, "Five processes with arguments");
    window.get_by_label("The script was edited");
    press(&mut window, "Cancel");
    drop_file(&mut window, path);
    window.get_by_label("The script was edited");
    press(&mut window, "Forget the changes");
    assert_eq!(script(&window), "print(7)\n");
}

/// A file as the window system hands it over.
#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// Drops a file on the window.
fn drop_file(window: &mut Window, path: std::path::PathBuf) {
    let dropped = std::sync::Arc::new(Dropped(path));
    window.input_mut().dropped_files.push(dropped);
    window.step();
    window.input_mut().dropped_files.clear();
    window.run_steps(3);
}

#[test]
fn going_back_from_an_edited_file_can_save_it() {
    let (_folder, path) = file("mine.py", "print(1)\n");
    let mut window = window_of(
        [1280.0, 900.0],
        Setup {
            file: Some(path.clone()),
            ..alone()
        },
    );
    type_at_end(&mut window, "print(2)");
    press(&mut window, "Back to the controls");
    press(&mut window, "Save and go on");
    assert_eq!(app(&window).experiment().way, Way::Processes);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "print(1)\nprint(2)"
    );
}

#[test]
fn a_recent_script_comes_back_with_its_arguments() {
    let (_folder, path) = file("mine.py", "print(1)\n");
    let mut window = window_of(
        [1280.0, 900.0],
        Setup {
            file: Some(path.clone()),
            ..alone()
        },
    );
    window
        .get_by_role_and_label(Role::TextInput, "Arguments")
        .focus();
    window.run_steps(2);
    window.event(egui::Event::Text("--deep 'two words'".to_owned()));
    window.run_steps(3);
    press(&mut window, "Back to the controls");
    drop_file(&mut window, path);
    let own = app(&window).experiment().script.clone().unwrap();
    assert_eq!(own.args, ["--deep", "two words"]);
    let shown = window.get_by_role_and_label(Role::TextInput, "Arguments");
    assert_eq!(shown.value().as_deref(), Some("--deep 'two words'"));
}

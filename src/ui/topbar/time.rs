//! The part of the View menu that is about time: what zooms, and every key that moves through a run.

use eframe::egui::containers::menu::SubMenuButton;
use eframe::egui::{self, Button, KeyboardShortcut};

use super::Shown;
use crate::ui::action::Action;
use crate::ui::menu;
use crate::ui::shortcuts::{ALL_OF_IT, COLLAPSE, FIND, GO_TO, LARGER, SELECTION, SMALLER};
use crate::ui::zoom::Step;

/// Shows the menu in the menu.
pub(super) fn ui(ui: &mut egui::Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let items: [(&str, Step, &KeyboardShortcut); 4] = [
        ("Zoom in", Step::In, &LARGER[0]),
        ("Zoom out", Step::Out, &SMALLER[0]),
        ("Show all the time", Step::Fit, &ALL_OF_IT[0]),
        ("Zoom to what is selected", Step::Selection, &SELECTION),
    ];
    SubMenuButton::new("Time and lanes")
        .config(menu::config())
        .ui(ui, |ui| {
            ui.set_min_width(300.0);
            for (name, step, key) in items {
                let key = ui.ctx().format_shortcut(key);
                let button = Button::new(name).shortcut_text(key);
                if ui.add_enabled(shown.has_run, button).clicked() {
                    actions.push(Action::StepTime(step));
                    ui.close();
                }
            }
            ui.separator();
            let command = if cfg!(target_os = "macos") {
                "⌘"
            } else {
                "Ctrl"
            };
            let collapse = ui.ctx().format_shortcut(&COLLAPSE);
            ui.weak("With the pointer in plot or lanes:");
            keys(
                ui,
                &[
                    ("drag".to_owned(), "select a time"),
                    (format!("{command}+wheel"), "zoom where the pointer is"),
                    (
                        "Shift+wheel, Shift+drag".to_owned(),
                        "move the time that is shown",
                    ),
                    ("double click".to_owned(), "show all the time"),
                ],
            );
            ui.separator();
            ui.weak("With the keyboard in the plot or on a lane:");
            keys(
                ui,
                &[
                    ("←  →".to_owned(), "move the time that is shown"),
                    ("Shift+←  →".to_owned(), "select a time"),
                    (format!("{command}+←  →"), "hold the cursor and move it"),
                    ("Home".to_owned(), "show all the time"),
                    (collapse, "collapse or open every process"),
                    ("Escape".to_owned(), "let go of cursor and selection"),
                ],
            );
            ui.separator();
            ui.weak("In the log:");
            let [find, go_to] = [FIND, GO_TO].map(|keys| ui.ctx().format_shortcut(&keys));
            keys(
                ui,
                &[
                    (find, "find text, or show only some lines"),
                    (go_to, "go to a line or a time"),
                    ("Enter".to_owned(), "hold the cursor at the selected line"),
                ],
            );
        });
}

/// Keys and what they do, a line each.
fn keys(ui: &mut egui::Ui, keys: &[(String, &str)]) {
    egui::Grid::new(("keys of time", keys.len()))
        .num_columns(2)
        .min_col_width(150.0)
        .min_row_height(18.0)
        .spacing([10.0, 2.0])
        .show(ui, |ui| {
            for (keys, what) in keys {
                ui.label(keys);
                ui.weak(*what);
                ui.end_row();
            }
        });
}

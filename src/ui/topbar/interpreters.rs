//! The chooser of the interpreter: what was found, newest first, and what was refused, with the reason.

use std::path::Path;

use eframe::egui::{self, Button, RichText, Stroke};

use super::room::fitting as fitting_name;
use super::{DOWN, Shown, shortened};
use crate::engine::pythons::{Found, Pythons};
use crate::experiment::Python;
use crate::ui::action::Action;
use crate::ui::menu;
use crate::ui::theme::{Theme, bold};

/// The interpreter that a choice means, where it is a real one that was found.
pub fn meant<'a>(choice: &Python, pythons: Option<&'a Pythons>) -> Option<&'a Found> {
    let pythons = pythons?;
    match choice {
        Python::Newest => pythons.newest(),
        Python::Builtin => None,
        Python::Path(path) => pythons.of(path),
    }
}

/// How wide the whole text of the chooser's button is.
pub(super) fn wants(ui: &egui::Ui, shown: &Shown<'_>) -> f32 {
    let (name, badge) = name_and_badge(&shown.experiment.python, shown.pythons);
    width_of(ui, text(ui, shown.theme, &name, badge))
}

/// Shows the chooser; its text has room for so many points.
pub(super) fn ui(ui: &mut egui::Ui, shown: &Shown<'_>, room: f32, actions: &mut Vec<Action>) {
    let (name, badge) = name_and_badge(&shown.experiment.python, shown.pythons);
    let short = name.strip_prefix("CPython ").unwrap_or(&name);
    let fitting = [(&*name, badge), (short, badge), (short, None)]
        .into_iter()
        .map(|(name, badge)| text(ui, shown.theme, name, badge))
        .find(|text| width_of(ui, text.clone()) <= room);
    let text: egui::WidgetText = match fitting {
        Some(text) => text.into(),
        None => fitting_name(ui, short, DOWN, room).into(),
    };
    let response = menu::button(ui, text, |ui| {
        ui.set_min_width(430.0);
        menu(ui, shown, actions);
    });
    let badge = badge.map_or_else(String::new, |(badge, _)| format!(", {badge}"));
    let whole = format!("{name}{badge}");
    response
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &whole));
    response
        .response
        .on_hover_text(format!("{whole}\nWhich Python runs it"));
}

fn text(
    ui: &egui::Ui,
    theme: &Theme,
    name: &str,
    badge: Option<(&'static str, bool)>,
) -> egui::text::LayoutJob {
    let mut text = egui::text::LayoutJob::default();
    let mut add = |part: RichText| {
        part.append_to(
            &mut text,
            ui.style(),
            egui::FontSelection::Style(egui::TextStyle::Button),
            egui::Align::Center,
        );
    };
    add(RichText::new(name).color(theme.text));
    if let Some((badge, warns)) = badge {
        add(RichText::new("  "));
        let (front, back) = badge_colors(theme, warns);
        add(RichText::new(format!(" {badge} "))
            .size(11.0)
            .color(front)
            .background_color(back));
    }
    add(RichText::new(DOWN).color(theme.text));
    text
}

fn width_of(ui: &egui::Ui, text: egui::text::LayoutJob) -> f32 {
    ui.painter().layout_job(text).size().x
}

fn menu(ui: &mut egui::Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let choice = &shown.experiment.python;
    let theme = shown.theme;
    let mut choose = |ui: &egui::Ui, python: Python| {
        actions.push(Action::Choose(python));
        ui.close();
    };
    egui::ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
        match shown.pythons {
            None => {
                ui.weak("Looking for interpreters…");
            }
            Some(pythons) => {
                let newest = pythons.newest().map_or_else(
                    || "Newest release (none was found: the built-in model runs)".to_owned(),
                    |found| match (found.stable, found.gil_enabled) {
                        (true, true) => format!("Newest release (now {})", found.version),
                        _ => format!("Newest (no release with the GIL was found, so {})", found.version),
                    },
                );
                if ui
                    .add(Button::selectable(*choice == Python::Newest, newest))
                    .clicked()
                {
                    choose(ui, Python::Newest);
                }
                ui.separator();
                for found in &pythons.found {
                    let is_chosen = *choice == Python::Path(found.path.clone());
                    if row(ui, theme, found, is_chosen).clicked() {
                        choose(ui, Python::Path(found.path.clone()));
                    }
                }
                if pythons.found.is_empty() {
                    ui.weak("No Python 3.8 or newer was found. Install one from python.org, or choose a path.");
                }
            }
        }
        ui.separator();
        if ui
            .add(Button::selectable(*choice == Python::Builtin, "Built in (a model of the GIL, no Python needed)"))
            .on_hover_text("Gilscope’s own workers: the same ways and works, with a model of CPython’s GIL. Own scripts need a real Python")
            .clicked()
        {
            choose(ui, Python::Builtin);
        }
        if let Some(pythons) = shown.pythons
            && !pythons.refused.is_empty()
        {
            ui.separator();
            ui.weak("Can’t be used");
            for refused in &pythons.refused {
                let path = shortened(&refused.path.display().to_string(), 60);
                ui.add(egui::Label::new(RichText::new(path).monospace().size(11.0).color(theme.weak)))
                    .on_hover_text(refused.path.display().to_string());
                ui.add(egui::Label::new(RichText::new(&refused.why).size(11.5).color(theme.bad)).wrap());
            }
        }
    });
    ui.separator();
    if ui.button("Choose a path…").clicked() {
        actions.push(Action::AddPython);
        ui.close();
    }
    if ui
        .button("Look again")
        .on_hover_text("After an interpreter was installed or removed")
        .clicked()
    {
        actions.push(Action::FindPythons);
        ui.close();
    }
}

/// One interpreter: version, badge, and its path below.
fn row(ui: &mut egui::Ui, theme: &Theme, found: &Found, chosen: bool) -> egui::Response {
    let (badge, warns) = badge(found);
    let mut text = egui::text::LayoutJob::default();
    let (front, back) = badge_colors(theme, warns);
    let stable = if found.stable {
        ""
    } else {
        " (no release yet)"
    };
    for part in [
        bold(format!("CPython {}{stable}", found.version)).color(theme.text),
        RichText::new("  "),
        RichText::new(format!(" {badge} "))
            .size(11.0)
            .color(front)
            .background_color(back),
        RichText::new(format!(
            "\n{}",
            shortened(&found.path.display().to_string(), 62)
        ))
        .monospace()
        .size(11.0)
        .color(theme.weak),
    ] {
        part.append_to(
            &mut text,
            ui.style(),
            egui::FontSelection::Default,
            egui::Align::Center,
        );
    }
    let stroke = if chosen {
        Stroke::new(1.0, theme.accent)
    } else {
        Stroke::NONE
    };
    ui.add(
        Button::selectable(chosen, text)
            .stroke(stroke)
            .min_size(egui::vec2(ui.available_width(), 0.0)),
    )
    .on_hover_text(found.path.display().to_string())
}

fn badge(found: &Found) -> (&'static str, bool) {
    match (found.free_threaded, found.gil_enabled) {
        (true, false) => ("free-threaded", false),
        (true, true) => ("free-threaded, GIL on", true),
        (false, _) => ("GIL on", true),
    }
}

fn badge_colors(theme: &Theme, warns: bool) -> (egui::Color32, egui::Color32) {
    if warns {
        (theme.warn, theme.warn_back)
    } else {
        (theme.good, theme.field)
    }
}

fn name_and_badge(
    choice: &Python,
    pythons: Option<&Pythons>,
) -> (String, Option<(&'static str, bool)>) {
    if let Some(found) = meant(choice, pythons) {
        return (format!("CPython {}", found.version), Some(badge(found)));
    }
    match choice {
        Python::Newest if pythons.is_none() => ("Looking for Python…".to_owned(), None),
        Python::Newest | Python::Builtin => ("Built in".to_owned(), Some(("model", true))),
        Python::Path(path) => {
            let known = if pythons.is_some() {
                Some(("not found", true))
            } else {
                None
            };
            (file_name(path), known)
        }
    }
}

fn file_name(path: &Path) -> String {
    shortened(&path.display().to_string(), 28)
}

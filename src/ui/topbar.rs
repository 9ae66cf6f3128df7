//! The bar at the top: which experiment, which interpreter, Run and Stop, what to save, how it looks.

mod interpreters;
mod kept;
mod room;
mod time;

use std::path::PathBuf;

use eframe::egui::{self, Button, RichText, Stroke, vec2};

use super::action::Action;
use super::jobs::KeptRun;
use super::menu;
use super::shortcuts::{OPEN, RUN, STOP, ZOOM, names};
use super::start::{ready, same};
use super::theme::{Mode, SIZES, Theme, bold, ring};
use crate::engine::Phase;
use crate::engine::pythons::Pythons;
use crate::experiment::{Experiment, Way};

pub use interpreters::meant;

/// What the bar shows.
pub struct Shown<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Where the controller is.
    pub phase: &'a Phase,
    /// What was found; none while it is looked for.
    pub pythons: Option<&'a Pythons>,
    /// Runs and scripts opened lately.
    pub recent: &'a [PathBuf],
    /// Runs in the folder of kept ones, newest first.
    pub kept: &'a [KeptRun],
    /// The opened run's name, where one is shown instead of the live one.
    pub opened: Option<String>,
    /// Whether there is a run to save.
    pub has_run: bool,
    /// Whether an edited file is saved when it is run.
    pub unsaved: bool,
    /// Logical cores of this machine.
    pub cores: u32,
    /// Dark, light, or after the system.
    pub mode: Mode,
    /// How large everything is.
    pub zoom: f32,
    /// The colours.
    pub theme: &'a Theme,
}

impl Shown<'_> {
    fn alive(&self) -> bool {
        matches!(
            self.phase,
            Phase::Starting | Phase::Running | Phase::Stopping
        )
    }
}

/// The name of an experiment or of an opened run is cut to so many characters, however much room there is.
const NAME: usize = 24;
/// The brand goes where the names have less room than this, in points.
const BRANDED: f32 = 420.0;

/// Shows the bar: the buttons at the right first, since they keep their size; names share what is left.
pub(super) fn ui(ui: &mut egui::Ui, shown: &Shown<'_>) -> Vec<Action> {
    let mut actions = Vec::new();
    let bar = ui.available_rect_before_wrap();
    ui.spacing_mut().button_padding = vec2(11.0, 6.0);
    ui.spacing_mut().item_spacing.x = 8.0;
    let right = egui::Layout::right_to_left(egui::Align::Center);
    let buttons = ui.scope_builder(egui::UiBuilder::new().max_rect(bar).layout(right), |ui| {
        view(ui, shown, &mut actions);
        export(ui, shown, &mut actions);
        stop(ui, shown, &mut actions);
        run(ui, shown, &mut actions);
        ui.min_rect().left()
    });
    let left = bar.with_max_x(buttons.inner - 8.0);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.scope_builder(egui::UiBuilder::new().max_rect(left).layout(layout), |ui| {
        if left.width() > BRANDED {
            brand(ui, shown.theme);
        }
        let name = shortened(&shown.experiment.name(), NAME);
        let opened_name = shown.opened.as_deref().map(|name| shortened(name, NAME));
        let padding = 2.0 * ui.spacing().button_padding.x;
        let opened_wants = opened_name.as_ref().map_or(0.0, |name| {
            room::width(ui, &format!("{name}{LEAVE}")) + padding
        });
        let gaps = if opened_name.is_some() { 2.0 } else { 1.0 } * ui.spacing().item_spacing.x;
        let [experiment_w, python_w, opened_w] = room::shares(
            [
                room::width(ui, &format!("{name}{DOWN}")) + padding,
                interpreters::wants(ui, shown) + padding,
                opened_wants,
            ],
            ui.available_width() - gaps,
        )
        .map(|share| share - padding);
        let name = room::fitting(ui, &name, DOWN, experiment_w + 0.5);
        experiments(ui, shown, name, &mut actions);
        interpreters::ui(ui, shown, python_w + 0.5, &mut actions);
        if let (Some(whole), Some(name)) = (&shown.opened, &opened_name) {
            let text = room::fitting(ui, name, LEAVE, opened_w + 0.5);
            opened(ui, whole, text, shown.theme, &mut actions);
        }
    });
    actions
}

fn brand(ui: &mut egui::Ui, theme: &Theme) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.label(bold("gil").size(16.0).color(theme.text));
        ui.label(bold("scope").size(16.0).color(theme.lanes[0]));
        ui.add_space(6.0);
    });
}

/// After the name of a menu's button.
const DOWN: &str = "  ▾";
/// After the name of an opened run.
const LEAVE: &str = "  ×";

/// A menu's button: its name and a small triangle.
pub(super) fn down(text: &str) -> RichText {
    RichText::new(format!("{text}{DOWN}"))
}

/// `text` is what of its name has room.
fn experiments(ui: &mut egui::Ui, shown: &Shown<'_>, text: String, actions: &mut Vec<Action>) {
    let all = ready(shown.cores);
    let name = shown.experiment.name();
    let response = menu::button(ui, text, |ui| {
        ui.set_min_width(290.0);
        ui.weak("Ready experiments");
        for one in &all {
            let chosen = same(&one.experiment, shown.experiment);
            if ui
                .add(Button::selectable(chosen, one.name))
                .on_hover_text(one.look_for[0])
                .clicked()
            {
                actions.push(Action::Load(Box::new(one.experiment.clone())));
                ui.close();
            }
        }
        ui.separator();
        if ui
            .add(Button::new("Open a script or a run…").shortcut_text(ui.ctx().format_shortcut(&OPEN)))
            .on_hover_text("A .py file to run, or a .gilscope file to look at. Files can also be dropped on the window")
            .clicked()
        {
            actions.push(Action::Open(None));
            ui.close();
        }
        kept::ui(ui, shown, actions);
        if !shown.recent.is_empty() {
            ui.separator();
            ui.weak("Recent files");
            for path in shown.recent {
                let name = path.file_name().map_or_else(
                    || path.display().to_string(),
                    |name| name.to_string_lossy().into_owned(),
                );
                if ui
                    .button(shortened(&name, 44))
                    .on_hover_text(path.display().to_string())
                    .clicked()
                {
                    actions.push(Action::Open(Some(path.clone())));
                    ui.close();
                }
            }
        }
    });
    let whole = format!("{name}{DOWN}");
    response
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &whole));
    response.response.on_hover_text(format!(
        "{name}\nThe experiment: ready ones, recent files, scripts and runs to open"
    ));
}

/// An opened run is shown: which, and the way back. `text` is what of its name has room.
fn opened(ui: &mut egui::Ui, name: &str, text: String, theme: &Theme, actions: &mut Vec<Action>) {
    let text = RichText::new(text).color(theme.text);
    let button = Button::new(text)
        .fill(theme.mark)
        .stroke(Stroke::new(1.0, theme.accent));
    let response = ui.add(button).on_hover_text(format!(
        "{name}: this saved run is shown. Press to leave it"
    ));
    response.widget_info(|| {
        egui::WidgetInfo::labeled(
            egui::Role::Button,
            true,
            format!("Leave the opened run {name}"),
        )
    });
    if response.clicked() {
        actions.push(Action::CloseRun);
    }
}

fn run(ui: &mut egui::Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let theme = shown.theme;
    let name = if shown.unsaved { "Save & Run" } else { "Run" };
    let button = Button::new(bold(format!("▶  {name}")).color(theme.on_accent))
        .fill(theme.accent)
        .stroke(Stroke::NONE)
        .min_size(vec2(78.0, 28.0));
    let response = ui
        .add_enabled(!shown.alive(), button)
        .on_hover_text(format!("Run it: {}", names(ui.ctx(), &RUN, " or ")))
        .on_disabled_hover_text("A run is going on: stop it first, or wait for its end");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, !shown.alive(), name));
    ring(ui, &response, theme);
    if response.clicked() {
        actions.push(Action::Run);
    }
}

fn stop(ui: &mut egui::Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let stopping = *shown.phase == Phase::Stopping;
    let name = if stopping { "Stop now" } else { "Stop" };
    let button = Button::new(bold(format!("■  {name}"))).min_size(vec2(78.0, 28.0));
    let response = ui
        .add_enabled(shown.alive(), button)
        .on_hover_text(format!(
            "End the run: {}. A second press ends it at once",
            names(ui.ctx(), &STOP, " or ")
        ))
        .on_disabled_hover_text("Nothing runs");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, shown.alive(), name));
    if response.clicked() {
        actions.push(Action::Stop);
    }
}

fn export(ui: &mut egui::Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let response = menu::button(ui, down("Export"), |ui| {
        ui.set_min_width(210.0);
        let mut entry =
            |ui: &mut egui::Ui, needs_run: bool, text: &str, help: &str, action: Action| {
                let enabled = shown.has_run || !needs_run;
                let response = ui
                    .add_enabled(enabled, Button::new(text.to_owned()))
                    .on_hover_text(help)
                    .on_disabled_hover_text("Nothing has run yet");
                if response.clicked() {
                    actions.push(action);
                    ui.close();
                }
            };
        entry(
            ui,
            true,
            "Log as text (.txt)…",
            "What was printed, byte for byte, in the order in which it came",
            Action::SaveLog("txt"),
        );
        entry(
            ui,
            true,
            "Log as a table (.csv)…",
            "Time, worker, stream and text, for a spreadsheet or pandas",
            Action::SaveLog("csv"),
        );
        entry(
            ui,
            true,
            "Log as JSON lines (.jsonl)…",
            "An object a line: time, worker, stream and text, for a program",
            Action::SaveLog("jsonl"),
        );
        ui.separator();
        entry(
            ui,
            true,
            "Run (.gilscope)…",
            "The whole run, to be opened again here or with sqlite3",
            Action::SaveRun,
        );
        entry(
            ui,
            true,
            "Picture (.png)…",
            "Plot and log as they are on screen, for a handout",
            Action::SavePicture,
        );
        ui.separator();
        entry(
            ui,
            false,
            "Script (.py)…",
            if shown.experiment.way == Way::Script {
                "The script as it is in the editor"
            } else {
                "Runs the same under a bare python"
            },
            Action::SaveScript,
        );
    });
    response
        .response
        .on_hover_text("Save the log, the run, the picture or the script");
}

fn view(ui: &mut egui::Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let response = menu::button(ui, down("View"), |ui| {
        ui.set_min_width(190.0);
        ui.weak("Colours");
        for (mode, name) in [
            (Mode::System, "As the system"),
            (Mode::Dark, "Dark"),
            (Mode::Light, "Light"),
        ] {
            if ui.selectable_label(shown.mode == mode, name).clicked() {
                actions.push(Action::Mode(mode));
                ui.close();
            }
        }
        ui.separator();
        ui.weak("Size");
        for &(zoom, name) in SIZES {
            if ui
                .selectable_label((shown.zoom - zoom).abs() < 0.01, name)
                .clicked()
            {
                actions.push(Action::Zoom(zoom));
                ui.close();
            }
        }
        ui.weak(format!(
            "{} go in small steps",
            names(ui.ctx(), &ZOOM, " and ")
        ));
        ui.separator();
        time::ui(ui, shown, actions);
        ui.separator();
        if ui.button("About Gilscope").clicked() {
            actions.push(Action::About);
            ui.close();
        }
    });
    response.response.on_hover_text(
        "Colours, size for a projector, the keys of the time, and what this program is",
    );
}

/// At most so many characters, the middle left out.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let half = (most - 1) / 2;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(count - (most - 1 - half)).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_both_ends() {
        assert_eq!(shortened("short.py", 22), "short.py");
        let long = shortened("a-very-long-name-of-a-script.py", 20);
        assert_eq!(long.chars().count(), 20);
        assert!(
            long.starts_with("a-very") && long.ends_with("script.py"),
            "{long}"
        );
    }
}

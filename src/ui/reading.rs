//! The line above plot and lanes: what is selected, in figures, or who ran where the cursor is held; and the buttons
//! that zoom. It is always there, so that nothing moves when it has something to say.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{self, Align, Button, FontId, Layout, Role, WidgetInfo, vec2};

use super::action::Action;
use super::cache::Cached;
use super::shortcuts::{ALL_OF_IT, LARGER, SELECTION, SMALLER, names};
use super::theme::ring;
use super::time_axis::{exact, from_to, length};
use super::timeline;
use super::view::View;
use super::zoom::{Step, TimeRange, step};
use crate::run::{LaneId, Run, Within};

/// Height of the line, in points.
const HEIGHT: f32 = 24.0;
/// Size of its text, in points.
const TEXT: f32 = 12.0;

/// What is worked out for the line.
#[derive(Default)]
pub struct Reading {
    within: Cached<TimeRange, Within>,
    who: Cached<(u64, Option<LaneId>), String>,
}

/// A figure: what it is, and what it is of what is selected.
type Figure = (&'static str, String);

impl Reading {
    /// What is told, in words: of the cursor where it is held, or of what is selected.
    pub fn said(&mut self, ctx: &egui::Context, view: View<'_>) -> String {
        let Some(run) = view.run else {
            return String::new();
        };
        if let Some(pin) = view.times.pin {
            let work_out = || timeline::who_at(run, pin.t_ns, pin.lane);
            let who = self.who.get(ctx, run, (pin.t_ns, pin.lane), work_out);
            let ns_per_point = view.range().length_ns() as f64 / 500.0;
            return format!("at {}: {who}", exact(pin.t_ns, ns_per_point));
        }
        let Some(range) = view.times.selected else {
            return String::new();
        };
        let within = self.within(ctx, run, range);
        let figures = figures(run, range, &within).into_iter().skip(1);
        let figures: Vec<String> = figures
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        format!(
            "selected {}, {}: {}",
            length(range.length_ns()),
            from_to(range),
            figures.join(", ")
        )
    }

    fn within(&mut self, ctx: &egui::Context, run: &Run, range: TimeRange) -> Within {
        let work_out = || run.within(range.from_ns, range.to_ns);
        *self.within.get(ctx, run, range, work_out)
    }

    /// Shows the line; `view.said` is what [`Reading::said`] gave. Without `help`, what only helps at the screen is not
    /// there: it is no part of a picture.
    pub fn ui(&mut self, ui: &mut egui::Ui, view: View<'_>, help: bool) -> Vec<Action> {
        let mut actions = Vec::new();
        let Some(run) = view.run else {
            return actions;
        };
        let size = vec2(ui.available_width(), HEIGHT);
        ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
            ui.set_min_height(HEIGHT);
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.spacing_mut().button_padding = vec2(8.0, 1.0);
            if help {
                buttons(ui, view, &mut actions);
                ui.add_space(10.0);
            }
            let within = view
                .times
                .selected
                .filter(|_| view.times.pin.is_none())
                .map(|range| (range, self.within(ui.ctx(), run, range)));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                text(ui, view, run, within, help);
            });
        });
        actions
    }
}

fn text(
    ui: &mut egui::Ui,
    view: View<'_>,
    run: &Run,
    within: Option<(TimeRange, Within)>,
    help: bool,
) {
    let theme = view.theme;
    let mut job = LayoutJob::default();
    let mut add = |text: &str, before, colour| {
        let format = TextFormat::simple(FontId::proportional(TEXT), colour);
        job.append(text, before, format);
    };
    let mut how = None;
    let said = match within {
        Some((range, within)) => {
            for (nth, (name, value)) in figures(run, range, &within).into_iter().enumerate() {
                add(name, if nth == 0 { 0.0 } else { 11.0 }, theme.weak);
                add(&value, 5.0, theme.text);
            }
            how = Some(measured(range, &within));
            view.said.to_owned()
        }
        None if view.times.pin.is_some() => {
            add(view.said, 0.0, theme.text);
            view.said.to_owned()
        }
        None => {
            let text = if view.zoomed() {
                let all = view.all().to_ns as f64 / 1e9;
                format!("Showing {} of {all:.2} s", from_to(view.range()))
            } else if !help {
                format!("Showing {}", from_to(view.range()))
            } else {
                format!(
                    "Drag over a time to select it, {}+wheel to zoom, click a line of the log for its moment",
                    if cfg!(target_os = "macos") {
                        "⌘"
                    } else {
                        "Ctrl"
                    }
                )
            };
            add(&text, 0.0, theme.weak);
            text
        }
    };
    // With how it was measured, the whole is in the tooltip anyhow.
    let label = egui::Label::new(job).truncate();
    let response = ui.add(label.show_tooltip_when_elided(how.is_none()));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
    if let Some(how) = how {
        response.on_hover_text(format!("{said}.\n{how}"));
    }
}

/// The figures of what is selected; what was not measured is not among them.
fn figures(run: &Run, range: TimeRange, within: &Within) -> Vec<Figure> {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let mut figures = vec![("Selected", length(range.length_ns()))];
    match within.cpu {
        Some(cpu) => {
            let of = run.header.machine.cores.max(1);
            let least = if cpu.at_least { "≥ " } else { "" };
            let cores = cpu.cores();
            figures.push(("Cores busy", format!("{least}{cores:.2} of {of}")));
            figures.push(("Machine", percent(cores / f64::from(of))));
            let mean = cpu
                .mean_over_ns
                .map_or_else(String::new, |ns| format!(" (mean of {})", length(ns)));
            let cpu_ns = cpu.cpu_ns.round() as u64;
            figures.push(("CPU", format!("{least}{}{mean}", length(cpu_ns))));
        }
        None if run.end.is_none() => figures.push(("CPU", "not known yet".to_owned())),
        None => figures.push(("CPU", "none: the run was over".to_owned())),
    }
    figures.push(("Lines", super::who::thousands(within.lines)));
    let gil = [
        ("GIL held", within.held_share),
        ("waited for", within.wait_share),
    ];
    figures.extend(
        gil.into_iter()
            .filter_map(|(name, share)| Some((name, percent(share?)))),
    );
    figures
}

/// How the figures of a selection were measured.
fn measured(range: TimeRange, within: &Within) -> String {
    let mut how = "CPU is the difference of what the operating system accounted, a straight line between two samples"
        .to_owned();
    if let Some(cpu) = within.cpu {
        if let Some(ns) = cpu.mean_over_ns {
            how += &format!(
                ". No sample lies in what is selected: it is the mean of the {} around it",
                length(ns)
            );
        }
        if cpu.over_ns + 1_000_000 < range.length_ns() {
            how += &format!(", and known for {} of it", length(cpu.over_ns));
        }
    }
    how + ". Lines count at the time at which they came. Hand-offs are not counted for a part of a run."
}

fn buttons(ui: &mut egui::Ui, view: View<'_>, actions: &mut Vec<Action>) {
    let mut button = |ui: &mut egui::Ui, text: &str, name: &str, wanted: Option<Action>| {
        let wide = vec2(if text.chars().count() == 1 { 26.0 } else { 0.0 }, 20.0);
        let response = ui.add_enabled(wanted.is_some(), Button::new(text).min_size(wide));
        ring(ui, &response, view.theme);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, wanted.is_some(), name));
        let clicked = response.clicked();
        let name = name.to_owned();
        response.on_hover_ui(|ui| {
            let keys = match &*name {
                "Zoom in" => names(ui.ctx(), &LARGER[..1], ""),
                "Zoom out" => names(ui.ctx(), &SMALLER, ""),
                "Show all the time" => names(ui.ctx(), &ALL_OF_IT, " or ") + ", or a double click",
                "Zoom to what is selected" => names(ui.ctx(), &[SELECTION], ""),
                _ => "Escape".to_owned(),
            };
            ui.label(format!("{name} ({keys})"));
        });
        actions.extend(wanted.filter(|_| clicked));
    };
    button(ui, "+", "Zoom in", step(view, Step::In));
    button(ui, "−", "Zoom out", step(view, Step::Out));
    if view.zoomed() {
        button(ui, "Fit", "Show all the time", step(view, Step::Fit));
    }
    if view.times.pin.is_some() {
        let let_go = Some(Action::HoldCursor(None));
        button(ui, "Let go", "Let go of this moment", let_go);
    } else if view.times.selected.is_some() {
        let clear = Some(Action::Select(None));
        button(ui, "Clear", "Select nothing", clear);
        let zoom = step(view, Step::Selection);
        button(ui, "Zoom to it", "Zoom to what is selected", zoom);
    }
}

//! What is told at the pointer: what a lane did at that time, or who held a GIL.

use eframe::egui::{self, RichText};

use super::lanes::Row;
use super::{code, words};
use crate::run::Run;
use crate::ui::theme::Theme;
use crate::ui::who;

/// How wide a tooltip may be, in points.
const WIDTH: f32 = 340.0;

/// The tooltip of a row at a time; `median_ns` is the GIL's median hold.
pub(super) fn ui(
    ui: &mut egui::Ui,
    theme: &Theme,
    run: &Run,
    row: &Row,
    t_ns: Option<u64>,
    median_ns: Option<u64>,
) {
    ui.set_max_width(WIDTH);
    let Some(lane) = run.lane(row.lane) else {
        return;
    };
    let colour = row.colour.map_or(theme.text, |nth| theme.lane(nth));
    ui.label(RichText::new(&row.name).strong().color(colour));
    if let Some((t_ns, piece)) = t_ns.and_then(|t_ns| Some((t_ns, row.at(t_ns)?))) {
        let (state, sentence) = words::piece(run, row, piece.fill);
        let at = format!("at {} s: {state}", who::seconds(t_ns));
        ui.label(RichText::new(at).strong());
        ui.label(sentence);
    }
    if let Some(t_ns) = t_ns.filter(|_| !row.gil) {
        match code::at(run, row.lane, t_ns) {
            Some(place) => drop(ui.monospace(place)),
            None => {
                if let Some(why) = code::why_not(run, lane, t_ns) {
                    ui.label(RichText::new(why).color(theme.weak));
                }
            }
        }
    }
    let gil = run.gils.get(&row.lane).filter(|_| row.gil);
    match gil {
        Some(gil) => {
            grid(ui, theme, words::gil_facts(gil, median_ns));
            let held = format!(
                "Of all its time: {}.",
                words::holders(run, row, &row.shares())
            );
            ui.label(held);
            if let Some(rate) = words::rate(gil) {
                ui.label(RichText::new(rate).color(theme.weak));
            }
        }
        None => {
            let shares = words::shares(&row.shares());
            if !shares.is_empty() {
                ui.label(format!("Of all its time: {shares}."));
            }
            grid(ui, theme, who::facts(run, lane));
        }
    }
    if !row.probed {
        ui.label(
            RichText::new("Not probed: only what the operating system tells is known.")
                .color(theme.warn),
        );
    }
}

fn grid(ui: &mut egui::Ui, theme: &Theme, facts: Vec<(&str, String)>) {
    egui::Grid::new("lane tip")
        .num_columns(2)
        .min_row_height(16.0)
        .spacing([12.0, 2.0])
        .show(ui, |ui| {
            for (what, text) in facts {
                ui.label(RichText::new(what).color(theme.weak));
                ui.monospace(text);
                ui.end_row();
            }
        });
}

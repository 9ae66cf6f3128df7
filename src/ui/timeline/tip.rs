//! What is told at the pointer: what a lane did at that time, or who held a GIL.

use eframe::egui::{self, RichText};

use super::lanes::{Row, did_at, held_at};
use super::pieces::Fill;
use super::{code, words};
use crate::run::{Lane, Run};
use crate::ui::theme::Theme;
use crate::ui::time_axis::{exact, length};
use crate::ui::who;

/// How wide a tooltip may be, in points.
const WIDTH: f32 = 340.0;

/// The row that is told of.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) row: &'a Row,
    /// Whether all threads of its process are in it.
    pub(super) merged: bool,
}

/// The pointer's time, and how long a point of the screen is.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) t_ns: u64,
    pub(super) ns_per_point: f64,
}

/// The tooltip of a row at a time; `median_ns` is the GIL's median hold.
pub(super) fn ui(
    ui: &mut egui::Ui,
    theme: &Theme,
    run: &Run,
    of: Of<'_>,
    at: Option<At>,
    median_ns: Option<u64>,
) {
    let row = of.row;
    ui.set_max_width(WIDTH);
    let Some(lane) = run.lane(row.lane) else {
        return;
    };
    let colour = row.colour.map_or(theme.text, |nth| theme.lane(nth));
    ui.label(RichText::new(&row.name).strong().color(colour));
    if let Some(at) = at {
        for (nth, text) in moment(run, lane, of, at).into_iter().enumerate() {
            let text = RichText::new(text);
            ui.label(if nth == 0 { text.strong() } else { text });
        }
    }
    if let Some(t_ns) = at.map(|at| at.t_ns).filter(|_| !row.gil) {
        match code::at(run, row.lane, t_ns) {
            Some(place) => drop(ui.monospace(place)),
            None => {
                if let Some(why) = code::why_not(run, lane, t_ns) {
                    ui.label(RichText::new(why).color(theme.weak));
                }
            }
        }
    }
    match row.track(run) {
        Some(gil) => {
            if let Some(process) = row.interpreter.map(|_| who::name(lane)) {
                ui.label(format!(
                    "A sub-interpreter of {process} has a GIL of its own: both run at once."
                ));
            }
            grid(ui, theme, words::gil_facts(gil, median_ns));
            let shares = words::holders(run, row, &row.shares());
            ui.label(format!("{}: {shares}.", words::of_time(row)));
            if let Some(rate) = words::rate(gil) {
                ui.label(RichText::new(rate).color(theme.weak));
            }
            if let Some(why) = run.sub_gils_unknown.get(&row.lane) {
                let text = format!("Sub-interpreters with a GIL of their own are not told: {why}.");
                ui.label(RichText::new(text).color(theme.weak));
            }
        }
        None => {
            let shares = words::shares(&row.shares());
            if !shares.is_empty() {
                let under =
                    words::under(lane).map_or_else(String::new, |under| format!("; {under}"));
                ui.label(format!("{}: {shares}{under}.", words::of_time(row)));
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

/// What it did at that very time, however coarse the screen is; and where it is coarse, what it did around it.
pub(super) fn moment(run: &Run, lane: &Lane, of: Of<'_>, at: At) -> Vec<String> {
    let (row, t_ns) = (of.row, at.t_ns);
    let when = exact(t_ns, at.ns_per_point);
    let piece = row.at(t_ns);
    let what = if row.gil {
        held_at(run, row, t_ns)
    } else {
        did_at(run, row.lane, t_ns)
    };
    // Of many threads together there is no one state.
    let fill = match what.filter(|_| !of.merged) {
        Some(what) => Fill::One(what),
        None => match piece {
            Some(piece) => piece.fill,
            None => return Vec::new(),
        },
    };
    let (state, sentence) = words::piece(run, row, fill);
    let whose = words::whose(lane, fill, t_ns).unwrap_or_default();
    let mut lines = vec![format!("at {when}: {state}{whose}"), sentence];
    if let (Fill::One(_), Some(piece)) = (fill, piece)
        && let Fill::Mixed(_) = piece.fill
    {
        let long = length(piece.to_ns - piece.from_ns);
        let (shares, _) = words::piece(run, row, piece.fill);
        lines.push(format!("In the {long} around it: {shares}."));
    }
    lines
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

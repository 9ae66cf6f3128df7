//! Lines that came out of the order of the starts: a mark at the first line of a worker that was overtaken, and on a
//! press the reason, as far as it was measured.

use std::collections::HashMap;

use eframe::egui::{
    self, Painter, Popup, Rect, RichText, Role, Sense, Stroke, WidgetInfo, pos2, vec2,
};

use super::paint::GAP;
use crate::run::{Doing, Filter, Lane, Late, Row, Run};
use crate::ui::cache::Cached;
use crate::ui::theme::Theme;
use crate::ui::time_axis::length;
use crate::ui::who;

/// What is shorter than this, in nanoseconds, is not named.
const NAMED_NS: u64 = 100_000;
/// Width of what is told, in points.
const WIDTH: f32 = 380.0;

/// The first lines of those that were overtaken.
#[derive(Default)]
pub(super) struct Marks(Cached<(), HashMap<(u64, u32), Late>>);

impl Marks {
    /// Works them out anew where the run has changed.
    pub(super) fn renew(&mut self, ctx: &egui::Context, run: &Run) {
        self.0.get(ctx, run, (), || {
            let first = |late: Late| {
                let filter = Filter {
                    lane: Some(late.lane),
                    stream: None,
                };
                let Row { block, row } = run.log.row(filter, 0)?;
                Some(((block, row), late))
            };
            run.late().into_iter().filter_map(first).collect()
        });
    }

    /// What is to be told at a row of the log.
    pub(super) fn at(&self, row: Row) -> Option<Late> {
        self.0.last().get(&(row.block, row.row)).copied()
    }
}

/// The mark of a row, left of `x`, and what it tells when it is pressed.
pub(super) fn ui(
    ui: &egui::Ui,
    painter: &Painter,
    area: Rect,
    x: f32,
    run: &Run,
    late: Late,
    theme: &Theme,
) {
    let at = Rect::from_min_max(
        pos2(x - GAP + 2.0, area.top()),
        pos2(x - 2.0, area.bottom()),
    );
    let seen = at.intersect(painter.clip_rect());
    let id = ui.scope_id().with(("log late", late.lane.0));
    let response = ui.interact(seen, id, Sense::click());
    let lit = response.hovered() || response.has_focus();
    let stroke = Stroke::new(if lit { 2.2 } else { 1.4 }, theme.warn);
    let c = at.center();
    painter.line_segment([c + vec2(0.0, -4.0), c + vec2(0.0, 4.0)], stroke);
    let tip = [c + vec2(-3.0, 1.0), c + vec2(0.0, 4.5), c + vec2(3.0, 1.0)];
    painter.line(tip.to_vec(), stroke);
    response.widget_info(|| {
        let name = run.lane(late.lane).map(who::name).unwrap_or_default();
        WidgetInfo::labeled(Role::Button, true, format!("Why {name} came late"))
    });
    let left = egui::Layout::top_down(egui::Align::LEFT);
    Popup::menu(&response).layout(left).show(|ui| {
        ui.set_max_width(WIDTH);
        let mut words = sentences(run, late).into_iter();
        if let Some(first) = words.next() {
            ui.label(RichText::new(first).strong());
        }
        for sentence in words {
            ui.label(sentence);
        }
    });
    response.on_hover_text("Out of the order of the starts: press to see why");
}

/// What happened, and what is known of why.
fn sentences(run: &Run, late: Late) -> Vec<String> {
    let Some((lane, after)) = run.lane(late.lane).zip(run.lane(late.after)) else {
        return Vec::new();
    };
    let line = |lane: &Lane| lane.first_line_ns.unwrap_or_default();
    let (name, other) = (who::short_name(lane), who::short_name(after));
    let head = format!(
        "{name} was started {} before {other}, and its first line came {} after that one\u{2019}s.",
        length(after.started_ns.saturating_sub(lane.started_ns)),
        length(line(lane).saturating_sub(line(after))),
    );
    let mut words = vec![head, until(lane), until(after)];
    words.push(
        if lane.info.pid == after.info.pid {
            "The order of the starts decides nothing: whose turn it is, is up to the GIL and to the operating system."
        } else {
            "The order of the starts decides nothing: whose turn it is, is up to the operating system."
        }
        .to_owned(),
    );
    words
}

/// What a worker did from its start to its first line.
fn until(lane: &Lane) -> String {
    let line_ns = lane.first_line_ns.unwrap_or_default();
    let up_ns = lane.up.map_or(line_ns, |up| up.t_ns.min(line_ns));
    let starting_ns = up_ns.saturating_sub(lane.started_ns);
    let mut parts = vec![(starting_ns, "was starting")];
    let did = lane.did.between(up_ns, line_ns);
    let seen_ns: u64 = did.iter().map(|(_, ns)| ns).sum();
    parts.extend(did.into_iter().map(|(doing, ns)| (ns, phrase(doing))));
    let rest_ns = line_ns.saturating_sub(up_ns).saturating_sub(seen_ns);
    parts.push((rest_ns, "was not looked at"));
    parts.retain(|(ns, _)| *ns >= NAMED_NS);
    let parts = parts
        .into_iter()
        .map(|(ns, what)| format!("{what} for {}", length(ns)));
    let parts: Vec<String> = parts.collect();
    let name = who::short_name(lane);
    let at = format!(
        "started at {} s, first line at {} s",
        who::seconds(lane.started_ns),
        who::seconds(line_ns)
    );
    if parts.is_empty() {
        format!("{name}: {at}.")
    } else {
        format!("{name}: {at}. In between it {}.", parts.join(", "))
    }
}

fn phrase(doing: Doing) -> &'static str {
    match doing {
        Doing::Python => "ran Python",
        Doing::Apart => "ran Python under a GIL of its own",
        Doing::Outside => "ran outside the GIL",
        Doing::WaitsForGil => "waited for the GIL",
        Doing::WaitsForCore => "waited for a core",
        Doing::Blocked => "was blocked",
        Doing::WaitsForReader => "waited to print",
    }
}

//! The lines of the script that are being run: lit, each with marks in the colours of the workers that are in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::emath::GuiRounding as _;
use eframe::egui::{
    Context, Galley, Id, Pos2, Rangef, Rect, Role, Sense, Shape, Ui, WidgetInfo, pos2, vec2,
};

use crate::run::{Lane, Run};
use crate::ui::cache::Cached;
use crate::ui::theme::Theme;
use crate::ui::who::{self, Who};

/// While a run lives the lines change no more often than this, in nanoseconds: who reads them needs some rest.
const CALM_NS: u64 = 250_000_000;
/// A read that is further away than this tells nothing of a time.
const NEAR_NS: u64 = 200_000_000;
/// Who stays at a place is told to be there still about once a second.
const STILL_NS: u64 = 3_000_000_000;
/// The marks lie in the editor's margin, from here to there, in points.
const MARKS_X: Rangef = Rangef {
    min: 3.0,
    max: 10.5,
};
/// Between two marks, and above and below them.
const APART: f32 = 1.0;
const INSET: f32 = 2.0;
/// So many are named in a line.
const NAMED: usize = 8;

/// Who is in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    /// The number of its colour; none for what is no worker.
    colour: Option<usize>,
    name: String,
}

/// The lines that are run at a time, by their numbers from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lit {
    lines: BTreeMap<u32, Vec<Mark>>,
}

/// The lit lines from frame to frame: they are found anew where the run or the time is another one.
#[derive(Default)]
pub struct LitLines {
    lit: Cached<Option<u64>, Arc<Lit>>,
    /// Of which run, and of what time of it while it lived, they were last found without a pointer.
    found: Option<(String, u64)>,
}

impl LitLines {
    /// As [`Lit::of`]; of a live run they may be a little too old.
    pub fn of(
        &mut self,
        ctx: &Context,
        run: &Run,
        text: &str,
        point_ns: Option<u64>,
        live: bool,
    ) -> Arc<Lit> {
        if run.header.script != text || (point_ns.is_none() && !live) {
            return Arc::default();
        }
        let now = (point_ns.is_none()).then(|| (run.header.id.clone(), calm_ns(run)));
        if now.is_some() && now == self.found {
            return Arc::clone(self.lit.last());
        }
        self.found = now;
        let find = || Arc::new(Lit::of(run, text, point_ns, live));
        Arc::clone(self.lit.get(ctx, run, point_ns, find))
    }
}

/// The time of a live run that is shown.
fn calm_ns(run: &Run) -> u64 {
    run.now_ns - run.now_ns % CALM_NS
}

impl Lit {
    /// Of a run at the pointer's time, or of a live one now; none where `text` is not the script that ran.
    pub fn of(run: &Run, text: &str, point_ns: Option<u64>, live: bool) -> Self {
        let mut lit = Self::default();
        let t_ns = match point_ns {
            Some(t_ns) => t_ns,
            None if live => calm_ns(run),
            None => return lit,
        };
        if run.places.is_empty() || run.header.script != text {
            return lit;
        }
        let who = Who::of(run);
        for lane in &run.lanes {
            if let Some(line) = line(run, lane, t_ns, point_ns.is_none()) {
                let colour = who.nth(lane.id).map(|nth| nth % Theme::COLOURS);
                let name = who::name(lane);
                let name = name.split(" (").next().unwrap_or(&name).to_owned();
                lit.lines
                    .entry(line)
                    .or_default()
                    .push(Mark { colour, name });
            }
        }
        lit
    }

    /// In words, the lines in their order: `line 7: Thread-1, Thread-3`.
    pub fn words(&self) -> Vec<String> {
        let lines = self.lines.iter();
        lines.map(|(line, marks)| words(*line, marks)).collect()
    }

    /// Lights the lines of a text that stands at `at`, between `x`; gives what lies behind the text. Their names are
    /// told at the marks.
    pub(super) fn ui(
        &self,
        ui: &Ui,
        galley: &Galley,
        at: Pos2,
        x: Rangef,
        theme: &Theme,
    ) -> Vec<Shape> {
        let mut behind = Vec::new();
        if self.lines.is_empty() {
            return behind;
        }
        let (mut line, mut first) = (1, true);
        for row in &galley.rows {
            if let Some(marks) = self.lines.get(&line) {
                let y = Rangef::new(at.y + row.rect().top(), at.y + row.rect().bottom());
                let area = Rect::from_x_y_ranges(x, y);
                behind.push(Shape::rect_filled(
                    area,
                    0.0,
                    theme.text.gamma_multiply(LIGHT),
                ));
                if first {
                    mark(ui, area, line, marks, theme, &mut behind);
                }
            }
            first = row.ends_with_newline;
            line += u32::from(first);
        }
        behind
    }
}

/// How bright a line is.
const LIGHT: f32 = 0.08;

fn mark(ui: &Ui, area: Rect, line: u32, marks: &[Mark], theme: &Theme, shapes: &mut Vec<Shape>) {
    let x = Rangef::new(area.left() + MARKS_X.min, area.left() + MARKS_X.max);
    let cells = Rect::from_x_y_ranges(x, area.y_range().shrink(INSET));
    let mut colours: Vec<Option<usize>> = marks.iter().map(|mark| mark.colour).collect();
    // What is no worker comes last.
    colours.sort_by_key(|colour| colour.unwrap_or(usize::MAX));
    colours.dedup();
    let in_row = colours.len().clamp(1, 2);
    let height = (cells.height() + APART) / colours.len().div_ceil(in_row).max(1) as f32;
    for (nth, pair) in colours.chunks(in_row).enumerate() {
        let top = cells.top() + nth as f32 * height;
        // The last one of an odd number has the whole width.
        let width = (cells.width() + APART) / pair.len() as f32;
        for (nth, colour) in pair.iter().enumerate() {
            let corner = pos2(cells.left() + nth as f32 * width, top);
            let cell = Rect::from_min_size(corner, vec2(width - APART, height - APART));
            let colour = colour.map_or(theme.weak, |nth| theme.lane(nth));
            let cell = cell.round_to_pixels(ui.pixels_per_point());
            shapes.push(Shape::rect_filled(cell, 1.0, colour));
        }
    }
    let spot = Rect::from_min_max(area.min, pos2(x.max, area.bottom()));
    let id = Id::unique(("a lit line of the script", line));
    let response = ui.interact(spot, id, Sense::hover());
    let said = words(line, marks);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
    response.on_hover_text(said);
}

/// The line that a lane is in.
fn line(run: &Run, lane: &Lane, t_ns: u64, now: bool) -> Option<u32> {
    if t_ns < lane.started_ns || t_ns > lane.end_or(u64::MAX) || (now && lane.ended.is_some()) {
        return None;
    }
    let found = lane.places.at(t_ns, NEAR_NS).map(|at| at.place);
    let still = || {
        let last = lane.places.stays().last().filter(|_| now)?;
        (run.now_ns.saturating_sub(last.2) <= STILL_NS).then_some(last.0)
    };
    let place = run.place(found.or_else(still)??)?;
    place.file.is_none().then_some(place.line)
}

fn words(line: u32, marks: &[Mark]) -> String {
    let names = marks.iter().take(NAMED).map(|mark| mark.name.as_str());
    let names = names.collect::<Vec<_>>().join(", ");
    match marks.len().saturating_sub(NAMED) {
        0 => format!("line {line}: {names}"),
        more => format!("line {line}: {names} and {more} more"),
    }
}

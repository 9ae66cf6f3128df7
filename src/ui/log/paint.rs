//! Painting of the log's rows.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    self, Align2, Color32, FontId, Galley, Painter, Rect, RichText, Stroke, pos2, vec2,
};

use super::earlier::SIGN_W;
use super::line::{Ink, Line};
use super::rows::Row;
use crate::run::{Run, Stamp, Stream};
use crate::search::Pattern;
use crate::ui::theme::Theme;
use crate::ui::view::View;
use crate::ui::who::{self, Who};

/// Size of the text, in points.
const TEXT: f32 = 12.0;

/// Between a line's time and its worker, with room for a mark, in points.
pub(super) const GAP: f32 = 17.0;

/// Where the columns are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    /// Where the name begins, in points from the left.
    pub name: f32,
    /// Where the text begins, in points from the left.
    pub text: f32,
    /// Width of a letter of the text, in points.
    pub letter: f32,
    /// Height of a row of one line, in points.
    pub row: f32,
    /// Height of a line of text, in points.
    pub line: f32,
}

/// The columns of a run. They don't move while it goes on, unless its seconds get another digit.
pub(super) fn columns(ui: &egui::Ui, run: Option<&Run>, named: bool) -> Columns {
    let font = FontId::monospace(TEXT);
    let (letter, height) =
        ui.fonts_mut(|fonts| (fonts.glyph_width(&font, '0'), fonts.row_height(&font)));
    let digits = who::seconds(run.map_or(0, Run::length_ns)).len().max(6);
    let long = run.is_some_and(|run| {
        run.lanes
            .iter()
            .any(|lane| lane.info.kind.is_worker() && lane.info.name.chars().count() > 12)
    });
    let name = 10.0 + digits as f32 * letter + GAP;
    Columns {
        name,
        text: name
            + match (named, long) {
                (false, _) => 0.0,
                (true, false) => 84.0,
                (true, true) => 118.0,
            },
        letter,
        row: (height + 3.0).ceil(),
        line: height,
    }
}

/// How the text of rows is laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'a> {
    pub columns: Columns,
    /// Width of the list, in points.
    pub width: f32,
    /// How far it is scrolled to the right, in points; none where long lines are broken.
    pub left: Option<f32>,
    /// What is marked.
    pub pattern: Option<&'a Pattern>,
    pub theme: &'a Theme,
}

impl Look<'_> {
    fn own(&self, row: &Row) -> Color32 {
        match row.stream {
            Stream::Stderr => self.theme.bad,
            Stream::Stdout => self.theme.text,
        }
    }

    /// The text of a row; none where there is only a reason why not.
    pub(super) fn text(&self, ui: &egui::Ui, row: &Row) -> Option<Arc<Galley>> {
        let line = row.text.as_ref().ok()?;
        let room = (self.width - self.columns.text - indent(row) - RIGHT).max(40.0);
        // Of a line of thousands of letters only those in view are laid out.
        let seen = match self.left {
            Some(left) => ((left + self.width) / self.columns.letter) as usize + 16,
            None => usize::MAX,
        };
        let mono = FontId::monospace(TEXT);
        let marks = self
            .pattern
            .map_or_else(Vec::new, |pattern| pattern.places(line.plain().as_bytes()));
        let mut job = job(line, &marks, seen, self.own(row), self.theme, &mono);
        if self.left.is_none() {
            job.wrap.max_width = room;
        }
        Some(ui.painter().layout_job(job))
    }

    /// Height of a row with this text, in points.
    pub(super) fn height(&self, text: Option<&Galley>) -> f32 {
        let text = text.filter(|_| self.left.is_none());
        let more = text.map_or(0.0, |text| text.size().y - self.columns.line);
        self.columns.row + more.max(0.0)
    }
}

/// Where a row's text begins after its signs, in points from where texts begin.
fn indent(row: &Row) -> f32 {
    let signs = [(row.continues, 14.0), (row.was_other, SIGN_W)];
    signs.iter().filter(|sign| sign.0).map(|sign| sign.1).sum()
}

/// Left free at the right of lines that are broken, in points.
const RIGHT: f32 = 6.0;

/// A row in `area`; gives the width of its whole text.
pub(super) fn row(
    painter: &Painter,
    area: Rect,
    look: Look<'_>,
    row: &Row,
    galley: Option<Arc<Galley>>,
    run: &Run,
    who: &Who,
) -> f32 {
    let Look { columns, theme, .. } = look;
    let y = area.top() + columns.row / 2.0;
    let mono = FontId::monospace(TEXT);
    if row.stream == Stream::Stderr {
        let bar = Rect::from_min_size(area.min + vec2(2.0, 1.0), vec2(3.0, area.height() - 2.0));
        painter.rect_filled(bar, 1.0, theme.bad);
    }
    painter.text(
        pos2(area.left() + columns.name - GAP, y),
        Align2::RIGHT_CENTER,
        who::seconds(row.t_ns),
        mono.clone(),
        theme.weak,
    );
    let room = columns.text - columns.name - 8.0;
    if room > 0.0 {
        let name = run.lane(row.lane).map(who::name).unwrap_or_default();
        let name = if row.unattributed {
            format!("{name} ?")
        } else {
            name
        };
        let font = FontId::proportional(TEXT);
        painter.text(
            pos2(area.left() + columns.name, y),
            Align2::LEFT_CENTER,
            who::elided(painter, &name, font.clone(), room),
            font,
            who.colour(row.lane, theme),
        );
    }
    let text = Rect::from_min_max(pos2(area.left() + columns.text, area.top()), area.max);
    let painter = painter.with_clip_rect(text.intersect(painter.clip_rect()));
    let mut x = text.left() - look.left.unwrap_or(0.0);
    if row.continues {
        goes_on(&painter, pos2(x, y), theme);
    }
    // Who was gone over has a sign there, which is a button of the list's.
    x += indent(row);
    let (line, galley) = match (&row.text, galley) {
        (Ok(line), Some(galley)) => (line, galley),
        (Ok(_), None) => return 0.0,
        (Err(why), _) => {
            let at = pos2(x, y);
            painter.text(at, Align2::LEFT_CENTER, why, mono, theme.warn);
            return 0.0;
        }
    };
    let end = x + galley.size().x;
    painter.galley(pos2(x, y - columns.line / 2.0), galley, look.own(row));
    let text = text.with_max_y(text.top() + columns.row);
    let whole = line.spans.iter().map(|span| span.text.chars().count());
    let whole = whole.sum::<usize>() as f32 * columns.letter;
    if let Some(bytes) = line.cut {
        edge(
            &painter,
            text,
            &format!("… {}", who::size(bytes as u64)),
            theme,
        );
    } else if end > text.right() {
        edge(&painter, text, "…", theme);
    }
    whole
}

/// The sign of a row that goes on with a line.
fn goes_on(painter: &Painter, at: egui::Pos2, theme: &Theme) {
    let stroke = Stroke::new(1.2, theme.weak);
    painter.line_segment([at + vec2(2.0, -5.0), at + vec2(2.0, 1.0)], stroke);
    painter.line_segment([at + vec2(2.0, 1.0), at + vec2(9.0, 1.0)], stroke);
    painter.line_segment([at + vec2(6.0, -2.0), at + vec2(9.0, 1.0)], stroke);
    painter.line_segment([at + vec2(6.0, 4.0), at + vec2(9.0, 1.0)], stroke);
}

/// A note at the right edge, over the text.
fn edge(painter: &Painter, text: Rect, note: &str, theme: &Theme) {
    let galley = painter.layout_no_wrap(note.to_owned(), FontId::monospace(TEXT), theme.weak);
    let at = pos2(
        text.right() - galley.size().x - 2.0,
        text.center().y - galley.size().y / 2.0,
    );
    let behind = Rect::from_min_max(pos2(at.x - 4.0, text.top()), text.max);
    painter.rect_filled(behind, 0.0, theme.card);
    painter.galley(at, galley, theme.weak);
}

/// A line's first letters; `marks` are places in its plain text, in bytes.
fn job(
    line: &Line,
    marks: &[Range<usize>],
    seen: usize,
    own: Color32,
    theme: &Theme,
    font: &FontId,
) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mut left = seen;
    let mut begin = 0;
    for span in &line.spans {
        let text: String = span.text.chars().take(left).collect();
        left -= text.chars().count();
        let colour = span.ink.map_or(own, |ink| ink_colour(ink, own, theme));
        for (piece, is_marked) in pieces(&text, begin, marks) {
            let (color, background) = if is_marked {
                (theme.card, theme.warn)
            } else {
                (colour, Color32::TRANSPARENT)
            };
            let format = TextFormat {
                font_id: font.clone(),
                color,
                background,
                ..Default::default()
            };
            job.append(piece, 0.0, format);
        }
        begin += span.text.len();
        if left == 0 {
            break;
        }
    }
    job.wrap.max_width = f32::INFINITY;
    job.break_on_newline = false;
    job
}

/// A text that begins at byte `begin` of its line, cut where marks begin and end.
fn pieces<'t>(text: &'t str, begin: usize, marks: &[Range<usize>]) -> Vec<(&'t str, bool)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for mark in marks {
        let from = mark.start.saturating_sub(begin).min(text.len());
        let to = mark.end.saturating_sub(begin).min(text.len());
        for (piece, is_marked) in [(text.get(at..from), false), (text.get(from..to), true)] {
            if let Some(piece) = piece.filter(|piece| !piece.is_empty()) {
                pieces.push((piece, is_marked));
            }
        }
        at = at.max(to);
    }
    pieces.extend(
        text.get(at..)
            .filter(|rest| !rest.is_empty())
            .map(|rest| (rest, false)),
    );
    pieces
}

/// A program's colours in ours, readable on either ground.
fn ink_colour(ink: Ink, own: Color32, theme: &Theme) -> Color32 {
    match ink {
        Ink::Mark => theme.warn,
        Ink::Colour(0) => theme.weak,
        Ink::Colour(1) => theme.bad,
        Ink::Colour(2) => theme.lane(2),
        Ink::Colour(3) => theme.lane(1),
        Ink::Colour(4) => theme.lane(0),
        Ink::Colour(5) => theme.lane(4),
        Ink::Colour(6) => theme.lane(6),
        Ink::Colour(_) => own,
    }
}

/// What is to be known of a row that its painting doesn't say.
pub(super) fn tip(ui: &mut egui::Ui, view: View<'_>, run: &Run, row: &Row) {
    let name = run.lane(row.lane).map(who::name).unwrap_or_default();
    let what = match row.stamp {
        Stamp::Read => "read from its pipe",
        Stamp::Written => "written",
    };
    let stream = match row.stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    };
    let head = format!("{name}, {stream}, {what} at {} s", who::seconds(row.t_ns));
    ui.label(RichText::new(head).strong());
    let mut note = |text: &str| {
        ui.label(RichText::new(text).color(view.theme.weak));
    };
    if row.unattributed {
        note("One of this process's threads wrote it; which one can't be told.");
    }
    if row.continues {
        note("It goes on with a line that was left open.");
    }
    if row.open {
        note("Its line had no newline when this was read.");
    }
    if let Ok(line) = &row.text {
        if let Some(bytes) = line.cut {
            let bytes = who::size(bytes as u64);
            note(&format!(
                "{bytes} without a newline: the saved log has all of it."
            ));
        }
        let text: String = line.plain().chars().take(1000).collect();
        ui.label(RichText::new(text).monospace());
    }
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn what_was_found_is_cut_out() {
        let marks = [1..3, 5..7];
        assert_eq!(pieces("abc", 0, &marks), [("a", false), ("bc", true)]);
        assert_eq!(pieces("def", 3, &marks), [("de", false), ("f", true)]);
        assert_eq!(pieces("gh", 6, &marks), [("g", true), ("h", false)]);
        assert_eq!(pieces("x", 0, &[]), [("x", false)]);
    }
}

//! Painting of the log's rows.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{self, Align2, Color32, FontId, Painter, Rect, RichText, Stroke, pos2, vec2};

use super::line::{Ink, Line};
use super::rows::Row;
use crate::run::{Run, Stamp, Stream};
use crate::ui::theme::Theme;
use crate::ui::view::View;
use crate::ui::who::{self, Who};

/// Size of the text, in points.
const TEXT: f32 = 12.0;

/// Where the columns are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    /// Where the name begins, in points from the left.
    pub name: f32,
    /// Where the text begins, in points from the left.
    pub text: f32,
    /// Width of a letter of the text, in points.
    pub letter: f32,
    /// Height of a row, in points.
    pub row: f32,
}

/// The columns of a run. They don't move while it goes on, unless its seconds get another digit.
pub(super) fn columns(ui: &egui::Ui, run: Option<&Run>) -> Columns {
    let font = FontId::monospace(TEXT);
    let (letter, height) =
        ui.fonts_mut(|fonts| (fonts.glyph_width(&font, '0'), fonts.row_height(&font)));
    let digits = who::seconds(run.map_or(0, Run::length_ns)).len().max(6);
    let long = run.is_some_and(|run| {
        run.lanes
            .iter()
            .any(|lane| lane.info.kind.is_worker() && lane.info.name.chars().count() > 12)
    });
    let name = 10.0 + digits as f32 * letter + 10.0;
    Columns {
        name,
        text: name + if long { 118.0 } else { 84.0 },
        letter,
        row: (height + 3.0).ceil(),
    }
}

/// A row in `area`; gives the width of its whole text.
#[expect(clippy::too_many_arguments, reason = "what a row depends on")]
pub(super) fn row(
    painter: &Painter,
    area: Rect,
    columns: Columns,
    left: f32,
    row: &Row,
    run: &Run,
    who: &Who,
    theme: &Theme,
) -> f32 {
    let y = area.center().y;
    let mono = FontId::monospace(TEXT);
    if row.stream == Stream::Stderr {
        let bar = Rect::from_min_size(area.min + vec2(2.0, 1.0), vec2(3.0, area.height() - 2.0));
        painter.rect_filled(bar, 1.0, theme.bad);
    }
    painter.text(
        pos2(area.left() + columns.name - 10.0, y),
        Align2::RIGHT_CENTER,
        who::seconds(row.t_ns),
        mono.clone(),
        theme.weak,
    );
    let name = run.lane(row.lane).map(who::name).unwrap_or_default();
    let name = if row.unattributed {
        format!("{name} ?")
    } else {
        name
    };
    let font = FontId::proportional(TEXT);
    let room = columns.text - columns.name - 8.0;
    painter.text(
        pos2(area.left() + columns.name, y),
        Align2::LEFT_CENTER,
        who::elided(painter, &name, font.clone(), room),
        font,
        who.colour(row.lane, theme),
    );
    let text = Rect::from_min_max(pos2(area.left() + columns.text, area.top()), area.max);
    let painter = painter.with_clip_rect(text.intersect(painter.clip_rect()));
    let own = if row.stream == Stream::Stderr {
        theme.bad
    } else {
        theme.text
    };
    let mut x = text.left() - left;
    if row.continues {
        goes_on(&painter, pos2(x, y), theme);
        x += 14.0;
    }
    let line = match &row.text {
        Ok(line) => line,
        Err(why) => {
            let at = pos2(x, y);
            painter.text(at, Align2::LEFT_CENTER, why, mono, theme.warn);
            return 0.0;
        }
    };
    // Of a line of thousands of letters only those in view are laid out.
    let seen = ((left + text.width()) / columns.letter) as usize + 16;
    let galley = painter.layout_job(job(line, seen, own, theme, &mono));
    let height = galley.size().y;
    let end = x + galley.size().x;
    painter.galley(pos2(x, y - height / 2.0), galley, own);
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

fn job(line: &Line, seen: usize, own: Color32, theme: &Theme, font: &FontId) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mut left = seen;
    for span in &line.spans {
        let text: String = span.text.chars().take(left).collect();
        left -= text.chars().count();
        let colour = span.ink.map_or(own, |ink| ink_colour(ink, own, theme));
        let format = TextFormat {
            font_id: font.clone(),
            color: colour,
            ..Default::default()
        };
        job.append(&text, 0.0, format);
        if left == 0 {
            break;
        }
    }
    job.wrap.max_width = f32::INFINITY;
    job.break_on_newline = false;
    job
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

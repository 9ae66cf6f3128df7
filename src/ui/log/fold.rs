//! What came after a stop, tracebacks of the interrupted mostly: folded into one row that opens on a press.
//! Nothing is taken away: it is counted, copied and saved as all else.

use std::ops::RangeInclusive;

use eframe::egui::{self, FontId, Painter, Rect, Role, Sense, Stroke, WidgetInfo, pos2, vec2};

use super::lines::Lines;
use crate::ui::theme::Theme;
use crate::ui::who::thousands;

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// This line of the list.
    Line(u64),
    /// The row that stands for the lines that came after the stop.
    Fold,
}

/// Which lines the rows of the list show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// Lines of the list.
    lines: u64,
    /// How many of them came before the stop; none where nothing is folded.
    before: Option<u64>,
    open: bool,
}

impl Places {
    /// Of the lines of a list. A single line after the stop is shown, as a fold would be no shorter;
    /// and all are where none came before it, as with a buffer that was written at the end.
    pub fn of(lines: Lines<'_>, open: bool) -> Self {
        let count = lines.count();
        let before = lines
            .run
            .stop_block
            .filter(|_| !lines.grouped)
            .map(|block| lines.before(block))
            .filter(|before| *before > 0 && before + 1 < count);
        Self {
            lines: count,
            before,
            open,
        }
    }

    /// How many rows the list has.
    pub fn rows(&self) -> u64 {
        match self.before {
            None => self.lines,
            Some(_) if self.open => self.lines + 1,
            Some(before) => before + 1,
        }
    }

    /// How many lines there are.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// How many lines are folded, or could be.
    pub fn folded(&self) -> u64 {
        self.before.map_or(0, |before| self.lines - before)
    }

    /// The fold's row, where there is one.
    pub fn fold(&self) -> Option<u64> {
        self.before
    }

    /// Whether this row is the fold.
    pub fn is_fold(&self, row: u64) -> bool {
        self.before == Some(row)
    }

    /// What a row shows.
    pub fn at(&self, row: u64) -> Place {
        match self.before {
            Some(before) if row == before => Place::Fold,
            Some(before) if row > before => Place::Line(row - 1),
            _ => Place::Line(row),
        }
    }

    /// The row that shows a line, or that stands for it where it is folded.
    pub fn row_of(&self, line: u64) -> u64 {
        match self.before {
            Some(before) if line >= before && self.open => line + 1,
            Some(before) => line.min(before),
            None => line,
        }
    }

    /// The lines that selected rows stand for: a closed fold stands for all that it holds.
    pub fn selected(&self, rows: RangeInclusive<u64>) -> RangeInclusive<u64> {
        let first = match self.at(*rows.start()) {
            Place::Line(line) => line,
            Place::Fold => self.before.unwrap_or(0),
        };
        let past = match self.at(*rows.end()) {
            Place::Line(line) => line.saturating_add(1),
            Place::Fold if self.open && rows.start() < rows.end() => self.before.unwrap_or(0),
            Place::Fold => self.lines,
        };
        first..=past.saturating_sub(1)
    }
}

/// Shows the fold's row in `area`; gives whether it was pressed.
pub(super) fn ui(
    ui: &egui::Ui,
    painter: &Painter,
    area: Rect,
    places: &Places,
    theme: &Theme,
) -> bool {
    let seen = area.intersect(painter.clip_rect());
    let response = ui.interact(seen, ui.scope_id().with("log fold"), Sense::click());
    let text = format!("{} lines came after the stop", thousands(places.folded()));
    if response.hovered() || response.has_focus() {
        painter.rect_filled(area, 3.0, theme.line.gamma_multiply(0.5));
    }
    let at = pos2(area.left() + 12.0, area.center().y);
    let corners = if places.open {
        [vec2(-4.0, -2.0), vec2(0.0, 3.0), vec2(4.0, -2.0)]
    } else {
        [vec2(-2.0, -4.0), vec2(3.0, 0.0), vec2(-2.0, 4.0)]
    };
    let stroke = Stroke::new(1.5, theme.weak);
    painter.line(corners.map(|corner| at + corner).to_vec(), stroke);
    let from = pos2(area.left() + 24.0, area.center().y);
    let font = FontId::proportional(12.0);
    painter.text(from, egui::Align2::LEFT_CENTER, &text, font, theme.weak);
    let does = if places.open { "Hide" } else { "Show" };
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Button,
            true,
            format!("{does} what was printed: {text}"),
        )
    });
    response
        .on_hover_text(format!(
            "{does} what the workers printed while they were being stopped, and what was still on its way. \
             It is copied and saved with the rest."
        ))
        .clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_lines_are_told_apart() {
        let mut places = Places {
            lines: 10,
            before: Some(6),
            open: false,
        };
        assert_eq!((places.rows(), places.folded()), (7, 4));
        assert_eq!((places.at(5), places.at(6)), (Place::Line(5), Place::Fold));
        assert_eq!(places.selected(2..=6), 2..=9);
        assert_eq!(places.selected(6..=6), 6..=9);
        assert_eq!(places.selected(1..=3), 1..=3);
        assert_eq!((places.row_of(5), places.row_of(8)), (5, 6));
        places.open = true;
        assert_eq!((places.row_of(5), places.row_of(8)), (5, 9));
        assert_eq!((places.rows(), places.at(7)), (11, Place::Line(6)));
        assert_eq!(places.selected(2..=6), 2..=5);
        assert_eq!(places.selected(6..=8), 6..=7);
        assert_eq!(places.selected(0..=u64::MAX), 0..=u64::MAX - 1);
    }
}

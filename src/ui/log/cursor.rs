//! The cursor in the log: which line was the last one before a time, and the line whose moment is held.

use eframe::egui::{self, Painter, Rect, Shape, Stroke, pos2, vec2};

use super::fold::{Place, Places};
use super::lines::Lines;
use crate::ui::action::Action;
use crate::ui::theme::Theme;
use crate::ui::view::View;
use crate::ui::zoom::{Pin, TimeRange};

/// The last line of the list that came at this time or before it.
pub fn line_before(lines: Lines<'_>, t_ns: u64) -> Option<u64> {
    if lines.grouped {
        let as_they_came = lines.grouped(false);
        let line = line_before(as_they_came, t_ns)?;
        return Some(lines.number(as_they_came.row(line)?));
    }
    let (mut first, mut past) = (0, lines.count());
    while first < past {
        let middle = u64::midpoint(first, past);
        if lines.block(middle).is_some_and(|block| block.t_ns <= t_ns) {
            first = middle + 1;
        } else {
            past = middle;
        }
    }
    first.checked_sub(1)
}

/// The moment of a line.
pub(super) fn pin(lines: Lines<'_>, line: u64) -> Option<Pin> {
    let row = lines.row(line)?;
    let block = lines.run.log.blocks().get(row.block as usize)?;
    Some(Pin {
        t_ns: block.t_ns,
        lane: Some(block.lane),
        line: Some(row),
    })
}

/// Holds the moment of this row's line, or lets it go where it is held.
pub(super) fn press(view: View<'_>, lines: Lines<'_>, place: Place) -> Option<Action> {
    let Place::Line(line) = place else {
        return None;
    };
    let pin = pin(lines, line)?;
    let held = view.times.pin.is_some_and(|held| held.line == pin.line);
    Some(Action::HoldCursor((!held).then_some(pin)))
}

/// The rows that the cursor is at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rows {
    /// At the pointer's time in plot or lanes.
    pub(super) pointed: Option<u64>,
    /// Where it is held.
    pub(super) held: Option<u64>,
}

impl Rows {
    pub(super) fn of(view: View<'_>, lines: Lines<'_>, places: &Places) -> Self {
        let row = |t_ns| line_before(lines, t_ns).map(|line| places.row_of(line));
        let held = view.times.pin.and_then(|held| {
            // Of lines that came at the same time, the one that was pressed.
            let near = line_before(lines, held.t_ns)?;
            let same = |line: &u64| pin(lines, *line).is_some_and(|at| at.line == held.line);
            let line = (near.saturating_sub(SAME)..=near).rev().find(same);
            Some(places.row_of(line.unwrap_or(near)))
        });
        Self {
            pointed: view.point_ns.and_then(row),
            held,
        }
    }

    /// Paints what lies behind a row's text.
    pub(super) fn paint(self, painter: &Painter, area: Rect, nth: u64, theme: &Theme) {
        if self.held == Some(nth) {
            painter.rect_filled(area, 0.0, theme.accent.gamma_multiply(0.2));
            let bar = Rect::from_min_size(area.min, vec2(2.0, area.height()));
            painter.rect_filled(bar, 0.0, theme.accent);
        }
        if self.pointed == Some(nth) {
            painter.rect_filled(area, 0.0, theme.line.gamma_multiply(0.6));
            let y = painter.round_to_pixel_center(area.bottom());
            painter.hline(area.x_range(), y, Stroke::new(1.0, theme.text));
        }
    }

    /// Where the row is out of sight, a sign at the edge that it is beyond.
    pub(super) fn beyond(
        self,
        painter: &Painter,
        list: Rect,
        seen: &std::ops::Range<u64>,
        theme: &Theme,
    ) {
        for (row, colour) in [(self.held, theme.accent), (self.pointed, theme.text)] {
            let Some(row) = row.filter(|row| !seen.contains(row)) else {
                continue;
            };
            let (y, to) = if row < seen.start {
                (list.top() + 7.0, -4.0)
            } else {
                (list.bottom() - 7.0, 4.0)
            };
            let x = list.right() - 10.0;
            let corners = vec![
                pos2(x - 5.0, y - to / 2.0),
                pos2(x + 5.0, y - to / 2.0),
                pos2(x, y + to),
            ];
            painter.add(Shape::convex_polygon(
                corners,
                colour,
                Stroke::new(1.0, theme.card),
            ));
        }
    }
}

/// Paints what lies behind a line that came in the time that is selected.
pub(super) fn paint_selected(painter: &Painter, area: Rect, t_ns: u64, view: View<'_>) {
    if view.times.selected.is_some_and(|range| range.has(t_ns)) {
        painter.rect_filled(area, 0.0, view.theme.accent.gamma_multiply(0.1));
    }
}

/// So many lines of one moment are looked through for the one that was pressed.
const SAME: u64 = 2000;

impl super::list::List {
    /// Takes a press on a row, and brings a moment that was held elsewhere into view.
    pub(super) fn hold(
        &mut self,
        ui: &egui::Ui,
        response: &egui::Response,
        view: View<'_>,
        (lines, places): (Lines<'_>, &Places),
        nth: Option<u64>,
    ) -> Option<Action> {
        let shift = ui.input(|input| input.modifiers.shift);
        let pressed = nth.filter(|_| response.clicked() && !shift);
        let action = pressed.and_then(|nth| press(view, lines, places.at(nth)));
        if action == Some(Action::HoldCursor(None)) {
            self.selection = super::Selection::default();
        }
        let held = view.times.pin.map(|pin| pin.t_ns);
        let moved = std::mem::replace(&mut self.held_ns, held) != held;
        let elsewhere = view.times.pin.filter(|pin| moved && pin.line.is_none());
        if let Some(pin) = elsewhere
            && !(view.live && self.scroll.follow)
            && let Some(line) = line_before(lines, pin.t_ns)
        {
            self.scroll.show(places.row_of(line));
        }
        action
    }

    /// Where several lines were selected, selects their time with them; with them it is let go.
    pub(super) fn select_time(
        &mut self,
        view: View<'_>,
        (lines, places): (Lines<'_>, &Places),
    ) -> Option<Action> {
        let rows = self
            .selection
            .rows()
            .filter(|rows| rows.start() < rows.end());
        if rows == self.timed.0 {
            return None;
        }
        let range = rows.clone().and_then(|rows| {
            let selected = places.selected(rows);
            let (first, last) = (
                lines.block(*selected.start())?,
                lines.block(*selected.end())?,
            );
            // Of groups one's end and the next one's beginning are no time.
            let in_order = !lines.grouped || first.lane == last.lane;
            let range = TimeRange::between(first.t_ns, last.t_ns);
            (in_order && range.length_ns() > 0).then_some(range)
        });
        let (_, before) = std::mem::replace(&mut self.timed, (rows, range));
        let was_ours = before.is_some() && view.times.selected == before;
        (range.is_some() || was_ours).then_some(Action::Select(range))
    }

    /// By keys: Enter holds the moment of the selected line or lets it go, and a moment that is held goes along.
    pub(super) fn hold_by_key(
        &self,
        view: View<'_>,
        (lines, places): (Lines<'_>, &Places),
        enter: bool,
        before: Option<u64>,
    ) -> Option<Action> {
        let (_, head) = self.selection.range?;
        if enter {
            return press(view, lines, places.at(head));
        }
        let goes_along = view.times.pin.is_some_and(|pin| pin.line.is_some());
        let Place::Line(line) = places.at(head) else {
            return None;
        };
        if !goes_along || before == Some(head) {
            return None;
        }
        pin(lines, line).map(|pin| Action::HoldCursor(Some(pin)))
    }
}

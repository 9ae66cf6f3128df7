//! Moving about in the list: by wheel, keys, pointer and scroll bar, and to a line that is asked for.

use eframe::egui::{
    self, Event, EventFilter, Key, Rect, Response, Role, Sense, WidgetInfo, pos2, vec2,
};

use super::cursor::line_before;
use super::find::Go;
use super::fold::Places;
use super::lines::Lines;
use super::list::{BAR_W, List};
use super::scroll::Selection;
use super::{Place, Sifted};
use crate::ui::action::Action;
use crate::ui::view::View;

impl List {
    pub(super) fn wheel(&mut self, ui: &egui::Ui, list: Rect, row_h: f32) {
        if !ui.rect_contains_pointer(list) {
            return;
        }
        let delta = ui.input(eframe::egui::InputState::smooth_scroll_delta);
        if delta.y != 0.0 {
            self.scroll.by(f64::from(-delta.y / row_h));
        }
        self.left = (self.left - delta.x).max(0.0);
    }

    /// Shows what came after the stop, or folds it again.
    pub(super) fn unfold(&mut self, places: &Places) {
        self.unfolded = !self.unfolded;
        self.scroll.follow = false;
        if let Some(fold) = places.fold().filter(|_| self.unfolded) {
            self.scroll.rows = places.rows() + places.folded();
            self.scroll.open(fold, places.folded());
        }
    }

    pub(super) fn keys(
        &mut self,
        ui: &egui::Ui,
        response: &Response,
        view: View<'_>,
        (lines, places): (Lines<'_>, &Places),
    ) -> Option<Action> {
        if !response.has_focus() {
            return None;
        }
        let before = self.selection.range.map(|range| range.1);
        let mut enter = false;
        let arrows = EventFilter {
            vertical_arrows: true,
            horizontal_arrows: true,
            escape: view.times.holds(),
            ..Default::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let page = (self.scroll.room - 1.0).max(1.0);
        let rows = self.scroll.rows;
        ui.input(|input| {
            let pressed = |key| input.key_pressed(key);
            for (key, by) in [
                (Key::ArrowUp, -1.0),
                (Key::ArrowDown, 1.0),
                (Key::PageUp, -page),
                (Key::PageDown, page),
                (Key::Home, f64::MIN),
                (Key::End, f64::MAX),
            ] {
                if pressed(key) {
                    self.move_by(by, input.modifiers.shift);
                }
            }
            let on_fold = |(_, head)| places.is_fold(head);
            if pressed(Key::Enter) && self.selection.range.is_some_and(on_fold) {
                self.unfold(places);
            } else {
                enter = pressed(Key::Enter);
            }
            if pressed(Key::ArrowLeft) {
                self.left = (self.left - 40.0).max(0.0);
            }
            if pressed(Key::ArrowRight) {
                self.left += 40.0;
            }
            if input.modifiers.command && pressed(Key::A) && rows > 0 {
                self.selection.range = Some((0, rows - 1));
            }
            if input
                .events
                .iter()
                .any(|event| matches!(event, Event::Copy))
            {
                self.copy = Some(!input.modifiers.shift);
            }
        });
        self.hold_by_key(view, (lines, places), enter, before)
    }

    /// Moves the selection, or the view where there is none.
    pub(super) fn move_by(&mut self, by: f64, extend: bool) {
        let Some((_, head)) = self.selection.range else {
            self.scroll.by(by);
            return;
        };
        let last = self.scroll.rows.saturating_sub(1);
        let to = (head as f64 + by).clamp(0.0, last as f64) as u64;
        if extend {
            self.selection.extend(to);
        } else {
            self.selection.begin(to);
        }
        self.scroll.show(to);
    }

    /// Selects by pointer; gives the row that the pointer acts on.
    pub(super) fn select(
        &mut self,
        ui: &egui::Ui,
        response: &Response,
        list: Rect,
        row_h: f32,
    ) -> Option<u64> {
        let at = response.interact_pointer_pos()?;
        let nth = self
            .placed_at(at.y)
            .unwrap_or_else(|| self.scroll.top + f64::from((at.y - list.top()) / row_h));
        let beyond = nth < 0.0 || nth >= self.scroll.rows as f64;
        let nth = nth.clamp(0.0, self.scroll.rows.saturating_sub(1) as f64) as u64;
        let pressed = ui.input(|input| input.pointer.primary_pressed());
        if response.is_pointer_button_down_on() && pressed {
            response.request_focus();
            if beyond {
                self.selection = Selection::default();
            } else if ui.input(|input| input.modifiers.shift) {
                self.selection.extend(nth);
            } else {
                self.selection.begin(nth);
                // What is being read must not run away.
                self.scroll.follow = self.scroll.follow && self.scroll.end() == 0.0;
            }
        } else if response.dragged_by(egui::PointerButton::Primary)
            && self.selection.range.is_some()
        {
            self.selection.extend(nth);
            self.scroll.show(nth);
        }
        (!beyond).then_some(nth)
    }

    /// The row at a height, where lines are broken. Below the last one, past the end.
    fn placed_at(&self, y: f32) -> Option<f64> {
        let (first, last) = self.placed.first().zip(self.placed.last())?;
        if !self.wrap {
            return None;
        }
        if y < first.1.min {
            return Some(first.0 as f64 - 1.0);
        }
        let at = self.placed.iter().find(|(_, range)| y < range.max);
        Some(at.map_or(last.0 as f64 + 1.0, |(nth, _)| *nth as f64))
    }

    pub(super) fn bar(&mut self, ui: &egui::Ui, view: View<'_>, body: Rect) {
        let bar = Rect::from_min_max(pos2(body.right() - BAR_W, body.top()), body.max);
        let response = ui.interact(
            bar,
            ui.scope_id().with("log bar"),
            Sense::drag() | Sense::click(),
        );
        let least = (24.0 / bar.height().max(24.0)).min(1.0);
        let (from, length) = self.scroll.handle(least);
        if length >= 1.0 {
            return;
        }
        if let Some(at) = response.interact_pointer_pos() {
            // The handle's middle goes to the pointer.
            let share = (at.y - bar.top()) / bar.height() - length / 2.0;
            let share = f64::from(share / (1.0 - length)).clamp(0.0, 1.0);
            self.scroll.to(share * self.scroll.end());
        }
        let (from, length) = if response.dragged() {
            self.scroll.handle(least)
        } else {
            (from, length)
        };
        let handle = Rect::from_min_size(
            pos2(bar.left() + 2.0, bar.top() + from * bar.height()),
            vec2(BAR_W - 4.0, length * bar.height()),
        );
        let colour = if response.hovered() || response.dragged() {
            view.theme.weak
        } else {
            view.theme.line
        };
        ui.painter().rect_filled(handle, 3.0, colour);
        response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, "Log scroll bar"));
    }

    /// Goes where the bar asks. What is folded opens for it.
    /// Gives which of the lines that were found it now is at.
    pub(super) fn go(&mut self, lines: Lines<'_>, hits: Option<&Sifted>, go: Go) -> Option<u64> {
        let (line, hit) = match go {
            Go::Line(line) => (line, None),
            Go::Time(t_ns) => (line_before(lines, t_ns).unwrap_or(0), None),
            Go::Next | Go::Previous => {
                let hits = hits?;
                let nth = self.found(lines, hits, go == Go::Next)?;
                let row = hits.row(lines.run, nth)?;
                (lines.number(row), Some(nth))
            }
        };
        if line >= lines.count() {
            return None;
        }
        let mut places = Places::of(lines, self.unfolded);
        if places.is_fold(places.row_of(line)) && !self.unfolded {
            self.unfolded = true;
            places = Places::of(lines, true);
        }
        let row = places.row_of(line);
        self.scroll.rows = places.rows();
        self.selection.begin(row);
        self.scroll.follow = false;
        if !self.scroll.in_view().contains(&row) {
            self.scroll.to(row as f64 - self.scroll.room / 2.0);
        }
        self.scroll.show(row);
        self.scroll.follow = false;
        hit
    }

    /// The next line that was found, or the one before, from what is selected or in view; past the last one the first.
    fn found(&self, lines: Lines<'_>, hits: &Sifted, next: bool) -> Option<u64> {
        let many = hits.scan().found().rows();
        let from = self.selection.range.map(|range| range.1);
        let (rank, is_hit) = from
            .or((!self.scroll.follow).then_some(self.scroll.top as u64))
            .and_then(|row| match Places::of(lines, self.unfolded).at(row) {
                Place::Line(line) => lines.row(line),
                Place::Fold => None,
            })
            .map_or((0, false), |row| hits.rank(lines.run, row));
        if next {
            let past = rank + u64::from(is_hit && from.is_some());
            (many > 0).then_some(if past < many { past } else { 0 })
        } else {
            rank.checked_sub(1).or(many.checked_sub(1))
        }
    }
}

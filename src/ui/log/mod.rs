//! The log: every line of every worker, in the order in which it came.

mod controls;
mod cursor;
mod fold;
mod line;
mod paint;
mod rows;
mod said;
mod scroll;
mod text;

use eframe::egui::{
    self, Event, EventFilter, Key, Pos2, Rect, Response, Role, Sense, UiBuilder, WidgetInfo, pos2,
    vec2,
};

pub use cursor::line_before;
pub use fold::{Place, Places};
pub use line::{Ink, Line, SHOWN_BYTES, Span, line};
pub use rows::{COPY_BYTES, COPY_ROWS, Chosen, Row, chosen, row};
pub use scroll::{Scroll, Selection};
pub use text::TextCache;

use super::action::Action;
use super::time_axis::tell;
use super::view::View;
use super::who::Who;
use crate::run::{Filter, Run};

/// Height of the header, in points.
const HEADER_H: f32 = 34.0;
/// Width of the scroll bar, in points.
const BAR_W: f32 = 10.0;

/// The panel. It fills the space that it is given; the shell draws the card around it.
#[derive(Default)]
pub struct LogPanel {
    scroll: Scroll,
    selection: Selection,
    /// How far it is scrolled to the right, in points.
    left: f32,
    /// What the scroll position and the selection belong to.
    of: (String, Filter),
    blocks: usize,
    cache: TextCache,
    pointing: bool,
    touched: usize,
    rect: Option<Rect>,
    /// What of the selection the user wants copied: with time and worker, or its text only.
    copy: Option<bool>,
    /// Whether what came after the stop is shown.
    unfolded: bool,
    /// The moment that was held in the last frame.
    held_ns: Option<u64>,
}

impl LogPanel {
    /// Where the panel was last shown, in points.
    pub fn rect(&self) -> Option<Rect> {
        self.rect
    }

    /// How many rows the last frame read: those in view, however many there are.
    pub fn touched(&self) -> usize {
        self.touched
    }

    /// Whether it stays at the newest line.
    pub fn follows(&self) -> bool {
        self.scroll.follow
    }

    /// Shows the run.
    pub fn ui(&mut self, ui: &mut egui::Ui, view: View<'_>) -> Vec<Action> {
        let area = ui.available_rect_before_wrap();
        self.rect = Some(area);
        let mut actions = Vec::new();
        let filter = Filter {
            lane: view.lane,
            stream: view.stream,
        };
        self.belong(view.run, filter);
        let header = Rect::from_min_size(area.min, vec2(area.width(), HEADER_H));
        self.controls(ui, view, header, &mut actions);
        let body = Rect::from_min_max(pos2(area.left(), header.bottom()), area.max);
        match view.run {
            Some(run) => self.list(ui, view, run, filter, body, &mut actions),
            None => self.empty(ui, view, body, "What the workers print appears here"),
        }
        ui.allocate_rect(area, Sense::hover());
        actions
    }

    /// Another run or another filter has other rows.
    fn belong(&mut self, run: Option<&Run>, filter: Filter) {
        let id = run.map_or("", |run| &run.header.id);
        if self.of.0 != id || self.of.1 != filter {
            if self.of.0 != id {
                self.scroll.follow = true;
                self.scroll.top = 0.0;
                self.unfolded = false;
            }
            self.of = (id.to_owned(), filter);
            self.selection = Selection::default();
            self.left = 0.0;
        }
        self.cache.of_run(id);
        let blocks = run.map_or(0, |run| run.log.blocks().len());
        if blocks != self.blocks {
            self.blocks = blocks;
            self.cache.forget_errors();
        }
    }

    fn empty(&mut self, ui: &egui::Ui, view: View<'_>, body: Rect, text: &str) {
        self.touched = 0;
        ui.painter().text(
            body.center(),
            egui::Align2::CENTER_CENTER,
            text,
            egui::FontId::proportional(13.0),
            view.theme.weak,
        );
    }

    fn list(
        &mut self,
        ui: &mut egui::Ui,
        view: View<'_>,
        run: &Run,
        filter: Filter,
        body: Rect,
        actions: &mut Vec<Action>,
    ) {
        let columns = paint::columns(ui, Some(run));
        let list = Rect::from_min_max(body.min, pos2(body.right() - BAR_W - 2.0, body.bottom()));
        let places = Places::of(run, filter, self.unfolded);
        let total = places.lines();
        let room = f64::from(list.height() / columns.row);
        self.scroll.fit(places.rows(), room);
        let response = ui.interact(
            list,
            ui.scope_id().with("log rows"),
            Sense::click_and_drag(),
        );
        response.widget_info(|| {
            WidgetInfo::labeled(Role::List, true, format!("Log, {total} lines shown"))
        });
        let by_key = self.keys(ui, &response, view, run, (filter, &places));
        actions.extend(by_key);
        self.wheel(ui, list, columns.row);
        self.bar(ui, view, body);
        let nth = self.select(ui, &response, list, columns.row);
        actions.extend(self.hold(ui, &response, view, run, (filter, &places), nth));
        if total == 0 {
            let text = match (view.live, filter == Filter::default()) {
                (_, false) => "No line passes the filter",
                (true, true) => "Nothing has been printed yet",
                (false, true) => "Nothing was printed",
            };
            self.empty(ui, view, body, text);
            return;
        }
        let hovered = self.rows(ui, view, run, (filter, &places), list, columns, &response);
        if let Some(whole) = self.copy.take()
            && let Some(rows) = self.selection.rows()
        {
            let rows = places.selected(rows);
            actions.push(Action::CopyLines(chosen(run, filter, rows, whole)));
        }
        let pointed = hovered.as_ref().map(|row| row.t_ns);
        let known = view.point_ns;
        tell(ui.ctx(), &mut self.pointing, known, pointed, actions);
        if let Some(row) = hovered {
            let long = matches!(&row.text, Ok(line) if line.cut.is_some()
                || line.plain().chars().count() as f32 * columns.letter > list.width() - columns.text);
            if long || row.unattributed || row.continues || row.text.is_err() {
                response.on_hover_ui_at_pointer(|ui| paint::tip(ui, view, run, &row));
            }
        }
    }

    /// Paints the rows in view; gives the one under the pointer.
    #[expect(
        clippy::too_many_arguments,
        reason = "one step of `list`, cut out to be read apart"
    )]
    fn rows(
        &mut self,
        ui: &egui::Ui,
        view: View<'_>,
        run: &Run,
        (filter, places): (Filter, &Places),
        list: Rect,
        columns: paint::Columns,
        response: &Response,
    ) -> Option<Row> {
        let who = Who::of(run);
        let painter = ui.painter_at(list);
        let pointer: Option<Pos2> = response.hover_pos();
        let mut hovered = None;
        let mut widest = 0.0_f32;
        let cursor = cursor::Rows::of(view, run, filter, places);
        self.touched = 0;
        for nth in self.scroll.in_view() {
            let below = (nth as f64 - self.scroll.top) as f32 * columns.row;
            let min = pos2(list.left(), list.top() + below);
            let area = Rect::from_min_size(min, vec2(list.width(), columns.row));
            if self.selection.has(nth) {
                painter.rect_filled(area, 0.0, view.theme.accent.gamma_multiply(0.25));
            }
            cursor.paint(&painter, area, nth, view.theme);
            let Place::Line(line) = places.at(nth) else {
                if fold::ui(ui, &painter, area, places, view.theme) {
                    self.unfold(places);
                }
                continue;
            };
            let Some(row) = row(run, &mut self.cache, view.text, filter, line, SHOWN_BYTES) else {
                break;
            };
            self.touched += 1;
            said::row(ui, area, nth, &row, run);
            cursor::paint_selected(&painter, area, row.t_ns, view);
            if pointer.is_some_and(|at| area.contains(at)) && !self.selection.has(nth) {
                painter.rect_filled(area, 0.0, view.theme.line.gamma_multiply(0.5));
            }
            let width = paint::row(
                &painter, area, columns, self.left, &row, run, &who, view.theme,
            );
            widest = widest.max(width);
            if pointer.is_some_and(|at| area.contains(at)) {
                hovered = Some(row);
            }
        }
        if hovered.is_none() {
            cursor.beyond(&painter, list, &self.scroll.in_view(), view.theme);
        }
        let most = (widest - (list.width() - columns.text) + 24.0).max(0.0);
        self.left = self.left.clamp(0.0, most);
        hovered
    }

    fn wheel(&mut self, ui: &egui::Ui, list: Rect, row_h: f32) {
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
    fn unfold(&mut self, places: &Places) {
        self.unfolded = !self.unfolded;
        self.scroll.follow = false;
        if let Some(fold) = places.fold().filter(|_| self.unfolded) {
            self.scroll.rows = places.rows() + places.folded();
            self.scroll.open(fold, places.folded());
        }
    }

    fn keys(
        &mut self,
        ui: &egui::Ui,
        response: &Response,
        view: View<'_>,
        run: &Run,
        (filter, places): (Filter, &Places),
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
        self.hold_by_key(view, run, (filter, places), enter, before)
    }

    /// Moves the selection, or the view where there is none.
    fn move_by(&mut self, by: f64, extend: bool) {
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
    fn select(
        &mut self,
        ui: &egui::Ui,
        response: &Response,
        list: Rect,
        row_h: f32,
    ) -> Option<u64> {
        let at = response.interact_pointer_pos()?;
        let nth = self.scroll.top + f64::from((at.y - list.top()) / row_h);
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

    fn bar(&mut self, ui: &egui::Ui, view: View<'_>, body: Rect) {
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

    fn controls(
        &mut self,
        ui: &mut egui::Ui,
        view: View<'_>,
        area: Rect,
        actions: &mut Vec<Action>,
    ) {
        let mut bar = ui.new_child(
            UiBuilder::new()
                .max_rect(area)
                .layout(egui::Layout::left_to_right(egui::Align::Center)),
        );
        let selected = self.selection.range.is_some();
        let mut follow = self.scroll.follow;
        let copy = controls::show(&mut bar, view, &mut follow, selected, actions);
        if follow != self.scroll.follow {
            self.scroll.set_follow(follow);
        }
        self.copy = copy.or(self.copy);
    }
}

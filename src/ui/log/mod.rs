//! The log: every line of every worker, in the order in which it came.

mod beside;
mod controls;
mod cursor;
mod earlier;
mod find;
mod fold;
mod late;
mod line;
mod lines;
mod list;
mod long;
mod moving;
mod paint;
mod rows;
mod said;
mod scroll;
mod text;

use eframe::egui::{self, Rect, Sense, UiBuilder, pos2, vec2};

pub use cursor::line_before;
pub use earlier::states;
pub use fold::{Place, Places};
pub use line::{Ink, Line, SHOWN_BYTES, Span, line};
pub use lines::{Lines, Sifted};
pub use rows::{COPY_BYTES, COPY_ROWS, Chosen, Row, chosen, row};
pub use scroll::{Scroll, Selection};
pub use text::TextCache;

use super::action::Action;
use super::view::View;
use crate::run::{Filter, Run};

/// Height of the header, in points.
const HEADER_H: f32 = 34.0;

/// The panel. It fills the space that it is given; the shell draws the card around it.
#[derive(Default)]
pub struct LogPanel {
    list: list::List,
    finder: find::Finder,
    /// A second worker's lines, where they are wanted.
    beside: Option<Box<beside::Beside>>,
    /// Whether each worker's lines stand together, and whether that was so in the last frame.
    grouped: (bool, bool),
    rect: Option<Rect>,
}

impl LogPanel {
    /// Where the panel was last shown, in points.
    pub fn rect(&self) -> Option<Rect> {
        self.rect
    }

    /// How many rows the last frame read: those in view, however many there are.
    pub fn touched(&self) -> usize {
        self.list.touched
    }

    /// Whether it stays at the newest line.
    pub fn follows(&self) -> bool {
        self.list.scroll.follow
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
        let others =
            self.finder.prepare(ui.ctx(), view, filter) || self.grouped.0 != self.grouped.1;
        self.grouped.1 = self.grouped.0;
        let grouped = self.grouped.0;
        self.list.belong(view.run, filter, others);
        let header = Rect::from_min_size(area.min, vec2(area.width(), HEADER_H));
        self.controls(ui, view, header, &mut actions);
        let bar = vec2(area.width(), self.finder.height());
        let bar = Rect::from_min_size(header.left_bottom(), bar);
        let body = Rect::from_min_max(pos2(area.left(), bar.bottom()), area.max);
        let lines = view.run.map(|run| self.finder.lines(run, filter).count());
        let mut below = ui.new_child(UiBuilder::new().max_rect(bar));
        let go = self.finder.ui(&mut below, view, lines.unwrap_or(0));
        match view.run {
            Some(run) => {
                if let Some(nth) = go.and_then(|go| {
                    let lines = self.finder.lines(run, filter).grouped(grouped);
                    self.list.go(lines, self.finder.hits(), go)
                }) {
                    self.finder.set_at(Some(nth));
                }
                let lines = self.finder.lines(run, filter).grouped(grouped);
                let pattern = self.finder.pattern();
                self.list.nameless = self.beside.is_some();
                let body = match &mut self.beside {
                    Some(beside) => beside.ui(ui, view, run, pattern, body, &mut actions),
                    None => body,
                };
                self.list.ui(ui, view, lines, pattern, body, &mut actions);
            }
            None => self
                .list
                .empty(ui, view, body, "What the workers print appears here"),
        }
        ui.allocate_rect(area, Sense::hover());
        actions
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
        let mut lists = vec![&mut self.list];
        lists.extend(self.beside.as_mut().map(|beside| &mut beside.list));
        let with_selection = lists.iter().position(|list| list.selection.range.is_some());
        let before = controls::Look {
            follow: lists[0].scroll.follow,
            find: self.finder.is_open(),
            wrap: lists[0].wrap,
            grouped: self.grouped.0,
            beside: lists.len() > 1,
        };
        let mut look = before;
        let selected = with_selection.is_some();
        let copy = controls::show(&mut bar, view, &mut look, selected, actions);
        if let Some(list) = with_selection.and_then(|nth| lists.get_mut(nth)) {
            list.copy = copy.or(list.copy);
        }
        for list in lists {
            list.wrap = look.wrap;
            if look.follow != before.follow {
                list.scroll.set_follow(look.follow);
            }
        }
        self.grouped.0 = look.grouped;
        if look.find != before.find {
            self.finder.set_open(look.find);
        }
        if look.beside != before.beside {
            self.beside = look.beside.then(Box::default);
            // Of two workers the first one stands on the left.
            let workers = view.run.map(Run::workers).unwrap_or_default();
            let first = workers.first().map(|lane| lane.id);
            if look.beside && view.lane.is_none() && first.is_some() {
                actions.push(Action::ShowLane(first));
            }
        }
    }
}

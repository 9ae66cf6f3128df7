//! The figures at the bottom of the window, the run before's beside them.

mod items;
mod look;

use eframe::egui::{self, Align2, FontId, Rect, Role, Sense, WidgetInfo, pos2, vec2};

pub use items::{Item, difference, items};

use super::action::Action;
use super::cache::Cached;
use super::view::View;
use crate::run::Figures;

/// Height of a row of figures with the run before's under them, in points.
pub const HEIGHT: f32 = 44.0;
/// Between two rows, in points.
const APART: f32 = 6.0;
/// What the run before was gets so much room at least, in points; the whole is in its tooltip.
const BEFORE_W: f32 = 150.0;

/// The panel. It fills the width that it is given and is [`HEIGHT`] high, or a multiple of that where it is
/// narrow.
#[derive(Default)]
pub struct FiguresPanel {
    now: Cached<(), Option<Figures>>,
    before: Cached<(), Option<Figures>>,
}

impl FiguresPanel {
    /// Shows the figures.
    pub fn ui(&mut self, ui: &mut egui::Ui, view: View<'_>) -> Vec<Action> {
        let width = ui.available_width();
        let ctx = ui.ctx().clone();
        let Some(run) = view.run else {
            let (_, area) = ui.allocate_space(vec2(width, HEIGHT));
            ui.painter().text(
                pos2(area.left(), area.center().y),
                Align2::LEFT_CENTER,
                "Wall time, CPU time, speed-up and the rest appear here with the first run",
                FontId::proportional(12.0),
                view.theme.weak,
            );
            return Vec::new();
        };
        let before = view.before.and_then(|before| {
            let figures = || Some(before.figures());
            self.before.get(&ctx, before, (), figures).as_ref()
        });
        let now = self.now.get(&ctx, run, (), || Some(run.figures()));
        let Some(now) = now else {
            return Vec::new();
        };
        let items = items(now, run.end.is_some(), before);
        let words = view.before.map(|before| difference(run, before));
        let beside = words.as_ref().map_or(0.0, |_| BEFORE_W);
        let (look, rows) = look::fitting(ui, &items, width, beside);
        let (_, area) =
            ui.allocate_space(vec2(width, (HEIGHT + APART) * rows.len() as f32 - APART));
        let mut row = Rect::from_min_size(area.min, vec2(width, HEIGHT));
        let mut right = row.left();
        for range in rows {
            right = paint(ui, view, row, &items[range], look);
            row = row.translate(vec2(0.0, HEIGHT + APART));
        }
        if let Some(words) = words {
            let room = Rect::from_min_max(pos2(right, area.bottom() - HEIGHT), area.max);
            differs(ui, view, room, &words);
        }
        Vec::new()
    }
}

/// Paints a row of figures from left to right; gives where the next one would begin.
fn paint(ui: &egui::Ui, view: View<'_>, area: Rect, items: &[Item], look: look::Look) -> f32 {
    let theme = view.theme;
    let painter = ui.painter_at(area);
    let lines = look.lines().map(|y| area.top() + y);
    let mut x = area.left();
    for item in items {
        let parts = look.parts(ui, item);
        let colour = if item.bad { theme.bad } else { theme.text };
        let quiet = if item.bad { theme.bad } else { theme.weak };
        let put = |galley: std::sync::Arc<egui::Galley>, at_x: f32, y: f32, colour| {
            let at = pos2(at_x, y - galley.size().y / 2.0);
            painter.galley_with_override_text_color(at, galley, colour);
        };
        put(parts.name, x, lines[0], theme.weak);
        put(parts.value, x + parts.value_x, lines[1], colour);
        put(parts.after, x + parts.after_x, lines[1], quiet);
        put(parts.before, x + parts.value_x, lines[2], theme.weak);
        let spot = Rect::from_min_max(area.min, pos2(x + parts.width, area.bottom()));
        let spot = spot.with_min_x(x);
        let response = ui.interact(spot, ui.scope_id().with(item.name), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words(item)));
        response.on_hover_text(&item.how);
        x += parts.width + look.gap;
    }
    x
}

/// A figure in words, for a screen reader.
fn words(item: &Item) -> String {
    let mut words = format!("{} {} {}", item.name, item.value, item.after);
    if !item.before.is_empty() {
        words.push_str(", the run before: ");
        words.push_str(&item.before);
    }
    words.trim().to_owned()
}

/// At the right: what the run before was.
fn differs(ui: &egui::Ui, view: View<'_>, area: Rect, words: &str) {
    let painter = ui.painter_at(area);
    for (text, y) in [("before:", 13.0), (words, 31.0)] {
        let font = FontId::proportional(11.5);
        let text = super::who::elided_end(&painter, text, font.clone(), area.width());
        painter.text(
            pos2(area.right(), area.top() + y),
            Align2::RIGHT_CENTER,
            text,
            font,
            view.theme.weak,
        );
    }
    let whole = format!("The run before: {words}");
    let response = ui.interact(area, ui.scope_id().with("before"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &whole));
    response.on_hover_text(&whole);
}

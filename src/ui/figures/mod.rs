//! The figures at the bottom of the window, the run before's beside them.

mod items;

use eframe::egui::{self, Align2, FontId, Rect, Role, Sense, WidgetInfo, pos2, vec2};

pub use items::{Item, difference, items};

use super::action::Action;
use super::cache::Cached;
use super::theme::bold;
use super::view::View;
use crate::run::{Figures, Run};

/// Height that the panel wants, in points: the figures, and under them the run before's.
pub const HEIGHT: f32 = 44.0;
/// Below this width names stand above their figures, or the last ones would be cut off.
const NARROW: f32 = 900.0;

/// The panel. It fills the width that it is given; [`HEIGHT`] is its height.
#[derive(Default)]
pub struct FiguresPanel {
    now: Cached<(), Option<Figures>>,
    before: Cached<(), Option<Figures>>,
}

impl FiguresPanel {
    /// Shows the figures.
    pub fn ui(&mut self, ui: &mut egui::Ui, view: View<'_>) -> Vec<Action> {
        let size = vec2(ui.available_width(), HEIGHT);
        let (_, area) = ui.allocate_space(size);
        let ctx = ui.ctx().clone();
        let Some(run) = view.run else {
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
        let right = paint(ui, view, area, &items);
        if let Some(before) = view.before {
            differs(ui, view, area, right, run, before);
        }
        Vec::new()
    }
}

/// Paints the figures from left to right; gives where the last one ends.
fn paint(ui: &egui::Ui, view: View<'_>, area: Rect, items: &[Item]) -> f32 {
    let theme = view.theme;
    let wide = area.width() > 1150.0;
    let narrow = area.width() < NARROW;
    let (size, gap) = if wide { (13.0, 26.0) } else { (12.0, 13.0) };
    let lines = if narrow {
        [7.0, 22.0, 37.0]
    } else {
        [13.0, 13.0, 31.0]
    };
    let plain = FontId::proportional(size);
    let painter = ui.painter_at(area);
    let mut x = area.left();
    for item in items {
        let name = painter.text(
            pos2(x, area.top() + lines[0]),
            Align2::LEFT_CENTER,
            item.name,
            FontId::proportional(if narrow { 11.0 } else { size }),
            theme.weak,
        );
        let value_x = if narrow { x } else { name.right() + 5.0 };
        let colour = if item.bad { theme.bad } else { theme.text };
        let strong = |text: &str| {
            egui::WidgetText::from(bold(text).size(size)).into_galley(
                ui,
                Some(egui::TextWrapMode::Extend),
                f32::INFINITY,
                plain.clone(),
            )
        };
        let value = strong(&item.value);
        let wide_as = value.size().x.max(strong(item.room).size().x);
        let at = pos2(value_x, area.top() + lines[1] - value.size().y / 2.0);
        painter.galley_with_override_text_color(at, value, colour);
        let mut right = (value_x + wide_as).max(name.right());
        if !item.after.is_empty() && !narrow && (wide || item.bad || item.name == "Speed-up") {
            let after = painter.text(
                pos2(right + 4.0, area.top() + lines[1]),
                Align2::LEFT_CENTER,
                &item.after,
                plain.clone(),
                if item.bad { theme.bad } else { theme.weak },
            );
            right = after.right();
        }
        if !item.before.is_empty() {
            let before = painter.text(
                pos2(value_x, area.top() + lines[2]),
                Align2::LEFT_CENTER,
                &item.before,
                FontId::proportional(size - 1.0),
                theme.weak,
            );
            right = right.max(before.right());
        }
        let spot = Rect::from_min_max(pos2(x, area.top()), pos2(right, area.bottom()));
        let response = ui.interact(spot, ui.scope_id().with(item.name), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words(item)));
        response.on_hover_text(&item.how);
        x = right + gap;
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
fn differs(ui: &egui::Ui, view: View<'_>, area: Rect, from: f32, run: &Run, before: &Run) {
    let painter = ui.painter_at(Rect::from_min_max(pos2(from, area.top()), area.max));
    let words = difference(run, before);
    for (text, y) in [("before:", 13.0), (&*words, 31.0)] {
        let font = FontId::proportional(11.5);
        let room = area.right() - from;
        let text = super::who::elided_end(&painter, text, font.clone(), room);
        painter.text(
            pos2(area.right(), area.top() + y),
            Align2::RIGHT_CENTER,
            text,
            font,
            view.theme.weak,
        );
    }
}

//! The key: what the fills mean that occur, in the header where there is room, else in lines below it.

use std::sync::Arc;

use eframe::egui::{self, FontId, Galley, Rect, Role, Sense, WidgetInfo, pos2, vec2};

use super::states::What;
use super::{paint, words};
use crate::ui::theme::Theme;

/// Height of a line, in points.
const LINE_H: f32 = 17.0;
/// A sample of a fill, and the room after it and after its word, in points.
const SAMPLE_W: f32 = 18.0;
const AFTER_SAMPLE: f32 = 5.0;
const BETWEEN: f32 = 12.0;
/// Room between the tabs and the key below them, in points.
const UNDER_TABS: f32 = 5.0;

/// Paints the key at the right of `header` if it fits there, else below it from `left` to the right; gives the height
/// that this took.
pub(super) fn ui(ui: &egui::Ui, header: Rect, left: f32, states: &[What], theme: &Theme) -> f32 {
    let font = FontId::proportional(11.0);
    let word = |what: &What| {
        let word = words::shortest(*what).to_owned();
        ui.painter().layout_no_wrap(word, font.clone(), theme.weak)
    };
    let items: Vec<(What, Arc<Galley>)> = states.iter().map(|what| (*what, word(what))).collect();
    let width = |item: &(What, Arc<Galley>)| SAMPLE_W + AFTER_SAMPLE + item.1.size().x;
    let all: f32 = items.iter().map(|item| width(item) + BETWEEN).sum::<f32>() - BETWEEN;
    let fits = all <= header.width();
    let first = if fits {
        pos2(header.right() - all, header.center().y)
    } else {
        pos2(left, header.bottom() + UNDER_TABS + LINE_H / 2.0)
    };
    let mut at = first;
    for item in &items {
        let width = width(item);
        if !fits && at.x > left && at.x + width > header.right() {
            at = pos2(left, at.y + LINE_H);
        }
        let bar = Rect::from_min_size(at - vec2(0.0, 5.0), vec2(SAMPLE_W, 10.0));
        paint::sample(ui.painter(), bar, item.0, theme);
        let text = pos2(bar.right() + AFTER_SAMPLE, at.y - item.1.size().y / 2.0);
        ui.painter().galley(text, Arc::clone(&item.1), theme.weak);
        let spot = Rect::from_min_size(at - vec2(0.0, LINE_H / 2.0), vec2(width, LINE_H));
        let response = ui.interact(
            spot,
            ui.scope_id().with(("key", item.0.kind())),
            Sense::hover(),
        );
        let name = words::short(item.0);
        let meaning = words::sentence(item.0);
        let said = format!("Key: {name}. {meaning}");
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
        response.on_hover_text(meaning);
        at.x += width + BETWEEN;
    }
    if fits { 0.0 } else { at.y - first.y + LINE_H }
}

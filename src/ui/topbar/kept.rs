//! The runs that were kept without anyone asking: to open, and to pin, so that they stay when older ones
//! give way.

use eframe::egui::containers::menu::SubMenuButton;
use eframe::egui::{self, PopupCloseBehavior, RichText, Role, WidgetInfo, vec2};

use super::{Shown, shortened};
use crate::store::runs::KEPT_RUNS;
use crate::ui::action::Action;
use crate::ui::jobs::KeptRun;
use crate::ui::menu;
use crate::ui::theme::{Theme, check};

/// Height of the list, in points; the rest of it is scrolled to.
const MOST_HIGH: f32 = 420.0;
/// Width of a run's name.
const NAME_W: f32 = 330.0;

pub(super) fn ui(ui: &mut egui::Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    if shown.kept.is_empty() {
        return;
    }
    // Pinning one must not close the list.
    let stays = menu::config().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    SubMenuButton::new("Runs before this one")
        .config(stays)
        .ui(ui, |ui| {
            ui.set_width(NAME_W + 90.0);
            ui.weak(format!(
                "The newest {KEPT_RUNS} are kept, and those that are pinned"
            ));
            egui::ScrollArea::vertical()
                .max_height(MOST_HIGH)
                .show(ui, |ui| {
                    for run in shown.kept {
                        row(ui, run, shown.theme, actions);
                    }
                });
        });
}

fn row(ui: &mut egui::Ui, run: &KeptRun, theme: &Theme, actions: &mut Vec<Action>) {
    let path = &run.kept.path;
    ui.horizontal(|ui| {
        let text = format!("{}   {}", run.kept.time, shortened(&run.kept.title, 28));
        let open = egui::Button::new(text).min_size(vec2(NAME_W, 0.0));
        let size = vec2(NAME_W, ui.spacing().interact_size.y);
        let left = egui::Layout::top_down_justified(egui::Align::Min);
        let open = ui.allocate_ui_with_layout(size, left, |ui| ui.add(open));
        if open
            .inner
            .on_hover_text(path.display().to_string())
            .clicked()
        {
            actions.push(Action::Open(Some(path.clone())));
            ui.close();
        }
        let mut pinned = run.pinned;
        let color = if pinned { theme.text } else { theme.weak };
        let pin = check(ui, &mut pinned, RichText::new("pin").color(color), theme)
            .on_hover_text("A pinned run is never removed to make room for newer ones");
        let name = format!("Pin {} {}", run.kept.time, run.kept.title);
        pin.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, pinned, &name));
        if pin.changed() {
            actions.push(Action::Pin(path.clone(), pinned));
        }
    });
}

//! What the keys of the window do; each stands in its button's tooltip.

use eframe::egui;

use crate::ui::action::Action;
use crate::ui::shortcuts::{OPEN, RUN, SAVE, STOP};

/// What was asked for by key. Nothing while a dialog is open: its keys are its own. `typing` says whether a
/// text was being edited: Escape then leaves it, and it also closes a menu before it stops a run.
pub(super) fn pressed(ctx: &egui::Context, alive: bool, dialog: bool, typing: bool) -> Vec<Action> {
    if dialog {
        return Vec::new();
    }
    let escape_is_free = !typing && !ctx.any_popup_open();
    let [stop, escape] = STOP;
    ctx.input_mut(|input| {
        let mut actions = Vec::new();
        // Shift+F5 before F5: a shortcut matches with more modifiers than it names.
        if input.consume_shortcut(&stop)
            || (alive && escape_is_free && input.consume_shortcut(&escape))
        {
            actions.push(Action::Stop);
        }
        if RUN.iter().any(|key| input.consume_shortcut(key)) {
            actions.push(Action::Run);
        }
        if input.consume_shortcut(&OPEN) {
            actions.push(Action::Open(None));
        }
        if input.consume_shortcut(&SAVE) {
            actions.push(Action::SaveScript);
        }
        actions
    })
}

//! What the keys of the window do; each stands in its button's tooltip.

use eframe::egui;

use crate::ui::action::Action;
use crate::ui::shortcuts::{ALL_OF_IT, LARGER, OPEN, RUN, SAVE, SELECTION, SMALLER, STOP};
use crate::ui::view::View;
use crate::ui::zoom::{Step, Times, step};

/// What was asked for by key. Nothing while a dialog is open: its keys are its own. `typing` says whether a
/// text was being edited: Escape then leaves it, and it also closes a menu before it stops a run.
/// Before it stops a run it lets go of the cursor, and then of what is selected.
pub(super) fn pressed(
    ctx: &egui::Context,
    alive: bool,
    dialog: bool,
    typing: bool,
    times: Times,
) -> Vec<Action> {
    if dialog {
        return Vec::new();
    }
    let escape_is_free = free(ctx, typing);
    let [stop, escape] = STOP;
    ctx.input_mut(|input| {
        let mut actions = Vec::new();
        let held = times.pin.map(|_| Action::HoldCursor(None));
        let chosen = times.selected.map(|_| Action::Select(None));
        if let Some(let_go) = held.or(chosen)
            && escape_is_free
            && input.consume_shortcut(&escape)
        {
            actions.push(let_go);
        }
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

/// Whether keys without Ctrl are the window's: no text is edited and no menu is open.
fn free(ctx: &egui::Context, typing: bool) -> bool {
    !typing && !ctx.any_popup_open()
}

/// What was asked for by the keys of the time, wherever the keyboard is.
pub(super) fn of_time(
    ctx: &egui::Context,
    view: View<'_>,
    dialog: bool,
    typing: bool,
) -> Vec<Action> {
    if dialog || !free(ctx, typing) {
        return Vec::new();
    }
    let all = &ALL_OF_IT[..1];
    let keys = [
        (&LARGER[..], Step::In),
        (&SMALLER[..], Step::Out),
        (all, Step::Fit),
        (&[SELECTION][..], Step::Selection),
    ];
    let asked = keys.into_iter().filter(|(keys, _)| {
        let pressed = |key| ctx.input_mut(|input| input.consume_shortcut(key));
        keys.iter().any(pressed)
    });
    asked.filter_map(|(_, asked)| step(view, asked)).collect()
}

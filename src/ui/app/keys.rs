//! The keys of the window; each stands in its button's tooltip.

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers};

use crate::ui::action::Action;

const RUN: [KeyboardShortcut; 2] = [
    KeyboardShortcut::new(Modifiers::NONE, Key::F5),
    KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter),
];
const STOP: KeyboardShortcut = KeyboardShortcut::new(Modifiers::SHIFT, Key::F5);
const STOP_TOO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::Escape);
const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
const SAVE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);

/// What was asked for by key. Nothing while a dialog is open: its keys are its own.
pub(super) fn pressed(ctx: &egui::Context, alive: bool, dialog: bool) -> Vec<Action> {
    if dialog {
        return Vec::new();
    }
    // Escape closes menus and leaves fields first.
    let escape_is_free = !ctx.egui_wants_keyboard_input() && !ctx.any_popup_open();
    ctx.input_mut(|input| {
        let mut actions = Vec::new();
        // Shift+F5 before F5: a shortcut matches with more modifiers than it names.
        if input.consume_shortcut(&STOP)
            || (alive && escape_is_free && input.consume_shortcut(&STOP_TOO))
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

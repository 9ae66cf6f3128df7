//! The keys of the window, and how they are called on this system.

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers};

/// Runs what is shown.
pub const RUN: [KeyboardShortcut; 2] = [
    KeyboardShortcut::new(Modifiers::NONE, Key::F5),
    KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter),
];
/// Stops the run.
pub const STOP: [KeyboardShortcut; 2] = [
    KeyboardShortcut::new(Modifiers::SHIFT, Key::F5),
    KeyboardShortcut::new(Modifiers::NONE, Key::Escape),
];
/// Asks for a file to open.
pub const OPEN: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::O);
/// Saves the script.
pub const SAVE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::S);
/// Copies the selected lines; egui's own.
pub const COPY: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::C);
/// Takes the last edit back; the editor's own.
pub const UNDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
/// Everything larger, and smaller; egui's own.
pub const ZOOM: [KeyboardShortcut; 2] = [
    KeyboardShortcut::new(Modifiers::COMMAND, Key::Plus),
    KeyboardShortcut::new(Modifiers::COMMAND, Key::Minus),
];

/// Keys as this system calls them, such as `F5 or Ctrl+Enter`.
pub fn names(ctx: &egui::Context, keys: &[KeyboardShortcut], between: &str) -> String {
    let names: Vec<String> = keys.iter().map(|key| ctx.format_shortcut(key)).collect();
    names.join(between)
}

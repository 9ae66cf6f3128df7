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
/// Looks for text in the log.
pub const FIND: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::F);
/// Goes to a line or a time of the log.
pub const GO_TO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::G);
/// Takes the last edit back; the editor's own.
pub const UNDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Z);
/// Everything larger, and smaller; egui's own.
pub const ZOOM: [KeyboardShortcut; 2] = [
    KeyboardShortcut::new(Modifiers::COMMAND, Key::Plus),
    KeyboardShortcut::new(Modifiers::COMMAND, Key::Minus),
];

/// Half as much time, in plot and lanes.
pub const LARGER: [KeyboardShortcut; 2] = [
    KeyboardShortcut::new(Modifiers::NONE, Key::Plus),
    KeyboardShortcut::new(Modifiers::NONE, Key::Equals),
];
/// Twice as much time.
pub const SMALLER: [KeyboardShortcut; 1] = [KeyboardShortcut::new(Modifiers::NONE, Key::Minus)];
/// All of the time.
pub const ALL_OF_IT: [KeyboardShortcut; 2] = [
    KeyboardShortcut::new(Modifiers::NONE, Key::Num0),
    KeyboardShortcut::new(Modifiers::NONE, Key::Home),
];
/// The time that is selected.
pub const SELECTION: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::Z);
/// Collapses every process of the lanes, or opens them.
pub const COLLAPSE: KeyboardShortcut = KeyboardShortcut::new(Modifiers::NONE, Key::C);

/// Keys as this system calls them, such as `F5 or Ctrl+Enter`.
pub fn names(ctx: &egui::Context, keys: &[KeyboardShortcut], between: &str) -> String {
    let names: Vec<String> = keys.iter().map(|key| ctx.format_shortcut(key)).collect();
    names.join(between)
}

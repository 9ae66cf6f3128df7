//! Small windows that want an answer: closing during a run, a run that fills the machine, a path.

use std::path::PathBuf;

use eframe::egui;

use super::about;
use super::jobs::{Purpose, title, with_ending};
use super::theme::{Theme, bold, check, ring};

/// What is asked.
#[derive(Debug, PartialEq)]
pub enum Dialog {
    /// The window is closed while a run is alive.
    Close,
    /// The run would fill the machine: why.
    Fill {
        /// What it would do.
        why: String,
        /// Whether this shall not be asked again.
        never_again: bool,
    },
    /// A path, where the system has no dialog for it.
    Path {
        /// What for.
        purpose: Purpose,
        /// As typed.
        text: String,
    },
    /// An edited script would be put away.
    Unsaved {
        /// What is not saved, in a sentence.
        what: String,
        /// What to do then.
        then: Box<super::action::Action>,
    },
    /// What this program is.
    About {
        /// How its frames fared beside the last run.
        frames: Option<String>,
    },
}

/// What was answered.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// Nothing is to be done.
    Cancel,
    /// End the run and close.
    Close,
    /// Run it; whether to ask again.
    Run {
        /// Not to be asked again.
        never_again: bool,
    },
    /// This path.
    Path(Purpose, PathBuf),
    /// Save the edited script, then go on.
    SaveThen(Box<super::action::Action>),
    /// Forget the edits and go on.
    DropThen(Box<super::action::Action>),
}

impl Dialog {
    /// Shows it above everything; returns the answer once there is one.
    pub fn ui(&mut self, ctx: &egui::Context, theme: &Theme) -> Option<Answer> {
        let mut answer = None;
        let is_about = matches!(self, Self::About { .. });
        let width: f32 = if is_about { 560.0 } else { 420.0 };
        let modal = egui::Modal::new(egui::Id::unique("dialog"));
        let frame = egui::Frame::window(&ctx.global_style());
        let modal = modal.frame(frame).show(ctx, |ui| {
            ui.set_width(width.min(ctx.content_rect().width() - 60.0));
            match self {
                Self::Close => {
                    words(
                        ui,
                        "A run is going on",
                        "Closing ends its processes. What was recorded until now is kept.",
                    );
                    buttons(ui, |ui| {
                        if primary(ui, theme, "End the run and close").clicked() {
                            answer = Some(Answer::Close);
                        }
                        if ui.button("Keep running").clicked() {
                            answer = Some(Answer::Cancel);
                        }
                    });
                }
                Self::Fill { why, never_again } => {
                    words(ui, "This fills the machine", why);
                    check(ui, never_again, "Don’t ask again", theme);
                    buttons(ui, |ui| {
                        if primary(ui, theme, "Run it").clicked() {
                            answer = Some(Answer::Run {
                                never_again: *never_again,
                            });
                        }
                        if ui.button("Cancel").clicked() {
                            answer = Some(Answer::Cancel);
                        }
                    });
                }
                Self::Path { purpose, text } => answer = path(ui, theme, *purpose, text),
                Self::Unsaved { what, then } => {
                    words(ui, "The script was edited", what);
                    buttons(ui, |ui| {
                        if primary(ui, theme, "Save and go on").clicked() {
                            answer = Some(Answer::SaveThen(then.clone()));
                        }
                        if ui.button("Forget the changes").clicked() {
                            answer = Some(Answer::DropThen(then.clone()));
                        }
                        if ui.button("Cancel").clicked() {
                            answer = Some(Answer::Cancel);
                        }
                    });
                }
                Self::About { frames } => {
                    about::ui(ui, theme, frames.as_deref());
                    buttons(ui, |ui| {
                        if primary(ui, theme, "Close").clicked() {
                            answer = Some(Answer::Cancel);
                        }
                    });
                }
            }
        });
        if answer.is_none() && modal.should_close() {
            answer = Some(Answer::Cancel);
        }
        answer
    }
}

fn words(ui: &mut egui::Ui, heading: &str, text: &str) {
    ui.label(bold(heading).size(15.0));
    ui.add_space(2.0);
    ui.add(egui::Label::new(text).wrap());
    ui.add_space(6.0);
}

fn buttons(ui: &mut egui::Ui, add: impl FnOnce(&mut egui::Ui)) {
    ui.add_space(4.0);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), add);
}

/// The button that does what the dialog is about.
fn primary(ui: &mut egui::Ui, theme: &Theme, text: &str) -> egui::Response {
    let button = egui::Button::new(bold(text).color(theme.on_accent)).fill(theme.accent);
    let response = ui.add(button);
    ring(ui, &response, theme);
    response
}

fn path(ui: &mut egui::Ui, theme: &Theme, purpose: Purpose, text: &mut String) -> Option<Answer> {
    words(
        ui,
        title(purpose),
        "This system offers no file dialog, so type the path here. Relative paths begin in the home folder.",
    );
    let field = egui::TextEdit::singleline(text)
        .font(egui::TextStyle::Monospace)
        .desired_width(f32::INFINITY);
    let response = ui.name_inputs("Path", |ui| ui.add(field));
    // Asked before focus is given back, or Enter would never have been pressed.
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
    let mut answer = None;
    let full = !text.trim().is_empty();
    buttons(ui, |ui| {
        let ok = ui.add_enabled_ui(full, |ui| primary(ui, theme, "OK")).inner;
        if (ok.clicked() || entered) && full {
            answer = Some(Answer::Path(
                purpose,
                with_ending(purpose, resolved(text.trim())),
            ));
        }
        if ui.button("Cancel").clicked() {
            answer = Some(Answer::Cancel);
        }
    });
    answer
}

/// `~` and relative paths begin in the home folder: a program that was opened by a double-click has no
/// folder of its own that anyone would know.
fn resolved(text: &str) -> PathBuf {
    let home = directories::UserDirs::new().map(|dirs| dirs.home_dir().to_owned());
    let rest = text.strip_prefix("~/").or_else(|| text.strip_prefix("~\\"));
    let path = PathBuf::from(rest.unwrap_or(text));
    match home {
        Some(home) if path.is_relative() => home.join(path),
        _ => path,
    }
}

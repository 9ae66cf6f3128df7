//! The left panel's lower part: the Python that runs. It can be edited; it then rules, and one press goes
//! back to the controls.

mod adopted;
mod editor;
mod lit;

use std::path::PathBuf;

use eframe::egui::{self, RichText, Stroke};

use super::action::Action;
use super::shortcuts::UNDO;
use super::theme::{Theme, bold, caption};
use crate::experiment::{Control, DEFAULT_TIME_LIMIT_S, Experiment, OwnScript, Way, generate};

pub use adopted::Adopted;
pub(super) use adopted::arguments;
pub use lit::{Lit, LitLines};

/// The script's panel.
#[derive(Debug)]
pub struct ScriptPanel {
    /// What the editor shows; equal to the experiment's text between frames.
    buffer: String,
    /// The experiment that the controls had before the script ruled.
    before: Option<Experiment>,
    /// The opened file and what it holds, as last read or written.
    file: Option<(PathBuf, String)>,
    /// What a script without a file was when it was last saved as a copy, or taken from a run.
    copy: Option<String>,
    /// The run that a script without a file was taken from.
    origin: Option<String>,
    /// The arguments as typed.
    args: String,
    editor: editor::Editor,
}

impl ScriptPanel {
    /// For the experiment of the last time; its file, if it has one, was read by the caller.
    pub fn new(experiment: &Experiment) -> Self {
        let own = experiment.script.as_ref();
        Self {
            buffer: experiment.script().text,
            before: None,
            file: own.and_then(|own| Some((own.path.clone()?, own.text.clone()))),
            copy: None,
            origin: None,
            args: own.map_or_else(String::new, |own| joined(&own.args)),
            editor: editor::Editor::default(),
        }
    }

    /// The experiment that runs a file's script. Remembers what the controls had.
    pub fn open(
        &mut self,
        now: &Experiment,
        path: PathBuf,
        text: String,
        args: Vec<String>,
    ) -> Experiment {
        if now.way != Way::Script {
            self.before = Some(now.clone());
        }
        self.file = Some((path.clone(), text.clone()));
        (self.copy, self.origin) = (None, None);
        self.args = joined(&args);
        let mut e = scripted(now, Some(path), text, args);
        // DESIGN: a time limit for the works, none for an own script unless given.
        e.limits.time_s = None;
        e
    }

    /// The file whose text was edited and not saved since, and its new text.
    pub fn unsaved(&self, experiment: &Experiment) -> Option<(PathBuf, String)> {
        let (path, kept) = self.file.as_ref()?;
        let own = experiment.script.as_ref()?;
        (own.path.as_ref() == Some(path) && own.text != *kept)
            .then(|| (path.clone(), own.text.clone()))
    }

    /// Whether there is an edit that is in no file: of the opened one, or a script that has none.
    pub fn is_unsaved(&self, experiment: &Experiment) -> bool {
        let alone = |own: &OwnScript| {
            own.path.is_none() && self.copy.as_ref().is_none_or(|copy| *copy != own.text)
        };
        self.unsaved(experiment).is_some() || experiment.script.as_ref().is_some_and(alone)
    }

    /// A script without a file is kept elsewhere as this text.
    pub fn copied(&mut self, text: String) {
        self.copy = Some(text);
    }

    /// The experiment that runs a script which came with a run. Remembers what the controls had.
    pub fn adopt(&mut self, now: &Experiment, adopted: Adopted) -> Experiment {
        let Adopted::Script {
            from,
            text,
            args,
            limits,
            buffering,
        } = adopted
        else {
            return now.clone();
        };
        if now.way != Way::Script {
            self.before = Some(now.clone());
        }
        self.file = None;
        self.copy = Some(text.clone());
        self.origin = Some(from);
        self.args = joined(&args);
        Experiment {
            buffering,
            limits,
            ..scripted(now, None, text, args)
        }
    }

    /// The text that is shown.
    pub fn shown(&self) -> &str {
        &self.buffer
    }

    /// What the opened file held when it was last read or written.
    pub fn kept(&self) -> Option<&str> {
        self.file.as_ref().map(|(_, text)| text.as_str())
    }

    /// The file holds this now.
    pub fn saved(&mut self, path: PathBuf, text: String) {
        self.file = Some((path, text));
    }

    /// The experiment with the controls back in charge.
    pub fn back(&mut self, now: &Experiment) -> Experiment {
        self.file = None;
        (self.copy, self.origin) = (None, None);
        self.args.clear();
        let mut e = self.before.take().unwrap_or_else(|| Experiment {
            way: Way::Processes,
            limits: crate::experiment::Limits {
                time_s: Some(now.limits.time_s.unwrap_or(DEFAULT_TIME_LIMIT_S)),
                ..now.limits.clone()
            },
            script: None,
            ..now.clone()
        });
        // The interpreter may have been chosen meanwhile, and it is no part of the script.
        e.python = now.python.clone();
        e
    }

    /// Shows the script as tall as the room that is left, but never too small to read.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        experiment: &Experiment,
        moved: Option<Control>,
        lit: &Lit,
        theme: &Theme,
    ) -> Vec<Action> {
        let mut actions = Vec::new();
        let script = experiment.script();
        let follow = self.buffer != script.text;
        if follow {
            self.buffer.clone_from(&script.text);
            editor::forget_undo(ui);
        }
        head(ui, experiment, theme, &mut actions);
        if let Some(own) = &experiment.script {
            self.own(ui, experiment, own, theme, &mut actions);
        }
        let marked: Vec<usize> =
            moved.map_or_else(Vec::new, |moved| script.lines_of(moved).collect());
        let show = editor::Show {
            marked: &marked,
            follow,
            lit,
        };
        if self.editor.ui(ui, &mut self.buffer, &show, theme) {
            actions.extend(self.edited(experiment));
        }
        actions
    }

    /// Who rules, the way back, and the arguments.
    fn own(
        &mut self,
        ui: &mut egui::Ui,
        experiment: &Experiment,
        own: &OwnScript,
        theme: &Theme,
        actions: &mut Vec<Action>,
    ) {
        egui::Frame::new()
            .fill(theme.mark)
            .stroke(Stroke::new(1.0, theme.accent))
            .corner_radius(6)
            .inner_margin(egui::Margin::symmetric(10, 7))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                let name = own
                    .path
                    .as_ref()
                    .and_then(|path| path.file_name())
                    .map_or_else(
                        || match &self.origin {
                            Some(from) if self.is_unsaved(experiment) => {
                                format!("From {from}, edited: the script rules")
                            }
                            Some(from) => format!("From {from}: the script rules"),
                            None => "Edited: the script rules".to_owned(),
                        },
                        |name| {
                            let changed = if self.unsaved(experiment).is_some() {
                                " (not saved yet)"
                            } else {
                                ""
                            };
                            format!("{}{changed}: this file rules", name.to_string_lossy())
                        },
                    );
                let label = ui.add(egui::Label::new(bold(name)).wrap());
                if let Some(path) = &own.path {
                    label.on_hover_text(path.display().to_string());
                }
                ui.horizontal(|ui| {
                    ui.label("Arguments");
                    let field = egui::TextEdit::singleline(&mut self.args)
                        .font(egui::TextStyle::Monospace)
                        .desired_width(f32::INFINITY);
                    let response = ui
                        .name_inputs("Arguments", |ui| ui.add(field))
                        .on_hover_text("sys.argv[1:], written as on a command line");
                    if response.changed()
                        && let Some(args) = shlex::split(&self.args)
                    {
                        let mut e = experiment.clone();
                        if let Some(own) = &mut e.script {
                            own.args = args;
                        }
                        actions.push(Action::Change(Box::new(e)));
                    }
                });
                if shlex::split(&self.args).is_none() {
                    ui.label(
                        RichText::new(
                            "A quote is not closed; the arguments before it still count.",
                        )
                        .size(11.5)
                        .color(theme.bad),
                    );
                }
                if ui
                    .button("Back to the controls")
                    .on_hover_text("Puts this script away; the sliders write the script again")
                    .clicked()
                {
                    actions.push(Action::Back);
                }
            });
    }

    /// The experiment after an edit; back to the controls where the text is again what they write.
    fn edited(&mut self, experiment: &Experiment) -> Option<Action> {
        let text = self.buffer.clone();
        let path = experiment.script.as_ref().and_then(|own| own.path.clone());
        if path.is_none()
            && let Some(before) = &self.before
            && generate(before).text == text
        {
            let e = self.back(experiment);
            return Some(Action::Change(Box::new(e)));
        }
        if experiment.way != Way::Script {
            if experiment.script().text == text {
                return None;
            }
            self.before = Some(experiment.clone());
        }
        let args = experiment
            .script
            .as_ref()
            .map_or_else(Vec::new, |own| own.args.clone());
        Some(Action::Change(Box::new(scripted(
            experiment, path, text, args,
        ))))
    }
}

/// Arguments as they would be typed.
fn joined(args: &[String]) -> String {
    shlex::try_join(args.iter().map(String::as_str)).unwrap_or_default()
}

fn scripted(
    now: &Experiment,
    path: Option<PathBuf>,
    text: String,
    args: Vec<String>,
) -> Experiment {
    Experiment {
        way: Way::Script,
        script: Some(OwnScript { path, text, args }),
        ..now.clone()
    }
}

/// The title of the panel and what can be done with the script.
fn head(ui: &mut egui::Ui, experiment: &Experiment, theme: &Theme, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(caption("This is what runs", theme)).on_hover_text(
            format!(
                "Byte for byte. Edit it, and the script rules: Tab indents, Esc leaves the editor, {} undoes",
                ui.ctx().format_shortcut(&UNDO)
            ),
        );
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().button_padding = egui::vec2(7.0, 2.0);
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.spacing_mut().interact_size.y = 20.0;
            let small =
                |text: &str| egui::Button::new(RichText::new(text.to_owned()).size(11.5));
            if ui
                .add(small("Save…"))
                .on_hover_text(
                    "Save this script as a .py file, which runs the same without Gilscope",
                )
                .clicked()
            {
                actions.push(Action::SaveScript);
            }
            if ui
                .add(small("Copy"))
                .on_hover_text("Copy the whole script")
                .clicked()
            {
                actions.push(Action::Copy(experiment.script().text));
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(action: Option<Action>) -> Experiment {
        match action {
            Some(Action::Change(e)) => *e,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_edit_makes_the_script_rule_and_undoing_it_gives_the_controls_back() {
        let start = Experiment::default();
        let mut panel = ScriptPanel::new(&start);
        let generated = panel.buffer.clone();
        panel.buffer = generated.replace("Spawned", "Hello");
        let e = change(panel.edited(&start));
        assert_eq!(e.way, Way::Script);
        assert!(e.script().text.contains("Hello"));
        assert_eq!(crate::experiment::check(&e), Ok(()));
        panel.buffer = generated;
        assert_eq!(change(panel.edited(&e)), start);
    }

    #[test]
    fn one_press_goes_back_and_keeps_the_interpreter() {
        let start = Experiment {
            count: 9,
            way: Way::Threads,
            ..Experiment::default()
        };
        let mut panel = ScriptPanel::new(&start);
        let mut e = panel.open(&start, "x.py".into(), "print(1)\n".into(), vec![]);
        assert_eq!(e.limits.time_s, None);
        assert_eq!(panel.unsaved(&e), None);
        e.python = crate::experiment::Python::Builtin;
        let back = panel.back(&e);
        assert_eq!(back.count, 9);
        assert_eq!(back.way, Way::Threads);
        assert_eq!(back.limits.time_s, Some(DEFAULT_TIME_LIMIT_S));
        assert_eq!(back.python, crate::experiment::Python::Builtin);
    }

    #[test]
    fn an_edited_file_is_known_as_unsaved_until_it_is_saved() {
        let start = Experiment::default();
        let mut panel = ScriptPanel::new(&start);
        let e = panel.open(&start, "x.py".into(), "print(1)\n".into(), vec![]);
        panel.buffer = "print(2)\n".into();
        let e = change(panel.edited(&e));
        let (path, text) = panel.unsaved(&e).unwrap();
        assert_eq!(text, "print(2)\n");
        panel.saved(path, text);
        assert_eq!(panel.unsaved(&e), None);
    }
}

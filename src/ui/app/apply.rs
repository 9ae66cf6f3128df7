//! What the panels, the dialogs and the jobs brought, applied.

use std::path::PathBuf;

use eframe::egui;

use super::App;
use super::turn::Turn;
use crate::engine::Command;
use crate::engine::guard;
use crate::experiment::Python;
use crate::ui::action::Action;
use crate::ui::controls::ControlsPanel;
use crate::ui::dialogs::{Answer, Dialog};
use crate::ui::jobs::{Done, Purpose, ending};
use crate::ui::script::Adopted;
use crate::ui::theme::{self, Theme};
use crate::ui::zoom::Pin;

impl App {
    /// The one place where something is done.
    pub(super) fn apply(&mut self, action: Action, host: Option<&eframe::Frame>) {
        match action {
            Action::Run => self.run(),
            Action::Stop => self.controller.send(Command::Stop),
            Action::Change(experiment) => {
                self.experiment = *experiment;
                if let Some(own) = &self.experiment.script {
                    self.settings.remember_arguments(own);
                }
            }
            Action::Load(experiment) => {
                let python = self.experiment.python.clone();
                self.unless_unsaved(Action::Load(experiment.clone()), |app| {
                    let mut experiment = *experiment;
                    experiment.python = python;
                    app.load(experiment);
                });
            }
            Action::ShowLane(lane) => self.focus.lane = lane,
            Action::ShowStream(stream) => self.focus.stream = stream,
            Action::Point(point_ns) => self.focus.point_ns = point_ns,
            Action::ShowTimes(shown) => self.focus.times.shown = shown,
            Action::StepTime(step) => {
                // It needs the run, which the next frame has.
                self.step = Some(step);
                self.ctx.request_repaint();
            }
            Action::Select(selected) => {
                // What was asked for last is what is told of.
                self.focus.times.pin = None;
                self.focus.times.selected = selected;
            }
            Action::HoldCursor(pin) => self.hold_cursor(pin),
            Action::Copy(text) => self.ctx.copy_text(text),
            Action::CopyLines(lines) => self.copy_lines(lines),
            Action::Open(None) => self.jobs.ask(Purpose::Open, String::new(), host),
            Action::Open(Some(path)) => self.open_or_ask(path),
            Action::Back => self.unless_unsaved(Action::Back, |app| {
                app.experiment = app.script.back(&app.experiment);
                app.controls = ControlsPanel::new(&app.experiment);
            }),
            Action::Adopt(adopted) => {
                self.unless_unsaved(Action::Adopt(adopted.clone()), |app| app.adopt(*adopted));
            }
            Action::Close => self.ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            Action::Pin(path, pinned) => self.pin(path, pinned),
            Action::CloseRun => {
                self.opened = None;
                self.focus = super::Focus::default();
            }
            Action::SaveLog(ending) => self.ask_to_save(Purpose::Log(ending), host),
            Action::SaveRun => self.ask_to_save(Purpose::Run, host),
            Action::SaveScript => self.save_script(host),
            Action::SavePicture => self.ask_to_save(Purpose::Picture, host),
            Action::Notice(text) => self.notices.say(text),
            Action::Choose(python) => self.choose(python),
            Action::AddPython => self.jobs.ask(Purpose::Python, String::new(), host),
            Action::FindPythons => self.find_pythons_again(),
            Action::Mode(mode) => {
                self.settings.mode = mode;
                theme::install(&self.ctx, mode);
            }
            Action::Zoom(zoom) => self.ctx.set_zoom_factor(zoom),
            Action::About => {
                self.dialog = Some(Dialog::About {
                    frames: self.pace.words(),
                });
            }
        }
    }

    /// A time that is held is seen: what is shown moves there.
    fn hold_cursor(&mut self, pin: Option<Pin>) {
        let times = &mut self.focus.times;
        times.pin = pin;
        if let (Some(pin), Some(shown)) = (pin, times.shown) {
            times.shown = Some(shown.showing(pin.t_ns));
        }
    }

    /// Does it, or asks first where an edited script would be put away.
    pub(super) fn unless_unsaved(&mut self, then: Action, act: impl FnOnce(&mut Self)) {
        if self.script.is_unsaved(&self.experiment) {
            self.ask_about_edits(then);
        } else {
            act(self);
        }
    }

    /// Asks what is to become of the edits before `then` is done.
    pub(super) fn ask_about_edits(&mut self, then: Action) {
        let what = match self.script.unsaved(&self.experiment) {
            Some((path, _)) => format!("{} has changes that are not saved yet.", path.display()),
            None => "It is in no file yet, and would be gone.".to_owned(),
        };
        self.dialog = Some(Dialog::Unsaved {
            what,
            then: Box::new(then),
        });
    }

    fn ask_to_save(&mut self, purpose: Purpose, host: Option<&eframe::Frame>) {
        let name = self.with_run(|run| run.header.experiment.name());
        let name = name.unwrap_or_else(|| self.experiment.name());
        let name = format!("{name}.{}", ending(purpose).unwrap_or("txt"));
        self.jobs.ask(purpose, name, host);
    }

    /// An opened file is saved where it is; anything else asks where.
    fn save_script(&mut self, host: Option<&eframe::Frame>) {
        if self.script.unsaved(&self.experiment).is_some() {
            self.save_unsaved();
            return;
        }
        let name = format!("{}.py", self.experiment.name());
        self.jobs.ask(Purpose::Script, name, host);
    }

    /// Shows the dialog, if there is one, and does what was answered.
    pub(super) fn answer(
        &mut self,
        ctx: &egui::Context,
        theme: &Theme,
        host: Option<&eframe::Frame>,
    ) {
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        let Some(answer) = dialog.ui(ctx, theme) else {
            return;
        };
        self.dialog = None;
        match answer {
            Answer::Cancel => self.after_saving = None,
            Answer::Close => {
                self.closing = true;
                self.controller.send(Command::Stop);
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            Answer::Run { never_again } => {
                self.settings.fill_without_asking |= never_again;
                self.start();
            }
            Answer::Path(purpose, path) => self.take(Done::Picked(purpose, path)),
            Answer::SaveThen(then) => {
                if self.script.unsaved(&self.experiment).is_none() {
                    // It has no file yet: where to is asked first.
                    self.after_saving = Some(*then);
                    self.save_script(host);
                } else if self.save_unsaved() {
                    self.apply(*then, host);
                }
            }
            Answer::DropThen(then) => {
                self.forget_edits();
                self.apply(*then, host);
            }
        }
    }

    /// Takes in what a job brought.
    pub(super) fn take(&mut self, done: Done) {
        match done {
            Done::Pythons(pythons) => self.take_pythons(pythons),
            Done::Known(pythons) => {
                if self.pythons.is_none() && !pythons.found.is_empty() {
                    self.pythons = Some(pythons);
                }
            }
            Done::Kept(kept) => self.kept = kept,
            Done::Python(Ok(found)) => {
                let path = found.path.clone();
                if let Some(pythons) = &mut self.pythons {
                    pythons.add(found);
                }
                if !self.settings.pythons.contains(&path) {
                    self.settings.pythons.push(path.clone());
                }
                self.choose(Python::Path(path));
            }
            Done::Python(Err(refused)) => self.notices.say(format!(
                "{refused}. Choose the python program itself, version 3.8 or newer."
            )),
            Done::Speed(path, speed) => self.speed = Some((path, speed)),
            Done::Picked(purpose, path) => self.picked(purpose, path),
            Done::NoDialog(purpose, text) => self.dialog = Some(Dialog::Path { purpose, text }),
            Done::Copied(text, all) => self.copied(text, all),
            Done::Opened(path, Ok(opened)) => {
                self.settings.remember(&path);
                self.focus = super::Focus::default();
                let name = opened.name();
                let run = std::sync::Arc::clone(&opened.run);
                self.opened = Some(opened);
                self.heed_the_opened(&run, &name);
                self.look_for_turn(&run.header);
                match Adopted::of(&run.header, &name) {
                    Ok(adopted) => self.apply(Action::Adopt(Box::new(adopted)), None),
                    Err(why) => self.notices.say(why),
                }
            }
            Done::Turn(run, wall_s) => {
                // The shown one and the one before it are all that is asked for.
                self.turns.truncate(1);
                self.turns.insert(0, Turn::new(run, wall_s));
            }
            Done::NotPinned(path, pinned, why) => {
                self.list_pinned(&path, pinned);
                self.notices.say(format!("{why}. The run stays as it was."));
            }
            Done::NotPicked => self.after_saving = None,
            Done::SavedScript(Ok(path), text) => {
                self.notices.done(format!("Saved {}", path.display()));
                self.script.copied(text);
                if let Some(then) = self.after_saving.take() {
                    self.apply(then, None);
                }
            }
            Done::SavedScript(Err(why), _) => {
                self.after_saving = None;
                self.notices.say(why);
            }
            Done::Swept(ended) => self.notices.say(guard::swept(ended)),
            Done::Opened(_, Err(why)) | Done::Wrote(Err(why)) => self.notices.say(why),
            Done::Wrote(Ok(path)) => self.notices.done(format!("Saved {}", path.display())),
        }
    }

    fn picked(&mut self, purpose: Purpose, path: PathBuf) {
        match purpose {
            Purpose::Open => self.open_or_ask(path),
            Purpose::Python => self.ask_python(path),
            Purpose::Log(ending) => self.write_log(ending, path),
            Purpose::Run => self.write_run(path),
            Purpose::Script => self.write_script(path),
            Purpose::Picture => {
                if self.with_run(|_| ()).is_some() {
                    self.panels.picture.want(&self.ctx, path);
                }
            }
        }
    }
}

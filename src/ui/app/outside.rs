//! What comes from outside of the window: a request to end, by a signal or because the guard is gone, a file that was
//! opened elsewhere, and what a program that was killed had left.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eframe::egui::{self, UserAttentionType, ViewportCommand};
use parking_lot::Mutex;

use super::App;
use crate::crash;
use crate::engine::{Command, guard};
use crate::store::runs;
use crate::ui::hand_over;
use crate::ui::jobs::Done;

/// A window that does not close within this time, asked from outside, ends without it; its guard then ends the rest.
const PATIENCE: Duration = Duration::from_secs(5);

/// More files than these at once are not taken.
const FILES: usize = 16;

/// What somebody outside wants of the window.
#[derive(Clone, Debug, Default)]
pub(super) struct Outside {
    /// That it ends.
    end: Arc<AtomicBool>,
    /// That it opens files.
    offered: Arc<Mutex<Offered>>,
}

/// Files that were taken and are to be opened.
#[derive(Debug, Default)]
struct Offered {
    files: Vec<PathBuf>,
    /// Whether the window goes, and takes no more.
    refused: bool,
}

impl Outside {
    /// A file is offered; whether it will be opened here.
    fn take(&self, file: PathBuf) -> bool {
        let mut offered = self.offered.lock();
        let ends = offered.refused || self.end.load(Ordering::Relaxed);
        let is_taken = !ends && offered.files.len() < FILES;
        if is_taken {
            offered.files.push(file);
        }
        is_taken
    }

    /// What was taken since the last call.
    fn taken(&self) -> Vec<PathBuf> {
        std::mem::take(&mut self.offered.lock().files)
    }

    /// The window goes: no file is taken from here on. Not where one was taken that is not open yet.
    pub(super) fn refuse(&self) -> bool {
        let mut offered = self.offered.lock();
        offered.refused = offered.files.is_empty() || self.end.load(Ordering::Relaxed);
        offered.refused
    }
}

impl App {
    /// From here on a request to end closes the window without a question, once its run has ended and is recorded.
    pub fn heed_outside(&mut self) {
        let (told, ctx, quit) = (
            self.outside.clone(),
            self.ctx.clone(),
            self.controller.quitter(),
        );
        let end = move || {
            told.end.store(true, Ordering::Relaxed);
            quit();
            ctx.request_repaint();
            std::thread::sleep(PATIENCE);
            std::process::exit(1);
        };
        let by_signal = ctrlc::set_handler(end.clone()).map_err(|error| error.to_string());
        let by_guard = guard::when_lost(end).map_err(|error| error.to_string());
        if let Err(why) = by_signal.and(by_guard) {
            self.notices.say(format!(
                "A request to end from outside can't be heard: {why}. Close this window by its button"
            ));
        }
        let (outside, ctx) = (self.outside.clone(), self.ctx.clone());
        hand_over::listen(move |file| {
            let is_taken = outside.take(file);
            ctx.request_repaint();
            is_taken
        });
        let ctx = self.ctx.clone();
        crash::keep_reports(runs::crashes(), move || ctx.request_repaint());
        self.jobs.start(|| match guard::sweep() {
            0 => None,
            ended => Some(Done::Swept(ended)),
        });
    }

    /// Closes the window if somebody outside wants it, or opens what they offer; ends the run if a part of the program failed.
    pub(super) fn look_outside(&mut self, ctx: &egui::Context) {
        if let Some(failure) = crash::take() {
            self.notices.say(failure.words());
            self.controller.send(Command::Stop);
        }
        if self.outside.end.load(Ordering::Relaxed) && !self.closing {
            self.closing = true;
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        let files = self.outside.taken();
        if !files.is_empty() {
            ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
            ctx.send_viewport_cmd(ViewportCommand::Focus);
            // Where no window may take the focus by itself.
            let attention = UserAttentionType::Informational;
            ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(attention));
        }
        for file in files {
            self.open_or_ask(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_taken_is_opened_before_the_window_goes() {
        let outside = Outside::default();
        assert!(outside.take("a.gilscope".into()));
        assert!(!outside.refuse(), "it went with a file untouched");
        assert_eq!(outside.taken(), [PathBuf::from("a.gilscope")]);
        assert!(outside.take("b.gilscope".into()));
        assert_eq!(outside.taken().len(), 1);
        assert!(outside.refuse());
        assert!(!outside.take("c.gilscope".into()), "taken by who is gone");
    }

    #[test]
    fn who_is_told_to_end_goes_whatever_it_took() {
        let outside = Outside::default();
        assert!(outside.take("a.gilscope".into()));
        outside.end.store(true, Ordering::Relaxed);
        assert!(outside.refuse());
        assert!(!outside.take("b.gilscope".into()));
    }
}

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
    /// That it opens these.
    files: Arc<Mutex<Vec<PathBuf>>>,
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
        let (offered, ctx) = (self.outside.clone(), self.ctx.clone());
        hand_over::listen(move |file| {
            let mut files = offered.files.lock();
            let has_room = files.len() < FILES && !offered.end.load(Ordering::Relaxed);
            if has_room {
                files.push(file);
                ctx.request_repaint();
            }
            has_room
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
        let files = std::mem::take(&mut *self.outside.files.lock());
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

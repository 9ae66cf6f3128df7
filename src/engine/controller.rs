//! The controller: one thread that owns the run, and the one loop in which everything about it happens.
//!
//! Commands come first, so that *Stop* works in a flood. A panic in the thread becomes
//! [`Phase::Failed`], never a window that waits for ever.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Command, Phase, Shared, Wake};

/// Commands that may wait. One that finds the queue full is dropped: the controller takes them before
/// everything else, so a full queue means that a user pressed Stop that often within milliseconds.
const COMMANDS: usize = 64;

/// The handle of the controller's thread. Dropping it ends a run that is alive.
pub struct Controller {
    shared: Arc<Shared>,
    commands: Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

impl Controller {
    /// Starts the thread. `wake` is called when there is something new to show.
    pub fn new(wake: Wake) -> Self {
        let shared = Arc::new(Shared::default());
        let (commands, inbox) = bounded(COMMANDS);
        let thread = std::thread::Builder::new()
            .name("controller".into())
            .spawn({
                let shared = Arc::clone(&shared);
                move || guarded(&shared, &wake, &inbox)
            });
        let thread = thread
            .inspect_err(|error| {
                *shared.phase.write() = Phase::Failed(format!(
                    "the controller's thread could not be started: {error}; close other programs and try again"
                ));
            })
            .ok();
        Self {
            shared,
            commands,
            thread,
        }
    }

    /// What the window reads.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Asks for something; never waits.
    pub fn send(&self, command: Command) {
        // A controller that is gone has said so in its phase.
        let _ = self.commands.try_send(command);
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.send(Command::Quit);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Runs the loop, and turns a panic into a sentence.
fn guarded(shared: &Arc<Shared>, wake: &Wake, inbox: &Receiver<Command>) {
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        serve(shared, wake, inbox);
    }));
    if let Err(panic) = ended {
        let what = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        *shared.phase.write() = Phase::Failed(format!(
            "Gilscope itself failed: {what}. What was recorded until then is kept; please report it and start Gilscope again"
        ));
        wake();
    }
}

fn serve(shared: &Arc<Shared>, wake: &Wake, inbox: &Receiver<Command>) {
    while let Ok(command) = inbox.recv() {
        match command {
            Command::Start(_) => {
                *shared.phase.write() = Phase::Failed("runs can't be started yet".into());
                wake();
            }
            Command::Stop => {}
            Command::Quit => return,
        }
    }
}

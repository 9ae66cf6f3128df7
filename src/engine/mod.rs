//! Everything that touches the operating system. Nothing outside names processes, pipes or sysinfo.
//!
//! ```text
//! launch ─ starts the root with the probe ─┐
//! probe (assets/probe) ── channel ─────────┤
//! worker output ───────── pump ────────────┼─► Report ─► roster ─► Event ─► recorder, Run, tap
//! operating system ────── sampler, reaper ─┘              (all in the controller's one loop)
//! ```
//!
//! The window and the command line hold a [`Controller`]: they send a [`Command`] and read [`Shared`].

mod ask;
pub mod attribution;
mod background;
pub mod builtin;
mod cache;
pub mod calibrate;
pub mod channel;
mod controller;
mod gil;
pub mod guard;
pub mod launch;
mod live;
pub mod platform;
pub(crate) mod prepare;
mod probe;
pub mod pump;
pub mod pythons;
mod record;
pub mod report;
pub mod roster;
mod sampler;
mod stop;
mod tree;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::RwLock;

pub use controller::Controller;
pub use prepare::possible;

use crate::experiment::Experiment;
use crate::run::{Event, Run, TextSource};

/// Where a run is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// In the folder of kept runs.
    Keep,
    /// In this file.
    File(PathBuf),
    /// Nowhere that lasts: a temporary file, gone with the run.
    Nothing,
}

/// What the script reads from standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// End of file at once.
    Empty,
    /// Ours.
    Ours,
}

/// Sees every event in order, after the run has taken it; called on the controller's thread.
pub type Tap = Box<dyn FnMut(&Run, &Event) + Send>;

/// A run to start.
pub struct Request {
    /// What to run; already checked.
    pub experiment: Experiment,
    /// Where to record it.
    pub record: Record,
    /// What it reads.
    pub input: Input,
    /// Who else sees the events.
    pub tap: Option<Tap>,
}

/// What may be asked of the controller. Commands overtake output.
pub enum Command {
    /// Start a run; refused with a notice while one is alive.
    Start(Box<Request>),
    /// Stop the run: politely first. A second one goes to the end at once.
    Stop,
    /// End the run at once and the controller with it.
    Quit,
}

/// Where the controller is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// No run has been started.
    #[default]
    Idle,
    /// The root is being started.
    Starting,
    /// The run is alive.
    Running,
    /// The run was asked to stop and is not yet over.
    Stopping,
    /// The run is over and recorded.
    Over,
    /// It could not be started: what failed, on what, what to do now.
    Failed(String),
}

/// What the window reads. Locks are held for moments on both sides.
#[derive(Default)]
pub struct Shared {
    /// The run, live or over; none before the first.
    pub run: RwLock<Option<Run>>,
    /// Where the run's text is.
    pub text: RwLock<Option<Arc<dyn TextSource>>>,
    /// Where the controller is.
    pub phase: RwLock<Phase>,
    /// The run file, where one is kept.
    pub file: RwLock<Option<PathBuf>>,
    /// Set by a listener that can take no more for now: output then stays in its pipes, and the workers
    /// wait as they would for any slow reader. A run that was asked to stop is drained all the same.
    pub hold: AtomicBool,
}

/// A signal's name, such as `SIGSEGV`.
pub fn signal_name(signal: i32) -> String {
    platform::signal_name(signal)
}

/// Called when there is something new to show, at most some 30 times a second.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

//! The controller: one thread that owns the run, and the one loop in which everything about it happens.
//!
//! Commands come first, so that *Stop* works in a flood. A panic in the thread becomes
//! [`Phase::Failed`], never a window that waits for ever.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::live::Live;
use super::{Command, Phase, Request, Shared, Wake, platform, prepare};
use crate::clock;
use crate::run::StoppedBy;

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

    /// What ends the run at once and the controller with it, from any thread.
    pub fn quitter(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let commands = self.commands.clone();
        move || {
            let _ = commands.try_send(Command::Quit);
        }
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

/// Between two wakes: at least, and at most where the frames that they lead to cost much.
const WAKE_NS: u64 = 33_000_000;
const WIDEST_WAKE_NS: u64 = 400_000_000;
/// Frames that are drawn without a graphics card take cores from the workers: this program may use one in so many of
/// all, until it is woken more rarely.
const CORES_SHARE: u64 = 8;
/// Output is taken in turns of at most this, so that locks are free between them.
const TURN_NS: u64 = 4_000_000;
/// Once all that was reported is taken, the next is left to gather for so long: each wake takes a core from the
/// workers. Reports carry their times, so nothing is told later than it was; commands and exits do not wait.
const REST_NS: u64 = 5_000_000;
/// No rest while so many reports wait: far fewer than make the pump wait.
const RESTED: usize = 64;

fn serve(shared: &Arc<Shared>, wake: &Wake, inbox: &Receiver<Command>) {
    platform::adopt_orphans();
    platform::raise_descriptors();
    platform::outlive_limit_of_files();
    while let Ok(command) = inbox.recv() {
        match command {
            Command::Start(request) => {
                let quit = run(*request, shared, wake, inbox);
                wake();
                if quit {
                    return;
                }
            }
            // There is nothing to stop.
            Command::Stop => {}
            Command::Quit => return,
        }
    }
}

/// One run, from its start to its end. Gives whether the controller is to go with it.
fn run(request: Request, shared: &Shared, wake: &Wake, inbox: &Receiver<Command>) -> bool {
    *shared.phase.write() = Phase::Starting;
    wake();
    let started =
        prepare::prepare(&request).and_then(|prepared| Live::start(request, prepared, shared));
    let mut live = match started {
        Ok(live) => live,
        Err(why) => {
            *shared.phase.write() = Phase::Failed(why);
            return false;
        }
    };
    *shared.phase.write() = Phase::Running;
    let quit = follow(&mut live, shared, wake, inbox);
    live.finish(shared);
    *shared.phase.write() = Phase::Over;
    quit
}

/// The one loop: commands first, then exits, samples and output.
fn follow(live: &mut Live, shared: &Shared, wake: &Wake, inbox: &Receiver<Command>) -> bool {
    let mut quit = false;
    let (mut woke_ns, mut woke_cpu_ns) = (0, 0);
    let mut rest_ns = 0;
    let own_cpu_ns = || platform::process_cpu_ns(std::process::id()).unwrap_or(0);
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let nothing = crossbeam_channel::never();
    loop {
        let due_ns = live.tick(shared);
        if live.is_over() {
            return quit;
        }
        let now_ns = clock::now_ns();
        let resting = now_ns < rest_ns && live.reports.len() < RESTED;
        let due_ns = if resting { due_ns.min(rest_ns) } else { due_ns };
        let patience = Duration::from_nanos(due_ns.saturating_sub(now_ns));
        // While the disk is behind, output stays in its pipes and commands are still heard.
        let reports = if live.has_room(shared) && !resting {
            live.reports.clone()
        } else {
            crossbeam_channel::never()
        };
        let exit = if live.waits_for_exit() {
            live.exit.clone()
        } else {
            nothing.clone()
        };
        crossbeam_channel::select_biased! {
            recv(inbox) -> command => match command {
                Ok(Command::Start(_)) => live.refuse_start(shared),
                Ok(Command::Stop) => live.ask_to_stop(StoppedBy::User, shared),
                Ok(Command::Quit) | Err(_) => {
                    if !quit {
                        quit = true;
                        live.end_at_once(shared);
                    }
                }
            },
            recv(exit) -> t_ns => live.root_exited(t_ns.unwrap_or_else(|_| clock::now_ns()), shared),
            recv(live.samples.clone()) -> report => if let Ok(report) = report {
                live.take(report, shared);
            },
            recv(reports) -> report => if let Ok(report) = report {
                live.take(report, shared);
                let until_ns = clock::now_ns() + TURN_NS;
                while clock::now_ns() < until_ns && inbox.is_empty() && live.has_room(shared) {
                    let Ok(report) = live.reports.try_recv() else {
                        rest_ns = clock::now_ns() + REST_NS;
                        break;
                    };
                    live.take(report, shared);
                }
            },
            default(patience) => {}
        }
        let now_ns = clock::now_ns();
        if now_ns >= woke_ns + WAKE_NS {
            let cpu_ns = own_cpu_ns();
            let cost_ns =
                (cpu_ns.saturating_sub(woke_cpu_ns) * CORES_SHARE / cores).min(WIDEST_WAKE_NS);
            if now_ns >= woke_ns + cost_ns && live.take_changed() {
                (woke_ns, woke_cpu_ns) = (now_ns, cpu_ns);
                wake();
            }
        }
    }
}

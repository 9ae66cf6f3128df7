//! The GIL sampler: who holds each interpreter's GIL, read from outside some thousand times a second, and what the
//! threads do that do not hold it, read less often.
//!
//! All of it together costs at most some 3 % of one core: the more there is to read, the less often it is read, and
//! each report says how often that was. A GIL that nobody contends for is read as often as its one thread is looked at.
//! A program is searched once for its GIL, which takes 3 to 60 ms: it lies there in every later process and run of it.
//! One that can't be read is told of, with the reason.

mod doing;
mod holds;
#[cfg(any(target_os = "linux", windows))]
mod known;
#[cfg(any(target_os = "linux", windows))]
mod others;
#[cfg(any(target_os = "linux", windows))]
mod place;
#[cfg(any(target_os = "linux", windows))]
mod reader;
#[cfg(not(any(target_os = "linux", windows)))]
#[path = "no_reader.rs"]
mod reader;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError};
use parking_lot::Mutex;

use super::background::Background;
use super::platform;
use super::report::{Held, Report};
use crate::clock;
use doing::{Gil, Thread};
use holds::Holds;
#[cfg(any(target_os = "linux", windows))]
use known::Known;
#[cfg(not(any(target_os = "linux", windows)))]
use reader::Known;
use reader::Reader;

/// Between two reads of a GIL, if that costs little.
const READ_NS: u64 = 1_000_000;
/// A round of reads may cost one in so many nanoseconds; so may a round of looks at the threads.
const READ_SHARE: u64 = 70;
const LOOK_SHARE: u64 = 120;
/// Between two looks at what the threads do, if that costs little.
const LOOK_NS: u64 = 5_000_000;
/// Between two turns in which nothing is read: newcomers and the end of the run are seen then.
const IDLE_NS: u64 = 10_000_000;
/// Between two reports.
const TELL_NS: u64 = 100_000_000;
/// A process with one thread shares its GIL with nobody. If its program is known, it is watched once it has lived for so
/// long that this costs it nothing that could be measured; else it is searched, once that costs nothing either.
const YOUNG_NS: u64 = 30_000_000;
const SETTLED_NS: u64 = 2_000_000_000;
/// Files of so many threads are kept open, to look at them faster.
const KEPT_OPEN: usize = 128;
/// A search reads what changes meanwhile: it is tried so often.
const TRIES: u32 = 5;
/// Between two looks whether one has.
const WAITING_NS: u64 = 20_000_000;
/// Searches may take so much in all, and one in so many nanoseconds besides.
const SEARCH_NS: u64 = 100_000_000;
const SEARCH_SHARE: u64 = 100;

/// An interpreter whose GIL is to be read, as the roster knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Its process.
    pub(super) pid: u32,
    /// The process that it is a fork of.
    pub(super) fork_of: Option<u32>,
    /// When it began, absolute.
    pub(super) since_ns: u64,
    /// Whether it has a GIL. Of one without, only what its threads do is looked at.
    pub(super) gil: bool,
    /// Its threads: as the operating system numbers them, and as Python does.
    pub(super) threads: Vec<(u64, u64)>,
}

/// What is to be read: set by the controller, taken by the sampler when it changed.
pub(super) type Targets = Arc<Mutex<Option<Vec<Target>>>>;

/// Starts it.
pub(super) fn start(targets: Targets, reports: Sender<Report>) -> std::io::Result<Background> {
    Background::start("gil", move |ended| {
        let mut work = Work::new(targets);
        // `Err` is a controller that is gone, or that has ended us.
        while work.turn(&reports, ended).is_ok() {}
        work.last_words(&reports);
    })
}

/// Nobody listens any more.
struct Gone;

/// A process that is watched.
struct Watched {
    target: Target,
    /// None where it can't be read.
    reader: Option<Reader>,
    holds: Holds,
    threads: Vec<Thread>,
}

struct Work {
    targets: Targets,
    watched: HashMap<u32, Watched>,
    /// Who is not watched yet, and when that is looked at.
    waiting: Vec<Target>,
    waiting_due_ns: u64,
    known: Known,
    /// Whose program is not known.
    strangers: HashSet<(u32, u64)>,
    /// How often each was searched in vain.
    tried: HashMap<u32, u32>,
    began_ns: u64,
    /// CPU that searches took.
    searched_ns: u64,
    read_ns: u64,
    look_due_ns: u64,
    tell_due_ns: u64,
    out: Vec<Report>,
}

impl Work {
    fn new(targets: Targets) -> Self {
        let now_ns = clock::now_ns();
        Self {
            targets,
            watched: HashMap::new(),
            waiting: Vec::new(),
            waiting_due_ns: now_ns,
            known: Known::load(),
            strangers: HashSet::new(),
            tried: HashMap::new(),
            began_ns: now_ns,
            searched_ns: 0,
            read_ns: READ_NS,
            look_due_ns: now_ns,
            tell_due_ns: now_ns + TELL_NS,
            out: Vec::new(),
        }
    }

    /// Waits until the next read, reads, and tells what is due.
    fn turn(&mut self, reports: &Sender<Report>, ended: &Receiver<()>) -> Result<(), Gone> {
        std::thread::sleep(Duration::from_nanos(self.rest_ns()));
        if ended.try_recv() == Err(TryRecvError::Disconnected) {
            return Err(Gone);
        }
        self.heed_targets();
        let began_ns = platform::thread_cpu_ns();
        let now_ns = clock::now_ns();
        for watched in self.watched.values_mut().filter(|w| w.is_contended()) {
            watched.read();
        }
        let cost_ns = platform::thread_cpu_ns().saturating_sub(began_ns);
        self.read_ns = (cost_ns * READ_SHARE).max(READ_NS);
        if now_ns >= self.look_due_ns {
            let began_ns = platform::thread_cpu_ns();
            let threads: usize = self.watched.values().map(|w| w.threads.len()).sum();
            for watched in self.watched.values_mut() {
                if !watched.is_contended() {
                    watched.read();
                }
                watched.look(threads <= KEPT_OPEN, &mut self.out);
            }
            let cost_ns = platform::thread_cpu_ns().saturating_sub(began_ns);
            self.look_due_ns = now_ns + (cost_ns * LOOK_SHARE).max(LOOK_NS);
        }
        if now_ns >= self.tell_due_ns {
            self.tell_due_ns = now_ns + TELL_NS;
            for watched in self.watched.values_mut() {
                watched.tell(&mut self.out);
            }
        }
        for report in self.out.drain(..) {
            crossbeam_channel::select! {
                send(reports, report) -> sent => if sent.is_err() { return Err(Gone) },
                recv(ended) -> _ => return Err(Gone),
            }
        }
        Ok(())
    }

    /// How long until there is something to do.
    fn rest_ns(&self) -> u64 {
        if self.watched.values().any(Watched::is_contended) {
            return self.read_ns;
        }
        let until_look_ns = self.look_due_ns.saturating_sub(clock::now_ns());
        until_look_ns.clamp(READ_NS, IDLE_NS)
    }

    /// Tells what is not told yet, as far as there is room: nobody reads now.
    fn last_words(&mut self, reports: &Sender<Report>) {
        for watched in self.watched.values_mut() {
            watched.tell(&mut self.out);
        }
        for report in self.out.drain(..) {
            let _ = reports.try_send(report);
        }
    }

    /// Takes in who came and who went, and searches one newcomer after the other.
    fn heed_targets(&mut self) {
        let now_ns = clock::now_ns();
        let changed = self.targets.lock().take();
        if let Some(targets) = changed {
            // A program that another replaced has the number still, and its GIL in another place.
            let living: HashSet<(u32, u64)> = targets
                .iter()
                .map(|target| (target.pid, target.since_ns))
                .collect();
            let out = &mut self.out;
            self.watched.retain(|&pid, watched| {
                let lives = living.contains(&(pid, watched.target.since_ns));
                if !lives {
                    watched.tell(out);
                }
                lives
            });
            self.waiting.clear();
            self.strangers.retain(|stranger| living.contains(stranger));
            for target in targets {
                match self.watched.get_mut(&target.pid) {
                    Some(watched) => watched.heed(target, &mut self.out),
                    None => self.waiting.push(target),
                }
            }
            self.waiting_due_ns = now_ns;
        }
        if self.waiting.is_empty() || now_ns < self.waiting_due_ns {
            return;
        }
        self.waiting_due_ns = now_ns + WAITING_NS;
        let is_due = |target: &Target| {
            let lived_ns = now_ns.saturating_sub(target.since_ns);
            let is_stranger = self.strangers.contains(&(target.pid, target.since_ns));
            target.threads.len() > 1 || lived_ns > if is_stranger { SETTLED_NS } else { YOUNG_NS }
        };
        let (due, waiting) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(is_due);
        self.waiting = waiting;
        let due: Vec<Target> = due;
        for target in due {
            let budget_ns = SEARCH_NS + (now_ns - self.began_ns) / SEARCH_SHARE;
            if self.searched_ns < budget_ns {
                self.begin(target);
            } else {
                self.waiting.push(target);
            }
        }
    }

    fn begin(&mut self, target: Target) {
        let began_ns = platform::thread_cpu_ns();
        let pid = target.pid;
        if !target.gil {
            self.watch(target, None);
            return;
        }
        let forked = target
            .fork_of
            .and_then(|parent| self.watched.get(&parent)?.reader.as_ref())
            .map(|parent| parent.in_fork(pid));
        let found = forked.or_else(|| Reader::of_known(pid, &self.known).map(Ok));
        let may_search = target.threads.len() > 1
            || clock::now_ns().saturating_sub(target.since_ns) > SETTLED_NS;
        let found = if found.is_none() && may_search {
            Some(Reader::attach(pid, &mut self.known))
        } else {
            found
        };
        self.searched_ns += platform::thread_cpu_ns().saturating_sub(began_ns);
        let reader = match found {
            Some(Ok(reader)) => Some(reader),
            None => {
                self.strangers.insert((pid, target.since_ns));
                self.waiting.push(target);
                return;
            }
            Some(Err(why)) => {
                let tried = self.tried.entry(pid).or_default();
                *tried += 1;
                if *tried < TRIES {
                    self.waiting.push(target);
                    return;
                }
                let t_ns = clock::now_ns();
                self.out.push(Report::GilUnknown { t_ns, pid, why });
                None
            }
        };
        self.watch(target, reader);
    }

    fn watch(&mut self, target: Target, reader: Option<Reader>) {
        let mut watched = Watched {
            holds: Holds::new(target.fork_of.is_some()),
            target: target.clone(),
            reader,
            threads: Vec::new(),
        };
        let pid = target.pid;
        watched.heed(target, &mut self.out);
        self.watched.insert(pid, watched);
    }
}

impl Watched {
    fn heed(&mut self, target: Target, out: &mut Vec<Report>) {
        if self.target == target && self.threads.len() == target.threads.len() {
            return;
        }
        let mut last = Vec::new();
        self.threads.retain_mut(|thread| {
            let lives = target.threads.iter().any(|known| known.0 == thread.tid);
            if !lives && let Some((doing, from_ns, to_ns)) = thread.told() {
                last.push((thread.tid, doing, from_ns, to_ns));
            }
            lives
        });
        self.say(last, out);
        for &(tid, _) in &target.threads {
            if !self.threads.iter().any(|thread| thread.tid == tid) {
                self.threads.push(Thread::new(target.pid, tid));
            }
        }
        self.target = target;
    }

    /// One read of the GIL.
    fn read(&mut self) {
        let Some(reader) = &mut self.reader else {
            return;
        };
        let now_ns = clock::now_ns();
        let Some(now) = reader.now() else {
            return;
        };
        let threads = &self.target.threads;
        self.holds.take(now_ns, now.holder, now.handoffs, |state| {
            reader.ident(state, |ident| {
                threads.iter().any(|thread| thread.1 == ident)
            })
        });
    }

    /// Whether several threads share the GIL.
    fn is_contended(&self) -> bool {
        self.reader.is_some() && self.target.threads.len() > 1
    }

    /// One look at the threads, whose files may be kept open.
    fn look(&mut self, keep: bool, out: &mut Vec<Report>) {
        if self.target.gil && self.reader.is_none() {
            return; // Nothing told a wait for the GIL from another, or who has it.
        }
        let known = &self.target.threads;
        let is_known = |ident: u64| known.iter().any(|thread| thread.1 == ident);
        // A sub-interpreter's thread holds its own interpreter's.
        let (others, waits_at) = match &mut self.reader {
            Some(reader) => {
                let states = reader.other_holders();
                let idents = states
                    .into_iter()
                    .filter_map(|state| reader.ident(state, is_known));
                (idents.collect(), reader.waits_at())
            }
            None => (Vec::new(), Vec::new()),
        };
        let holder = self.holds.holder();
        let mut did = Vec::new();
        for thread in &mut self.threads {
            let ident = self
                .target
                .threads
                .iter()
                .find(|known| known.0 == thread.tid);
            let gil = if !self.target.gil {
                Gil::None
            } else if ident.is_some_and(|known| holder == Some(known.1)) {
                Gil::Held
            } else if ident.is_some_and(|known| others.contains(&known.1)) {
                Gil::Apart
            } else {
                Gil::NotHeld(&waits_at)
            };
            thread.keep(keep);
            let done = thread.look(gil, clock::now_ns());
            did.extend(done.map(|(doing, from_ns, to_ns)| (thread.tid, doing, from_ns, to_ns)));
        }
        self.say(did, out);
    }

    fn say(&self, did: Vec<(u64, crate::run::Doing, u64, u64)>, out: &mut Vec<Report>) {
        if !did.is_empty() {
            let (t_ns, pid) = (clock::now_ns(), self.target.pid);
            out.push(Report::Did { t_ns, pid, did });
        }
    }

    /// Tells what was found since the last time.
    fn tell(&mut self, out: &mut Vec<Report>) {
        let did = self
            .threads
            .iter_mut()
            .filter_map(|thread| {
                let (doing, from_ns, to_ns) = thread.told()?;
                Some((thread.tid, doing, from_ns, to_ns))
            })
            .collect();
        self.say(did, out);
        for told in self.holds.told() {
            out.push(Report::Gil {
                t_ns: told.to_ns,
                pid: self.target.pid,
                held: Held {
                    spans: told.spans,
                    from_ns: told.from_ns,
                    reads: told.reads,
                    handoffs: told.handoffs,
                },
            });
        }
    }
}

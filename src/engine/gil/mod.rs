//! The GIL sampler: who holds each interpreter's GIL (of a sub-interpreter its own one), read from outside some thousand times a second; what the threads do
//! that do not hold it, read less often; and where in the user's code they are, less often still.
//!
//! All of it together costs at most some 3 % of one core: the more there is to read, the less often it is read, and
//! each report says how often that was. A GIL that nobody contends for is read as often as its one thread is looked at.
//! A program is searched once for its GIL, which takes 3 to 60 ms: it lies there in every later process and run of it.
//! One that can't be read is told of, with the reason.

#[cfg(any(target_os = "linux", windows))]
mod code;
#[cfg(not(any(target_os = "linux", windows)))]
#[path = "no_code.rs"]
mod code;
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
mod stays;
mod subs;
mod watched;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError};
use parking_lot::Mutex;

use super::background::Background;
use super::platform;
use super::report::Report;
use crate::clock;
use code::Code;
use holds::Holds;
#[cfg(any(target_os = "linux", windows))]
use known::Known;
#[cfg(not(any(target_os = "linux", windows)))]
use reader::Known;
use reader::Reader;
use stays::Stays;
use subs::Subs;
use watched::Watched;

/// Between two reads of a GIL, if that costs little.
const READ_NS: u64 = 1_000_000;
/// A round of reads may cost one in so many nanoseconds, waking up for it included; so may a round of looks at the threads.
/// With those of places that is some 3 % of a core.
const READ_SHARE: u64 = 36;
const LOOK_SHARE: u64 = 200;
/// Between two looks at what the threads do, if that costs little.
const LOOK_NS: u64 = 5_000_000;
/// The same where no GIL is shared.
const ALONE_NS: u64 = 10_000_000;
/// Between two turns in which nothing is read: newcomers and the end of the run are seen then.
const IDLE_NS: u64 = 10_000_000;
/// A round of reads of where in the code threads are may cost so, too.
const PLACE_SHARE: u64 = 330;
/// Between two such reads of a process, if that costs little.
const PLACE_NS: u64 = 20_000_000;
/// Between two reports.
const TELL_NS: u64 = 100_000_000;
/// A process with one thread shares its GIL with nobody. If its program is known, it is watched once it has lived for so
/// long that this costs it nothing that could be measured; else it is searched, once that costs nothing either.
const YOUNG_NS: u64 = 30_000_000;
const SETTLED_NS: u64 = 2_000_000_000;
/// How to read where in the code a program's threads are is searched, too, up to 70 ms: not for one that is over soon.
const GROWN_NS: u64 = 1_000_000_000;
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

/// The script of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Script {
    /// Its file, in full.
    pub(super) path: PathBuf,
    /// How many lines it has.
    pub(super) lines: u32,
}

/// Starts it. `pipes` is the folder of the run's pipes: a thread that waits to write into one waits for us.
pub(super) fn start(
    targets: Targets,
    script: Option<Script>,
    pipes: &Path,
    reports: Sender<Report>,
) -> std::io::Result<Background> {
    // The system names open files without links.
    let pipes = pipes.canonicalize().unwrap_or_else(|_| pipes.to_owned());
    Background::start("gil", move |ended| {
        let mut work = Work::new(targets, script, pipes);
        // `Err` is a controller that is gone, or that has ended us.
        while work.turn(&reports, ended).is_ok() {}
        work.last_words(&reports);
    })
}

/// Nobody listens any more.
struct Gone;

struct Work {
    targets: Targets,
    /// The folder of the run's pipes.
    pipes: PathBuf,
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
    code: Code,
    /// The process whose threads' places were read last.
    placed: u32,
    place_due_ns: u64,
    tell_due_ns: u64,
    out: Vec<Report>,
}

impl Work {
    fn new(targets: Targets, script: Option<Script>, pipes: PathBuf) -> Self {
        let now_ns = clock::now_ns();
        Self {
            targets,
            pipes,
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
            code: Code::new(script),
            placed: 0,
            place_due_ns: now_ns,
            tell_due_ns: now_ns + TELL_NS,
            out: Vec::new(),
        }
    }

    /// Waits until the next read, reads, and tells what is due.
    fn turn(&mut self, reports: &Sender<Report>, ended: &Receiver<()>) -> Result<(), Gone> {
        let began_ns = platform::thread_cpu_ns();
        std::thread::sleep(Duration::from_nanos(self.rest_ns()));
        if ended.try_recv() == Err(TryRecvError::Disconnected) {
            return Err(Gone);
        }
        let woke_ns = platform::thread_cpu_ns().saturating_sub(began_ns);
        self.heed_targets();
        let began_ns = platform::thread_cpu_ns();
        let now_ns = clock::now_ns();
        for watched in self.watched.values_mut().filter(|w| w.is_contended()) {
            watched.read();
        }
        let cost_ns = platform::thread_cpu_ns().saturating_sub(began_ns);
        self.read_ns = ((woke_ns + cost_ns) * READ_SHARE).max(READ_NS);
        if now_ns >= self.look_due_ns {
            let began_ns = platform::thread_cpu_ns();
            let threads: usize = self.watched.values().map(|w| w.threads.len()).sum();
            for watched in self.watched.values_mut() {
                if !watched.is_contended() {
                    watched.read();
                }
                watched.look(threads <= KEPT_OPEN, &self.pipes, &mut self.out);
            }
            let cost_ns = platform::thread_cpu_ns().saturating_sub(began_ns);
            let contended = self.watched.values().any(Watched::is_contended);
            let least_ns = if contended { LOOK_NS } else { ALONE_NS };
            self.look_due_ns = now_ns + (cost_ns * LOOK_SHARE).max(least_ns);
        }
        if now_ns >= self.place_due_ns {
            self.find_places(now_ns);
        }
        if now_ns >= self.tell_due_ns {
            self.tell_due_ns = now_ns + TELL_NS;
            for watched in self.watched.values_mut() {
                watched.tell(&mut self.out, false);
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

    /// Reads where in the code the threads of the next process are: one process at a time, so that no GIL is left unread
    /// for long.
    fn find_places(&mut self, now_ns: u64) {
        let can = |watched: &&mut Watched| watched.reader.is_some();
        let (mut first, mut next, mut all) = (None, None, 0);
        for watched in self.watched.values_mut().filter(can) {
            let pid = watched.target.pid;
            all += 1;
            first = Some(first.map_or(pid, |first: u32| first.min(pid)));
            if pid > self.placed {
                next = Some(next.map_or(pid, |next: u32| next.min(pid)));
            }
        }
        self.place_due_ns = now_ns + PLACE_NS / all.max(1);
        self.searched_ns += self.code.learned().unwrap_or(0);
        let may_search = self.searched_ns < self.budget_ns(now_ns);
        let Some(watched) = next.or(first).and_then(|pid| self.watched.get_mut(&pid)) else {
            return;
        };
        self.placed = watched.target.pid;
        let Some(reader) = &watched.reader else {
            return;
        };
        let began_ns = platform::thread_cpu_ns();
        if self.code.knows(reader) {
            let found = self.code.read(reader);
            watched.stays.take(clock::now_ns(), found);
            let cost_ns = platform::thread_cpu_ns().saturating_sub(began_ns);
            self.place_due_ns = self.place_due_ns.max(now_ns + cost_ns * PLACE_SHARE);
        } else if may_search && now_ns > watched.target.since_ns + GROWN_NS {
            self.code.learn(reader);
        }
    }

    /// So much searches may have taken by now.
    fn budget_ns(&self, now_ns: u64) -> u64 {
        SEARCH_NS + (now_ns - self.began_ns) / SEARCH_SHARE
    }

    /// Tells what is not told yet, as far as there is room: nobody reads now.
    fn last_words(&mut self, reports: &Sender<Report>) {
        for watched in self.watched.values_mut() {
            watched.tell(&mut self.out, true);
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
                    watched.tell(out, true);
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
            if self.searched_ns < self.budget_ns(now_ns) {
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
            stays: Stays::default(),
            subs: Subs::default(),
        };
        if let Some(why) = watched.reader.as_ref().and_then(Reader::subs_unknown) {
            let (t_ns, pid) = (clock::now_ns(), target.pid);
            self.out.push(Report::SubGilsUnknown { t_ns, pid, why });
        }
        let pid = target.pid;
        watched.heed(target, &mut self.out);
        self.watched.insert(pid, watched);
    }
}

//! One run that is alive: what its sources say goes to the recorder, to the run, and to whoever listens.

mod end;
mod memory;
mod room;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, bounded};
use parking_lot::Mutex;
use process_wrap::std::ChildWrapper;

use super::background::Background;
use super::channel::{Hello, What};
use super::platform::{Entry, Reaped, Table};
use super::prepare::Prepared;
use super::pump::Pump;
use super::record::Book;
use super::report::Report;
use super::roster::Roster;
use super::sampler::{self, Watched};
use super::stop::{self, Stop};
use super::tree::{Look, Marker, Reach, Tree};
use super::{Phase, Request, Shared, gil, launch, platform};
use crate::clock;
use crate::experiment::Limits;
use crate::run::{Event, Kind, Run, StoppedBy};

/// Reports of the pump that may wait, at most some 64 KiB each. While it is full the pump waits, and then
/// the workers' pipes fill and they wait: nothing is dropped.
const REPORTS: usize = 256;
/// Reports of the sampler that may wait; it waits while it is full.
const SAMPLES: usize = 64;
/// Between two looks for what is left of the tree, once the root is gone.
const LOOK_NS: u64 = 5_000_000;
const WIDEST_LOOK_NS: u64 = 100_000_000;

/// A run that is alive.
pub(super) struct Live {
    zero_ns: u64,
    limits: Limits,
    root: Box<dyn ChildWrapper>,
    _leash: Option<platform::guard::Leash>,
    root_end: Option<Reaped>,
    exit_told: bool,
    pump: Pump,
    sampler: Option<Background>,
    gil: Option<Background>,
    interpreters: gil::Targets,
    watched: Arc<Watched>,
    table: Table,
    roster: Roster,
    book: Book,
    stop: Stop,
    stopped_by: Option<StoppedBy>,
    kept_bytes: u64,
    /// When the disk is looked at next, and whether it was found to be short of room.
    disk_due_bytes: u64,
    disk_is_short: bool,
    /// Whether it was said that output is only counted from now on.
    counts_only: bool,
    /// The pump died, and that was told.
    pump_failed: bool,
    lanes_changed: bool,
    changed: bool,
    /// Once the root is gone: when to look next, and how long after that.
    look: (u64, u64),
    tree_empty_ns: Option<u64>,
    heard_ns: u64,
    /// Commands come before these, samples before output.
    pub(super) exit: Receiver<u64>,
    pub(super) samples: Receiver<Report>,
    pub(super) reports: Receiver<Report>,
}

impl Live {
    /// Starts it. The error is a sentence for the user.
    pub(super) fn start(
        request: Request,
        prepared: Prepared,
        shared: &Shared,
    ) -> Result<Self, String> {
        let Prepared {
            header,
            spec,
            notices,
        } = prepared;
        let started = launch::start(&spec).map_err(|error| error.to_string())?;
        let marker = Marker {
            name: "GILSCOPE_RUN",
            value: header.id.clone(),
        };
        let watched = Arc::new(Watched {
            tree: Mutex::new(Tree::new(started.pid, marker)),
            tasks: Mutex::new(Vec::new()),
            stopping: AtomicBool::new(false),
        });
        let (to_reports, reports) = bounded(REPORTS);
        let (to_samples, samples) = bounded(SAMPLES);
        let mut root = started.child;
        let kill = |root: &mut Box<dyn ChildWrapper>, what: &str, why: &dyn std::fmt::Display| {
            // Nothing of it may stay behind.
            let _ = root.kill();
            format!("{what} could not be started: {why}. Close other programs and try again")
        };
        let pipes = started.inputs.folder.path().to_owned();
        let pump = Pump::start(started.inputs, to_reports)
            .map_err(|error| kill(&mut root, "The reader of the pipes", &error))?;
        let sampler = sampler::start(Arc::clone(&watched), to_samples.clone())
            .map_err(|error| kill(&mut root, "The sampler", &error))?;
        let interpreters = gil::Targets::default();
        let script = started.script.map(|path| gil::Script {
            path,
            lines: header.script.lines().count() as u32,
        });
        let gil = gil::start(Arc::clone(&interpreters), script, &pipes, to_samples)
            .map_err(|error| kill(&mut root, "The reader of the GIL", &error))?;
        let exit =
            launch::exit_of(started.pid).map_err(|error| kill(&mut root, "A thread", &error))?;
        let limits = header.experiment.limits.clone();
        let mut command = vec![spec.program.to_string_lossy().into_owned()];
        command.extend(
            spec.options
                .iter()
                .map(|part| part.to_string_lossy().into_owned()),
        );
        let mut roster = Roster::new(started.zero_ns, started.pid, &command);
        let opening = roster.opening();
        let mut live = Self {
            zero_ns: started.zero_ns,
            limits,
            root,
            _leash: started.leash,
            root_end: None,
            exit_told: false,
            pump,
            sampler: Some(sampler),
            gil: Some(gil),
            interpreters,
            watched,
            table: Table::default(),
            roster,
            book: Book::open(request.record, request.tap, &header),
            stop: Stop::default(),
            stopped_by: None,
            kept_bytes: 0,
            disk_due_bytes: room::EVERY_BYTES,
            disk_is_short: false,
            counts_only: false,
            pump_failed: false,
            lanes_changed: true,
            changed: true,
            look: (0, LOOK_NS),
            tree_empty_ns: None,
            heard_ns: started.zero_ns,
            exit,
            samples,
            reports,
        };
        *shared.text.write() = Some(live.book.text());
        *shared.file.write() = live.book.path();
        *shared.run.write() = Some(Run::new(header));
        live.happen(opening, shared);
        let problem = live.book.take_problem();
        for text in notices.into_iter().chain(problem) {
            live.notice(text, shared);
        }
        Ok(live)
    }

    /// What a source said.
    pub(super) fn take(&mut self, report: Report, shared: &Shared) {
        match &report {
            Report::Probe { pid, said } => {
                if let What::Hello(hello) = &said.what {
                    let mut tree = self.watched.tree.lock();
                    if hello.fork {
                        tree.announce_fork(*pid);
                    } else {
                        let entry = tree.announce(*pid);
                        drop(tree);
                        if *pid != self.root.id() {
                            self.appeared(entry, said.t_ns, hello, shared);
                        }
                    }
                }
            }
            Report::Bytes { t_ns, .. } => self.heard_ns = self.heard_ns.max(*t_ns),
            Report::Sampled { rss_bytes, .. } => self.look_at_memory(*rss_bytes, shared),
            _ => {}
        }
        let events = self.roster.take(report);
        self.happen(events, shared);
        self.look_at_room(shared);
    }

    /// A program begins to report that perhaps nobody said was started (the fork server, a `subprocess`): its
    /// start is the operating system's word, or the CPU time that it used until now would look like none's.
    fn appeared(&mut self, entry: Option<Entry>, t_ns: u64, hello: &Hello, shared: &Shared) {
        let started_ns = entry.as_ref().and_then(platform::started_ns);
        let events = self.roster.take(Report::Appeared {
            t_ns,
            pid: hello.pid,
            parent: hello.ppid,
            args: hello.args.clone(),
            started_ns: started_ns.map(|started_ns| started_ns.min(t_ns)),
            shares: None,
        });
        self.happen(events, shared);
    }

    /// Lets events happen: recorded, applied, told.
    fn happen(&mut self, events: Vec<Event>, shared: &Shared) {
        let mut guard = shared.run.write();
        let Some(run) = guard.as_mut() else {
            return;
        };
        self.changed |= !events.is_empty();
        for event in events {
            self.lanes_changed |= matches!(
                event.kind,
                Kind::Opened { .. } | Kind::Learnt { .. } | Kind::Ended { .. }
            );
            let room = self.may_keep();
            if let Kind::Output { bytes, .. } = &event.kind {
                self.kept_bytes += bytes.len() as u64;
            }
            self.book.enter(event, room, run);
        }
        drop(guard);
    }

    /// Tells the samplers what there is to read now. Once a turn: a thousand forks a second change it as often.
    fn tell_samplers(&mut self) {
        if !std::mem::take(&mut self.lanes_changed) {
            return;
        }
        let living = self.roster.living().into_iter();
        *self.watched.tasks.lock() = living.map(|(task, _)| task).collect();
        *self.interpreters.lock() = Some(self.roster.interpreters());
    }

    fn notice(&mut self, text: String, shared: &Shared) {
        let t_ns = clock::now_ns().saturating_sub(self.zero_ns);
        self.happen(
            vec![Event {
                t_ns,
                kind: Kind::Notice { text },
            }],
            shared,
        );
    }

    /// Somebody wants it to stop; the first one counts as who ended it.
    pub(super) fn ask_to_stop(&mut self, by: StoppedBy, shared: &Shared) {
        let now_ns = clock::now_ns();
        match by {
            // A second press of the user hurries; a limit passed twice does not.
            StoppedBy::User => self.stop.press(now_ns),
            _ if self.stop.is_asked() => return,
            _ => self.stop.press(now_ns),
        }
        if self.stopped_by.is_none() {
            self.stopped_by = Some(by);
            self.watched.stopping.store(true, Ordering::Relaxed);
            *shared.phase.write() = Phase::Stopping;
            let t_ns = now_ns.saturating_sub(self.zero_ns);
            self.happen(
                vec![Event {
                    t_ns,
                    kind: Kind::StopAsked { by },
                }],
                shared,
            );
        }
        self.signal(now_ns, shared);
    }

    /// It must go, at once.
    pub(super) fn end_at_once(&mut self, shared: &Shared) {
        self.ask_to_stop(StoppedBy::User, shared);
        let now_ns = clock::now_ns();
        self.stop.press_hard(now_ns);
        self.signal(now_ns, shared);
    }

    /// Sends the signal that is due.
    fn signal(&mut self, now_ns: u64, shared: &Shared) {
        let Some(signal) = self.stop.due(now_ns) else {
            return;
        };
        if let Some(signal) = self.stop.new_step(signal) {
            let t_ns = now_ns.saturating_sub(self.zero_ns);
            let kind = Kind::Signalled { signal };
            self.happen(vec![Event { t_ns, kind }], shared);
        }
        let mut send_to_group = || {
            let root = self.root_end.is_none().then_some(&mut self.root);
            stop::send_to_group(signal, root)
        };
        if signal == platform::Signal::Kill {
            // First what is quickest: most of the tree is in the root's group.
            send_to_group();
        }
        let look = sampler::look(&self.watched, &mut self.table, Reach::Everywhere);
        let took_ns = clock::now_ns().saturating_sub(now_ns);
        let group = send_to_group();
        let tree = self.watched.tree.lock();
        self.stop.send_to_rest(signal, group, &tree, now_ns);
        drop(tree);
        self.stop.looked(took_ns);
        self.heed(look, now_ns, took_ns, shared);
    }

    /// Takes in what a look at the tree brought that began at `now_ns`, and decides on the next one.
    fn heed(&mut self, look: Option<Look>, now_ns: u64, took_ns: u64, shared: &Shared) {
        // Who waits for a stop wants the last one's end at once; else the looks may take their time. Looks
        // at hundreds that are dying must not take the cores from them.
        self.look = if self.stop.is_asked() {
            let wait_ns = (took_ns * stop::LOOK_SHARE).max(LOOK_NS);
            (now_ns + wait_ns, LOOK_NS)
        } else {
            (now_ns + self.look.1, (self.look.1 * 2).min(WIDEST_LOOK_NS))
        };
        let Some(look) = look else { return };
        if self.root_end.is_some() {
            if look.alive == 0 && look.ours_to_reap.is_empty() {
                self.tree_empty_ns.get_or_insert(now_ns);
            } else {
                self.tree_empty_ns = None;
            }
        }
        let mut reports = Vec::new();
        sampler::tell(&look, clock::now_ns(), &mut reports);
        for report in reports {
            let events = self.roster.take(report);
            self.happen(events, shared);
        }
    }

    /// The root has ended: reap it, and from now on see what is left.
    pub(super) fn root_exited(&mut self, t_ns: u64, shared: &Shared) {
        self.exit_told = true;
        self.ask_root(t_ns, shared);
    }

    fn ask_root(&mut self, t_ns: u64, shared: &Shared) {
        let Some(reaped) = platform::reap_root(self.root.as_mut()) else {
            return;
        };
        self.root_end = Some(reaped);
        self.watched.tree.lock().root_reaped();
        let report = Report::Gone {
            t_ns,
            pid: self.root.id(),
            how: reaped.how,
            tree_cpu_ns: reaped.tree_cpu_ns,
            peak_rss_bytes: reaped.peak_rss_bytes,
        };
        let events = self.roster.take(report);
        self.happen(events, shared);
    }

    /// Does what is due by the clock. Gives the time by which it wants to be asked again.
    pub(super) fn tick(&mut self, shared: &Shared) -> u64 {
        let now_ns = clock::now_ns();
        if let Some(time_s) = self.limits.time_s
            && now_ns >= self.zero_ns + (time_s * 1e9) as u64
        {
            self.ask_to_stop(StoppedBy::Limit, shared);
        }
        self.look_at_pump(shared);
        self.tell_samplers();
        self.signal(now_ns, shared);
        if self.root_end.is_none() {
            // Where no exit is told (Windows), the handle is asked.
            self.ask_root(now_ns, shared);
        }
        if self.root_end.is_some() && now_ns >= self.look.0 {
            let look = sampler::look(&self.watched, &mut self.table, Reach::Family);
            let took_ns = clock::now_ns().saturating_sub(now_ns);
            self.heed(look, now_ns, took_ns, shared);
        }
        if let Some(problem) = self.book.take_problem() {
            self.notice(problem, shared);
        }
        let soon = if self.stop.is_asked() || self.root_end.is_some() {
            5_000_000
        } else {
            20_000_000
        };
        now_ns + soon
    }

    /// Whether something happened since this was last asked.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Whether the root's exit is still to be told.
    pub(super) fn waits_for_exit(&self) -> bool {
        self.root_end.is_none() && !self.exit_told
    }

    /// A run is alive: another one can't be started beside it.
    pub(super) fn refuse_start(&mut self, shared: &Shared) {
        self.notice(
            "A run is alive: stop it before starting another".to_owned(),
            shared,
        );
    }

    /// Whether output can be taken without waiting for the disk.
    pub(super) fn has_room(&self, shared: &Shared) -> bool {
        let held = shared.hold.load(Ordering::Relaxed);
        (!held || self.stop.is_asked()) && self.book.has_room()
    }
}

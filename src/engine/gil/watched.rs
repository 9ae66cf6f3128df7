//! A process that is watched: its reads, its looks, and what is told of them.

use std::path::Path;

use super::Target;
use super::doing::{Done, Gil, Thread};
use super::holds::Holds;
use super::reader::Reader;
use super::stays::Stays;
use super::subs::Subs;
use crate::clock;
use crate::engine::report::Report;

/// A process that is watched.
pub(super) struct Watched {
    pub(super) target: Target,
    /// None where it can't be read.
    pub(super) reader: Option<Reader>,
    pub(super) holds: Holds,
    pub(super) threads: Vec<Thread>,
    pub(super) stays: Stays,
    /// The GILs of its sub-interpreters.
    pub(super) subs: Subs,
}

impl Watched {
    pub(super) fn heed(&mut self, target: Target, out: &mut Vec<Report>) {
        if self.target == target && self.threads.len() == target.threads.len() {
            return;
        }
        let mut last = Vec::new();
        self.threads.retain_mut(|thread| {
            let lives = target.threads.iter().any(|known| known.0 == thread.tid);
            if !lives && let Some(done) = thread.told() {
                last.push((thread.tid, done));
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

    /// One read of the GIL, and of those of sub-interpreters that several threads use.
    pub(super) fn read(&mut self) {
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
        self.subs.read(reader, true, threads);
    }

    /// Whether several threads share the GIL, or one of its sub-interpreters'.
    pub(super) fn is_contended(&self) -> bool {
        self.reader.is_some() && (self.target.threads.len() > 1 || self.subs.is_shared())
    }

    /// One look at the threads, whose files may be kept open.
    pub(super) fn look(&mut self, keep: bool, pipes: &Path, out: &mut Vec<Report>) {
        if self.target.gil && self.reader.is_none() {
            return; // Nothing told a wait for the GIL from another, or who has it.
        }
        let mut waits_at = Vec::new();
        if let Some(reader) = &mut self.reader {
            if let Some(found) = reader.subs(&self.subs.places()) {
                self.subs.keep(&found);
            }
            self.subs.read(reader, false, &self.target.threads);
            let main = reader.main_gil().map(|at| (Reader::waits_at(at), None));
            let subs = self.subs.places().into_iter();
            let subs = subs.map(|(id, at)| (Reader::waits_at(at), Some(id)));
            waits_at = main.into_iter().chain(subs).collect();
        }
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
            } else if ident.is_some_and(|known| self.subs.is_held_by(known.1)) {
                // A sub-interpreter's thread holds its own interpreter's.
                Gil::Apart
            } else {
                Gil::NotHeld(&waits_at)
            };
            thread.keep(keep);
            let done = thread.look(gil, pipes, clock::now_ns());
            did.extend(done.map(|done| (thread.tid, done)));
        }
        self.say(did, out);
    }

    fn say(&mut self, did: Vec<(u64, Done)>, out: &mut Vec<Report>) {
        if did.is_empty() {
            return;
        }
        let threads = &self.target.threads;
        for &(tid, (_, which, from_ns, to_ns)) in &did {
            let ident = threads.iter().find(|thread| thread.0 == tid);
            if let Some(id) = which {
                let ident = ident.map(|thread| thread.1);
                self.subs.waited(id, ident, (tid, from_ns, to_ns));
            }
        }
        let did = did
            .into_iter()
            .map(|(tid, (doing, _, from_ns, to_ns))| (tid, doing, from_ns, to_ns))
            .collect();
        let (t_ns, pid) = (clock::now_ns(), self.target.pid);
        out.push(Report::Did { t_ns, pid, did });
    }

    /// Tells what was found since the last time.
    pub(super) fn tell(&mut self, out: &mut Vec<Report>, last: bool) {
        let (t_ns, pid) = (clock::now_ns(), self.target.pid);
        let found = self.stays.told(t_ns, last);
        if !found.is_empty() {
            out.push(Report::At { t_ns, pid, found });
        }
        let did = self
            .threads
            .iter_mut()
            .filter_map(|thread| Some((thread.tid, thread.told()?)))
            .collect();
        self.say(did, out);
        for told in self.holds.told() {
            out.push(Report::Gil {
                t_ns: told.to_ns,
                pid,
                held: told.into(),
            });
        }
        let gils = self.subs.told(t_ns, last);
        if !gils.is_empty() {
            out.push(Report::SubGils { t_ns, pid, gils });
        }
    }
}

//! A process that is watched: its reads, its looks, and what is told of them.

use super::Target;
use super::doing::{Gil, Thread};
use super::holds::Holds;
use super::reader::Reader;
use super::stays::Stays;
use crate::clock;
use crate::engine::report::{Held, Report};

/// A process that is watched.
pub(super) struct Watched {
    pub(super) target: Target,
    /// None where it can't be read.
    pub(super) reader: Option<Reader>,
    pub(super) holds: Holds,
    pub(super) threads: Vec<Thread>,
    pub(super) stays: Stays,
}

impl Watched {
    pub(super) fn heed(&mut self, target: Target, out: &mut Vec<Report>) {
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
    }

    /// Whether several threads share the GIL.
    pub(super) fn is_contended(&self) -> bool {
        self.reader.is_some() && self.target.threads.len() > 1
    }

    /// One look at the threads, whose files may be kept open.
    pub(super) fn look(&mut self, keep: bool, out: &mut Vec<Report>) {
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
    pub(super) fn tell(&mut self, out: &mut Vec<Report>, last: bool) {
        let (t_ns, pid) = (clock::now_ns(), self.target.pid);
        let found = self.stays.told(t_ns, last);
        if !found.is_empty() {
            out.push(Report::At { t_ns, pid, found });
        }
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

//! Whose GIL and whose thread it is that was looked at.

use super::Roster;
use super::process::Process;
use crate::engine::channel::Span;
use crate::engine::gil::Target;
use crate::engine::report::{Held, SubHeld};
use crate::run::{Doing, Hold, Kind, LaneId, SubGil};

impl Roster {
    /// The interpreters that live.
    pub(in crate::engine) fn interpreters(&self) -> Vec<Target> {
        let living = self.processes.iter().filter(|p| p.ended.is_none());
        living
            .filter_map(|process| {
                let python = process.python?;
                let parts = process.owners.values().filter(|part| part.alive);
                let threads = parts.filter_map(|part| Some((part.tid?, part.ident)));
                Some(Target {
                    pid: process.pid,
                    fork_of: process.parent.filter(|_| python.fork),
                    since_ns: python.since_ns,
                    gil: python.gil,
                    threads: [(python.tid, python.ident)]
                        .into_iter()
                        .chain(threads)
                        .collect(),
                })
            })
            .collect()
    }

    pub(super) fn gil(&mut self, t_ns: u64, pid: u32, held: Held) {
        let Some(index) = self.find(pid) else {
            return;
        };
        let process = &self.processes[index];
        let kind = Kind::Gil {
            lane: process.lane,
            from_ns: held.from_ns.saturating_sub(self.zero_ns),
            reads: held.reads,
            handoffs: held.handoffs,
            holds: self.holds(process, held.spans),
        };
        self.event(t_ns, kind);
    }

    pub(super) fn sub_gils(&mut self, t_ns: u64, pid: u32, gils: Vec<SubHeld>) {
        let Some(index) = self.find(pid) else {
            return;
        };
        let process = &self.processes[index];
        let since = |t_ns: u64| t_ns.saturating_sub(self.zero_ns);
        let one = |sub: SubHeld| SubGil {
            interpreter: sub.interpreter,
            from_ns: since(sub.held.from_ns),
            to_ns: since(sub.to_ns),
            reads: sub.held.reads,
            handoffs: sub.held.handoffs,
            holds: self.holds(process, sub.held.spans),
            waits: sub
                .waits
                .into_iter()
                .filter_map(|(tid, from_ns, to_ns)| {
                    let by = by_tid(process, tid, u64::midpoint(from_ns, to_ns))?;
                    Some((by, since(from_ns), since(to_ns)))
                })
                .collect(),
        };
        let kind = Kind::SubGils {
            lane: process.lane,
            gils: gils.into_iter().map(one).collect(),
        };
        self.event(t_ns, kind);
    }

    fn holds(&self, process: &Process, spans: Vec<(Option<u64>, u64, u64)>) -> Vec<Hold> {
        let since = |t_ns: u64| t_ns.saturating_sub(self.zero_ns);
        let hold = |(ident, from_ns, to_ns): (Option<u64>, u64, u64)| {
            let middle_ns = u64::midpoint(from_ns, to_ns);
            let by = ident.and_then(|ident| by_ident(process, ident, middle_ns));
            (by, since(from_ns), since(to_ns))
        };
        spans.into_iter().map(hold).collect()
    }

    /// An import turned the GIL on.
    pub(super) fn gil_on(&mut self, index: usize, t_ns: u64) {
        let Some(python) = &mut self.processes[index].python else {
            return;
        };
        if std::mem::replace(&mut python.gil, true) {
            return;
        }
        // To be looked at anew.
        python.since_ns = t_ns;
        let lane = self.processes[index].lane;
        self.learn(t_ns, lane, |info| info.gil = Some(true));
        if !std::mem::replace(&mut self.gil_on_told, true) {
            let text = "An import turned the GIL back on: a module in C does not say that it can do without. From there \
                 on threads take turns. What it wrote on stderr names the module; PYTHON_GIL=0 leaves the GIL off."
                .to_owned();
            self.event(t_ns, Kind::Notice { text });
        }
    }

    /// A process that stamps itself told who held its GIL and who waited for it.
    pub(super) fn held(
        &mut self,
        index: usize,
        t_ns: u64,
        from_ns: u64,
        handoffs: u64,
        spans: &[Span],
    ) {
        let process = &self.processes[index];
        let since = |t_ns: u64| t_ns.saturating_sub(self.zero_ns);
        let (mut holds, mut did) = (Vec::new(), Vec::new());
        for span in spans {
            let by = process.lane_of(span.owner);
            let (from_ns, to_ns) = (since(span.from_ns), since(span.to_ns));
            if span.held {
                holds.push((by, from_ns, to_ns));
            }
            let doing = if span.held {
                Doing::Python
            } else {
                Doing::WaitsForGil
            };
            did.extend(by.map(|lane| (lane, doing, from_ns, to_ns)));
        }
        let kind = Kind::Gil {
            lane: process.lane,
            from_ns: since(from_ns),
            reads: 0,
            handoffs: Some(handoffs),
            holds,
        };
        self.event(t_ns, kind);
        self.event(t_ns, Kind::Did { did });
    }

    pub(super) fn did(&mut self, t_ns: u64, pid: u32, did: Vec<(u64, Doing, u64, u64)>) {
        let Some(index) = self.find(pid) else {
            return;
        };
        let process = &self.processes[index];
        let since = |t_ns: u64| t_ns.saturating_sub(self.zero_ns);
        let did: Vec<_> = did
            .into_iter()
            .filter_map(|(tid, doing, from_ns, to_ns)| {
                let lane = by_tid(process, tid, u64::midpoint(from_ns, to_ns))?;
                Some((lane, doing, since(from_ns), since(to_ns)))
            })
            .collect();
        if !did.is_empty() {
            self.event(t_ns, Kind::Did { did });
        }
    }
}

/// The lane of a thread by Python's number, which another thread may have had before.
pub(super) fn by_ident(process: &Process, ident: u64, t_ns: u64) -> Option<LaneId> {
    if process.python.is_some_and(|python| python.ident == ident) {
        return Some(process.lane);
    }
    let parts = process.owners.values().filter(|part| part.ident == ident);
    parts
        .filter(|part| part.since_ns <= t_ns && part.until_ns.is_none_or(|until| t_ns <= until))
        .map(|part| part.lane)
        .next_back()
}

fn by_tid(process: &Process, tid: u64, t_ns: u64) -> Option<LaneId> {
    if process.python.is_some_and(|python| python.tid == tid) {
        return Some(process.lane);
    }
    let parts = process.owners.values().filter(|part| part.tid == Some(tid));
    parts
        .filter(|part| part.since_ns <= t_ns)
        .map(|part| part.lane)
        .next_back()
}

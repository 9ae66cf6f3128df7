//! What the roster knows of one process.

use std::collections::BTreeMap;

use crate::engine::attribution::Attribution;
use crate::engine::channel::Owner;
use crate::run::{Ended, LaneId, Stream, total};

/// A process, from its first sign to its end.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) lane: LaneId,
    pub(super) pid: u32,
    /// Who will reap it, as far as is known.
    pub(super) parent: Option<u32>,
    /// Whether it said hello.
    pub(super) probed: bool,
    /// What it said of its interpreter, where it is one with a GIL.
    pub(super) python: Option<Python>,
    /// Whether its stdout and its stderr are pipes of ours.
    pub(super) ours: [bool; 2],
    /// Whether somebody reported to have started it.
    pub(super) started: bool,
    pub(super) up: bool,
    /// Whether its parent asked it to end.
    pub(super) terminated: bool,
    /// When it was gone, absolute, and how.
    pub(super) ended: Option<(u64, Ended)>,
    /// Its CPU nanoseconds with its reaped children's, from whoever reaped it.
    pub(super) tree_ns: Option<u64>,
    /// What its own reaped children had used, with theirs.
    pub(super) children_ns: u64,
    /// The newest sample of its own CPU nanoseconds, all threads.
    pub(super) sampled_ns: u64,
    /// Its threads and calls that have lanes.
    pub(super) owners: BTreeMap<Owner, Part>,
    /// What threads and calls that ended had used.
    pub(super) ended_ns: u64,
    /// Who wrote what, by stream, once that is recorded.
    pub(super) writes: Option<[Attribution; 2]>,
    /// On whose lane a line was left open, by stream.
    pub(super) open: [Option<LaneId>; 2],
}

/// What a Python process said of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Python {
    /// Its main thread, as the operating system and as Python number it.
    pub(super) tid: u64,
    pub(super) ident: u64,
    /// Whether it is a fork of a program that reported before.
    pub(super) fork: bool,
    pub(super) since_ns: u64,
    /// Whether its GIL was on.
    pub(super) gil: bool,
}

/// A thread or call of a process.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) lane: LaneId,
    /// As the operating system numbers it; none for a call.
    pub(super) tid: Option<u64>,
    /// As Python numbers it; 0 for a call.
    pub(super) ident: u64,
    /// From when to when it was there, absolute.
    pub(super) since_ns: u64,
    pub(super) until_ns: Option<u64>,
    /// For a call, what the process had used when it began.
    pub(super) base_ns: u64,
    /// The newest known CPU nanoseconds.
    pub(super) cpu_ns: u64,
    pub(super) alive: bool,
    /// Ended with its process, not by itself.
    pub(super) cut: bool,
}

impl Process {
    pub(super) fn new(lane: LaneId, pid: u32, parent: Option<u32>) -> Self {
        Self {
            lane,
            pid,
            parent,
            probed: false,
            python: None,
            ours: [false; 2],
            started: false,
            up: false,
            terminated: false,
            ended: None,
            tree_ns: None,
            children_ns: 0,
            sampled_ns: 0,
            owners: BTreeMap::new(),
            ended_ns: 0,
            writes: None,
            open: [None; 2],
        }
    }

    /// The lane of a thread or call; 0 is the process.
    pub(super) fn lane_of(&self, owner: Owner) -> Option<LaneId> {
        match owner {
            0 => Some(self.lane),
            owner => self.owners.get(&owner).map(|part| part.lane),
        }
    }

    /// The thread that the operating system numbers so; none where it has no lane.
    pub(super) fn owner_of(&self, tid: u64) -> Option<Owner> {
        let parts = self.owners.iter();
        // The system gives a number again, and what was said may be heard when the process is gone.
        parts
            .filter(|(_, part)| part.tid == Some(tid))
            .max_by_key(|&(&owner, part)| (part.alive, owner))
            .map(|(&owner, _)| owner)
            .or_else(|| {
                self.python
                    .is_some_and(|python| python.tid == tid)
                    .then_some(0)
            })
    }

    /// What of the CPU of a process and its children was its own, without its threads that have lanes.
    pub(super) fn own_ns(&self, tree_ns: u64, unprobed_children_ns: u64) -> u64 {
        let all_ns = tree_ns.saturating_sub(self.children_ns);
        self.without_parts(all_ns.saturating_sub(unprobed_children_ns))
    }

    /// What of `all_ns`, the process's CPU without children's, is the process lane's own: its threads and
    /// calls that have lanes are shown there, and nothing is shown twice.
    pub(super) fn without_parts(&self, all_ns: u64) -> u64 {
        let parts = self.owners.values();
        let living = parts
            .filter(|part| part.alive || part.cut)
            .map(|part| part.cpu_ns);
        let living = total(living);
        all_ns.saturating_sub(self.ended_ns).saturating_sub(living)
    }

    /// Takes a thread or call that ended by itself out of the living.
    pub(super) fn end_part(&mut self, owner: Owner, cpu_ns: u64) {
        if let Some(part) = self.owners.get_mut(&owner).filter(|part| part.alive) {
            part.alive = false;
            part.cpu_ns = cpu_ns;
            self.ended_ns = self.ended_ns.saturating_add(cpu_ns);
        }
    }

    pub(super) fn writes_of(&mut self, stream: Stream) -> Option<&mut Attribution> {
        let [stdout, stderr] = self.writes.as_mut()?;
        Some(match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
        })
    }
}

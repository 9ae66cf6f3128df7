//! What the engine's sources tell the roster. Times are absolute ([`crate::clock`]); the roster
//! makes them relative to time zero, and processes and threads into lanes.

use std::sync::Arc;

use crate::run::{Doing, Ended, Place, Stream};

/// Something that a source saw.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// The operating system's process table has a process of the run (found by the tree scan).
    Appeared {
        /// When it was seen.
        t_ns: u64,
        /// Its number.
        pid: u32,
        /// Its parent's.
        parent: u32,
        /// Its command line.
        args: Vec<String>,
        /// When the operating system says that it started.
        started_ns: Option<u64>,
        /// Whether its stdout and its stderr are the very ones of its parent; none where that can't be told.
        shares: Option<[bool; 2]>,
    },
    /// A process reported itself through the channel.
    Probe {
        /// Its number.
        pid: u32,
        /// What it said.
        said: super::channel::Said,
    },
    /// Bytes came from a process.
    Bytes {
        /// When they were read.
        t_ns: u64,
        /// Whose pipe it was.
        pid: u32,
        /// The stream.
        stream: Stream,
        /// What came; never empty.
        bytes: Arc<[u8]>,
    },
    /// The pipe of a process has no writer any more.
    Closed {
        /// When it was seen.
        t_ns: u64,
        /// Whose pipe it was.
        pid: u32,
        /// The stream; none for the channel itself.
        stream: Option<Stream>,
    },
    /// A process is gone: from our own `wait4`, a pidfd, or the process table.
    Gone {
        /// When it was seen.
        t_ns: u64,
        /// Its number.
        pid: u32,
        /// How, where known.
        how: Ended,
        /// Its lifetime CPU nanoseconds, its reaped children's included, where known.
        tree_cpu_ns: Option<u64>,
        /// Its peak resident bytes, where known.
        peak_rss_bytes: Option<u64>,
    },
    /// Who held the GIL of a process.
    Gil {
        /// Until when it was watched.
        t_ns: u64,
        /// The process.
        pid: u32,
        /// What was found.
        held: Held,
    },
    /// The GIL of a process can't be read.
    GilUnknown {
        /// When that was found.
        t_ns: u64,
        /// The process.
        pid: u32,
        /// Why not.
        why: String,
    },
    /// Who held the GILs of a process's sub-interpreters, and who waited for them.
    SubGils {
        /// When that was told.
        t_ns: u64,
        /// The process.
        pid: u32,
        /// What was found of each.
        gils: Vec<SubHeld>,
    },
    /// Whether a process has sub-interpreters with a GIL of their own can't be read.
    SubGilsUnknown {
        /// When that was found.
        t_ns: u64,
        /// The process.
        pid: u32,
        /// Why not.
        why: String,
    },
    /// What threads of a process did.
    Did {
        /// When that was found.
        t_ns: u64,
        /// The process.
        pid: u32,
        /// Thread as the operating system numbers it, what it did, from when, until when.
        did: Vec<(u64, Doing, u64, u64)>,
    },
    /// Where in the code threads of a process were.
    At {
        /// When that was told.
        t_ns: u64,
        /// The process.
        pid: u32,
        /// Of each thread in the order of time.
        found: Vec<Found>,
    },
    /// Something that the user must know.
    Trouble {
        /// When it was seen.
        t_ns: u64,
        /// A sentence for the user.
        text: String,
    },
    /// A sampling pass.
    Sampled {
        /// When.
        t_ns: u64,
        /// Process or thread, and lifetime CPU nanoseconds without children's.
        cpu: Vec<(Task, u64)>,
        /// Busy cores of the machine since the last pass.
        machine_cores: Option<f32>,
        /// Resident bytes of the tree.
        rss_bytes: u64,
    },
}

/// Who held a GIL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Thread as Python numbers it (none: one that is not known), from when, until when.
    pub spans: Vec<(Option<u64>, u64, u64)>,
    /// Since when it was watched.
    pub from_ns: u64,
    /// In how many reads.
    pub reads: u64,
    /// The interpreter's own count of hand-offs since the process began.
    pub handoffs: Option<u64>,
}

/// Who held a sub-interpreter's GIL, and who waited for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubHeld {
    /// As CPython numbers it.
    pub interpreter: u64,
    /// Until when it was watched.
    pub to_ns: u64,
    /// Who held it.
    pub held: Held,
    /// Thread as the operating system numbers it, from when, until when.
    pub waits: Vec<(u64, u64, u64)>,
}

/// Where a thread was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The thread as Python numbers it.
    pub ident: u64,
    /// Where; none in no code of the user's.
    pub place: Option<Place>,
    /// The first read that found it there, or the last one that was told.
    pub from_ns: u64,
    /// The last read that found it there.
    pub to_ns: u64,
}

/// A process, or a thread of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    /// The process.
    pub pid: u32,
    /// The thread; none for the whole process.
    pub tid: Option<u64>,
}

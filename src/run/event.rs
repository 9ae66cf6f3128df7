//! The closed set of things that can happen in a run. All times are nanoseconds since time zero.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Place, PlaceId, Stay};

/// A lane's number: its index in [`super::Run::lanes`], given by the engine in order of appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LaneId(pub u32);

impl LaneId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An output block's number: its index in [`super::LogIndex::blocks`], from 0 with none left out.
pub type BlockId = u64;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, in nanoseconds since time zero.
    pub t_ns: u64,
    /// What.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A process, thread or call appeared. `lane` is the next number; `t_ns` is the best known start.
    Opened {
        /// The next number.
        lane: LaneId,
        /// Who it is.
        info: LaneInfo,
    },
    /// More was learnt about who a lane is.
    Learnt {
        /// Which lane.
        lane: LaneId,
        /// All of it, replacing what was known.
        info: LaneInfo,
    },
    /// The starter called `start()` (or forked) for this lane at `t_ns`. May come after `Opened`.
    Started {
        /// Which lane.
        lane: LaneId,
    },
    /// The lane's interpreter runs its first line of Python; what comes before its first user code is imports.
    Interpreter {
        /// Which lane: a process.
        lane: LaneId,
    },
    /// The lane's first user code begins; what it used until then is start-up.
    Up {
        /// Which lane.
        lane: LaneId,
        /// CPU nanoseconds that it had used by then.
        cpu_ns: u64,
    },
    /// `lane` begins to wait in `join` for `on`.
    JoinBegan {
        /// Who waits.
        lane: LaneId,
        /// For whom.
        on: LaneId,
    },
    /// `lane` no longer waits in `join` for `on` (which may have timed out).
    JoinEnded {
        /// Who waited.
        lane: LaneId,
        /// For whom.
        on: LaneId,
    },
    /// Text came from a lane. The store keeps the bytes; the index keeps the rest.
    Output {
        /// Who wrote it.
        lane: LaneId,
        /// Where to.
        stream: Stream,
        /// Whether `t_ns` is when it was read or when `write` was called.
        stamp: Stamp,
        /// Whether it goes on with a line that the lane's last block on this stream left open.
        continues: bool,
        /// Whether the writer could not be told among a process's threads, so that `lane` is the process.
        unattributed: bool,
        /// The bytes as written; ends in a newline unless the line was left open. Never empty.
        #[serde(skip)]
        bytes: Arc<[u8]>,
    },
    /// Bytes reached one of our pipes and are not kept (quota, full disk).
    Lost {
        /// Who wrote them.
        lane: LaneId,
        /// Where to.
        stream: Stream,
        /// How many bytes.
        bytes: u64,
        /// How many of them are newlines.
        lines: u64,
    },
    /// CPU time used so far, of each lane that is known to run and can be read.
    Cpu {
        /// Lane and its lifetime CPU nanoseconds at `t_ns`, without its reaped children's.
        lanes: Vec<(LaneId, u64)>,
        /// Busy cores of the whole machine over the time since the last sample; none where unknown.
        machine_cores: Option<f32>,
        /// Resident bytes of the whole tree; what processes share counts once, where the system can tell.
        rss_bytes: u64,
    },
    /// Who held the GIL of a process, as read from outside, since the last such event of that process.
    Gil {
        /// The process.
        lane: LaneId,
        /// Since when it was watched; until the event's own time.
        from_ns: u64,
        /// In how many reads.
        reads: u64,
        /// How often it was handed on since the process began, by the interpreter's own count; none where that was
        /// not found.
        handoffs: Option<u64>,
        /// Who held it from when to when, in the order of time. A first one that begins at `from_ns` goes on with
        /// the last one of the event before, where that was the same thread's.
        holds: Vec<Hold>,
    },
    /// The GIL of a process can't be read.
    GilUnknown {
        /// The process.
        lane: LaneId,
        /// Why not.
        why: String,
    },
    /// Who held the GILs of a process's sub-interpreters, and who waited for them, since the last such event of that
    /// process.
    SubGils {
        /// The process.
        lane: LaneId,
        /// Of one GIL in the order of time.
        gils: Vec<SubGil>,
    },
    /// Whether a process has sub-interpreters with a GIL of their own can't be read.
    SubGilsUnknown {
        /// The process.
        lane: LaneId,
        /// Why not.
        why: String,
    },
    /// What threads did from when to when, by the operating system's word. In the order of time for each.
    Did {
        /// Lane, what it did, from when, until when.
        did: Vec<(LaneId, Doing, u64, u64)>,
    },
    /// A place in the code that is new in this run.
    Place {
        /// The next number.
        id: PlaceId,
        /// Where it is.
        place: Place,
    },
    /// Where in the code lanes were found. In the order of time for each. One that begins where the lane's last one
    /// ended goes on with it, if the place is the same.
    At {
        /// Lane, place (none: in no code of the user's), first and last read that found it there.
        at: Vec<Stay>,
    },
    /// The lane's process or thread is gone. May come twice for one lane, with more known the second
    /// time; the earlier time and the better accounting count.
    Ended {
        /// Which lane.
        lane: LaneId,
        /// How; `Unknown` until somebody reaped it.
        how: Ended,
        /// Lifetime CPU nanoseconds from the operating system's accounting, without its reaped children's;
        /// none where only samples are known.
        cpu_ns: Option<u64>,
        /// Peak resident bytes; none where unknown.
        peak_rss_bytes: Option<u64>,
    },
    /// Somebody or something asked the run to stop.
    StopAsked {
        /// Who.
        by: StoppedBy,
    },
    /// A step of the stop: this went to all that was alive of the tree.
    Signalled {
        /// As Unix numbers it: 2 (SIGINT), 15 (SIGTERM) or 9 (SIGKILL); what stands for it on Windows too.
        signal: i32,
    },
    /// A sentence for the user.
    Notice {
        /// What failed, on what, what to do now.
        text: String,
    },
    /// Nothing of the tree is left, and all its output has come. Always last.
    RunEnded(super::RunEnd),
}

/// A time in which a thread held the GIL: who (none where that is not known), from when, until when.
pub type Hold = (Option<LaneId>, u64, u64);

/// What was read of the GIL of a sub-interpreter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubGil {
    /// As CPython numbers its interpreter: no number is given twice in a process.
    pub interpreter: u64,
    /// Since when it was watched.
    pub from_ns: u64,
    /// Until when.
    pub to_ns: u64,
    /// In how many reads; if none, only waits are told.
    pub reads: u64,
    /// How often it was handed on since the interpreter began, by its own count.
    pub handoffs: Option<u64>,
    /// Who held it from when to when, as in [`Kind::Gil`].
    pub holds: Vec<Hold>,
    /// Who waited for it, from when, until when, in the order of time for each.
    pub waits: Vec<(LaneId, u64, u64)>,
}

/// What a thread does, as found by looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// It runs Python: it holds its process's GIL, where there is one, and has a core.
    Python,
    /// It runs Python under the GIL of its own sub-interpreter.
    Apart,
    /// It runs without the GIL: C code that let it go.
    Outside,
    /// It waits for the GIL: its process's, or a sub-interpreter's where [`Kind::SubGils`] has that wait.
    WaitsForGil,
    /// It is ready, and every core that it may use is taken.
    WaitsForCore,
    /// It waits for something else: time, input, a lock, output that is not ours.
    Blocked,
    /// It writes into a pipe of ours that is full: it waits until we have read.
    WaitsForReader,
}

/// Who a lane is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneInfo {
    /// Who started it.
    pub parent: Option<LaneId>,
    /// What it is.
    pub kind: LaneKind,
    /// Its process.
    pub pid: u32,
    /// Its thread, as the operating system numbers it, where it is one.
    pub tid: Option<u64>,
    /// As Python names it: `Process-1`, `Thread-2`.
    pub name: String,
    /// A worker's arguments, or a process's command line.
    pub args: String,
    /// Whether the probe reports from it; if not, the operating system does.
    pub probed: bool,
    /// The encoding that it reported for its stdout, such as `utf-8`.
    pub encoding: String,
    /// Whether the GIL was on when the interpreter said hello, or was turned on since; none for what is no interpreter of its own, what
    /// is not probed, and in older files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gil: Option<bool>,
    /// Of a process that is not probed, whether its stdout or stderr is a pipe of its parent's, so that what it
    /// prints stands among its parent's lines; none where it could not be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub among: Option<bool>,
}

/// What a lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneKind {
    /// The interpreter that ran the script: its main thread.
    Root,
    /// A process that runs user code: `multiprocessing.Process`, a pool's process, a Python child.
    Process,
    /// A thread that runs user code.
    Thread,
    /// A call of `work` in turn.
    Call,
    /// The resource tracker, the forkserver, a pool's handler thread: started by the library.
    Service,
    /// A process that is no Python, such as a shell.
    Other,
}

impl LaneKind {
    /// Whether it was started to run user code.
    pub fn is_worker(self) -> bool {
        matches!(self, Self::Process | Self::Thread | Self::Call)
    }

    /// Whether it is a process, not a part of one.
    pub fn is_process(self) -> bool {
        matches!(self, Self::Root | Self::Process | Self::Other)
    }
}

/// Which of the two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// File descriptor 1.
    Stdout,
    /// File descriptor 2.
    Stderr,
}

/// What an output's time says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stamp {
    /// When the pipe was read.
    Read,
    /// When `write` was called.
    Written,
}

/// How a lane ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "how", content = "with", rename_all = "snake_case")]
pub enum Ended {
    /// It is gone, and nobody has said how.
    Unknown,
    /// With an exit status.
    Exited(i32),
    /// By a signal's number.
    Killed(i32),
    /// By its own parent's `terminate()` or `kill()`, as a pool ends its processes.
    ByParent(i32),
    /// A thread or call came to its end.
    Returned,
    /// A thread or call was left by an exception.
    Raised,
}

/// Who ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoppedBy {
    /// It came to its own end.
    End,
    /// The time limit.
    Limit,
    /// The user.
    User,
    /// The output quota.
    Quota,
    /// The memory limit.
    Memory,
    /// A disk that ran short of room.
    Disk,
    /// It could not go on.
    Error,
}

impl StoppedBy {
    /// The word for it in files and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Limit => "limit",
            Self::User => "user",
            Self::Quota => "quota",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Error => "error",
        }
    }
}

//! What a probe says, and how it is read from the channel's bytes.
//!
//! A watched process has an event pipe of its own. It writes lines to it, each at most [`LINE`] bytes so
//! that one `write` is atomic, and each of the form
//!
//! ```text
//! t_ns <tab> verb <tab> field <tab> field … <newline>
//! ```
//!
//! `t_ns` is absolute ([`crate::clock`]). In a field, backslash, tab, newline and carriage return are
//! written `\\`, `\t`, `\n`, `\r`; a list's items are separated by `\x1f`. Text is UTF-8; what is not
//! was replaced by the writer. Unknown verbs, too few fields and broken numbers are errors that the
//! reader counts and passes over; further fields are ignored, so that either side may be newer.
//!
//! | verb | fields | meaning |
//! |---|---|---|
//! | `hello` | pid, ppid, tid, ident, how, version, gil, encoding, taken, args | a program begins to report: `how` is `new` or `fork`, `taken` says which of its pipes (`o`, `e`) it put under its descriptors |
//! | `up` | `cpu_ns`, name, args | its first user code begins |
//! | `started` | pid, name, args | `BaseProcess.start` made this process; `t_ns` is when it was called |
//! | `terminated` | pid | it called `terminate()` or `kill()` on its child |
//! | `reaped` | pid, exited, signal, `cpu_ns`, `rss_bytes` | it reaped its child; CPU as `wait4` told it, the child's reaped children included |
//! | `join` | by, pid or empty, owner or empty | `by` begins to wait in `join` for a process or for one of its own threads |
//! | `joined` | by, pid or empty, owner or empty | it no longer waits |
//! | `thread` | owner, tid, ident, `started_ns`, name, target, args | a thread runs its first user code; `target` is `module:name` |
//! | `ended` | owner, `cpu_ns`, raised | the thread is at its end |
//! | `call` | owner, `cpu_ns`, name, args | a call of `work` in turn begins; CPU of the process so far |
//! | `returned` | owner, `cpu_ns`, raised | it ended |
//! | `held` | `from_ns`, handoffs, spans | who held the GIL (`h`) or waited for it (`w`): a list of `owner:h:from_ns:to_ns`; said by built-in workers |
//! | `gil` | | an import turned its GIL on |
//! | `ring` | name, slots | the file in the run's directory where the process records its threads' writes ([`super::attribution`]) |
//! | `wrote` | tid, stream, size, first, last | a thread of a sub-interpreter wrote so many bytes to `o` or `e`, at `t_ns`, 0 where that is not known: the first and the last of them in hexadecimal; said before they reach the pipe |
//!
//! An *owner* is a number that a process gives to a thread or a call, from 1; 0 is the process itself.

mod line;
mod lines;

pub use line::{Broken, encode, parse};
pub use lines::Lines;

pub use super::platform::pipes::Client;

/// The longest line that a probe writes, newline included: `PIPE_BUF` on Linux, so that a line is
/// written whole or not at all.
pub const LINE: usize = 4096;

/// A thread or call of a process, by the number that the process gave it; 0 is the process itself.
pub type Owner = u64;

/// One thing that a probe said.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// When, absolute nanoseconds on the shared clock.
    pub t_ns: u64,
    /// What.
    pub what: What,
}

/// A time in which a thread held its interpreter's GIL, or waited for it, as it stamped itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Whose.
    pub owner: Owner,
    /// Whether it held it; else it waited.
    pub held: bool,
    /// From when, absolute.
    pub from_ns: u64,
    /// Until when, absolute.
    pub to_ns: u64,
}

/// For whom a `join` waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// A child process.
    Process(u32),
    /// A thread of the same process.
    Thread(Owner),
}

/// What a probe says of its own program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hello {
    /// Its process.
    pub pid: u32,
    /// Its parent's.
    pub ppid: u32,
    /// Its main thread, as the operating system numbers it.
    pub tid: u64,
    /// Its main thread, as Python numbers it (`threading.get_ident`); 0 for what is no Python.
    pub ident: u64,
    /// Whether it is a fork of a program that reported before, and so has its command line.
    pub fork: bool,
    /// Such as `3.13.0`.
    pub version: String,
    /// Whether the GIL is on.
    pub gil: bool,
    /// The encoding of its stdout; empty where it has none.
    pub encoding: String,
    /// Whether it put its own pipe under descriptor 1 (`o`), 2 (`e`), or both.
    pub taken: String,
    /// Its command line; empty for a fork.
    pub args: Vec<String>,
}

/// What can be said.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A program begins to report.
    Hello(Box<Hello>),
    /// Its first user code begins.
    Up {
        /// CPU nanoseconds of the process so far.
        cpu_ns: u64,
        /// As Python names the process; empty where it has no name.
        name: String,
        /// A worker's arguments; empty where there are none.
        args: String,
    },
    /// It started a process; the time is when `start()` was called.
    Started {
        /// The child.
        pid: u32,
        /// Its name.
        name: String,
        /// Its arguments.
        args: String,
    },
    /// It asked its child to end.
    Terminated {
        /// The child.
        pid: u32,
    },
    /// It reaped its child.
    Reaped {
        /// The child.
        pid: u32,
        /// Its exit status, where it exited.
        exited: Option<i32>,
        /// The signal that ended it.
        signal: Option<i32>,
        /// Its CPU nanoseconds, its own reaped children's included.
        cpu_ns: u64,
        /// Its peak resident bytes.
        rss_bytes: u64,
    },
    /// It begins to wait in `join`.
    JoinBegan {
        /// Which of its threads or calls waits.
        by: Owner,
        /// For whom.
        on: Whom,
    },
    /// It no longer waits.
    JoinEnded {
        /// Which of its threads or calls waited.
        by: Owner,
        /// For whom.
        on: Whom,
    },
    /// A thread runs its first user code.
    Thread {
        /// Its number.
        owner: Owner,
        /// As the operating system numbers it.
        tid: u64,
        /// As Python numbers it (`threading.get_ident`).
        ident: u64,
        /// When `start()` was called, absolute.
        started_ns: u64,
        /// As Python names it.
        name: String,
        /// What it runs, as `module:name`.
        target: String,
        /// Its arguments.
        args: String,
    },
    /// A thread is at its end.
    ThreadEnded {
        /// Its number.
        owner: Owner,
        /// Its lifetime CPU nanoseconds.
        cpu_ns: u64,
        /// Whether an exception left it.
        raised: bool,
    },
    /// A call in turn begins.
    Call {
        /// Its number.
        owner: Owner,
        /// CPU nanoseconds of the process so far.
        cpu_ns: u64,
        /// Such as `work`.
        name: String,
        /// Its arguments.
        args: String,
    },
    /// A call ended.
    CallEnded {
        /// Its number.
        owner: Owner,
        /// CPU nanoseconds of the process so far.
        cpu_ns: u64,
        /// Whether an exception left it.
        raised: bool,
    },
    /// Who held its GIL and who waited for it; until the line's own time. Said by the built-in workers.
    Held {
        /// Since when, absolute: until then it was told before.
        from_ns: u64,
        /// How often it was handed on since the process began.
        handoffs: u64,
        /// In the order of their ends.
        spans: Vec<Span>,
    },
    /// An import turned its GIL on.
    GilOn,
    /// Where it records which thread wrote what.
    Ring {
        /// The file's name in the run's directory.
        name: String,
        /// How many records it holds before the first is written over.
        slots: u64,
    },
    /// What a sub-interpreter wrote; its owner here is the thread, as the operating system numbers it.
    Wrote(super::attribution::Record),
    /// What the pump read from that file: who wrote what, in the order of the stream.
    Written(Vec<super::attribution::Record>),
    /// What the pump found on the channel and could not read; said once a program.
    Garbled {
        /// Why not.
        why: String,
    },
}

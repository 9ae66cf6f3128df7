//! What differs from system to system, behind one API: a file a platform.

#[cfg(windows)]
#[path = "access_windows.rs"]
mod access;
#[cfg(target_os = "linux")]
#[path = "guard_linux.rs"]
pub(crate) mod guard;
#[cfg(target_os = "macos")]
#[path = "guard_macos.rs"]
pub(crate) mod guard;
#[cfg(windows)]
#[path = "guard_windows.rs"]
pub(crate) mod guard;
#[cfg(target_os = "linux")]
mod limits_linux;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
use macos as system;
#[cfg(unix)]
#[path = "meet_unix.rs"]
pub(crate) mod meet;
#[cfg(windows)]
#[path = "meet_windows.rs"]
pub(crate) mod meet;
#[cfg(not(target_os = "macos"))]
#[path = "opened_elsewhere.rs"]
pub(crate) mod opened;
#[cfg(target_os = "macos")]
#[path = "opened_macos.rs"]
pub(crate) mod opened;
#[cfg(unix)]
#[path = "pipes_unix.rs"]
pub(crate) mod pipes;
#[cfg(windows)]
#[path = "pipes_windows.rs"]
pub(crate) mod pipes;
#[cfg(not(target_os = "linux"))]
mod portable;
#[cfg(unix)]
#[path = "terminal_unix.rs"]
pub(crate) mod terminal;
#[cfg(windows)]
#[path = "terminal_windows.rs"]
pub(crate) mod terminal;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as system;

pub(crate) use system::*;

use crate::run::Ended;

/// What the process table says of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its number, which may be given away after its end.
    pub pid: u32,
    /// Its parent's.
    pub parent: u32,
    /// Its process group; 0 where there are none.
    pub group: u32,
    /// Its session; 0 where there are none.
    pub session: u32,
    /// When it was started, in the system's own units: with `pid`, who it is.
    pub born: u64,
    /// Whether it runs; if not, it waits to be reaped.
    pub alive: bool,
    /// How many threads it has; 0 where unknown.
    pub threads: u32,
    /// Its resident bytes.
    pub rss_bytes: u64,
    /// Its lifetime CPU nanoseconds, without its children's; none where [`process_cpu_ns`] is asked for them.
    pub cpu_ns: Option<u64>,
}

/// Memory that processes may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// What new ones may still take.
    pub available_bytes: u64,
    /// All there is.
    pub all_bytes: u64,
}

/// For what a thread waits.
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "only Linux tells")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// For nothing: it runs, or is ready to.
    Not,
    /// For somebody to wake it at an address of its process: a lock, or the GIL.
    On(usize),
    /// For room in what this descriptor of its process is open as, a pipe perhaps.
    Writing(u32),
    /// For time, input, or something else.
    Otherwise,
}

/// What ends a process, from the politest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signal {
    /// As Ctrl-C does.
    Interrupt,
    /// A request to end.
    Terminate,
    /// Can't be refused.
    Kill,
}

/// A child of ours that was reaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reaped {
    /// How it ended.
    pub how: Ended,
    /// Its lifetime CPU nanoseconds, with those of all that it reaped.
    pub tree_cpu_ns: Option<u64>,
    /// Peak resident bytes, its own.
    pub peak_rss_bytes: Option<u64>,
}

//! macOS: sysinfo's process table, kqueue for exits.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::event::{EvFlags, EventFilter, FilterFlag, KEvent, Kqueue};
use nix::time::ClockId;
use nix::unistd::Pid;

pub(crate) use super::portable::*;
pub(crate) use super::unix::*;
use super::{Entry, Memory, Signal};

/// CPU nanoseconds that the calling thread has used.
pub(crate) fn thread_cpu_ns() -> u64 {
    // CLOCK_THREAD_CPUTIME_ID.
    ClockId::from_raw(16).now().map_or(0, |time| {
        time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
    })
}

/// macOS has no way to become the parent of orphans; the tree scan finds them by their session.
pub(crate) fn adopt_orphans() {}

/// How many more processes and threads may be started: not known here.
pub(crate) fn tasks_left() -> Option<u64> {
    None
}

/// The memory of the machine.
pub(crate) fn memory() -> Option<Memory> {
    let mut system = sysinfo::System::new().ok()?;
    system.refresh_memory();
    let memory = Memory {
        available_bytes: system.available_memory(),
        all_bytes: system.total_memory(),
    };
    (memory.available_bytes > 0).then_some(memory)
}

/// Has all other programs go before this process and what it starts. May be called between fork and exec.
#[expect(unsafe_code, reason = "some system calls have no safe wrapper")]
pub(super) fn give_way() {
    // The background class would also take its disk and its fast cores from it.
    // SAFETY: a system call on numbers.
    unsafe { nix::libc::setpriority(nix::libc::PRIO_PROCESS, 0, 19) };
}

/// Signals a process, but only the one that `entry` describes: a number that was given away has another
/// start time. (There is no descriptor of a process here, so a moment remains between look and signal.)
pub(crate) fn signal(process: &Entry, signal: Signal) -> bool {
    if entry(process.pid).is_none_or(|now| now.born != process.born) {
        return false;
    }
    let signal = match signal {
        Signal::Interrupt => nix::sys::signal::Signal::SIGINT,
        Signal::Terminate => nix::sys::signal::Signal::SIGTERM,
        Signal::Kill => nix::sys::signal::Signal::SIGKILL,
    };
    nix::sys::signal::kill(Pid::from_raw(process.pid.cast_signed()), signal).is_ok()
}

/// Waits until a child of ours has ended, and leaves it unreaped.
pub(crate) fn wait_for_exit(pid: u32) {
    let Ok(queue) = Kqueue::new() else {
        return;
    };
    let exit = KEvent::new(
        pid as usize,
        EventFilter::EVFILT_PROC,
        EvFlags::EV_ADD | EvFlags::EV_ONESHOT,
        FilterFlag::NOTE_EXIT,
        0,
        0,
    );
    let mut events = [exit];
    // One that is gone already can't be added: that is an answer too.
    while queue.kevent(&[exit], &mut events, None) == Err(nix::errno::Errno::EINTR) {}
}

/// Shows this in a small window, by the system's own script runner; whether it did.
pub(crate) fn notify(text: &str) -> bool {
    let script = "on run words
        display alert \"Gilscope can't open its window\" message (item 1 of words) as warning
    end run";
    Command::new("osascript")
        .args(["-e", script, text])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Folders with interpreters by name, beside the search path: Homebrew's and the system's.
pub(crate) fn python_folders() -> Vec<PathBuf> {
    ["/opt/homebrew/bin", "/usr/local/bin"]
        .map(PathBuf::from)
        .to_vec()
}

/// Folders whose folders are installations: python.org's frameworks.
pub(crate) fn python_prefix_parents() -> Vec<PathBuf> {
    [
        "/Library/Frameworks/Python.framework/Versions",
        "/Library/Frameworks/PythonT.framework/Versions",
    ]
    .map(PathBuf::from)
    .to_vec()
}

/// Interpreters that a registry of the system names: there is none.
pub(crate) fn registered_pythons() -> Vec<PathBuf> {
    Vec::new()
}

/// Apple's `/usr/bin/python3` opens an installer, or is the old Python of its developer tools.
pub(crate) fn is_python_stub(path: &Path) -> bool {
    path.parent() == Some(Path::new("/usr/bin"))
}

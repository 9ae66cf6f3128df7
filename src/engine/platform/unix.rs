//! What Linux and macOS share.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::killpg;
use nix::unistd::Pid;
use parking_lot::Mutex;

use super::{Reaped, Signal};
use crate::run::Ended;

/// Keeps a helper program from opening a console window; there are none here.
pub(crate) fn without_console(_command: &mut Command) {}

/// Whether somebody may execute the file.
pub(crate) fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Bytes that this user may still write on the disk of a file; none where that can't be told.
pub(crate) fn free_bytes(file: &Path) -> Option<u64> {
    let disk = nix::sys::statvfs::statvfs(file).ok()?;
    // Wide enough for both here, and narrower on macOS.
    #[allow(clippy::useless_conversion, reason = "narrower on some systems")]
    let (blocks, size) = (
        u64::from(disk.blocks_available()),
        u64::from(disk.fragment_size()),
    );
    Some(blocks.saturating_mul(size))
}

/// The signal that ended a process.
pub(crate) fn signal_of(status: ExitStatus) -> Option<i32> {
    status.signal()
}

/// A signal's name, such as `SIGSEGV`.
pub(crate) fn signal_name(signal: i32) -> String {
    nix::sys::signal::Signal::try_from(signal).map_or_else(
        |_| format!("signal {signal}"),
        |signal| signal.as_str().to_owned(),
    )
}

/// Signals a whole process group, in one go. The caller holds its leader unreaped, so that the number is
/// still the group's.
fn signal_group(group: u32, signal: Signal) -> bool {
    let signal = match signal {
        Signal::Interrupt => nix::sys::signal::Signal::SIGINT,
        Signal::Terminate => nix::sys::signal::Signal::SIGTERM,
        Signal::Kill => nix::sys::signal::Signal::SIGKILL,
    };
    killpg(Pid::from_raw(group.cast_signed()), signal).is_ok()
}

/// Reaps a child of ours that has ended; none while it runs or where it is no child of ours.
pub(crate) fn reap(pid: u32) -> Option<Reaped> {
    let used = wait4::try_wait4_pid(pid).ok()??;
    let how = match (used.status.code(), used.status.signal()) {
        (Some(code), _) => Ended::Exited(code),
        (None, Some(signal)) => Ended::Killed(signal),
        (None, None) => Ended::Unknown,
    };
    let cpu = used.rusage.utime + used.rusage.stime;
    Some(Reaped {
        how,
        tree_cpu_ns: Some(cpu.as_nanos() as u64),
        peak_rss_bytes: Some(used.rusage.maxrss),
    })
}

/// Leaves standard input and output, and gives what they are instead: who reads or writes there waits for nobody else.
pub(super) fn leave_streams() -> Option<std::fs::File> {
    let mut both = std::fs::File::options();
    let null = both.read(true).write(true).open("/dev/null").ok()?;
    let _ = nix::unistd::dup2_stdin(&null);
    let _ = nix::unistd::dup2_stdout(&null);
    Some(null)
}

/// How many processes (on Linux: tasks) this user may have; none where there is no limit, as root has none.
#[cfg(target_os = "linux")]
pub(super) fn limit_of_tasks() -> Option<u64> {
    let (soft, _) = getrlimit(Resource::RLIMIT_NPROC).ok()?;
    let is_limited = soft != nix::sys::resource::RLIM_INFINITY && !nix::unistd::geteuid().is_root();
    is_limited.then_some(soft)
}

/// A file that may grow no further (`ulimit -f`) is an error of its write, and not our end. What we start has the signal
/// as it was: a handler does not outlive an `exec`.
#[expect(unsafe_code, reason = "setting a handler has no safe wrapper")]
pub(crate) fn outlive_limit_of_files() {
    use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
    extern "C" fn nothing(_signal: i32) {}
    let action = SigAction::new(
        SigHandler::Handler(nothing),
        SaFlags::SA_RESTART,
        SigSet::empty(),
    );
    // SAFETY: the handler does nothing.
    let _ = unsafe { sigaction(Signal::SIGXFSZ, &action) };
}

/// The soft limits of descriptors: what was given to us, and what we raised it to.
static DESCRIPTORS: Mutex<Option<[u64; 2]>> = Mutex::new(None);

/// Lets us have as many descriptors as we may: a run of 500 has some 1,500 pipes.
pub(crate) fn raise_descriptors() {
    let mut known = DESCRIPTORS.lock();
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return;
    };
    // macOS names a limit that it then refuses.
    let wanted = if cfg!(target_os = "macos") {
        hard.min(10_240)
    } else {
        hard
    };
    if known.is_none() && setrlimit(Resource::RLIMIT_NOFILE, wanted.max(soft), hard).is_ok() {
        *known = Some([soft, wanted.max(soft)]);
    }
}

/// Starts something under the limit that was given to us: a script has what it has bare.
pub(crate) fn with_given_descriptors<T>(start: impl FnOnce() -> T) -> T {
    let known = DESCRIPTORS.lock();
    let limit = |soft| {
        if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
            let _ = setrlimit(Resource::RLIMIT_NOFILE, soft, hard);
        }
    };
    if let Some([given, _]) = *known {
        limit(given);
    }
    let started = start();
    if let Some([_, raised]) = *known {
        limit(raised);
    }
    started
}

/// Reaps the root, if it has ended.
pub(crate) fn reap_root(root: &mut dyn process_wrap::std::ChildWrapper) -> Option<Reaped> {
    reap(root.id())
}

/// Asks or makes the root's whole group end, while the root is not reaped.
pub(crate) fn signal_root(root: &mut dyn process_wrap::std::ChildWrapper, signal: Signal) {
    // A group that is gone is what was wanted.
    let _ = signal_group(root.id(), signal);
}

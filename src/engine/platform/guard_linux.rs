//! The guard on Linux: the process that was started splits in two, and the program is its child. So orphans come to it.

use std::fs::{File, OpenOptions};
use std::io::{self, PipeReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal};
use nix::sys::stat::Mode;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid};

use crate::engine::guard::{end_all, sweep};

/// So often what is left is looked for anew.
const TRIES: usize = 5;

/// Tells when the guard is gone.
#[derive(Debug)]
pub(crate) struct Watch(PipeReader);

impl Watch {
    /// Waits until the guard is gone.
    pub(crate) fn wait(mut self) {
        // Nothing is ever written: the read ends with the other side.
        let _ = self.0.read(&mut [0]);
    }
}

/// Splits off the program, and gives in it what tells of the guard. The guard never returns.
#[expect(unsafe_code, reason = "fork has no safe wrapper")]
pub(crate) fn stand() -> io::Result<Watch> {
    let (watched, held) = io::pipe()?;
    let waited = [
        Signal::SIGCHLD,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGUSR1,
        Signal::SIGUSR2,
    ]
    .into_iter()
    .collect::<SigSet>();
    // What is sent from here on waits until somebody can take it.
    let before = waited.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    // SAFETY: by contract there is one thread, so the child may do all that this process may.
    match unsafe { nix::unistd::fork() } {
        Ok(ForkResult::Child) => {
            before.thread_set_mask()?;
            Ok(Watch(watched))
        }
        Ok(ForkResult::Parent { child }) => {
            drop(watched);
            let status = attend(child, &waited);
            drop(held);
            follow(status, &before)
        }
        Err(error) => {
            before.thread_set_mask()?;
            Err(error.into())
        }
    }
}

/// Passes signals on until the program has ended, then ends what it left. Gives how it ended.
fn attend(program: Pid, waited: &SigSet) -> WaitStatus {
    super::adopt_orphans();
    name_guard();
    // The program has them. Errors are still told.
    let _ = super::unix::leave_streams();
    let status = loop {
        // First: it may have ended before its end could be told.
        if let Some(status) = reaped(program) {
            break status;
        }
        match wait_for_signal(waited) {
            // It can't be waited for: looked at now and then.
            None => std::thread::sleep(Duration::from_millis(20)),
            // What a terminal sends goes to the whole group: the program has its own.
            Some((Signal::SIGCHLD, _) | (Signal::SIGINT | Signal::SIGQUIT, false)) => {}
            Some((signal, _)) => {
                let _ = nix::sys::signal::kill(program, signal);
            }
        }
    };
    let ended = end_children() + sweep();
    if ended > 0 {
        let _ = writeln!(
            io::stderr(),
            "gilscope: the program is gone; {ended} process(es) that it had started were still there and have been ended. What was recorded of a run can be opened"
        );
    }
    status
}

/// Ends all that came to this process as orphans, and all that they started. Gives how many these were.
fn end_children() -> usize {
    let me = std::process::id();
    let mut ended = 0;
    if !reap_all() {
        return ended;
    }
    // A process may start another while the table is read: only that nobody is left to wait for says that it is over.
    for _ in 0..TRIES {
        ended += end_all(|table| {
            reap_all();
            let children = table.iter().filter(|entry| entry.parent == me);
            children.map(|entry| entry.pid).collect()
        });
        if !reap_all() {
            break;
        }
    }
    ended
}

/// Reaps all that have ended; whether there are more.
fn reap_all() -> bool {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) => return true,
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return false,
        }
    }
}

/// Reaps what has ended; how the program did, if it is among them.
fn reaped(program: Pid) -> Option<WaitStatus> {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(status @ (WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, _, _)))
                if pid == program =>
            {
                return Some(status);
            }
            Ok(WaitStatus::StillAlive) => return None,
            Ok(_) | Err(Errno::EINTR) => {}
            // Nobody is left to wait for.
            Err(_) => return Some(WaitStatus::Exited(program, 1)),
        }
    }
}

/// Ends as the program did.
fn follow(status: WaitStatus, before: &SigSet) -> ! {
    match status {
        WaitStatus::Exited(_, code) => std::process::exit(code),
        WaitStatus::Signaled(_, signal, _) => {
            let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0);
            die_of(signal, before);
            std::process::exit(128 + signal as i32)
        }
        _ => std::process::exit(1),
    }
}

#[expect(unsafe_code, reason = "setting a handler has no safe wrapper")]
fn die_of(signal: Signal, before: &SigSet) {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: the default action runs no code of ours.
    let _ = unsafe { nix::sys::signal::sigaction(signal, &default) };
    let _ = nix::sys::signal::raise(signal);
    let _ = before.thread_set_mask();
}

/// Gives the guard a name of its own in lists of processes.
fn name_guard() {
    let _ = nix::sys::prctl::set_name(c"gilscope-guard");
}

/// The next of these signals, which are blocked, and whether a process sent it; none where that can't be told.
fn wait_for_signal(signals: &nix::sys::signal::SigSet) -> Option<(nix::sys::signal::Signal, bool)> {
    use nix::sys::signalfd::SignalFd;
    let told = SignalFd::new(signals).ok()?.read_signal().ok()??;
    let signal = nix::sys::signal::Signal::try_from(told.ssi_signo.cast_signed()).ok()?;
    // Not by the kernel for a terminal.
    Some((signal, told.ssi_code <= 0))
}

/// While it is held, the process groups of a run live: the kernel kills them when this program is gone, in whatever way.
#[derive(Debug)]
pub(crate) struct Leash {
    folder: PathBuf,
    _held: File,
}

impl Leash {
    /// Tells the probe which group the root's leash holds: in another one it takes one of its own.
    pub(crate) fn holds(&self, root: u32) {
        // A group that is held twice is killed once.
        let _ = std::os::unix::fs::symlink(root.to_string(), self.folder.join("group"));
    }
}

/// The least number that the leash's descriptor has in the root and its forks: a script's own are below.
const LEASH_NUMBER: i32 = 200;

/// `fcntl`'s word for the signal that a descriptor sends; libc does not name it.
const F_SETSIG: i32 = 10;

/// Puts a root that will lead its process group on a leash, whose name is in the run's folder; none where that can't be had.
///
/// A pipe that nobody writes into: when its only writer is gone the kernel signals the owner of its other end, which is the
/// group. It is armed once, in the root, and lasts as long as the root or one of its forks lives. A probed process that
/// leaves the group opens it anew, for its own.
#[expect(unsafe_code, reason = "some system calls have no safe wrapper")]
pub(crate) fn leash(command: &mut std::process::Command, folder: &Path) -> Option<Leash> {
    use nix::libc;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;
    use std::os::unix::process::CommandExt;
    let path = folder.join("leash");
    nix::unistd::mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR).ok()?;
    // An end that is not waited for needs no other one yet.
    let nonblocking = |options: &mut OpenOptions| {
        let options = options.custom_flags(libc::O_NONBLOCK);
        options.open(&path).ok()
    };
    let end = nonblocking(File::options().read(true))?;
    let held = nonblocking(File::options().write(true))?;
    let arm = move || {
        // SAFETY: system calls on numbers; they touch no memory, and may be made between fork and exec.
        unsafe {
            let end = libc::fcntl(end.as_raw_fd(), libc::F_DUPFD, LEASH_NUMBER);
            if end >= 0
                && libc::fcntl(end, libc::F_SETOWN, -libc::getpid()) == 0
                && libc::fcntl(end, F_SETSIG, libc::SIGKILL) == 0
            {
                libc::fcntl(end, libc::F_SETFL, libc::O_RDONLY | libc::O_ASYNC);
            }
        }
        // The guard does without.
        Ok(())
    };
    // SAFETY: `arm` makes system calls only, and neither takes a lock nor memory.
    unsafe { command.pre_exec(arm) };
    Some(Leash {
        folder: folder.to_owned(),
        _held: held,
    })
}

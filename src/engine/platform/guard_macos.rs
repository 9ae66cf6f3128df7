//! The guard on macOS: a child of the program, for a window can't be opened by a process that was forked. Orphans do not come
//! to it; it looks for them as the next start does.

use std::io::{self, PipeReader, Read};

use nix::unistd::ForkResult;

use crate::engine::guard::sweep;

pub(crate) use super::portable::{Leash, leash};

/// Tells when the guard is gone.
#[derive(Debug)]
pub(crate) struct Watch {
    guard: PipeReader,
    /// Tells the guard that this program is there.
    _here: io::PipeWriter,
}

impl Watch {
    /// Waits until the guard is gone.
    pub(crate) fn wait(mut self) {
        until_closed(&mut self.guard);
    }
}

/// Nothing is ever written: the read ends with the other side.
fn until_closed(pipe: &mut PipeReader) {
    let _ = pipe.read(&mut [0]);
}

/// Starts the guard, and gives what tells of it.
#[expect(unsafe_code, reason = "fork has no safe wrapper")]
pub(crate) fn stand() -> io::Result<Watch> {
    let (guard, guarding) = io::pipe()?;
    let (mut program, here) = io::pipe()?;
    // SAFETY: by contract there is one thread, so the child may do all that this process may.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { .. } => Ok(Watch { guard, _here: here }),
        ForkResult::Child => {
            drop((guard, here));
            // Away from the terminal, whose signals and streams are the program's.
            let _ = nix::unistd::setsid();
            if let Some(null) = super::unix::leave_streams() {
                let _ = nix::unistd::dup2_stderr(&null);
            }
            until_closed(&mut program);
            sweep();
            drop(guarding);
            std::process::exit(0)
        }
    }
}

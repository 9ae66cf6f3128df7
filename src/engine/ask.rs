//! Runs a program for a moment and says how it ended and what it said, with a time limit.
//!
//! For questions to interpreters only. What runs an experiment goes through the launcher.

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};

use crate::clock;

/// What is kept of each stream, in bytes; the rest is left unread, which ends a program that floods.
const KEEP: u64 = 64 << 10;

/// What a program said before it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    /// It could not be started.
    #[error("it could not be started: {0}")]
    Start(#[from] std::io::Error),
    /// It did not end in time; it was killed.
    #[error("it did not answer within {0:.0} s and was ended")]
    Late(f64),
}

/// Runs `command` with nothing to read, no `PYTHON*` variable, and at most `limit` time.
pub(super) fn ask(command: &mut Command, limit: Duration) -> Result<Answer, NoAnswer> {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") {
            command.env_remove(&name);
        }
    }
    // Apple's framework builds take their own path from it.
    command.env_remove("__PYVENV_LAUNCHER__");
    super::platform::without_console(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().map(collect);
    let stderr = child.stderr.take().map(collect);
    let deadline_ns = clock::now_ns() + limit.as_nanos() as u64;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if clock::now_ns() > deadline_ns {
            let _ = child.kill();
            let _ = child.wait();
            return Err(NoAnswer::Late(limit.as_secs_f64()));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    // A grandchild may hold the pipe open: what has come by then is the answer.
    let text = |from: Option<Receiver<Vec<u8>>>| {
        let bytes = from.and_then(|from| from.recv_timeout(Duration::from_millis(500)).ok());
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    };
    Ok(Answer {
        status,
        stdout: text(stdout),
        stderr: text(stderr),
    })
}

/// Reads a pipe to its end on a thread of its own.
fn collect(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (done, result) = bounded(1);
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.by_ref().take(KEEP).read_to_end(&mut bytes);
        let _ = done.send(bytes);
    });
    result
}

/// How a status reads in a sentence: `status 1`, `signal SIGSEGV`.
pub(super) fn said(status: ExitStatus) -> String {
    match (status.code(), super::platform::signal_of(status)) {
        (Some(code), _) => format!("status {code}"),
        (None, Some(signal)) => format!("signal {}", super::platform::signal_name(signal)),
        (None, None) => status.to_string(),
    }
}

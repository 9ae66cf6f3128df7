//! Starts the root of a run: its pipes, its environment, the probe. No policy.

use std::ffi::OsString;
use std::path::PathBuf;

use process_wrap::std::ChildWrapper;

use super::Input;
use super::pump::Inputs;
use crate::experiment::Buffering;

/// What to start.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The run's id ([`crate::run::Header::id`]): letters, digits, `-` and `_`.
    pub run: String,
    /// The interpreter; for the built-in engine, this program itself.
    pub program: PathBuf,
    /// What stands before the script: options of the interpreter, or the hidden worker command.
    pub options: Vec<OsString>,
    /// The script.
    pub script: Source,
    /// What stands after it: `sys.argv[1:]`.
    pub args: Vec<OsString>,
    /// Where it runs; none for where we run.
    pub cwd: Option<PathBuf>,
    /// The whole environment; none for ours.
    pub env: Option<Vec<(OsString, OsString)>>,
    /// How it buffers its output.
    pub buffering: Buffering,
    /// Whether each call of the script's `work` is a worker (`Way::Turn`).
    pub turn: bool,
    /// What it reads.
    pub input: Input,
}

/// Where the script is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// This file, as `python FILE` names it.
    File(PathBuf),
    /// This text; it is written to a file of this name in a folder of its own.
    Text {
        /// Such as `processes-hello-5.py`.
        name: String,
        /// The source.
        text: String,
    },
    /// None: the options are all there is (the built-in engine).
    None,
}

/// A root that runs.
pub struct Started {
    /// Time zero: absolute nanoseconds just before it was started.
    pub zero_ns: u64,
    /// Its process.
    pub pid: u32,
    /// Its handle, in a session of its own (Unix) or a job object (Windows).
    pub child: Box<dyn ChildWrapper>,
    /// For [`super::pump::Pump::start`].
    pub inputs: Inputs,
}

/// Why a root could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The private directory, its pipes or its files.
    #[error(
        "the run's folder for pipes could not be made in {path}: {why}. Is the disk full, or TMPDIR not writable?"
    )]
    Folder {
        /// Where.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// The program itself.
    #[error("{program} could not be started: {why}. Choose another interpreter.")]
    Program {
        /// Which.
        program: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
}

/// Starts the root with its own pipes and the probe.
pub fn start(_spec: &Spec) -> Result<Started, LaunchError> {
    Err(LaunchError::Folder {
        path: std::env::temp_dir(),
        why: std::io::ErrorKind::Unsupported.into(),
    })
}

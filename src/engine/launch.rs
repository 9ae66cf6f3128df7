//! Starts the root of a run: its pipes, its environment, the probe. No policy.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use process_wrap::std::{ChildWrapper, CommandWrap};

use super::Input;
use super::platform::guard::{Leash, leash};
use super::platform::pipes::{Folder, PATH_SEPARATOR, Reader, Set, Sizes, in_own_session};
use super::platform::with_given_descriptors;
use super::probe;
use super::pump::{Inputs, SPARE};
use crate::clock;
use crate::experiment::{Buffering, Priority};
use crate::run::Stream;

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
    /// Whether other programs go before it.
    pub priority: Priority,
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
    /// Ends its process groups when this program is gone, or drops it.
    pub(super) leash: Option<Leash>,
    /// The script's file, in full; none of the built-in engine.
    pub script: Option<PathBuf>,
    /// For [`super::pump::Pump::start`].
    pub inputs: Inputs,
}

/// Why a root could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The private directory, its pipes or its files.
    #[error(
        "the run's folder for pipes could not be made in {path}: {why}. {}",
        advice(why)
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

/// What to do about a folder or pipe that could not be made.
fn advice(why: &io::Error) -> &'static str {
    match why.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "Make room there",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "Set TMPDIR to a folder that you may write to"
        }
        // Too many open files have no kind of their own.
        _ => "Close other programs, or have the limit raised (`ulimit -n`), and try again",
    }
}

/// Starts the root with its own pipes and the probe.
pub fn start(spec: &Spec) -> Result<Started, LaunchError> {
    let folder = Folder::create().map_err(|why| LaunchError::Folder {
        path: std::env::temp_dir(),
        why,
    })?;
    let in_folder = |why| LaunchError::Folder {
        path: folder.path().to_path_buf(),
        why,
    };
    let (spare, stdout, stderr, script) = prepare(spec, &folder).map_err(in_folder)?;
    let probe = probe::place(folder.path()).map_err(in_folder)?;
    let mut command = Command::new(&spec.program);
    command.args(&spec.options);
    if let Some(script) = &script {
        command.arg(script);
    }
    command.args(&spec.args);
    if let Some(cwd) = &spec.cwd {
        command.current_dir(cwd);
    }
    environment(spec, &folder, probe, script.as_deref(), &mut command);
    command.stdin(match spec.input {
        Input::Empty => Stdio::null(),
        Input::Ours => Stdio::inherit(),
    });
    command.stdout(stdout.1).stderr(stderr.1);
    // The guard does without, where it can't be had.
    let leash = leash(&mut command, folder.path());
    let mut command = CommandWrap::from(command);
    in_own_session(&mut command, spec.priority);
    let zero_ns = clock::now_ns();
    let child = match spec.script {
        // Our own workers are as many as ours are.
        Source::None => command.spawn(),
        _ => with_given_descriptors(|| command.spawn()),
    }
    .map_err(|why| LaunchError::Program {
        program: spec.program.clone(),
        why,
    })?;
    // The write ends go with the command: from now on only the run holds them.
    drop(command);
    let pid = child.id();
    if let Some(leash) = &leash {
        leash.holds(pid);
    }
    let script = script.and_then(|script| match &spec.cwd {
        Some(cwd) => std::path::absolute(cwd.join(script)).ok(),
        None => std::path::absolute(script).ok(),
    });
    Ok(Started {
        zero_ns,
        pid,
        child,
        leash,
        script,
        inputs: Inputs {
            folder,
            root: pid,
            stdout: stdout.0,
            stderr: stderr.0,
            spare,
        },
    })
}

type RootPipe = (Reader, Stdio);

/// Fills the run's folder: the script, the root's pipes and the first sets.
fn prepare(
    spec: &Spec,
    folder: &Folder,
) -> io::Result<(Vec<Set>, RootPipe, RootPipe, Option<PathBuf>)> {
    let script = match &spec.script {
        Source::File(path) => Some(path.clone()),
        Source::Text { name, text } => {
            let path = folder.path().join("script").join(name);
            std::fs::write(&path, text)?;
            Some(path)
        }
        Source::None => None,
    };
    let sizes = Sizes::among(0);
    let (stdout, out) = folder.root_pipe(Stream::Stdout, sizes)?;
    let (stderr, err) = folder.root_pipe(Stream::Stderr, sizes)?;
    // The pump numbers its own from where these end.
    let spare = (1..=SPARE as u64)
        .map(|number| folder.offer(number, sizes))
        .collect::<io::Result<_>>()?;
    Ok((spare, (stdout, out.into()), (stderr, err.into()), script))
}

fn environment(
    spec: &Spec,
    folder: &Folder,
    probe: PathBuf,
    script: Option<&Path>,
    command: &mut Command,
) {
    if let Some(env) = &spec.env {
        command.env_clear().envs(env.iter().cloned());
    }
    let before = match &spec.env {
        Some(env) => env
            .iter()
            .find(|(name, _)| name == "PYTHONPATH")
            .map(|(_, value)| value.clone()),
        None => std::env::var_os("PYTHONPATH"),
    };
    let mut path = OsString::from(probe);
    // An empty PYTHONPATH is none; after ours it would mean the working folder.
    if let Some(before) = before.filter(|before| !before.is_empty()) {
        path.push(PATH_SEPARATOR);
        path.push(before);
    }
    command
        .env("PYTHONPATH", path)
        .env("GILSCOPE_RUN", &spec.run)
        .env("GILSCOPE_DIR", folder.path())
        .env("GILSCOPE_BUFFERING", spec.buffering.word());
    match script.filter(|_| spec.turn) {
        Some(script) => command.env("GILSCOPE_TURN", script),
        None => command.env_remove("GILSCOPE_TURN"),
    };
}

/// Tells when a child of ours has ended, and leaves it unreaped.
pub(super) fn exit_of(pid: u32) -> std::io::Result<crossbeam_channel::Receiver<u64>> {
    let (tell, exit) = crossbeam_channel::bounded(1);
    std::thread::Builder::new()
        .name("exit".into())
        .spawn(move || {
            super::platform::wait_for_exit(pid);
            let _ = tell.send(clock::now_ns());
        })?;
    Ok(exit)
}

//! The built-in engine: this program as the workers, where no Python is.
//!
//! The root and the workers are processes of this program (hidden subcommand `worker`). They report through
//! the probe's own channel, so that nothing behind it knows the difference; the header says that it is a
//! model. Each process has a model of the GIL (`gil`), for which its threads contend.

mod children;
mod gil;
mod output;
mod root;
mod stamps;
mod work;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::channel::{Client, Hello, What};
use super::platform;
use crate::experiment::Experiment;
use gil::Gil;
use output::Output;

/// The variable that names this program where the running one is another, such as a test's.
pub const PROGRAM: &str = "GILSCOPE_PROGRAM";

/// The word for the helper that sends a Ctrl-C.
pub(super) const INTERRUPT: &str = "interrupt";
/// The word for the helper that shows a sentence.
pub(super) const TELL: &str = "tell";

/// What a worker process is told to do.
#[derive(Debug, Serialize, Deserialize)]
struct Task {
    experiment: Experiment,
    /// As Python would name it.
    name: String,
    /// Which worker it is; none for a process of a pool, which is told again and again.
    i: Option<u32>,
}

/// Is a process of the model: `root EXPERIMENT` or `process TASK`, both JSON; or a helper, where only another process can
/// do it: `interrupt PID`, `tell TEXT`. Gives the exit status.
pub fn worker(what: &[String]) -> u8 {
    let result = match what {
        [role, json] if role == "root" => serde_json::from_str(json)
            .map_err(io::Error::from)
            .and_then(|experiment| root::run(&experiment)),
        [role, json] if role == "process" => serde_json::from_str(json)
            .map_err(io::Error::from)
            .and_then(|task| children::run(&task)),
        [role, pid] if role == INTERRUPT => match pid.parse() {
            Ok(pid) => platform::terminal::interrupt(pid),
            Err(_) => Err(io::ErrorKind::InvalidInput.into()),
        },
        [role, text] if role == TELL => platform::terminal::tell(text),
        _ => Err(io::Error::from(io::ErrorKind::InvalidInput)),
    };
    match result {
        Ok(()) => 0,
        Err(why) => {
            // Where the engine is gone, so is whoever could be told.
            let _ = writeln!(io::stderr(), "gilscope worker: {why}");
            1
        }
    }
}

/// A process of the model that reports.
struct Process {
    client: Client,
    output: Output,
    gil: Gil,
    folder: PathBuf,
}

impl Process {
    /// Connects and begins to run as `name`.
    fn begin(experiment: &Experiment, name: &str, args: String) -> io::Result<Self> {
        let folder = std::env::var_os("GILSCOPE_DIR")
            .map(PathBuf::from)
            .ok_or(io::ErrorKind::NotFound)?;
        let hello = Hello {
            version: "builtin".to_owned(),
            gil: true,
            tid: platform::thread_id(),
            encoding: "utf-8".to_owned(),
            args: vec!["gilscope".to_owned(), "worker".to_owned(), name.to_owned()],
            ..Hello::default()
        };
        let mut client = Client::connect(&folder, hello)?;
        client.say(What::Up {
            cpu_ns: cpu_ns(),
            name: name.to_owned(),
            args,
        })?;
        let output = Output::new(client.stdout.try_clone()?, experiment.buffering);
        let gil = Gil::new(experiment.switch_interval_s.map(Duration::from_secs_f64));
        Ok(Self {
            client,
            output,
            gil,
            folder,
        })
    }
}

/// CPU nanoseconds of this process.
fn cpu_ns() -> u64 {
    platform::process_cpu_ns(std::process::id()).unwrap_or(0)
}

//! What the user asks for: an [`Experiment`] is pure data, and nothing here touches the machine.

mod check;
mod script;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use check::{Invalid, check};
pub use script::{Control, Mark, Script, generate};

/// How many workers an experiment may have.
pub const COUNT: std::ops::RangeInclusive<u32> = 1..=500;
/// Steps of arithmetic that `burn` may be given.
pub const STEPS: std::ops::RangeInclusive<u64> = 1_000..=10_000_000_000;
/// Rounds of `hash`, a megabyte each, that it may be given.
pub const ROUNDS: std::ops::RangeInclusive<u64> = 1..=10_000_000;
/// Seconds that `wait` may sleep.
pub const WAIT_S: std::ops::RangeInclusive<f64> = 0.001..=3600.0;
/// What may be added to `i` for a worker's arguments.
pub const ARGUMENT: std::ops::RangeInclusive<i64> = -1_000_000..=1_000_000;
/// Seconds that a switch interval may be (`sys.setswitchinterval`).
pub const SWITCH_INTERVAL_S: std::ops::RangeInclusive<f64> = 0.000_1..=1.0;
/// Seconds that a time limit may be.
pub const TIME_LIMIT_S: std::ops::RangeInclusive<f64> = 0.1..=86_400.0;
/// The steps that take `burn` about one second of CPU a worker on the machines Gilscope was made on.
pub const DEFAULT_STEPS: u64 = 15_000_000;
/// The rounds that take `hash` about one second of CPU a worker on the machines Gilscope was made on.
pub const DEFAULT_ROUNDS: u64 = 1_800;
/// The time limit of the works, in seconds; an own script has none.
pub const DEFAULT_TIME_LIMIT_S: f64 = 30.0;
/// Bytes that a memory limit may be.
pub const MEMORY_BYTES: std::ops::RangeInclusive<u64> = 1 << 20..=1 << 46;
/// The output that a run keeps unless told otherwise, in bytes.
pub const DEFAULT_QUOTA_BYTES: u64 = 2 << 30;
/// A quota that no run reaches.
pub const NO_QUOTA_BYTES: u64 = u64::MAX;

/// How the work is shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// A plain loop: one call after the other.
    Turn,
    /// `threading.Thread`.
    Threads,
    /// `multiprocessing.Process`.
    Processes,
    /// `multiprocessing.Pool`.
    Pool,
    /// `concurrent.futures.InterpreterPoolExecutor`, Python 3.14 or newer.
    Interpreters,
    /// An own or edited script rules.
    Script,
}

/// What each worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// Prints one line.
    Hello,
    /// Prints its two arguments.
    Args,
    /// Prints until it is stopped.
    Forever,
    /// A fixed amount of pure-Python arithmetic.
    Burn,
    /// A fixed amount of C code that lets the GIL go: a checksum of a megabyte, again and again.
    Hash,
    /// Sleeps.
    Wait,
}

/// When the starter waits for its workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Join {
    /// Inside the loop, each before the next is started.
    Each,
    /// In a second loop, when all are started.
    End,
    /// Not at all (Python itself still waits at its exit).
    Never,
}

/// How `multiprocessing` starts a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartMethod {
    /// A copy of the parent.
    Fork,
    /// A fresh interpreter.
    Spawn,
    /// Forked by a clean server process.
    Forkserver,
}

/// How the watched Python buffers its standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Buffering {
    /// As on a terminal: a write a line, so that the log is live.
    #[default]
    Line,
    /// Python's own for a pipe: 8 KiB at a time.
    Block,
}

/// Who is first where there are fewer cores than want to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// The run and all other programs alike.
    #[default]
    Usual,
    /// Other programs, this one too: the run has what they leave.
    Low,
}

/// What is done with output past the quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AtQuota {
    /// The run is stopped.
    #[default]
    Stop,
    /// It goes on; lines are counted and not kept.
    Count,
}

/// Which Python runs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Python {
    /// The newest stable release with the GIL that is found; built in where none is.
    #[default]
    Newest,
    /// Gilscope's own workers, with a model of the GIL.
    Builtin,
    /// This interpreter.
    Path(PathBuf),
}

/// The script of `Way::Script`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OwnScript {
    /// The file it was opened from, which is the file that runs; none for an edited generated script.
    pub path: Option<PathBuf>,
    /// Its source. Where there is a path, this is the file's content.
    pub text: String,
    /// `sys.argv[1:]`.
    pub args: Vec<String>,
}

/// What may end a run before its own end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds from time zero; none for no limit.
    pub time_s: Option<f64>,
    /// Bytes of output that are taken; past it lines are counted only. [`NO_QUOTA_BYTES`] for no limit.
    pub quota_bytes: u64,
    /// What is done at that.
    #[serde(default)]
    pub at_quota: AtQuota,
    /// Bytes of resident memory of the whole tree; none for as long as the machine has some left.
    pub memory_bytes: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time_s: Some(DEFAULT_TIME_LIMIT_S),
            quota_bytes: DEFAULT_QUOTA_BYTES,
            at_quota: AtQuota::Stop,
            memory_bytes: None,
        }
    }
}

/// What to run. Its default is the tutorial's first program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Experiment {
    /// How the work is shared out.
    pub way: Way,
    /// What each worker does; meaningless for `Way::Script`.
    pub work: Work,
    /// How many workers; meaningless for `Way::Script`.
    pub count: u32,
    /// Worker `i` gets `i + a` as its first argument.
    pub a: i64,
    /// Worker `i` gets `i + b` as its second argument.
    pub b: i64,
    /// Steps of `burn`.
    pub steps: u64,
    /// Rounds of `hash`.
    pub rounds: u64,
    /// Seconds of `wait`.
    pub wait_s: f64,
    /// When the starter waits.
    pub join: Join,
    /// How processes are started; none for the interpreter's own default.
    pub start_method: Option<StartMethod>,
    /// Seconds between requests for the GIL; none for the interpreter's own default.
    pub switch_interval_s: Option<f64>,
    /// How output is buffered.
    pub buffering: Buffering,
    /// Whether other programs go before it.
    pub priority: Priority,
    /// Which Python.
    pub python: Python,
    /// What may end it.
    pub limits: Limits,
    /// The script of `Way::Script`, and only of it.
    pub script: Option<OwnScript>,
}

impl Default for Experiment {
    fn default() -> Self {
        Self {
            way: Way::Processes,
            work: Work::Hello,
            count: 5,
            a: 0,
            b: 1,
            steps: DEFAULT_STEPS,
            rounds: DEFAULT_ROUNDS,
            wait_s: 1.0,
            join: Join::Each,
            start_method: None,
            switch_interval_s: None,
            buffering: Buffering::Line,
            priority: Priority::Usual,
            python: Python::Newest,
            limits: Limits::default(),
            script: None,
        }
    }
}

impl Work {
    /// Whether a worker is given the two arguments.
    pub fn takes_arguments(self) -> bool {
        matches!(self, Self::Args | Self::Burn | Self::Hash | Self::Wait)
    }
}

impl Experiment {
    /// The Python source that this experiment stands for: shown, and run, byte for byte.
    pub fn script(&self) -> Script {
        match &self.script {
            Some(own) => Script {
                text: own.text.clone(),
                marks: Vec::new(),
            },
            None => generate(self),
        }
    }

    /// A short name for titles and file names, such as `processes-hello-5`.
    pub fn name(&self) -> String {
        if let Some(own) = &self.script {
            return own
                .path
                .as_ref()
                .and_then(|path| path.file_stem())
                .map_or_else(
                    || "edited".to_owned(),
                    |stem| stem.to_string_lossy().into_owned(),
                );
        }
        format!("{}-{}-{}", self.way.word(), self.work.word(), self.count)
    }
}

macro_rules! words {
    ($type:ty { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $type {
            /// Every value, in the order in which it is offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word for it in files, on the command line and in JSON.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
        impl std::str::FromStr for $type {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|value| value.word() == word).ok_or_else(|| {
                    let all: Vec<_> = Self::ALL.iter().map(|value| value.word()).collect();
                    format!("“{word}” is none of {}", all.join(", "))
                })
            }
        }
    };
}

words!(Way { Turn => "turn", Threads => "threads", Processes => "processes", Pool => "pool", Interpreters => "interpreters", Script => "script" });
words!(Work { Hello => "hello", Args => "args", Forever => "forever", Burn => "burn", Hash => "hash", Wait => "wait" });
words!(Join { Each => "each", End => "end", Never => "never" });
words!(StartMethod { Fork => "fork", Spawn => "spawn", Forkserver => "forkserver" });
words!(Buffering { Line => "line", Block => "block" });
words!(Priority { Usual => "usual", Low => "low" });
words!(AtQuota { Stop => "stop", Count => "count" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_experiment_of_before_has_what_was_added_since() {
        let mut old = serde_json::to_value(Experiment::default()).unwrap();
        for added in ["rounds", "switch_interval_s", "priority"] {
            old.as_object_mut().unwrap().remove(added).unwrap();
        }
        let read: Experiment = serde_json::from_value(old).unwrap();
        assert_eq!(read, Experiment::default());
    }
}

//! Every option, its unit and its range, and the experiment that the options of `run` stand for.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};

use super::units;
use crate::experiment::{
    self, ARGUMENT, AtQuota, Buffering, COUNT, Experiment, Invalid, Join, NO_QUOTA_BYTES,
    OwnScript, Priority, Python, ROUNDS, STEPS, StartMethod, WAIT_S, Way, Work,
};
use crate::export::Format;

/// See what Python does when it starts threads and processes.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub(super) struct Options {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// A .gilscope run or a .py script to open: in the window that is there, or in a new one
    pub(super) file: Option<PathBuf>,
    /// Open it in a new window
    #[arg(long)]
    pub(super) new: bool,
}

/// What can be done without a window.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run an experiment, or a script of your own, and show what its workers did
    Run(Box<Run>),
    /// Write the log of a run file in another format
    Export(Export),
    /// List the Python interpreters found
    Pythons {
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// A worker of the built-in model: started by Gilscope itself
    #[command(hide = true)]
    Worker {
        #[arg(allow_hyphen_values = true, num_args = 0..)]
        what: Vec<String>,
    },
}

/// The options of `export`.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The run file
    pub(super) file: PathBuf,
    /// txt, csv or jsonl
    #[arg(long, value_name = "FORMAT")]
    pub(super) to: Format,
    /// Where to; standard output unless given
    #[arg(short, long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

/// How `run` ends, for its help.
const STATUS: &str = "Exit status: 0 the run ended well or was stopped by its time limit or its user, 1 a worker (or \
    the script) failed or the quota or the memory limit stopped it, 2 unusable arguments, 3 it could not run or go on";

/// The options of `run`.
#[derive(Debug, Args)]
#[command(after_help = STATUS)]
pub(super) struct Run {
    /// The interpreter, or builtin for the model; the newest stable one with the GIL unless given
    #[arg(long, value_name = "PATH|builtin")]
    pub(super) python: Option<PathBuf>,
    /// turn, threads, processes, pool, or interpreters (Python 3.14 or newer) [default: processes]
    #[arg(long)]
    pub(super) way: Option<Way>,
    /// hello, args, forever, burn, hash or wait [default: hello]
    #[arg(long, value_name = "WORK")]
    pub(super) work: Option<Work>,
    /// A Python script of your own; its arguments stand after --
    #[arg(long, value_name = "FILE", conflicts_with_all = ["work", "count", "arg", "amount", "join", "start_method", "switch_interval"])]
    pub(super) script: Option<PathBuf>,
    /// How many workers, 1 to 500 [default: 5]
    #[arg(long, value_name = "N", value_parser = count, allow_hyphen_values = true)]
    pub(super) count: Option<u32>,
    /// Worker i gets i + A and i + B: give it twice [default: 0 and 1]
    #[arg(long, value_name = "A", value_parser = argument, allow_hyphen_values = true)]
    pub(super) arg: Vec<i64>,
    /// Steps of burn (such as 15000000), rounds of hash (1 MB each, such as 1800), or the time that wait sleeps (such as 500ms)
    #[arg(long, value_name = "X", allow_hyphen_values = true)]
    pub(super) amount: Option<String>,
    /// When the starter waits: each, end or never [default: each]
    #[arg(long)]
    pub(super) join: Option<Join>,
    /// fork, spawn or forkserver; the interpreter's own default unless given
    #[arg(long)]
    pub(super) start_method: Option<StartMethod>,
    /// After which time a thread that waits asks for the GIL, 0.1ms to 1s; the interpreter's own unless given
    #[arg(long, value_name = "TIME", value_parser = units::seconds, allow_hyphen_values = true)]
    pub(super) switch_interval: Option<f64>,
    /// line (as on a terminal) or block (Python's own for a pipe) [default: line, with --raw block]
    #[arg(long)]
    pub(super) buffering: Option<Buffering>,
    /// Stop after this time [default: 30s, none for a script]
    #[arg(long, value_name = "TIME", value_parser = units::seconds, allow_hyphen_values = true)]
    pub(super) time_limit: Option<f64>,
    /// Stop when this much output came [default: 2GiB where the run is kept with --out, else none]
    #[arg(long, value_name = "SIZE", value_parser = units::bytes, allow_hyphen_values = true)]
    pub(super) quota: Option<u64>,
    /// What to do then: stop, or count (go on, and count what comes without keeping it)
    #[arg(long, default_value = "stop")]
    pub(super) at_quota: AtQuota,
    /// Stop when the whole run has this much memory, what its processes share counted once [default: when the machine
    /// has nearly none left]
    #[arg(long, value_name = "SIZE", value_parser = units::bytes, allow_hyphen_values = true)]
    pub(super) memory_limit: Option<u64>,
    /// usual, or low: other programs go before the run, which has what they leave [default: usual]
    #[arg(long)]
    pub(super) priority: Option<Priority>,
    /// Keep the run in this file
    #[arg(long, value_name = "FILE.gilscope")]
    pub(super) out: Option<PathBuf>,
    /// Print one JSON object with the figures, and nothing else
    #[arg(long)]
    pub(super) json: bool,
    /// Pass the output through byte for byte, without names; standard input is read by the script
    #[arg(long, conflicts_with = "json")]
    pub(super) raw: bool,
    /// What the script gets as its arguments
    #[arg(last = true, requires = "script", value_name = "ARGS")]
    pub(super) args: Vec<String>,
}

fn count(text: &str) -> Result<u32, String> {
    within(text, &COUNT)
}

fn argument(text: &str) -> Result<i64, String> {
    within(text, &ARGUMENT)
}

fn amount(text: &str) -> Option<u64> {
    units::whole(text).and_then(|number| number.try_into().ok())
}

fn no_number(text: &str, of: &str, range: &RangeInclusive<u64>) -> String {
    format!(
        "“{text}” is no number of {of}: {} to {}",
        range.start(),
        range.end()
    )
}

/// A whole number of a range, or a sentence that names the range.
fn within<T>(text: &str, range: &RangeInclusive<T>) -> Result<T, String>
where
    T: Copy + Display + FromStr + Into<i128>,
{
    let (least, most) = (*range.start(), *range.end());
    units::whole(text)
        .filter(|&number| (least.into()..=most.into()).contains(&number))
        .and_then(|number| number.to_string().parse().ok())
        .ok_or_else(|| format!("a whole number from {least} to {most} is needed"))
}

fn invalid(option: &'static str, why: impl Into<String>) -> Invalid {
    Invalid {
        option,
        why: why.into(),
    }
}

impl Run {
    /// What the options stand for; refused with the option's name and its range.
    pub(super) fn experiment(&self) -> Result<Experiment, Invalid> {
        let default = Experiment::default();
        let own = self
            .script
            .as_deref()
            .map(|path| self.own(path))
            .transpose()?;
        let script = own.is_some();
        let work = self.work.unwrap_or(default.work);
        let mut limits = default.limits;
        if script {
            limits.time_s = None;
        }
        limits.time_s = self.time_limit.or(limits.time_s);
        limits.quota_bytes = self.quota.unwrap_or(match self.out {
            Some(_) => limits.quota_bytes,
            // Nothing is kept, so there is nothing to keep small.
            None => NO_QUOTA_BYTES,
        });
        limits.at_quota = self.at_quota;
        limits.memory_bytes = self.memory_limit.or(limits.memory_bytes);
        let mut experiment = Experiment {
            way: self
                .way
                .unwrap_or(if script { Way::Script } else { default.way }),
            work,
            count: self.count.unwrap_or(default.count),
            join: self.join.unwrap_or(match self.way {
                // A loop without `each` is no loop in turn.
                Some(Way::Turn) => Join::Each,
                _ => default.join,
            }),
            start_method: self.start_method,
            switch_interval_s: self.switch_interval,
            buffering: self.buffering.unwrap_or(if self.raw {
                Buffering::Block
            } else {
                Buffering::Line
            }),
            priority: self.priority.unwrap_or_default(),
            python: self.python.as_deref().map_or(Python::Newest, python),
            limits,
            script: own,
            ..default
        };
        self.arguments(&mut experiment)?;
        self.amount(&mut experiment)?;
        experiment::check(&experiment)?;
        Ok(experiment)
    }

    fn own(&self, path: &Path) -> Result<OwnScript, Invalid> {
        let bytes = std::fs::read(path)
            .map_err(|error| invalid("--script", format!("{}: {error}", path.display())))?;
        Ok(OwnScript {
            path: Some(path.to_owned()),
            // Only shown: the file itself is what runs, in whatever encoding it is.
            text: String::from_utf8_lossy(&bytes).into_owned(),
            args: self.args.clone(),
        })
    }

    fn arguments(&self, experiment: &mut Experiment) -> Result<(), Invalid> {
        if !self.arg.is_empty() && !experiment.work.takes_arguments() {
            let why = format!(
                "--work {} gives its workers no arguments; args, burn, hash and wait do",
                experiment.work
            );
            return Err(invalid("--arg", why));
        }
        match self.arg[..] {
            [] => {}
            [a] => experiment.a = a,
            [a, b] => (experiment.a, experiment.b) = (a, b),
            _ => {
                return Err(invalid(
                    "--arg",
                    "a worker has two arguments: give it at most twice",
                ));
            }
        }
        Ok(())
    }

    fn amount(&self, experiment: &mut Experiment) -> Result<(), Invalid> {
        let Some(text) = &self.amount else {
            return Ok(());
        };
        let refuse = |why: String| Err(invalid("--amount", why));
        match experiment.work {
            Work::Burn => match amount(text) {
                Some(steps) => experiment.steps = steps,
                None => return refuse(no_number(text, "steps", &STEPS)),
            },
            Work::Hash => match amount(text) {
                Some(rounds) => experiment.rounds = rounds,
                None => return refuse(no_number(text, "rounds", &ROUNDS)),
            },
            Work::Wait => match units::seconds(text) {
                Ok(wait_s) => experiment.wait_s = wait_s,
                Err(why) => {
                    return refuse(format!(
                        "“{text}”: {why}, {} to {} s",
                        WAIT_S.start(),
                        WAIT_S.end()
                    ));
                }
            },
            work => {
                return refuse(format!(
                    "--work {work} has no amount; burn, hash and wait have one"
                ));
            }
        }
        Ok(())
    }
}

/// `builtin`, a path, or a name that is looked for as a shell does.
fn python(given: &Path) -> Python {
    if given == Path::new("builtin") {
        return Python::Builtin;
    }
    let bare = given.components().count() == 1 && !given.exists();
    let found = bare.then(|| {
        let folders = std::env::var_os("PATH")?;
        std::env::split_paths(&folders)
            .flat_map(|folder| [folder.join(given), folder.join(given).with_extension("exe")])
            .find(|path| path.is_file())
    });
    Python::Path(found.flatten().unwrap_or_else(|| given.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Result<Experiment, String> {
        let words = ["gilscope", "run"]
            .into_iter()
            .chain(line.split_ascii_whitespace());
        let options = Options::try_parse_from(words).map_err(|error| error.to_string())?;
        match options.command {
            Some(Command::Run(run)) => run.experiment().map_err(|error| error.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_given_is_the_tutorials_first_program() {
        let run_of = |line| run(line).unwrap();
        assert_eq!(run_of("--out x.gilscope"), Experiment::default());
        // What is not kept needs no quota, unless one is asked for.
        assert_eq!(run_of("").limits.quota_bytes, NO_QUOTA_BYTES);
        assert_eq!(run_of("--raw --quota 1KiB").limits.quota_bytes, 1024);
        assert_eq!(run("--raw").unwrap().buffering, Buffering::Block);
    }

    #[test]
    fn options_become_the_experiment() {
        let e = run("--way threads --work burn --count 4 --arg -3 --arg 7 --amount 1_000_000 --join end --switch-interval 10ms --time-limit 2min --quota 1MiB --at-quota count").unwrap();
        assert_eq!(
            (e.way, e.work, e.count, e.a, e.b),
            (Way::Threads, Work::Burn, 4, -3, 7)
        );
        assert_eq!((e.steps, e.join), (1_000_000, Join::End));
        assert_eq!(e.switch_interval_s, Some(0.01));
        assert_eq!(e.limits.time_s, Some(120.0));
        assert_eq!(e.limits.quota_bytes, 1 << 20);
        assert_eq!(e.limits.at_quota, AtQuota::Count);
        assert!((run("--work wait --amount 500ms").unwrap().wait_s - 0.5).abs() < 1e-9);
    }

    #[test]
    fn what_can_not_be_names_the_option_and_the_range() {
        for (line, parts) in [
            ("--count 501", &["--count", "1 to 500"][..]),
            ("--count -1", &["--count", "1 to 500"]),
            ("--count many", &["--count", "1 to 500"]),
            (
                "--work burn --amount 5",
                &["--amount", "1000 to 10000000000"],
            ),
            (
                "--work hash --amount 0",
                &["--amount", "1 to 10000000 rounds"],
            ),
            ("--work hash --amount some", &["--amount", "1 to 10000000"]),
            ("--work wait --amount 2h", &["--amount", "3600"]),
            ("--work hello --amount 5", &["--amount", "hello"]),
            ("--work hello --arg 5", &["--arg", "hello"]),
            (
                "--work args --arg 5000000",
                &["--arg", "-1000000 to 1000000"],
            ),
            (
                "--switch-interval 2s",
                &["--switch-interval", "0.0001 to 1"],
            ),
            ("--time-limit 0", &["--time-limit", "0.1 to 86400"]),
            ("--way turn --join end", &["--join", "each"]),
            (
                "--way threads --start-method fork",
                &["--start-method", "processes"],
            ),
            ("--way pool --join never", &["--join", "each or end"]),
            ("--json --raw", &["--json", "--raw"]),
            ("--script x.py --count 3", &["--script", "--count"]),
            ("--script /nowhere/x.py", &["--script", "/nowhere/x.py"]),
            (
                "--way fibers",
                &["--way", "turn, threads, processes, pool, interpreters"],
            ),
            ("--quota lots", &["--quota", "2GiB"]),
            ("-- a b", &["--script"]),
        ] {
            let said = run(line).unwrap_err();
            for part in parts {
                assert!(said.contains(part), "{line}: {said}");
            }
        }
    }
}

//! The command line: the same engine, no window.
//!
//! | file | what |
//! |---|---|
//! | `options` | every option, its unit and its range |
//! | `run` | `gilscope run`, from its start to the exit status |
//! | `listen` | what a run prints while it is alive: lines with names, or bytes, and what is to be told |
//! | `names` | each worker's lines with its name, a prompt or a progress bar too |
//! | `printer` | the thread that writes to our standard output and error |
//! | `summary` | what is printed at the end |
//! | `pythons` | `gilscope pythons` |
//! | `pages` | holds `dist/cli`, the man pages and completions, equal to the options |

mod export;
mod listen;
mod names;
mod options;
mod out;
#[cfg(test)]
mod pages;
mod printer;
mod pythons;
mod run;
mod summary;
mod units;

use std::path::PathBuf;

use clap::Parser;

use crate::crash;
use crate::engine::guard;
use crate::engine::platform::terminal;
use crate::experiment::Experiment;
use crate::store::runs;
use crate::ui::hand_over;
use options::{Command, Options};

/// Exit status: the run ended well, or was stopped by its limit or its user.
const WELL: u8 = 0;
/// Exit status: a worker or the script failed, or the quota or the memory limit stopped it.
const FAILED: u8 = 1;
/// Exit status: unusable arguments.
const UNUSABLE: u8 = 2;
/// Exit status: it could not run, or not go on.
pub const CAN_NOT_RUN: u8 = 3;

/// Said first by who starts this program for a terminal and waits for its end, which Windows' shells do not.
pub const WAITED_FOR: &str = "--waited-for";

/// Does what the command line says. Gives the exit status.
pub fn main() -> u8 {
    // A worker has nothing to do with a terminal.
    if std::env::args_os()
        .nth(1)
        .is_none_or(|first| first != "worker")
    {
        terminal::take();
    }
    let mut words: Vec<_> = std::env::args_os().collect();
    let waited_for = words.get(1).is_some_and(|first| first == WAITED_FOR);
    if waited_for {
        words.remove(1);
    }
    let options = Options::parse_from(words);
    match options.command {
        None => {
            let file = options.file;
            if !options.new && file.as_deref().is_some_and(hand_over::offer) {
                return WELL;
            }
            stand_guard();
            window(file, waited_for)
        }
        Some(Command::Run(options)) => {
            stand_guard();
            run::run(&options)
        }
        Some(Command::Export(options)) => export::export(&options),
        Some(Command::Pythons { json }) => pythons::list(json),
        Some(Command::Worker { what }) => crate::engine::builtin::worker(&what),
    }
}

/// What `gilscope` with these arguments would run; none where they ask for something else.
pub fn asked(words: &[String]) -> Result<Option<Experiment>, String> {
    let words = std::iter::once("gilscope").chain(words.iter().map(String::as_str));
    match Options::try_parse_from(words).map_err(|error| error.to_string())? {
        Options {
            command: Some(Command::Run(run)),
            ..
        } => run.experiment().map(Some).map_err(|why| why.to_string()),
        _ => Ok(None),
    }
}

/// From here on a run ends with this program, however that ends.
fn stand_guard() {
    if let Err(error) = guard::stand() {
        out::say(&format!(
            "no guard could be started ({error}): if this program is killed, the processes of its run may stay. Close other programs and start it again"
        ));
    }
}

/// Opens the window; where there is no display, says so and does without one what it can.
fn window(file: Option<PathBuf>, waited_for: bool) -> u8 {
    if has_display() {
        if !waited_for {
            terminal::leave();
        }
        match crate::ui::open(file.clone()) {
            Ok(()) => return WELL,
            Err(error) => {
                // It was open, and failed: that is told, and nothing is run once more.
                if let Some(failure) = crash::take() {
                    terminal::shown(&failure.words());
                    return CAN_NOT_RUN;
                }
                terminal::take();
                let why = format!(
                    "the window can't be opened: {error:#}. Is a display with OpenGL there?"
                );
                // Started with a double click, nobody sees what is printed.
                let kept =
                    keep_reason(&why).map(|path| format!(" This is also in {}", path.display()));
                if terminal::shown(&format!("{why}{}", kept.unwrap_or_default())) {
                    return CAN_NOT_RUN;
                }
                out::say(&why);
            }
        }
    } else {
        out::say(
            "there is no display, so no window is opened (neither DISPLAY nor WAYLAND_DISPLAY is set)",
        );
    }
    match file {
        None => {
            out::say(
                "this is the first experiment without a window; see gilscope run --help for others",
            );
            run::run_words(&[])
        }
        Some(file) if file.extension().is_some_and(|ending| ending == "py") => {
            run::run_words(&["--script".into(), file.into()])
        }
        Some(file) => summary::of_file(&file),
    }
}

/// Writes down why there is no window; where that is.
fn keep_reason(why: &str) -> Option<PathBuf> {
    let folder = runs::data()?;
    std::fs::create_dir_all(&folder).ok()?;
    let path = folder.join("no window.log");
    let when = jiff::Zoned::now().strftime("%F %T %:z").to_string();
    std::fs::write(
        &path,
        format!("{when} Gilscope {}: {why}\n", env!("CARGO_PKG_VERSION")),
    )
    .ok()?;
    Some(path)
}

/// Whether a window can be hoped for.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

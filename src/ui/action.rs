//! What a panel wants done. `App` does it.

use std::path::PathBuf;

use super::log::Chosen;
use super::script::Adopted;
use super::theme::Mode;
use super::zoom::{Pin, Step, TimeRange};
use crate::experiment::{Experiment, Python};
use crate::run::{LaneId, Stream};

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Run what is shown.
    Run,
    /// Stop the run; a second time, at once.
    Stop,
    /// The experiment is now this one.
    Change(Box<Experiment>),
    /// Show only this lane's lines, or all.
    ShowLane(Option<LaneId>),
    /// Show only this stream's lines, or both.
    ShowStream(Option<Stream>),
    /// The pointer is at this time, nanoseconds since time zero, or nowhere.
    Point(Option<u64>),
    /// Show this time only, or all of it.
    ShowTimes(Option<TimeRange>),
    /// Show more or less of the time.
    StepTime(Step),
    /// Tell of this time by itself, or of none.
    Select(Option<TimeRange>),
    /// Hold the cursor here, or let it go.
    HoldCursor(Option<Pin>),
    /// Put this on the clipboard.
    Copy(String),
    /// Put these lines of the log on the clipboard.
    CopyLines(Chosen),
    /// Open a `.gilscope` run or a `.py` script; with none, ask for one.
    Open(Option<PathBuf>),
    /// Ask where, and save the log in the format of this ending: `txt`, `csv` or `jsonl`.
    SaveLog(&'static str),
    /// Ask where, and save the run as a `.gilscope` file.
    SaveRun,
    /// Ask where, and save the script as a `.py` file.
    SaveScript,
    /// Ask where, and save the plot and the log as they are on screen as a PNG.
    SavePicture,
    /// Show a notice that stays until read.
    Notice(String),
    /// Put a ready experiment in the place of the one that is shown.
    Load(Box<Experiment>),
    /// Put the script away: the controls write it again.
    Back,
    /// Put an opened run's experiment into the controls.
    Adopt(Box<Adopted>),
    /// Close the window.
    Close,
    /// Pin a kept run, or let it go.
    Pin(PathBuf, bool),
    /// Leave the opened run and show the live one again.
    CloseRun,
    /// Run with this interpreter from now on.
    Choose(Python),
    /// Ask for the path of an interpreter.
    AddPython,
    /// Look for interpreters again.
    FindPythons,
    /// Dark, light, or after the system.
    Mode(Mode),
    /// How large everything is; 1 is normal.
    Zoom(f32),
    /// Show what this program is and what is built into it.
    About,
}

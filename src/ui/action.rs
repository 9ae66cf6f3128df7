//! What a panel wants done. `App` does it.

use std::path::PathBuf;

use crate::experiment::Experiment;
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
    /// Put this on the clipboard.
    Copy(String),
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
}

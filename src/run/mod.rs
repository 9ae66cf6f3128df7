//! What happened: pure data, no I/O, no threads, no window.
//!
//! [`Run::apply`] is the only way in. A live run and a replayed file go through it alike, and replaying
//! what was recorded gives an equal [`Run`].

mod apply;
mod bound;
mod event;
mod figures;
mod gil;
mod lane;
mod lengths;
mod log;
mod order;
mod place;
mod series;
mod start_up;
mod stop;
mod sub_gil;
mod turn;
mod within;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use bound::MAX_NUMBER;
pub(crate) use bound::total;
pub use event::{
    BlockId, Doing, Ended, Event, Hold, Kind, LaneId, LaneInfo, LaneKind, Stamp, StoppedBy, Stream,
    SubGil,
};
pub use figures::{Figures, Gil, InterpreterGil, PIPE_BYTES};
pub use gil::{Did, GilTrack};
pub use lane::{Lane, State};
pub use log::{Block, Filter, LogIndex, Row, Stretch, Tail, TextError, TextSource};
pub use order::Late;
pub use place::{At, Place, PlaceId, PlaceTrack, Stay};
pub use series::{CpuPoint, MachinePoint, Series, Stack, stack};
pub use start_up::{Phases, StartUp};
pub use stop::StopStep;
pub use sub_gil::{Apart, SubTrack};
pub use within::{Used, Within};
pub use words::signal_name;

use crate::experiment::Experiment;

/// What is known before anything happens. Written once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Unique among runs; also in the watched processes' environment.
    pub id: String,
    /// Wall-clock time of time zero, RFC 3339.
    pub started_at: String,
    /// The version of Gilscope that recorded it.
    pub gilscope: String,
    /// What was asked for.
    pub experiment: Experiment,
    /// The source that ran.
    pub script: String,
    /// What ran it.
    pub python: PythonInfo,
    /// Where it ran.
    pub machine: Machine,
}

/// The interpreter of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PythonInfo {
    /// Such as `3.13.0`; `builtin` for the model.
    pub version: String,
    /// Its path; empty for the model.
    pub path: String,
    /// Whether the GIL is on at its start, when no environment says otherwise. What was in force is
    /// [`Run::gil_enabled`].
    pub gil_enabled: bool,
    /// The start method that the interpreter uses when none is set.
    pub default_start_method: String,
    /// Whether the GIL is a model and not CPython's.
    pub model: bool,
}

/// The machine of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Logical cores that the run may use.
    pub cores: u32,
    /// Operating system, such as `Linux 6.1`.
    pub system: String,
    /// Total memory in bytes.
    pub memory_bytes: u64,
}

/// A sentence for the user that belongs to the run and stays until read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Nanoseconds since time zero.
    pub t_ns: u64,
    /// What failed, on what, what to do now.
    pub text: String,
}

/// How and when a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnd {
    /// Nanoseconds from time zero to the last exit of the tree.
    pub wall_ns: u64,
    /// CPU nanoseconds of the whole tree: what `wait4` told of all that was reaped.
    pub cpu_ns: u64,
    /// Whether some of the tree could not be accounted for, so that `cpu_ns` is "at least".
    pub cpu_at_least: bool,
    /// Who ended it.
    pub stopped_by: StoppedBy,
    /// The root interpreter's own end.
    pub root: Ended,
}

/// One execution, recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// What is known before anything happens.
    pub header: Header,
    /// In the order of their [`LaneId`]s; the first is the root interpreter.
    pub lanes: Vec<Lane>,
    /// The GILs that were watched, by the lane of their process.
    pub gils: BTreeMap<LaneId, GilTrack>,
    /// The GILs of sub-interpreters that were watched, by the lane of their process and the interpreter's number.
    pub sub_gils: BTreeMap<(LaneId, u64), SubTrack>,
    /// Why the sub-interpreters of a process can't be told, by its lane.
    pub sub_gils_unknown: BTreeMap<LaneId, String>,
    /// The places in the code where lanes were found, by their [`PlaceId`]s.
    pub places: Vec<Place>,
    /// Load of the whole machine over time.
    pub machine: Vec<MachinePoint>,
    /// Which text came when and from whom; the text itself is behind a [`TextSource`].
    pub log: LogIndex,
    /// In the order in which they came.
    pub notices: Vec<Notice>,
    /// When the run was asked to stop, if it was: nanoseconds since time zero, and by whom.
    pub stop_asked: Option<(u64, StoppedBy)>,
    /// When which signal was first sent to stop it.
    stop_steps: Vec<(u64, i32)>,
    /// The first output block after that: what was printed in dying, and what was still on its way.
    pub stop_block: Option<BlockId>,
    /// Set once the run is over.
    pub end: Option<RunEnd>,
    /// The newest event's time: "now" of a live run, in nanoseconds since time zero.
    pub now_ns: u64,
    /// How often it has changed.
    pub changes: Changes,
}

/// How often a run has changed: no part of what it is, so that all are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes(u64);

impl PartialEq for Changes {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Changes {
    /// The number.
    pub fn count(self) -> u64 {
        self.0
    }
}

impl Run {
    /// A run of which nothing has happened yet.
    pub fn new(header: Header) -> Self {
        Self {
            header,
            lanes: Vec::new(),
            gils: BTreeMap::new(),
            sub_gils: BTreeMap::new(),
            sub_gils_unknown: BTreeMap::new(),
            places: Vec::new(),
            machine: Vec::new(),
            log: LogIndex::default(),
            notices: Vec::new(),
            stop_asked: None,
            stop_steps: Vec::new(),
            stop_block: None,
            end: None,
            now_ns: 0,
            changes: Changes::default(),
        }
    }

    /// The lane, if there is one of that number.
    pub fn lane(&self, id: LaneId) -> Option<&Lane> {
        self.lanes.get(id.index())
    }

    /// The workers in the order of their starts. An own script that starts nothing is its own worker.
    pub fn workers(&self) -> Vec<&Lane> {
        let mut workers: Vec<_> = self
            .lanes
            .iter()
            .filter(|lane| lane.info.kind.is_worker())
            .collect();
        if workers.is_empty() && self.header.experiment.script.is_some() {
            workers.extend(self.lanes.first());
        }
        workers.sort_by_key(|lane| (lane.started_ns, lane.id));
        workers
    }

    /// Whether the GIL was on: the root interpreter's own word, and until it comes what is known of that version.
    pub fn gil_enabled(&self) -> bool {
        let said = self.lanes.first().and_then(|root| root.info.gil);
        said.unwrap_or(self.header.python.gil_enabled)
    }

    /// The end of the run so far, in nanoseconds since time zero: the last exit, or now.
    pub fn length_ns(&self) -> u64 {
        self.end.as_ref().map_or(self.now_ns, |end| end.wall_ns)
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! Makes lanes of processes and threads: [`Report`]s in, [`Event`]s out. Pure: no clock, no system.

use super::report::{Report, Task};
use crate::run::{Event, LaneId};

/// Who is who in a run.
#[derive(Debug)]
pub struct Roster {}

impl Roster {
    /// A run whose root is the process `root`, started at `zero_ns` (absolute); `command` is its command
    /// line. [`Self::opening`] gives its first events.
    pub fn new(_zero_ns: u64, _root: u32, _command: &[String]) -> Self {
        Self {}
    }

    /// The root's lane: the first event of a run.
    pub fn opening(&mut self) -> Vec<Event> {
        Vec::new()
    }

    /// What a report means.
    pub fn take(&mut self, _report: Report) -> Vec<Event> {
        Vec::new()
    }

    /// What the sampler should read: whole processes (`tid` none), and each thread that has a lane.
    pub fn living(&self) -> Vec<(Task, LaneId)> {
        Vec::new()
    }

    /// The processes of the run that are not known to be gone.
    pub fn alive_pids(&self) -> Vec<u32> {
        Vec::new()
    }

    /// The tree's CPU nanoseconds, and whether some of it could not be accounted for ("at least"), for
    /// [`crate::run::RunEnd`].
    pub fn tree_cpu(&self) -> (u64, bool) {
        (0, true)
    }
}

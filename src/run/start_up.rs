//! What a start costs: from `start()` to the first line, and from there to the exit.

use serde::Serialize;

use super::{Lane, Run};

/// The phases of a lane's life, in nanoseconds; none for one that was not reached, or is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// From `start()` until its interpreter ran its first line of Python. Of a thread, until its first user code.
    pub interpreter_ns: Option<u64>,
    /// From there to its first user code: imports, and the work's way to it. None for a thread.
    pub imports_ns: Option<u64>,
    /// From there until its first line of output was written or read.
    pub first_line_ns: Option<u64>,
    /// From there, or from its first user code if it printed nothing, to its end.
    pub exit_ns: Option<u64>,
}

/// The medians of the phases over the workers, in milliseconds; null where no worker has that phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct StartUp {
    /// See [`Phases::interpreter_ns`].
    pub interpreter_ms: Option<f64>,
    /// See [`Phases::imports_ns`].
    pub imports_ms: Option<f64>,
    /// See [`Phases::first_line_ns`].
    pub first_line_ms: Option<f64>,
    /// See [`Phases::exit_ns`].
    pub exit_ms: Option<f64>,
    /// From `start()` to the first user code.
    pub all_ms: Option<f64>,
}

impl Lane {
    /// How long each phase took.
    pub fn phases(&self) -> Phases {
        let Some(up_ns) = self.up.map(|up| up.t_ns) else {
            return Phases {
                interpreter_ns: self
                    .interpreter_ns
                    .map(|t_ns| t_ns.saturating_sub(self.started_ns)),
                ..Phases::default()
            };
        };
        let interpreter_ns = self.interpreter_ns.filter(|t_ns| *t_ns <= up_ns);
        let is_process = self.info.tid.is_none();
        let end_ns = self.ended.map(|(t_ns, _)| t_ns);
        // A line that is older than the first user code is not the worker's; one may be read when its writer is gone.
        let line_ns = self.first_line_ns.filter(|t_ns| *t_ns >= up_ns);
        let line_ns = line_ns.map(|t_ns| t_ns.min(end_ns.unwrap_or(t_ns)));
        let since = |from_ns: u64| move |to_ns: u64| to_ns.saturating_sub(from_ns);
        Phases {
            interpreter_ns: if is_process {
                interpreter_ns
            } else {
                Some(up_ns)
            }
            .map(since(self.started_ns)),
            imports_ns: interpreter_ns.map(|t_ns| up_ns - t_ns),
            first_line_ns: line_ns.map(since(up_ns)),
            exit_ns: end_ns.map(since(line_ns.unwrap_or(up_ns))),
        }
    }
}

impl Run {
    /// What the workers' starts cost.
    pub(super) fn start_up(&self) -> StartUp {
        let workers = self.workers();
        let all: Vec<Phases> = workers.iter().map(|lane| lane.phases()).collect();
        let of = |phase: fn(&Phases) -> Option<u64>| median_ms(all.iter().filter_map(phase));
        let until_up = |lane: &&Lane| Some(lane.up?.t_ns.saturating_sub(lane.started_ns));
        StartUp {
            interpreter_ms: of(|phases| phases.interpreter_ns),
            imports_ms: of(|phases| phases.imports_ns),
            first_line_ms: of(|phases| phases.first_line_ns),
            exit_ms: of(|phases| phases.exit_ns),
            all_ms: median_ms(workers.iter().filter_map(until_up)),
        }
    }
}

fn median_ms(ns: impl Iterator<Item = u64>) -> Option<f64> {
    let mut ns: Vec<u64> = ns.collect();
    let middle = ns.len() / 2;
    (!ns.is_empty()).then(|| *ns.select_nth_unstable(middle).1 as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{CpuPoint, Ended, LaneId, LaneInfo, LaneKind};

    fn lane(kind: LaneKind, tid: Option<u64>) -> Lane {
        let info = LaneInfo {
            parent: None,
            kind,
            pid: 2,
            tid,
            name: String::new(),
            args: String::new(),
            probed: true,
            encoding: String::new(),
            gil: None,
            among: None,
        };
        Lane::new(LaneId(1), info, 100)
    }

    #[test]
    fn a_start_is_split_where_something_is_known() {
        let mut process = lane(LaneKind::Process, None);
        assert_eq!(process.phases(), Phases::default());
        process.interpreter_ns = Some(130);
        assert_eq!(process.phases().interpreter_ns, Some(30));
        process.up = Some(CpuPoint {
            t_ns: 180,
            cpu_ns: 0,
        });
        process.ended = Some((300, Ended::Exited(0)));
        assert_eq!(process.phases().exit_ns, Some(120));
        process.first_line_ns = Some(190);
        let phases = Phases {
            interpreter_ns: Some(30),
            imports_ns: Some(50),
            first_line_ns: Some(10),
            exit_ns: Some(110),
        };
        assert_eq!(process.phases(), phases);
        process.first_line_ns = Some(400);
        let read_late = Phases {
            first_line_ns: Some(120),
            exit_ns: Some(0),
            ..phases
        };
        assert_eq!(process.phases(), read_late);
    }

    #[test]
    fn a_thread_has_no_interpreter_of_its_own_to_start() {
        let mut thread = lane(LaneKind::Thread, Some(7));
        thread.up = Some(CpuPoint {
            t_ns: 104,
            cpu_ns: 0,
        });
        assert_eq!(thread.phases().interpreter_ns, Some(4));
        assert_eq!(thread.phases().imports_ns, None);
    }
}

//! The figures that answer the question. DESIGN's definitions, each said at its field.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Doing, Lane, LaneId, Run, StartUp, StoppedBy, total};
use crate::experiment::{StartMethod, Way};

/// The smallest pipe that Linux gives has room for two pages: who prints no more than that waits for nobody.
pub const PIPE_BYTES: u64 = 8192;

/// The figures of a run, so far or at its end. Serialized, they are the keys of `run --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The version of these keys.
    pub schema: u32,
    /// The way's word.
    pub way: &'static str,
    /// The work's word; none for an own script.
    pub work: Option<&'static str>,
    /// How many were asked for; none for an own script.
    pub count: Option<u32>,
    /// When the starter waited; none for an own script.
    pub join: Option<&'static str>,
    /// The start method that was in force, where processes were started by the experiment.
    pub start_method: Option<String>,
    /// How output was buffered.
    pub buffering: &'static str,
    /// Whether other programs went before it.
    pub priority: &'static str,
    /// The version, or `builtin`.
    pub python: String,
    /// Whether the GIL was on.
    pub gil_enabled: bool,
    /// Workers started.
    pub workers: usize,
    /// Workers that ended with status 0.
    pub finished: usize,
    /// Workers that ended otherwise.
    pub failed: usize,
    /// Workers that our stop ended.
    pub stopped: usize,
    /// Seconds from the start to the last exit.
    pub wall_s: f64,
    /// CPU seconds of the whole tree.
    pub cpu_s: f64,
    /// The workers' own CPU (start-up apart) over wall time.
    pub speed_up: f64,
    /// The most workers alive at the same time.
    pub peak_parallel: usize,
    /// Lines of the whole tree, kept and lost, both streams.
    pub lines: u64,
    /// Bytes of the whole tree, kept and lost, both streams.
    pub bytes: u64,
    /// Lines that are counted but not kept.
    pub lines_lost: u64,
    /// Seconds for which threads waited until what they printed was read, summed up: an estimate from looks at them.
    /// None where most of the writers' time was not looked at.
    pub output_wait_s: Option<f64>,
    /// Pairs of workers whose first lines came in another order than their starts.
    pub out_of_order: u64,
    /// What the workers' starts cost.
    pub start_up: StartUp,
    /// The GIL's own figures.
    pub gil: Gil,
    /// Who ended it.
    pub stopped_by: &'static str,
    /// The run file.
    pub file: Option<String>,
    /// The smaller of workers and logical cores.
    #[serde(skip)]
    pub possible: usize,
    /// Whether `cpu_s` is only "at least".
    #[serde(skip)]
    pub cpu_at_least: bool,
}

/// What was measured of the GIL.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gil {
    /// Whether it was measured at all.
    pub measured: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Share of the time in which somebody held it.
    pub held_share: Option<f64>,
    /// Share of the workers' time spent waiting for it.
    pub wait_share: Option<f64>,
    /// The interpreter's own count of hand-offs.
    pub handoffs: Option<u64>,
    /// Median time that it was held, in milliseconds.
    pub median_hold_ms: Option<f64>,
    /// The same of each sub-interpreter with a GIL of its own. The figures above are those of the main interpreters' GILs,
    /// but for `wait_share`, which counts every GIL.
    pub interpreters: Vec<InterpreterGil>,
    /// Why no sub-interpreters' could be told of a process, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpreters_why: Option<String>,
    /// Whether workers ran under GILs of their own interpreters, so that this one is the main interpreter's alone.
    #[serde(skip)]
    pub is_main_only: bool,
}

/// What was measured of a sub-interpreter's GIL.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InterpreterGil {
    /// The process that the interpreter is in.
    pub pid: u32,
    /// As CPython numbers it.
    pub interpreter: u64,
    /// How many threads used it.
    pub threads: usize,
    /// Share of the time in which somebody held it.
    pub held_share: Option<f64>,
    /// Share of its threads' time spent waiting for it.
    pub wait_share: Option<f64>,
    /// The interpreter's own count of hand-offs.
    pub handoffs: Option<u64>,
    /// Median time that it was held, in milliseconds.
    pub median_hold_ms: Option<f64>,
    /// Its process.
    #[serde(skip)]
    pub process: LaneId,
}

impl Run {
    /// What was measured of the GIL.
    fn gil_figures(&self) -> Gil {
        let summary = self.gil_summary();
        let measured = summary.held_share.is_some();
        Gil {
            measured,
            why: (!measured).then(|| self.gil_why()),
            held_share: summary.held_share,
            wait_share: summary.wait_share.filter(|_| measured),
            handoffs: summary.handoffs.filter(|_| measured),
            median_hold_ms: summary.median_hold_ns.map(|ns| ns as f64 / 1e6),
            interpreters: self.interpreter_gils(),
            interpreters_why: self.sub_gils_unknown.values().next().cloned(),
            is_main_only: !self.sub_gils.is_empty()
                || self.lanes.iter().any(|lane| lane.did.has(Doing::Apart)),
        }
    }

    /// Why nothing was measured of a GIL.
    fn gil_why(&self) -> String {
        let told = self.gils.values().find_map(|gil| gil.unknown.clone());
        if let Some(why) = told {
            return why;
        }
        if self.header.python.model {
            return "the built-in model stamps its GIL only where threads share it".to_owned();
        }
        if !self.gil_enabled() {
            return "this Python runs without a GIL".to_owned();
        }
        "no process lived long enough for its GIL to be found".to_owned()
    }

    /// The figures so far.
    pub fn figures(&self) -> Figures {
        let e = &self.header.experiment;
        let own = e.script.is_some();
        let workers = self.workers();
        let wall_s = self.length_ns() as f64 / 1e9;
        let own_cpu_s = total(workers.iter().map(|lane| lane.own_cpu_ns())) as f64 / 1e9;
        let starts = matches!(e.way, Way::Processes | Way::Pool) && !own;
        // A process's lane has what its threads and calls have not, so nothing counts twice.
        let sum = |of: fn(&Lane) -> u64| total(self.lanes.iter().map(of));
        let sampled_ns = sum(|lane| lane.cpu_ns().0);
        Figures {
            schema: 1,
            way: e.way.word(),
            work: (!own).then_some(e.work.word()),
            count: (!own).then_some(e.count),
            join: (!own).then_some(e.join.word()),
            start_method: starts.then(|| {
                e.start_method.map_or_else(
                    || self.header.python.default_start_method.clone(),
                    |m: StartMethod| m.word().to_owned(),
                )
            }),
            buffering: e.buffering.word(),
            priority: e.priority.word(),
            python: self.header.python.version.clone(),
            gil_enabled: self.gil_enabled(),
            workers: workers.len(),
            finished: workers
                .iter()
                .filter(|lane| lane.finished() && !lane.stopped)
                .count(),
            failed: workers.iter().filter(|lane| lane.failed()).count(),
            stopped: workers.iter().filter(|lane| lane.stopped).count(),
            wall_s,
            cpu_s: self.end.as_ref().map_or(sampled_ns, |end| end.cpu_ns) as f64 / 1e9,
            speed_up: if wall_s > 0.0 {
                own_cpu_s / wall_s
            } else {
                0.0
            },
            peak_parallel: self.peak_parallel(),
            lines: sum(|lane| lane.lines + lane.lost.0),
            bytes: sum(|lane| lane.bytes + lane.lost.1),
            lines_lost: sum(|lane| lane.lost.0),
            output_wait_s: self.output_wait_ns().map(|ns| ns as f64 / 1e9),
            out_of_order: self.out_of_order(),
            start_up: self.start_up(),
            gil: self.gil_figures(),
            stopped_by: self
                .end
                .as_ref()
                .map_or(StoppedBy::End, |end| end.stopped_by)
                .word(),
            file: None,
            possible: workers.len().min(self.header.machine.cores as usize),
            cpu_at_least: self.end.as_ref().is_none_or(|end| end.cpu_at_least),
        }
    }

    /// For how long threads waited for us to read.
    fn output_wait_ns(&self) -> Option<u64> {
        let now_ns = self.length_ns();
        let bytes = |lane: &Lane| lane.bytes + lane.lost.1;
        // Threads share their process's pipes.
        let mut of_process: BTreeMap<u32, u64> = BTreeMap::new();
        for lane in &self.lanes {
            *of_process.entry(lane.info.pid).or_default() += bytes(lane);
        }
        let may_wait = |lane: &&Lane| bytes(lane) > 0 && of_process[&lane.info.pid] > PIPE_BYTES;
        let (mut lived_ns, mut seen_ns) = (0_u64, 0_u64);
        for lane in self.lanes.iter().filter(may_wait) {
            let ns = lane.end_or(now_ns).saturating_sub(lane.started_ns);
            lived_ns = lived_ns.saturating_add(ns);
            seen_ns = seen_ns.saturating_add(lane.did.seen_ns());
        }
        let waits = |lane: &Lane| lane.did.sum_ns(Doing::WaitsForReader);
        (seen_ns >= lived_ns / 2).then(|| total(self.lanes.iter().map(waits)))
    }

    /// The most workers alive at the same time. One that ends when another starts is not beside it.
    pub fn peak_parallel(&self) -> usize {
        let mut edges: Vec<(u64, i32)> = Vec::new();
        for lane in self.workers() {
            let end_ns = lane.end_or(u64::MAX);
            edges.push((lane.started_ns, 1));
            edges.push((end_ns.max(lane.started_ns + 1), -1));
        }
        edges.sort_unstable();
        let mut alive = 0;
        let mut most = 0;
        for (_, step) in edges {
            alive += step;
            most = most.max(alive);
        }
        most.max(0) as usize
    }
}

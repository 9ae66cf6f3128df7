//! How a run comes to its end: when it is over, and what is then still to be told.

use super::{Live, Report, Shared};
use crate::clock;
use crate::run::{Ended, Event, Kind, RunEnd, StoppedBy};

/// How long a pipe of ours may stay open, silent, once nothing of the tree can be found.
const SILENCE_NS: u64 = 1_000_000_000;

impl Live {
    /// Without the reader of the pipes nothing can be told of the run any more: it is stopped, and says why.
    pub(super) fn look_at_pump(&mut self, shared: &Shared) {
        if self.pump_failed || !self.pump.failed() {
            return;
        }
        self.pump_failed = true;
        self.notice(
            "Gilscope can no longer read what this run prints (its own reader failed), so it stops the run: lines are missing, and workers may have failed for want of a reader. Close other programs and try again".to_owned(),
            shared,
        );
        self.ask_to_stop(StoppedBy::Error, shared);
    }

    /// Whether nothing is left of the tree and all its output has come.
    pub(in crate::engine) fn is_over(&self) -> bool {
        let Some(empty_ns) = self.tree_empty_ns else {
            return false;
        };
        let now_ns = clock::now_ns();
        let silent = now_ns > empty_ns.max(self.heard_ns) + SILENCE_NS;
        (self.pump.is_drained() || silent) && self.reports.is_empty() && self.samples.is_empty()
    }

    /// The last events of it, and the file.
    pub(in crate::engine) fn finish(mut self, shared: &Shared) {
        self.sampler = None;
        self.gil = None;
        if !self.pump.is_drained() && !self.pump_failed {
            self.notice(
                "A process that could not be found still holds a pipe of this run: what it writes from now on is not in the log".to_owned(),
                shared,
            );
        }
        let reports: Vec<Report> = self
            .samples
            .try_iter()
            .chain(self.reports.try_iter())
            .collect();
        for report in reports {
            self.take(report, shared);
        }
        if let Some(text) = self.book.tidy() {
            self.notice(text, shared);
        }
        if let Some(problem) = self.book.settle() {
            self.notice(problem, shared);
        }
        let wall_ns = shared.run.read().as_ref().map_or(0, |run| {
            run.lanes
                .iter()
                .filter_map(|lane| lane.ended)
                .map(|(t_ns, _)| t_ns)
                .max()
                .unwrap_or(run.now_ns)
        });
        let (cpu_ns, cpu_at_least) = self.roster.tree_cpu();
        let end = RunEnd {
            wall_ns,
            cpu_ns,
            cpu_at_least,
            stopped_by: self.stopped_by.unwrap_or(StoppedBy::End),
            root: self.root_end.map_or(Ended::Unknown, |reaped| reaped.how),
        };
        let t_ns = clock::now_ns().saturating_sub(self.zero_ns);
        self.happen(
            vec![Event {
                t_ns,
                kind: Kind::RunEnded(end),
            }],
            shared,
        );
        // The end itself did not fit: what is in memory says so, the file can't.
        if let Some(problem) = self.book.close() {
            self.notice(problem, shared);
        }
    }
}

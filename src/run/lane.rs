//! One row of the timeline: a process, a thread or a call, and what is known of it.

use super::{Apart, CpuPoint, Did, Ended, LaneId, LaneInfo, PlaceTrack, Series, StoppedBy};

/// Samples nearer to each other than this say nothing of what a lane does: less than the ticks in which some
/// systems account CPU time.
const SAMPLE_NS: u64 = 20_000_000;

/// A lane. All times are nanoseconds since time zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Its number.
    pub id: LaneId,
    /// Who it is.
    pub info: LaneInfo,
    /// When its starter called `start()`, or the best that is known.
    pub started_ns: u64,
    /// When its interpreter ran its first line of Python; none for threads and calls, and in older files.
    pub interpreter_ns: Option<u64>,
    /// When its first user code began, and the CPU nanoseconds used until then.
    pub up: Option<CpuPoint>,
    /// When it was gone, and how.
    pub ended: Option<(u64, Ended)>,
    /// Its lifetime CPU nanoseconds from the operating system's accounting.
    pub cpu_final_ns: Option<u64>,
    /// Peak resident bytes.
    pub peak_rss_bytes: Option<u64>,
    /// CPU time used over time.
    pub cpu: Series,
    /// Its waits in `join`: for whom, from when, until when.
    pub joins: Vec<(LaneId, u64, Option<u64>)>,
    /// What it did from when to when, where that was looked at.
    pub did: Did,
    /// When it held a sub-interpreter's GIL, and when it waited for one.
    pub apart: Apart,
    /// Where in the code it was found.
    pub places: PlaceTrack,
    /// When its first line began to arrive.
    pub first_line_ns: Option<u64>,
    /// Lines kept; a last line without a newline counts.
    pub lines: u64,
    /// Bytes kept.
    pub bytes: u64,
    /// Lines and bytes that reached our pipes and are not kept.
    pub lost: (u64, u64),
    /// Whether its end was our stop's doing, so that it counts as stopped and not as failed.
    pub stopped: bool,
    /// Whether its last block left a line open, per stream.
    pub(super) open: [bool; 2],
}

/// What a lane does at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Started, but no user code has run.
    Starting,
    /// Between its first user code and its end.
    Running,
    /// Alive, and it used less than a hundredth of a core between its last two samples: it sleeps, or waits
    /// for something that is not known here.
    Waiting,
    /// Waiting in `join` for another.
    Joining(LaneId),
    /// Gone.
    Ended(Ended),
}

impl Lane {
    pub(super) fn new(id: LaneId, info: LaneInfo, t_ns: u64) -> Self {
        Self {
            id,
            info,
            started_ns: t_ns,
            interpreter_ns: None,
            up: None,
            ended: None,
            cpu_final_ns: None,
            peak_rss_bytes: None,
            cpu: Series::default(),
            joins: Vec::new(),
            did: Did::default(),
            apart: Apart::default(),
            places: PlaceTrack::default(),
            first_line_ns: None,
            lines: 0,
            bytes: 0,
            lost: (0, 0),
            stopped: false,
            open: [false; 2],
        }
    }

    /// When it was gone, or `now_ns` while it lives.
    pub fn end_or(&self, now_ns: u64) -> u64 {
        self.ended.map_or(now_ns, |(t_ns, _)| t_ns)
    }

    /// What it does now.
    pub fn state(&self) -> State {
        if let Some((_, how)) = self.ended {
            return State::Ended(how);
        }
        if let Some(&(on, _, None)) = self.joins.last() {
            return State::Joining(on);
        }
        // The operating system tells nothing finer of what is not probed.
        if self.up.is_none() && self.info.probed {
            State::Starting
        } else if self.is_idle() {
            State::Waiting
        } else {
            State::Running
        }
    }

    /// Whether it used less than a hundredth of a core between its samples before and after `t_ns`.
    pub fn idle_at(&self, t_ns: u64) -> bool {
        let points = self.cpu.points();
        let after = points.partition_point(|point| point.t_ns <= t_ns);
        let (Some(before), Some(last)) = (after.checked_sub(1), points.get(after)) else {
            return false;
        };
        self.idles(points[before], *last)
    }

    fn is_idle(&self) -> bool {
        match self.cpu.points() {
            [.., before, last] => self.idles(*before, *last),
            _ => false,
        }
    }

    fn idles(&self, before: CpuPoint, last: CpuPoint) -> bool {
        let used_ns = last.cpu_ns.saturating_sub(before.cpu_ns);
        let over_ns = last.t_ns.saturating_sub(before.t_ns);
        // What was used before its first user code says nothing of what it does in it.
        self.up.is_none_or(|up| before.t_ns >= up.t_ns)
            && over_ns >= SAMPLE_NS
            && used_ns < over_ns / 100
    }

    /// Lifetime CPU nanoseconds, and whether it is only "at least" (the last sample, for want of the
    /// operating system's accounting).
    pub fn cpu_ns(&self) -> (u64, bool) {
        match self.cpu_final_ns {
            Some(cpu_ns) => (cpu_ns, false),
            None => (self.cpu.last_ns(), self.ended.is_some()),
        }
    }

    /// CPU nanoseconds since its first user code.
    pub fn own_cpu_ns(&self) -> u64 {
        self.cpu_ns()
            .0
            .saturating_sub(self.up.map_or(0, |up| up.cpu_ns))
    }

    /// Whether it ended badly by its own doing.
    pub fn failed(&self) -> bool {
        !self.stopped
            && matches!(
                self.ended,
                Some((
                    _,
                    Ended::Killed(_) | Ended::Raised | Ended::Exited(1..=i32::MAX | i32::MIN..=-1),
                ))
            )
    }

    /// Whether it ended well.
    pub fn finished(&self) -> bool {
        matches!(
            self.ended,
            Some((_, Ended::Exited(0) | Ended::Returned | Ended::ByParent(_)))
        )
    }

    /// Where the output of a process that has no pipes of its own is to be found; none where it is on its lane.
    pub fn output_words(&self) -> Option<&'static str> {
        if self.info.probed || self.info.parent.is_none() {
            return None;
        }
        Some(match self.info.among {
            Some(true) => "what it prints stands among its parent's lines",
            Some(false) => "what it prints goes elsewhere, not into this run",
            None => {
                "what it prints, if it shares its parent's pipes, stands among its parent's lines"
            }
        })
    }

    /// Marks how a stop ended it.
    pub(super) fn judge(&mut self, stop_asked: Option<(u64, StoppedBy)>) {
        let Some((t_ns, how)) = self.ended else {
            return;
        };
        let well = matches!(how, Ended::Exited(0) | Ended::Returned);
        self.stopped = !well && stop_asked.is_some_and(|(asked_ns, _)| t_ns >= asked_ns);
    }
}

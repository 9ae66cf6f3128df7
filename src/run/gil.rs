//! What is known of a GIL over time, and of what threads do that do not hold it.

use std::collections::BTreeSet;

use super::lengths::Lengths;
use super::{Doing, Hold, Lane, LaneId, Run, total};

/// A GIL that was watched. All times are nanoseconds since time zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GilTrack {
    /// Who held it, in the order of time, without overlap.
    pub holds: Vec<Hold>,
    /// The times in which it was watched, in the order of time.
    pub watched: Vec<(u64, u64)>,
    /// In how many reads; 0 where the process stamps itself.
    pub reads: u64,
    /// How often it was handed on, by the interpreter's own count.
    pub handoffs: Option<u64>,
    /// Why it can't be read, or can't any more.
    pub unknown: Option<String>,
    /// Who of those that are known ever held it, and for how long those that are not did.
    holders: BTreeSet<LaneId>,
    unknown_ns: u64,
    /// For how long it was held each time.
    lengths: Lengths,
    watched_ns: u64,
}

/// How many there are.
const DOINGS: usize = Doing::WaitsForReader as usize + 1;

/// What a thread did, in the order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Did {
    spans: Vec<(Doing, u64, u64)>,
    /// Nanoseconds of each.
    sums_ns: [u64; DOINGS],
}

impl Did {
    pub(super) fn take(&mut self, doing: Doing, from_ns: u64, to_ns: u64) {
        let end_ns = self.spans.last().map_or(0, |last| last.2);
        // A broken file must not make time go back.
        if from_ns < end_ns || to_ns <= from_ns {
            return;
        }
        self.sums_ns[doing as usize] += to_ns - from_ns;
        match self.spans.last_mut() {
            Some(last) if last.0 == doing && last.2 == from_ns => last.2 = to_ns,
            _ => self.spans.push((doing, from_ns, to_ns)),
        }
    }

    /// What, from when, until when.
    pub fn spans(&self) -> &[(Doing, u64, u64)] {
        &self.spans
    }

    /// What it did at a time; none where nobody looked.
    pub fn at(&self, t_ns: u64) -> Option<Doing> {
        let after = self.spans.partition_point(|span| span.1 <= t_ns);
        let span = self.spans.get(after.checked_sub(1)?)?;
        (t_ns < span.2).then_some(span.0)
    }

    /// For how long it was found doing what between two times, the longest first.
    pub fn between(&self, from_ns: u64, to_ns: u64) -> Vec<(Doing, u64)> {
        let first = self.spans.partition_point(|span| span.2 <= from_ns);
        let mut sums: Vec<(Doing, u64)> = Vec::new();
        for &(doing, begins_ns, ends_ns) in &self.spans[first..] {
            if begins_ns >= to_ns {
                break;
            }
            let ns = ends_ns.min(to_ns) - begins_ns.max(from_ns);
            match sums.iter_mut().find(|(known, _)| *known == doing) {
                Some((_, sum)) => *sum += ns,
                None => sums.push((doing, ns)),
            }
        }
        sums.sort_by_key(|(_, ns)| std::cmp::Reverse(*ns));
        sums
    }

    /// Whether it was ever found doing so.
    pub fn has(&self, doing: Doing) -> bool {
        self.sum_ns(doing) > 0
    }

    /// For how long it was found doing so.
    pub fn sum_ns(&self, of: Doing) -> u64 {
        self.sums_ns[of as usize]
    }

    /// For how long it was looked at.
    pub fn seen_ns(&self) -> u64 {
        self.sums_ns.iter().sum()
    }
}

impl GilTrack {
    pub(super) fn take(
        &mut self,
        (from_ns, to_ns): (u64, u64),
        reads: u64,
        handoffs: Option<u64>,
        holds: &[Hold],
    ) {
        let end_ns = self.watched.last().map_or(0, |last| last.1);
        if from_ns < end_ns || to_ns < from_ns {
            return; // A broken file.
        }
        self.watched_ns += to_ns - from_ns;
        match self.watched.last_mut() {
            Some(last) if last.1 == from_ns => last.1 = to_ns,
            _ => self.watched.push((from_ns, to_ns)),
        }
        self.reads = self.reads.saturating_add(reads);
        self.handoffs = handoffs.or(self.handoffs);
        for &(by, hold_from_ns, hold_to_ns) in holds {
            let end_ns = self.holds.last().map_or(0, |last| last.2);
            if hold_from_ns < end_ns || hold_to_ns < hold_from_ns {
                continue;
            }
            self.holders.extend(by);
            self.unknown_ns += by.map_or(hold_to_ns - hold_from_ns, |_| 0);
            let goes_on = hold_from_ns == from_ns;
            match self.holds.last_mut() {
                Some(last) if goes_on && last.0 == by && last.2 == from_ns => {
                    self.lengths.remove(last.2 - last.1);
                    last.2 = hold_to_ns;
                    self.lengths.add(last.2 - last.1);
                }
                _ => {
                    self.lengths.add(hold_to_ns - hold_from_ns);
                    self.holds.push((by, hold_from_ns, hold_to_ns));
                }
            }
        }
    }

    /// Whether this thread ever held it.
    pub fn was_held_by(&self, lane: LaneId) -> bool {
        self.holders.contains(&lane)
    }

    /// Who of those that are known ever held it.
    pub(super) fn holders(&self) -> &BTreeSet<LaneId> {
        &self.holders
    }

    /// For how long threads held it that are not known.
    pub(super) fn unknown_ns(&self) -> u64 {
        self.unknown_ns
    }

    /// For how long it was watched.
    pub fn watched_ns(&self) -> u64 {
        self.watched_ns
    }

    /// For how long somebody held it.
    pub fn held_ns(&self) -> u64 {
        self.lengths.sum_ns()
    }

    /// The time between two reads, on average; none where there were not two.
    pub fn period_ns(&self) -> Option<u64> {
        self.watched_ns().checked_div(self.reads.saturating_sub(1))
    }

    /// The median time that it was held, to half a hundredth; none where that is below what the reads can tell apart.
    pub fn median_hold_ns(&self) -> Option<u64> {
        resolved(self.lengths.median_ns(), self.period_ns().unwrap_or(0))
    }

    /// Who held it at a time: none where nobody did or nobody looked, and `Some(None)` a thread that is not known.
    pub fn holder_at(&self, t_ns: u64) -> Option<Option<LaneId>> {
        let after = self.holds.partition_point(|hold| hold.1 <= t_ns);
        let hold = self.holds.get(after.checked_sub(1)?)?;
        (t_ns < hold.2).then_some(hold.0)
    }
}

/// The figures of all GILs of a run together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Summary {
    pub(super) held_share: Option<f64>,
    pub(super) wait_share: Option<f64>,
    pub(super) handoffs: Option<u64>,
    pub(super) median_hold_ns: Option<u64>,
}

/// A median of holds is no finer than so many times between two reads.
const RESOLVED: u64 = 3;

impl Run {
    /// The GILs that were watched of processes that ran workers: a starter that only waits has one, too.
    pub(super) fn worked_gils(&self) -> Vec<&GilTrack> {
        let pids: BTreeSet<u32> = self.workers().iter().map(|lane| lane.info.pid).collect();
        let watched = self.gils.iter().filter(|(_, gil)| gil.watched_ns() > 0);
        watched
            .filter(|(lane, _)| {
                self.lane(**lane)
                    .is_some_and(|lane| pids.contains(&lane.info.pid))
            })
            .map(|(_, gil)| gil)
            .collect()
    }

    pub(super) fn gil_summary(&self) -> Summary {
        let gils = self.worked_gils();
        let read = || gils.iter().copied();
        let watched_ns = total(read().map(GilTrack::watched_ns));
        let held_ns = total(read().map(GilTrack::held_ns));
        let workers = self.workers();
        let of = |of: &dyn Fn(&Lane) -> u64| total(workers.iter().map(|lane| of(lane)));
        let seen_ns = of(&|lane| lane.did.seen_ns());
        let now_ns = self.length_ns();
        let lived_ns = of(&|lane| lane.end_or(now_ns).saturating_sub(lane.started_ns));
        let waits_ns = of(&|lane| lane.did.sum_ns(Doing::WaitsForGil));
        let share = |part: u64, all: u64| (all > 0).then(|| part as f64 / all as f64);
        let counts: Vec<u64> = read().filter_map(|gil| gil.handoffs).collect();
        Summary {
            held_share: share(held_ns, watched_ns),
            // A few looks tell nothing of a life.
            wait_share: share(waits_ns, seen_ns).filter(|_| seen_ns >= lived_ns / 2),
            handoffs: (!counts.is_empty()).then(|| total(counts.into_iter())),
            median_hold_ns: self.median_hold_ns(),
        }
    }

    /// None where it is below what the reads can tell apart.
    fn median_hold_ns(&self) -> Option<u64> {
        let mut lengths = Lengths::default();
        let mut period_ns = 0;
        for gil in self.worked_gils() {
            lengths.add_all(&gil.lengths);
            period_ns = gil.period_ns().unwrap_or(0).max(period_ns);
        }
        resolved(lengths.median_ns(), period_ns)
    }
}

fn resolved(median_ns: Option<u64>, period_ns: u64) -> Option<u64> {
    median_ns.filter(|median_ns| *median_ns >= RESOLVED * period_ns)
}

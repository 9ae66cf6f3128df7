//! The GILs of sub-interpreters over time: what is known of each, and when a lane held one or waited for one.

use std::collections::BTreeSet;

use super::figures::InterpreterGil;
use super::{GilTrack, LaneId, Run, SubGil, total};

/// A sub-interpreter's GIL that was watched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubTrack {
    /// What is known of it as of any GIL.
    pub gil: GilTrack,
    /// Who of those that are known waited for it.
    waiters: BTreeSet<LaneId>,
    waited_ns: u64,
}

/// When a lane held a sub-interpreter's GIL, and when it waited for one: the interpreter's number, from when, until when,
/// in the order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Apart {
    held: Vec<(u64, u64, u64)>,
    waited: Vec<(u64, u64, u64)>,
    interpreters: BTreeSet<u64>,
}

/// Threads that are not known count as one more if they held it for more than one in so many nanoseconds, and it was handed
/// on more often than this: a thread that has just begun is not known either.
const UNKNOWN: u64 = 10;
const TURNS: u64 = 8;

impl SubTrack {
    /// How many threads ever held it or waited for it.
    pub fn threads(&self) -> usize {
        let unknown = self.gil.unknown_ns() > self.gil.held_ns() / UNKNOWN
            && self.gil.handoffs.is_none_or(|handoffs| handoffs > TURNS);
        self.users().count() + usize::from(unknown)
    }

    /// Who of those that are known ever held it or waited for it.
    pub fn users(&self) -> impl Iterator<Item = LaneId> {
        self.gil.holders().union(&self.waiters).copied()
    }
}

impl Apart {
    /// When it held one.
    pub fn held(&self) -> &[(u64, u64, u64)] {
        &self.held
    }

    /// The interpreters whose GILs it held or waited for.
    pub fn interpreters(&self) -> &BTreeSet<u64> {
        &self.interpreters
    }

    /// The interpreter whose GIL it held at a time.
    pub fn held_at(&self, t_ns: u64) -> Option<u64> {
        at(&self.held, t_ns)
    }

    /// The interpreter for whose GIL it waited at a time.
    pub fn waited_at(&self, t_ns: u64) -> Option<u64> {
        at(&self.waited, t_ns)
    }
}

fn at(spans: &[(u64, u64, u64)], t_ns: u64) -> Option<u64> {
    let after = spans.partition_point(|span| span.1 <= t_ns);
    let span = spans.get(after.checked_sub(1)?)?;
    (t_ns < span.2).then_some(span.0)
}

/// Adds a span; none before the end of the last one, which a thread has left when it is in another interpreter.
fn add(spans: &mut Vec<(u64, u64, u64)>, (interpreter, from_ns, to_ns): (u64, u64, u64)) {
    let from_ns = spans.last().map_or(0, |last| last.2).max(from_ns);
    if to_ns <= from_ns {
        return;
    }
    match spans.last_mut() {
        Some(last) if last.0 == interpreter && last.2 == from_ns => last.2 = to_ns,
        _ => spans.push((interpreter, from_ns, to_ns)),
    }
}

impl Run {
    pub(super) fn apply_sub_gils(&mut self, process: LaneId, gils: &[SubGil]) {
        let (mut held, mut waited) = (Vec::new(), Vec::new());
        for sub in gils {
            let track = self.sub_gils.entry((process, sub.interpreter));
            let track = track.or_default();
            if sub.reads > 0 {
                let seen = (sub.from_ns, sub.to_ns);
                track.gil.take(seen, sub.reads, sub.handoffs, &sub.holds);
            }
            let own = |&(by, from_ns, to_ns): &(Option<LaneId>, u64, u64)| {
                Some((by?, (sub.interpreter, from_ns, to_ns)))
            };
            held.extend(sub.holds.iter().filter_map(own));
            for &(lane, from_ns, to_ns) in &sub.waits {
                if lane.index() < self.lanes.len() && from_ns < to_ns {
                    track.waiters.insert(lane);
                    track.waited_ns = track.waited_ns.saturating_add(to_ns - from_ns);
                    waited.push((lane, (sub.interpreter, from_ns, to_ns)));
                }
            }
        }
        // A thread may have been in several interpreters.
        held.sort_by_key(|(_, span)| span.1);
        waited.sort_by_key(|(_, span)| span.1);
        for (lane, span) in held {
            self.on(lane, |lane| {
                lane.apart.interpreters.insert(span.0);
                add(&mut lane.apart.held, span);
            });
        }
        for (lane, span) in waited {
            self.on(lane, |lane| {
                lane.apart.interpreters.insert(span.0);
                add(&mut lane.apart.waited, span);
            });
        }
    }

    /// The share of its threads' time, while it was watched, that they waited for it.
    fn waited_share(&self, track: &SubTrack) -> Option<f64> {
        let watched = &track.gil.watched;
        let (from_ns, to_ns) = (watched.first()?.0, watched.last()?.1);
        let lived = track.users().filter_map(|lane| {
            let lane = self.lane(lane)?;
            let end_ns = lane.end_or(to_ns).min(to_ns);
            Some(end_ns.saturating_sub(lane.started_ns.max(from_ns)))
        });
        let lived_ns = total(lived);
        (lived_ns > 0).then(|| (track.waited_ns as f64 / lived_ns as f64).min(1.0))
    }

    /// The figures of each sub-interpreter's GIL.
    pub(super) fn interpreter_gils(&self) -> Vec<InterpreterGil> {
        let watched = self
            .sub_gils
            .iter()
            .filter(|(_, of)| of.gil.watched_ns() > 0);
        let one = |(&(process, interpreter), track): (&(LaneId, u64), &SubTrack)| {
            let gil = &track.gil;
            let watched_ns = gil.watched_ns();
            InterpreterGil {
                pid: self.lane(process).map_or(0, |lane| lane.info.pid),
                interpreter,
                threads: track.threads(),
                held_share: Some(gil.held_ns() as f64 / watched_ns as f64),
                wait_share: self.waited_share(track),
                handoffs: gil.handoffs,
                median_hold_ms: gil.median_hold_ns().map(|ns| ns as f64 / 1e6),
                process,
            }
        };
        watched.map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{header, info};
    use super::*;
    use crate::experiment::Experiment;
    use crate::run::{Event, Kind, LaneInfo, LaneKind};

    const MS: u64 = 1_000_000;

    fn run() -> Run {
        let mut run = Run::new(header(Experiment::default()));
        for lane in (0..3).map(LaneId) {
            let kind = [LaneKind::Root, LaneKind::Thread][usize::from(lane.0 > 0)];
            let info = LaneInfo {
                parent: (lane.0 > 0).then_some(LaneId(0)),
                tid: (lane.0 > 0).then_some(u64::from(lane.0)),
                ..info(kind, "a")
            };
            let kind = Kind::Opened { lane, info };
            run.apply(&Event { t_ns: 0, kind });
        }
        run
    }

    fn told(interpreter: u64, at: (u64, u64), by: u32, waits: Option<u32>) -> SubGil {
        SubGil {
            interpreter,
            from_ns: at.0 * MS,
            to_ns: at.1 * MS,
            reads: at.1.abs_diff(at.0),
            handoffs: Some(3),
            holds: vec![(Some(LaneId(by)), at.0 * MS, at.1 * MS)],
            waits: waits
                .map(|by| (LaneId(by), at.0 * MS, at.1 * MS))
                .into_iter()
                .collect(),
        }
    }

    fn apply(run: &mut Run, t_ms: u64, gils: Vec<SubGil>) {
        let lane = LaneId(0);
        let kind = Kind::SubGils { lane, gils };
        run.apply(&Event {
            t_ns: t_ms * MS,
            kind,
        });
    }

    #[test]
    fn each_gil_has_its_own_holders_waits_and_figures() {
        let mut run = run();
        let both = vec![told(1, (0, 100), 1, Some(2)), told(2, (0, 100), 2, None)];
        apply(&mut run, 100, both);
        let both = vec![told(1, (100, 200), 1, None), told(2, (100, 200), 2, None)];
        apply(&mut run, 200, both);
        let gils = run.figures().gil.interpreters;
        assert_eq!(gils.len(), 2);
        assert_eq!(gils.iter().map(|of| of.threads).collect::<Vec<_>>(), [2, 1]);
        for of in &gils {
            assert_eq!((of.held_share, of.handoffs), (Some(1.0), Some(3)));
        }
        assert_eq!(
            (gils[0].wait_share, gils[1].wait_share),
            (Some(0.25), Some(0.0))
        );
        let apart = &run.lanes[2].apart;
        assert_eq!(apart.held(), [(2, 0, 200 * MS)]);
        assert_eq!(
            (apart.waited_at(50 * MS), apart.waited_at(150 * MS)),
            (Some(1), None)
        );
        assert_eq!(run.gils.len(), 0, "the main one is another");
    }

    #[test]
    fn a_thread_that_goes_through_interpreters_is_in_one_at_a_time() {
        let mut run = run();
        // The older interpreter is told last.
        let both = vec![told(9, (50, 100), 1, None), told(8, (0, 51), 1, None)];
        apply(&mut run, 100, both);
        assert_eq!(
            run.lanes[1].apart.held(),
            [(8, 0, 51 * MS), (9, 51 * MS, 100 * MS)]
        );
        // What a broken file names is not there.
        let mut broken = told(9, (200, 100), 77, Some(78));
        broken.from_ns = u64::MAX;
        apply(&mut run, 100, vec![broken]);
        assert_eq!(run.lanes[1].apart.held().len(), 2);
    }
}

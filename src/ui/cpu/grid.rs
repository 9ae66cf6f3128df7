//! Busy cores of each lane in the buckets of a time, kept from frame to frame: what is known of a bucket changes no more, so
//! that a run that grows costs its newest ones. It can be worked out bit by bit.

use super::curves::{Curves, of_grid, reach};
use super::fit::FAR;
use crate::run::{CpuPoint, Lane, Run, Stack};
use crate::ui::zoom::TimeRange;

/// So many buckets of lanes are worked out in a frame at most: about half a millisecond's worth.
const STEPS: usize = 40_000;

/// The grid of a run that may grow, for a time and a screen.
#[derive(Default)]
pub(super) struct Growing {
    run: String,
    grid: Grid,
    /// How often the run had changed when the grid was last gone along from its first lane on.
    began: u64,
}

impl Growing {
    /// Takes what is new in the run, as far as the steps of a frame reach; gives whether there is more to do. Until all is
    /// worked out the curves stay as they were; of another time or screen, they are those of wider buckets.
    pub(super) fn renew(
        &mut self,
        curves: &mut Curves,
        run: &Run,
        shown: TimeRange,
        bucket_ns: u64,
    ) -> bool {
        let grid = |wider: usize| {
            let bucket_ns = bucket_ns.saturating_mul(wider as u64);
            Grid::new(shown, bucket_ns, FAR.div_ceil(wider) as u64)
        };
        let mut steps = STEPS;
        let fine = grid(1);
        if self.run == run.header.id && self.grid.next == 0 {
            self.grid.move_to(run, &fine);
        }
        if self.run != run.header.id || !self.grid.is_of(&fine) {
            self.run.clone_from(&run.header.id);
            self.grid = fine;
            let wider = self.grid.work(run.lanes.len()).div_ceil(STEPS);
            if wider > 1 {
                let mut coarse = grid(wider);
                coarse.go_on(run, &mut usize::MAX.clone());
                *curves = of_grid(run, &coarse);
                return true;
            }
            steps = usize::MAX;
        }
        let changes = run.changes.count();
        if self.grid.next == 0 {
            self.began = changes;
        }
        if !self.grid.go_on(run, &mut steps) {
            return true;
        }
        *curves = of_grid(run, &self.grid);
        // What changed while it was gone along is taken by the next time.
        self.began != changes
    }
}

/// Busy cores in the making.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Grid {
    pub(super) bucket_ns: u64,
    /// The first bucket and the one past the last that are asked for; those that are worked out reach farther.
    pub(super) seen: (u64, u64),
    pub(super) first: u64,
    past: u64,
    /// The edges of the buckets: the last one may be shorter.
    edges_ns: Vec<u64>,
    lanes: Vec<OfLane>,
    /// The next lane to be worked out.
    next: usize,
}

/// What is worked out of a lane.
#[derive(Clone, Debug, Default, PartialEq)]
struct OfLane {
    /// From how many points, and the last of them.
    points: usize,
    last: Option<CpuPoint>,
    /// How many edges there were.
    edges: usize,
    cores: Vec<f32>,
}

impl Grid {
    /// Nothing yet, for a time; `far` is how many buckets it reaches beyond its ends.
    pub(super) fn new(shown: TimeRange, bucket_ns: u64, far: u64) -> Self {
        let bucket_ns = bucket_ns.max(1);
        let seen = reach(shown, bucket_ns);
        let first = seen.0.saturating_sub(far);
        Self {
            bucket_ns,
            seen,
            first,
            past: seen.1 + far,
            edges_ns: vec![first * bucket_ns],
            lanes: Vec::new(),
            next: 0,
        }
    }

    /// Whether it is for the same time, in the same buckets.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        (self.bucket_ns, self.seen) == (other.bucket_ns, other.seen)
    }

    /// Moves to the time of another one where both have the same buckets and share some: what is known of them stays.
    fn move_to(&mut self, run: &Run, to: &Self) {
        let shared = to.first.max(self.first)..to.past.min(self.past);
        if self.bucket_ns != to.bucket_ns || shared.is_empty() || self.is_of(to) {
            return;
        }
        let gone = (shared.start - self.first) as usize;
        if gone + 1 >= self.edges_ns.len() {
            return; // Nothing is known there.
        }
        let new: Vec<u64> = (to.first..=shared.start)
            .map(|nth| nth * self.bucket_ns)
            .collect();
        let more = new.len() - 1;
        let most = (shared.end - to.first) as usize;
        self.edges_ns.splice(..=gone, new.iter().copied());
        self.edges_ns.truncate(most + 1);
        for (lane, kept) in run.lanes.iter().zip(&mut self.lanes) {
            let mut before = Vec::with_capacity(more);
            lane.cpu.fill(lane.started_ns, &new, &mut before);
            kept.cores.splice(..gone.min(kept.cores.len()), before);
            kept.cores.truncate(most);
            kept.edges = (kept.edges.saturating_sub(gone) + more).min(most + 1);
        }
        (self.first, self.past, self.seen) = (to.first, to.past, to.seen);
    }

    /// How much work it is for so many lanes, in steps.
    pub(super) fn work(&self, lanes: usize) -> usize {
        (self.past - self.first) as usize * lanes
    }

    /// Until when it tells.
    pub(super) fn to_ns(&self) -> u64 {
        self.edges_ns.last().copied().unwrap_or_default()
    }

    /// Works out what is new in the run, as far as the steps reach: one a bucket of a lane. Gives whether that is all.
    pub(super) fn go_on(&mut self, run: &Run, steps: &mut usize) -> bool {
        if self.next == 0 {
            self.lengthen(run.cpu_known_ns());
            self.lanes.resize_with(run.lanes.len(), OfLane::default);
        }
        let left = run.lanes.iter().zip(&mut self.lanes).skip(self.next);
        for (lane, kept) in left {
            if *steps == 0 {
                return false;
            }
            let many = kept.go_on(lane, &self.edges_ns);
            *steps = steps.saturating_sub(many + 1);
            self.next += 1;
        }
        self.next = 0;
        true
    }

    /// Takes the edges of a run that is known until then.
    fn lengthen(&mut self, to_ns: u64) {
        let bucket_ns = self.bucket_ns;
        let full = self.past.min(to_ns / bucket_ns).max(self.first);
        // What is left of the run after its last whole bucket is no whole one.
        let whole = |edge_ns: &u64| edge_ns.is_multiple_of(bucket_ns);
        if !self.edges_ns.last().is_none_or(whole) {
            self.edges_ns.pop();
        }
        let known = self.first + self.edges_ns.len() as u64;
        self.edges_ns
            .extend((known..=full).map(|nth| nth * bucket_ns));
        if full < self.past && to_ns > full * bucket_ns && to_ns > self.to_ns() {
            self.edges_ns.push(to_ns);
        }
    }

    /// The whole of it as a stack.
    pub(super) fn stack(&self) -> Stack {
        let buckets = self.edges_ns.len() - 1;
        let of_lane = |lane: &OfLane| {
            let mut cores = lane.cores.clone();
            cores.resize(buckets, 0.0);
            cores
        };
        Stack {
            edges_ns: self.edges_ns.clone(),
            cores: self.lanes.iter().map(of_lane).collect(),
        }
    }
}

impl OfLane {
    /// Takes what is new; gives in how many buckets.
    fn go_on(&mut self, lane: &Lane, edges_ns: &[u64]) -> usize {
        let points = lane.cpu.points();
        let same = points.len() >= self.points
            && self.last == self.points.checked_sub(1).map(|last| points[last]);
        let known_ns = match self.last {
            // Nothing came: all stays as it is.
            _ if same && points.len() == self.points => u64::MAX,
            // After its last point nothing was known of it.
            Some(last) if same => last.t_ns,
            _ => 0,
        };
        let whole = edges_ns.partition_point(|edge_ns| *edge_ns <= known_ns);
        // The last bucket may have grown.
        let whole = whole.min(self.edges.saturating_sub(1)).saturating_sub(1);
        self.cores.truncate(whole);
        let new = &edges_ns[self.cores.len().min(edges_ns.len() - 1)..];
        lane.cpu.fill(lane.started_ns, new, &mut self.cores);
        (self.points, self.last) = (points.len(), points.last().copied());
        self.edges = edges_ns.len();
        new.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::experiment::Experiment;
    use crate::run::tests::{header, info};
    use crate::run::{Ended, Event, Kind, LaneId, LaneInfo, LaneKind};

    const MS: u64 = 1_000_000;

    fn apply(run: &mut Run, t_ns: u64, kind: Kind) {
        run.apply(&Event { t_ns, kind });
    }

    fn open(run: &mut Run, t_ns: u64) {
        let lane = LaneId(run.lanes.len() as u32);
        let kind = [LaneKind::Root, LaneKind::Process][usize::from(lane.0 > 0)];
        let info = LaneInfo {
            parent: (lane.0 > 0).then_some(LaneId(0)),
            pid: 1 + lane.0,
            ..info(kind, "lane")
        };
        apply(run, t_ns, Kind::Opened { lane, info });
    }

    proptest! {
        #[test]
        fn bit_by_bit_is_all_at_once(
            steps in prop::collection::vec((0_u8..8, 0_u64..1000, 0_u64..1000), 1..60),
            (from, to) in (0_u64..3000, 1_u64..4000),
            bucket in 1_u64..40,
            many in 1_usize..300,
        ) {
            let mut run = Run::new(header(Experiment::default()));
            open(&mut run, 0);
            let mut shown = TimeRange::between(from * MS, (from + to) * MS);
            let mut grown = Grid::new(shown, bucket * MS, 3);
            let (mut now_ns, mut used_ns) = (0, 0);
            for (what, a, b) in steps {
                now_ns += (1 + a % 150) * MS;
                used_ns += b % 100 * MS;
                let lane = LaneId((a % run.lanes.len() as u64) as u32);
                match what {
                    0 => open(&mut run, now_ns),
                    1 if b % 3 == 0 => {
                        let ended = Kind::Ended {
                            lane,
                            how: Ended::Returned,
                            cpu_ns: Some(used_ns / 2),
                            peak_rss_bytes: None,
                        };
                        apply(&mut run, now_ns.saturating_sub(b * MS), ended);
                    }
                    _ => {
                        let cpu = Kind::Cpu {
                            lanes: vec![(lane, used_ns)],
                            machine_cores: None,
                            rss_bytes: 0,
                        };
                        apply(&mut run, now_ns, cpu);
                    }
                }
                for _ in 0..a % 4 {
                    grown.go_on(&run, &mut many.clone());
                }
                if b % 3 == 0 && grown.next == 0 {
                    let from_ns = (shown.from_ns + a * MS).saturating_sub(b * MS);
                    let to = TimeRange::between(from_ns, from_ns + to * MS);
                    let to_grid = Grid::new(to, bucket * MS, 3);
                    grown.move_to(&run, &to_grid);
                    if grown.is_of(&to_grid) {
                        shown = to;
                    }
                }
            }
            // What began before the last event is followed by what is new.
            while !grown.go_on(&run, &mut many.clone()) {}
            while !grown.go_on(&run, &mut many.clone()) {}
            let mut fresh = Grid::new(shown, bucket * MS, 3);
            fresh.go_on(&run, &mut usize::MAX.clone());
            let (grown, fresh) = (grown.stack(), fresh.stack());
            prop_assert_eq!(&grown.edges_ns, &fresh.edges_ns);
            for (grown, fresh) in grown.cores.iter().zip(&fresh.cores) {
                for (one, other) in grown.iter().zip(fresh) {
                    prop_assert!((one - other).abs() < 1e-4, "{grown:?}, {fresh:?}");
                }
            }
        }
    }
}

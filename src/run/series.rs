//! CPU time over time: cumulative points, and the curves that are read off them.
//!
//! A lane's curve is the difference of cumulative CPU time over the difference of time, so that it
//! integrates to what the operating system accounted, whatever the sampling rate was.

use super::Run;

/// CPU time used by then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuPoint {
    /// Nanoseconds since time zero.
    pub t_ns: u64,
    /// Lifetime CPU nanoseconds.
    pub cpu_ns: u64,
}

/// Load of the whole machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MachinePoint {
    /// Nanoseconds since time zero.
    pub t_ns: u64,
    /// Busy cores over the time since the last point; none where unknown.
    pub busy_cores: Option<f32>,
    /// Resident bytes of the run's whole tree.
    pub rss_bytes: u64,
}

/// Points in the order of time; neither time nor CPU time goes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    points: Vec<CpuPoint>,
}

impl Series {
    /// The points.
    pub fn points(&self) -> &[CpuPoint] {
        &self.points
    }

    /// The newest CPU nanoseconds.
    pub fn last_ns(&self) -> u64 {
        self.points.last().map_or(0, |point| point.cpu_ns)
    }

    /// Adds a point; one that goes back in time is passed over, CPU time never falls.
    pub(super) fn push(&mut self, point: CpuPoint) {
        let last = self.points.last().copied().unwrap_or_default();
        if self.points.is_empty() || point.t_ns > last.t_ns {
            self.points.push(CpuPoint {
                cpu_ns: point.cpu_ns.max(last.cpu_ns),
                ..point
            });
        }
    }

    /// The last point, from the operating system's accounting: points after it, or above it, give way.
    pub(super) fn finish(&mut self, end: CpuPoint) {
        while self.points.last().is_some_and(|last| last.t_ns >= end.t_ns) {
            self.points.pop();
        }
        for point in self
            .points
            .iter_mut()
            .rev()
            .take_while(|point| point.cpu_ns > end.cpu_ns)
        {
            point.cpu_ns = end.cpu_ns;
        }
        self.points.push(end);
    }

    /// CPU nanoseconds by `t_ns`, with a straight line from `start_ns` (where it was 0) through the points.
    pub fn at(&self, start_ns: u64, t_ns: u64) -> f64 {
        let after = self.points.partition_point(|point| point.t_ns <= t_ns);
        self.between(after, start_ns, t_ns)
    }

    /// The same, where the point after `t_ns` is known.
    fn between(&self, after: usize, start_ns: u64, t_ns: u64) -> f64 {
        let before = match after.checked_sub(1) {
            Some(i) => self.points[i],
            None => CpuPoint {
                t_ns: start_ns,
                cpu_ns: 0,
            },
        };
        let Some(next) = self.points.get(after) else {
            return before.cpu_ns as f64;
        };
        if t_ns <= before.t_ns || next.t_ns <= before.t_ns {
            return before.cpu_ns as f64;
        }
        let share = (t_ns - before.t_ns) as f64 / (next.t_ns - before.t_ns) as f64;
        before.cpu_ns as f64 + share * (next.cpu_ns - before.cpu_ns) as f64
    }

    /// Adds busy cores of each bucket between two of these edges, in nanoseconds since time zero.
    pub fn fill(&self, start_ns: u64, edges_ns: &[u64], cores: &mut Vec<f32>) {
        let Some(&first_ns) = edges_ns.first() else {
            return;
        };
        let mut after = self.points.partition_point(|point| point.t_ns <= first_ns);
        let mut before = self.between(after, start_ns, first_ns);
        cores.extend(edges_ns.windows(2).map(|edge| {
            after = self.after(after, edge[1]);
            let now = self.between(after, start_ns, edge[1]);
            let used = now - std::mem::replace(&mut before, now);
            (used / (edge[1] - edge[0]).max(1) as f64) as f32
        }));
    }

    /// The number of the first point after `t_ns`, not before `from`: near at hand in steps that grow, since edges of
    /// curves lie close to each other.
    fn after(&self, from: usize, t_ns: u64) -> usize {
        let rest = self.points.get(from..).unwrap_or_default();
        let mut far = 1;
        while rest.get(far - 1).is_some_and(|point| point.t_ns <= t_ns) {
            far *= 2;
        }
        let near = far / 2;
        let near_by = &rest[near.min(rest.len())..far.min(rest.len())];
        from + near + near_by.partition_point(|point| point.t_ns <= t_ns)
    }
}

/// Stacked curves on one grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    /// The grid: `buckets + 1` edges, nanoseconds since time zero.
    pub edges_ns: Vec<u64>,
    /// For each lane asked for, in that order: busy cores per bucket.
    pub cores: Vec<Vec<f32>>,
}

/// Busy cores of each of `lanes` (indices into [`Run::lanes`]) in `buckets` equal parts of
/// `from_ns..to_ns`. Exact: a bucket's cores times its width is the CPU time that was used in it.
pub fn stack(run: &Run, lanes: &[usize], from_ns: u64, to_ns: u64, buckets: usize) -> Stack {
    let width = to_ns.saturating_sub(from_ns).max(1) as f64 / buckets.max(1) as f64;
    let edges_ns: Vec<u64> = (0..=buckets)
        .map(|i| from_ns + (i as f64 * width) as u64)
        .collect();
    let cores = lanes
        .iter()
        .filter_map(|&lane| run.lanes.get(lane))
        .map(|lane| {
            let mut cores = Vec::with_capacity(buckets);
            lane.cpu.fill(lane.started_ns, &edges_ns, &mut cores);
            cores
        })
        .collect();
    Stack { edges_ns, cores }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn walking_along_finds_what_searching_finds(
            mut times in prop::collection::vec(0_u64..10_000, 0..100),
            mut edges in prop::collection::vec(0_u64..11_000, 1..50),
        ) {
            times.sort_unstable();
            edges.sort_unstable();
            let mut series = Series::default();
            for t_ns in times {
                series.push(CpuPoint { t_ns, cpu_ns: t_ns / 2 });
            }
            let mut after = 0;
            for t_ns in edges {
                after = series.after(after, t_ns);
                let found = series.points.partition_point(|point| point.t_ns <= t_ns);
                prop_assert_eq!(after, found);
            }
        }
    }
}

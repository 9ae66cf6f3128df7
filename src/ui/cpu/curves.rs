//! What the plot shows, as plain numbers.

use std::ops::Range;

use super::fit::{FAR, fit};
use super::grid::Grid;
use crate::run::{Lane, LaneId, Run, Stack};
use crate::ui::theme::Theme;
use crate::ui::who::{self, Who};
use crate::ui::zoom::TimeRange;

/// More workers than this share a band a colour: single bands would be thinner than a pixel.
pub const BANDS: usize = 60;
const COLOURS: usize = Theme::COLOURS;

/// Busy cores over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// The edges of the buckets, seconds since time zero; one more than the buckets.
    pub edges_s: Vec<f64>,
    /// From the bottom up.
    pub bands: Vec<Band>,
    /// All of the run: the sum of the bands, busy cores a bucket.
    pub total: Vec<f32>,
    /// How many workers there are.
    pub workers: usize,
    /// Whether workers share bands.
    pub grouped: bool,
    /// Workers that were too short to sample: drawn from what the operating system accounted at their exit.
    pub short: usize,
    /// Workers that ended and of whom no CPU time is known.
    pub unknown: usize,
}

/// One band of the stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Whose it is.
    pub name: String,
    /// The lane, where it is one lane's.
    pub lane: Option<LaneId>,
    /// The number of its colour; none for the rest of the run.
    pub colour: Option<usize>,
    /// Busy cores a bucket.
    pub cores: Vec<f32>,
}

/// The curves of a time, in buckets of `bucket_ns`; the last one of a run may be shorter. Buckets begin at
/// multiples of their width and reach a little over both ends, so that nothing changes its form when the time
/// moves. A process's lane has what its threads and calls have not, so that lanes add up and nothing is stacked
/// twice.
pub fn curves(run: &Run, shown: TimeRange, bucket_ns: u64) -> Curves {
    let mut grid = Grid::new(shown, bucket_ns, FAR as u64);
    grid.go_on(run, &mut usize::MAX.clone());
    of_grid(run, &grid)
}

/// The curves as far as the grid is worked out.
pub(super) fn of_grid(run: &Run, of: &Grid) -> Curves {
    let (first, bucket_ns) = (of.first, of.bucket_ns);
    let to_ns = of.to_ns();
    let mut grid = of.stack();
    let alive: Vec<Range<usize>> = run
        .lanes
        .iter()
        .map(|lane| {
            let edge = |t_ns: u64| (t_ns / bucket_ns).saturating_sub(first) as usize;
            edge(lane.started_ns)..edge(lane.end_or(to_ns)) + 1
        })
        .collect();
    fit(&mut grid, run.header.machine.cores as f32, &alive);
    let (seen_first, seen_past) = of.seen;
    trim(
        &mut grid,
        (seen_first - first) as usize,
        (seen_past - first) as usize,
    );
    let buckets = grid.edges_ns.len() - 1;

    let who = Who::of(run);
    let (mut workers, mut rest) = (Vec::new(), vec![0.0; buckets]);
    for (lane, cores) in run.lanes.iter().zip(grid.cores) {
        match who.nth(lane.id) {
            Some(nth) => workers.push((lane, nth, cores)),
            None => add(&mut rest, &cores),
        }
    }
    let count = workers.len();
    let short = workers.iter().filter(|(lane, ..)| is_short(lane)).count();
    let unknown = workers.iter().filter(|(lane, ..)| is_unknown(lane));
    let unknown = unknown.count();
    let grouped = count > BANDS;
    let mut bands = if grouped {
        group(workers, buckets)
    } else {
        workers
            .into_iter()
            .map(|(lane, nth, cores)| Band {
                name: who::name(lane),
                lane: Some(lane.id),
                colour: Some(nth),
                cores,
            })
            .collect()
    };
    if run.lanes.len() > count {
        bands.push(Band {
            name: "the rest of the run".to_owned(),
            lane: None,
            colour: None,
            cores: rest,
        });
    }
    let mut total = vec![0.0; buckets];
    for band in &bands {
        add(&mut total, &band.cores);
    }
    Curves {
        edges_s: grid.edges_ns.iter().map(|&ns| ns as f64 / 1e9).collect(),
        bands,
        total,
        workers: count,
        grouped,
        short,
        unknown,
    }
}

fn add(sum: &mut [f32], cores: &[f32]) {
    for (sum, cores) in sum.iter_mut().zip(cores) {
        *sum += cores;
    }
}

fn group(workers: Vec<(&Lane, usize, Vec<f32>)>, buckets: usize) -> Vec<Band> {
    let mut bands: Vec<Band> = (0..COLOURS)
        .map(|colour| Band {
            name: format!("every {COLOURS}th worker from {}", colour + 1),
            lane: None,
            colour: Some(colour),
            cores: vec![0.0; buckets],
        })
        .collect();
    for (_, nth, cores) in workers {
        add(&mut bands[nth % COLOURS].cores, &cores);
    }
    bands
}

/// Whether its curve is the operating system's accounting at its end and nothing else.
fn is_short(lane: &Lane) -> bool {
    let mut samples = lane.cpu.points().iter();
    let up_ns = lane.up.map(|up| up.t_ns);
    let end_ns = lane.ended.map(|(t_ns, _)| t_ns);
    lane.cpu_final_ns.is_some()
        && samples.all(|point| Some(point.t_ns) == up_ns || Some(point.t_ns) == end_ns)
}

fn is_unknown(lane: &Lane) -> bool {
    lane.ended.is_some() && lane.cpu.points().is_empty()
}

/// Leaves of a grid these buckets, as far as there are so many.
fn trim(grid: &mut Stack, from: usize, to: usize) {
    let buckets = grid.edges_ns.len().saturating_sub(1);
    let (from, to) = (from.min(buckets), to.min(buckets));
    grid.edges_ns.truncate(to + 1);
    grid.edges_ns.drain(..from);
    for cores in &mut grid.cores {
        cores.truncate(to);
        cores.drain(..from);
    }
}

/// The first bucket that a time needs, and the one past its last.
pub(super) fn reach(shown: TimeRange, bucket_ns: u64) -> (u64, u64) {
    let bucket_ns = bucket_ns.max(1);
    let first = (shown.from_ns / bucket_ns).saturating_sub(1);
    (first, shown.to_ns.div_ceil(bucket_ns).saturating_add(1))
}

/// The whole machine's busy cores as a line: seconds since time zero and cores, at the middle of what each
/// point measured, thinned to the mean of `bucket_ns` each, from a little before to a little after what is shown.
pub fn machine_line(run: &Run, shown: TimeRange, bucket_ns: u64) -> Vec<[f64; 2]> {
    let mut line = thinned(run, bucket_ns);
    let seconds = |t_ns: u64| t_ns as f64 / 1e9;
    let over_s = seconds(shown.length_ns());
    let (from_s, to_s) = (
        seconds(shown.from_ns) - over_s,
        seconds(shown.to_ns) + over_s,
    );
    cut(&mut line, from_s, to_s);
    line
}

/// Leaves of a line what lies between two times, with points of its own there.
fn cut(line: &mut Vec<[f64; 2]>, from_s: f64, to_s: f64) {
    let between = |a: [f64; 2], b: [f64; 2], x: f64| {
        let share = (x - a[0]) / (b[0] - a[0]).max(f64::MIN_POSITIVE);
        [x, a[1] + share * (b[1] - a[1])]
    };
    let past = line.partition_point(|point| point[0] <= to_s);
    if let (Some(before), Some(after)) = (past.checked_sub(1), line.get(past)) {
        let end = between(line[before], *after, to_s);
        line.truncate(past);
        line.push(end);
    } else {
        line.truncate(past);
    }
    let first = line.partition_point(|point| point[0] < from_s);
    if let (Some(before), Some(after)) = (first.checked_sub(1), line.get(first)) {
        line[before] = between(line[before], *after, from_s);
        line.drain(..before);
    } else {
        line.drain(..first);
    }
}

fn thinned(run: &Run, bucket_ns: u64) -> Vec<[f64; 2]> {
    let mut line: Vec<[f64; 2]> = Vec::new();
    let (mut bucket, mut many) = (u64::MAX, 0.0);
    let mut before_ns = 0;
    for point in &run.machine {
        let middle_ns = u64::midpoint(before_ns, point.t_ns);
        before_ns = point.t_ns;
        let Some(cores) = point.busy_cores else {
            continue;
        };
        let new = [middle_ns as f64 / 1e9, f64::from(cores)];
        match line.last_mut() {
            Some(last) if middle_ns / bucket_ns.max(1) == bucket => {
                many += 1.0;
                last[0] += (new[0] - last[0]) / many;
                last[1] += (new[1] - last[1]) / many;
            }
            _ => {
                (bucket, many) = (middle_ns / bucket_ns.max(1), 1.0);
                line.push(new);
            }
        }
    }
    line
}

impl Curves {
    /// The bucket that a time is in; none where nothing is known.
    pub fn bucket(&self, t_ns: u64) -> Option<usize> {
        let t_s = t_ns as f64 / 1e9;
        let after = self.edges_s.partition_point(|edge| *edge <= t_s);
        (after > 0 && after < self.edges_s.len()).then(|| after - 1)
    }

    /// The points of a curve with one value a bucket: a value holds at its bucket's middle, the first and
    /// the last also at the edges.
    pub fn xs(&self) -> Vec<f64> {
        let mut xs = Vec::with_capacity(self.edges_s.len() + 1);
        xs.extend(self.edges_s.first());
        xs.extend(self.edges_s.windows(2).map(|e| f64::midpoint(e[0], e[1])));
        xs.extend(self.edges_s.last());
        xs
    }
}

/// One value a point of [`Curves::xs`].
pub(super) fn ys(cores: &[f32]) -> impl Iterator<Item = f64> + '_ {
    let first = cores.first().into_iter();
    let last = cores.last().into_iter();
    first.chain(cores).chain(last).map(|y| f64::from(*y))
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_line_that_is_cut_keeps_its_way() {
        let mut line = vec![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [4.0, 4.0]];
        cut(&mut line, 0.5, 3.0);
        assert_eq!(line, [[0.5, 0.5], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]);
        let mut line = vec![[0.0, 1.0], [10.0, 2.0]];
        cut(&mut line, 4.0, 6.0);
        assert_eq!(line, [[4.0, 1.4], [6.0, 1.6]]);
        cut(&mut line, 7.0, 8.0);
        assert!(line.is_empty());
    }
}

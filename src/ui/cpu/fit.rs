//! Keeps a stack of curves within what the machine has.
//!
//! Between two samples of a lane its CPU time is drawn as if it had been used evenly. Where lanes took turns in between,
//! their sum would be more than there is: what is too much is moved to the nearest bucket with room in which the same lane
//! ran, or else was alive: a sample whose reader had to wait for a core tells too much too early. What a lane used in all
//! stays what was accounted.

use std::ops::Range;

use crate::run::Stack;

/// What is too much is moved by so many buckets at most.
pub(super) const FAR: usize = 64;
/// Rounding is no excess.
const ROUNDING: f32 = 1e-3;

/// Moves what is more than `cores` busy cores. Lane `i` was alive in the buckets `alive[i]`.
pub(super) fn fit(grid: &mut Stack, cores: f32, alive: &[Range<usize>]) {
    // The last bucket of a run is shorter: what moves is CPU time, not cores.
    let widths: Vec<f32> = grid
        .edges_ns
        .windows(2)
        .map(|edge| (edge[1] - edge[0]).max(1) as f32)
        .collect();
    let lanes = &mut grid.cores;
    let mut total = vec![0.0_f32; widths.len()];
    for lane in lanes.iter() {
        for (total, cores) in total.iter_mut().zip(lane) {
            *total += cores;
        }
    }
    for at in 0..widths.len() {
        for only_where_it_ran in [true, false] {
            for far in 1..=FAR {
                for to in [at.checked_sub(far), Some(at + far)].into_iter().flatten() {
                    let much = (total[at] - cores) * widths[at];
                    let room = total.get(to).map_or(0.0, |there| cores - there);
                    if total[at] <= cores + ROUNDING || room <= 0.0 {
                        continue;
                    }
                    let goes = |nth: usize, lane: &[f32]| {
                        lane[to] > 0.0 || !only_where_it_ran && alive[nth].contains(&to)
                    };
                    let movable = lanes.iter().enumerate().filter(|(i, lane)| goes(*i, lane));
                    let there_is = movable.map(|(_, lane)| lane[at]).sum::<f32>() * widths[at];
                    if there_is <= 0.0 {
                        continue;
                    }
                    let share = much.min(room * widths[to]).min(there_is) / there_is;
                    for (nth, lane) in lanes.iter_mut().enumerate() {
                        if goes(nth, lane) {
                            let moved = lane[at] * share;
                            let there = moved * widths[at] / widths[to];
                            lane[at] -= moved;
                            lane[to] += there;
                            total[at] -= moved;
                            total[to] += there;
                        }
                    }
                }
                if total[at] <= cores + ROUNDING {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grid(cores: Vec<Vec<f32>>, last_ns: u64) -> Stack {
        let whole = cores[0].len() as u64 - 1;
        let mut edges_ns: Vec<u64> = (0..=whole).map(|i| i * 1000).collect();
        edges_ns.push(whole * 1000 + last_ns);
        Stack { edges_ns, cores }
    }

    fn total(grid: &Stack, at: usize) -> f32 {
        grid.cores.iter().map(|lane| lane[at]).sum()
    }

    /// CPU nanoseconds of a lane.
    fn used(grid: &Stack, lane: usize) -> f32 {
        let widths = grid.edges_ns.windows(2).map(|e| (e[1] - e[0]) as f32);
        let parts = grid.cores[lane].iter().zip(widths);
        parts.map(|(cores, width)| cores * width).sum()
    }

    #[test]
    fn what_is_too_much_goes_to_the_nearest_bucket_of_the_same_lane() {
        let mut grid = grid(vec![vec![0.5, 0.5, 0.0], vec![0.0, 1.0, 1.0]], 1000);
        fit(&mut grid, 1.0, &[0..3, 0..3]);
        assert!(
            (0..3).all(|at| total(&grid, at) <= 1.0 + ROUNDING),
            "{grid:?}"
        );
        assert!(grid.cores[0][0] > 0.99, "{grid:?}");
        assert!(grid.cores[0][2].abs() < f32::EPSILON, "{grid:?}");
    }

    #[test]
    fn what_comes_late_into_a_short_last_bucket_goes_where_its_lane_was_alive() {
        let mut grid = grid(vec![vec![0.0, 0.0, 45.0], vec![2.0, 1.0, 0.0]], 20);
        fit(&mut grid, 2.0, &[0..3, 0..2]);
        assert!(
            (0..3).all(|at| total(&grid, at) <= 2.0 + ROUNDING),
            "{grid:?}"
        );
        assert!((used(&grid, 0) - 900.0).abs() < 1.0, "{grid:?}");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_what_fits_stays(
            lanes in (1_usize..20).prop_flat_map(|many| {
                prop::collection::vec(prop::collection::vec(0.0_f32..1.0, many), 1..6)
            }),
            last_ns in 1_u64..=1000,
        ) {
            let buckets = lanes[0].len();
            let alive = vec![0..buckets; lanes.len()];
            let before = grid(lanes, last_ns);
            let mut moved = before.clone();
            fit(&mut moved, 2.0, &alive);
            for lane in 0..alive.len() {
                prop_assert!((used(&moved, lane) - used(&before, lane)).abs() < 1.0);
                prop_assert!(moved.cores[lane].iter().all(|cores| *cores >= 0.0));
            }
            let is_full = |grid: &Stack, by: f32| (0..buckets).any(|at| total(grid, at) > 2.0 + by);
            let all: f32 = (0..alive.len()).map(|lane| used(&before, lane)).sum();
            if !is_full(&before, ROUNDING) {
                prop_assert_eq!(moved, before);
            } else if all < 1.8 * *before.edges_ns.last().unwrap() as f32 {
                // All lanes were alive in all buckets: there was room.
                prop_assert!(!is_full(&moved, 2.0 * ROUNDING), "{moved:?}");
            }
        }
    }
}

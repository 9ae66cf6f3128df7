//! Keeps a stack of curves within what the machine has.
//!
//! Between two samples of a lane its CPU time is drawn as if it had been used evenly. Where lanes took turns in between,
//! their sum would be more than there is: what is too much is moved to the nearest bucket in which the same lane ran and
//! there is room. What a lane used in all stays what was accounted.

/// What is too much is moved by so many buckets at most.
pub(super) const FAR: usize = 64;
/// Rounding is no excess.
const ROUNDING: f32 = 1e-3;

/// Busy cores a bucket for each lane, all buckets equally wide, and how many cores there are.
pub(super) fn fit(lanes: &mut [Vec<f32>], cores: f32) {
    let buckets = lanes.iter().map(Vec::len).min().unwrap_or(0);
    let mut total = vec![0.0_f32; buckets];
    for lane in lanes.iter() {
        for (total, cores) in total.iter_mut().zip(lane) {
            *total += cores;
        }
    }
    for at in 0..buckets {
        for far in 1..=FAR {
            for to in [at.checked_sub(far), Some(at + far)].into_iter().flatten() {
                let much = total[at] - cores;
                let room = total.get(to).map_or(0.0, |there| cores - there);
                if much <= ROUNDING || room <= 0.0 {
                    continue;
                }
                let ran_in_both = lanes.iter().filter(|lane| lane[to] > 0.0);
                let there_is: f32 = ran_in_both.map(|lane| lane[at]).sum();
                if there_is <= 0.0 {
                    continue;
                }
                let share = much.min(room).min(there_is) / there_is;
                for lane in lanes.iter_mut().filter(|lane| lane[to] > 0.0) {
                    let moved = lane[at] * share;
                    lane[at] -= moved;
                    lane[to] += moved;
                    total[at] -= moved;
                    total[to] += moved;
                }
            }
            if total[at] <= cores + ROUNDING {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_too_much_goes_to_the_nearest_bucket_of_the_same_lane() {
        let mut lanes = vec![vec![0.5, 0.5, 0.0], vec![0.0, 1.0, 1.0]];
        fit(&mut lanes, 1.0);
        let total: Vec<f32> = (0..3).map(|i| lanes[0][i] + lanes[1][i]).collect();
        assert!(
            total.iter().all(|total| *total <= 1.0 + ROUNDING),
            "{lanes:?}"
        );
        assert!(lanes[0][0] > 0.99, "{lanes:?}");
        assert!(lanes[0][2].abs() < f32::EPSILON, "{lanes:?}");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_what_fits_stays(
            lanes in (1_usize..20).prop_flat_map(|many| {
                prop::collection::vec(prop::collection::vec(0.0_f32..1.0, many), 1..6)
            })
        ) {
            let mut moved = lanes.clone();
            fit(&mut moved, 2.0);
            let total = |lanes: &[Vec<f32>], at: usize| lanes.iter().map(|lane| lane[at]).sum::<f32>();
            for (lane, before) in moved.iter().zip(&lanes) {
                let (now, was): (f32, f32) = (lane.iter().sum(), before.iter().sum());
                prop_assert!((now - was).abs() < 1e-3);
                prop_assert!(lane.iter().all(|cores| *cores >= 0.0));
            }
            let buckets = lanes[0].len();
            let is_full = |lanes: &[Vec<f32>]| (0..buckets).any(|at| total(lanes, at) > 2.0 + 2.0 * ROUNDING);
            if !is_full(&lanes) {
                prop_assert_eq!(moved, lanes);
            } else if (0..buckets).map(|at| total(&lanes, at)).sum::<f32>() < 1.8 * buckets as f32 {
                // All lanes ran in all buckets: there was room.
                prop_assert!(!is_full(&moved), "{moved:?}");
            }
        }
    }
}

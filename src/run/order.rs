//! In which order workers spoke up, against the order in which they were started.

use super::{Lane, LaneId, Run};

/// First lines that are no further apart than this are a tie.
const TIE_NS: u64 = 1_000_000;

/// A worker whose first line came after that of one that was started later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// Who.
    pub lane: LaneId,
    /// Of those that were started later, the one whose first line came first.
    pub after: LaneId,
}

impl Run {
    /// Pairs of workers whose first lines came in another order than their starts; ties under 1 ms
    /// don't count.
    pub fn out_of_order(&self) -> u64 {
        let firsts = self.firsts();
        // At most 500 workers of ours; an own script's thousands still take only milliseconds.
        let mut pairs = 0;
        for (i, &(start, line, _)) in firsts.iter().enumerate() {
            for &(later_start, later_line, _) in &firsts[i + 1..] {
                if later_start > start && later_line + TIE_NS < line {
                    pairs += 1;
                }
            }
        }
        pairs
    }

    /// The later worker of each such pair, once, in the order of the starts.
    pub fn late(&self) -> Vec<Late> {
        let firsts = self.firsts();
        let mut late = Vec::new();
        // The first to speak of those that were started after a time.
        let mut soonest: Option<(u64, LaneId)> = None;
        for same in firsts.chunk_by(|a, b| a.0 == b.0).rev() {
            for &(_, line, lane) in same.iter().rev() {
                let before = soonest.filter(|(soonest, _)| soonest + TIE_NS < line);
                late.extend(before.map(|(_, after)| Late { lane, after }));
            }
            let of_these = same.iter().map(|&(_, line, lane)| (line, lane));
            soonest = of_these.chain(soonest).min();
        }
        late.reverse();
        late
    }

    /// Start and first line of each worker that has one, in the order of the starts.
    fn firsts(&self) -> Vec<(u64, u64, LaneId)> {
        let of = |lane: &&Lane| Some((lane.started_ns, lane.first_line_ns?, lane.id));
        self.workers().iter().filter_map(of).collect()
    }
}

//! The figures of a part of a run's time: only what was measured in it.

use super::{CpuPoint, Doing, Lane, Run, total};

/// What was measured from one time to another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Within {
    /// The CPU time that the whole tree used in it; none where nothing is known of it yet, or any more.
    pub cpu: Option<Used>,
    /// Lines that came in it, of all workers and both streams; those that are not kept have no time.
    pub lines: u64,
    /// Of the time in which the workers' GIL was watched, how much somebody held it.
    pub held_share: Option<f64>,
    /// Of the workers' time, how much they waited for the GIL.
    pub wait_share: Option<f64>,
}

/// CPU time used in a part of the time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// CPU nanoseconds; between two samples a straight line is drawn.
    pub cpu_ns: f64,
    /// Over so many nanoseconds: less than was asked for where the run is not known for all of it.
    pub over_ns: u64,
    /// Whether somebody ran in it of whom no CPU time is known.
    pub at_least: bool,
    /// Set where no sample lies in it: the time between the samples around it, over which this is a mean.
    pub mean_over_ns: Option<u64>,
}

impl Used {
    /// Busy cores, on average.
    pub fn cores(self) -> f64 {
        self.cpu_ns / self.over_ns.max(1) as f64
    }
}

impl Run {
    /// How far CPU time is known, in nanoseconds since time zero: to the newest sample of a live run, to the end of
    /// one that is over.
    pub fn cpu_known_ns(&self) -> u64 {
        match &self.end {
            Some(end) => end.wall_ns,
            None => self.machine.last().map_or(0, |point| point.t_ns),
        }
    }

    /// The CPU time that all lanes used from one time to another; none where nothing of it is known.
    pub fn used(&self, from_ns: u64, to_ns: u64) -> Option<Used> {
        let to_ns = to_ns.min(self.cpu_known_ns());
        let over_ns = to_ns.checked_sub(from_ns).filter(|over_ns| *over_ns > 0)?;
        let mut used = Used {
            over_ns,
            ..Used::default()
        };
        let mut sampled = false;
        let mut around_ns = 0;
        for lane in &self.lanes {
            let [before, after] = [from_ns, to_ns].map(|t_ns| lane.cpu.at(lane.started_ns, t_ns));
            used.cpu_ns += after - before;
            let lived = lane.started_ns < to_ns && lane.end_or(to_ns) > from_ns;
            used.at_least |= lived && lane.ended.is_some() && lane.cpu.points().is_empty();
            if after > before {
                match around(lane, from_ns, to_ns) {
                    Some(ns) => around_ns = around_ns.max(ns),
                    None => sampled = true,
                }
            }
        }
        used.mean_over_ns = (!sampled && around_ns > over_ns).then_some(around_ns);
        Some(used)
    }

    /// What was measured from one time to another.
    pub fn within(&self, from_ns: u64, to_ns: u64) -> Within {
        let share = |part: u64, all: u64| (all > 0).then(|| part as f64 / all as f64);
        let over = |from: u64, to: u64| to.min(to_ns).saturating_sub(from.max(from_ns));
        let (mut watched_ns, mut held_ns) = (0, 0);
        for gil in self.worked_gils() {
            let watched = gil.watched.iter().map(|of| over(of.0, of.1));
            let held = gil.holds.iter().map(|of| over(of.1, of.2));
            (watched_ns, held_ns) = (
                total(watched.chain([watched_ns])),
                total(held.chain([held_ns])),
            );
        }
        let (mut lived_ns, mut seen_ns, mut waits_ns) = (0_u64, 0_u64, 0_u64);
        for lane in self.workers() {
            let ns = over(lane.started_ns, lane.end_or(self.length_ns()));
            lived_ns = lived_ns.saturating_add(ns);
            for (doing, ns) in lane.did.between(from_ns, to_ns) {
                seen_ns = seen_ns.saturating_add(ns);
                if doing == Doing::WaitsForGil {
                    waits_ns = waits_ns.saturating_add(ns);
                }
            }
        }
        let came = self.log.blocks().iter();
        let came = came.filter(|block| (from_ns..=to_ns).contains(&block.t_ns));
        Within {
            cpu: self.used(from_ns, to_ns),
            lines: came
                .map(|block| u64::from(block.rows).saturating_sub(u64::from(block.continues)))
                .sum(),
            held_share: share(held_ns, watched_ns),
            // A few looks tell nothing of a life.
            wait_share: share(waits_ns, seen_ns).filter(|_| seen_ns >= lived_ns / 2),
        }
    }
}

/// The time between a lane's samples around a part of its time; none where one lies in it.
fn around(lane: &Lane, from_ns: u64, to_ns: u64) -> Option<u64> {
    let points = lane.cpu.points();
    let after = points.partition_point(|point| point.t_ns <= from_ns);
    let next: &CpuPoint = points.get(after)?;
    let before_ns = match after.checked_sub(1) {
        Some(before) => points[before].t_ns,
        None => lane.started_ns,
    };
    (next.t_ns >= to_ns).then(|| next.t_ns.saturating_sub(before_ns))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{header, info};
    use super::super::{Event, Kind, LaneId, LaneInfo, LaneKind, Run, Stamp, Stream};
    use crate::experiment::Experiment;

    const MS: u64 = 1_000_000;

    /// One process that is sampled every 100 ms and uses half a core, with a line each 50 ms and a GIL that is held
    /// for the first half of each 10 ms.
    fn run() -> Run {
        let mut run = Run::new(header(Experiment::default()));
        let mut at = |t_ns, kind| run.apply(&Event { t_ns, kind });
        for lane in [LaneId(0), LaneId(1)] {
            let kind = [LaneKind::Root, LaneKind::Process][lane.index()];
            let info = LaneInfo {
                parent: (lane.0 > 0).then_some(LaneId(0)),
                pid: 10 + lane.0,
                ..info(kind, "a")
            };
            at(0, Kind::Opened { lane, info });
        }
        let lane = LaneId(1);
        for t in (50..=1000).step_by(50) {
            let t_ns = t * MS;
            let output = Kind::Output {
                lane,
                stream: Stream::Stdout,
                stamp: Stamp::Read,
                continues: false,
                unattributed: false,
                bytes: (*b"x\n").into(),
            };
            at(t_ns, output);
            if t % 100 == 0 {
                let from_ns = t_ns - 100 * MS;
                let holds = (0..10).map(|i| from_ns + i * 10 * MS);
                let holds = holds
                    .map(|from| (Some(lane), from, from + 5 * MS))
                    .collect();
                let gil = Kind::Gil {
                    lane,
                    from_ns,
                    reads: 100,
                    handoffs: None,
                    holds,
                };
                at(t_ns, gil);
                let cpu = Kind::Cpu {
                    lanes: vec![(lane, t_ns / 2)],
                    machine_cores: None,
                    rss_bytes: 0,
                };
                at(t_ns, cpu);
            }
        }
        run
    }

    #[test]
    fn a_part_has_its_own_figures() {
        let run = run();
        let part = run.within(200 * MS, 500 * MS);
        let cpu = part.cpu.unwrap();
        assert!((cpu.cpu_ns - 150e6).abs() < 1.0, "{cpu:?}");
        assert!((cpu.cores() - 0.5).abs() < 1e-9);
        assert_eq!((cpu.mean_over_ns, cpu.at_least), (None, false));
        assert_eq!(part.lines, 7);
        assert!((part.held_share.unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(part.wait_share, None);
        let all = run.within(0, 1000 * MS);
        assert_eq!(all.lines, 20);
    }

    #[test]
    fn between_two_samples_it_is_said_to_be_their_mean() {
        let part = run().within(210 * MS, 230 * MS);
        let cpu = part.cpu.unwrap();
        assert!((cpu.cpu_ns - 10e6).abs() < 1.0, "{cpu:?}");
        assert_eq!(cpu.mean_over_ns, Some(100 * MS));
    }

    #[test]
    fn what_is_not_known_yet_is_no_zero() {
        let run = run();
        let part = run.within(900 * MS, 1500 * MS);
        assert_eq!(part.cpu.unwrap().over_ns, 100 * MS);
        let after = run.within(1200 * MS, 1500 * MS);
        assert_eq!((after.cpu, after.held_share), (None, None));
    }
}

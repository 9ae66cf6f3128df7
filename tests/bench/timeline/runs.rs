//! Runs made by hand, as an engine would report them, and as large as the bounds speak of.

use gilscope::experiment::{Experiment, Way, Work};
use gilscope::run::{
    Doing, Ended, Event, Hold, Kind, LaneId, LaneInfo, LaneKind, Place, PlaceId, Run, RunEnd,
    StoppedBy,
};

use crate::header::header;

/// Nanoseconds of a millisecond.
pub(crate) const MS: u64 = 1_000_000;
/// So much of a run is told of at a time.
const TURN: u64 = 100 * MS;
/// Threads are found in so many lines of the script.
const LINES: u32 = 6;
/// A thread is looked at so often.
const LOOK: u64 = 5 * MS;

/// Threads of one process that contend for its GIL.
pub(crate) struct Contended {
    pub(crate) run: Run,
    threads: u32,
    /// For how long the GIL is held, as it is read.
    hold_ns: u64,
    /// For how long a thread is found doing the same; none where that follows the GIL.
    did_ns: Option<u64>,
    turns: u64,
    now_ns: u64,
    chance: u64,
}

impl Contended {
    pub(crate) fn new(threads: u32, hold_ns: u64, did_ns: Option<u64>) -> Self {
        let experiment = Experiment {
            way: Way::Threads,
            work: Work::Burn,
            count: threads,
            ..Experiment::default()
        };
        let header = header(&format!("{threads} {hold_ns} {did_ns:?}"), experiment);
        let mut this = Self {
            run: Run::new(header),
            threads,
            hold_ns,
            did_ns,
            turns: 0,
            now_ns: 0,
            chance: 1,
        };
        for lane in 0..=threads {
            this.open(LaneId(lane));
        }
        for id in 0..LINES {
            let place = Place {
                file: None,
                function: "work".into(),
                line: 1 + id,
            };
            let id = PlaceId(id);
            this.at(MS, Kind::Place { id, place });
        }
        this
    }

    fn open(&mut self, lane: LaneId) {
        let root = lane.0 == 0;
        let info = LaneInfo {
            parent: (!root).then_some(LaneId(0)),
            kind: if root {
                LaneKind::Root
            } else {
                LaneKind::Thread
            },
            pid: 4000,
            tid: (!root).then_some(5000 + u64::from(lane.0)),
            name: if root {
                "MainThread".into()
            } else {
                format!("Thread-{} (work)", lane.0)
            },
            args: String::new(),
            probed: true,
            encoding: "utf-8".into(),
            gil: root.then_some(true),
            among: None,
        };
        let t_ns = u64::from(lane.0) * MS / 10;
        self.at(t_ns, Kind::Opened { lane, info });
        self.at(t_ns + MS, Kind::Up { lane, cpu_ns: MS });
        if lane.0 == 1 {
            let join = Kind::JoinBegan {
                lane: LaneId(0),
                on: lane,
            };
            self.at(90 * MS, join);
        }
    }

    fn at(&mut self, t_ns: u64, kind: Kind) {
        self.run.apply(&Event { t_ns, kind });
    }

    fn chance(&mut self) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance
    }

    /// Goes on until then, in the turns in which an engine reports.
    pub(crate) fn until(&mut self, end_ns: u64) {
        while self.now_ns < end_ns {
            self.turn();
        }
    }

    /// The next tenth of a second.
    pub(crate) fn turn(&mut self) {
        let from_ns = self.now_ns.max(TURN);
        let to_ns = from_ns + TURN;
        let mut holds: Vec<Hold> = Vec::new();
        let mut did = vec![(LaneId(0), Doing::Blocked, from_ns, to_ns)];
        let mut t_ns = from_ns;
        while t_ns < to_ns {
            let until_ns = (t_ns + self.hold_ns).min(to_ns);
            let has = LaneId(1 + (self.turns % u64::from(self.threads)) as u32);
            self.turns += 1;
            holds.push((Some(has), t_ns, until_ns));
            if self.did_ns.is_none() {
                for lane in (1..=self.threads).map(LaneId) {
                    let waits = if lane == has {
                        Doing::Python
                    } else {
                        Doing::WaitsForGil
                    };
                    did.push((lane, waits, t_ns, until_ns));
                }
            }
            t_ns = until_ns;
        }
        if let Some(did_ns) = self.did_ns {
            for lane in (1..=self.threads).map(LaneId) {
                let mut t_ns = from_ns;
                while t_ns < to_ns {
                    let about_ns = did_ns / 2 + self.chance() % did_ns.max(1);
                    let until_ns = (t_ns + about_ns.next_multiple_of(LOOK)).min(to_ns);
                    let doing = match self.chance() % 8 {
                        0 => Doing::Python,
                        1 => Doing::WaitsForCore,
                        2 => Doing::Blocked,
                        3 => Doing::Outside,
                        _ => Doing::WaitsForGil,
                    };
                    did.push((lane, doing, t_ns, until_ns));
                    t_ns = until_ns;
                }
            }
        }
        let gil = Kind::Gil {
            lane: LaneId(0),
            from_ns,
            reads: (to_ns - from_ns) / MS,
            handoffs: Some(self.turns),
            holds,
        };
        self.at(to_ns, gil);
        self.at(to_ns, Kind::Did { did });
        let nth = to_ns / TURN;
        let places = (0..=self.threads).map(|lane| {
            let place = (u64::from(lane) + nth / 3) as u32 % LINES;
            (LaneId(lane), Some(PlaceId(place)), from_ns + MS, to_ns - MS)
        });
        let at = places.collect();
        self.at(to_ns, Kind::At { at });
        let share_ns = to_ns / u64::from(self.threads);
        let lanes = (1..=self.threads).map(|lane| (LaneId(lane), share_ns));
        let cpu = Kind::Cpu {
            lanes: lanes.collect(),
            machine_cores: Some(1.4),
            rss_bytes: 40_000_000,
        };
        self.at(to_ns, cpu);
        self.now_ns = to_ns;
    }

    /// All lanes end, and the run.
    pub(crate) fn over(&mut self) {
        let t_ns = self.now_ns;
        for lane in (0..=self.threads).rev().map(LaneId) {
            let ended = Kind::Ended {
                lane,
                how: Ended::Returned,
                cpu_ns: Some(t_ns / u64::from(self.threads)),
                peak_rss_bytes: None,
            };
            self.at(t_ns, ended);
        }
        self.at(
            t_ns,
            Kind::RunEnded(RunEnd {
                wall_ns: t_ns,
                cpu_ns: t_ns,
                cpu_at_least: false,
                stopped_by: StoppedBy::End,
                root: Ended::Exited(0),
            }),
        );
    }

    /// How large it is.
    pub(crate) fn words(&self) -> String {
        let holds: usize = self.run.gils.values().map(|gil| gil.holds.len()).sum();
        let spans = self.run.lanes.iter().map(|lane| lane.did.spans().len());
        format!(
            "{} lanes, {} s, {holds} holds, {} looks",
            self.run.lanes.len(),
            self.now_ns / (1000 * MS),
            spans.sum::<usize>()
        )
    }
}

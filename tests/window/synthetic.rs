//! Runs made by hand, event by event, as an engine would report them.

use std::sync::Arc;

use gilscope::experiment::{Experiment, Join, Way, Work};
use gilscope::run::{
    Block, BlockId, Ended, Event, Kind, LaneId, LaneInfo, LaneKind, Run, RunEnd, Stamp, StoppedBy,
    Stream,
};

use crate::header::header;
use crate::memory::Memory;

/// Nanoseconds of a millisecond.
pub(crate) const MS: u64 = 1_000_000;

/// A run, its text, and the events that made it.
pub(crate) struct Synthetic {
    pub(crate) run: Run,
    pub(crate) text: Memory,
    pub(crate) events: Vec<Event>,
    lanes: u32,
}

impl Synthetic {
    /// A run of which only the root has been started.
    pub(crate) fn new(id: &str, experiment: Experiment) -> Self {
        let header = header(id, experiment);
        let mut this = Self {
            run: Run::new(header),
            text: Memory::default(),
            events: Vec::new(),
            lanes: 0,
        };
        this.open(0, LaneKind::Root, "MainThread", None);
        this
    }

    /// Writes it as a run file.
    pub(crate) fn save(&self, path: &std::path::Path) {
        let mut recorder = gilscope::store::Recorder::create(path, &self.run.header).unwrap();
        for event in &self.events {
            assert_eq!(recorder.record(event), gilscope::store::Recorded::Kept);
        }
        recorder.finish().unwrap();
    }

    pub(crate) fn at(&mut self, t_ns: u64, kind: Kind) {
        let event = Event { t_ns, kind };
        if let Kind::Output { bytes, .. } = &event.kind {
            let id = self.run.log.blocks().len() as BlockId;
            let block = Block::of(&event).unwrap();
            self.text.insert(id, block, Arc::clone(bytes));
        }
        self.run.apply(&event);
        self.events.push(event);
    }

    pub(crate) fn open(
        &mut self,
        t_ns: u64,
        kind: LaneKind,
        name: &str,
        tid: Option<u64>,
    ) -> LaneId {
        let lane = LaneId(self.lanes);
        self.lanes += 1;
        let info = LaneInfo {
            parent: (lane.0 > 0).then_some(LaneId(0)),
            kind,
            pid: if tid.is_some() { 4000 } else { 4000 + lane.0 },
            tid,
            name: name.into(),
            args: format!("{} {}", lane.0, lane.0 + 1),
            probed: true,
            encoding: "utf-8".into(),
            gil: None,
            among: None,
        };
        self.at(t_ns, Kind::Opened { lane, info });
        lane
    }

    pub(crate) fn up(&mut self, t_ns: u64, lane: LaneId, cpu_ns: u64) {
        self.at(t_ns, Kind::Up { lane, cpu_ns });
    }

    pub(crate) fn print(&mut self, t_ns: u64, lane: LaneId, stream: Stream, bytes: &[u8]) {
        self.at(
            t_ns,
            Kind::Output {
                lane,
                stream,
                stamp: Stamp::Read,
                continues: false,
                unattributed: false,
                bytes: Arc::from(bytes),
            },
        );
    }

    /// Prints what may go on with an open line.
    pub(crate) fn goes_on(&mut self, t_ns: u64, lane: LaneId, continues: bool, bytes: &[u8]) {
        self.at(
            t_ns,
            Kind::Output {
                lane,
                stream: Stream::Stdout,
                stamp: Stamp::Read,
                continues,
                unattributed: false,
                bytes: Arc::from(bytes),
            },
        );
    }

    pub(crate) fn end(&mut self, t_ns: u64, lane: LaneId, how: Ended, cpu_ns: Option<u64>) {
        self.at(
            t_ns,
            Kind::Ended {
                lane,
                how,
                cpu_ns,
                peak_rss_bytes: Some(12_400_000),
            },
        );
    }

    /// A file of it in this folder.
    pub(crate) fn write(&self, folder: &std::path::Path) -> std::path::PathBuf {
        let path = folder.join(format!("{}.gilscope", self.run.header.id));
        self.save(&path);
        path
    }

    /// The end of the run, with the CPU time of all lanes that are processes.
    pub(crate) fn over(&mut self, t_ns: u64, cpu_ns: u64) {
        self.end(t_ns, LaneId(0), Ended::Exited(0), None);
        self.at(
            t_ns,
            Kind::RunEnded(RunEnd {
                wall_ns: t_ns,
                cpu_ns,
                cpu_at_least: false,
                stopped_by: StoppedBy::End,
                root: Ended::Exited(0),
            }),
        );
    }
}

/// `count` threads that take turns at one core, sampled ten times a second, joined at the end.
pub(crate) fn threads(id: &str, count: u32, seconds: u64) -> Synthetic {
    let mut s = Synthetic::new(
        id,
        Experiment {
            way: Way::Threads,
            work: Work::Burn,
            count,
            join: Join::End,
            ..Experiment::default()
        },
    );
    s.up(40 * MS, LaneId(0), 30 * MS);
    let lanes: Vec<LaneId> = (0..count)
        .map(|i| {
            let at = (42 + u64::from(i)) * MS;
            let name = format!("Thread-{}", i + 1);
            let lane = s.open(at, LaneKind::Thread, &name, Some(5000 + u64::from(i)));
            s.up(at, lane, 0);
            lane
        })
        .collect();
    let from = 50 * MS;
    let joins = from + u64::from(count) * MS;
    s.at(
        joins,
        Kind::JoinBegan {
            lane: LaneId(0),
            on: lanes[0],
        },
    );
    for step in 1..=seconds * 10 {
        let t = from + step * 100 * MS;
        let mut cpu: Vec<(LaneId, u64)> = lanes
            .iter()
            .map(|lane| (*lane, (t - from) / u64::from(count)))
            .collect();
        // As the engine reports it: a process's own is what its threads have not.
        cpu.push((LaneId(0), 30 * MS));
        s.at(
            t,
            Kind::Cpu {
                lanes: cpu,
                machine_cores: Some(1.4 + 0.3 * ((step % 7) as f32 - 3.0) / 3.0),
                rss_bytes: 40_000_000,
            },
        );
        if step % 3 == 0 {
            let lane = lanes[(step as usize * 7) % lanes.len()];
            s.print(
                t,
                lane,
                Stream::Stdout,
                format!("worker {} {}\n", lane.0, lane.0 + 1).as_bytes(),
            );
        }
    }
    let end = from + seconds * 1000 * MS;
    for (i, lane) in lanes.iter().enumerate() {
        let t = end + i as u64 * MS;
        s.end(
            t,
            *lane,
            Ended::Returned,
            Some((end - from) / u64::from(count)),
        );
        s.at(
            t,
            Kind::JoinEnded {
                lane: LaneId(0),
                on: *lane,
            },
        );
        if let Some(next) = lanes.get(i + 1) {
            s.at(
                t,
                Kind::JoinBegan {
                    lane: LaneId(0),
                    on: *next,
                },
            );
        }
    }
    s.over(end + u64::from(count) * MS + 10 * MS, end - from + 40 * MS);
    s
}

/// `count` processes, one after the other, each too short to sample: a staircase.
pub(crate) fn staircase(id: &str, count: u32, each_ms: u64) -> Synthetic {
    let mut s = Synthetic::new(
        id,
        Experiment {
            count,
            ..Experiment::default()
        },
    );
    s.up(30 * MS, LaneId(0), 25 * MS);
    let mut t = 40 * MS;
    for i in 0..count {
        let lane = s.open(t, LaneKind::Process, &format!("Process-{}", i + 1), None);
        s.at(
            t + MS,
            Kind::JoinBegan {
                lane: LaneId(0),
                on: lane,
            },
        );
        s.up(t + each_ms * MS / 4, lane, 2 * MS);
        let line = b"hello from a worker\n";
        s.print(t + each_ms * MS / 2, lane, Stream::Stdout, line);
        t += each_ms * MS;
        s.end(t, lane, Ended::Exited(0), Some(each_ms * MS * 8 / 10));
        s.at(
            t,
            Kind::JoinEnded {
                lane: LaneId(0),
                on: lane,
            },
        );
        t += MS;
    }
    s.over(
        t + 10 * MS,
        u64::from(count) * each_ms * MS * 8 / 10 + 35 * MS,
    );
    s
}

/// Processes that went wrong in every way there is, and output in every shape.
pub(crate) fn trouble(id: &str) -> Synthetic {
    let mut s = Synthetic::new(
        id,
        Experiment {
            join: Join::End,
            ..Experiment::default()
        },
    );
    s.up(30 * MS, LaneId(0), 25 * MS);
    let ends = [
        Ended::Exited(0),
        Ended::Exited(1),
        Ended::Killed(9),
        Ended::Unknown,
        Ended::ByParent(15),
    ];
    let lanes: Vec<LaneId> = (0..ends.len() as u64)
        .map(|i| {
            let lane = s.open(
                (40 + i * 20) * MS,
                LaneKind::Process,
                &format!("Process-{}", i + 1),
                None,
            );
            s.up((70 + i * 20) * MS, lane, 10 * MS);
            lane
        })
        .collect();
    let other = s.open(60 * MS, LaneKind::Other, "sh", None);
    let tracker = s.open(61 * MS, LaneKind::Service, "resource_tracker", None);
    let info = LaneInfo {
        probed: false,
        ..s.run.lanes[other.index()].info.clone()
    };
    s.at(62 * MS, Kind::Learnt { lane: other, info });
    let out = Stream::Stdout;
    s.print(150 * MS, lanes[0], out, b"plain\n");
    s.print(
        160 * MS,
        lanes[0],
        out,
        b"\x1b[31mred\x1b[0m and \x1b[1;32mgreen\x1b[0m\n",
    );
    s.print(170 * MS, lanes[1], Stream::Stderr, b"Traceback (most recent call last):\n  File \"x.py\", line 3, in work\n    1 / 0\nZeroDivisionError: division by zero\n");
    s.print(180 * MS, lanes[2], out, b" 10 %\r 50 %\r100 % done\n");
    s.print(190 * MS, lanes[2], out, b"nul \0 and latin caf\xe9\n");
    s.print(200 * MS, lanes[3], out, "tab\there, naïve ✓\n".as_bytes());
    let long: Vec<u8> = b"0123456789".repeat(1_000_000);
    s.print(210 * MS, lanes[3], out, &long);
    s.at(
        220 * MS,
        Kind::Output {
            lane: lanes[3],
            stream: out,
            stamp: Stamp::Read,
            continues: true,
            unattributed: false,
            bytes: Arc::from(&b" and its end\n"[..]),
        },
    );
    s.at(
        230 * MS,
        Kind::Output {
            lane: LaneId(0),
            stream: out,
            stamp: Stamp::Written,
            continues: false,
            unattributed: true,
            bytes: Arc::from(&b"from some thread\n"[..]),
        },
    );
    s.at(
        240 * MS,
        Kind::Lost {
            lane: lanes[4],
            stream: out,
            bytes: 900,
            lines: 17,
        },
    );
    for (i, (lane, how)) in lanes.iter().zip(ends).enumerate() {
        let t = (400 + 60 * i as u64) * MS;
        s.end(t, *lane, how, (i != 3).then_some(80 * MS));
    }
    s.at(
        720 * MS,
        Kind::StopAsked {
            by: StoppedBy::User,
        },
    );
    s.end(730 * MS, other, Ended::Killed(15), Some(20 * MS));
    s.end(740 * MS, tracker, Ended::Exited(0), Some(15 * MS));
    s.over(760 * MS, 500 * MS);
    s
}

/// A run of `lines` lines from four workers in blocks of a hundred.
pub(crate) fn talkers(id: &str, lines: u64) -> Synthetic {
    let mut s = Synthetic::new(
        id,
        Experiment {
            count: 4,
            join: Join::End,
            ..Experiment::default()
        },
    );
    s.up(30 * MS, LaneId(0), 25 * MS);
    let lanes: Vec<LaneId> = (1..=4)
        .map(|i| {
            let lane = s.open(40 * MS, LaneKind::Process, &format!("Process-{i}"), None);
            s.up(60 * MS, lane, 10 * MS);
            lane
        })
        .collect();
    for block in 0..lines / 100 {
        let text: Vec<_> = (0..100)
            .map(|i| format!("line {}\n", block * 100 + i))
            .collect();
        let text = text.concat();
        let lane = lanes[(block % 4) as usize];
        let stream = if block % 10 == 9 {
            Stream::Stderr
        } else {
            Stream::Stdout
        };
        s.print(100 * MS + block * MS / 10, lane, stream, text.as_bytes());
    }
    let end = 200 * MS + lines / 100 * MS / 10;
    for lane in lanes {
        s.end(end, lane, Ended::Exited(0), Some(50 * MS));
    }
    s.over(end + 20 * MS, 300 * MS);
    s
}

/// Files to look at in the real window: `GILSCOPE_LOOK=FOLDER cargo test --test window look -- --ignored`.
#[test]
#[ignore = "writes runs to look at, checks nothing"]
fn write_runs_to_look_at() {
    let folder = std::path::PathBuf::from(std::env::var("GILSCOPE_LOOK").unwrap());
    for s in [
        threads("threads-6", 6, 7),
        threads("threads-3", 3, 2),
        staircase("staircase-5", 5, 20),
        staircase("staircase-300", 300, 20),
        threads("threads-300", 300, 5),
        trouble("trouble"),
        talkers("talkers", 100_000),
    ] {
        let _ = std::fs::remove_file(folder.join(format!("{}.gilscope", s.run.header.id)));
        s.write(&folder);
    }
}

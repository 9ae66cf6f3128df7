//! A long time of everything in one program, as a window has it: floods, hundreds of starts, kills, opened files. What it has
//! in memory, threads, descriptors and temporary folders ends where it began. Not part of the suite:
//! `GILSCOPE_SOAK_S=3600 cargo test --release --test soak -- --ignored --nocapture`.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it measured"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use gilscope::engine::{Command, Controller, Input, Phase, Record, Request};
use gilscope::experiment::{Experiment, Join, Limits, Python, StartMethod, Way, Work};
use gilscope::run::Run;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DEADLINE: Duration = Duration::from_secs(120);
/// More anonymous memory than this is a leak: caches of the allocator and of the largest run differ by less.
const LEAK_BYTES: u64 = 32 << 20;

/// What the program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Has {
    anonymous_bytes: u64,
    threads: usize,
    descriptors: usize,
    folders: usize,
    children: usize,
}

impl Has {
    fn now(tmp: &Path) -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:"));
        let kib: u64 = line
            .and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
            .unwrap();
        let count = |folder: &str| std::fs::read_dir(folder).unwrap().count();
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let children = tasks
            .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
            .map(|children| children.split_whitespace().count());
        Self {
            anonymous_bytes: kib * 1024,
            threads: count("/proc/self/task"),
            descriptors: count("/proc/self/fd"),
            folders: std::fs::read_dir(tmp).unwrap().count(),
            children: children.sum(),
        }
    }
}

/// What happens, one after the other.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Flood,
    Starts,
    Threads,
    Pool,
    RootKilled,
}

struct Soak {
    controller: Controller,
    woken: Receiver<()>,
    python: PathBuf,
    file: PathBuf,
}

impl Soak {
    fn experiment(&self, deed: Deed) -> Experiment {
        let base = Experiment {
            python: Python::Path(self.python.clone()),
            join: Join::End,
            limits: Limits {
                time_s: Some(60.0),
                ..Limits::default()
            },
            ..Experiment::default()
        };
        match deed {
            Deed::Flood | Deed::RootKilled => Experiment {
                work: Work::Forever,
                count: 2,
                ..base
            },
            Deed::Starts => Experiment {
                count: 300,
                start_method: Some(StartMethod::Fork),
                ..base
            },
            Deed::Threads => Experiment {
                way: Way::Threads,
                count: 50,
                ..base
            },
            Deed::Pool => Experiment {
                way: Way::Pool,
                count: 8,
                ..base
            },
        }
    }

    fn with_run<T>(&self, look: impl FnOnce(&Run) -> T) -> Option<T> {
        self.controller.shared().run.read().as_ref().map(look)
    }

    fn wait(&self, what: &str, done: impl Fn() -> bool) {
        let end = Instant::now() + DEADLINE;
        while !done() {
            assert!(Instant::now() < end, "{what} did not come");
            let _ = self.woken.recv_timeout(Duration::from_millis(20));
        }
    }

    fn once(&self, deed: Deed) {
        let before = self.with_run(|run| run.header.id.clone());
        self.controller.send(Command::Start(Box::new(Request {
            experiment: self.experiment(deed),
            record: Record::File(self.file.clone()),
            input: Input::Empty,
            tap: None,
        })));
        self.wait("the start", || {
            self.with_run(|run| run.header.id.clone()) != before
        });
        if matches!(deed, Deed::Flood | Deed::RootKilled) {
            self.wait("a flood", || {
                self.with_run(|run| run.log.blocks().len() > 200) == Some(true)
            });
            if matches!(deed, Deed::RootKilled) {
                let root = self.with_run(|run| run.lanes[0].info.pid).unwrap();
                kill(Pid::from_raw(root.cast_signed()), Signal::SIGKILL).unwrap();
            }
            self.controller.send(Command::Stop);
        }
        self.wait("the end", || {
            *self.controller.shared().phase.read() == Phase::Over
        });
        let figures = self.with_run(Run::figures).unwrap();
        assert_eq!(figures.lines_lost, 0, "{deed:?}: {figures:#?}");
        let (opened, _text) = gilscope::store::open(&self.file).unwrap();
        assert_eq!(opened.figures().lines, figures.lines, "{deed:?}");
    }
}

#[test]
#[ignore = "it takes as long as GILSCOPE_SOAK_S says, a minute unless set"]
fn everything_ends_where_it_began() {
    let seconds = std::env::var("GILSCOPE_SOAK_S").map_or(60, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let tmp = std::env::var_os("XDG_RUNTIME_DIR").map_or("/dev/shm".into(), PathBuf::from);
    let found = gilscope::engine::pythons::find().found;
    let python = found.iter().find(|python| !python.free_threaded).unwrap();
    let (told, woken) = crossbeam_channel::bounded(1);
    let soak = Soak {
        controller: Controller::new(Arc::new(move || {
            let _ = told.try_send(());
        })),
        woken,
        python: python.path.clone(),
        file: folder.path().join("soak.gilscope"),
    };
    let deeds = [
        Deed::Flood,
        Deed::Starts,
        Deed::Threads,
        Deed::Pool,
        Deed::RootKilled,
    ];
    // The first rounds make what is kept: fonts are not here, but the allocator's pages are.
    for deed in deeds.into_iter().cycle().take(10) {
        soak.once(deed);
    }
    let began = Has::now(&tmp);
    eprintln!("began: {began:?}");
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut runs = 0;
    for deed in deeds.into_iter().cycle() {
        if Instant::now() > end {
            break;
        }
        soak.once(deed);
        runs += 1;
        if runs % 50 == 0 {
            eprintln!("{runs} runs: {:?}", Has::now(&tmp));
        }
    }
    // Threads of the last run are on their way out.
    soak.wait("the end of its threads", || {
        Has::now(&tmp).threads <= began.threads
    });
    let ended = Has::now(&tmp);
    eprintln!("ended after {runs} runs: {ended:?}");
    let without = |has: Has| Has {
        anonymous_bytes: 0,
        ..has
    };
    assert_eq!(without(ended), without(began));
    assert!(
        ended.anonymous_bytes < began.anonymous_bytes + LEAK_BYTES,
        "{ended:?}"
    );
}

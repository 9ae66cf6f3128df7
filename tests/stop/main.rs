//! Stop: the whole tree is gone within half a second, whatever it does. A program of its own, so that no
//! other test takes the cores from it.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it measured"
)]

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use gilscope::engine::{Command, Controller, Input, Phase, Record, Request};
use gilscope::experiment::{Experiment, Join, Limits, OwnScript, Python, StartMethod, Way, Work};
use gilscope::run::{Run, StoppedBy};

/// The oldest interpreter of this machine, the newest one, and a free-threaded one.
fn pythons() -> &'static [PathBuf] {
    static FOUND: OnceLock<Vec<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let found = gilscope::engine::pythons::find().found;
        let free = found.iter().find(|python| python.free_threaded);
        if free.is_none() {
            eprintln!("LEFT OUT: no free-threaded CPython is here");
        }
        let newest = found.iter().find(|python| !python.free_threaded);
        let mut paths: Vec<PathBuf> = [found.last(), newest, free]
            .into_iter()
            .flatten()
            .map(|python| python.path.clone())
            .collect();
        paths.dedup();
        assert!(
            !paths.is_empty(),
            "no CPython 3.8 or newer is here: these tests need one"
        );
        paths
    })
}

/// Starts an experiment, waits until `ready`, stops it; gives the run and the seconds from the press to
/// the end.
fn stopped(experiment: Experiment, presses: u32, ready: impl Fn(&Run) -> bool) -> (Run, f64) {
    // One at a time: five hundred dying processes are a load for the others' times.
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    let _alone = ALONE.lock();
    let (told, woken) = crossbeam_channel::bounded(1);
    let controller = Controller::new(Arc::new(move || {
        let _ = told.try_send(());
    }));
    controller.send(Command::Start(Box::new(Request {
        experiment,
        record: Record::Nothing,
        input: Input::Empty,
        tap: None,
    })));
    let shared = Arc::clone(controller.shared());
    let deadline = Instant::now() + Duration::from_secs(120);
    let wait = |done: &dyn Fn() -> bool, what: &str| {
        while !done() {
            assert!(
                Instant::now() < deadline,
                "{what}: {:?}",
                shared.phase.read()
            );
            let failed = matches!(*shared.phase.read(), Phase::Failed(_));
            assert!(!failed, "{what}: {:?}", shared.phase.read());
            let _ = woken.recv_timeout(Duration::from_millis(5));
        }
    };
    wait(
        &|| shared.run.read().as_ref().is_some_and(&ready),
        "never ready",
    );
    let pressed = Instant::now();
    for _ in 0..presses {
        controller.send(Command::Stop);
    }
    wait(&|| *shared.phase.read() == Phase::Over, "never over");
    let run = shared.run.read().clone().unwrap();
    // Until the last process was gone; what they said in dying may still be read a moment longer.
    let took_s = (run.end.as_ref().unwrap().wall_ns - run.stop_asked.unwrap().0) as f64 / 1e9;
    eprintln!(
        "gone after {took_s:.3} s, recorded after {:.3} s",
        pressed.elapsed().as_secs_f64()
    );
    for lane in run.lanes.iter().filter(|lane| lane.info.tid.is_none()) {
        let stat =
            std::fs::read_to_string(format!("/proc/{}/environ", lane.info.pid)).unwrap_or_default();
        let id = format!("GILSCOPE_RUN={}", run.header.id);
        assert!(!stat.contains(&id), "{:?} is still there", lane.info);
    }
    (run, took_s)
}

fn forever(python: &Path, count: u32) -> Experiment {
    Experiment {
        way: Way::Processes,
        work: Work::Forever,
        count,
        join: Join::End,
        python: Python::Path(python.to_owned()),
        limits: Limits {
            time_s: Some(300.0),
            quota_bytes: 64 << 30,
            ..Limits::default()
        },
        ..Experiment::default()
    }
}

fn own(python: &Path, text: &str) -> Experiment {
    Experiment {
        way: Way::Script,
        script: Some(OwnScript {
            path: None::<PathBuf>,
            text: text.to_owned(),
            args: Vec::new(),
        }),
        ..forever(python, 1)
    }
}

/// Other programs may hold the machine for a moment: with each interpreter one of three tries must be in time.
fn in_time(limit_s: f64, try_it: impl Fn(&Path) -> f64) {
    for python in pythons() {
        in_time_with(python, limit_s, &try_it);
    }
}

fn in_time_with(python: &Path, limit_s: f64, try_it: impl Fn(&Path) -> f64) {
    let took: Vec<f64> = (0..3)
        .map(|_| try_it(python))
        .scan(false, |done, took_s| {
            let go_on = !*done;
            *done = took_s <= limit_s;
            go_on.then_some(took_s)
        })
        .collect();
    assert!(
        took.iter().any(|&took_s| took_s <= limit_s),
        "{}: {took:?} s",
        python.display()
    );
}

#[test]
fn a_flood_stops_in_half_a_second() {
    in_time(0.5, |python| {
        let (run, took_s) = stopped(forever(python, 4), 1, |run| run.log.blocks().len() > 50);
        assert_eq!(run.end.as_ref().unwrap().stopped_by, StoppedBy::User);
        assert_eq!(run.figures().stopped, 4, "{:#?}", run.figures());
        assert_eq!(run.figures().lines_lost, 0);
        took_s
    });
}

#[test]
fn what_ignores_every_request_and_leaves_its_session_is_gone_too() {
    let text = "import os, signal, time\nfor s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):\n    signal.signal(s, signal.SIG_IGN)\nfor i in range(3):\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n            while True:\n                time.sleep(1)\n        os._exit(0)\nprint('ready', flush=True)\nwhile True:\n    pass\n";
    in_time(0.5, |python| {
        let (run, took_s) = stopped(own(python, text), 1, |run| !run.log.blocks().is_empty());
        assert!(run.lanes.len() >= 4, "{:#?}", run.lanes.len());
        took_s
    });
}

#[test]
fn a_second_press_goes_to_the_end_at_once() {
    let text = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('ready', flush=True)\nwhile True:\n    pass\n";
    // Without the second press it would live until 0.3 s.
    in_time(0.28, |python| {
        stopped(own(python, text), 2, |run| !run.log.blocks().is_empty()).1
    });
}

#[test]
fn five_hundred_processes_stop_in_half_a_second() {
    in_time(0.5, |python| {
        let experiment = Experiment {
            start_method: Some(StartMethod::Fork),
            work: Work::Wait,
            wait_s: 600.0,
            ..forever(python, 500)
        };
        let (run, took_s) = stopped(experiment, 1, |run| run.workers().len() == 500);
        assert_eq!(run.workers().len(), 500);
        took_s
    });
}

#[test]
fn dropping_the_controller_ends_the_run() {
    let controller = Controller::new(Arc::new(|| {}));
    controller.send(Command::Start(Box::new(Request {
        experiment: forever(&pythons()[0], 2),
        record: Record::Nothing,
        input: Input::Empty,
        tap: None,
    })));
    let shared = Arc::clone(controller.shared());
    let deadline = Instant::now() + Duration::from_secs(60);
    while shared
        .run
        .read()
        .as_ref()
        .is_none_or(|run| run.workers().len() != 2)
    {
        assert!(Instant::now() < deadline, "{:?}", shared.phase.read());
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(controller);
    let run = shared.run.read().clone().unwrap();
    assert!(run.end.is_some());
    for lane in &run.lanes {
        assert!(lane.ended.is_some(), "{:?}", lane.info);
    }
}

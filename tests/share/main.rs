//! What share of the machine a watched run takes, against a bare run in turn with it. A program of its own, so that no
//! other test takes the cores from either.
//!
//! Others may hold the cores for a while, so a pair that does not fit is followed by another, and the median counts.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it measured"
)]

#[allow(dead_code, reason = "other tests use all of it")]
#[path = "../it/program.rs"]
mod program;

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use gilscope::experiment::{Experiment, Join, StartMethod, Way, Work};
use nix::sys::signal::{Signal, killpg};
use serde_json::Value;
use wait4::Wait4;

use crate::program::{alone, gilscope, printed, pythons};

/// How long each of a pair runs.
const RUNS_S: f64 = 1.4;

fn cores() -> u32 {
    std::thread::available_parallelism().unwrap().get() as u32
}

/// A bare run of this script, without what would change how a Python runs.
fn bare_run(python: &Path, file: &Path) -> Command {
    let environment =
        std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("PYTHON"));
    let mut command = Command::new(python);
    command
        .arg(file)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A watched run that its time limit stops: its figures, the cores that all of it took, Gilscope too, and those that
/// its workers took. `home` is a folder in which runs before left what they learnt, the compiled probe among it.
fn watched(home: &Path, python: &Path, count: u32) -> (Value, f64, f64) {
    let file = home.join("run.gilscope");
    let words = format!(
        "run --json --work forever --count {count} --join end --start-method fork --time-limit {RUNS_S}s --quota 8GiB"
    );
    let began = Instant::now();
    let mut child = gilscope(home)
        .args(words.split_ascii_whitespace())
        .arg("--python")
        .arg(python)
        .arg("--out")
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let figures = serde_json::from_reader(child.stdout.take().unwrap()).unwrap();
    let used = child.wait4().unwrap();
    let took_s = began.elapsed().as_secs_f64();
    let all_s = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    let (run, _) = gilscope::store::open(&file).unwrap();
    let workers_ns: u64 = run.workers().iter().map(|lane| lane.cpu_ns().0).sum();
    let wall_s = run.end.as_ref().unwrap().wall_ns as f64 / 1e9;
    (figures, all_s / took_s, workers_ns as f64 / 1e9 / wall_s)
}

/// The cores that the same script takes bare for the same time.
fn bare(python: &Path, count: u32) -> f64 {
    let experiment = Experiment {
        way: Way::Processes,
        work: Work::Forever,
        count,
        join: Join::End,
        start_method: Some(StartMethod::Fork),
        ..Experiment::default()
    };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bare.py");
    // Whoever runs us in the background had us ignore interrupts.
    let heed = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n";
    std::fs::write(&file, heed.to_owned() + &experiment.script().text).unwrap();
    let began = Instant::now();
    let child = bare_run(python, &file).process_group(0).spawn().unwrap();
    std::thread::sleep(Duration::from_secs_f64(RUNS_S));
    let group = nix::unistd::Pid::from_raw(child.id() as i32);
    // All end of it, and the root reaps its workers: they are in its accounting. An interrupt that comes at a bad
    // moment is ignored by Python, so it is sent until it is heeded.
    let (ended, is_ended) = std::sync::mpsc::channel::<()>();
    std::thread::spawn(move || {
        for signal in std::iter::repeat_n(Signal::SIGINT, 20).chain([Signal::SIGKILL]) {
            let _ = killpg(group, signal);
            let patience = Duration::from_millis(200);
            if is_ended.recv_timeout(patience) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    });
    let used = child.wait4().unwrap();
    drop(ended);
    let all_s = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    all_s / began.elapsed().as_secs_f64()
}

/// A watched share over a bare one that counts as the same.
const SAME: std::ops::RangeInclusive<f64> = 0.8..=1.15;
/// Where others hold the machine, so that not even bare runs get the `expected` cores, nothing finer can be told.
const BUSY: std::ops::RangeInclusive<f64> = 0.5..=2.0;
const PAIRS: usize = 7;

/// Takes pairs of a watched run's share and a bare one's until the median of their ratio says that they are the same.
fn near(python: &str, expected: f64, mut pair: impl FnMut() -> (f64, f64)) {
    let median = |values: &mut dyn Iterator<Item = f64>| {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    loop {
        pairs.push(pair());
        let ratio = median(&mut pairs.iter().map(|(watched, bare)| watched / bare));
        if SAME.contains(&ratio) {
            eprintln!("{python}: {pairs:.2?}");
            return;
        }
        let bare = median(&mut pairs.iter().map(|pair| pair.1));
        if pairs.len() == PAIRS && bare < 0.85 * expected {
            eprintln!("{python}: the machine is busy: {pairs:.2?}");
            assert!(BUSY.contains(&ratio), "{python}: {pairs:.2?}");
            return;
        }
        assert!(pairs.len() < PAIRS, "{python}: {pairs:.2?}");
    }
}

#[test]
fn one_that_prints_forever_takes_the_share_that_it_takes_bare() {
    let _alone = alone();
    let home = tempfile::tempdir().unwrap();
    for python in pythons() {
        near(&python.version, 1.0, || {
            let (figures, _, worker) = watched(home.path(), &python.path, 1);
            let say = format!("{}: {figures}", python.version);
            assert_eq!(
                (&figures["stopped_by"], &figures["lines_lost"]),
                (&"limit".into(), &0.into()),
                "{say}"
            );
            assert_eq!(
                (&figures["stopped"], &figures["failed"]),
                (&1.into(), &0.into()),
                "{say}"
            );
            let wall_s = figures["wall_s"].as_f64().unwrap();
            assert!((RUNS_S - 0.1..RUNS_S + 1.5).contains(&wall_s), "{say}");
            // One core, and no more.
            assert!(worker <= 1.03, "{say}: {worker} cores");
            (worker, bare(&python.path, 1))
        });
    }
}

#[test]
fn as_many_as_cores_fill_the_machine_as_bare() {
    let _alone = alone();
    let home = tempfile::tempdir().unwrap();
    for python in pythons() {
        near(&python.version, cores().into(), || {
            let (figures, all, _) = watched(home.path(), &python.path, cores());
            let say = format!("{}: {figures}", python.version);
            assert_eq!(figures["workers"], cores(), "{say}");
            assert_eq!(figures["lines_lost"], 0, "{say}");
            (all, bare(&python.path, cores()))
        });
    }
}

/// Four workers that burn, watched and then bare: CPU seconds over wall seconds of both. `home` is as above.
fn burning(home: &Path, python: &Path, way: Way) -> (f64, f64) {
    let experiment = Experiment {
        way,
        work: Work::Burn,
        count: 4,
        steps: 4_000_000,
        join: Join::End,
        // A forkserver's children are its own to account: a bare run's `wait4` does not see them.
        start_method: (way == Way::Processes).then_some(StartMethod::Fork),
        ..Experiment::default()
    };
    let mut words = format!("--way {way} --work burn --count 4 --amount 4000000 --join end");
    if way == Way::Processes {
        words += " --start-method fork";
    }
    let output = gilscope(home)
        .args(["run", "--json", "--python"])
        .arg(python)
        .args(words.split_ascii_whitespace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let figures: Value = serde_json::from_str(&printed(&output)).unwrap();
    let watched = figures["cpu_s"].as_f64().unwrap() / figures["wall_s"].as_f64().unwrap();

    let file = home.join("bare.py");
    std::fs::write(&file, experiment.script().text).unwrap();
    let began = Instant::now();
    let used = bare_run(python, &file).spawn().unwrap().wait4().unwrap();
    let all_s = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    (watched, all_s / began.elapsed().as_secs_f64())
}

#[test]
fn threads_against_processes_use_the_cores_that_they_use_bare() {
    let _alone = alone();
    let home = tempfile::tempdir().unwrap();
    for python in pythons() {
        for way in [Way::Threads, Way::Processes] {
            let in_turn = way == Way::Threads && python.gil_enabled;
            let expected = if in_turn { 1.0 } else { cores().into() };
            near(&format!("{} {way}", python.version), expected, || {
                let (watched, bare) = burning(home.path(), &python.path, way);
                assert!(!in_turn || watched < 1.25, "{}: {watched}", python.version);
                (watched, bare)
            });
        }
    }
}

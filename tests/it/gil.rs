//! The GIL as it is measured, against what each program must show.

use std::path::Path;

use gilscope::run::{Doing, Figures, GilTrack, LaneKind, Run};

use crate::common::{alone, pythons, record};
use crate::program::{gilscope, said};

const HEAD: &str = r#"
import hashlib, multiprocessing, sys, threading, time
DATA = b"x" * (1 << 20)

def burn(seconds):
    end, x = time.perf_counter() + seconds, 1
    while time.perf_counter() < end:
        for _ in range(20_000):
            x = (x * 3 + 1) & 0xFFFF

def hash(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for _ in range(20):
            hashlib.sha256(DATA).digest()

def burn_long(_):
    burn(4)

def run(kind, *works):
    workers = [kind(target=work, args=(1.2,)) for work in works]
    for worker in workers: worker.start()
    for worker in workers: worker.join()

if __name__ == "__main__":
"#;

/// Runs a script's last lines on an interpreter.
fn run(python: &Path, body: &str) -> (Run, Figures) {
    let home = tempfile::tempdir().unwrap();
    run_at(home.path(), python, body, &[])
}

/// The same in a folder where runs before it left what they learnt, with more in the environment.
pub(crate) fn run_at(
    home: &Path,
    python: &Path,
    body: &str,
    env: &[(&str, &str)],
) -> (Run, Figures) {
    let (run, _) = record(home, python, &format!("{HEAD}    {body}\n"), &[], env);
    let figures = run.figures();
    (run, figures)
}

fn with_gil() -> impl Iterator<Item = &'static gilscope::engine::pythons::Found> {
    pythons().iter().filter(|python| python.gil_enabled)
}

pub(crate) fn share(run: &Run, kind: LaneKind, of: Doing) -> Vec<f64> {
    run.lanes
        .iter()
        .filter(|lane| lane.info.kind == kind)
        .map(|lane| {
            let spans = lane.did.spans();
            let all: u64 = spans.iter().map(|span| span.2 - span.1).sum();
            let of: u64 = spans
                .iter()
                .filter(|span| span.0 == of)
                .map(|span| span.2 - span.1)
                .sum();
            of as f64 / all.max(1) as f64
        })
        .collect()
}

/// No median is right only where the machine had no time to read it often enough.
fn unresolved(run: &Run, interval_ms: u64, say: &str) {
    let period_ns = run.gils.values().filter_map(GilTrack::period_ns).max();
    assert!(
        period_ns.is_some_and(|period_ns| 3 * period_ns > interval_ms * 1_000_000),
        "{period_ns:?} {say}"
    );
    eprintln!("the machine is busy: a median of {interval_ms} ms was not resolved");
}

#[test]
fn threads_that_burn_hold_it_in_turn_for_a_switch_interval() {
    let _alone = alone();
    for python in with_gil() {
        let (run, figures) = run(&python.path, "run(threading.Thread, *[burn] * 4)");
        let say = format!("{}: {:?}", python.version, figures.gil);
        assert!(figures.gil.held_share.unwrap() >= 0.95, "{say}");
        match figures.gil.median_hold_ms {
            Some(median_ms) => assert!((4.5..=11.0).contains(&median_ms), "{say}"),
            None => unresolved(&run, 5, &say),
        }
        assert!(figures.gil.handoffs.unwrap() > 50, "{say}");
        assert!(figures.gil.wait_share.unwrap() > 0.4, "{say}");
        let gil = run.gils.values().next().unwrap();
        let apart = gil.holds.windows(2).all(|two| two[0].2 <= two[1].1);
        assert!(apart, "no two at once: {say}");
        // Each of the four had its part.
        for lane in run
            .lanes
            .iter()
            .filter(|lane| lane.info.kind == LaneKind::Thread)
        {
            let own = gil.holds.iter().filter(|hold| hold.0 == Some(lane.id));
            let own_ns: u64 = own.map(|hold| hold.2 - hold.1).sum();
            let part = own_ns as f64 / gil.held_ns() as f64;
            assert!(part > 0.1, "{} held {part}: {say}", lane.info.name);
        }
        let unknown = gil.holds.iter().filter(|hold| hold.0.is_none());
        let unknown_ns: u64 = unknown.map(|hold| hold.2 - hold.1).sum();
        assert!(unknown_ns < gil.held_ns() / 50, "{unknown_ns} ns: {say}");
    }
}

#[test]
fn the_switch_interval_rules_the_holds_and_the_count() {
    let _alone = alone();
    for python in with_gil() {
        let long = "sys.setswitchinterval(0.05); run(threading.Thread, *[burn] * 4)";
        let (watched, figures) = run(&python.path, long);
        let say = format!("{}: {:?}", python.version, figures.gil);
        match figures.gil.median_hold_ms {
            Some(median_ms) => assert!((45.0..=110.0).contains(&median_ms), "{say}"),
            None => unresolved(&watched, 50, &say),
        }
        let long_count = figures.gil.handoffs.unwrap();
        let short = "sys.setswitchinterval(0.0001); run(threading.Thread, *[burn] * 4)";
        let (_, figures) = run(&python.path, short);
        let say = format!("{}: {:?}", python.version, figures.gil);
        // Five hundred times as many where there is a core for each that is woken; few where others need the cores.
        let short_count = figures.gil.handoffs.unwrap();
        assert!(short_count > 2 * long_count, "{long_count} {say}");
        // Too short to be resolved; where others need the cores, as long as the next thread waits for one.
        let short_ms = figures.gil.median_hold_ms.unwrap_or(0.0);
        assert!(short_ms < 30.0, "{say}");
    }
}

#[test]
fn threads_in_c_code_leave_it_free_and_overlap() {
    let _alone = alone();
    for python in with_gil() {
        let (run, figures) = run(&python.path, "run(threading.Thread, *[hash] * 4)");
        let say = format!("{}: {:?}", python.version, figures.gil);
        assert!(figures.gil.held_share.unwrap() < 0.5, "{say}");
        let threads = run
            .lanes
            .iter()
            .filter(|lane| lane.info.kind == LaneKind::Thread);
        let spans: Vec<_> = threads
            .flat_map(|lane| lane.did.spans())
            .filter(|span| span.0 == Doing::Outside)
            .collect();
        let overlap = spans
            .iter()
            .enumerate()
            .any(|(i, a)| spans[i + 1..].iter().any(|b| a.1 < b.2 && b.1 < a.2));
        assert!(overlap || run.header.machine.cores < 2, "{say}");
    }
}

#[test]
fn who_sleeps_is_blocked_and_does_not_wait_for_it() {
    let _alone = alone();
    for python in with_gil() {
        let body = "run(threading.Thread, burn, time.sleep, time.sleep, time.sleep)";
        let (run, figures) = run(&python.path, body);
        let say = format!("{}: {:?}", python.version, figures.gil);
        let blocked = share(&run, LaneKind::Thread, Doing::Blocked);
        let waits = share(&run, LaneKind::Thread, Doing::WaitsForGil);
        assert_eq!(blocked.len(), 4, "{say}");
        assert!(blocked[0] < 0.2, "{blocked:?} {say}");
        for i in 1..4 {
            assert!(
                blocked[i] > 0.9 && waits[i] < 0.05,
                "{blocked:?} {waits:?} {say}"
            );
        }
        // The main thread waits in `join`, for a lock that is not the GIL.
        assert!(
            share(&run, LaneKind::Root, Doing::Blocked)[0] > 0.8,
            "{say}"
        );
    }
}

#[test]
fn processes_have_one_each() {
    let _alone = alone();
    // Unknown programs are searched only in a run of some length: two interpreters stand for all.
    for python in [with_gil().next(), with_gil().last()].into_iter().flatten() {
        let home = tempfile::tempdir().unwrap();
        let long = "run(multiprocessing.Process, *[burn_long] * 4)";
        let (run, figures) = run_at(home.path(), &python.path, long, &[]);
        let say = format!("{}: {:?}", python.version, figures.gil);
        let workers: Vec<_> = run
            .lanes
            .iter()
            .filter(|lane| lane.info.kind == LaneKind::Process)
            .collect();
        assert_eq!(workers.len(), 4, "{say}");
        for lane in &workers {
            let gil = run.gils.get(&lane.id).expect(&say);
            assert!(
                gil.holds.iter().any(|hold| hold.0 == Some(lane.id)),
                "{say}"
            );
            let held = gil.held_ns() as f64 / gil.watched_ns() as f64;
            assert!(held > 0.9, "{held} {say}");
        }
        if (workers.len() as u32) > run.header.machine.cores {
            let waits = share(&run, LaneKind::Process, Doing::WaitsForCore);
            assert!(waits.iter().sum::<f64>() > 0.4, "{waits:?} {say}");
            // What is told of them is as much as they ran.
            let ran = share(&run, LaneKind::Process, Doing::Python);
            for (lane, ran) in workers.iter().zip(ran) {
                let lived_ns = lane.end_or(0) - lane.started_ns;
                let used = lane.cpu_ns().0 as f64 / lived_ns as f64;
                assert!((ran - used).abs() < 0.16, "{ran} told, {used} used: {say}");
            }
        }
        // The next run knows where it is, and watches from the start.
        let short = "run(multiprocessing.Process, *[burn] * 4)";
        let (run, figures) = run_at(home.path(), &python.path, short, &[]);
        let say = format!("{}: {:?}", python.version, figures.gil);
        for lane in run
            .lanes
            .iter()
            .filter(|lane| lane.info.kind == LaneKind::Process)
        {
            let watched_ns = run.gils.get(&lane.id).expect(&say).watched_ns();
            let lived_ns = lane.end_or(0) - lane.started_ns;
            assert!(
                watched_ns > lived_ns / 2,
                "{watched_ns} of {lived_ns} {say}"
            );
        }
    }
}

#[test]
fn sub_interpreters_run_under_gils_of_their_own() {
    let _alone = alone();
    let minor = |version: &str| {
        version
            .split('.')
            .nth(1)
            .and_then(|minor| minor.parse().ok())
    };
    let mut able = with_gil()
        .filter(|python| minor(&python.version) >= Some(14))
        .peekable();
    if able.peek().is_none() {
        eprintln!("SKIPPED: no Python 3.14 or later with a GIL was found");
    }
    for python in able {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("run.gilscope");
        let output = gilscope(home.path())
            .args(["run", "--json", "--way", "interpreters", "--work", "burn"])
            .args(["--count", "4", "--join", "end", "--python"])
            .arg(&python.path)
            .arg("--out")
            .arg(&file)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let (run, _) = gilscope::store::open(&file).unwrap();
        let say = format!("{}: {:?}", python.version, run.figures().gil);
        let outside = share(&run, LaneKind::Thread, Doing::Outside);
        let python = share(&run, LaneKind::Thread, Doing::Apart);
        let core = share(&run, LaneKind::Thread, Doing::WaitsForCore);
        assert_eq!(python.len(), 4, "{say}");
        for i in 0..4 {
            assert!(
                python[i] + core[i] > 0.7 && outside[i] < 0.25,
                "{python:?} {core:?} {outside:?} {say}"
            );
        }
    }
}

#[test]
fn what_is_hard_to_read_breaks_nothing() {
    let _alone = alone();
    // Thousands of short threads; a fork in a thread; a process that replaces itself; ends during the search.
    for (name, body, lines) in [
        (
            "short threads",
            "[run(threading.Thread, lambda _: None) for _ in range(3000)]; burn(0.8)",
            0,
        ),
        (
            "a fork in a thread",
            "run(threading.Thread, lambda _: run(multiprocessing.get_context('fork').Process, burn, burn), burn)",
            0,
        ),
        (
            "exec",
            "import os; t = threading.Thread(target=burn, args=(9,), daemon=True); t.start(); time.sleep(0.7); \
             os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(0.8); print(1)'])",
            1,
        ),
        (
            "an end during the search",
            "import os; t = threading.Thread(target=burn, args=(9,), daemon=True); t.start(); time.sleep(0.03); os._exit(0)",
            0,
        ),
    ] {
        for python in with_gil() {
            let (run, figures) = run(&python.path, body);
            let say = format!(
                "{name} by {}: {:?} {:?}",
                python.version, figures.gil, run.notices
            );
            assert_eq!(figures.lines, lines, "{say}");
            assert!(run.notices.is_empty(), "{say}");
            for (lane, gil) in &run.gils {
                let apart = gil.holds.windows(2).all(|two| two[0].2 <= two[1].1);
                assert!(apart, "no two at once: {say}");
                let pid = run.lane(*lane).unwrap().info.pid;
                for by in gil.holds.iter().filter_map(|hold| hold.0) {
                    assert_eq!(run.lane(by).unwrap().info.pid, pid, "{say}");
                }
                // Nobody holds what is not watched, and no longer than it is.
                assert!(gil.held_ns() <= gil.watched_ns() + 1, "{say}");
            }
        }
    }
}

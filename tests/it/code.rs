//! Where in the code workers are found, against scripts of which that is known.

use std::collections::BTreeSet;
use std::path::Path;

use gilscope::run::{Lane, LaneKind, Place, Run};

use crate::common::{alone, pythons, record};

const SCRIPT: &str = r#"
import multiprocessing, sys, threading, time

def first(seconds):
    end, x = time.monotonic() + seconds, 1
    while time.monotonic() < end:
        x = (x * 3 + 1) & 0xFFFF

def second(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.02)

def run(kind, seconds):
    workers = [kind(target=work, args=(seconds,)) for work in (first, second)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()

if __name__ == "__main__":
    if sys.argv[1] == "threads":
        run(threading.Thread, 1.5)
    else:
        run(multiprocessing.get_context(sys.argv[1]).Process, 4)
"#;

/// From the line of a function's `def` to its last.
fn lines(function: &str) -> std::ops::RangeInclusive<u32> {
    let named = format!("def {function}(");
    let at = |line: &str| line.starts_with(&named);
    let first = SCRIPT.lines().position(at).unwrap();
    let rest = SCRIPT.lines().skip(first + 1);
    let body = rest.take_while(|line| line.starts_with("    ")).count();
    first as u32 + 1..=(first + 1 + body) as u32
}

fn run(python: &Path, how: &str) -> Run {
    let home = tempfile::tempdir().unwrap();
    record(home.path(), python, SCRIPT, &["--", how], &[]).0
}

fn places<'a>(run: &'a Run, lane: &Lane) -> Vec<&'a Place> {
    let stays = lane.places.stays().iter();
    let found = stays.filter_map(|stay| run.place(stay.0?));
    found.collect()
}

fn functions<'a>(places: &[&'a Place]) -> BTreeSet<&'a str> {
    places.iter().map(|place| &*place.function).collect()
}

/// The workers in the order of their starts are in `first` and in `second`, and in lines of these.
fn in_their_functions(run: &Run, also: &[&str], say: &str) {
    let workers = run.workers();
    assert_eq!(workers.len(), 2, "{say}");
    for (lane, function) in workers.into_iter().zip(["first", "second"]) {
        let found = places(run, lane);
        let say = format!("{say}, {}: {found:?}", lane.info.name);
        let mut named = functions(&found);
        assert!(named.remove(function), "{say}");
        assert!(named.iter().all(|name| also.contains(name)), "{say}");
        for place in found {
            assert_eq!(place.file, None, "{say}");
            // The top level may stand anywhere.
            if place.function != "<module>" {
                assert!(lines(&place.function).contains(&place.line), "{say}");
            }
        }
        let stays = lane.places.stays();
        assert!(stays.windows(2).all(|two| two[0].2 <= two[1].1), "{say}");
        let end_ns = lane.ended.unwrap().0;
        assert!(
            stays
                .iter()
                .all(|stay| stay.1 >= lane.started_ns && stay.2 <= end_ns + 1_000_000_000),
            "{say}"
        );
    }
}

#[test]
fn threads_are_found_in_their_functions_and_who_joins_them_at_the_join() {
    let _alone = alone();
    for python in pythons() {
        if !python.gil_enabled {
            eprintln!("SKIPPED: {} can't be read, it has no GIL", python.version);
            let run = run(&python.path, "threads");
            assert!(
                run.places.is_empty(),
                "{}: {:?}",
                python.version,
                run.places
            );
            continue;
        }
        let run = run(&python.path, "threads");
        let say = format!("threads by {}", python.version);
        in_their_functions(&run, &[], &say);
        let main = places(&run, &run.lanes[0]);
        assert!(functions(&main).contains("run"), "{say}: {main:?}");
        let in_run = main.iter().filter(|place| place.function == "run");
        assert!(
            in_run
                .into_iter()
                .all(|place| lines("run").contains(&place.line))
        );
    }
}

#[test]
fn processes_of_one_thread_are_found_in_their_functions() {
    let _alone = alone();
    let with_gil = || pythons().iter().filter(|python| python.gil_enabled);
    // Forks are read where their parent is, spawned ones where they were loaded: two interpreters stand for all.
    for python in [with_gil().next(), with_gil().next_back()]
        .into_iter()
        .flatten()
    {
        for how in ["fork", "spawn"] {
            let run = run(&python.path, how);
            let say = format!("{how} by {}", python.version);
            // A fork begins where its parent was.
            in_their_functions(&run, &["run", "<module>"], &say);
            assert!(
                run.workers()
                    .iter()
                    .all(|lane| lane.info.kind == LaneKind::Process)
            );
        }
    }
}

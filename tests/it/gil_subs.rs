//! The GILs of sub-interpreters as they are measured, each by itself, against what each program must show.

use std::collections::BTreeMap;

use gilscope::engine::pythons::Found;
use gilscope::run::{Doing, Figures, LaneKind, Run, SubTrack};

use crate::common::{alone, pythons};
use crate::gil::{run_at, share};
use crate::program::json;

/// From this one on there are interpreters with a GIL of their own; from that one on the standard library has them.
const OWN: u32 = 12;
const LIBRARY: u32 = 14;

/// Interpreters from this minor version on, with a GIL.
fn from(first: u32) -> Vec<&'static Found> {
    let minor = |python: &&Found| {
        let minor = python.version.split('.').nth(1);
        python.gil_enabled && minor.and_then(|minor| minor.parse().ok()) >= Some(first)
    };
    let found: Vec<_> = pythons().iter().filter(minor).collect();
    if found.is_empty() {
        eprintln!("SKIPPED: no Python 3.{first} or later with a GIL was found");
    }
    found
}

fn run(python: &Found, body: &str) -> (Run, Figures) {
    let home = tempfile::tempdir().unwrap();
    run_at(home.path(), &python.path, body, &[])
}

/// The tracks of a run by the numbers of their interpreters.
fn tracks(run: &Run) -> BTreeMap<u64, &SubTrack> {
    let all = run.sub_gils.iter();
    all.map(|((_, id), track)| (*id, track)).collect()
}

/// For how long two GILs were held at the same time.
fn both_ns(a: &SubTrack, b: &SubTrack) -> u64 {
    let of_b = |from: u64, to: u64| -> u64 {
        let holds = b.gil.holds.iter();
        holds
            .map(|hold| hold.2.min(to).saturating_sub(hold.1.max(from)))
            .sum()
    };
    let holds = a.gil.holds.iter();
    holds.map(|hold| of_b(hold.1, hold.2)).sum()
}

/// Makes an interpreter with a GIL of its own and runs code in it, in all versions that can.
const OLD: &str = r"try:
        import _interpreters as own
        make, go = lambda: own.create('isolated'), own.exec
    except ImportError:
        import _xxsubinterpreters as own
        make, go = lambda: own.create(isolated=True), own.run_string
    end = own.destroy
    ";

const CODE: &str = r"code = '''if True:
        import time
        end, x = time.perf_counter() + 1.5, 1
        while time.perf_counter() < end:
            for _ in range(20_000): x = (x * 3 + 1) & 0xFFFF
        '''
    ";

#[test]
fn interpreters_that_burn_hold_their_own_at_the_same_time() {
    let _alone = alone();
    for python in from(OWN) {
        let body = format!(
            "{OLD}{CODE}class Burn(threading.Thread):
        def run(self):
            own = make()
            go(own, code)
            end(own)
    both = [Burn(), Burn()]
    for one in both: one.start()
    for one in both: one.join()"
        );
        let (run, figures) = run(python, &body);
        let say = format!("{}: {:?}", python.version, figures.gil);
        assert!(run.sub_gils_unknown.is_empty(), "{say}");
        let subs = tracks(&run);
        assert_eq!(subs.keys().copied().collect::<Vec<_>>(), [1, 2], "{say}");
        for of in &figures.gil.interpreters {
            assert!(of.held_share.unwrap() > 0.9, "{say}");
            assert!(of.handoffs.unwrap() < 20, "{say}");
            assert_eq!(of.threads, 1, "{say}");
            assert!(of.wait_share.unwrap() < 0.05, "{say}");
        }
        let both_ns = both_ns(subs[&1], subs[&2]);
        assert!(both_ns > 1_000_000_000, "{both_ns} {say}");
        for lane in run.lanes.iter().filter(|l| l.info.kind == LaneKind::Thread) {
            let held = lane.apart.held();
            let held_ns: u64 = held.iter().map(|span| span.2 - span.1).sum();
            assert!(held_ns > 1_000_000_000, "{held:?} {say}");
        }
        // The main interpreter's is another: nobody needs it.
        assert!(figures.gil.held_share.unwrap() < 0.3, "{say}");
        assert!(figures.gil.is_main_only, "{say}");
    }
}

#[test]
fn threads_of_one_interpreter_take_turns_on_its_own() {
    let _alone = alone();
    for python in from(LIBRARY) {
        let body = format!(
            "{CODE}from concurrent import interpreters
    two = '''if True:
        import threading
        both = [threading.Thread(target=exec, args=(code,)) for _ in range(2)]
        for one in both: one.start()
        for one in both: one.join()
    '''
    own = interpreters.create()
    own.prepare_main(code=code)
    own.exec(two)
    own.close()"
        );
        let (run, figures) = run(python, &body);
        let say = format!("{}: {:?}", python.version, figures.gil);
        let [of] = figures.gil.interpreters.as_slice() else {
            panic!("{say}");
        };
        assert!(of.held_share.unwrap() > 0.9, "{say}");
        assert!(of.handoffs.unwrap() > 50, "{say}");
        // The two, and the one that began them.
        assert_eq!(of.threads, 3, "{say}");
        let wait = of.wait_share.unwrap();
        assert!((0.1..0.7).contains(&wait), "{say}");
        if let Some(median_ms) = of.median_hold_ms {
            // A holder that has no core keeps it for longer.
            assert!((4.0..=40.0).contains(&median_ms), "{say}");
        }
        let gil = &tracks(&run)[&of.interpreter].gil;
        let apart = gil.holds.windows(2).all(|two| two[0].2 <= two[1].1);
        assert!(apart, "no two at once: {say}");
        let threads = run.lanes.iter().filter(|l| l.info.kind == LaneKind::Thread);
        let threads: Vec<_> = threads.collect();
        assert_eq!(threads.len(), 2, "{say}");
        for lane in &threads {
            let own = gil.holds.iter().filter(|hold| hold.0 == Some(lane.id));
            let own_ns: u64 = own.map(|hold| hold.2 - hold.1).sum();
            let part = own_ns as f64 / gil.held_ns() as f64;
            assert!((0.3..0.7).contains(&part), "{part} {say}");
        }
        let waits = share(&run, LaneKind::Thread, Doing::WaitsForGil);
        // Where others need the cores, a wait for one comes between.
        let core = share(&run, LaneKind::Thread, Doing::WaitsForCore);
        for (waits, core) in waits.iter().zip(&core) {
            assert!(*waits > 0.1 && waits + core > 0.3, "{waits} {core} {say}");
        }
        // Each wait is one for this GIL and no other.
        for lane in &threads {
            let waits = lane.did.spans().iter();
            for span in waits.filter(|span| span.0 == Doing::WaitsForGil) {
                let t_ns = u64::midpoint(span.1, span.2);
                assert_eq!(lane.apart.waited_at(t_ns), Some(of.interpreter), "{say}");
            }
        }
        let root = &run.lanes[0];
        let root_waits = root.did.spans().iter();
        let root_waits_ns: u64 = root_waits
            .filter(|span| span.0 == Doing::WaitsForGil)
            .map(|span| span.2 - span.1)
            .sum();
        assert!(root_waits_ns < 100_000_000, "{root_waits_ns} {say}");
    }
}

#[test]
fn a_wait_for_the_main_one_is_none_for_a_sub_interpreters() {
    let _alone = alone();
    for python in from(OWN) {
        let body = format!(
            "{OLD}{CODE}def apart(_):
        own = make()
        go(own, code)
        end(own)
    run(threading.Thread, apart, burn, burn)"
        );
        let (run, figures) = run(python, &body);
        let say = format!("{}: {:?}", python.version, figures.gil);
        let threads = run.lanes.iter().filter(|l| l.info.kind == LaneKind::Thread);
        let threads: Vec<_> = threads.collect();
        let waits = share(&run, LaneKind::Thread, Doing::WaitsForGil);
        let core = share(&run, LaneKind::Thread, Doing::WaitsForCore);
        for nth in [1, 2] {
            let both = waits[nth] + core[nth];
            assert!(waits[nth] > 0.05 && both > 0.2, "{waits:?} {core:?} {say}");
        }
        for lane in &threads {
            let waited = lane.did.spans().iter();
            let waited = waited.filter(|span| span.0 == Doing::WaitsForGil);
            let of_sub = waited.filter(|span| {
                let t_ns = u64::midpoint(span.1, span.2);
                lane.apart.waited_at(t_ns).is_some()
            });
            assert_eq!(of_sub.count(), 0, "{say}");
        }
        let [of] = figures.gil.interpreters.as_slice() else {
            panic!("{say}");
        };
        assert_eq!(of.threads, 1, "{say}");
    }
}

#[test]
fn interpreters_that_come_and_go_break_nothing() {
    let _alone = alone();
    for python in from(OWN) {
        let body = format!(
            "{OLD}def often(seconds):
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            own = make()
            go(own, 'sum(range(200_000))')
            end(own)
    run(threading.Thread, often, often, often, burn)"
        );
        let (run, figures) = run(python, &body);
        let say = format!("{}: {:?}", python.version, run.notices);
        assert!(run.notices.is_empty(), "{say}");
        assert!(run.sub_gils_unknown.is_empty(), "{say}");
        assert!(run.sub_gils.len() > 5, "{} {say}", run.sub_gils.len());
        assert!(figures.gil.measured, "{say}");
        for ((process, id), track) in &run.sub_gils {
            assert_eq!(process.index(), 0, "{say}");
            assert!((1..10_000).contains(id), "{id} {say}");
            let gil = &track.gil;
            let apart = gil.holds.windows(2).all(|two| two[0].2 <= two[1].1);
            assert!(apart, "no two at once: {say}");
            assert!(gil.held_ns() <= gil.watched_ns() + 1, "{say}");
            assert!(gil.handoffs.unwrap_or(0) < 100, "{gil:?} {say}");
            // Each was one thread's.
            assert!(track.threads() <= 1, "{track:?} {say}");
        }
    }
}

#[test]
fn a_kept_run_has_the_figures_that_it_had_while_it_ran() {
    let _alone = alone();
    for python in from(OWN) {
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("own.py");
        let own = OLD.replace("\n    ", "\n");
        let code = "import threading\none = make()\ncode = 'import time; time.sleep(1.2)'\n\
            own = threading.Thread(target=go, args=(one, code))\nown.start()\nown.join()\nend(one)\n";
        std::fs::write(&script, own + code).unwrap();
        let file = dir.path().join("run.gilscope");
        let words = format!("--script {} --out {}", script.display(), file.display());
        let (live, status) = json(&python.path, &words);
        assert_eq!(status, 0, "{live}");
        let (again, _) = gilscope::store::open(&file).unwrap();
        let again = serde_json::to_value(again.figures()).unwrap();
        assert_eq!(again["gil"], live["gil"], "{}", python.version);
        let interpreters = live["gil"]["interpreters"].as_array().unwrap();
        assert_eq!(interpreters.len(), 1, "{live}");
        assert_eq!(interpreters[0]["interpreter"], 1, "{live}");
    }
}

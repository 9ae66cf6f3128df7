//! The tutorial's cases, each on every CPython found.

use gilscope::run::{LaneKind, Run};

use crate::common::{alone, kept, pythons};

fn cores() -> f64 {
    std::thread::available_parallelism().unwrap().get() as f64
}

#[test]
fn five_hellos_joined_each_are_a_staircase() {
    for python in pythons() {
        let (figures, run, texts) = kept(&python.path, "--work hello --count 5 --join each");
        let say = format!("{}: {figures}", python.version);
        assert_eq!(figures["peak_parallel"], 1, "{say}");
        assert_eq!(
            (&figures["lines"], &figures["out_of_order"]),
            (&5.into(), &0.into()),
            "{say}"
        );
        assert_eq!(
            (&figures["workers"], &figures["finished"]),
            (&5.into(), &5.into()),
            "{say}"
        );
        assert_eq!(figures["stopped_by"], "end", "{say}");
        let workers = run.workers();
        for pair in workers.windows(2) {
            let ended_ns = pair[0].ended.unwrap().0;
            assert!(ended_ns <= pair[1].started_ns, "{say}: a staircase");
            // Two pipes that are read in one pass are a tie, which the figure does not count either.
            assert!(
                pair[0].first_line_ns.unwrap() < pair[1].first_line_ns.unwrap() + 1_000_000,
                "{say}: in start order"
            );
        }
        for worker in workers {
            assert_eq!(texts[worker.id.index()], "Spawned\n", "{say}");
        }
    }
}

#[test]
fn five_hellos_joined_at_the_end_do_not_wait_between_starts() {
    for python in pythons() {
        let (figures, run, texts) = kept(&python.path, "--work hello --count 5 --join end");
        let say = format!("{}: {figures}", python.version);
        assert_eq!(figures["lines"], 5, "{say}");
        let workers = run.workers();
        assert_eq!(workers.len(), 5, "{say}");
        for worker in &workers {
            assert_eq!(texts[worker.id.index()], "Spawned\n", "{say}");
        }
        let last_start_ns = workers
            .iter()
            .map(|worker| worker.started_ns)
            .max()
            .unwrap();
        let joins_ns = run.lanes[0]
            .joins
            .iter()
            .map(|&(_, from_ns, _)| from_ns)
            .min();
        assert!(
            joins_ns.is_some_and(|from_ns| from_ns >= last_start_ns),
            "{say}"
        );
    }
}

#[test]
fn arguments_reach_their_workers_under_every_start_method() {
    for python in pythons() {
        for method in ["fork", "spawn", "forkserver"] {
            let words =
                format!("--work args --arg 0 --arg 1 --count 5 --join end --start-method {method}");
            let (figures, run, texts) = kept(&python.path, &words);
            let say = format!("{} {method}: {figures}", python.version);
            assert_eq!(figures["start_method"], method, "{say}");
            let mut lines = Vec::new();
            for worker in run.workers() {
                let text = &texts[worker.id.index()];
                let (n, m) = text.trim_end().split_once(' ').expect(&say);
                assert_eq!(
                    worker.info.args,
                    format!("{n}, {m}"),
                    "{say}: on the worker that got them"
                );
                lines.push(text.trim_end().to_owned());
            }
            lines.sort();
            assert_eq!(lines, ["0 1", "1 2", "2 3", "3 4", "4 5"], "{say}");
            assert_eq!(figures["out_of_order"], inversions(&run), "{say}");
        }
    }
}

/// Pairs whose first lines came against their starts, counted anew.
fn inversions(run: &Run) -> u64 {
    let mut workers: Vec<_> = run
        .lanes
        .iter()
        .filter(|lane| lane.info.kind == LaneKind::Process)
        .map(|lane| (lane.started_ns, lane.first_line_ns.unwrap()))
        .collect();
    workers.sort_unstable();
    let mut pairs = 0;
    for (i, (_, early)) in workers.iter().enumerate() {
        pairs += workers[i + 1..]
            .iter()
            .filter(|(_, late)| late + 1_000_000 < *early)
            .count() as u64;
    }
    pairs
}

#[test]
fn many_joined_each_are_never_two_at_once() {
    for python in pythons() {
        let (figures, _, _) = kept(
            &python.path,
            "--work hello --count 100 --join each --time-limit 2min",
        );
        assert_eq!(figures["peak_parallel"], 1, "{}: {figures}", python.version);
        assert_eq!(figures["lines"], 100, "{}: {figures}", python.version);
    }
}

#[test]
fn many_spawned_at_once_are_all_in_the_log_and_the_table() {
    let _alone = alone();
    let all = pythons();
    let free = all.iter().position(|python| python.free_threaded);
    let newest = all.iter().position(|python| !python.free_threaded);
    for (i, python) in all.iter().enumerate() {
        // All of them on all interpreters would take a third of the suite.
        let count = match i {
            _ if Some(i) == newest => 500,
            _ if Some(i) == free || i + 1 == all.len() => 120,
            _ => 50,
        };
        let words = format!(
            "--work hello --count {count} --join end --start-method spawn --time-limit 5min"
        );
        let (figures, run, texts) = kept(&python.path, &words);
        let say = format!("{}: {figures}", python.version);
        assert_eq!(
            (&figures["workers"], &figures["finished"]),
            (&count.into(), &count.into()),
            "{say}"
        );
        assert_eq!(figures["lines"], count, "{say}");
        assert!(figures["peak_parallel"].as_u64().unwrap() > 5, "{say}");
        for worker in run.workers() {
            assert_eq!(texts[worker.id.index()], "Spawned\n", "{say}");
            let (cpu_ns, at_least) = worker.cpu_ns();
            assert!(cpu_ns > 1_000_000 && !at_least, "{say}: {:?}", worker.info);
        }
        let busy = run
            .machine
            .iter()
            .filter_map(|point| point.busy_cores)
            .fold(0.0, f32::max);
        assert!(f64::from(busy) > cores() * 0.8, "{say}: {busy}");
    }
}

#[test]
fn no_lane_used_more_than_it_lived() {
    for python in pythons() {
        let words = "--work hello --count 3 --start-method forkserver";
        let (_, run, _) = kept(&python.path, words);
        for lane in run.lanes.iter().filter(|lane| lane.info.tid.is_none()) {
            let Some(cpu_ns) = lane.cpu_final_ns else {
                continue;
            };
            let lived_ns = lane.ended.unwrap().0 - lane.started_ns;
            // The operating system counts in ticks of 10 ms, at both ends.
            assert!(
                cpu_ns <= lived_ns + 20_000_000,
                "{}: {:?} lived {lived_ns} ns and used {cpu_ns}",
                python.version,
                lane.info
            );
        }
    }
}

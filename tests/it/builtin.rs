//! The built-in engine: the same ways and works where no Python is, labelled as a model.

use std::path::Path;

use serde_json::Value;

use crate::program::{gilscope, json, printed, run, said};

fn builtin(words: &str) -> (Value, i32) {
    json(Path::new("builtin"), words)
}

#[test]
fn every_way_and_work_runs() {
    for way in ["turn", "threads", "processes", "pool"] {
        for (work, line) in [
            ("hello", "Spawned"),
            ("args --arg 3 --arg 4", "3 4"),
            ("burn --amount 20000", "worker 0 1"),
            ("hash --amount 3", "worker 0 1"),
            ("wait --amount 20ms", "worker 0 1"),
        ] {
            let words = format!("--way {way} --count 3 --work {work}");
            let (figures, status) = builtin(&words);
            assert_eq!(status, 0, "{words}: {figures}");
            assert_eq!(
                (&figures["lines"], &figures["python"]),
                (&3.into(), &"builtin".into()),
                "{words}: {figures}"
            );
            let mut all = vec!["run", "--python", "builtin"];
            all.extend(words.split_ascii_whitespace());
            let text = printed(&run(&all));
            assert!(
                text.contains(line) && text.contains("model"),
                "{words}: {text}"
            );
        }
    }
}

#[test]
fn threads_contend_for_the_model_and_processes_do_not() {
    #[cfg(unix)]
    let _alone = crate::common::alone();
    let ratio = |way: &str| {
        let words = format!("--way {way} --work burn --count 4 --amount 5000000 --join end");
        let (figures, _) = builtin(&words);
        figures["cpu_s"].as_f64().unwrap() / figures["wall_s"].as_f64().unwrap()
    };
    // Others may hold the cores, so each is compared with the other under the same load, a few times.
    let pairs: Vec<_> = (0..5)
        .map(|_| (ratio("threads"), ratio("processes")))
        .collect();
    assert!(pairs.iter().all(|(threads, _)| *threads < 1.2), "{pairs:?}");
    if pairs.iter().all(|(_, processes)| *processes < 1.0) {
        eprintln!("the machine is busy, nothing can be told of its cores: {pairs:?}");
        return;
    }
    let one_core = std::thread::available_parallelism().unwrap().get() == 1;
    assert!(
        one_core
            || pairs
                .iter()
                .any(|(threads, processes)| processes > &(threads * 1.3)),
        "{pairs:?}"
    );
}

#[test]
fn each_worker_has_its_lines() {
    for way in ["turn", "threads", "processes"] {
        let words = format!("run --python builtin --way {way} --work args --count 3");
        let words: Vec<_> = words.split_ascii_whitespace().collect();
        let text = printed(&run(&words));
        let names: Vec<_> = text
            .lines()
            .filter_map(|line| Some(line.split_once(" | ")?.0.trim().to_owned()))
            .collect();
        assert_eq!(names.len(), 3, "{way}: {text}");
        if way != "turn" {
            assert!(
                names.windows(2).all(|pair| pair[0] != pair[1]),
                "{way}: {text}"
            );
        }
    }
}

#[test]
fn forever_stops_at_its_limit() {
    let (figures, status) = builtin("--work forever --count 2 --join end --time-limit 1s");
    assert_eq!(
        (&figures["stopped_by"], status),
        (&"limit".into(), 0),
        "{figures}"
    );
    assert_eq!(
        (&figures["stopped"], &figures["lines_lost"]),
        (&2.into(), &0.into()),
        "{figures}"
    );
}

#[test]
fn a_script_can_not_run_built_in() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("own.py");
    std::fs::write(&file, "print(1)\n").unwrap();
    let output = gilscope(home.path())
        .args(["run", "--python", "builtin", "--script"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        said(&output).contains("--python builtin can't go with --script"),
        "{}",
        said(&output)
    );
}

#[test]
fn the_models_threads_stamp_who_holds_its_gil() {
    let (figures, _) = builtin("--way threads --work burn --count 4 --amount 5000000 --join end");
    let gil = &figures["gil"];
    let number = |key: &str| gil[key].as_f64().unwrap_or(f64::NAN);
    assert_eq!(gil["measured"], true, "{figures}");
    assert!(number("held_share") > 0.9, "{figures}");
    assert!(
        (4.5..=11.0).contains(&number("median_hold_ms")),
        "{figures}"
    );
    assert!(number("handoffs") > 10.0, "{figures}");
    assert!((0.4..0.9).contains(&number("wait_share")), "{figures}");
    // Where all sleep nobody holds it, and that is watched, too.
    let (figures, _) = builtin("--way threads --work wait --count 3 --amount 600ms --join end");
    assert!(
        figures["gil"]["held_share"].as_f64().unwrap() < 0.2,
        "{figures}"
    );
    // A flood of prints lets it go at each; nothing is told of what there was no room for.
    let (figures, _) = builtin("--way threads --work forever --count 2 --join end --time-limit 1s");
    assert_eq!(figures["gil"]["measured"], true, "{figures}");
    assert!(
        figures["gil"]["held_share"].as_f64().unwrap() <= 1.0,
        "{figures}"
    );
}

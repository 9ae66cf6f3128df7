//! Interpreters, work in C that lets the GIL go, and the switch interval, on every CPython found.

use std::path::Path;

use gilscope::engine::pythons::Found;
use gilscope::run::LaneKind;

use crate::common::{alone, kept, pythons};
use crate::program::{json, run, said};

/// Those that have the executor; says aloud where there is none.
fn with_interpreters() -> Vec<&'static Found> {
    let found: Vec<_> = pythons()
        .iter()
        .filter(|python| python.has_interpreters())
        .collect();
    if found.is_empty() {
        eprintln!("no Python 3.14 or newer is here: interpreters are left out");
    }
    found
}

#[test]
fn every_line_of_an_interpreter_is_on_its_own_lane() {
    for python in with_interpreters() {
        for join in ["each", "end", "never"] {
            let words = format!("--way interpreters --work args --count 5 --join {join}");
            let (figures, run, texts) = kept(&python.path, &words);
            let say = format!("{} {join}: {figures}", python.version);
            assert_eq!(
                (&figures["lines"], &figures["failed"]),
                (&5.into(), &0.into()),
                "{say}"
            );
            let workers = run.workers();
            assert!((1..=5).contains(&workers.len()), "{say}");
            let mut lines = Vec::new();
            for worker in workers {
                assert_eq!(worker.info.kind, LaneKind::Thread, "{say}");
                assert!(
                    worker.info.name.starts_with("InterpreterPoolExecutor-"),
                    "{say}: {}",
                    worker.info.name
                );
                assert!(worker.finished() && worker.cpu_ns().0 > 0, "{say}");
                lines.extend(texts[worker.id.index()].lines().map(str::to_owned));
            }
            lines.sort();
            assert_eq!(lines, ["0 1", "1 2", "2 3", "3 4", "4 5"], "{say}");
            assert_eq!(texts[0], "", "{say}");
        }
    }
}

#[test]
fn an_interpreters_line_has_the_time_when_it_was_written() {
    for python in with_interpreters() {
        let words = "--way interpreters --work wait --amount 300ms --count 2 --join end";
        let (figures, run, _) = kept(&python.path, words);
        for worker in run.workers() {
            let after_ns = worker.first_line_ns.unwrap() - worker.started_ns;
            assert!(
                after_ns >= 300_000_000,
                "{}: {after_ns} ns, {figures}",
                python.version
            );
        }
    }
}

#[test]
fn many_lines_of_interpreters_at_once_are_told_apart() {
    let text = "\
from concurrent.futures import InterpreterPoolExecutor
import sys, threading
def work(n):
    for k in range(2000):
        print('worker', n, k)
    print('to stderr', n, file=sys.stderr)
    print('no end', n, end='')
def inside(n):
    thread = threading.Thread(target=print, args=('of a thread inside', n))
    thread.start()
    thread.join()
if __name__ == '__main__':
    pool = InterpreterPoolExecutor(3)
    tasks = [pool.submit(work, n) for n in range(3)]
    for task in tasks:
        task.result()
    print('of the main one')
    pool.submit(inside, 3).result()
    pool.shutdown()
";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.py");
    std::fs::write(&file, text).unwrap();
    for python in with_interpreters() {
        for buffering in ["line", "block"] {
            let words = format!("--buffering {buffering} --script {}", file.display());
            let (figures, run, texts) = kept(&python.path, &words);
            let say = format!("{} {buffering}: {figures}", python.version);
            let all: usize = texts.iter().map(String::len).sum();
            let expected: usize = (0..3)
                .flat_map(|n| (0..2000).map(move |k| format!("worker {n} {k}\n").len()))
                .sum();
            let more = "no end 0".len() * 3 + "of the main one\nof a thread inside 3\n".len();
            assert_eq!(all, expected + more, "{say}: nothing is lost");
            for worker in run.workers() {
                let text = &texts[worker.id.index()];
                if buffering == "block" {
                    // They are cut into each other: said to be nobody's, and not guessed.
                    assert_eq!(text, "", "{say}");
                    continue;
                }
                if worker.info.name.starts_with("Thread-") {
                    // It goes on with a line that its interpreter's buffer still holds: nobody's.
                    assert_eq!(text, "", "{say}");
                    continue;
                }
                let n = text.split(' ').nth(1).expect(&say);
                let own = (0..2000).map(|k| format!("worker {n} {k}\n"));
                assert_eq!(*text, own.collect::<String>(), "{say}");
            }
        }
    }
}

#[test]
fn an_older_python_is_refused_with_the_option_and_the_version() {
    let older = pythons().iter().filter(|python| !python.has_interpreters());
    let mut paths: Vec<_> = older.map(|python| python.path.as_path()).collect();
    if paths.is_empty() {
        eprintln!("no Python before 3.14 is here: only the model is asked");
    }
    paths.push(Path::new("builtin"));
    for path in paths {
        let python = path.to_str().unwrap();
        let output = run(&["run", "--python", python, "--way", "interpreters"]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{python}: {said}");
        assert!(
            said.contains("--way") && said.contains("Python 3.14 or newer"),
            "{python}: {said}"
        );
    }
}

/// Cores that a run of this kept busy.
fn used_cores(python: &Path, words: &str) -> f64 {
    let (figures, status) = json(python, &format!("{words} --count 2 --join end"));
    assert_eq!(status, 0, "{words}: {figures}");
    figures["cpu_s"].as_f64().unwrap() / figures["wall_s"].as_f64().unwrap()
}

/// Whether `more` keeps clearly more cores busy than `less`. Others may hold the cores for a while: where not even
/// processes get them meanwhile, that is said, and nothing can be told.
fn uses_more(python: &Path, more: &str, less: &str) -> Result<(), String> {
    let clearly = |more: f64, less: f64| more > 1.2 * less && more > 1.1;
    let mut tried = Vec::new();
    for _ in 0..5 {
        let [more, less, processes] =
            [more, less, "--way processes --work hash"].map(|words| used_cores(python, words));
        if clearly(more, less) {
            return Ok(());
        }
        tried.push((more, less, processes));
    }
    let figures = format!("{}: {more} against {less}: {tried:?}", python.display());
    if tried
        .iter()
        .any(|&(_, less, processes)| clearly(processes, less))
    {
        return Err(figures);
    }
    eprintln!("the machine is busy, nothing can be told of its cores: {figures}");
    Ok(())
}

#[test]
fn interpreters_and_work_in_c_use_more_cores_than_threads_of_python() {
    let _alone = alone();
    let threads = "--way threads --work burn --amount 6000000";
    for python in pythons().iter().filter(|python| python.gil_enabled) {
        let hash = "--way threads --work hash";
        uses_more(&python.path, hash, threads).unwrap();
        if python.has_interpreters() {
            let interpreters = "--way interpreters --work burn --amount 12000000";
            uses_more(&python.path, interpreters, threads).unwrap();
        }
    }
    uses_more(
        Path::new("builtin"),
        "--way threads --work hash",
        "--way threads --work burn --amount 30000000",
    )
    .unwrap();
}

#[test]
fn hash_prints_its_line_in_every_way() {
    for python in pythons() {
        for way in ["turn", "threads", "processes", "pool", "interpreters"] {
            if way == "interpreters" && !python.has_interpreters() {
                continue;
            }
            let words = format!("--way {way} --work hash --amount 3 --count 2");
            let (figures, run, texts) = kept(&python.path, &words);
            let say = format!("{} {way}: {figures}", python.version);
            assert_eq!(figures["lines"], 2, "{say}");
            assert_eq!(run.header.experiment.rounds, 3, "{say}");
            assert!(texts.concat().contains("worker 1 2\n"), "{say}");
        }
    }
}

#[test]
fn the_switch_interval_is_recorded_and_python_has_it() {
    for python in pythons() {
        let words = "--way threads --count 1 --switch-interval 20ms";
        let (figures, run, _) = kept(&python.path, words);
        let say = format!("{}: {figures}", python.version);
        assert_eq!(run.header.experiment.switch_interval_s, Some(0.02), "{say}");
        assert!(
            run.header
                .script
                .contains("\nsys.setswitchinterval(0.02)\n"),
            "{say}: {}",
            run.header.script
        );
        let told = run
            .notices
            .iter()
            .any(|n| n.text.contains("switch interval"));
        assert_eq!(told, !python.gil_enabled, "{say}: {:?}", run.notices);
    }
    let (_, run, _) = kept(&pythons()[0].path, "--way threads --count 1");
    assert!(!run.header.script.contains("setswitchinterval"));
    for out in ["2s", "0.05ms"] {
        let output = run_words(out);
        assert_eq!(output.0, Some(2), "{out}: {}", output.1);
        assert!(
            output.1.contains("--switch-interval") && output.1.contains("0.0001 to 1 s"),
            "{out}: {}",
            output.1
        );
    }
}

fn run_words(interval: &str) -> (Option<i32>, String) {
    let output = run(&["run", "--way", "threads", "--switch-interval", interval]);
    (output.status.code(), said(&output))
}

//! How a run on the command line ends, and what it tells of that, in every mode.

use std::path::Path;
use std::process::Output;

use gilscope::run::Run;
use serde_json::Value;

use crate::common::pythons;
use crate::program::{gilscope, json, said};

/// Runs with these words and an environment of more; `text` is an own script's. Gives what was said and, where it
/// was kept, the run.
fn ran(python: &Path, words: &str, text: Option<&str>, env: &[(&str, &str)]) -> (Output, Run) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("run.gilscope");
    let mut command = gilscope(home.path());
    command.arg("run").arg("--python").arg(python);
    command.args(words.split_ascii_whitespace());
    command.arg("--out").arg(&file).envs(env.iter().copied());
    if let Some(text) = text {
        let script = home.path().join("own.py");
        std::fs::write(&script, text).unwrap();
        command.arg("--script").arg(script);
    }
    let output = command.output().unwrap();
    let (run, _) = gilscope::store::open(&file).unwrap();
    (output, run)
}

fn newest() -> &'static Path {
    &pythons()[0].path
}

fn status(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn the_quota_and_the_memory_limit_stop_and_make_1_and_the_time_limit_makes_0() {
    for (words, by, expected) in [
        (
            "--work forever --count 1 --quota 100KiB --time-limit 20s",
            "quota",
            1,
        ),
        (
            "--work wait --amount 30s --count 2 --join end --memory-limit 1MiB",
            "memory",
            1,
        ),
        ("--work forever --count 1 --time-limit 500ms", "limit", 0),
    ] {
        let (figures, status) = json(newest(), words);
        assert_eq!(
            (&figures["stopped_by"], status),
            (&by.into(), expected),
            "{figures}"
        );
        assert!(figures["wall_s"].as_f64().unwrap() < 15.0, "{figures}");
    }
}

#[test]
fn past_the_quota_lines_can_be_counted_instead() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("many.py");
    std::fs::write(&script, "for i in range(100_000): print(i)\n").unwrap();
    let out = home.path().join("run.gilscope");
    let words = format!(
        "--script {} --quota 100KiB --at-quota count --out {}",
        script.display(),
        out.display()
    );
    let (figures, status) = json(newest(), &words);
    assert_eq!(
        (&figures["stopped_by"], status),
        (&"end".into(), 0),
        "{figures}"
    );
    assert_eq!(figures["lines"], 100_000, "{figures}");
    let lost = figures["lines_lost"].as_u64().unwrap();
    let (run, _) = gilscope::store::open(&out).unwrap();
    let kept = run.log.rows(gilscope::run::Filter::default());
    assert!(lost > 50_000 && kept > 10_000, "{lost} lost, {kept} kept");
    assert_eq!(kept + lost, 100_000);
    assert!(
        run.notices
            .iter()
            .any(|n| n.text.contains("quota is reached"))
    );
}

#[test]
fn raw_tells_why_it_was_stopped_and_what_is_not_there() {
    let home = tempfile::tempdir().unwrap();
    let raw = |words: &str| {
        let mut command = gilscope(home.path());
        command.args(["run", "--raw", "--python"]).arg(newest());
        command.args(words.split_ascii_whitespace());
        command.output().unwrap()
    };
    let output = raw("--work forever --count 1 --quota 100KiB --time-limit 20s");
    let text = said(&output);
    assert_eq!(status(&output), Some(1), "{text}");
    assert!(text.contains("quota of 102400 byte(s)"), "{text}");
    assert!(text.contains("were not passed on"), "{text}");
    let output = raw("--work wait --amount 30s --count 2 --join end --memory-limit 1MiB");
    assert_eq!(status(&output), Some(1), "{}", said(&output));
    assert!(said(&output).contains("limit of 1048576 byte(s)"));
    let output = raw("--work forever --count 1 --time-limit 500ms");
    assert_eq!(status(&output), Some(0), "{}", said(&output));
    assert!(said(&output).contains("time limit of 0.5 s"));
}

#[test]
fn what_goes_wrong_is_told_in_every_mode() {
    let home = tempfile::tempdir().unwrap();
    for mode in [&[][..], &["--json"], &["--raw"]] {
        let output = gilscope(home.path())
            .args(["run", "--count", "2", "--out", "/proc/none/run.gilscope"])
            .args(mode)
            .arg("--python")
            .arg(newest())
            .output()
            .unwrap();
        let text = said(&output);
        assert_eq!(status(&output), Some(0), "{mode:?}: {text}");
        assert_eq!(
            text.matches("can't be recorded").count(),
            1,
            "{mode:?}: {text}"
        );
        if mode == ["--json"] {
            let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(figures["file"], Value::Null);
        }
    }
}

#[test]
fn whether_the_gil_is_on_is_the_interpreters_own_word() {
    let Some(python) = pythons().iter().find(|python| python.free_threaded) else {
        eprintln!("LEFT OUT: no free-threaded CPython is here");
        return;
    };
    for (env, on) in [(&[][..], false), (&[("PYTHON_GIL", "1")], true)] {
        let (output, run) = ran(&python.path, "--json --count 1", None, env);
        let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(figures["gil_enabled"], on, "{env:?}: {figures}");
        assert_eq!(run.gil_enabled(), on, "{env:?}, opened again");
        let (output, _) = ran(&python.path, "--count 1", None, env);
        let words = if on { "(GIL on)" } else { "(GIL off)" };
        let text = crate::program::printed(&output);
        assert!(text.contains(words), "{env:?}: {text}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_that_forks_share_counts_once() {
    // Longer than the widest time between two looks at the memory.
    let text = "import os, time\nkept = bytearray(b'x') * (200 << 20)\nfor i in range(12):\n    if os.fork() == 0:\n        time.sleep(4)\n        os._exit(0)\nfor i in range(12):\n    os.wait()\n";
    let (output, run) = ran(newest(), "--json --memory-limit 1GiB", Some(text), &[]);
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["stopped_by"], "end", "{figures}");
    let most = run.machine.iter().map(|point| point.rss_bytes).max();
    assert!(
        most.is_some_and(|most| (200 << 20..600 << 20).contains(&most)),
        "{most:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_shells_lines_are_said_to_stand_among_its_parents() {
    let text = "import subprocess\nsubprocess.run('echo shell; sleep 1.2; true', shell=True)\nsubprocess.run('echo taken; sleep 1.2; true', shell=True, stdout=-1, stderr=-1)\n";
    let (output, run) = ran(newest(), "--json", Some(text), &[]);
    assert_eq!(status(&output), Some(0), "{}", said(&output));
    let shells: Vec<_> = run
        .lanes
        .iter()
        .filter(|lane| lane.info.kind == gilscope::run::LaneKind::Other && lane.info.name == "sh")
        .collect();
    let among: Vec<_> = shells.iter().map(|lane| lane.info.among).collect();
    assert_eq!(among, [Some(true), Some(false)], "{shells:#?}");
    let words = shells[0].output_words().unwrap();
    assert!(words.contains("among its parent's lines"), "{words}");
    assert_eq!((run.lanes[0].lines, shells[0].lines), (1, 0));
    assert_eq!(run.lanes[0].output_words(), None);
}

#[test]
fn where_no_more_pipes_can_be_made_nobody_waits_for_one_and_it_is_told_once() {
    let script = r#"
import multiprocessing, os

def work(i, go):
    print("worker", i, flush=True)
    os.read(go, 1)

if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    read, write = os.pipe()
    workers = [fork.Process(target=work, args=(i, read)) for i in range(40)]
    for worker in workers:
        worker.start()
    os.write(write, b"x" * 40)
    for worker in workers:
        worker.join()
"#;
    let home = tempfile::tempdir().unwrap();
    let (own, file) = (home.path().join("own.py"), home.path().join("run.gilscope"));
    std::fs::write(&own, script).unwrap();
    let program = gilscope(home.path());
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -n 140 && exec \"$@\"", "sh"]);
    command.arg(program.get_program());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.args(["run", "--json", "--python"]).arg(newest());
    command.arg("--script").arg(&own).arg("--out").arg(&file);
    let output = command.output().unwrap();
    let say = said(&output);
    assert_eq!(status(&output), Some(0), "{say}");
    let (run, _) = gilscope::store::open(&file).unwrap();
    let full: Vec<_> = run
        .notices
        .iter()
        .filter(|notice| notice.text.contains("ulimit -n"))
        .collect();
    assert_eq!(full.len(), 1, "{:?} {say}", run.notices);
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["lines"], 40, "{say}");
    let of = |probed| {
        let workers = run.lanes.iter().skip(1);
        workers.filter(|lane| lane.info.probed == probed).count()
    };
    assert!(
        of(true) >= 10 && of(false) >= 5,
        "{} {}",
        of(true),
        of(false)
    );
    // Nobody waited for ten seconds, as for a set that is only late.
    assert!(figures["wall_s"].as_f64().unwrap() < 8.0, "{say}");
}

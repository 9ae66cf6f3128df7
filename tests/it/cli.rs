//! The command line: what goes through, what it refuses, and with which exit status.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::{environment, pythons};
use crate::program::{gilscope, json, printed, run, said};

fn newest() -> &'static Path {
    &pythons()[0].path
}

/// Runs a script of this text, with options before it.
fn script(text: &str, options: &[&str], args: &[&str]) -> std::process::Output {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("own.py");
    std::fs::write(&file, text).unwrap();
    gilscope(home.path())
        .arg("run")
        .args(options)
        .arg("--python")
        .arg(newest())
        .arg("--script")
        .arg(&file)
        .arg("--")
        .args(args)
        .output()
        .unwrap()
}

#[test]
fn a_script_has_the_limit_of_descriptors_that_it_has_bare() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("limit.py");
    std::fs::write(&file, "import os; print(os.sysconf('SC_OPEN_MAX'))").unwrap();
    let ours = gilscope(home.path());
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"ulimit -Sn 200; exec "$0" "$@""#]);
    shell.arg(ours.get_program()).args(["run", "--raw"]);
    shell.arg("--python").arg(newest());
    shell.arg("--script").arg(&file).stdin(Stdio::null());
    for (name, value) in ours.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    assert_eq!(printed(&shell.output().unwrap()), "200\n");
}

#[test]
fn refusals_name_the_option_and_its_range_and_exit_with_2() {
    for (words, parts) in [
        (&["run", "--count", "501"][..], &["--count", "1 to 500"][..]),
        (&["run", "--count", "0"], &["--count", "1 to 500"]),
        (
            &["run", "--way", "turn", "--join", "end"],
            &["--join", "each"],
        ),
        (
            &["run", "--work", "burn", "--amount", "1"],
            &["--amount", "1000 to"],
        ),
        (&["run", "--json", "--raw"], &["--json", "--raw"]),
        (&["run", "--nonsense"], &["--nonsense"]),
        (&["export"], &["FILE"]),
    ] {
        let output = run(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        for part in parts {
            assert!(said(&output).contains(part), "{words:?}: {}", said(&output));
        }
        assert!(output.stdout.is_empty(), "{words:?}");
    }
}

#[test]
fn json_is_one_object_with_the_keys_and_schema_first() {
    let (figures, status) = json(newest(), "--count 2");
    assert_eq!(status, 0);
    for key in [
        "schema",
        "way",
        "work",
        "count",
        "join",
        "start_method",
        "buffering",
        "priority",
        "python",
        "gil_enabled",
        "workers",
        "finished",
        "failed",
        "stopped",
        "wall_s",
        "cpu_s",
        "speed_up",
        "peak_parallel",
        "lines",
        "bytes",
        "lines_lost",
        "out_of_order",
        "gil",
        "stopped_by",
        "file",
    ] {
        assert!(figures.get(key).is_some(), "{key} is missing in {figures}");
    }
    assert_eq!(figures["schema"], 1);
    assert_eq!(figures["python"], pythons()[0].version);
    assert_eq!(
        (&figures["bytes"], &figures["file"]),
        (&16.into(), &Value::Null)
    );
    assert!(figures["cpu_s"].as_f64().unwrap() > 0.01, "{figures}");
}

#[test]
fn raw_passes_bytes_input_and_streams_through() {
    let text = "import sys\ndata = sys.stdin.buffer.read()\nsys.stdout.buffer.write(b'\\x00\\xff' + data + b'no newline')\nsys.stderr.write('err\\r50%\\n')\nprint(sys.argv[1:], end='')\n";
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("own.py");
    std::fs::write(&file, text).unwrap();
    let feed = |mut command: Command| {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"given\n").unwrap();
        child.wait_with_output().unwrap()
    };
    let mut watched = gilscope(home.path());
    watched
        .args(["run", "--raw", "--python"])
        .arg(newest())
        .arg("--script")
        .arg(&file)
        .args(["--", "-x", "a b"]);
    let mut bare = Command::new(newest());
    bare.env_clear()
        .envs(environment())
        .arg(&file)
        .args(["-x", "a b"]);
    let (watched, bare) = (feed(watched), feed(bare));
    assert_eq!(watched.stdout, bare.stdout);
    assert_eq!(watched.stderr, bare.stderr);
    assert_eq!(watched.status.code(), Some(0));
}

#[test]
fn lines_carry_their_workers_names_and_a_summary_follows() {
    let home = tempfile::tempdir().unwrap();
    let output = gilscope(home.path())
        .args(["run", "--count", "2", "--python"])
        .arg(newest())
        .output()
        .unwrap();
    let text = printed(&output);
    for part in [
        "Process-1",
        "Process-2",
        "| Spawned",
        "2 worker(s), 2 finished",
        "wall ",
        "CPU ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_script_that_fails_shows_its_traceback_and_exits_with_1() {
    for (text, part) in [
        ("print('before')\ndef broken(:\n", "SyntaxError"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("import sys\nsys.exit(3)\n", "status 3"),
        (
            "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
            "SIGSEGV",
        ),
    ] {
        let output = script(text, &[], &[]);
        assert_eq!(output.status.code(), Some(1), "{text}: {}", said(&output));
        assert!(said(&output).contains(part), "{text}: {}", said(&output));
    }
}

#[test]
fn a_failing_worker_makes_1_and_its_signal_has_a_name() {
    let text = "import os, signal, sys\nfrom multiprocessing import Process\ndef work():\n    os.kill(os.getpid(), signal.SIGKILL)\nif __name__ == '__main__':\n    w = Process(target=work)\n    w.start()\n    w.join()\n";
    let output = script(text, &[], &[]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("SIGKILL"), "{}", said(&output));
}

#[test]
fn a_fork_that_is_refused_half_way_is_recorded_and_reported() {
    let text = "import os\nfrom multiprocessing import Process, set_start_method\nfork, count = os.fork, [0]\ndef refuse():\n    count[0] += 1\n    if count[0] > 3:\n        raise BlockingIOError(11, 'Resource temporarily unavailable')\n    return fork()\ndef work():\n    print('ran')\nif __name__ == '__main__':\n    set_start_method('fork')\n    os.fork = refuse\n    for i in range(10):\n        Process(target=work).start()\n";
    let output = script(text, &["--json"], &[]);
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{figures}");
    assert_eq!(
        (&figures["workers"], &figures["finished"]),
        (&3.into(), &3.into()),
        "{figures}"
    );
    let named = script(text, &[], &[]);
    assert!(
        said(&named).contains("Resource temporarily unavailable"),
        "{}",
        said(&named)
    );
}

#[test]
fn what_is_no_python_says_what_it_is_and_said() {
    let home = tempfile::tempdir().unwrap();
    let dies = home.path().join("python3");
    std::fs::write(
        &dies,
        "#!/bin/sh\necho cannot load libpython >&2\nexit 127\n",
    )
    .unwrap();
    std::fs::set_permissions(&dies, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let old = home.path().join("python2");
    std::fs::write(&old, "#!/bin/sh\n[ \"$1\" = -V ] && echo Python 2.7.18 >&2 && exit 0\necho unknown option -I >&2\nexit 2\n").unwrap();
    std::fs::set_permissions(&old, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for (path, part) in [
        (Path::new("/nowhere/python3"), "no such file"),
        (home.path(), "a folder"),
        (&dies, "cannot load libpython"),
        (&old, "2.7.18 is too old: 3.8"),
        (Path::new("/bin/true"), "does not answer as a Python"),
    ] {
        let output = gilscope(home.path())
            .args(["run", "--python"])
            .arg(path)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{path:?}");
        let said = said(&output);
        assert!(
            said.contains(part) && said.contains(&*path.to_string_lossy()),
            "{said}"
        );
    }
}

#[test]
fn without_a_display_the_first_experiment_runs_without_a_window() {
    let home = tempfile::tempdir().unwrap();
    let output = gilscope(home.path()).output().unwrap();
    assert!(said(&output).contains("no display"), "{}", said(&output));
    assert!(printed(&output).contains("Spawned"), "{}", printed(&output));
    assert_eq!(output.status.code(), Some(0));
}

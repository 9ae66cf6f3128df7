//! Limits that the system sets: a run goes on or is refused with a sentence, and what was recorded can be read.

use std::process::{Command, Output};

use serde_json::Value;

use crate::common::pythons;
use crate::program::{gilscope, printed, said};

/// Runs `gilscope` with these words below a limit that the shell sets.
fn limited(limit: &str, home: &std::path::Path, words: &[&str]) -> Output {
    let program = gilscope(home);
    let mut command = Command::new("sh");
    command
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("PYTHON")))
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\"")])
        .arg(program.get_program())
        .args(words);
    command.output().unwrap()
}

#[test]
fn a_file_that_may_grow_no_further_ends_the_recording_and_not_the_run() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("prints.py");
    let text = "for i in range(200000): print('line', i, 'of a text', i * 7919 % 1000003)\n";
    std::fs::write(&script, text).unwrap();
    let file = home.path().join("run.gilscope");
    let (script, file) = (script.to_str().unwrap(), file.to_str().unwrap());
    let python = &pythons()[0];
    let python = python.path.to_str().unwrap();
    let output = limited(
        "-f 600",
        home.path(),
        &[
            "run",
            "--json",
            "--buffering",
            "block",
            "--python",
            python,
            "--script",
            script,
            "--out",
            file,
        ],
    );
    let said = said(&output);
    let figures: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    let number = |name: &str| figures[name].as_u64().unwrap();
    assert_eq!(number("lines"), 200_000, "{figures}");
    assert!(number("lines_lost") > 0, "{figures}");
    assert!(said.contains("can't be recorded"), "{said}");
    // What the file has, and what it lacks of what counts as kept, which is told.
    let export = gilscope(home.path())
        .args(["export", "--to", "txt", file])
        .output()
        .unwrap();
    assert!(export.status.success());
    let in_file = printed(&export).lines().count() as u64;
    let missing = said
        .split_once("the last ")
        .and_then(|(_, rest)| rest.split(' ').next()?.parse::<u64>().ok())
        .unwrap_or(0);
    assert_eq!(
        in_file + missing,
        number("lines") - number("lines_lost"),
        "{said}"
    );
}

#[test]
fn too_few_descriptors_are_said_with_the_limit() {
    let home = tempfile::tempdir().unwrap();
    let python = &pythons()[0];
    let output = limited(
        "-n 24",
        home.path(),
        &["run", "--python", python.path.to_str().unwrap()],
    );
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("ulimit -n"), "{}", said(&output));
}

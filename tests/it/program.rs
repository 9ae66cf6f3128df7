//! The program itself, run as a user runs it: no `PYTHON*` variable, its folders in a place of their own.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use gilscope::engine::pythons::{self, Found};
use serde_json::Value;

/// Every interpreter of this machine, newest first; looked for once.
pub(crate) fn pythons() -> &'static [Found] {
    static FOUND: OnceLock<Vec<Found>> = OnceLock::new();
    let found = FOUND.get_or_init(|| pythons::find().found);
    assert!(
        !found.is_empty(),
        "no CPython 3.8 or newer is here: these tests need one"
    );
    found
}

/// Whoever measures shares of the machine does so alone among these tests: others change what there is to share.
pub(crate) fn alone() -> parking_lot::MutexGuard<'static, ()> {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    ALONE.lock()
}

/// The program, with folders of its own below `home`.
pub(crate) fn gilscope(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gilscope"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    command
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null());
    command
}

/// Runs `gilscope` with these words.
pub(crate) fn run(words: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    gilscope(home.path()).args(words).output().unwrap()
}

/// Runs `gilscope run --json` on an interpreter; gives the figures and the exit status.
pub(crate) fn json(python: &Path, words: &str) -> (Value, i32) {
    let home = tempfile::tempdir().unwrap();
    let output = gilscope(home.path())
        .args(["run", "--json", "--python"])
        .arg(python)
        .args(words.split_ascii_whitespace())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let figures = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{words}: {error}; it said: {said}"));
    (figures, output.status.code().unwrap())
}

/// What it said on standard error.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What it printed.
pub(crate) fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

//! What is fuzzed: each target takes any bytes, and panics where something that a user relies on does not hold.

mod ansi;
mod arguments;
mod channel;
mod contents;
mod decoding;
mod log;
mod run_file;
mod window;

use std::path::PathBuf;

use gilscope::experiment::Experiment;
use gilscope::run::{Header, Machine, PythonInfo};

/// Takes an input.
pub(crate) type Target = fn(&[u8]);

/// Every target; its corpus is the folder of that name.
pub(crate) const ALL: [(&str, Target); 5] = [
    ("run_file", run_file::take),
    ("channel", channel::take),
    ("decoding", decoding::take),
    ("ansi", ansi::take),
    ("arguments", arguments::take),
];

/// A file of this name in a folder of this thread, gone with it.
fn scratch(name: &str) -> PathBuf {
    thread_local! { static FOLDER: tempfile::TempDir = tempfile::tempdir().unwrap(); }
    FOLDER.with(|folder| folder.path().join(name))
}

/// What was known before the start.
fn header(experiment: Experiment) -> Header {
    Header {
        id: "fuzz".into(),
        started_at: "2026-01-01T00:00:00Z".into(),
        gilscope: "0".into(),
        script: experiment.script().text,
        experiment,
        python: PythonInfo {
            version: "3.13.0".into(),
            path: "/python".into(),
            gil_enabled: true,
            default_start_method: "fork".into(),
            model: false,
        },
        machine: Machine {
            cores: 8,
            system: "Linux".into(),
            memory_bytes: 1 << 30,
        },
    }
}

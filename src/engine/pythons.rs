//! Which Pythons there are: found without asking, each asked what it is by running it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// An interpreter that can run an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Such as `3.13.0` or `3.15.0b1`.
    pub version: String,
    /// As it calls itself (`sys.executable`).
    pub path: PathBuf,
    /// Whether the GIL is on when it starts without options.
    pub gil_enabled: bool,
    /// Whether it is a free-threaded build.
    pub free_threaded: bool,
    /// Whether it is a release, and no alpha, beta or candidate.
    pub stable: bool,
    /// The start method that its `multiprocessing` uses when none is set.
    pub default_start_method: String,
}

/// Something that is called Python and can't be used: what it is, and what it said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{}: {why}", path.display())]
pub struct Refused {
    /// Where it is.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// What a search brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pythons {
    /// Newest first.
    pub found: Vec<Found>,
    /// Too old, broken, or a stub.
    pub refused: Vec<Refused>,
}

impl Pythons {
    /// The one that runs where none was chosen: the newest stable release with the GIL.
    pub fn default(&self) -> Option<&Found> {
        self.found
            .iter()
            .find(|python| python.stable && python.gil_enabled)
    }
}

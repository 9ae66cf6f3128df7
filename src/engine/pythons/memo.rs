//! What earlier searches learnt, in the user's cache folder. Losing it costs a second, nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::{Candidate, Found, Pythons, Refused};

/// What is known of candidates, and what the last search found.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Memo {
    #[serde(default)]
    known: BTreeMap<PathBuf, Entry>,
    #[serde(default)]
    last: Option<Pythons>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    mark: Mark,
    answer: Result<Found, Refused>,
}

/// An interpreter whose file has the same mark is taken to be the same.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    real: PathBuf,
    changed_ns: u64,
    bytes: u64,
    venv_ns: Option<u64>,
}

impl Memo {
    /// What is on disk; empty where nothing is or it can't be read.
    pub(super) fn load() -> Self {
        crate::engine::cache::read("pythons.json").unwrap_or_default()
    }

    /// The last search's result.
    pub(super) fn result(self) -> Option<Pythons> {
        self.last
    }

    /// What is known of a candidate that has not changed since. Shims decide anew each time.
    pub(super) fn get(&self, candidate: &Candidate) -> Option<Result<Found, Refused>> {
        let entry = self.known.get(&candidate.path)?;
        let same = !candidate.shim && mark(candidate)? == entry.mark;
        // What failed otherwise may have been a machine under load: ask again.
        let settled = match &entry.answer {
            Ok(_) => true,
            Err(refused) => refused.why.contains("is too old"),
        };
        (same && settled).then(|| entry.answer.clone())
    }

    /// Learns an answer.
    pub(super) fn put(&mut self, candidate: &Candidate, answer: &Result<Found, Refused>) {
        if let Some(mark) = mark(candidate) {
            let answer = answer.clone();
            self.known
                .insert(candidate.path.clone(), Entry { mark, answer });
        }
    }

    /// Writes it, with the result of this search.
    pub(super) fn keep(&mut self, result: &Pythons) {
        self.last = Some(result.clone());
        self.save();
    }

    /// Writes it.
    pub(super) fn save(&self) {
        crate::engine::cache::write("pythons.json", self);
    }
}

fn mark(candidate: &Candidate) -> Option<Mark> {
    let real = candidate.path.canonicalize().ok()?;
    let file = real.metadata().ok()?;
    let ns = |file: std::fs::Metadata| {
        let since = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(since.as_nanos() as u64)
    };
    Some(Mark {
        bytes: file.len(),
        changed_ns: ns(file)?,
        venv_ns: candidate
            .venv
            .as_ref()
            .and_then(|venv| ns(venv.join("pyvenv.cfg").metadata().ok()?)),
        real,
    })
}

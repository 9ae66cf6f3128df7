//! Which Pythons there are: found without asking, each asked what it is by running it.
//!
//! [`find`] looks everywhere ([`candidates`] says where) and asks whatever it has not asked before;
//! [`refresh`] asks all again; [`cached`] only reads what an earlier search wrote, for a fast start.

mod candidates;
mod memo;
mod query;
mod version;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use candidates::{Candidate, candidates};

/// An interpreter that can run an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Such as `3.13.0` or `3.15.0b1`.
    pub version: String,
    /// As it calls itself (`sys.executable`).
    pub path: PathBuf,
    /// Its `sys.prefix`, which tells a virtual environment from what it was made of.
    pub prefix: PathBuf,
    /// Whether the GIL is on when it starts without options.
    pub gil_enabled: bool,
    /// Whether it is a free-threaded build.
    pub free_threaded: bool,
    /// Whether it is a release, and no alpha, beta or candidate.
    pub stable: bool,
    /// The start method that its `multiprocessing` uses when none is set.
    pub default_start_method: String,
}

impl Found {
    /// Whether it has `concurrent.futures.InterpreterPoolExecutor`, which came with 3.14.
    pub fn has_interpreters(&self) -> bool {
        version::key(&self.version) >= version::key("3.14.0b1")
    }
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
    /// Too old, broken, or no CPython.
    pub refused: Vec<Refused>,
}

impl Pythons {
    /// The one that runs where none was chosen: the newest stable release with the GIL, and where there is
    /// no such, the newest of all, which is still a Python and no model.
    pub fn newest(&self) -> Option<&Found> {
        self.found
            .iter()
            .find(|python| python.stable && python.gil_enabled)
            .or(self.found.first())
    }

    /// Adds one that was chosen by its path, unless it is there; the newest stay first.
    pub fn add(&mut self, found: Found) {
        if self.of(&found.path).is_none() {
            self.found.push(found);
            self.sort();
        }
    }

    fn sort(&mut self) {
        self.found.sort_by(|a, b| {
            let key = |python: &Found| {
                (
                    version::key(&python.version),
                    python.gil_enabled,
                    !python.free_threaded,
                )
            };
            key(b).cmp(&key(a)).then_with(|| a.path.cmp(&b.path))
        });
    }

    /// The one of this path, as it calls itself or as it was found.
    pub fn of(&self, path: &Path) -> Option<&Found> {
        self.found.iter().find(|python| python.path == path)
    }
}

/// Searches the machine; interpreters that were asked before and have not changed are not asked again.
/// Takes some 10 ms where all are known, up to a second or two at first.
pub fn find() -> Pythons {
    search(&mut memo::Memo::load())
}

/// Searches the machine and asks every interpreter anew.
pub fn refresh() -> Pythons {
    search(&mut memo::Memo::default())
}

/// What the last search on this machine found, without looking whether it still is so.
pub fn cached() -> Option<Pythons> {
    memo::Memo::load().result()
}

/// Asks the interpreter at `path` what it is. Takes some 30 ms; at most 10 s for one that hangs.
pub fn probe(path: &Path) -> Result<Found, Refused> {
    query::query(path)
}

/// As [`probe`], but one that was asked before and has not changed is not asked again.
pub fn known(path: &Path) -> Result<Found, Refused> {
    let candidate = Candidate::at(path.to_owned());
    let mut memo = memo::Memo::load();
    if let Some(answer) = memo.get(&candidate) {
        return answer;
    }
    let answer = query::query(path);
    memo.put(&candidate, &answer);
    memo.save();
    answer
}

fn search(memo: &mut memo::Memo) -> Pythons {
    let candidates = candidates();
    let answers = query::all(&candidates, memo);
    let mut pythons = Pythons::default();
    for (candidate, answer) in candidates.iter().zip(answers) {
        match answer {
            Ok(found) => {
                let known = |other: &Found| {
                    other.prefix == found.prefix && same_file(&other.path, &found.path)
                };
                if !pythons.found.iter().any(known) {
                    pythons.found.push(found);
                }
            }
            // A shim with nothing behind it is no interpreter that anybody installed.
            Err(_) if candidate.shim => {}
            Err(refused) => pythons.refused.push(refused),
        }
    }
    pythons.sort();
    memo.keep(&pythons);
    pythons
}

fn same_file(a: &Path, b: &Path) -> bool {
    a == b
        || match (a.canonicalize(), b.canonicalize()) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(version: &str, stable: bool, gil: bool) -> Found {
        Found {
            version: version.into(),
            path: format!("/{version}").into(),
            prefix: "/".into(),
            gil_enabled: gil,
            free_threaded: !gil,
            stable,
            default_start_method: "spawn".into(),
        }
    }

    #[test]
    fn the_newest_release_with_the_gil_runs_and_where_none_is_the_newest_of_all() {
        let mut pythons = Pythons::default();
        assert_eq!(pythons.newest(), None);
        let newest = |pythons: &Pythons| pythons.newest().map(|found| found.version.clone());
        pythons.add(found("3.14.0", true, false));
        pythons.add(found("3.15.0b1", false, true));
        assert_eq!(newest(&pythons).as_deref(), Some("3.15.0b1"));
        pythons.add(found("3.9.1", true, true));
        pythons.add(found("3.13.2", true, true));
        pythons.add(found("3.13.2", true, true));
        assert_eq!(newest(&pythons).as_deref(), Some("3.13.2"));
        let order: Vec<&str> = pythons.found.iter().map(|found| &*found.version).collect();
        assert_eq!(order, ["3.15.0b1", "3.14.0", "3.13.2", "3.9.1"]);
    }
}

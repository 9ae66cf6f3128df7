//! Where the GIL is in programs that were searched before, kept in the user's cache folder: a search takes 3 to 60 ms,
//! and it is at the same place in every process of the same file.

use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::others::Others;
use super::place::{Mapped, Module};
use crate::engine::cache;

/// The name in the cache folder.
const FILE: &str = "gils.json";
/// So many programs are kept, the newest.
const MOST: usize = 32;

/// Where it is in one program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Found {
    /// In which file, and where in it.
    pub(super) module: Module,
    /// Whether the GIL's struct is there, or the current thread state's pointer.
    pub(super) has_struct: bool,
    /// Its version.
    pub(super) version: (u64, u64),
    /// How far from there the address of the main interpreter stands.
    pub(super) home: Option<usize>,
    /// How to find other interpreters' GILs.
    pub(super) others: Option<Others>,
}

/// The programs that were searched.
pub(super) struct Known {
    found: Vec<(Mark, Found)>,
}

/// A file with the same mark is taken to be the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    bytes: u64,
    changed_ns: u64,
}

impl Known {
    pub(super) fn load() -> Self {
        Self {
            found: cache::read(FILE).unwrap_or_default(),
        }
    }

    /// The address in this process, if its program is known.
    pub(super) fn of(&self, pid: u32) -> Option<(usize, &Found)> {
        let mapped = Mapped::by(pid)?;
        self.found.iter().rev().find_map(|(mark, found)| {
            let at = mapped.address(&found.module)?;
            (Mark::of(&found.module.file)? == *mark).then_some((at, found))
        })
    }

    /// Remembers it, for later runs too.
    pub(super) fn learn(&mut self, found: Found) {
        let Some(mark) = Mark::of(&found.module.file) else {
            return;
        };
        self.found
            .retain(|(_, known)| known.module.file != found.module.file);
        self.found.push((mark, found));
        let many = self.found.len();
        self.found.drain(..many.saturating_sub(MOST));
        cache::write(FILE, &self.found);
    }
}

impl Mark {
    fn of(file: &Path) -> Option<Self> {
        let file = file.metadata().ok()?;
        let changed = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Self {
            bytes: file.len(),
            changed_ns: changed.as_nanos() as u64,
        })
    }
}

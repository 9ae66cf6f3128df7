//! Where an address lies in the program's file: the same in every process that runs it, wherever it was loaded.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A place within a mapped file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Module {
    pub(super) file: PathBuf,
    offset: usize,
}

/// The files that a process has mapped, and where the first mapping of each begins.
pub(super) struct Mapped(Vec<(usize, PathBuf)>);

impl Module {
    /// The file whose mapping begins nearest before the address. None where it is no file's.
    pub(super) fn of(pid: u32, address: usize) -> Option<Self> {
        let (start, file) = starts(pid)?
            .into_iter()
            .filter(|(start, _)| *start <= address)
            .max_by_key(|(start, _)| *start)?;
        // Beyond the file's own data it is the heap.
        let offset = address - start;
        (offset < 1 << 28).then_some(Self { file, offset })
    }
}

impl Mapped {
    pub(super) fn by(pid: u32) -> Option<Self> {
        starts(pid).map(Self)
    }

    /// The place's address there.
    pub(super) fn address(&self, place: &Module) -> Option<usize> {
        let (start, _) = self.0.iter().find(|(_, file)| *file == place.file)?;
        start.checked_add(place.offset)
    }
}

/// Where the mappings of each file begin: the first of each.
#[cfg(target_os = "linux")]
fn starts(pid: u32) -> Option<Vec<(usize, PathBuf)>> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut found: Vec<(usize, PathBuf)> = Vec::new();
    for line in maps.lines() {
        let Some(path) = line.find('/').map(|at| PathBuf::from(&line[at..])) else {
            continue;
        };
        let start = usize::from_str_radix(line.split('-').next()?, 16).ok()?;
        if !found.iter().any(|(_, known)| *known == path) {
            found.push((start, path));
        }
    }
    Some(found)
}

/// Elsewhere every process is searched anew.
#[cfg(not(target_os = "linux"))]
fn starts(_pid: u32) -> Option<Vec<(usize, PathBuf)>> {
    None
}

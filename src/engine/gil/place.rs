//! Where an address lies in the program's file: the same in every process that runs it, wherever it was loaded.

use std::path::PathBuf;

/// A place within a mapped file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module {
    file: PathBuf,
    offset: usize,
}

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

    /// The place in another process.
    pub(super) fn address_in(&self, pid: u32) -> Option<usize> {
        let (start, _) = starts(pid)?
            .into_iter()
            .find(|(_, file)| *file == self.file)?;
        start.checked_add(self.offset)
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

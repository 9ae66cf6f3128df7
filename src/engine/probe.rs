//! The probe's files, as they are put on `PYTHONPATH`.
//!
//! They lie in the user's cache folder, so that Python compiles them once and not in each run: that is a third of
//! what an interpreter's start takes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use super::cache;

const FILES: &[(&str, &str)] = &[
    (
        "sitecustomize.py",
        include_str!("../../assets/probe/sitecustomize.py"),
    ),
    (
        "_gilscope_say.py",
        include_str!("../../assets/probe/_gilscope_say.py"),
    ),
    (
        "_gilscope_connect.py",
        include_str!("../../assets/probe/_gilscope_connect.py"),
    ),
    (
        "_gilscope_unix.py",
        include_str!("../../assets/probe/_gilscope_unix.py"),
    ),
    (
        "_gilscope_nt.py",
        include_str!("../../assets/probe/_gilscope_nt.py"),
    ),
    (
        "_gilscope_threads.py",
        include_str!("../../assets/probe/_gilscope_threads.py"),
    ),
    (
        "_gilscope_writes.py",
        include_str!("../../assets/probe/_gilscope_writes.py"),
    ),
    (
        "_gilscope_interpreters.py",
        include_str!("../../assets/probe/_gilscope_interpreters.py"),
    ),
    (
        "_gilscope_processes.py",
        include_str!("../../assets/probe/_gilscope_processes.py"),
    ),
];

/// The folder with the files: in the cache, or where that can't be written, in the run's own.
pub(super) fn place(run: &Path) -> io::Result<PathBuf> {
    if let Some(folder) = cache::folder() {
        let mut mark = DefaultHasher::new();
        FILES.hash(&mut mark);
        let folder = folder.join(format!("probe-{:016x}", mark.finish()));
        if fill(&folder).is_ok() {
            return Ok(folder);
        }
    }
    let folder = run.join("probe");
    fill(&folder)?;
    Ok(folder)
}

/// Puts the files there that are not there yet, each as a whole.
fn fill(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in FILES {
        let path = folder.join(name);
        if std::fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
            continue;
        }
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        file.persist(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_changed_or_removed_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        fill(folder.path()).unwrap();
        std::fs::write(folder.path().join("sitecustomize.py"), "changed").unwrap();
        std::fs::remove_file(folder.path().join("_gilscope_say.py")).unwrap();
        fill(folder.path()).unwrap();
        for (name, text) in FILES {
            let there = std::fs::read_to_string(folder.path().join(name)).unwrap();
            assert_eq!(&there, text, "{name}");
        }
    }
}

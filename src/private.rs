//! Folders of ours in the system's temporary places, which only this user may enter.
//!
//! Each holds a file that is locked as long as its owner lives. So whoever finds one whose lock is free knows that its
//! owner was killed: what of it still runs may be ended, and the folder removed.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// What their names begin with.
const PREFIX: &str = "gilscope-";
/// The locked file.
const ALIVE: &str = "alive";

/// A private folder; it goes when this is dropped.
#[derive(Debug)]
pub struct Private {
    dir: TempDir,
    /// Holds the lock.
    alive: Option<File>,
}

/// A folder whose owner is gone, locked by us; it is removed when this is dropped.
#[derive(Debug)]
pub struct Left {
    path: PathBuf,
    alive: Option<File>,
}

impl Private {
    /// A fresh one in the first of these folders that takes it, else where the system has its temporary files.
    pub fn create(within: impl Iterator<Item = PathBuf>) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let dir = within
            .into_iter()
            .find_map(|folder| builder.tempdir_in(folder).ok())
            .map_or_else(|| builder.tempdir(), Ok)?;
        // It has its name only once it is locked: nobody takes a folder that is being made for one that was left.
        let fresh = dir.path().join("new");
        let alive = File::create(&fresh)?;
        alive.lock()?;
        std::fs::rename(&fresh, dir.path().join(ALIVE))?;
        let alive = Some(alive);
        Ok(Self { dir, alive })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // A file that is open can't be removed everywhere.
        self.alive = None;
    }
}

impl Left {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        self.alive = None;
        // What can't be removed is found again by the next one.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// The folders whose owners are gone: this user's, in these places and where the system has its temporary files.
pub fn left_behind(within: impl Iterator<Item = PathBuf>) -> Vec<Left> {
    within
        .chain([std::env::temp_dir()])
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(Iterator::flatten)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .filter_map(|entry| left(entry.path()))
        .collect()
}

/// A folder whose owner is gone; none where it lives, or where nobody can tell.
fn left(path: PathBuf) -> Option<Left> {
    if !is_ours(&path) {
        return None;
    }
    let alive = File::options().write(true).open(path.join(ALIVE)).ok()?;
    alive.try_lock().ok()?;
    let alive = Some(alive);
    Some(Left { path, alive })
}

/// Whether this user made it; a link is nobody's.
#[cfg(unix)]
fn is_ours(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let me = nix::unistd::geteuid().as_raw();
    std::fs::symlink_metadata(folder).is_ok_and(|about| about.is_dir() && about.uid() == me)
}

/// Whether it is a folder: the temporary ones are each user's own here.
#[cfg(not(unix))]
fn is_ours(folder: &Path) -> bool {
    std::fs::symlink_metadata(folder).is_ok_and(|about| about.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_left_behind_once_its_owner_is_gone() {
        let within = tempfile::tempdir().unwrap();
        let places = || std::iter::once(within.path().to_owned());
        let here = |left: &[Left]| {
            let of_test = |left: &&Left| left.path().starts_with(within.path());
            left.iter().filter(of_test).count()
        };
        let private = Private::create(places()).unwrap();
        assert_eq!(private.path().parent(), Some(within.path()));
        #[cfg(unix)]
        {
            let about = std::fs::metadata(private.path()).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::mode(&about.permissions());
            assert_eq!(mode & 0o777, 0o700);
        }
        assert_eq!(here(&left_behind(places())), 0, "its owner lives");
        // As a kill does: the lock is gone, the folder is there.
        let mut killed = Private::create(places()).unwrap();
        killed.dir.disable_cleanup(true);
        let path = killed.path().to_owned();
        drop(killed);
        std::fs::create_dir(path.join("inner")).unwrap();
        let left = left_behind(places());
        assert_eq!(here(&left), 1);
        assert_eq!(here(&left_behind(places())), 0, "one at a time");
        drop(left);
        assert!(!path.exists());
        assert!(private.path().exists());
    }
}

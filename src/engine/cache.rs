//! The user's cache folder, and small JSON files in it. What can't be read or written is done without.

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The folder; none where the system names none.
pub(super) fn folder() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "gilscope")?;
    Some(folders.cache_dir().to_owned())
}

/// Reads a file of the folder.
pub(super) fn read<T: DeserializeOwned>(name: &str) -> Option<T> {
    let bytes = std::fs::read(folder()?.join(name)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Replaces a file of the folder as a whole, so that two programs at once never mix theirs.
pub(super) fn write<T: Serialize>(name: &str, value: &T) {
    let write = || -> Option<()> {
        let folder = folder()?;
        std::fs::create_dir_all(&folder).ok()?;
        let mut file = tempfile::NamedTempFile::new_in(&folder).ok()?;
        file.write_all(&serde_json::to_vec(value).ok()?).ok()?;
        file.persist(folder.join(name)).ok()?;
        Some(())
    };
    // A cache that can't be kept only makes the next start slower.
    let _ = write();
}

//! Files that are whole or absent: written beside their place under another name, then renamed.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// How the name of an unfinished file begins and ends.
const PREFIX: &str = ".gilscope-";
const SUFFIX: &str = ".part";

/// Whether a file of this name is an unfinished one of ours.
pub(super) fn is_part(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    // SQLite's own are beside it.
    let own = ["-wal", "-shm", "-journal"];
    let name = own
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(&name);
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// A new file in the folder of `to`, gone unless it is renamed to it. Its rights are those of any new
/// file of the user's, not a temporary file's.
pub(super) fn part_beside(to: &Path) -> io::Result<NamedTempFile> {
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .make_in(folder, |path| File::create_new(path))
}

/// Writes a file through `write`. If that fails nothing is left of it, and what was there before stays.
/// What is there and is no plain file (`/dev/stdout`, a pipe) is written to as it is.
pub fn write<E: From<io::Error>>(
    to: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    if std::fs::metadata(to).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
        let mut out = BufWriter::new(File::options().write(true).open(to)?);
        write(&mut out)?;
        return Ok(out.flush()?);
    }
    let mut out = BufWriter::with_capacity(256 << 10, part_beside(to)?);
    write(&mut out)?;
    let part = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    part.persist(to).map_err(|error| error.error)?;
    Ok(())
}

//! A run file as one file: out of WAL mode, or as a copy elsewhere.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::{CHOOSE, RecordError};
use super::{file, whole};

/// Puts what is in the WAL into the file itself and ends WAL mode. Nobody else may have it open.
pub(super) fn leave_wal(db: &Connection) -> rusqlite::Result<()> {
    let mode: String =
        db.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    if mode == "delete" {
        return Ok(());
    }
    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    Err(rusqlite::Error::SqliteFailure(busy, None))
}

/// Makes a run file that a crash left in WAL mode one file. An error where somebody has it open.
pub(super) fn settle(path: &Path) -> Result<(), String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|db| leave_wal(&db))
        .map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "another program has it open".to_owned()
            }
            _ => error.to_string(),
        })
}

/// Copies a run file, also one that is being recorded, as it is at this moment. The copy is whole, and
/// one file; or nothing is left of it and the error says why.
pub fn save_copy(from: &Path, to: &Path) -> Result<(), RecordError> {
    let error = |why: String| RecordError {
        path: to.to_owned(),
        why,
        advice: CHOOSE.into(),
    };
    let source = file::open_checked(from).map_err(|e| error(e.to_string()))?;
    let part = whole::part_beside(to).map_err(|e| error(e.to_string()))?;
    let part = part.into_temp_path();
    copy_pages(&source, &part).map_err(|e| error(e.to_string()))?;
    part.persist(to).map_err(|e| error(e.error.to_string()))
}

fn copy_pages(source: &Connection, part: &Path) -> rusqlite::Result<()> {
    let mut target = Connection::open(part)?;
    let backup = Backup::new(source, &mut target)?;
    // All in one step: a recording that goes on would make smaller ones begin again each time. The
    // source's busy timeout does the waiting.
    if backup.step(-1)? != StepResult::Done {
        let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        return Err(rusqlite::Error::SqliteFailure(busy, None));
    }
    drop(backup);
    leave_wal(&target)?;
    target.close().map_err(|(_, error)| error)
}

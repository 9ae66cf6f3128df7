//! Opening a file that may be anything.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::copy;
use super::error::OpenError;
use super::schema::{APPLICATION_ID, MAX_FIELD_BYTES, SCHEMA, foreign_table};

/// What SQLite writes at the beginning of each database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// So long another program's lock is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(2);

/// The schema number of a file, if its first bytes are a run file's.
pub(super) fn schema_of(path: &Path) -> Result<u32, OpenError> {
    let unreadable = |why: String| OpenError::Unreadable {
        path: path.to_owned(),
        why,
    };
    let foreign = |why: &str| OpenError::Foreign {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    let about = std::fs::metadata(path).map_err(|e| unreadable(e.to_string()))?;
    if !about.is_file() {
        return Err(unreadable("it is no file".into()));
    }
    let mut head = [0; 100];
    let mut opened = std::fs::File::open(path).map_err(|e| unreadable(e.to_string()))?;
    match opened.read_exact(&mut head) {
        Ok(()) => {}
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            return Err(foreign("it is too short for one"));
        }
        Err(e) => return Err(unreadable(e.to_string())),
    }
    let number =
        |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    if &head[..16] != MAGIC {
        return Err(foreign("it is no SQLite database"));
    }
    if number(68) != APPLICATION_ID {
        return Err(foreign("it is another program's database"));
    }
    Ok(number(60))
}

/// Opens a run file for reading, and trusts nothing in it.
pub(super) fn open_checked(path: &Path) -> Result<Connection, OpenError> {
    match schema_of(path)? {
        found if found > SCHEMA => {
            let path = path.to_owned();
            return Err(OpenError::Newer { path, found });
        }
        0 => return Err(OpenError::broken(path, "its schema number is 0")),
        _ => {}
    }
    let db = open_again(path).map_err(|e| OpenError::sqlite(path, "opening it", &e))?;
    match foreign_table(&db) {
        Ok(None) => Ok(db),
        Ok(Some(table)) => Err(OpenError::broken(
            path,
            format!("its table “{table}” is missing or not as Gilscope makes it"),
        )),
        Err(e) => Err(OpenError::sqlite(path, "reading its tables' names", &e)),
    }
}

/// A connection for reading a file that was looked at before.
pub(super) fn open_again(path: &Path) -> rusqlite::Result<Connection> {
    // No URI names: a file may be called anything.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    match guard(&db) {
        Ok(()) => Ok(db),
        // What a crash left is in WAL mode, which wants to write beside it. Where nothing can be written
        // and no WAL is left, the file alone is all there is.
        Err(error)
            if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) && !has_wal(path) =>
        {
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            let db = Connection::open_with_flags(immutable(path), flags)?;
            guard(&db).map(|()| db)
        }
        // Who wrote it was killed within a change: what the file was before it is beside it, and is put back.
        Err(error)
            if error.sqlite_error_code() == Some(ErrorCode::ReadOnly)
                && copy::settle(path).is_ok() =>
        {
            let db = Connection::open_with_flags(path, flags)?;
            guard(&db).map(|()| db)
        }
        Err(error) => Err(error),
    }
}

/// Bounds what a hostile file can make SQLite do, and reads it for the first time.
fn guard(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(BUSY)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_FIELD_BYTES)?;
    db.pragma_update(None, "cell_size_check", true)?;
    // 4 MiB: the chunks have a cache of their own.
    db.pragma_update(None, "cache_size", -4096)?;
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

fn has_wal(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    std::fs::metadata(wal).is_ok_and(|about| about.len() > 0)
}

/// The file's name as SQLite's URI of a file that nobody changes.
pub(super) fn immutable(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = "file:".to_owned();
    let bytes = path.as_os_str().as_encoded_bytes();
    // A drive's letter stands behind a slash.
    if bytes.first() != Some(&b'/') {
        uri.push('/');
    }
    for &byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b':' => {
                uri.push(char::from(byte));
            }
            b'\\' if std::path::MAIN_SEPARATOR == '\\' => uri.push('/'),
            byte => {
                uri.push('%');
                for digit in [byte >> 4, byte & 15] {
                    uri.extend(char::from_digit(u32::from(digit), 16));
                }
            }
        }
    }
    uri + "?immutable=1"
}

//! The folder of kept runs: names, the list for the menu, and what is removed when there are too many.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{ENDING, copy, file, whole};
use crate::run::{Header, Kind, RunEnd};

/// So many runs are kept, beside the pinned ones.
pub const KEPT_RUNS: usize = 50;
/// So many bytes of runs are kept, beside the pinned ones.
pub const KEPT_BYTES: u64 = 10 << 30;

/// So long somebody may be writing a file that has not got its name yet.
const PART_LIVES: Duration = Duration::from_hours(24);

/// Stands in the notice that older runs were removed, and in no other.
pub const GAVE_WAY: &str = "gave way to newer ones";

/// How a run's time stands in its file's name.
const TIME: &str = "%Y-%m-%d %H.%M.%S";
/// Letters of a name beside its time and ending.
const NAME_LENGTH: usize = 80;

/// A kept run, as far as the menu shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its file.
    pub path: PathBuf,
    /// Such as `processes-hello-5`.
    pub title: String,
    /// When it was started, as its name says it: `2026-11-22 14.03.11`.
    pub time: String,
    /// Of its file and what is beside it while it is recorded.
    pub size_bytes: u64,
}

/// The folder, in the user's data folder; none where the system names none.
pub fn dir() -> Option<PathBuf> {
    data().map(|folder| folder.join("runs"))
}

/// The user's data folder for Gilscope; none where the system names none.
pub fn data() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "Gilscope").map(|dirs| dirs.data_dir().to_owned())
}

/// The folder of reports of this program's own failures.
pub fn crashes() -> Option<PathBuf> {
    data().map(|folder| folder.join("crashes"))
}

/// [`dir`], which is made; or a sentence that says why a run is in no file.
pub(super) fn ready_dir() -> Result<PathBuf, String> {
    let unkept = |why: String| {
        format!(
            "This run is in memory only and can't be opened later: {why}. Its log can still be saved; runs are kept \
             again once that folder can be written to."
        )
    };
    let folder = dir()
        .ok_or_else(|| unkept("the system names no folder for this user's data".to_owned()))?;
    std::fs::create_dir_all(&folder).map_err(|e| {
        unkept(format!(
            "the folder of runs, “{}”, can't be made, {e}",
            folder.display()
        ))
    })?;
    Ok(folder)
}

/// A path in `folder` that is not yet taken, such as `2026-11-22 14.03.11 processes-hello-5.gilscope`.
pub fn new_path_in(folder: &Path, header: &Header) -> PathBuf {
    let started: Timestamp = header
        .started_at
        .parse()
        .unwrap_or_else(|_| Timestamp::now());
    let time = started
        .to_zoned(TimeZone::system())
        .strftime(TIME)
        .to_string();
    let name = safe_name(&header.experiment.name());
    let mut path = folder.join(format!("{time} {name}.{ENDING}"));
    let mut number = 2;
    while path.exists() {
        path = folder.join(format!("{time} {name} ({number}).{ENDING}"));
        number += 1;
    }
    path
}

/// A name that every file system takes.
fn safe_name(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|letter| match letter {
            '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '-',
            letter if letter.is_control() => '-',
            letter => letter,
        })
        .take(NAME_LENGTH)
        .collect();
    match name.trim_matches([' ', '.']) {
        "" => "run".to_owned(),
        name => name.to_owned(),
    }
}

/// The kept runs, newest first.
pub fn recent() -> Vec<Kept> {
    dir().map_or_else(Vec::new, |folder| recent_in(&folder))
}

/// The runs in `folder`, newest first by their names.
pub fn recent_in(folder: &Path) -> Vec<Kept> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut kept: Vec<Kept> = entries
        .filter_map(|entry| look(&entry.ok()?.path()))
        .collect();
    kept.sort_by(|a, b| (&b.time, &b.path).cmp(&(&a.time, &a.path)));
    kept
}

fn look(path: &Path) -> Option<Kept> {
    let about = std::fs::metadata(path).ok()?;
    if !about.is_file() || path.extension()? != ENDING {
        return None;
    }
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    let split = stem
        .split_at_checked(19)
        .filter(|(time, _)| jiff::civil::DateTime::strptime(TIME, time).is_ok());
    let (time, title) = if let Some((time, title)) = split {
        (time.to_owned(), title.trim().to_owned())
    } else {
        let changed = Timestamp::try_from(about.modified().ok()?).ok()?;
        let time = changed.to_zoned(TimeZone::system()).strftime(TIME);
        (time.to_string(), stem)
    };
    let beside = beside(path)
        .into_iter()
        .filter_map(|path| std::fs::metadata(path).ok());
    Some(Kept {
        size_bytes: about.len() + beside.map(|about| about.len()).sum::<u64>(),
        path: path.to_owned(),
        title,
        time,
    })
}

/// What SQLite keeps beside a file that is being recorded.
fn beside(path: &Path) -> [PathBuf; 3] {
    ["-wal", "-shm", "-journal"].map(|ending| {
        let mut name = OsString::from(path);
        name.push(ending);
        PathBuf::from(name)
    })
}

/// Removes a run file and what a crash left beside it.
pub fn remove(path: &Path) -> std::io::Result<()> {
    std::fs::remove_file(path)?;
    for path in beside(path) {
        // Mostly not there.
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

/// Whether a run is pinned, so that it is never removed. The pin is in the file (`pinned` of `run`), so
/// that it goes with it.
pub fn is_pinned(path: &Path) -> bool {
    file::open_checked(path).is_ok_and(|db| {
        db.query_row("SELECT pinned FROM run", [], |row| row.get(0))
            .unwrap_or(false)
    })
}

/// What a run was and how it ended, without letting it happen again; none where the file can't be read or
/// the run has no end.
pub fn facts(path: &Path) -> Option<(Header, RunEnd)> {
    let db = file::open_checked(path).ok()?;
    let header: String = db
        .query_row("SELECT header FROM run", [], |row| row.get(0))
        .ok()?;
    // The end is the last event, but for a notice that its own writing failed.
    let mut last = db
        .prepare("SELECT data FROM events ORDER BY id DESC LIMIT 4")
        .ok()?;
    let last: Vec<String> = last
        .query_map([], |row| row.get(0))
        .ok()?
        .filter_map(Result::ok)
        .collect();
    let end = last
        .iter()
        .find_map(|data| match serde_json::from_str(data) {
            Ok(Kind::RunEnded(end)) => Some(end),
            _ => None,
        })?;
    Some((serde_json::from_str(&header).ok()?, end))
}

/// Whether a run's recording broke off: it has no end, and nobody is recording it. What a crash left beside its file is
/// put into it.
pub fn is_broken_off(path: &Path) -> bool {
    let ended = |db: rusqlite::Connection| {
        db.query_row("SELECT wall_s IS NOT NULL FROM run", [], |row| row.get(0))
    };
    let has_no_end = || file::open_checked(path).is_ok_and(|db| ended(db) == Ok(false));
    has_no_end() && copy::settle(path).is_ok() && has_no_end()
}

/// Pins a run, or lets it go.
pub fn pin(path: &Path, pinned: bool) -> Result<(), String> {
    file::open_checked(path).map_err(|error| error.to_string())?;
    let change = || {
        let db = rusqlite::Connection::open_with_flags(
            path,
            rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE,
        )?;
        db.busy_timeout(file::BUSY)?;
        // A file from elsewhere may have a trigger.
        db.set_db_config(
            rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
            false,
        )?;
        db.set_db_config(
            rusqlite::config::DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA,
            false,
        )?;
        db.execute("UPDATE run SET pinned = ?1", [pinned])
    };
    change()
        .map(drop)
        .map_err(|error| format!("“{}” can't be changed: {error}", path.display()))
}

/// Removes what is beyond [`KEPT_RUNS`] and [`KEPT_BYTES`] in [`dir`]; see [`tidy_in`].
pub fn tidy(open: &[PathBuf]) -> Vec<Kept> {
    dir().map_or_else(Vec::new, |folder| {
        tidy_in(&folder, KEPT_RUNS, KEPT_BYTES, open)
    })
}

/// Keeps the newest `runs` of `folder`, as many as are within `bytes` together; pinned ones are kept and
/// not counted. Those in `open`, or being recorded by another Gilscope, stay. What went is returned, for
/// the notice. Runs that a crash left in pieces are made one file each, and files that it left unfinished go.
pub fn tidy_in(folder: &Path, runs: usize, bytes: u64, open: &[PathBuf]) -> Vec<Kept> {
    remove_parts(folder);
    let (mut count, mut sum, mut over) = (0, 0, false);
    let mut removed = Vec::new();
    for kept in recent_in(folder) {
        let in_pieces = beside(&kept.path)[0].exists();
        let alone = !open.contains(&kept.path) && (!in_pieces || copy::settle(&kept.path).is_ok());
        if is_pinned(&kept.path) {
            continue;
        }
        // Once too many, all that are older are.
        over = over || count >= runs || (count > 0 && sum + kept.size_bytes > bytes);
        if !over {
            count += 1;
            sum += kept.size_bytes;
        } else if alone && is_ours(&kept.path) && remove(&kept.path).is_ok() {
            removed.push(kept);
        }
    }
    removed
}

/// Removes files that were never finished, because who made them was killed.
fn remove_parts(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| whole::is_part(&entry.file_name())) {
        let age = entry
            .metadata()
            .and_then(|about| about.modified())
            .map(|at| at.elapsed());
        if age.is_ok_and(|age| age.is_ok_and(|age| age > PART_LIVES)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn is_ours(path: &Path) -> bool {
    file::schema_of(path).is_ok()
}

//! What can go wrong with a run file, in sentences for the user.

use std::path::{Path, PathBuf};

/// Why a file can't be opened as a run.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is not there, or can't be read.
    #[error("“{}” can't be read: {why}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        why: String,
    },
    /// It is something else.
    #[error("“{}” is no Gilscope run: {why}", path.display())]
    Foreign {
        /// Which file.
        path: PathBuf,
        /// How that is known.
        why: String,
    },
    /// A newer program made it.
    #[error(
        "“{}” was recorded by a newer Gilscope (file format {found}; this program, {version}, reads up to {known}). Update Gilscope to open it.",
        path.display(),
        version = env!("CARGO_PKG_VERSION"),
        known = super::schema::SCHEMA
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its schema number.
        found: u32,
    },
    /// It is a run, and damaged.
    #[error("“{}” is damaged: {what}", path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
}

impl OpenError {
    pub(super) fn broken(path: &Path, what: impl Into<String>) -> Self {
        Self::Broken {
            path: path.to_owned(),
            what: what.into(),
        }
    }

    /// What SQLite said while `doing`.
    pub(super) fn sqlite(path: &Path, doing: &str, error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign {
                path,
                why: "it is no SQLite database".into(),
            },
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked,
            ) => Self::Unreadable {
                path,
                why: format!("{error} ({doing})"),
            },
            Some(ErrorCode::ReadOnly) => Self::Unreadable {
                path,
                why: "its recording was cut off within a change, which can be undone only where it may be written to. \
                      Copy it, and the files beside it that begin with its name, to a folder of yours"
                    .into(),
            },
            _ => Self::Broken {
                path,
                what: format!("{error} ({doing})"),
            },
        }
    }
}

/// Why a run is not recorded, or no further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The run can't be recorded in “{}”: {why}. {advice}", path.display())]
pub struct RecordError {
    /// Which file.
    pub path: PathBuf,
    /// What the operating system or SQLite said.
    pub why: String,
    /// What holds now, and what to do.
    pub advice: String,
}

/// What to do about a file that could not even be made.
pub(super) const CHOOSE: &str = "Choose a folder that you can write to, or make room on the disk.";
/// What holds when a file stops taking more.
pub(super) const GOES_ON: &str = "The run goes on; what was recorded until now can be read, further output is counted, not kept.";
/// What can be done about lines that did not come into the file.
pub(super) const STILL_THERE: &str =
    "As long as the window shows the run they can be exported to another disk.";

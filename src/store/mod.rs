//! The run file: recorded as the run goes, opened again to an equal [`crate::run::Run`].
//!
//! A `.gilscope` file is an SQLite database (`application_id` `Gils`, `user_version` the schema's
//! number), so that anyone can read it with `sqlite3` or pandas: `run` has one row of what was asked
//! for, `events` what happened as JSON, `samples` and `cpu` the load, the view `lanes` who took part,
//! and `output` the text in chunks, each a Zstandard frame:
//!
//! ```text
//! sqlite3 some.gilscope "select * from lanes"
//! sqlite3 some.gilscope "select writefile('text.zst', text) from output limit 1" && zstd -d text.zst
//! ```
//!
//! Rows of `events` and `samples` and the blocks of `output` are counted together: an id that is in
//! neither table is the next block. That keeps the order of everything without a row a block.
//!
//! [`Recorder`] writes on a thread of its own, a transaction each half second or half a MiB, so that a
//! crash leaves a file that is true up to then. While it is recorded the file is in WAL mode (two files
//! beside it); a finished one is alone.
//!
//! A file from elsewhere is untrusted: it is opened read-only, its tables must be made by the statements
//! that we make them with, and every number in it is checked before it is used.

mod chunk;
mod copy;
mod error;
mod file;
mod pending;
mod recorder;
mod replay;
pub mod runs;
mod schema;
mod text;
pub mod whole;
mod writer;

pub use copy::save_copy;
pub use error::{OpenError, RecordError};
pub use recorder::{Recorded, Recorder, as_lost};
pub use replay::open;

/// The ending of a run file's name, without the dot.
pub const ENDING: &str = "gilscope";

#[cfg(test)]
pub(crate) mod tests;

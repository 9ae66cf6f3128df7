//! The log of a run as a file for others: one file a format, each from a [`Run`] and its text.
//!
//! Every format keeps every byte that was written, whatever it is:
//!
//! | format | what it has |
//! |---|---|
//! | [`Format::Txt`] | the bytes and nothing else: both streams of all lanes in the order in which they came |
//! | [`Format::Csv`] | a row a line, with time, worker and stream ([`csv`]) |
//! | [`Format::Jsonl`] | a JSON object a line, with the same ([`jsonl`]) |
//!
//! In the last two a row is a line of one block of output: a line that came in pieces is several rows, of
//! which the later ones say `continues`, and a row says whether a newline ended it. `text` is its text
//! without that newline. Where bytes are not UTF-8 (or are such as a CSV can't hold), `text` shows them as
//! well as it can and `base64` has them exactly. So a stream of a lane is, byte for byte, what its rows
//! have, each with its newline where it says so.
//!
//! A file is whole or absent, and nothing is held in memory but a block.

pub mod csv;
pub mod jsonl;
mod txt;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::run::{Block, Lane, Run, Stamp, Stream, TextError, TextSource};
use crate::store::whole;

/// A format of an exported log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// The bytes as they were written.
    Txt,
    /// Comma-separated values with a heading.
    Csv,
    /// A JSON object a line.
    Jsonl,
}

impl Format {
    /// Every format, in the order in which it is offered.
    pub const ALL: &'static [Self] = &[Self::Txt, Self::Csv, Self::Jsonl];

    /// The ending of its files, without the dot; also its word on the command line.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Txt => "txt",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// What a dialog calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Txt => "Plain text, as written",
            Self::Csv => "Table (CSV)",
            Self::Jsonl => "JSON lines",
        }
    }

    /// The format that a file's name asks for by its ending.
    pub fn of_path(path: &Path) -> Option<Self> {
        path.extension()?
            .to_str()?
            .to_ascii_lowercase()
            .parse()
            .ok()
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.ending())
    }
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.ending() == word)
            .ok_or_else(|| {
                let all: Vec<_> = Self::ALL.iter().map(|format| format.ending()).collect();
                format!("“{word}” is none of {}", all.join(", "))
            })
    }
}

/// Why an export is absent.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A part of the log can't be read.
    #[error("the log can't be exported: {0}")]
    Text(#[from] TextError),
    /// Nothing can be written there.
    #[error("“{}” can't be written: {why}. Nothing of it is left; choose another folder or make room.", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        why: io::Error,
    },
    /// The reader of a stream is gone, or what it goes to is full.
    #[error("the export can't be written: {0}")]
    Stream(#[from] io::Error),
}

/// Writes the log into a file, which is whole afterwards, or as it was before.
pub fn to_file(
    run: &Run,
    text: &dyn TextSource,
    format: Format,
    path: &Path,
) -> Result<(), ExportError> {
    whole::write(path, |out| to_writer(run, text, format, out)).map_err(|error| match error {
        ExportError::Stream(why) => ExportError::File {
            path: path.to_owned(),
            why,
        },
        other => other,
    })
}

/// Writes the log to a stream, such as standard output.
pub fn to_writer(
    run: &Run,
    text: &dyn TextSource,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    match format {
        Format::Txt => txt::write(run, text, out),
        Format::Csv => csv::write(run, text, out),
        Format::Jsonl => jsonl::write(run, text, out),
    }
}

/// A row of an export.
struct Line<'a> {
    block: &'a Block,
    lane: &'a Lane,
    continues: bool,
    newline: bool,
    /// Without the newline.
    bytes: &'a [u8],
}

impl Line<'_> {
    fn stream(&self) -> &'static str {
        match self.block.stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        }
    }

    fn stamp(&self) -> &'static str {
        match self.block.stamp {
            Stamp::Read => "read",
            Stamp::Written => "written",
        }
    }
}

/// Every row of the log in the order in which it came.
fn for_each_line(
    run: &Run,
    text: &dyn TextSource,
    mut each: impl FnMut(&Line<'_>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    for (id, block) in run.log.blocks().iter().enumerate() {
        let bytes = text.text(id as u64)?;
        let Some(lane) = run.lane(block.lane) else {
            continue;
        };
        let mut continues = block.continues;
        for row in bytes.split_inclusive(|&byte| byte == b'\n') {
            let text = row.strip_suffix(b"\n");
            each(&Line {
                block,
                lane,
                continues: std::mem::take(&mut continues),
                newline: text.is_some(),
                bytes: text.unwrap_or(row),
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

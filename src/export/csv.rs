//! Comma-separated values, as RFC 4180 has them, in UTF-8, with a heading.
//!
//! | column | meaning |
//! |---|---|
//! | `time_s` | seconds since the start of the run |
//! | `stamp` | whether that is when the line was `read` from its pipe or `written` by its thread |
//! | `lane`, `worker`, `pid` | who wrote it |
//! | `stream` | `stdout` or `stderr` |
//! | `continues` | 1: it goes on with a line that an earlier row of this lane and stream left open |
//! | `newline` | 1: a newline ended it |
//! | `text` | the text; guarded, see below |
//! | `base64` | the bytes, where `text` can't have them exactly; else empty |
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and a log may come from
//! anywhere. So a `worker` or `text` that begins with one of these, with a tab, a carriage return or a
//! `'`, gets a `'` before it. To have it back: take one `'` away from the beginning where there is one.

use std::borrow::Cow;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{ExportError, for_each_line};
use crate::run::{Run, TextSource};

/// The heading.
pub const COLUMNS: [&str; 10] = [
    "time_s",
    "stamp",
    "lane",
    "worker",
    "pid",
    "stream",
    "continues",
    "newline",
    "text",
    "base64",
];

pub(super) fn write(
    run: &Run,
    text: &dyn TextSource,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    let mut csv = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    csv.write_record(COLUMNS).map_err(plain)?;
    for_each_line(run, text, |line| {
        let t_ns = line.block.t_ns;
        let time_s = format!("{}.{:09}", t_ns / 1_000_000_000, t_ns % 1_000_000_000);
        let shown = String::from_utf8_lossy(line.bytes);
        // Readers of CSV stumble over NUL, and some take a lone carriage return for a line's end.
        let exact = matches!(shown, Cow::Borrowed(_)) && !line.bytes.contains(&0);
        let shown = if exact {
            shown
        } else {
            shown.replace('\0', "\u{fffd}").into()
        };
        let base64 = if exact {
            String::new()
        } else {
            STANDARD.encode(line.bytes)
        };
        csv.write_record([
            &*time_s,
            line.stamp(),
            &line.lane.id.0.to_string(),
            &guarded(line.lane.info.name.replace('\0', "\u{fffd}").into()),
            &line.lane.info.pid.to_string(),
            line.stream(),
            if line.continues { "1" } else { "0" },
            if line.newline { "1" } else { "0" },
            &guarded(shown),
            &base64,
        ])
        .map_err(plain)
    })?;
    csv.flush()?;
    Ok(())
}

/// A text that no spreadsheet takes for a formula.
fn guarded(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}

fn plain(error: csv::Error) -> ExportError {
    ExportError::Stream(match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })
}

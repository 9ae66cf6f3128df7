//! JSON lines: an object a row.
//!
//! | key | meaning |
//! |---|---|
//! | `t_ns` | nanoseconds since the start of the run |
//! | `stamp` | whether that is when it was `read` from its pipe or `written` by its thread |
//! | `lane`, `worker`, `pid` | who wrote it |
//! | `stream` | `stdout` or `stderr` |
//! | `continues` | whether it goes on with a line that an earlier row of this lane and stream left open |
//! | `newline` | whether a newline ended it |
//! | `text` | the text |
//! | `base64` | the bytes, only where they are not UTF-8 |

use std::borrow::Cow;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::{ExportError, for_each_line};
use crate::run::{Run, TextSource};

#[derive(Serialize)]
struct Row<'a> {
    t_ns: u64,
    stamp: &'a str,
    lane: u32,
    worker: &'a str,
    pid: u32,
    stream: &'a str,
    continues: bool,
    newline: bool,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

pub(super) fn write(
    run: &Run,
    text: &dyn TextSource,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    for_each_line(run, text, |line| {
        let shown = String::from_utf8_lossy(line.bytes);
        let row = Row {
            t_ns: line.block.t_ns,
            stamp: line.stamp(),
            lane: line.lane.id.0,
            worker: &line.lane.info.name,
            pid: line.lane.info.pid,
            stream: line.stream(),
            continues: line.continues,
            newline: line.newline,
            text: &shown,
            base64: matches!(shown, Cow::Owned(_)).then(|| STANDARD.encode(line.bytes)),
        };
        serde_json::to_writer(&mut *out, &row).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
        Ok(())
    })
}

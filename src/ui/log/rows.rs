//! Rows of the log, and their text for the clipboard.

use std::fmt::Write;

use super::line::{Line, line};
use super::text::TextCache;
use crate::run::{Filter, LaneId, Run, Stamp, Stream, TextSource};
use crate::ui::who;

/// Rows that are put on the clipboard at most.
pub const COPY_ROWS: u64 = 200_000;
/// Bytes that are put on the clipboard at most.
pub const COPY_BYTES: usize = 32 << 20;

/// A row, ready to be painted.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Nanoseconds since time zero.
    pub t_ns: u64,
    /// Who wrote it.
    pub lane: LaneId,
    /// Where to.
    pub stream: Stream,
    /// What the time says.
    pub stamp: Stamp,
    /// Whether it goes on with a line that was left open.
    pub continues: bool,
    /// Whether its line was left open.
    pub open: bool,
    /// Whether it can't be told which thread of the lane wrote it.
    pub unattributed: bool,
    /// Its text, or why it can't be shown.
    pub text: Result<Line, String>,
}

/// The `nth` row that the filter lets through, at most `most` bytes of its text.
pub fn row(
    run: &Run,
    cache: &mut TextCache,
    source: Option<&dyn TextSource>,
    filter: Filter,
    nth: u64,
    most: usize,
) -> Option<Row> {
    let at = run.log.row(filter, nth)?;
    let block = run.log.blocks().get(at.block as usize)?;
    let encoding = run
        .lane(block.lane)
        .map_or("", |lane| lane.info.encoding.as_str());
    let text = match source {
        Some(source) => cache
            .row(source, at.block, at.row)
            .map(|bytes| line(bytes, encoding, most))
            .map_err(str::to_owned),
        None => Err("the text is not there yet".to_owned()),
    };
    Some(Row {
        t_ns: block.t_ns,
        lane: block.lane,
        stream: block.stream,
        stamp: block.stamp,
        continues: block.continues && at.row == 0,
        open: block.open && at.row + 1 == block.rows,
        unattributed: block.unattributed,
        text,
    })
}

/// The text of rows for the clipboard, and whether all of them are in it. `whole` puts time and worker
/// before each.
pub fn copied(
    run: &Run,
    cache: &mut TextCache,
    source: Option<&dyn TextSource>,
    filter: Filter,
    rows: std::ops::RangeInclusive<u64>,
    whole: bool,
) -> (String, bool) {
    let mut copied = String::new();
    let last = (*rows.end()).min(run.log.rows(filter).saturating_sub(1));
    for (many, nth) in (*rows.start()..=last).enumerate() {
        if many as u64 >= COPY_ROWS || copied.len() >= COPY_BYTES {
            return (copied, false);
        }
        let Some(row) = row(run, cache, source, filter, nth, COPY_BYTES) else {
            break;
        };
        if whole {
            let name = run.lane(row.lane).map(who::name).unwrap_or_default();
            // Writing to a string can't fail.
            let _ = write!(copied, "{:>9}  {name:<14}  ", who::seconds(row.t_ns));
        }
        match &row.text {
            Ok(line) => line
                .spans
                .iter()
                .for_each(|span| copied.push_str(&span.text)),
            Err(why) => copied.push_str(why),
        }
        copied.push('\n');
    }
    (copied, true)
}

//! Rows of the log, and their text for the clipboard.

use std::fmt::Write;

use super::line::{Line, line};
use super::text::TextCache;
use crate::run::{BlockId, Filter, LaneId, Run, Stamp, Stream, TextSource};
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

/// Lines to be copied: where they are. This is collected while the run is being read, and costs little however
/// many they are; their text is read and decoded afterwards, beside the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    pieces: Vec<Piece>,
    /// Name and encoding of each lane.
    lanes: Vec<(String, String)>,
    /// Whether time and worker stand before each line.
    whole: bool,
    /// Whether these are all that were selected.
    all: bool,
}

/// Lines of one block.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    block: BlockId,
    rows: std::ops::Range<u32>,
    t_ns: u64,
    lane: LaneId,
}

/// The lines that the filter lets through, by their numbers, to be copied. `whole` puts time and worker before
/// each.
pub fn chosen(
    run: &Run,
    filter: Filter,
    rows: std::ops::RangeInclusive<u64>,
    whole: bool,
) -> Chosen {
    let past = rows.end().saturating_add(1).min(run.log.rows(filter));
    let most = rows.start().saturating_add(COPY_ROWS);
    let mut pieces = Vec::new();
    let mut nth = *rows.start();
    while nth < past.min(most) {
        let Some(at) = run.log.row(filter, nth) else {
            break;
        };
        let Some(block) = run.log.blocks().get(at.block as usize) else {
            break;
        };
        let many = u64::from(block.rows - at.row).min(past.min(most) - nth);
        pieces.push(Piece {
            block: at.block,
            rows: at.row..at.row + many as u32,
            t_ns: block.t_ns,
            lane: block.lane,
        });
        nth += many;
    }
    let lanes = run.lanes.iter();
    Chosen {
        pieces,
        lanes: lanes
            .map(|lane| (who::name(lane), lane.info.encoding.clone()))
            .collect(),
        whole,
        all: past <= most,
    }
}

impl Chosen {
    /// The text for the clipboard, and whether all that was selected is in it.
    pub fn text(&self, source: &dyn TextSource) -> (String, bool) {
        let mut cache = TextCache::default();
        let mut text = String::new();
        for piece in &self.pieces {
            let (name, encoding) = match self.lanes.get(piece.lane.index()) {
                Some((name, encoding)) => (name.as_str(), encoding.as_str()),
                None => ("", ""),
            };
            for row in piece.rows.clone() {
                if text.len() >= COPY_BYTES {
                    return (text, false);
                }
                if self.whole {
                    // Writing to a string can't fail.
                    let _ = write!(text, "{:>9}  {name:<14}  ", who::seconds(piece.t_ns));
                }
                match cache.row(source, piece.block, row) {
                    Ok(bytes) => line(bytes, encoding, COPY_BYTES)
                        .spans
                        .iter()
                        .for_each(|span| text.push_str(&span.text)),
                    Err(why) => text.push_str(why),
                }
                text.push('\n');
            }
        }
        (text, self.all)
    }
}

//! Rows of the log, and their text for the clipboard.

use std::borrow::Cow;
use std::fmt::Write;

use super::earlier;
use super::line::{Line, line};
use super::lines::Lines;
use super::text::TextCache;
use crate::run::{Block, BlockId, LaneId, Run, Stamp, Stream, TextSource};
use crate::search::Sieve;
use crate::ui::who;

/// Rows that are put on the clipboard at most.
pub const COPY_ROWS: u64 = 200_000;
/// Bytes that are put on the clipboard at most.
pub const COPY_BYTES: usize = 32 << 20;

/// So many states of a line that was gone over lie upon each other at most.
const UNDER: usize = 4;

/// A row, ready to be painted.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where it is.
    pub at: crate::run::Row,
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
    /// Whether it had shown something else before, as progress bars do.
    pub was_other: bool,
    /// Whether it can't be told which thread of the lane wrote it.
    pub unattributed: bool,
    /// Its text, or why it can't be shown.
    pub text: Result<Line, String>,
}

/// The `nth` line of the list, at most `most` bytes of its text.
pub fn row(
    lines: Lines<'_>,
    cache: &mut TextCache,
    source: Option<&dyn TextSource>,
    nth: u64,
    most: usize,
) -> Option<Row> {
    let at = lines.row(nth)?;
    let run = lines.run;
    let block = run.log.blocks().get(at.block as usize)?;
    let encoding = run
        .lane(block.lane)
        .map_or("", |lane| lane.info.encoding.as_str());
    let tail = lines.tail(at);
    let mut was_other = tail.is_some_and(|tail| tail.times > 0);
    let text = match source {
        Some(source) => {
            let text = if was_other {
                shown(run, cache, source, at)
            } else {
                cache.row(source, at.block, at.row).map(Cow::Borrowed)
            };
            text.map(|bytes| {
                was_other |= earlier::has_states(&bytes);
                line(&bytes, encoding, most)
            })
            .map_err(str::to_owned)
        }
        None => Err("the text is not there yet".to_owned()),
    };
    Some(Row {
        at,
        t_ns: block.t_ns,
        lane: block.lane,
        stream: block.stream,
        stamp: block.stamp,
        continues: block.continues && at.row == 0,
        open: tail.map_or(block.open && at.row + 1 == block.rows, |tail| tail.open),
        was_other,
        unattributed: block.unattributed,
        text,
    })
}

/// What a row shows that was gone over: its last state, upon what the ones before it left there.
fn shown<'a>(
    run: &Run,
    cache: &'a mut TextCache,
    source: &dyn TextSource,
    at: crate::run::Row,
) -> Result<Cow<'a, [u8]>, &'a str> {
    laid_over(cache, source, at, &over(run, at.block))
}

/// The blocks that the last row of a block shows.
fn over(run: &Run, block: BlockId) -> Vec<BlockId> {
    let line = run.log.line(block);
    let before = line.len().saturating_sub(UNDER);
    line.skip(before).collect()
}

/// The text of these blocks, each over the one before; `at` is the row that they began in.
fn laid_over<'a>(
    cache: &'a mut TextCache,
    source: &dyn TextSource,
    at: crate::run::Row,
    blocks: &[BlockId],
) -> Result<Cow<'a, [u8]>, &'a str> {
    let mut text = Vec::new();
    for &block in blocks {
        let row = if block == at.block { at.row } else { 0 };
        match cache.row(source, block, row) {
            Ok(bytes) => {
                text.push(b'\r');
                text.extend_from_slice(bytes);
            }
            // Asked for again, as what is borrowed here can't be given back from within a loop.
            Err(_) => return cache.row(source, block, row).map(Cow::Borrowed),
        }
    }
    Ok(text.into())
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
    sieve: Option<Sifting>,
}

/// What the lines passed.
#[derive(Clone)]
struct Sifting(Sieve);

impl PartialEq for Sifting {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl std::fmt::Debug for Sifting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sifting")
    }
}

/// Lines of one block.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    id: BlockId,
    block: Block,
    /// Of the block's rows, or of those of them that pass.
    rows: std::ops::Range<u32>,
    /// Whether the open line at the end passes.
    open: Option<bool>,
    /// The blocks that its last row shows, where that is not itself alone.
    over: Vec<BlockId>,
}

/// Lines of the list, by their numbers, to be copied. `whole` puts time and worker before each.
pub fn chosen(lines: Lines<'_>, rows: std::ops::RangeInclusive<u64>, whole: bool) -> Chosen {
    let run = lines.run;
    let past = rows.end().saturating_add(1).min(lines.count());
    let most = rows.start().saturating_add(COPY_ROWS);
    let mut pieces = Vec::new();
    let mut nth = *rows.start();
    while nth < past.min(most) {
        let Some(mut piece) = piece(lines, nth) else {
            break;
        };
        let many = u64::from(piece.rows.end - piece.rows.start).min(past.min(most) - nth);
        piece.rows.end = piece.rows.start + many as u32;
        pieces.push(piece);
        nth += many.max(1);
    }
    let lanes = run.lanes.iter();
    Chosen {
        pieces,
        lanes: lanes
            .map(|lane| (who::name(lane), lane.info.encoding.clone()))
            .collect(),
        whole,
        all: past <= most,
        sieve: lines
            .sifted
            .map(|sifted| Sifting(sifted.scan().sieve().clone())),
    }
}

/// From this line on to the end of its block.
fn piece(lines: Lines<'_>, nth: u64) -> Option<Piece> {
    let block = |id: BlockId| lines.run.log.blocks().get(id as usize).copied();
    let Some(sifted) = lines.sifted else {
        let at = lines.row(nth)?;
        let block = block(at.block)?;
        let tail = lines.run.log.tail(at.block);
        return Some(Piece {
            id: at.block,
            block,
            rows: at.row..block.rows,
            open: None,
            over: tail
                .filter(|tail| tail.times > 0)
                .map_or_else(Vec::new, |_| over(lines.run, at.block)),
        });
    };
    let found = sifted.scan().found();
    let at = found.nth(nth)?;
    let rows = found.before(at.block + 1) - found.before(at.block);
    Some(Piece {
        id: at.block,
        block: block(at.block)?,
        rows: at.of_passing..rows as u32,
        open: found.open(at.block),
        over: Vec::new(),
    })
}

impl Chosen {
    /// The text for the clipboard, and whether all that was selected is in it.
    pub fn text(&self, source: &dyn TextSource) -> (String, bool) {
        let mut cache = TextCache::default();
        let mut text = String::new();
        for piece in &self.pieces {
            let (name, encoding) = match self.lanes.get(piece.block.lane.index()) {
                Some((name, encoding)) => (name.as_str(), encoding.as_str()),
                None => ("", ""),
            };
            for row in self.rows(piece, source) {
                if text.len() >= COPY_BYTES {
                    return (text, false);
                }
                if self.whole {
                    // Writing to a string can't fail.
                    let _ = write!(text, "{:>9}  {name:<14}  ", who::seconds(piece.block.t_ns));
                }
                let at = crate::run::Row {
                    block: piece.id,
                    row,
                };
                let shown = if piece.over.is_empty() || row + 1 < piece.block.rows {
                    cache.row(source, piece.id, row).map(Cow::Borrowed)
                } else {
                    laid_over(&mut cache, source, at, &piece.over)
                };
                match shown {
                    Ok(bytes) => line(&bytes, encoding, COPY_BYTES)
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

    /// The block's rows that a piece stands for.
    fn rows(&self, piece: &Piece, source: &dyn TextSource) -> Vec<u32> {
        let Some(Sifting(sieve)) = &self.sieve else {
            return piece.rows.clone().collect();
        };
        let Ok(text) = source.text(piece.id) else {
            // The reason stands in their place.
            return piece.rows.clone().collect();
        };
        let passing = sieve.rows(&piece.block, &text, piece.open);
        let (from, past) = (piece.rows.start as usize, piece.rows.end as usize);
        passing
            .get(from..past.min(passing.len()))
            .map(<[u32]>::to_vec)
            .unwrap_or_default()
    }
}

//! Which lines pass: those that have all of some patterns and none of others, as they are shown.
//!
//! Most text is searched as it stands, many lines at once. A line with control characters, or in another encoding than
//! UTF-8, is searched as the log shows it. A line that two blocks share is two rows; to the first belongs, too, the
//! beginning of what it goes on with, so that no match is lost at the cut.

use std::borrow::Cow;
use std::sync::Arc;

use grep_searcher::Searcher;

use super::query::{Pattern, searcher};
use crate::run::{Block, BlockId, Filter, LaneId, Stream, Stretch};

/// So many bytes on each side of a cut are searched as one.
const CUT_BYTES: usize = 4096;
const ESCAPE: u8 = 0x1b;
const BACK: u8 = 0x08;

/// How lines are shown, by whoever shows them.
pub trait Plain: Send + Sync {
    /// Whether all lines of a lane must be asked for, because they are in another encoding than UTF-8.
    fn is_foreign(&self, lane: LaneId) -> bool;

    /// A line as it is shown.
    fn shown(&self, lane: LaneId, line: &[u8]) -> String;
}

/// What lines must pass.
#[derive(Clone)]
pub struct Sieve {
    filter: Filter,
    /// Each with whether lines that have it are kept, or dropped.
    tests: Vec<(Pattern, bool)>,
    plain: Arc<dyn Plain>,
}

/// What a stretch of blocks has, in the order of its blocks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sifted {
    /// Blocks of which lines pass, and how many.
    pub(super) rows: Vec<(BlockId, u32)>,
    pub(super) cuts: Vec<Cut>,
}

/// A line that was cut: one end of a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) block: BlockId,
    pub(super) who: (LaneId, Stream),
    /// The beginning of a block that goes on with a line.
    pub(super) head: Option<Vec<u8>>,
    /// The end of a block whose last line is left open.
    pub(super) tail: Option<Tail>,
}

/// The open end of a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tail {
    text: Vec<u8>,
    /// Which of the patterns its line has by itself.
    has: Vec<bool>,
}

impl Sieve {
    /// Lets those lines of `filter` through that have the patterns that are to be kept and not those to be dropped.
    pub fn new(filter: Filter, tests: Vec<(Pattern, bool)>, plain: Arc<dyn Plain>) -> Self {
        Self {
            filter,
            tests,
            plain,
        }
    }

    /// Which rows of a block pass, from 0. `open` is what [`super::Found::open`] says of the block.
    pub fn rows(&self, block: &Block, text: &[u8], open: Option<bool>) -> Vec<u32> {
        let stretch = Stretch {
            first: 0,
            blocks: vec![*block],
            text: text.into(),
        };
        let mut rows = Vec::new();
        let mut searcher = searcher();
        for part in parts(self, &stretch) {
            rows.extend(self.part(&mut searcher, &part));
        }
        let last = block.rows.saturating_sub(1);
        if block.open && open == Some(true) && self.lets(block) {
            rows.push(last);
        }
        rows
    }

    /// Whether an open line passes with what it goes on with.
    pub(super) fn joined(&self, who: LaneId, tail: &Tail, head: &[u8]) -> bool {
        let text = [tail.text.as_slice(), head].concat();
        let text = self.shown(who, &text);
        self.tests
            .iter()
            .zip(&tail.has)
            .all(|((pattern, keep), has)| (*has || pattern.is_in(&text)) == *keep)
    }

    /// Whether an open line passes by itself.
    pub(super) fn alone(&self, tail: &Tail) -> bool {
        self.tests
            .iter()
            .zip(&tail.has)
            .all(|((_, keep), has)| has == keep)
    }

    /// What passes of a stretch; of open lines, what they are by themselves.
    pub(super) fn sift(&self, searcher: &mut Searcher, stretch: &Stretch) -> Sifted {
        let mut sifted = Sifted::default();
        let mut counts = vec![0_u32; stretch.blocks.len()];
        for part in parts(self, stretch) {
            // Rows of a part are in the order of its blocks.
            let mut block = part.blocks.start;
            let mut past = closed(&stretch.blocks[block]);
            for row in self.part(searcher, &part) {
                while row >= past && block + 1 < part.blocks.end {
                    block += 1;
                    past += closed(&stretch.blocks[block]);
                }
                counts[block] += 1;
            }
        }
        let mut begin = 0;
        for (nth, block) in stretch.blocks.iter().enumerate() {
            let text = &stretch.text[begin..begin + block.bytes as usize];
            begin += block.bytes as usize;
            let id = stretch.first + nth as BlockId;
            if self.lets(block) {
                let cut = self.cut(id, block, text);
                let passes = cut.tail.as_ref().is_some_and(|tail| self.alone(tail));
                counts[nth] += u32::from(passes);
                if cut.head.is_some() || cut.tail.is_some() {
                    sifted.cuts.push(cut);
                }
            }
            if counts[nth] > 0 {
                sifted.rows.push((id, counts[nth]));
            }
        }
        sifted
    }

    fn cut(&self, id: BlockId, block: &Block, text: &[u8]) -> Cut {
        let head = block.continues.then(|| {
            let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
            text[..end.min(CUT_BYTES)].to_vec()
        });
        let tail = block.open.then(|| {
            let begin = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
            let line = &text[begin..];
            let shown = self.shown(block.lane, line);
            Tail {
                has: self
                    .tests
                    .iter()
                    .map(|(pattern, _)| pattern.is_in(&shown))
                    .collect(),
                text: line[line.len().saturating_sub(CUT_BYTES)..].to_vec(),
            }
        });
        Cut {
            block: id,
            who: (block.lane, block.stream),
            head,
            tail,
        }
    }

    fn lets(&self, block: &Block) -> bool {
        self.filter.lets(block.lane, block.stream)
    }

    fn shown<'t>(&self, lane: LaneId, line: &'t [u8]) -> Cow<'t, [u8]> {
        if self.plain.is_foreign(lane) || has_controls(line) {
            return self.plain.shown(lane, line).into_bytes().into();
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line).into()
    }

    /// The numbers of the rows of a part that pass, in order.
    fn part(&self, searcher: &mut Searcher, part: &Part<'_>) -> Vec<u32> {
        if self.plain.is_foreign(part.lane) || has_controls(part.text) {
            return self.one_by_one(part);
        }
        let text = without_returns(part.text);
        let mut passing: Option<Vec<u32>> = None;
        for (pattern, keep) in &self.tests {
            let has = pattern.lines(searcher, &text);
            let has = if *keep { has } else { others(&has, part.rows) };
            passing = Some(match passing {
                Some(before) => both(&before, &has),
                None => has,
            });
        }
        passing.unwrap_or_else(|| (0..part.rows).collect())
    }

    fn one_by_one(&self, part: &Part<'_>) -> Vec<u32> {
        let lines = part.text.split_inclusive(|byte| *byte == b'\n');
        (0..)
            .zip(lines)
            .filter(|(_, line)| {
                let shown = self.shown(part.lane, line);
                self.tests
                    .iter()
                    .all(|(pattern, keep)| pattern.is_in(&shown) == *keep)
            })
            .map(|(row, _)| row)
            .collect()
    }
}

/// Blocks that follow each other, their text up to the last line's end, and how many rows that is. All are searched alike.
struct Part<'s> {
    blocks: std::ops::Range<usize>,
    text: &'s [u8],
    rows: u32,
    lane: LaneId,
}

/// Rows of a block that have an end.
fn closed(block: &Block) -> u32 {
    block.rows - u32::from(block.open)
}

/// The parts of a stretch: a line that is left open ends one, as do blocks that are filtered out. Of other lanes' text only
/// that of a lane in another encoding stands apart, and lanes with control characters, which must be known by their lane.
fn parts<'s>(sieve: &Sieve, stretch: &'s Stretch) -> Vec<Part<'s>> {
    let mut parts: Vec<Part<'s>> = Vec::new();
    let mut begin = 0;
    let mut from = 0;
    let mut joins = false;
    for (nth, block) in stretch.blocks.iter().enumerate() {
        let text = &stretch.text[begin..begin + block.bytes as usize];
        let whole = if block.open {
            memchr::memrchr(b'\n', text).map_or(0, |at| at + 1)
        } else {
            text.len()
        };
        if sieve.lets(block) && whole > 0 {
            let apart = sieve.plain.is_foreign(block.lane) || has_controls(&text[..whole]);
            let past = begin + whole;
            match parts.last_mut().filter(|_| joins && !apart) {
                Some(part) => {
                    part.blocks.end = nth + 1;
                    part.text = &stretch.text[from..past];
                    part.rows += closed(block);
                }
                None => {
                    from = begin;
                    parts.push(Part {
                        blocks: nth..nth + 1,
                        text: &stretch.text[from..past],
                        rows: closed(block),
                        lane: block.lane,
                    });
                }
            }
            joins = !block.open && !apart;
        } else {
            joins = false;
        }
        begin += block.bytes as usize;
    }
    parts
}

/// Whether a text looks otherwise than it stands: escapes, and what goes back within its line.
fn has_controls(text: &[u8]) -> bool {
    memchr::memchr3_iter(ESCAPE, BACK, b'\r', text)
        .any(|at| text[at] != b'\r' || text.get(at + 1).is_some_and(|next| *next != b'\n'))
}

/// A text in which each `\r` ends a line together with its `\n`, without them: an expression's `$` stands before neither.
fn without_returns(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\r', text).is_none() {
        return text.into();
    }
    let mut without = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memchr_iter(b'\r', text) {
        without.extend_from_slice(&text[from..at]);
        from = at + 1;
    }
    without.extend_from_slice(&text[from..]);
    without.into()
}

/// The numbers below `many` that are not among these, which are in order.
fn others(these: &[u32], many: u32) -> Vec<u32> {
    let mut these = these.iter().copied().peekable();
    (0..many)
        .filter(|number| these.next_if_eq(number).is_none())
        .collect()
}

/// What is in both, which are in order.
fn both(one: &[u32], other: &[u32]) -> Vec<u32> {
    let mut other = other.iter().copied().peekable();
    one.iter()
        .copied()
        .filter(|number| {
            while other.next_if(|there| there < number).is_some() {}
            other.peek() == Some(number)
        })
        .collect()
}

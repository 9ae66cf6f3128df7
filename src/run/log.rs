//! The index of the log: which text came when and from whom. The text itself is in the run file.
//!
//! Output comes in blocks (what one read brought from one lane, cut at a line's end where possible). A
//! *row* is a line of a block; a line that two blocks share is two rows, the second marked `continues`.
//! The index costs some 50 bytes a block, not a row, so that a flood of millions of lines stays small.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{BlockId, Event, Kind, LaneId, Stamp, Stream};

/// What one read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Nanoseconds since time zero.
    pub t_ns: u64,
    /// Who wrote it.
    pub lane: LaneId,
    /// Where to.
    pub stream: Stream,
    /// What `t_ns` says.
    pub stamp: Stamp,
    /// Whether its first row goes on with a line that was left open.
    pub continues: bool,
    /// Whether the writer could not be told among the threads of a process.
    pub unattributed: bool,
    /// Whether its last row has no newline.
    pub open: bool,
    /// Its length in bytes.
    pub bytes: u32,
    /// How many rows it has, at least 1.
    pub rows: u32,
    /// Rows of the whole log before it.
    pub first_row: u64,
}

impl Block {
    /// What the index keeps of an output; none for another event. `first_row` is set by the index.
    pub fn of(event: &Event) -> Option<Self> {
        let Kind::Output {
            lane,
            stream,
            stamp,
            continues,
            unattributed,
            bytes,
        } = &event.kind
        else {
            return None;
        };
        let newlines = memchr::memchr_iter(b'\n', bytes).count();
        let open = bytes.last() != Some(&b'\n');
        Some(Self {
            t_ns: event.t_ns,
            lane: *lane,
            stream: *stream,
            stamp: *stamp,
            continues: *continues,
            unattributed: *unattributed,
            open,
            bytes: bytes.len() as u32,
            rows: (newlines + usize::from(open)) as u32,
            first_row: 0,
        })
    }
}

/// Which rows of the log are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only this lane's.
    pub lane: Option<LaneId>,
    /// Only this stream's.
    pub stream: Option<Stream>,
}

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// In which block.
    pub block: BlockId,
    /// Which row of it, from 0.
    pub row: u32,
}

/// Why a text can't be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("output block {block} can't be read: {why}")]
pub struct TextError {
    /// Which block.
    pub block: BlockId,
    /// What the store said.
    pub why: String,
}

/// Whoever has the text: memory for what just came, the run file for the rest.
pub trait TextSource: Send + Sync {
    /// The bytes of a block, as written.
    fn text(&self, block: BlockId) -> Result<Arc<[u8]>, TextError>;
}

/// Some blocks, and the rows before each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Part {
    blocks: Vec<(BlockId, u64)>,
    rows: u64,
}

impl Part {
    fn push(&mut self, block: BlockId, rows: u32) {
        self.blocks.push((block, self.rows));
        self.rows += u64::from(rows);
    }

    fn at(&self, row: u64) -> Option<Row> {
        let after = self.blocks.partition_point(|&(_, before)| before <= row);
        let (block, before) = *self.blocks.get(after.checked_sub(1)?)?;
        (row < self.rows).then(|| Row {
            block,
            row: (row - before) as u32,
        })
    }
}

/// All blocks in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogIndex {
    blocks: Vec<Block>,
    rows: u64,
    by_lane: BTreeMap<LaneId, Part>,
    by_stream: [Part; 2],
    by_both: BTreeMap<(LaneId, bool), Part>,
}

impl LogIndex {
    pub(super) fn push(&mut self, mut block: Block) {
        block.first_row = self.rows;
        self.rows += u64::from(block.rows);
        let id = self.blocks.len() as BlockId;
        let stderr = block.stream == Stream::Stderr;
        self.by_lane
            .entry(block.lane)
            .or_default()
            .push(id, block.rows);
        self.by_stream[usize::from(stderr)].push(id, block.rows);
        self.by_both
            .entry((block.lane, stderr))
            .or_default()
            .push(id, block.rows);
        self.blocks.push(block);
    }

    /// All blocks, by their [`BlockId`].
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// How many rows the filter lets through.
    pub fn rows(&self, filter: Filter) -> u64 {
        match self.part(filter) {
            Some(part) => part.rows,
            None if filter == Filter::default() => self.rows,
            None => 0,
        }
    }

    /// How many of the rows that the filter lets through are in blocks before this one.
    pub fn rows_before(&self, filter: Filter, block: BlockId) -> u64 {
        if filter == Filter::default() {
            let block = self.blocks.get(block as usize);
            return block.map_or(self.rows, |block| block.first_row);
        }
        self.part(filter).map_or(0, |part| {
            let at = part.blocks.partition_point(|&(id, _)| id < block);
            part.blocks.get(at).map_or(part.rows, |&(_, before)| before)
        })
    }

    /// Where the `row`th row is that the filter lets through.
    pub fn row(&self, filter: Filter, row: u64) -> Option<Row> {
        if filter == Filter::default() {
            let after = self.blocks.partition_point(|block| block.first_row <= row);
            let index = after.checked_sub(1)?;
            return (row < self.rows).then(|| Row {
                block: index as BlockId,
                row: (row - self.blocks[index].first_row) as u32,
            });
        }
        self.part(filter)?.at(row)
    }

    fn part(&self, filter: Filter) -> Option<&Part> {
        match (filter.lane, filter.stream) {
            (None, None) => None,
            (Some(lane), None) => self.by_lane.get(&lane),
            (None, Some(stream)) => self.by_stream.get(usize::from(stream == Stream::Stderr)),
            (Some(lane), Some(stream)) => self.by_both.get(&(lane, stream == Stream::Stderr)),
        }
    }
}

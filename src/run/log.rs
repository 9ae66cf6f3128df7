//! The index of the log: which text came when and from whom. The text itself is in the run file.
//!
//! Output comes in blocks (what one read brought from one lane, cut at a line's end where possible). A
//! *row* is a line of a block; a line that two blocks share is two rows, the second marked `continues`. But one row it is
//! where the second goes back to the line's beginning, as progress bars do, or is nothing but the line's end.
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
    /// Whether it begins with `\r`.
    pub over: bool,
    /// Whether it ends in `\r`, so that what comes after it goes over it.
    pub returns: bool,
    /// Whether it is nothing but a line's end.
    pub bare: bool,
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
            over: bytes.first() == Some(&b'\r'),
            returns: bytes.last() == Some(&b'\r'),
            bare: matches!(&**bytes, b"\n" | b"\r\n"),
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

impl Filter {
    /// Whether it lets this lane's and stream's rows through.
    pub fn lets(&self, lane: LaneId, stream: Stream) -> bool {
        self.lane.is_none_or(|only| only == lane) && self.stream.is_none_or(|only| only == stream)
    }
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

/// Blocks that follow each other, with their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first one.
    pub first: BlockId,
    /// They; their [`Block::first_row`] is not set.
    pub blocks: Vec<Block>,
    /// Their text, one after the other's.
    pub text: Arc<[u8]>,
}

/// Whoever has the text: memory for what just came, the run file for the rest.
pub trait TextSource: Send + Sync {
    /// The bytes of a block, as written.
    fn text(&self, block: BlockId) -> Result<Arc<[u8]>, TextError>;

    /// Where a stretch that begins with this block may end: the first block that is not read with it at once, at most
    /// `end`.
    fn past(&self, from: BlockId, end: BlockId) -> BlockId {
        (from + 1).min(end)
    }

    /// The blocks from one to before another, or fewer of them where they can't be read at once. For going through all
    /// text: cheaper than one block after the other.
    fn stretch(&self, from: BlockId, past: BlockId) -> Result<Stretch, TextError>;
}

/// What became of a line that was left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// The block that has what its row shows now.
    pub shown: BlockId,
    /// How many blocks went over what it had shown.
    pub times: u64,
    /// Whether it is still open.
    pub open: bool,
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
    /// Of each lane and stream, the block whose row is open now, and whether what comes next goes over it.
    heads: BTreeMap<(LaneId, bool), (BlockId, bool)>,
    /// By the block whose row it is.
    tails: BTreeMap<BlockId, Tail>,
}

impl LogIndex {
    pub(super) fn push(&mut self, mut block: Block) {
        let id = self.blocks.len() as BlockId;
        let stderr = block.stream == Stream::Stderr;
        block.first_row = self.rows;
        let rows = if self.joins(id, &block) {
            0
        } else {
            block.rows
        };
        self.rows += u64::from(rows);
        self.by_lane.entry(block.lane).or_default().push(id, rows);
        self.by_stream[usize::from(stderr)].push(id, rows);
        self.by_both
            .entry((block.lane, stderr))
            .or_default()
            .push(id, rows);
        self.blocks.push(block);
    }

    /// Whether a block has no row of its own: its text belongs to the row that is open.
    fn joins(&mut self, id: BlockId, block: &Block) -> bool {
        let who = (block.lane, block.stream == Stream::Stderr);
        let head = self.heads.remove(&who);
        let one = block.continues && block.rows == 1;
        let joined = head.filter(|(_, returned)| one && (block.over || block.bare || *returned));
        let of = joined.map_or(id, |(head, _)| head);
        if joined.is_some() {
            let tail = self.tails.entry(of).or_insert(Tail {
                shown: of,
                times: 0,
                open: true,
            });
            tail.open = block.open;
            if !block.bare {
                (tail.shown, tail.times) = (id, tail.times + 1);
            }
        }
        if block.open {
            self.heads.insert(who, (of, block.returns));
        }
        joined.is_some()
    }

    /// What became of the last row of a block, where other blocks belong to it.
    pub fn tail(&self, block: BlockId) -> Option<Tail> {
        self.tails.get(&block).copied()
    }

    /// The blocks whose text the last row of a block has had, from the first on, with itself.
    pub fn line(
        &self,
        block: BlockId,
    ) -> impl DoubleEndedIterator<Item = BlockId> + ExactSizeIterator {
        let last = self.tail(block).map_or(block, |tail| tail.shown);
        let part = self.blocks.get(block as usize).and_then(|block| {
            let who = (block.lane, block.stream == Stream::Stderr);
            self.by_both.get(&who)
        });
        let blocks = part.map_or(&[][..], |part| &part.blocks);
        let first = blocks.partition_point(|&(id, _)| id < block);
        let past = blocks.partition_point(|&(id, _)| id <= last);
        blocks[first.min(past)..past].iter().map(|&(id, _)| id)
    }

    /// The block whose row shows a row of a block, where that is not itself.
    pub fn head(&self, of: Row) -> Row {
        let block = self.blocks.get(of.block as usize);
        let Some(part) = block.and_then(|block| {
            let who = (block.lane, block.stream == Stream::Stderr);
            self.by_both.get(&who)
        }) else {
            return of;
        };
        let mut at = part.blocks.partition_point(|&(id, _)| id < of.block);
        let rows = |at: usize| {
            let past = part.blocks.get(at + 1).map_or(part.rows, |next| next.1);
            past - part.blocks[at].1
        };
        if part.blocks.get(at).is_none() || rows(at) > 0 {
            return of;
        }
        while at > 0 && rows(at) == 0 {
            at -= 1;
        }
        let block = part.blocks[at].0;
        Row {
            block,
            row: self.blocks[block as usize].rows - 1,
        }
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

    /// The lanes' rows one lane after the other, of one stream or of both.
    fn groups(&self, stream: Option<Stream>) -> impl Iterator<Item = (LaneId, &Part)> {
        self.by_lane.iter().filter_map(move |(&lane, part)| {
            let part = match stream {
                None => Some(part),
                Some(stream) => self.by_both.get(&(lane, stream == Stream::Stderr)),
            };
            Some((lane, part?))
        })
    }

    /// Where the `row`th row is if each lane's rows stand together.
    pub fn grouped_row(&self, stream: Option<Stream>, row: u64) -> Option<Row> {
        let mut row = row;
        for (_, part) in self.groups(stream) {
            if row < part.rows {
                return part.at(row);
            }
            row -= part.rows;
        }
        None
    }

    /// How many rows stand before a row then.
    pub fn grouped_before(&self, stream: Option<Stream>, row: Row) -> u64 {
        let Some(block) = self.blocks.get(row.block as usize) else {
            return self.rows(Filter { lane: None, stream });
        };
        let groups = self.groups(stream);
        let before = groups.take_while(|(lane, _)| *lane < block.lane);
        let before: u64 = before.map(|(_, part)| part.rows).sum();
        let lane = Some(block.lane);
        before + self.rows_before(Filter { lane, stream }, row.block) + u64::from(row.row)
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

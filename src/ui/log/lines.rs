//! Which lines the list goes through: all that the choosers let through, or those of them that a scan found.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::run::{Block, BlockId, Filter, LaneId, Run, Tail, TextSource};
use crate::search::{Found, Nth, Pattern, Plain, Scan, Sieve};
use crate::ui::log::line::line;

/// Blocks whose rows that pass are remembered.
const BLOCKS: usize = 512;
/// Of a line that must be shown to be searched, so many bytes are.
const SEARCHED_BYTES: usize = 1 << 20;

/// A block, and what is known of the line that it left open.
type Known = (BlockId, Option<bool>);

/// A scan, and which rows of the blocks in view it found.
pub struct Sifted {
    scan: Scan,
    source: Arc<dyn TextSource>,
    /// Of a block, under what is known of its open line.
    rows: RefCell<HashMap<Known, Arc<[u32]>>>,
}

impl std::fmt::Debug for Sifted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sifted")
    }
}

impl Sifted {
    /// Looks for lines of `filter` that pass; `wake` is called when more was found.
    pub fn start(
        run: &Run,
        source: &Arc<dyn TextSource>,
        filter: Filter,
        tests: Vec<(Pattern, bool)>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let sieve = Sieve::new(filter, tests, Arc::new(Encodings::of(run)));
        let sifted = Self {
            scan: Scan::start(sieve, Arc::clone(source), wake)?,
            source: Arc::clone(source),
            rows: RefCell::default(),
        };
        sifted.there_is(run);
        Ok(sifted)
    }

    /// What there is of the run now.
    pub fn there_is(&self, run: &Run) {
        self.scan.there_are(run.log.blocks().len() as BlockId);
    }

    /// The scan.
    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    /// The rows of a block that pass.
    fn rows(&self, run: &Run, id: BlockId) -> Arc<[u32]> {
        let open = self.scan.found().open(id);
        if let Some(rows) = self.rows.borrow().get(&(id, open)) {
            return Arc::clone(rows);
        }
        let block = run.log.blocks().get(id as usize);
        let text = self.source.text(id);
        let Some((block, text)) = block.zip(text.ok()) else {
            return Arc::new([]);
        };
        let rows: Arc<[u32]> = self.scan.sieve().rows(block, &text, open).into();
        let mut known = self.rows.borrow_mut();
        if known.len() >= BLOCKS {
            known.clear();
        }
        known.insert((id, open), Arc::clone(&rows));
        rows
    }

    /// Where the `nth` line is.
    pub fn row(&self, run: &Run, nth: u64) -> Option<crate::run::Row> {
        let Nth { block, of_passing } = self.scan.found().nth(nth)?;
        let row = *self.rows(run, block).get(of_passing as usize)?;
        Some(crate::run::Row { block, row })
    }

    /// How many lines pass before a row, and whether it passes itself.
    pub fn rank(&self, run: &Run, row: crate::run::Row) -> (u64, bool) {
        let rows = self.rows(run, row.block);
        let before = rows.partition_point(|passing| *passing < row.row);
        let passes = rows.get(before) == Some(&row.row);
        (self.scan.found().before(row.block) + before as u64, passes)
    }
}

/// The lanes in another encoding than UTF-8, with that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Encodings(BTreeMap<LaneId, String>);

impl Encodings {
    pub(super) fn of(run: &Run) -> Self {
        let foreign = run.lanes.iter().filter(|lane| {
            let encoding = lane.info.encoding.to_ascii_lowercase();
            !matches!(&*encoding, "" | "utf-8" | "utf8" | "ascii" | "us-ascii")
        });
        Self(
            foreign
                .map(|lane| (lane.id, lane.info.encoding.clone()))
                .collect(),
        )
    }
}

impl Plain for Encodings {
    fn is_foreign(&self, lane: LaneId) -> bool {
        self.0.contains_key(&lane)
    }

    fn shown(&self, lane: LaneId, bytes: &[u8]) -> String {
        let encoding = self.0.get(&lane).map_or("utf-8", String::as_str);
        line(bytes, encoding, SEARCHED_BYTES).plain()
    }
}

/// The lines of the list, by number.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a> {
    /// The run.
    pub run: &'a Run,
    /// What the choosers let through.
    pub filter: Filter,
    /// What a scan lets through of these.
    pub sifted: Option<&'a Sifted>,
    /// Whether each worker's lines stand together. Those of one worker do, and what a scan found stays as it came.
    pub grouped: bool,
}

impl<'a> Lines<'a> {
    /// All lines that a filter lets through.
    pub fn all(run: &'a Run, filter: Filter) -> Self {
        Self {
            run,
            filter,
            sifted: None,
            grouped: false,
        }
    }

    /// The same with each worker's lines together, if that is wanted and makes a difference.
    #[must_use]
    pub fn grouped(self, wanted: bool) -> Self {
        Self {
            grouped: wanted && self.sifted.is_none() && self.filter.lane.is_none(),
            ..self
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        match self.sifted {
            Some(sifted) => sifted.scan.found().rows(),
            None => self.run.log.rows(self.filter),
        }
    }

    /// How many of them are in blocks before this one.
    pub fn before(&self, block: BlockId) -> u64 {
        match self.sifted {
            Some(sifted) => sifted.scan.found().before(block),
            None => self.run.log.rows_before(self.filter, block),
        }
    }

    /// Where the `nth` line is.
    pub fn row(&self, nth: u64) -> Option<crate::run::Row> {
        match self.sifted {
            Some(sifted) => sifted.row(self.run, nth),
            None if self.grouped => self.run.log.grouped_row(self.filter.stream, nth),
            None => self.run.log.row(self.filter, nth),
        }
    }

    /// What became of a row that was left open, as all lines show it; among those that were found each piece is a row.
    pub fn tail(&self, row: crate::run::Row) -> Option<Tail> {
        let log = &self.run.log;
        let block = log.blocks().get(row.block as usize)?;
        let is_last = self.sifted.is_none() && row.row + 1 == block.rows;
        log.tail(row.block).filter(|_| is_last)
    }

    /// The block of the `nth` line.
    pub fn block(&self, nth: u64) -> Option<&'a Block> {
        let block = match self.sifted {
            Some(sifted) => sifted.scan.found().nth(nth)?.block,
            None => self.row(nth)?.block,
        };
        self.run.log.blocks().get(block as usize)
    }

    /// The number of the line at a row, or of the first one after it.
    pub fn number(&self, row: crate::run::Row) -> u64 {
        match self.sifted {
            Some(sifted) => sifted.rank(self.run, row).0,
            None => {
                let row = self.run.log.head(row);
                if self.grouped {
                    return self.run.log.grouped_before(self.filter.stream, row);
                }
                self.before(row.block) + u64::from(row.row)
            }
        }
    }
}

/// What was found so far, for a line of text about it.
pub(super) fn progress(found: &Found, run: &Run) -> Option<f32> {
    let all = run.log.blocks().len() as f32;
    let done = found.looked_at() as f32;
    (done < all).then(|| done / all.max(1.0))
}

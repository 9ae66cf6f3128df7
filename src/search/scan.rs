//! Goes through the text of a run with some threads, beside whoever shows it, and goes on while the run grows.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::found::Found;
use super::query::searcher;
use super::sieve::{Sieve, Sifted, Tail};
use crate::run::{BlockId, LaneId, Stream, TextSource};

/// More threads than this find nothing sooner: the file is read by one at a time.
const MOST_THREADS: usize = 4;

/// A search that goes on until it is dropped.
pub struct Scan {
    shared: Arc<Shared>,
    sieve: Arc<Sieve>,
}

struct Shared {
    state: Mutex<State>,
    /// There is more to look at, or nobody wants it any more.
    more: Condvar,
    found: Mutex<Found>,
}

#[derive(Default)]
struct State {
    /// The next block that nobody looks at yet.
    next: BlockId,
    /// Blocks that there are.
    end: BlockId,
    cancelled: bool,
    /// What was found out of turn, by its first block, with the block after it.
    waiting: BTreeMap<BlockId, (BlockId, Result<Sifted, String>)>,
    /// Lines that were left open last.
    tails: HashMap<(LaneId, Stream), (BlockId, Tail)>,
}

impl Scan {
    /// Begins with the first block; `wake` is called whenever more was found. Nothing is looked at before
    /// [`Scan::there_are`] says that it is there.
    pub fn start(
        sieve: Sieve,
        source: Arc<dyn TextSource>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let sieve = Arc::new(sieve);
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            more: Condvar::new(),
            found: Mutex::default(),
        });
        let scan = Self {
            shared: Arc::clone(&shared),
            sieve: Arc::clone(&sieve),
        };
        let wake = Arc::new(wake);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..cores.min(MOST_THREADS) {
            let (shared, sieve) = (Arc::clone(&shared), Arc::clone(&sieve));
            let (source, wake) = (Arc::clone(&source), Arc::clone(&wake));
            std::thread::Builder::new()
                .name("search".into())
                .spawn(move || shared.search(&sieve, &*source, &*wake))?;
        }
        Ok(scan)
    }

    /// Says how many blocks there are now.
    pub fn there_are(&self, blocks: BlockId) {
        let mut state = self.shared.state.lock();
        if blocks > state.end {
            state.end = blocks;
            self.shared.more.notify_all();
        }
    }

    /// What has been found so far. To be held for moments.
    pub fn found(&self) -> MutexGuard<'_, Found> {
        self.shared.found.lock()
    }

    /// Whether all that there is has been looked at.
    pub fn is_done(&self) -> bool {
        let end = self.shared.state.lock().end;
        self.found().looked_at() >= end
    }

    /// What it looks for.
    pub fn sieve(&self) -> &Sieve {
        &self.sieve
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        self.shared.state.lock().cancelled = true;
        self.shared.more.notify_all();
    }
}

impl Shared {
    fn search(&self, sieve: &Sieve, source: &dyn TextSource, wake: &dyn Fn()) {
        let mut searcher = searcher();
        while let Some((mut from, past)) = self.take(source) {
            while from < past {
                let (next, sifted) = match source.stretch(from, past) {
                    Ok(stretch) => (
                        from + stretch.blocks.len().max(1) as BlockId,
                        Ok(sieve.sift(&mut searcher, &stretch)),
                    ),
                    Err(error) => (past, Err(error.to_string())),
                };
                if !self.put(sieve, from, next, sifted) {
                    return;
                }
                from = next;
            }
            wake();
        }
    }

    /// Blocks that nobody looks at; waits for some. None where nobody wants more.
    fn take(&self, source: &dyn TextSource) -> Option<(BlockId, BlockId)> {
        let mut state = self.state.lock();
        self.more.wait_while(&mut state, |state| {
            !state.cancelled && state.next >= state.end
        });
        if state.cancelled {
            return None;
        }
        let from = state.next;
        state.next = source.past(from, state.end).max(from + 1);
        Some((from, state.next))
    }

    /// Puts in what was found, in the order of the blocks. False where nobody wants it.
    fn put(
        &self,
        sieve: &Sieve,
        from: BlockId,
        past: BlockId,
        sifted: Result<Sifted, String>,
    ) -> bool {
        let mut state = self.state.lock();
        if state.cancelled {
            return false;
        }
        state.waiting.insert(from, (past, sifted));
        let mut found = self.found.lock();
        while let Some(first) = state.waiting.first_entry()
            && *first.key() == found.looked_at()
        {
            let (past, sifted) = first.remove();
            match sifted {
                Ok(sifted) => add(&mut state.tails, &mut found, sieve, sifted),
                Err(why) => {
                    let many = past - found.looked_at();
                    found.not_read(many, why);
                }
            }
            found.looked_before(past);
        }
        true
    }
}

/// Adds what a stretch brought, and joins what was cut.
fn add(
    tails: &mut HashMap<(LaneId, Stream), (BlockId, Tail)>,
    found: &mut Found,
    sieve: &Sieve,
    sifted: Sifted,
) {
    for (block, rows) in sifted.rows {
        found.push(block, rows);
    }
    for cut in sifted.cuts {
        if let Some(head) = &cut.head
            && let Some((block, tail)) = tails.remove(&cut.who)
        {
            found.say_open(block, sieve.joined(cut.who.0, &tail, head));
        }
        if let Some(tail) = cut.tail {
            found.say_open(cut.block, sieve.alone(&tail));
            tails.insert(cut.who, (cut.block, tail));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Block, Filter, Stamp, Stretch, TextError};
    use crate::search::{Plain, Query};
    use proptest::prelude::*;

    struct AsIs;

    impl Plain for AsIs {
        fn is_foreign(&self, _: LaneId) -> bool {
            false
        }

        fn shown(&self, _: LaneId, line: &[u8]) -> String {
            String::from_utf8_lossy(line).replace('\u{1b}', "")
        }
    }

    /// Texts in memory, some at once.
    struct Memory(Vec<(Block, Vec<u8>)>);

    impl TextSource for Memory {
        fn text(&self, block: BlockId) -> Result<Arc<[u8]>, TextError> {
            Ok(self.0[block as usize].1.as_slice().into())
        }

        fn past(&self, from: BlockId, end: BlockId) -> BlockId {
            (from + 5).min(end)
        }

        fn stretch(&self, from: BlockId, past: BlockId) -> Result<Stretch, TextError> {
            let past = past.min(from + 3);
            let these = &self.0[from as usize..past as usize];
            Ok(Stretch {
                first: from,
                blocks: these.iter().map(|(block, _)| *block).collect(),
                text: these.iter().flat_map(|(_, text)| text.clone()).collect(),
            })
        }
    }

    /// What one worker after the other wrote.
    fn memory(pieces: &[(u32, String)]) -> Memory {
        let mut open = HashMap::new();
        Memory(
            pieces
                .iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(lane, text)| {
                    let newlines = text.matches('\n').count() as u32;
                    let is_open = !text.ends_with('\n');
                    let block = Block {
                        t_ns: 0,
                        lane: LaneId(*lane),
                        stream: Stream::Stdout,
                        stamp: Stamp::Read,
                        continues: open.insert(*lane, is_open) == Some(true),
                        unattributed: false,
                        open: is_open,
                        over: text.starts_with('\r'),
                        returns: text.ends_with('\r'),
                        bare: text == "\n",
                        bytes: text.len() as u32,
                        rows: newlines + u32::from(is_open),
                        first_row: 0,
                    };
                    (block, text.clone().into_bytes())
                })
                .collect(),
        )
    }

    /// All rows that pass, by block and row, read off what was found as a panel does.
    fn passing(memory: Memory, sieve: Sieve) -> Vec<(usize, u32)> {
        let memory = Arc::new(memory);
        let scan = Scan::start(sieve, memory.clone(), || ()).unwrap();
        let blocks = memory.0.len() as BlockId;
        // It grows meanwhile.
        scan.there_are(blocks / 2);
        scan.there_are(blocks);
        let deadline = std::time::Duration::from_secs(20);
        let began = std::time::SystemTime::now();
        while !scan.is_done() {
            assert!(
                began.elapsed().unwrap() < deadline,
                "it never came to its end"
            );
            std::thread::yield_now();
        }
        let found = scan.found();
        (0..found.rows())
            .map(|nth| {
                let nth = found.nth(nth).unwrap();
                let (block, text) = &memory.0[nth.block as usize];
                let rows = scan.sieve().rows(block, text, found.open(nth.block));
                (nth.block as usize, rows[nth.of_passing as usize])
            })
            .collect()
    }

    fn pattern(text: &str) -> super::super::Pattern {
        let query = Query {
            text: text.into(),
            case: true,
            ..Query::default()
        };
        query.pattern().unwrap().unwrap()
    }

    #[test]
    fn a_match_over_a_cut_is_its_first_row_s() {
        let pieces = [(0, "a\nneed"), (1, "x\n"), (0, "le\nb"), (0, "needle\n")];
        let pieces = pieces.map(|(lane, text)| (lane, text.to_owned()));
        let sieve = |keep| {
            Sieve::new(
                Filter::default(),
                vec![(pattern("needle"), keep)],
                Arc::new(AsIs),
            )
        };
        // The line `bneedle` is two rows and has it in the second: the first is the beginning of such a line.
        assert_eq!(
            passing(memory(&pieces), sieve(true)),
            [(0, 1), (2, 1), (3, 0)]
        );
        assert_eq!(
            passing(memory(&pieces), sieve(false)),
            [(0, 0), (1, 0), (2, 0)]
        );
    }

    proptest! {
        #[test]
        fn all_rows_that_pass_are_found_and_no_other(
            pieces in prop::collection::vec((0_u32..3, "([ab\n\u{1b}]|\r\n){0,6}"), 0..40),
            only in prop::option::of(0_u32..3),
            keep in any::<bool>(),
            text in "[ab]{1,2}",
        ) {
            let filter = Filter { lane: only.map(LaneId), stream: None };
            let memory = memory(&pieces);
            let mut expected = Vec::new();
            for (at, (block, text_here)) in memory.0.iter().enumerate() {
                if !filter.lets(block.lane, block.stream) {
                    continue;
                }
                let lines: Vec<_> = text_here.split_inclusive(|b| *b == b'\n').collect();
                for (row, line) in lines.iter().enumerate() {
                    let mut line = line.to_vec();
                    let mut has = shown(&line).contains(&text);
                    if block.open && row + 1 == lines.len()
                        && let Some((_, next)) = memory.0[at + 1..].iter().find(|(b, _)| b.lane == block.lane)
                    {
                        line.extend(next.split(|b| *b == b'\n').next().unwrap());
                        has |= shown(&line).contains(&text);
                    }
                    if has == keep {
                        expected.push((at, row as u32));
                    }
                }
            }
            let sieve = Sieve::new(filter, vec![(pattern(&text), keep)], Arc::new(AsIs));
            prop_assert_eq!(passing(memory, sieve), expected);
        }
    }

    fn shown(line: &[u8]) -> String {
        String::from_utf8_lossy(line).replace('\u{1b}', "")
    }
}

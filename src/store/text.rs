//! The text of a run's blocks: from memory while it is new, else from the file, a chunk at a time.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension};

use super::chunk::{read_meta, unpack};
use super::file;
use super::pending::Pending;
use crate::private::Private;
use crate::run::{Block, BlockId, Stretch, TextError, TextSource};

/// Unpacked chunks that are kept, in bytes of text.
const CACHE_BYTES: usize = 8 << 20;
/// Blocks that are not yet on disk are read at once by so many.
const TOGETHER: BlockId = 256;
const NO_BLOCK: &str = "the run has no such block";

/// A [`TextSource`] over memory and a run file.
pub(super) struct Texts {
    /// Where text is until it is on disk; none for an opened file.
    pending: Option<Arc<Pending>>,
    file: Mutex<File>,
    /// A temporary file's folder, gone when nobody wants the text any more. Last, so that the file is
    /// closed before.
    _folder: Option<Private>,
}

struct File {
    path: PathBuf,
    db: Option<Connection>,
    /// First block and number of blocks of each chunk that is on disk.
    chunks: Vec<(BlockId, u32)>,
    /// The newest used is last.
    cache: VecDeque<Arc<Chunk>>,
}

struct Chunk {
    first: BlockId,
    text: Vec<u8>,
    blocks: Vec<Block>,
    /// Where each block ends in the text.
    ends: Vec<u32>,
}

/// A chunk as the file has it.
struct Packed {
    first: BlockId,
    blocks: u32,
    bytes: u64,
    meta: Vec<u8>,
    text: Vec<u8>,
}

impl Texts {
    pub(super) fn new(
        pending: Option<Arc<Pending>>,
        path: PathBuf,
        db: Option<Connection>,
        chunks: Vec<(BlockId, u32)>,
        folder: Option<Private>,
    ) -> Self {
        Self {
            pending,
            file: Mutex::new(File {
                path,
                db,
                chunks,
                cache: VecDeque::new(),
            }),
            _folder: folder,
        }
    }

    /// Chunks that the writer has put into the file.
    pub(super) fn add_chunks(&self, chunks: &[(BlockId, u32)]) {
        self.file.lock().chunks.extend_from_slice(chunks);
    }

    /// Does what needs the file for itself alone; reading waits and then goes on.
    pub(super) fn without_file<T>(&self, alone: impl FnOnce() -> T) -> T {
        let mut file = self.file.lock();
        file.db = None;
        let done = alone();
        file.db = file::open_again(&file.path).ok();
        done
    }
}

impl TextSource for Texts {
    fn text(&self, block: BlockId) -> Result<Arc<[u8]>, TextError> {
        if let Some(pending) = &self.pending {
            match pending.text(block) {
                Ok(text) => return Ok(text),
                Err(true) => {}
                Err(false) => {
                    let why = "it was not kept".to_owned();
                    return Err(TextError { block, why });
                }
            }
        }
        self.file
            .lock()
            .text(block)
            .map_err(|why| TextError { block, why })
    }

    fn past(&self, from: BlockId, end: BlockId) -> BlockId {
        let on_disk = self.file.lock().chunk_of(from);
        let past = match on_disk {
            Some((first, blocks)) => first + BlockId::from(blocks),
            None => from + TOGETHER,
        };
        past.min(end)
    }

    fn stretch(&self, from: BlockId, past: BlockId) -> Result<Stretch, TextError> {
        if let Some(stretch) = self.pending.as_ref().and_then(|p| p.stretch(from, past)) {
            return Ok(stretch);
        }
        let block = from;
        let fail = |why: String| TextError { block, why };
        // Unpacking is the most of it, and needs the file no more.
        let packed = self.file.lock().packed(from).map_err(fail)?;
        let chunk = packed.unpack().map_err(fail)?;
        let skip = (from - chunk.first) as usize;
        let take = (past.saturating_sub(from) as usize).clamp(1, chunk.blocks.len() - skip);
        let begin = skip.checked_sub(1).map_or(0, |i| chunk.ends[i]) as usize;
        let end = chunk.ends[skip + take - 1] as usize;
        Ok(Stretch {
            first: from,
            blocks: chunk.blocks[skip..skip + take].to_vec(),
            text: Arc::from(&chunk.text[begin..end]),
        })
    }
}

impl File {
    /// The chunk that a block is in, and how many blocks that has.
    fn chunk_of(&self, block: BlockId) -> Option<(BlockId, u32)> {
        let after = self.chunks.partition_point(|&(first, _)| first <= block);
        let (first, blocks) = self.chunks[after.checked_sub(1)?];
        (block - first < BlockId::from(blocks)).then_some((first, blocks))
    }

    fn text(&mut self, block: BlockId) -> Result<Arc<[u8]>, String> {
        let first = self.chunk_of(block).ok_or(NO_BLOCK)?.0;
        let cached = self.cache.iter().position(|chunk| chunk.first == first);
        let chunk = match cached.and_then(|index| self.cache.remove(index)) {
            Some(chunk) => chunk,
            None => Arc::new(self.packed(block)?.unpack()?),
        };
        self.cache.push_back(chunk.clone());
        let mut cached: usize = self.cache.iter().map(|chunk| chunk.text.len()).sum();
        while cached > CACHE_BYTES && self.cache.len() > 1 {
            cached -= self.cache.pop_front().map_or(0, |chunk| chunk.text.len());
        }
        let index = (block - first) as usize;
        let begin = index.checked_sub(1).map_or(0, |i| chunk.ends[i]);
        Ok(Arc::from(
            &chunk.text[begin as usize..chunk.ends[index] as usize],
        ))
    }

    /// Reads the chunk that a block is in.
    fn packed(&mut self, block: BlockId) -> Result<Packed, String> {
        let (first, blocks) = self.chunk_of(block).ok_or(NO_BLOCK)?;
        let db = self.db.as_ref().ok_or("the run file is gone")?;
        let row: Option<(i64, i64, Vec<u8>, Vec<u8>)> = db
            .prepare_cached("SELECT blocks, bytes, meta, text FROM output WHERE first_block = ?1")
            .and_then(|mut select| {
                select
                    .query_row([first.cast_signed()], |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                    })
                    .optional()
            })
            .map_err(|error| error.to_string())?;
        let (found, bytes, meta, text) = row.ok_or("its chunk is gone from the file")?;
        if found != i64::from(blocks) || bytes < 0 {
            return Err("its chunk has changed in the file".into());
        }
        Ok(Packed {
            first,
            blocks,
            bytes: bytes.cast_unsigned(),
            meta,
            text,
        })
    }
}

impl Packed {
    /// Unpacks it, and holds what the index says of it against the text.
    fn unpack(self) -> Result<Chunk, String> {
        let blocks = read_meta(&self.meta, u64::from(self.blocks), self.bytes)?;
        let text = unpack(&self.text, self.bytes)?;
        let mut ends = Vec::with_capacity(blocks.len());
        let mut end = 0;
        for (number, block) in blocks.iter().enumerate() {
            let begin = end;
            end += block.bytes as usize;
            if !fits(block, &text[begin..end]) {
                let block = self.first + number as u64;
                return Err(format!(
                    "the text of block {block} is not what its index says"
                ));
            }
            ends.push(end as u32);
        }
        Ok(Chunk {
            first: self.first,
            text,
            blocks,
            ends,
        })
    }
}

/// Whether a text has the rows that its block says.
fn fits(block: &Block, text: &[u8]) -> bool {
    let newlines = memchr::memchr_iter(b'\n', text).count() as u32;
    let open = text.last() != Some(&b'\n');
    open == block.open && newlines + u32::from(open) == block.rows
}

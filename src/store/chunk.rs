//! A chunk of output: many blocks' text packed together, and beside it what the log's index keeps of
//! each block, so that a run opens without unpacking its text.
//!
//! A block's meta, in the order of the text: a byte of flags (1 stderr, 2 stamped when written,
//! 4 continues, 8 unattributed, 16 open, 32 begins with `\r`, 64 ends in it, 128 is nothing but a line's end), then four numbers as LEB128: lane, nanoseconds since the
//! block before (zigzag; the first of a chunk since 0), bytes, rows.

use std::io::Read;

use lz4_flex::frame::FrameDecoder;
use zstd::bulk::{Compressor, Decompressor};

use super::schema::{MAX_CHUNK_BYTES, MAX_NUMBER};
use crate::run::{Block, LaneId, Stamp, Stream};

const STDERR: u8 = 1;
const WRITTEN: u8 = 2;
const CONTINUES: u8 = 4;
const UNATTRIBUTED: u8 = 8;
const OPEN: u8 = 16;
const OVER: u8 = 32;
const RETURNS: u8 = 64;
const BARE: u8 = 128;

/// A chunk as it grows.
#[derive(Default)]
pub(super) struct Builder {
    pub(super) blocks: u32,
    /// The least and the greatest time in it.
    pub(super) times_ns: Option<(u64, u64)>,
    pub(super) lines: u64,
    pub(super) meta: Vec<u8>,
    pub(super) text: Vec<u8>,
    last_ns: u64,
    compressor: Option<Compressor<'static>>,
}

/// What an LZ4 frame begins with: the text of files before schema 4.
const LZ4: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];
/// Packs a log to a fifth, faster than it is ever printed.
const LEVEL: i32 = 1;

impl Builder {
    pub(super) fn push(&mut self, block: &Block, bytes: &[u8]) {
        let mut flags = 0;
        for (flag, set) in [
            (STDERR, block.stream == Stream::Stderr),
            (WRITTEN, block.stamp == Stamp::Written),
            (CONTINUES, block.continues),
            (UNATTRIBUTED, block.unattributed),
            (OPEN, block.open),
            (OVER, block.over),
            (RETURNS, block.returns),
            (BARE, block.bare),
        ] {
            flags |= if set { flag } else { 0 };
        }
        let t_ns = block.t_ns.min(MAX_NUMBER);
        let step = t_ns.cast_signed() - self.last_ns.cast_signed();
        self.meta.push(flags);
        put(&mut self.meta, u64::from(block.lane.0));
        put(&mut self.meta, ((step << 1) ^ (step >> 63)).cast_unsigned());
        put(&mut self.meta, u64::from(block.bytes));
        put(&mut self.meta, u64::from(block.rows));
        let (least, greatest) = self.times_ns.unwrap_or((t_ns, t_ns));
        self.times_ns = Some((least.min(t_ns), greatest.max(t_ns)));
        self.last_ns = t_ns;
        self.blocks += 1;
        self.lines += u64::from(block.rows) - u64::from(block.open);
        self.text.extend_from_slice(bytes);
    }

    /// The text, packed, with a checksum.
    pub(super) fn pack(&mut self) -> std::io::Result<Vec<u8>> {
        if self.compressor.is_none() {
            let mut compressor = Compressor::new(LEVEL)?;
            compressor.include_checksum(true)?;
            self.compressor = Some(compressor);
        }
        match &mut self.compressor {
            Some(compressor) => compressor.compress(&self.text),
            None => Err(std::io::ErrorKind::OutOfMemory.into()),
        }
    }

    /// Ready for the next chunk, with the memory of this one.
    pub(super) fn clear(&mut self) {
        self.meta.clear();
        self.text.clear();
        (self.blocks, self.lines, self.last_ns, self.times_ns) = (0, 0, 0, None);
    }
}

/// The blocks of a chunk of `blocks` blocks with `bytes` bytes of text. An error says what is wrong.
pub(super) fn read_meta(mut meta: &[u8], blocks: u64, bytes: u64) -> Result<Vec<Block>, String> {
    if blocks > meta.len() as u64 / 5 {
        return Err(format!(
            "it names {blocks} blocks and describes fewer ({} bytes)",
            meta.len()
        ));
    }
    let mut list = Vec::with_capacity(blocks as usize);
    let (mut last_ns, mut sum) = (0_i64, 0_u64);
    for number in 0..blocks {
        let block = read_block(&mut meta, &mut last_ns)
            .ok_or_else(|| format!("its block {number} is no block"))?;
        sum += u64::from(block.bytes);
        list.push(block);
    }
    if !meta.is_empty() {
        return Err(format!("{} bytes follow its last block", meta.len()));
    }
    if sum != bytes {
        return Err(format!("its blocks have {sum} bytes, its text {bytes}"));
    }
    Ok(list)
}

fn read_block(meta: &mut &[u8], last_ns: &mut i64) -> Option<Block> {
    let (&flags, rest) = meta.split_first()?;
    *meta = rest;
    let lane = u32::try_from(get(meta)?).ok()?;
    let step = get(meta)?;
    let step = (step >> 1).cast_signed() ^ -((step & 1).cast_signed());
    let t_ns = last_ns.checked_add(step)?;
    let bytes = u32::try_from(get(meta)?).ok()?;
    let rows = u32::try_from(get(meta)?).ok()?;
    let open = flags & OPEN != 0;
    let newlines = rows.checked_sub(u32::from(open))?;
    let fits = (1..=MAX_CHUNK_BYTES).contains(&(bytes as usize))
        && (0..=MAX_NUMBER.cast_signed()).contains(&t_ns)
        && rows >= 1
        && newlines <= bytes - u32::from(open);
    *last_ns = t_ns;
    fits.then(|| Block {
        t_ns: t_ns.cast_unsigned(),
        lane: LaneId(lane),
        stream: if flags & STDERR != 0 {
            Stream::Stderr
        } else {
            Stream::Stdout
        },
        stamp: if flags & WRITTEN != 0 {
            Stamp::Written
        } else {
            Stamp::Read
        },
        continues: flags & CONTINUES != 0,
        unattributed: flags & UNATTRIBUTED != 0,
        open,
        over: flags & OVER != 0,
        returns: flags & RETURNS != 0,
        bare: flags & BARE != 0,
        bytes,
        rows,
        first_row: 0,
    })
}

/// The text of a chunk, which must be `bytes` long.
pub(super) fn unpack(packed: &[u8], bytes: u64) -> Result<Vec<u8>, String> {
    if bytes > MAX_CHUNK_BYTES as u64 {
        return Err(format!("{bytes} bytes can't be one chunk"));
    }
    let text = if packed.starts_with(&LZ4) {
        unpack_lz4(packed, bytes)
    } else {
        // It never gives more than there is room for.
        Decompressor::new().and_then(|mut unpacker| unpacker.decompress(packed, bytes as usize))
    };
    let text = text.map_err(|e| format!("its text can't be unpacked: {e}"))?;
    if text.len() as u64 == bytes {
        Ok(text)
    } else {
        Err(format!("its text is not the {bytes} bytes that it says"))
    }
}

fn unpack_lz4(packed: &[u8], bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    FrameDecoder::new(packed)
        .take(bytes + 1)
        .read_to_end(&mut text)?;
    Ok(text)
}

fn put(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

fn get(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for place in 0..9 {
        let (&byte, rest) = from.split_first()?;
        *from = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

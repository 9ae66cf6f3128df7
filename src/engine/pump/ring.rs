//! The file in which a process records its threads' writes, as the pump reads it.
//!
//! 64 bytes of head (the first 8: how many records were read, little-endian, written by us), then slots
//! of 48 bytes: `t_ns` or 0 (8), owner (4), length and in its top bit the stream (4), the first bytes written (14),
//! the last (14), number of the record from 1 (4). The process maps the file; a record is there before its bytes
//! reach the pipe, so that whoever has read the bytes finds the record.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::num::NonZero;
use std::path::Path;

use crate::engine::attribution::{EDGE, Record};
use crate::run::Stream;

const HEAD: u64 = 64;
const SLOT: usize = 20 + 2 * EDGE;
/// Slots that one read takes.
const STEP: u64 = 1024;
/// A ring of more slots is no ring of ours.
const SLOTS_MOST: u64 = 1 << 20;

/// A ring of records.
#[derive(Debug)]
pub struct Ring {
    file: File,
    slots: u64,
    /// Records read.
    read: u64,
    /// What the process was last told of that.
    told: u64,
}

impl Ring {
    /// Opens the file that a probe named; a name that leads elsewhere is refused.
    pub fn open(folder: &Path, name: &str, slots: u64) -> Option<Self> {
        let plain =
            name.starts_with("r.") && name.chars().all(|c| c == '.' || c.is_ascii_alphanumeric());
        if !plain || !(1..=SLOTS_MOST).contains(&slots) {
            return None;
        }
        let path = folder.join(name);
        let file = File::options().read(true).write(true).open(&path).ok()?;
        // It stays as long as it is open and mapped; on Windows it goes with the folder.
        let _ = std::fs::remove_file(path);
        Some(Self {
            file,
            slots,
            read: 0,
            told: 0,
        })
    }

    /// The records that came since; no more at once than a lap and what is written meanwhile, whatever the numbers of
    /// the slots say.
    pub fn read(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        let mut buffer = vec![0; SLOT * STEP as usize];
        while (records.len() as u64) < 2 * self.slots {
            let first = self.read % self.slots;
            let count = STEP.min(self.slots - first);
            let bytes = &mut buffer[..count as usize * SLOT];
            let at = SeekFrom::Start(HEAD + first * SLOT as u64);
            if self.file.seek(at).is_err() || self.file.read_exact(bytes).is_err() {
                break;
            }
            let before = self.read;
            for slot in bytes.chunks_exact(SLOT) {
                let Some(record) = self.slot(slot) else { break };
                records.push(record);
            }
            if self.read < before + count {
                break;
            }
        }
        if self.read - self.told >= self.slots / 8 {
            let told = self.file.seek(SeekFrom::Start(0)).is_ok()
                && self.file.write_all(&self.read.to_le_bytes()).is_ok();
            if told {
                self.told = self.read;
            }
        }
        records
    }

    fn slot(&mut self, slot: &[u8]) -> Option<Record> {
        let number = |at: usize| {
            let bytes: [u8; 4] = slot.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_le_bytes(bytes))
        };
        let serial = number(16 + 2 * EDGE)?;
        let missed = serial.wrapping_sub((self.read as u32).wrapping_add(1));
        // An older lap's record, or none, is behind; a newer lap's tells that some were written over.
        if serial == 0 || missed > u32::MAX / 2 {
            return None;
        }
        self.read += u64::from(missed) + 1;
        let size = number(12)?;
        let t_ns: [u8; 8] = slot.get(..8)?.try_into().ok()?;
        let len = size & (u32::MAX >> 1);
        Some(Record {
            owner: u64::from(number(8)?),
            t_ns: NonZero::new(u64::from_le_bytes(t_ns)),
            stream: if size == len {
                Stream::Stdout
            } else {
                Stream::Stderr
            },
            len,
            first: slot.get(16..16 + EDGE)?.try_into().ok()?,
            last: slot.get(16 + EDGE..16 + 2 * EDGE)?.try_into().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_that_are_always_new_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.1");
        let mut bytes = vec![0; HEAD as usize];
        let mut serial = 1_u32;
        for _ in 0..4 {
            let mut slot = [0; SLOT];
            slot[16 + 2 * EDGE..16 + 2 * EDGE + 4].copy_from_slice(&serial.to_le_bytes());
            bytes.extend(slot);
            // Each step ends at the next slot, and the one from the last slot, which is 4 shorter, at the first.
            serial = serial.wrapping_add((1 << 30) + 1);
        }
        std::fs::write(&path, bytes).unwrap();
        let mut ring = Ring::open(folder.path(), "r.1", 4).unwrap();
        let records = ring.read().len();
        assert!((4..=8).contains(&records), "{records}");
    }
}

//! What the model prints, buffered as the run asks, each write told to its thread.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock;
use crate::engine::attribution::EDGE;
use crate::engine::channel::Owner;
use crate::experiment::Buffering;

/// As many bytes as CPython keeps for a pipe.
const BLOCK: usize = 8192;
/// The layout of the file in which writes are told; see the pump's reader of it.
const HEAD: usize = 64;
const SLOT: usize = 20 + 2 * EDGE;
/// How many writes it holds before the first is written over.
pub(super) const SLOTS: u64 = 4096;

/// A standard output.
pub(super) struct Output {
    inner: Mutex<Inner>,
    buffering: Buffering,
}

struct Inner {
    pipe: File,
    block: Vec<u8>,
    ring: Option<Ring>,
}

impl Output {
    /// Of a pipe of the process's own.
    pub(super) fn new(pipe: File, buffering: Buffering) -> Self {
        let inner = Inner {
            pipe,
            block: Vec::new(),
            ring: None,
        };
        Self {
            inner: Mutex::new(inner),
            buffering,
        }
    }

    /// From now on each write is told to its thread. Gives the file's name, for the channel.
    pub(super) fn tell_writers(&self, folder: &Path) -> io::Result<String> {
        let name = format!("r.{}", std::process::id());
        let ring = Ring::create(&folder.join(&name))?;
        self.inner.lock().ring = Some(ring);
        Ok(name)
    }

    /// Prints a line of a thread or call.
    pub(super) fn line(&self, owner: Owner, text: &str) -> io::Result<()> {
        let line = format!("{text}\n");
        let mut inner = self.inner.lock();
        if let Some(ring) = &mut inner.ring {
            ring.tell(owner, line.as_bytes())?;
        }
        match self.buffering {
            Buffering::Line => inner.pipe.write_all(line.as_bytes()),
            Buffering::Block => {
                if inner.block.len() + line.len() > BLOCK {
                    inner.flush()?;
                }
                inner.block.extend_from_slice(line.as_bytes());
                Ok(())
            }
        }
    }

    /// Writes what is still kept.
    pub(super) fn flush(&self) -> io::Result<()> {
        self.inner.lock().flush()
    }
}

impl Inner {
    fn flush(&mut self) -> io::Result<()> {
        let block = std::mem::take(&mut self.block);
        self.pipe.write_all(&block)
    }
}

/// The file in which writes are told.
struct Ring {
    file: File,
    written: u64,
    read: u64,
}

impl Ring {
    fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)?;
        file.set_len((HEAD + SLOT * SLOTS as usize) as u64)?;
        Ok(Self {
            file,
            written: 0,
            read: 0,
        })
    }

    /// Tells a write before its bytes go. Waits where the reader is a whole ring behind: it reads our
    /// bytes meanwhile, so that it comes on.
    fn tell(&mut self, owner: Owner, bytes: &[u8]) -> io::Result<()> {
        for _ in 0..5_000 {
            if self.written - self.read < SLOTS - SLOTS / 8 {
                break;
            }
            let mut head = [0; 8];
            self.file.seek(SeekFrom::Start(0))?;
            self.file.read_exact(&mut head)?;
            self.read = u64::from_le_bytes(head);
            if self.written - self.read >= SLOTS - SLOTS / 8 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        let mut slot = [0; SLOT];
        slot[..8].copy_from_slice(&clock::now_ns().to_le_bytes());
        slot[8..12].copy_from_slice(&(owner as u32).to_le_bytes());
        slot[12..16].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
        let edge = bytes.len().min(EDGE);
        slot[16..16 + edge].copy_from_slice(&bytes[..edge]);
        slot[16 + EDGE..16 + EDGE + edge].copy_from_slice(&bytes[bytes.len() - edge..]);
        slot[16 + 2 * EDGE..].copy_from_slice(&(self.written as u32 + 1).to_le_bytes());
        let at = HEAD + SLOT * (self.written % SLOTS) as usize;
        self.file.seek(SeekFrom::Start(at as u64))?;
        self.file.write_all(&slot)?;
        self.written += 1;
        Ok(())
    }
}

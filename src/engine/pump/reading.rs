//! One output pipe: when it is read, and how its bytes become whole lines.

use std::io::{ErrorKind, Read};
use std::sync::Arc;

use crate::engine::platform::pipes::Reader;

/// The most that one read takes.
pub(super) const READ: usize = 1 << 20;
/// After a read of a pipe that is written to all the time it is left alone for so long: fewer, larger
/// reads leave the cores to the workers.
const REST_NS: u64 = 1_000_000;
/// Two reads that brought something within this time make a flood.
const FLOOD_NS: u64 = 4_000_000;
/// A flood is over when nothing came for so long.
const CALM_NS: u64 = 8_000_000;
/// A line without its end is held back for so long, in time and in bytes.
const HOLD_NS: u64 = 250_000_000;
const HOLD: usize = 64 << 10;
/// What a flooding pipe may grow to.
const GROWN: usize = 1 << 20;

/// Whether a read of `n` bytes into a room of `most` left nothing: what comes then the poller tells of. mio promises
/// it only after a read that would block; a pipe on Linux, whose poller is edge-triggered, keeps to this too.
pub(super) fn is_drained_by(n: usize, most: usize) -> bool {
    cfg!(target_os = "linux") && n < most
}

/// A read end of an output pipe and what was read of it.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) reader: Reader,
    size: usize,
    /// Whether a read may bring something.
    ready: bool,
    /// The poller told of its last writer's end: it tells no more.
    left: bool,
    /// Read by the clock, not on events.
    flooding: bool,
    /// Whether the poller watches it.
    pub(super) watched: bool,
    last_ns: u64,
    rest_ns: u64,
    ended: bool,
    /// Whole lines, and when they were read.
    lines: Vec<(u64, Arc<[u8]>)>,
    /// A line without its end, and when its first byte was read.
    tail: Vec<u8>,
    tail_ns: u64,
}

impl Output {
    pub(super) fn new(reader: Reader, size: usize) -> Self {
        Self {
            reader,
            size,
            ready: true,
            left: true,
            flooding: false,
            watched: false,
            last_ns: 0,
            rest_ns: 0,
            ended: false,
            lines: Vec::new(),
            tail: Vec::new(),
            tail_ns: 0,
        }
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn has_grown(&self) -> bool {
        self.size == GROWN
    }

    /// The poller told of it; `left` where it also told that no writer is there any more.
    pub(super) fn set_ready(&mut self, left: bool) {
        self.ready = true;
        self.left |= left;
    }

    /// Whether it should be read by the clock and not on events: each write to a watched pipe wakes us,
    /// and that costs the writer more than the write.
    pub(super) fn is_flooding(&self) -> bool {
        self.flooding
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// When it must be looked at without an event.
    pub(super) fn due_ns(&self) -> Option<u64> {
        let read = (self.ready || self.flooding).then_some(self.rest_ns);
        let hold = (!self.tail.is_empty()).then_some(self.tail_ns + HOLD_NS);
        [read, hold].into_iter().flatten().min()
    }

    /// Reads once if it is time; returns whether something came, and by how much the pipe was enlarged.
    pub(super) fn read(&mut self, now_ns: u64, scratch: &mut [u8], room: usize) -> (bool, usize) {
        if self.ended || !(self.ready || self.flooding) || now_ns < self.rest_ns {
            return (false, 0);
        }
        match self.reader.read(scratch) {
            Ok(0) => {
                self.ended = true;
                (true, 0)
            }
            Ok(n) => {
                self.ready = self.left || !is_drained_by(n, scratch.len());
                let grown = self.pace(now_ns, n, room);
                self.take(now_ns, &scratch[..n]);
                (true, grown)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => (false, 0),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.ready = false;
                self.left = false;
                if self.flooding {
                    self.rest_ns = now_ns + REST_NS;
                    self.flooding = now_ns < self.last_ns + CALM_NS;
                }
                (false, 0)
            }
            Err(_) => {
                self.ended = true;
                (true, 0)
            }
        }
    }

    /// Decides on a rest after a read of `n` bytes; returns by how much the pipe was enlarged.
    fn pace(&mut self, now_ns: u64, n: usize, room: usize) -> usize {
        let soon = self.last_ns > 0 && now_ns < self.last_ns + FLOOD_NS;
        self.last_ns = now_ns;
        self.flooding |= soon;
        if !self.flooding {
            return 0;
        }
        self.rest_ns = now_ns + REST_NS;
        if n < self.size / 2 || self.size >= GROWN || room < GROWN {
            return 0;
        }
        let grown = GROWN - self.size;
        self.reader.resize(GROWN);
        self.size = GROWN;
        grown
    }

    fn take(&mut self, now_ns: u64, bytes: &[u8]) {
        let Some(end) = memchr::memrchr(b'\n', bytes) else {
            if self.tail.is_empty() {
                self.tail_ns = now_ns;
            }
            self.tail.extend_from_slice(bytes);
            if self.tail.len() >= HOLD {
                self.let_go(now_ns);
            }
            return;
        };
        let (whole, rest) = bytes.split_at(end + 1);
        if self.tail.is_empty() {
            self.lines.push((now_ns, Arc::from(whole)));
        } else {
            self.tail.extend_from_slice(whole);
            self.let_go(now_ns);
        }
        if !rest.is_empty() {
            self.tail.extend_from_slice(rest);
            self.tail_ns = now_ns;
        }
    }

    fn let_go(&mut self, t_ns: u64) {
        let bytes = std::mem::take(&mut self.tail);
        self.lines.push((t_ns, Arc::from(bytes)));
    }

    /// What may be reported now: whole lines, and a line without its end once it was held long enough.
    pub(super) fn finished(&mut self, now_ns: u64) -> Vec<(u64, Arc<[u8]>)> {
        let long = now_ns >= self.tail_ns + HOLD_NS;
        if !self.tail.is_empty() && (self.ended || long) {
            self.let_go(self.tail_ns);
        }
        std::mem::take(&mut self.lines)
    }
}

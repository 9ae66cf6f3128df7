//! Tells which thread of a process wrote which line.
//!
//! Once a process has more than one thread, its probe records what is written through `sys.stdout` and
//! `sys.stderr` in the order of the stream: who, when, how many bytes, the first of them and the last; what
//! one thread wrote with nobody between may be one record. Here the records are laid along the bytes that came.
//! Bytes of others (`os.write`, C code, a shell that shares the pipe) have no record: they are found because
//! the next record's first bytes do not stand where they should, and are given to nobody. What comes in may
//! be wrong in every way; the bytes are never changed, lost or reordered.

use std::collections::VecDeque;
use std::num::NonZero;
use std::ops::Range;

use super::channel::Owner;
use crate::run::Stream;

/// What a thread wrote, in the order of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who wrote it.
    pub owner: Owner,
    /// When, absolute nanoseconds, where that is known.
    pub t_ns: Option<NonZero<u64>>,
    /// To which stream.
    pub stream: Stream,
    /// How many bytes it put into the stream.
    pub len: u32,
    /// The first of them; where there are fewer, the rest means nothing.
    pub first: [u8; EDGE],
    /// The last of them; likewise.
    pub last: [u8; EDGE],
}

/// How many bytes at each end of what was written a record has.
pub const EDGE: usize = 14;

impl Record {
    fn edge(&self) -> usize {
        EDGE.min(self.len as usize)
    }

    fn first(&self) -> &[u8] {
        &self.first[..self.edge()]
    }

    /// Whether its bytes may begin at `rest`, as far as they are there.
    fn fits(&self, rest: &[u8]) -> bool {
        let length = self.edge().min(rest.len());
        length > 0
            && rest[..length] == self.first[..length]
            && rest
                .get(..self.len as usize)
                .is_none_or(|whole| whole.ends_with(&self.last[..self.edge()]))
    }
}

/// Who wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// This thread or call (0: the process itself), by a `write` at `t_ns`, absolute, where that is known.
    Known {
        /// Who.
        owner: Owner,
        /// When.
        t_ns: Option<NonZero<u64>>,
    },
    /// The process, when there was only one thread that could have.
    Alone,
    /// It can't be told.
    Unknown,
}

/// Some lines of one writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where they are in the bytes.
    pub range: Range<usize>,
    /// Whose they are: the writer of their first byte.
    pub writer: Writer,
}

/// Lines of one writer within this time are told together.
const TOGETHER_NS: u64 = 1_000_000;
/// How many records ahead one is looked for when the next does not fit.
const AHEAD: usize = 64;
/// How often a record may be passed by others': a thread that waits for the GIL between its record and its
/// write is passed by all that the others write meanwhile.
const PASSED: u32 = 100_000;
/// More records than this can't be in flight: the oldest are dropped.
const QUEUE: usize = 1 << 18;
/// As few bytes as this prove nothing.
const PROOF: usize = 3;

/// The records of one stream that have not met their bytes.
#[derive(Debug, Default)]
pub struct Attribution {
    queue: VecDeque<Record>,
    /// Bytes of the front record that came.
    used: u32,
    /// How often a record went before the front one.
    passed: u32,
    /// Whether a record was met yet; what comes before is from when there was one thread.
    met: bool,
}

impl Attribution {
    /// Takes a record, in the order of the stream.
    pub fn push(&mut self, record: Record) {
        if record.len == 0 {
            return;
        }
        if self.queue.len() >= QUEUE {
            self.next();
        }
        self.queue.push_back(record);
    }

    /// Whose the lines in `bytes` are. The parts cover `bytes` without gap, and end at lines' ends or at
    /// the end of `bytes`.
    pub fn parts(&mut self, bytes: &[u8]) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut writer = Writer::Unknown;
        let mut line_starts = true;
        let mut at = 0;
        while at < bytes.len() {
            let (end, who) = self.segment(bytes, at);
            let end = end.clamp(at + 1, bytes.len());
            while at < end {
                if line_starts {
                    writer = who;
                }
                // A line that this writer begins and another ends is this one's, as a whole.
                let line = memchr::memchr(b'\n', &bytes[at..end]).map_or(end, |i| at + i + 1);
                add(&mut parts, at..line, writer, line_starts);
                line_starts = bytes[line - 1] == b'\n';
                at = line;
            }
        }
        parts
    }

    /// The end of the bytes from `at` on that have one writer, and who that is.
    fn segment(&mut self, bytes: &[u8], at: usize) -> (usize, Writer) {
        let rest = &bytes[at..];
        if self.used == 0 && !self.settle(rest) {
            let end = self.next_place(rest).map_or(bytes.len(), |skip| at + skip);
            let who = if self.met {
                Writer::Unknown
            } else {
                Writer::Alone
            };
            return (end, who);
        }
        let Some(front) = self.queue.front() else {
            return (bytes.len(), Writer::Unknown);
        };
        let writer = Writer::Known {
            owner: front.owner,
            t_ns: front.t_ns,
        };
        let left = front.len.saturating_sub(self.used);
        let taken = rest.len().min(left as usize);
        self.met = true;
        if taken as u32 == left {
            self.next();
        } else {
            self.used += taken as u32;
        }
        (at + taken, writer)
    }

    fn next(&mut self) {
        self.queue.pop_front();
        self.used = 0;
    }

    /// Whether a record begins here, which then is the front one. Writes of two threads may have changed
    /// places between record and stream, those of one thread never do: the first record of any thread may be
    /// next. A record whose bytes will never come (the write failed) is dropped when a later one of its thread
    /// fits.
    fn settle(&mut self, rest: &[u8]) -> bool {
        if let Some(front) = self.queue.front().filter(|front| front.fits(rest)) {
            let after = rest.get(front.len as usize..).unwrap_or_default();
            if after.is_empty() || self.queue.get(1).is_none_or(|next| next.fits(after)) {
                self.passed = 0;
                return true; // As it nearly always is.
            }
        }
        let heads = self.heads();
        let fitting: Vec<usize> = heads
            .iter()
            .copied()
            .filter(|&i| self.queue[i].fits(rest))
            .collect();
        let followed = |i: usize| {
            let after = rest.get(self.queue[i].len as usize..).unwrap_or_default();
            after.is_empty() || self.heads_without(i).any(|next| next.fits(after))
        };
        let next = match fitting[..] {
            [] => None,
            [0] => Some(0),
            _ => fitting.iter().copied().find(|&i| followed(i)).or_else(|| {
                fitting
                    .first()
                    .copied()
                    .filter(|&i| i == 0 || self.proves(i))
            }),
        };
        if let Some(index) = next {
            self.bring(index);
            return true;
        }
        let later = (1..self.queue.len().min(AHEAD)).find(|&i| {
            let expected = self.expected(i);
            expected.len() >= PROOF && rest.starts_with(&expected)
        });
        let Some(later) = later else { return false };
        let owner = self.queue[later].owner;
        for index in (0..later).rev() {
            if self.queue[index].owner == owner {
                self.queue.remove(index);
            }
        }
        let index = self.queue.iter().position(|record| record.owner == owner);
        self.bring(index.unwrap_or(0));
        true
    }

    /// Makes a record the front one. What was passed too often will not come.
    fn bring(&mut self, index: usize) {
        if index == 0 {
            self.passed = 0;
            return;
        }
        if let Some(record) = self.queue.remove(index) {
            self.passed += 1;
            if self.passed > PASSED {
                self.next();
                self.passed = 0;
            }
            self.queue.push_front(record);
        }
    }

    /// The first record of each thread, among the next ones.
    fn heads(&self) -> Vec<usize> {
        let mut seen: Vec<Owner> = Vec::new();
        let mut heads = Vec::new();
        for (i, record) in self.queue.iter().take(AHEAD).enumerate() {
            if !seen.contains(&record.owner) {
                seen.push(record.owner);
                heads.push(i);
            }
        }
        heads
    }

    /// The same, when the record at `taken` is gone.
    fn heads_without(&self, taken: usize) -> impl Iterator<Item = &Record> {
        let mut seen: Vec<Owner> = Vec::new();
        let queue = self.queue.iter().take(AHEAD).enumerate();
        queue.filter_map(move |(i, record)| {
            if i == taken || seen.contains(&record.owner) {
                return None;
            }
            seen.push(record.owner);
            Some(record)
        })
    }

    fn proves(&self, index: usize) -> bool {
        self.queue[index].first().len() >= PROOF
    }

    /// Where in `rest` a record begins, after bytes of others.
    fn next_place(&self, rest: &[u8]) -> Option<usize> {
        let front = self.expected(0);
        let others = self.heads().into_iter().skip(1);
        let others = others
            .filter(|&i| self.proves(i))
            .map(|i| self.queue[i].first().to_vec());
        std::iter::once(front)
            .chain(others)
            .filter(|text| text.len() >= PROOF)
            .filter_map(|text| memchr::memmem::find(rest, &text))
            .min()
    }

    /// The bytes that the records from `index` on put into the stream, as far as they are known.
    fn expected(&self, index: usize) -> Vec<u8> {
        let mut expected = Vec::new();
        for record in self.queue.range(index..) {
            expected.extend_from_slice(record.first());
            if (record.edge() as u32) < record.len || expected.len() >= PROOF {
                break;
            }
        }
        expected
    }
}

fn add(parts: &mut Vec<Part>, range: Range<usize>, writer: Writer, line_starts: bool) {
    if let Some(last) = parts.last_mut() {
        let same = match (last.writer, writer) {
            (Writer::Known { owner, t_ns }, Writer::Known { owner: o, t_ns: t }) => {
                let together = match (t_ns, t) {
                    (Some(before), Some(after)) => {
                        after.get() < before.get().saturating_add(TOGETHER_NS)
                    }
                    (before, after) => before == after,
                };
                owner == o && together
            }
            (one, other) => one == other,
        };
        if same || !line_starts {
            last.range.end = range.end;
            return;
        }
    }
    parts.push(Part { range, writer });
}

#[cfg(test)]
mod tests;

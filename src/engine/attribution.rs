//! Tells which thread of a process wrote which line.
//!
//! Once a process has more than one thread, its probe records each `write` of `sys.stdout` and `sys.stderr`
//! in the order of the stream: who, when, how many bytes, and the first of them. Here the records are laid
//! along the bytes that came. Bytes of others (`os.write`, C code, a shell that shares the pipe) have no
//! record: they are found because the next record's first bytes do not stand where they should, and are
//! given to nobody. What comes in may be wrong in every way; the bytes are never changed, lost or reordered.

use std::collections::VecDeque;
use std::ops::Range;

use super::channel::Owner;
use crate::run::Stream;

/// One `write` of a thread, in the order of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who called `write`.
    pub owner: Owner,
    /// When, absolute nanoseconds.
    pub t_ns: u64,
    /// To which stream.
    pub stream: Stream,
    /// How many bytes it puts into the stream.
    pub len: u32,
    /// The first of them.
    pub first: Vec<u8>,
}

/// Who wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// This thread or call (0: the process itself), by a `write` at `t_ns`, absolute.
    Known {
        /// Who.
        owner: Owner,
        /// When.
        t_ns: u64,
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
/// How many records ahead one may have changed places, and how often one may be passed.
const NEAR: usize = 8;
const PASSED: u32 = 16;
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

    /// Whether a record begins here, which then is the front one. Two writes may have changed places between
    /// record and stream: a near record that fits goes first. Records whose bytes will never come (the write
    /// failed) are dropped when a later one fits.
    fn settle(&mut self, rest: &[u8]) -> bool {
        match self.queue.front() {
            None => return false,
            Some(front) if fits(front, rest) => {
                self.passed = 0;
                return true;
            }
            Some(_) => {}
        }
        let near = (1..self.queue.len().min(NEAR)).find(|&i| {
            let record = &self.queue[i];
            record.first.len() >= PROOF && fits(record, rest)
        });
        if let Some(record) = near.and_then(|i| self.queue.remove(i)) {
            self.passed += 1;
            if self.passed > PASSED {
                self.next(); // It was passed so often that its bytes will not come.
                self.passed = 0;
            }
            self.queue.push_front(record);
            return true;
        }
        if self.next_place(rest).is_some() {
            return false; // Others' bytes come first.
        }
        let later = (1..self.queue.len().min(AHEAD)).find(|&i| {
            let expected = self.expected(i);
            expected.len() >= PROOF && rest.starts_with(&expected)
        });
        for _ in 0..later.unwrap_or(0) {
            self.next();
        }
        later.is_some()
    }

    /// Where in `rest` the front record begins, after bytes of others.
    fn next_place(&self, rest: &[u8]) -> Option<usize> {
        let expected = self.expected(0);
        if expected.len() < PROOF {
            return None;
        }
        memchr::memmem::find(rest, &expected)
    }

    /// The bytes that the records from `index` on put into the stream, as far as they are known.
    fn expected(&self, index: usize) -> Vec<u8> {
        let mut expected = Vec::new();
        for record in self.queue.range(index..) {
            expected.extend_from_slice(&record.first);
            if (record.first.len() as u32) < record.len || expected.len() >= PROOF {
                break;
            }
        }
        expected
    }
}

fn fits(record: &Record, rest: &[u8]) -> bool {
    let length = record.first.len().min(rest.len());
    length > 0 && rest[..length] == record.first[..length]
}

fn add(parts: &mut Vec<Part>, range: Range<usize>, writer: Writer, line_starts: bool) {
    if let Some(last) = parts.last_mut() {
        let same = match (last.writer, writer) {
            (Writer::Known { owner, t_ns }, Writer::Known { owner: o, t_ns: t }) => {
                owner == o && t < t_ns.saturating_add(TOGETHER_NS)
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(owner: Owner, text: &str) -> Record {
        Record {
            owner,
            t_ns: owner * 10_000_000,
            stream: Stream::Stdout,
            len: text.len() as u32,
            first: text.bytes().take(12).collect(),
        }
    }

    /// What each part says, and whose it is (99: nobody's, 98: alone).
    fn told(attribution: &mut Attribution, bytes: &str) -> Vec<(u64, String)> {
        let parts = attribution.parts(bytes.as_bytes());
        let who = |writer| match writer {
            Writer::Known { owner, .. } => owner,
            Writer::Unknown => 99,
            Writer::Alone => 98,
        };
        parts
            .into_iter()
            .map(|part| (who(part.writer), bytes[part.range].to_owned()))
            .collect()
    }

    fn with(records: &[(u64, &str)]) -> Attribution {
        let mut attribution = Attribution::default();
        for &(owner, text) in records {
            attribution.push(record(owner, text));
        }
        attribution
    }

    #[test]
    fn a_line_in_which_two_threads_meet_is_the_first_ones() {
        let mut a = with(&[
            (1, "one"),
            (2, "two"),
            (1, "\n"),
            (2, "\n"),
            (2, "end"),
            (2, "\n"),
        ]);
        assert_eq!(
            told(&mut a, "onetwo\n\nend\n"),
            [(1, "onetwo\n".into()), (2, "\nend\n".into())]
        );
    }

    #[test]
    fn a_line_that_comes_in_pieces_keeps_its_writer() {
        let mut a = with(&[(1, "a long line of text\n"), (2, "b\n")]);
        assert_eq!(told(&mut a, "a long"), [(1, "a long".into())]);
        assert_eq!(
            told(&mut a, " line of text\nb\n"),
            [(1, " line of text\n".into()), (2, "b\n".into())]
        );
    }

    #[test]
    fn bytes_of_others_are_nobodys_and_the_next_record_is_found_again() {
        let mut a = with(&[(1, "first"), (1, "\n"), (2, "second"), (2, "\n")]);
        assert_eq!(
            told(&mut a, "early\nfirst\nfrom a shell\nsecond\nlate\n"),
            [
                (98, "early\n".into()),
                (1, "first\n".into()),
                (99, "from a shell\n".into()),
                (2, "second\n".into()),
                (99, "late\n".into()),
            ]
        );
    }

    #[test]
    fn a_write_that_failed_does_not_shift_the_others() {
        let mut a = with(&[
            (1, "ok\n"),
            (1, "never came"),
            (2, "second\n"),
            (1, "third\n"),
        ]);
        assert_eq!(
            told(&mut a, "ok\nsecond\nthird\n"),
            [
                (1, "ok\n".into()),
                (2, "second\n".into()),
                (1, "third\n".into())
            ]
        );
    }

    #[test]
    fn two_writes_that_changed_places_keep_their_writers() {
        let mut a = with(&[(1, "one\n"), (2, "two\n"), (1, "three\n")]);
        assert_eq!(
            told(&mut a, "two\none\nthree\n"),
            [(2, "two\n".into()), (1, "one\nthree\n".into())]
        );
    }

    proptest! {
        #[test]
        fn the_bytes_are_covered_whatever_the_records_say(
            records in proptest::collection::vec((0u64..4, 0u32..9, "[ab\n]{0,6}"), 0..40),
            chunks in proptest::collection::vec("[abc\n]{1,20}", 0..10),
        ) {
            let mut attribution = Attribution::default();
            for (owner, len, first) in records {
                let first = first.into_bytes();
                attribution.push(Record { owner, t_ns: 1, stream: Stream::Stdout, len, first });
            }
            for chunk in chunks {
                let parts = attribution.parts(chunk.as_bytes());
                let mut at = 0;
                for part in parts {
                    prop_assert_eq!(part.range.start, at);
                    prop_assert!(part.range.end > at);
                    at = part.range.end;
                }
                prop_assert_eq!(at, chunk.len());
            }
        }

        #[test]
        fn without_bytes_of_others_every_line_has_the_writer_of_its_first_byte(
            writes in proptest::collection::vec((1u64..4, "[ab\n]{1,15}"), 1..60),
        ) {
            let mut attribution = Attribution::default();
            let mut owners = Vec::new();
            let mut text = String::new();
            for (owner, write) in &writes {
                attribution.push(record(*owner, write));
                text.push_str(write);
                owners.extend(write.bytes().map(|_| *owner));
            }
            let mut expected = Vec::new();
            let mut at = 0;
            for line in text.split_inclusive('\n') {
                expected.extend(line.bytes().map(|_| owners[at]));
                at += line.len();
            }
            let mut found = Vec::new();
            for (owner, part) in told(&mut attribution, &text) {
                found.extend(part.bytes().map(|_| owner));
            }
            prop_assert_eq!(found, expected);
        }
    }
}

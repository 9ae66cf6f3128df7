//! One program that reports: its event channel, its output pipes, its ring.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use mio::{Interest, Registry, Token};

use super::reading::{Output, is_drained_by};
use super::ring::Ring;
use crate::engine::channel::{Lines, Said, What};
use crate::engine::platform::pipes::{Reader, Set};
use crate::run::Stream;

/// A stream's output that may be reported: when it was read, and what.
type Finished = (Stream, (u64, Arc<[u8]>));

/// A part of a program that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Events,
    Stdout,
    Stderr,
}

impl Part {
    const OUTPUTS: [Self; 2] = [Self::Stdout, Self::Stderr];

    pub(super) fn of(number: usize) -> Self {
        match number {
            0 => Self::Events,
            1 => Self::Stdout,
            _ => Self::Stderr,
        }
    }

    pub(super) fn stream(self) -> Option<Stream> {
        match self {
            Self::Events => None,
            Self::Stdout => Some(Stream::Stdout),
            Self::Stderr => Some(Stream::Stderr),
        }
    }

    fn output(self) -> Option<usize> {
        match self {
            Self::Events => None,
            Self::Stdout => Some(0),
            Self::Stderr => Some(1),
        }
    }

    fn token(self, number: usize) -> Token {
        Token(number * 4 + self.output().map_or(0, |index| index + 1))
    }
}

/// Pipes that came to their end.
#[derive(Debug, Default)]
struct Spent {
    events: Option<Reader>,
    outputs: [Option<Reader>; 2],
}

/// How long a set stands claimed without a writer before it is given up: who claims one opens it next.
const ABANDONED_NS: u64 = 1_000_000_000;

/// A program.
#[derive(Debug)]
pub(super) struct Program {
    /// Known once it said hello.
    pid: Option<u32>,
    events: Option<Reader>,
    lines: Lines,
    outputs: [Option<Output>; 2],
    ring: Option<Ring>,
    /// Something was read from an output pipe in this pass.
    wrote: bool,
    /// The event channel came to its end in this pass.
    events_ended: bool,
    events_ready: bool,
    events_left: bool,
    /// Since when the event channel has no writer any more, before a hello.
    left_ns: Option<u64>,
    /// Pipes of a set that came to their end: whole again, the set can be offered again.
    spent: Spent,
    /// A line that could not be read was already told of.
    complained: bool,
}

impl Program {
    fn new(pid: Option<u32>, events: Option<Reader>, stdout: Reader, stderr: Reader) -> Self {
        let sizes = (stdout.size(), stderr.size());
        Self {
            pid,
            events,
            lines: Lines::default(),
            outputs: [
                Some(Output::new(stdout, sizes.0)),
                Some(Output::new(stderr, sizes.1)),
            ],
            ring: None,
            wrote: false,
            events_ended: false,
            events_ready: false,
            events_left: false,
            left_ns: None,
            spent: Spent::default(),
            complained: false,
        }
    }

    /// The pipes that the root was started with.
    pub(super) fn root(pid: u32, stdout: Reader, stderr: Reader) -> Self {
        Self::new(Some(pid), None, stdout, stderr)
    }

    /// A set that waits for its process.
    pub(super) fn unclaimed(set: Set) -> Self {
        Self::new(None, Some(set.events), set.stdout, set.stderr)
    }

    /// The set of a program that is over, all its pipes watched, to be offered again. None where a part is missing or
    /// grew.
    pub(super) fn into_set(self) -> Option<Set> {
        let [stdout, stderr] = self.spent.outputs;
        Some(Set {
            events: self.spent.events?,
            stdout: stdout?,
            stderr: stderr?,
        })
    }

    /// A set that was used before and waits for its process again: the poller knows its pipes.
    pub(super) fn unclaimed_again(set: Set) -> Self {
        let mut program = Self::unclaimed(set);
        for output in program.outputs.iter_mut().flatten() {
            output.watched = true;
        }
        program
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.pid
    }

    pub(super) fn has(&self, part: Part) -> bool {
        match part.output() {
            Some(index) => self.outputs[index].is_some(),
            None => self.events.is_some(),
        }
    }

    /// Whether who claimed it went away before it said hello: nobody else will come.
    pub(super) fn is_abandoned(&self, now_ns: u64) -> bool {
        self.left_ns
            .is_some_and(|left_ns| now_ns > left_ns + ABANDONED_NS)
            && self.events.as_ref().is_some_and(Reader::was_claimed)
    }

    /// Watches what may be read before the program said anything.
    pub(super) fn register(&mut self, registry: &Registry, number: usize) -> io::Result<()> {
        match &mut self.events {
            Some(events) => {
                registry.register(events, Part::Events.token(number), Interest::READABLE)
            }
            None => self.register_outputs(registry, number),
        }
    }

    /// Watches the output pipes, once the program has opened them.
    pub(super) fn register_outputs(
        &mut self,
        registry: &Registry,
        number: usize,
    ) -> io::Result<()> {
        for part in Part::OUTPUTS {
            if let Some(output) = part.output().and_then(|index| self.outputs[index].as_mut())
                && !output.watched
            {
                registry.register(&mut output.reader, part.token(number), Interest::READABLE)?;
                output.watched = true;
            }
        }
        Ok(())
    }

    /// The poller told of a part; `left` where it also told that no writer is there any more.
    pub(super) fn ready(&mut self, part: Part, left: bool) {
        match part.output() {
            None => {
                self.events_ready = true;
                self.events_left |= left;
            }
            Some(index) => {
                if let Some(output) = &mut self.outputs[index] {
                    output.set_ready(left);
                }
            }
        }
    }

    /// When it must be looked at without an event.
    pub(super) fn due_ns(&self) -> Option<u64> {
        self.pid?;
        self.outputs
            .iter()
            .flatten()
            .filter_map(Output::due_ns)
            .min()
    }

    /// Reads the output pipes whose time it is, and returns by how many bytes they were enlarged: at most
    /// `room`.
    pub(super) fn read_output(&mut self, now_ns: u64, scratch: &mut [u8], room: usize) -> usize {
        let mut grown = 0;
        self.wrote = false;
        if self.pid.is_some() {
            for output in self.outputs.iter_mut().flatten() {
                let (something, more) = output.read(now_ns, scratch, room.saturating_sub(grown));
                self.wrote |= something;
                grown += more;
            }
        }
        grown
    }

    /// Reads what the program said. A hello names the process and settles which pipes it uses.
    pub(super) fn read_events(
        &mut self,
        now_ns: u64,
        folder: &Path,
        scratch: &mut [u8],
    ) -> Vec<Said> {
        let mut said = Vec::new();
        if !(self.events_ready || self.wrote) {
            return said;
        }
        while let Some(events) = &mut self.events {
            match events.read(scratch) {
                Ok(0) => {
                    // Before the first writer there is no end, only nobody.
                    self.events_ended = self.pid.is_some();
                    self.left_ns = self.left_ns.or(Some(now_ns));
                    break;
                }
                Ok(n) => {
                    self.hear(folder, &scratch[..n], &mut said);
                    if is_drained_by(n, scratch.len()) && !self.events_left {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.events_ended = error.kind() != io::ErrorKind::WouldBlock;
                    self.left_ns = None;
                    break;
                }
            }
        }
        self.events_ready = false;
        self.events_left = false;
        said
    }

    fn hear(&mut self, folder: &Path, bytes: &[u8], said: &mut Vec<Said>) {
        for line in self.lines.take(crate::clock::now_ns(), bytes) {
            match line {
                Ok(heard) => self.heard(folder, heard, said),
                Err(why) if !self.complained => {
                    self.complained = true;
                    let what = What::Garbled {
                        why: why.to_string(),
                    };
                    said.push(Said {
                        t_ns: crate::clock::now_ns(),
                        what,
                    });
                }
                Err(_) => {}
            }
        }
    }

    fn heard(&mut self, folder: &Path, heard: Said, said: &mut Vec<Said>) {
        match &heard.what {
            What::Hello(hello) if self.pid.is_none() => {
                self.pid = Some(hello.pid);
                for (index, letter) in ['o', 'e'].into_iter().enumerate() {
                    if !hello.taken.contains(letter) {
                        self.outputs[index] = None;
                    }
                }
            }
            What::Ring { name, slots } => self.ring = Ring::open(folder, name, *slots),
            _ => {}
        }
        // Until its hello, nothing can be said of anybody.
        if self.pid.is_some() {
            said.push(heard);
        }
    }

    /// Who wrote what, where that is recorded and something was read.
    pub(super) fn read_ring(&mut self, now_ns: u64) -> Option<Said> {
        let ring = self.ring.as_mut().filter(|_| self.wrote)?;
        let records = ring.read();
        (!records.is_empty()).then_some(Said {
            t_ns: now_ns,
            what: What::Written(records),
        })
    }

    /// Output that may be reported: stream, and when what was read.
    pub(super) fn finished(&mut self, now_ns: u64) -> Vec<Finished> {
        let mut all = Vec::new();
        for (output, stream) in self
            .outputs
            .iter_mut()
            .zip([Stream::Stdout, Stream::Stderr])
        {
            if let Some(output) = output {
                all.extend(
                    output
                        .finished(now_ns)
                        .into_iter()
                        .map(|part| (stream, part)),
                );
            }
        }
        all
    }

    /// Puts away the pipes that came to their end; one that grew is let go of.
    pub(super) fn closed(&mut self, registry: &Registry) -> Vec<Part> {
        let mut closed = Vec::new();
        for part in Part::OUTPUTS {
            let Some(index) = part.output() else { continue };
            if self.outputs[index].as_ref().is_some_and(Output::is_ended)
                && let Some(mut output) = self.outputs[index].take()
            {
                if output.watched && !output.has_grown() {
                    self.spent.outputs[index] = Some(output.reader);
                } else if output.watched {
                    let _ = registry.deregister(&mut output.reader);
                }
                closed.push(part);
            }
        }
        if std::mem::take(&mut self.events_ended) {
            self.spent.events = self.events.take();
            closed.push(Part::Events);
        }
        closed
    }

    /// Has flooding pipes read by the clock, and others watched; returns whether the program must be
    /// looked at again without an event.
    pub(super) fn arrange(&mut self, registry: &Registry, number: usize) -> bool {
        if self.pid.is_none() {
            return false;
        }
        for part in Part::OUTPUTS {
            let Some(output) = part.output().and_then(|index| self.outputs[index].as_mut()) else {
                continue;
            };
            let watch = !output.is_flooding();
            if output.watched && !watch {
                let _ = registry.deregister(&mut output.reader);
                output.watched = false;
            } else if watch && !output.watched {
                let token = part.token(number);
                output.watched = registry
                    .register(&mut output.reader, token, Interest::READABLE)
                    .is_ok();
                output.set_ready(true);
            }
        }
        self.due_ns().is_some()
    }

    pub(super) fn is_over(&self) -> bool {
        self.pid.is_some() && self.open() == 0
    }

    /// Pipes that may still bring something; a set that waits for its process has none.
    pub(super) fn open(&self) -> usize {
        let outputs = self.outputs.iter().flatten().count();
        self.pid
            .map_or(0, |_| outputs + usize::from(self.events.is_some()))
    }

    /// Bytes of its pipes' buffers.
    pub(super) fn buffers(&self) -> usize {
        let outputs: usize = self.outputs.iter().flatten().map(Output::size).sum();
        let spent = self.spent.outputs.iter().chain([&self.spent.events]);
        let readers = spent.chain([&self.events]).flatten();
        outputs + readers.map(Reader::size).sum::<usize>()
    }
}

//! What came and is not yet on disk: the queue between the controller and the writer, and the newest
//! text, readable from memory.
//!
//! The queue is bounded by bytes. A full one makes the controller wait, so the pipes fill and the workers
//! wait in `write`, as they would for any slow reader: nothing is lost for speed. Only a disk that takes
//! nothing for [`PATIENCE`] counts as broken.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::RecordError;
use super::error::GOES_ON;
use crate::run::{Block, BlockId, Event, Kind, Stretch};

/// What may wait for the disk.
pub(super) const QUEUE_BYTES: usize = 16 << 20;
/// Text that stays readable from memory after it is on disk, for a log that follows.
const RECENT_BYTES: usize = 4 << 20;
/// At so much the writer writes at once.
const BATCH_BYTES: usize = 512 << 10;
/// So long the writer waits for more, and so much a crash loses.
const FLUSH_EVERY: Duration = Duration::from_millis(500);
/// So long a full queue is waited for before the disk counts as broken.
const PATIENCE: Duration = Duration::from_secs(10);
/// So long the end of a recording is waited for before the disk counts as broken.
const LAST_PATIENCE: Duration = Duration::from_mins(1);
/// Text that a run without any file keeps in memory.
const MEMORY_BYTES: usize = 64 << 20;
/// Events that wait for another try after a failure; more are kept in the run's memory only.
const STUCK_EVENTS: usize = 65_536;

/// Where the recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The writer takes what comes.
    Writing,
    /// The file takes no more.
    Failed,
    /// There is no file; text stays in memory as far as it fits.
    Memory,
    /// Nothing is kept at all, as was asked for.
    Nowhere,
}

pub(super) struct Inner {
    pub(super) state: State,
    /// Set once, by whoever sees the first failure; taken by the controller.
    pub(super) error: Option<RecordError>,
    /// Whether the writer shall write what there is and end.
    pub(super) finishing: bool,
    /// Whether the writer is at its end.
    ended: bool,
    /// Whether events are missing from the queue, so that the file can't go on.
    pub(super) gap: bool,
    /// What the writer has not yet taken.
    queue: VecDeque<Event>,
    /// Cost of the queue.
    queue_bytes: usize,
    /// Cost of the queue and of what the writer has taken and not committed.
    unwritten_bytes: usize,
    /// The newest blocks' outputs.
    texts: VecDeque<Event>,
    /// The first of `texts`.
    first: BlockId,
    /// The first block that is not on disk.
    unwritten: BlockId,
    /// Cost of `texts`.
    text_bytes: usize,
}

pub(super) struct Pending {
    path: PathBuf,
    inner: Mutex<Inner>,
    /// Something for the writer.
    work: Condvar,
    /// Something became free.
    room: Condvar,
}

/// What an event takes in memory, about.
pub(super) fn cost(event: &Event) -> usize {
    match &event.kind {
        Kind::Output { bytes, .. } => text_cost(bytes.len()),
        Kind::Cpu { lanes, .. } => 128 + 16 * lanes.len(),
        Kind::Opened { info, .. } | Kind::Learnt { info, .. } => {
            256 + info.name.len() + info.args.len()
        }
        Kind::Notice { text } => 128 + text.len(),
        Kind::Gil { holds, .. } => 128 + size_of_val(holds.as_slice()),
        Kind::Did { did } => 128 + size_of_val(did.as_slice()),
        Kind::At { at } => 128 + size_of_val(at.as_slice()),
        Kind::Place { place, .. } => {
            128 + place.function.len() + place.file.as_ref().map_or(0, String::len)
        }
        _ => 128,
    }
}

fn text_cost(bytes: usize) -> usize {
    128 + bytes
}

impl Pending {
    pub(super) fn new(path: &Path, state: State) -> Self {
        Self {
            path: path.to_owned(),
            inner: Mutex::new(Inner {
                state,
                error: None,
                finishing: false,
                ended: false,
                gap: false,
                queue: VecDeque::new(),
                queue_bytes: 0,
                unwritten_bytes: 0,
                texts: VecDeque::new(),
                first: 0,
                unwritten: 0,
                text_bytes: 0,
            }),
            work: Condvar::new(),
            room: Condvar::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }

    /// Takes an event for the file; false for an output that is not kept.
    pub(super) fn push(&self, event: &Event) -> bool {
        let mut inner = self.lock();
        let output = match &event.kind {
            Kind::Output { bytes, .. } => Some(bytes),
            _ => None,
        };
        match inner.state {
            State::Nowhere => return true,
            State::Memory => {
                return output.is_none_or(|bytes| {
                    let fits = inner.text_bytes + text_cost(bytes.len()) <= MEMORY_BYTES;
                    if fits {
                        inner.keep_text(event, bytes.len());
                    }
                    fits
                });
            }
            State::Failed if output.is_some() => return false,
            State::Failed if inner.gap || inner.queue.len() >= STUCK_EVENTS => {
                inner.gap = true;
                return true;
            }
            State::Failed => {}
            State::Writing => {
                if inner.unwritten_bytes >= QUEUE_BYTES {
                    let full = |i: &mut Inner| {
                        i.state == State::Writing && i.unwritten_bytes >= QUEUE_BYTES
                    };
                    let wait = self.room.wait_while_for(&mut inner, full, PATIENCE);
                    if wait.timed_out() && inner.state == State::Writing {
                        inner.state = State::Failed;
                        inner.gap = true;
                        let error = self.error("the disk has taken nothing for 10 seconds");
                        inner.error = Some(error);
                    }
                    drop(inner);
                    // Whatever came of it, it is judged anew.
                    return self.push(event);
                }
            }
        }
        if let Some(bytes) = output {
            inner.keep_text(event, bytes.len());
        }
        let cost = cost(event);
        inner.queue.push_back(event.clone());
        let before = inner.queue_bytes;
        inner.queue_bytes += cost;
        inner.unwritten_bytes += cost;
        let wake = before == 0 || (before < BATCH_BYTES && inner.queue_bytes >= BATCH_BYTES);
        if wake && inner.state == State::Writing {
            self.work.notify_one();
        }
        true
    }

    /// Whether an output would be taken without waiting.
    pub(super) fn has_room(&self) -> bool {
        let inner = self.lock();
        inner.state != State::Writing || inner.unwritten_bytes < QUEUE_BYTES
    }

    /// For the writer: waits for work; then what there is, and whether it is the last.
    pub(super) fn take(&self) -> (VecDeque<Event>, bool) {
        let mut inner = self.lock();
        self.work.wait_while(&mut inner, |i| {
            !i.finishing && (i.queue.is_empty() || i.state != State::Writing)
        });
        self.work.wait_while_for(
            &mut inner,
            |i| !i.finishing && i.queue_bytes < BATCH_BYTES,
            FLUSH_EVERY,
        );
        inner.queue_bytes = 0;
        (std::mem::take(&mut inner.queue), inner.finishing)
    }

    /// For the writer: what cost `cost` is on disk, and with it all blocks before `committed`.
    pub(super) fn committed(&self, cost: usize, committed: BlockId) {
        let mut inner = self.lock();
        inner.unwritten = committed;
        inner.unwritten_bytes = inner.unwritten_bytes.saturating_sub(cost);
        while inner.first < committed && inner.text_bytes > RECENT_BYTES {
            let Some(oldest) = inner.texts.pop_front() else {
                break;
            };
            inner.text_bytes -= bytes_of(&oldest).map_or(0, |bytes| text_cost(bytes.len()));
            inner.first += 1;
        }
        self.room.notify_all();
    }

    /// The file takes no more.
    pub(super) fn fail(&self, why: impl Into<String>) {
        let error = self.error(why);
        let mut inner = self.lock();
        // The first one is told, and only that.
        if inner.state != State::Failed {
            inner.state = State::Failed;
            inner.error = Some(error);
        }
        self.room.notify_all();
    }

    fn error(&self, why: impl Into<String>) -> RecordError {
        RecordError {
            path: self.path.clone(),
            why: why.into(),
            advice: GOES_ON.into(),
        }
    }

    /// Nothing more will come: the writer shall write what there is and end.
    pub(super) fn finish(&self) {
        self.lock().finishing = true;
        self.work.notify_all();
    }

    /// For the writer: it is at its end.
    pub(super) fn ended(&self) {
        self.lock().ended = true;
        self.room.notify_all();
    }

    /// Whether the writer comes to its end while one would wait for it.
    pub(super) fn wait_ended(&self) -> bool {
        let mut inner = self.lock();
        let wait = self
            .room
            .wait_while_for(&mut inner, |i| !i.ended, LAST_PATIENCE);
        !wait.timed_out()
    }

    /// Lines that count as kept and are not on disk.
    pub(super) fn unwritten_lines(&self) -> u64 {
        let inner = self.lock();
        let skip = inner.unwritten.saturating_sub(inner.first) as usize;
        let texts = inner.texts.iter().skip(skip).filter_map(bytes_of);
        texts
            .map(|bytes| memchr::memchr_iter(b'\n', bytes).count() as u64)
            .sum()
    }

    /// A block's text where it is in memory; else whether it has ever come.
    pub(super) fn text(&self, block: BlockId) -> Result<Arc<[u8]>, bool> {
        let inner = self.lock();
        let Some(index) = block.checked_sub(inner.first) else {
            return Err(true);
        };
        let event = inner.texts.get(index as usize).ok_or(false)?;
        bytes_of(event).cloned().ok_or(false)
    }

    /// The blocks from one to before another, as far as they are in memory; none where the first one is not.
    pub(super) fn stretch(&self, from: BlockId, past: BlockId) -> Option<Stretch> {
        let inner = self.lock();
        let skip = from.checked_sub(inner.first)? as usize;
        let take = past.saturating_sub(from).max(1) as usize;
        let mut stretch = Stretch {
            first: from,
            blocks: Vec::new(),
            text: Arc::new([]),
        };
        let events: Vec<Event> = inner.texts.iter().skip(skip).take(take).cloned().collect();
        drop(inner);
        let mut text = Vec::new();
        for event in &events {
            stretch.blocks.push(Block::of(event)?);
            text.extend_from_slice(bytes_of(event)?);
        }
        stretch.text = text.into();
        (!events.is_empty()).then_some(stretch)
    }
}

impl Inner {
    fn keep_text(&mut self, event: &Event, bytes: usize) {
        self.text_bytes += text_cost(bytes);
        self.texts.push_back(event.clone());
    }
}

fn bytes_of(event: &Event) -> Option<&Arc<[u8]>> {
    match &event.kind {
        Kind::Output { bytes, .. } => Some(bytes),
        _ => None,
    }
}

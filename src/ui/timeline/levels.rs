//! Levels of detail of a row: the same pieces, coarser and coarser, appended as the row grows. Drawing takes the level
//! that suits the screen, and so costs by the screen's width and not by the length of the run.

use super::pieces::{Mixer, Part, Piece};
use super::states::{Span, What};

/// The finest level merges what is shorter than this; below it, spans are worked out anew from the run.
const FINEST_NS: u64 = 1 << 23;
/// How narrow what a level merges is, over what the finest one does. The finer ones are what needs memory and the coarser
/// ones what is drawn, so those lie closer together.
const COARSER: [u64; 9] = [1, 4, 8, 16, 32, 64, 128, 256, 1024];
/// A level with fewer pieces needs no coarser one.
const FEW: usize = 256;
/// A piece of a picture is made of so many of a level's at least, so that its own edges are where they should be.
const FINER: u64 = 2;

/// The levels of a row, of spans that change no more.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    levels: Vec<Level>,
}

#[derive(Clone, Debug)]
struct Level {
    mixer: Mixer,
    pieces: Vec<Piece>,
}

impl Level {
    fn new(nth: usize) -> Self {
        Self {
            mixer: Mixer::new(FINEST_NS * COARSER[nth]),
            pieces: Vec::new(),
        }
    }
}

/// Whether a picture in which `narrow_ns` is too narrow to be seen can be made of levels.
pub(super) fn suit(narrow_ns: u64) -> bool {
    narrow_ns >= FINEST_NS * FINER
}

impl Levels {
    /// Takes the next span that changes no more, and what kind it is.
    pub(super) fn push(&mut self, span: Span, kind: impl Fn(What) -> usize) {
        if self.levels.is_empty() {
            self.levels.push(Level::new(0));
        }
        self.pass(0, Part::one(span, kind(span.what)));
        for nth in 1..COARSER.len() {
            if nth < self.levels.len() {
                continue;
            }
            let Some(finer) = self.levels.last().filter(|finer| finer.pieces.len() > FEW) else {
                break;
            };
            let mut level = Level::new(nth);
            for piece in &finer.pieces {
                let part = Part::of(piece, &kind);
                let pieces = &mut level.pieces;
                level.mixer.push(&part, |part| pieces.push(part.piece()));
            }
            self.levels.push(level);
        }
    }

    /// Puts a part into a level, and what comes of it into the next.
    fn pass(&mut self, nth: usize, part: Part) {
        let Some(level) = self.levels.get_mut(nth) else {
            return;
        };
        // A part that is pushed ends two at most: the one before it, and itself.
        let mut done: [Option<Part>; 2] = [None; 2];
        let pieces = &mut level.pieces;
        level.mixer.push(&part, |part| {
            pieces.push(part.piece());
            let free = done.iter_mut().find(|place| place.is_none());
            if let Some(place) = free {
                *place = Some(part);
            }
        });
        for part in done.into_iter().flatten() {
            self.pass(nth + 1, part);
        }
    }

    /// The number of the coarsest level that a picture in which `narrow_ns` is too narrow can be made of, from 1; 0 where
    /// none can.
    pub(super) fn suiting(&self, narrow_ns: u64) -> usize {
        let fits = |level: &&Level| level.mixer.narrow_ns() * FINER <= narrow_ns;
        self.levels.iter().take_while(fits).count()
    }

    /// How narrow what is told may be, at least `narrow_ns`, so that no more than `most` pieces are told of a time; or as
    /// wide as there is.
    pub(super) fn coarse(&self, from_ns: u64, to_ns: u64, narrow_ns: u64, most: usize) -> u64 {
        let few = |level: &&Level| {
            let after = |t_ns| level.pieces.partition_point(|piece| piece.from_ns < t_ns);
            after(to_ns) - after(from_ns) <= most
        };
        let level = self.levels.iter().find(few).or(self.levels.last());
        let least_ns = level.map_or(FINEST_NS, |level| level.mixer.narrow_ns());
        narrow_ns.max(least_ns * FINER)
    }

    /// The number of the first piece of a level that lies after a time.
    pub(super) fn first(&self, number: usize, from_ns: u64) -> usize {
        let level = number.checked_sub(1).and_then(|nth| self.levels.get(nth));
        level.map_or(0, |level| {
            level.pieces.partition_point(|piece| piece.to_ns <= from_ns)
        })
    }

    /// The pieces of a level from the `next` one on: they change no more.
    pub(super) fn pieces(&self, number: usize, next: usize) -> &[Piece] {
        let level = number.checked_sub(1).and_then(|nth| self.levels.get(nth));
        level
            .and_then(|level| level.pieces.get(next..))
            .unwrap_or_default()
    }

    /// What a level has not told yet: the finer ones have it, and have more.
    pub(super) fn open(&self, number: usize) -> impl Iterator<Item = &Part> {
        let finer = &self.levels[..number.min(self.levels.len())];
        finer.iter().rev().filter_map(|level| level.mixer.open())
    }
}

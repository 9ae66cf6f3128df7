//! The pieces of a row in the making, for a time and a screen. What is settled is put into them once and stays, while the
//! row grows: a frame costs what is new. It can be done bit by bit.

use std::ops::Range;

use super::levels::{Levels, suit};
use super::pieces::{Mixer, Part, Piece};
use super::states::{Span, goes_on};
use super::track::Source;

/// So many pieces of a level are as much work as a step.
const OF_LEVEL: usize = 4;

/// What of a row changes no more.
pub(super) struct Settled<'a> {
    pub(super) levels: &'a Levels,
    /// Until when it is settled.
    pub(super) until_ns: u64,
    /// Its last span, which may go on.
    pub(super) open: Option<Span>,
}

impl Settled<'_> {
    /// The number of the level that suits the screen, from 1; 0 where one works with spans of the run.
    pub(super) fn level(&self, narrow_ns: u64) -> usize {
        if suit(narrow_ns) {
            self.levels.suiting(narrow_ns)
        } else {
            0
        }
    }
}

/// Pieces in the making.
#[derive(Clone, Debug)]
pub(super) struct Drawing {
    range: Range<u64>,
    narrow_ns: u64,
    level: usize,
    /// The next piece of the level.
    next: usize,
    /// Until when spans of the run are put in, and the last of them, which may go on.
    at_ns: u64,
    open: Option<Span>,
    ink: Ink,
}

/// The pieces, and what is too narrow yet to be one.
#[derive(Clone, Debug)]
struct Ink {
    mixer: Mixer,
    pieces: Vec<Piece>,
}

impl Ink {
    fn put(&mut self, part: &Part, range: &Range<u64>) {
        let pieces = &mut self.pieces;
        self.mixer.push(part, |part| within(pieces, range, &part));
    }
}

/// Adds what of a part lies in a time.
fn within(pieces: &mut Vec<Piece>, range: &Range<u64>, part: &Part) {
    let from_ns = part.from_ns.max(range.start);
    let to_ns = part.to_ns.min(range.end);
    if from_ns < to_ns {
        pieces.push(Piece {
            from_ns,
            to_ns,
            ..part.piece()
        });
    }
}

impl Drawing {
    /// Nothing yet, for this time and screen.
    pub(super) fn new(settled: &Settled, range: Range<u64>, narrow_ns: u64) -> Self {
        let level = settled.level(narrow_ns);
        // From one line of the grid to another, so that the same pieces come out whatever the time is.
        let grid_ns = narrow_ns.max(1);
        Self {
            level,
            next: settled.levels.first(level, range.start),
            at_ns: range.start / grid_ns * grid_ns,
            open: None,
            ink: Ink {
                mixer: Mixer::new(narrow_ns),
                pieces: Vec::new(),
            },
            range,
            narrow_ns,
        }
    }

    /// Whether it is for this time and screen, and made of this level.
    pub(super) fn is_of(&self, range: &Range<u64>, narrow_ns: u64, level: usize) -> bool {
        (&self.range, self.narrow_ns, self.level) == (range, narrow_ns, level)
    }

    /// Where the spans end that are put in.
    fn end_ns(&self) -> u64 {
        self.range.end.saturating_add(self.narrow_ns.max(1))
    }

    /// Puts in what is settled, as far as the steps reach; gives whether that is all.
    pub(super) fn go_on(&mut self, source: &Source, settled: &Settled, steps: &mut usize) -> bool {
        let end_ns = self.end_ns();
        let (range, ink) = (&self.range, &mut self.ink);
        if suit(self.narrow_ns) {
            let pieces = settled.levels.pieces(self.level, self.next);
            let most = steps.saturating_mul(OF_LEVEL);
            let mut many = 0;
            for piece in pieces.iter().take(most) {
                if piece.from_ns >= range.end {
                    break;
                }
                // It may have been begun when less was settled than up to this time.
                if piece.to_ns > range.start {
                    ink.put(&Part::of(piece, |what| source.kind(what)), range);
                }
                many += 1;
            }
            self.next += many;
            *steps -= many.div_ceil(OF_LEVEL);
            let after = pieces.get(many);
            return after.is_none_or(|piece| piece.from_ns >= range.end);
        }
        let to_ns = settled.until_ns.min(end_ns);
        if self.at_ns < to_ns {
            let open = &mut self.open;
            self.at_ns = source.each(self.at_ns, to_ns, steps, |span| {
                goes_on(open, span, |span| {
                    ink.put(&Part::one(span, source.kind(span.what)), range);
                });
            });
        }
        self.at_ns >= to_ns
    }

    /// All pieces: those that stay, and what is not settled (`tail`, where all is settled that can be); and until when
    /// that is, where it is not all.
    pub(super) fn finish(
        &self,
        source: &Source,
        settled: &Settled,
        tail: Option<&[Span]>,
        steps: &mut usize,
    ) -> (Vec<Piece>, Option<u64>) {
        let mut ink = self.ink.clone();
        let range = &self.range;
        let kind = |what| source.kind(what);
        let (from_ns, to_ns, mut open) = if suit(self.narrow_ns) {
            let sight = |part: &&Part| part.to_ns > range.start && part.from_ns < range.end;
            for part in settled.levels.open(self.level).filter(sight) {
                ink.put(part, range);
            }
            (settled.until_ns, u64::MAX, settled.open)
        } else {
            (self.at_ns, self.end_ns(), self.open)
        };
        let mut put = |span: Span| ink.put(&Part::one(span, kind(span.what)), range);
        let mut until_ns = from_ns;
        match tail {
            _ if from_ns >= to_ns => {}
            Some(tail) => {
                for span in tail.iter().take_while(|span| span.from_ns < to_ns) {
                    let to_ns = span.to_ns.min(to_ns);
                    goes_on(&mut open, Span { to_ns, ..*span }, &mut put);
                }
                until_ns = to_ns;
            }
            // Without levels, spans of the run serve as well.
            None if !suit(self.narrow_ns) => {
                until_ns = source.each(from_ns, to_ns, steps, |span| {
                    goes_on(&mut open, span, &mut put);
                });
            }
            None => {}
        }
        open.into_iter().for_each(put);
        let pieces = &mut ink.pieces;
        ink.mixer.finish(|part| within(pieces, range, &part));
        (ink.pieces, (until_ns < to_ns).then_some(until_ns))
    }
}

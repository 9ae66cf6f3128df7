//! Spans become pieces that are no narrower than a point of the screen: what is shorter is merged, and only the shares
//! are kept.

use super::states::{Span, What};

/// How many kinds of states there are; of holders, as many at most.
pub const KINDS: usize = 13;

/// So many bits are kept of what is less than a nanosecond; a piece may be half a year long.
const FINE: u32 = 10;
/// What numbers lose in being divided.
const ROUNDING: f64 = 1e-6;

/// A part of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Nanoseconds since time zero.
    pub from_ns: u64,
    /// Nanoseconds since time zero.
    pub to_ns: u64,
    /// What was in it.
    pub fill: Fill,
}

/// What a piece holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fill {
    /// One state.
    One(What),
    /// Several, too short to be drawn: the share of each kind, of 255.
    Mixed([u8; KINDS]),
}

/// A part of a row whose shares are known to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) from_ns: u64,
    pub(super) to_ns: u64,
    /// What it is, if it is one thing.
    pub(super) what: Option<What>,
    /// Nanoseconds of each kind.
    pub(super) kinds: [u64; KINDS],
}

impl Part {
    /// A span of this kind.
    pub(super) fn one(span: Span, kind: usize) -> Self {
        let mut kinds = [0; KINDS];
        kinds[kind] = span.to_ns - span.from_ns;
        Self {
            from_ns: span.from_ns,
            to_ns: span.to_ns,
            what: Some(span.what),
            kinds,
        }
    }

    /// What was kept of a part; `kind` tells what kind a state is.
    pub(super) fn of(piece: &Piece, kind: impl Fn(What) -> usize) -> Self {
        let length_ns = piece.to_ns - piece.from_ns;
        let (what, kinds) = match piece.fill {
            Fill::One(what) => {
                let mut kinds = [0; KINDS];
                kinds[kind(what)] = length_ns;
                (Some(what), kinds)
            }
            Fill::Mixed(shares) => {
                let all: u32 = shares.iter().map(|share| u32::from(*share)).sum();
                // One division and not one a kind, and of whole numbers: this is what a picture of a long run costs.
                let each = (length_ns << FINE) / u64::from(all.max(1));
                (None, shares.map(|share| (u64::from(share) * each) >> FINE))
            }
        };
        Self {
            from_ns: piece.from_ns,
            to_ns: piece.to_ns,
            what,
            kinds,
        }
    }

    /// What is kept of it.
    pub(super) fn piece(&self) -> Piece {
        let all_ns = self.kinds.iter().sum::<u64>().max(1);
        let scale = 255.0 / all_ns as f64;
        let share = |ns: u64| (ns as f64 * scale + ROUNDING) as u8;
        Piece {
            from_ns: self.from_ns,
            to_ns: self.to_ns,
            fill: self
                .what
                .map_or_else(|| Fill::Mixed(self.kinds.map(share)), Fill::One),
        }
    }
}

/// Merges parts that are narrow, up to the next line of a grid that begins at time zero: so the same comes out wherever
/// one begins.
#[derive(Clone, Debug)]
pub(super) struct Mixer {
    narrow_ns: u64,
    /// What is too narrow yet to be told.
    open: Option<Part>,
}

impl Mixer {
    /// For a screen on which `narrow_ns` is too narrow to be seen.
    pub(super) fn new(narrow_ns: u64) -> Self {
        Self {
            narrow_ns: narrow_ns.max(1),
            open: None,
        }
    }

    /// Takes the next part, and tells of those that are done.
    pub(super) fn push(&mut self, part: &Part, mut tell: impl FnMut(Part)) {
        let wide = part.what.is_some() && part.to_ns - part.from_ns >= self.narrow_ns;
        if wide || self.open.is_some_and(|open| open.to_ns != part.from_ns) {
            self.open.take().into_iter().for_each(&mut tell);
        }
        if wide {
            tell(*part);
            return;
        }
        let from_ns = match &mut self.open {
            Some(open) => {
                open.to_ns = part.to_ns;
                open.what = open.what.filter(|what| part.what == Some(*what));
                for (all, more) in open.kinds.iter_mut().zip(&part.kinds) {
                    *all += more;
                }
                open.from_ns
            }
            None => self.open.insert(*part).from_ns,
        };
        if part.to_ns / self.narrow_ns > from_ns / self.narrow_ns {
            self.open.take().into_iter().for_each(tell);
        }
    }

    /// What is narrower than this is merged.
    pub(super) fn narrow_ns(&self) -> u64 {
        self.narrow_ns
    }

    /// What is not told yet.
    pub(super) fn open(&self) -> Option<&Part> {
        self.open.as_ref()
    }

    /// Tells what is not told yet: nothing more comes.
    pub(super) fn finish(self, tell: impl FnMut(Part)) {
        self.open.into_iter().for_each(tell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(spans: impl IntoIterator<Item = Span>) -> Vec<Piece> {
        let mut mixer = Mixer::new(1000);
        let mut pieces = Vec::new();
        for span in spans {
            let part = Part::one(span, span.what.kind());
            mixer.push(&part, |part| pieces.push(part.piece()));
        }
        mixer.finish(|part| pieces.push(part.piece()));
        pieces
    }

    fn alternating(nths: std::ops::Range<u64>) -> impl Iterator<Item = Span> {
        nths.map(|nth| Span {
            from_ns: nth * 100,
            to_ns: nth * 100 + 100,
            what: [What::Python, What::WaitsForGil][nth as usize % 2],
        })
    }

    #[test]
    fn what_is_narrow_is_merged_and_its_time_is_kept() {
        let wide = Span {
            from_ns: 1_000_000,
            to_ns: 1_005_000,
            what: What::Blocked,
        };
        let pieces = mixed(alternating(0..10_000).chain([wide]));
        assert_eq!(pieces.len(), 1001);
        assert!(
            pieces
                .windows(2)
                .all(|pair| pair[0].to_ns == pair[1].from_ns)
        );
        let Fill::Mixed(shares) = pieces[7].fill else {
            panic!("{:?}", pieces[7]);
        };
        assert_eq!(shares[What::Python.kind()], 127);
        assert_eq!(pieces[1000].fill, Fill::One(What::Blocked));
    }

    #[test]
    fn pieces_are_the_same_wherever_one_begins() {
        let all = mixed(alternating(0..10_000));
        let later = mixed(alternating(5_003..10_000));
        assert_eq!(all[501..], later[1..]);
    }

    #[test]
    fn a_gap_ends_a_piece() {
        let spans = [0, 500].map(|from_ns| Span {
            from_ns,
            to_ns: from_ns + 100,
            what: What::Held(None),
        });
        let pieces = mixed(spans);
        assert_eq!(pieces.len(), 2);
        assert_eq!((pieces[1].from_ns, pieces[1].to_ns), (500, 600));
    }
}

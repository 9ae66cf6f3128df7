//! Spans become pieces that are no narrower than a point of the screen: what is shorter is merged, and only the shares
//! are kept.

use super::states::{Span, What};

/// How many kinds of states there are; of holders, as many at most.
pub const KINDS: usize = 12;

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

/// Makes pieces of spans.
pub(super) struct Mixer {
    narrow_ns: u64,
    pieces: Vec<Piece>,
    totals: [u64; KINDS],
    /// What is too narrow yet to be a piece: from when, until when, what it is if it is one thing.
    open: Option<(u64, u64, Option<What>)>,
    shares: [u64; KINDS],
}

impl Mixer {
    /// For a screen on which `narrow_ns` is too narrow to be seen.
    pub(super) fn new(narrow_ns: u64) -> Self {
        Self {
            narrow_ns,
            pieces: Vec::new(),
            totals: [0; KINDS],
            open: None,
            shares: [0; KINDS],
        }
    }

    /// Takes the next span, of this kind.
    pub(super) fn push(&mut self, span: Span, kind: usize) {
        let length_ns = span.to_ns - span.from_ns;
        self.totals[kind] += length_ns;
        if length_ns >= self.narrow_ns || self.open.is_some_and(|open| open.1 != span.from_ns) {
            self.close();
        }
        if length_ns >= self.narrow_ns {
            self.pieces.push(Piece {
                from_ns: span.from_ns,
                to_ns: span.to_ns,
                fill: Fill::One(span.what),
            });
            return;
        }
        self.shares[kind] += length_ns;
        let (from_ns, what) = match self.open {
            Some((from_ns, _, what)) => (from_ns, what.filter(|what| *what == span.what)),
            None => (span.from_ns, Some(span.what)),
        };
        self.open = Some((from_ns, span.to_ns, what));
        if span.to_ns - from_ns >= self.narrow_ns {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some((from_ns, to_ns, what)) = self.open.take() else {
            return;
        };
        let shares = std::mem::take(&mut self.shares);
        let all_ns = (to_ns - from_ns).max(1);
        let fill = what.map_or_else(
            || Fill::Mixed(shares.map(|ns| (ns * 255 / all_ns) as u8)),
            Fill::One,
        );
        self.pieces.push(Piece {
            from_ns,
            to_ns,
            fill,
        });
    }

    /// The pieces, and the nanoseconds of each kind.
    pub(super) fn finish(mut self) -> (Vec<Piece>, [u64; KINDS]) {
        self.close();
        (self.pieces, self.totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_narrow_is_merged_and_its_time_is_kept() {
        let mut mixer = Mixer::new(1000);
        for i in 0..10_000 {
            let what = [What::Python, What::WaitsForGil][i % 2];
            let from_ns = i as u64 * 100;
            let span = Span {
                from_ns,
                to_ns: from_ns + 100,
                what,
            };
            mixer.push(span, what.kind());
        }
        let wide = Span {
            from_ns: 1_000_000,
            to_ns: 1_005_000,
            what: What::Blocked,
        };
        mixer.push(wide, What::Blocked.kind());
        let (pieces, totals) = mixer.finish();
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
        assert_eq!(totals[What::Python.kind()], 500_000);
        assert_eq!(totals.iter().sum::<u64>(), 1_005_000);
    }

    #[test]
    fn a_gap_ends_a_piece() {
        let mut mixer = Mixer::new(1000);
        for from_ns in [0, 500] {
            let what = What::Held(None);
            let to_ns = from_ns + 100;
            mixer.push(
                Span {
                    from_ns,
                    to_ns,
                    what,
                },
                1,
            );
        }
        let (pieces, _) = mixer.finish();
        assert_eq!(pieces.len(), 2);
        assert_eq!((pieces[1].from_ns, pieces[1].to_ns), (500, 600));
    }
}

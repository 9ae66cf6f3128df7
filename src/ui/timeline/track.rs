//! What of a row is settled, kept in levels of detail: only its newest second is worked out again while a run lives.

use std::ops::Range;

use super::drawing::{Drawing, Settled};
use super::lanes::Families;
use super::levels::Levels;
use super::pieces::{KINDS, Piece};
use super::states::{Facts, Known, LONG_HOLD_NS, Span, What, each_of_gil, goes_on};
use crate::run::{Doing, GilTrack, Hold, Lane, LaneId, Run};
use crate::ui::who::Who;

/// What is older than this, while a run lives, is settled. Reports come 100 ms late and more; one that comes later than
/// this costs that its row is worked out anew.
const LATE_NS: u64 = 1_000_000_000;

/// So much is settled at a time: for one thread's holds, those of all are looked through.
const TURN_NS: u64 = 8_000_000_000;
/// Where there is no time for more, a row is drawn of so many pieces of a level at most, and its newest second.
const COARSE: usize = 256;

/// Where a row comes from.
pub(super) enum Source<'a> {
    /// A process, thread or call.
    Lane(Known<'a>),
    /// A GIL, and who is who.
    Gil(&'a GilTrack, &'a Who),
}

impl<'a> Source<'a> {
    pub(super) fn lane(run: &'a Run, lane: &Lane, families: &Families) -> Self {
        Self::Lane(Known::of(run, lane, families))
    }

    pub(super) fn each(
        &self,
        from_ns: u64,
        to_ns: u64,
        steps: &mut usize,
        tell: impl FnMut(Span),
    ) -> u64 {
        match self {
            Self::Lane(known) => known.each(from_ns, to_ns, steps, tell),
            Self::Gil(gil, _) => each_of_gil(gil, from_ns, to_ns, steps, tell),
        }
    }

    pub(super) fn kind(&self, what: What) -> usize {
        match self {
            Self::Lane(_) => what.kind(),
            Self::Gil(_, who) => what.holder_kind(who),
        }
    }

    fn gil(&self) -> Option<&GilTrack> {
        match self {
            Self::Lane(known) => known.gil,
            Self::Gil(gil, _) => Some(gil),
        }
    }

    fn did(&self) -> &[(Doing, u64, u64)] {
        match self {
            Self::Lane(known) => known.did,
            Self::Gil(..) => &[],
        }
    }

    /// When a lane held a sub-interpreter's GIL.
    fn apart(&self) -> &[(u64, u64, u64)] {
        match self {
            Self::Lane(known) => known.apart,
            Self::Gil(..) => &[],
        }
    }

    /// What may be settled of a run that has come to `now_ns`.
    fn settled_ns(&self, run: &Run) -> u64 {
        if run.end.is_some() {
            return run.now_ns.max(run.length_ns()) + 1;
        }
        let old_ns = run.now_ns.saturating_sub(LATE_NS);
        match self.did().last() {
            // What it was after it let the GIL go is told by the next look.
            Some(last) if matches!(last.0, Doing::Python | Doing::Apart) => old_ns.min(last.1),
            _ => old_ns,
        }
    }
}

/// The most that was known when a row was last worked on: by it is told from when on that has changed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    facts: Option<Facts>,
    did: (usize, Option<(Doing, u64, u64)>),
    holds: (usize, Option<Hold>),
    apart: (usize, Option<(u64, u64, u64)>),
    watched: (usize, Option<(u64, u64)>),
    life: Vec<Span>,
    who: Who,
}

impl Seen {
    fn of(source: &Source) -> Self {
        let (did, apart) = (source.did(), source.apart());
        let gil = source.gil();
        let (facts, life, who) = match source {
            Source::Lane(known) => (Some(known.facts), known.life.clone(), Who::default()),
            Source::Gil(_, who) => (None, Vec::new(), (*who).clone()),
        };
        Self {
            facts,
            did: (did.len(), did.last().copied()),
            holds: gil.map_or((0, None), |gil| {
                (gil.holds.len(), gil.holds.last().copied())
            }),
            apart: (apart.len(), apart.last().copied()),
            watched: gil.map_or((0, None), |gil| {
                (gil.watched.len(), gil.watched.last().copied())
            }),
            life,
            who,
        }
    }

    /// From when on it is not as it was.
    fn changed_ns(&self, source: &Source) -> u64 {
        let (facts, life) = match source {
            Source::Lane(known) => (Some(known.facts), known.life.as_slice()),
            Source::Gil(_, who) => {
                if !self.who.goes_on_in(who) {
                    return 0;
                }
                (None, &[][..])
            }
        };
        if self.facts != facts {
            return 0;
        }
        let gil = source.gil();
        let holds = gil.map_or(&[][..], |gil| gil.holds.as_slice());
        let watched = gil.map_or(&[][..], |gil| gil.watched.as_slice());
        let did = grown(self.did, source.did(), |span| (span.1, span.2));
        let hold = grown(self.holds, holds, |hold| (hold.1, hold.2));
        // A hold that has become a long one no longer tells as much.
        let begun = |last: Option<(u64, u64)>, changed_ns: u64| match last {
            Some((from_ns, to_ns)) if changed_ns == to_ns && to_ns - from_ns < LONG_HOLD_NS => {
                from_ns
            }
            _ => changed_ns,
        };
        let hold = begun(self.holds.1.map(|hold| (hold.1, hold.2)), hold);
        let apart = grown(self.apart, source.apart(), |span| (span.1, span.2));
        let apart = begun(self.apart.1.map(|span| (span.1, span.2)), apart);
        let seen = grown(self.watched, watched, |span| *span);
        did.min(hold)
            .min(apart)
            .min(seen)
            .min(lived(&self.life, life))
    }
}

/// From when on a list is another one, that can only go on at its end.
fn grown<T: Copy + PartialEq>(
    (many, last): (usize, Option<T>),
    now: &[T],
    range: fn(&T) -> (u64, u64),
) -> u64 {
    let added_ns = now.get(many).map_or(u64::MAX, |first| range(first).0);
    let was = many.checked_sub(1).and_then(|last| now.get(last)).copied();
    match last {
        _ if many > now.len() => 0,
        Some(last) if was != Some(last) => added_ns.min(range(&last).1),
        _ => added_ns,
    }
}

/// From when on a life is another one.
fn lived(was: &[Span], now: &[Span]) -> u64 {
    let differ = was.iter().zip(now).find(|(was, now)| was != now);
    match differ {
        Some((was, now)) if (was.from_ns, was.what) == (now.from_ns, now.what) => {
            was.to_ns.min(now.to_ns)
        }
        Some((was, now)) => was.from_ns.min(now.from_ns),
        None if was.len() == now.len() => u64::MAX,
        None => {
            let both = was.len().min(now.len());
            let longer = if was.len() > both { was } else { now };
            longer[both].from_ns
        }
    }
}

/// What is kept of a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    seen: Seen,
    /// Until when it is settled.
    until_ns: u64,
    /// The last span of what is settled, which may go on.
    open: Option<Span>,
    last: Option<What>,
    totals: [u64; KINDS],
    levels: Levels,
    drawing: Option<Drawing>,
}

/// What a row is drawn of.
pub(super) struct Drawn {
    pub(super) pieces: Vec<Piece>,
    pub(super) totals: [u64; KINDS],
    pub(super) last: Option<What>,
    /// Until when it is worked out; none where that is all.
    pub(super) until_ns: Option<u64>,
    /// Whether it is all, and as fine as wanted.
    pub(super) done: bool,
}

impl Track {
    /// Settles what can be, as far as the steps reach; gives whether that is all.
    pub(super) fn settle(&mut self, run: &Run, source: &Source, steps: &mut usize) -> bool {
        if self.seen.changed_ns(source) < self.until_ns {
            *self = Self::default();
        }
        self.seen = Seen::of(source);
        let to_ns = source.settled_ns(run);
        let (open, levels, totals) = (&mut self.open, &mut self.levels, &mut self.totals);
        let last = &mut self.last;
        while self.until_ns < to_ns && *steps > 0 {
            let turn_ns = to_ns.min(self.until_ns + TURN_NS);
            self.until_ns = source.each(self.until_ns, turn_ns, steps, |span| {
                *last = Some(span.what);
                goes_on(open, span, |span| {
                    totals[source.kind(span.what)] += span.to_ns - span.from_ns;
                    levels.push(span, |what| source.kind(what));
                });
            });
        }
        self.until_ns >= to_ns
    }

    /// The settled time of each kind; of a GIL, of each kind of holder.
    pub(super) fn totals(&self, holders: Option<&Who>) -> [u64; KINDS] {
        let mut totals = self.totals;
        if let Some(open) = self.open {
            let kind = holders.map_or(open.what.kind(), |who| open.what.holder_kind(who));
            totals[kind] += open.to_ns - open.from_ns;
        }
        totals
    }

    /// Until when it is settled.
    #[cfg(test)]
    pub(super) fn until_ns(&self) -> u64 {
        self.until_ns
    }

    /// What it did last, of what is settled.
    pub(super) fn last(&self) -> Option<What> {
        self.last
    }

    /// The row in a time, on a screen on which `narrow_ns` is too narrow to be seen; its totals are those of all its
    /// life. `whole` is whether all is settled that can be. Where the steps don't reach, it is coarser than wanted.
    pub(super) fn draw(
        &mut self,
        source: &Source,
        range: &Range<u64>,
        narrow_ns: u64,
        whole: bool,
        steps: &mut usize,
    ) -> Drawn {
        let settled = Settled {
            levels: &self.levels,
            until_ns: self.until_ns,
            open: self.open,
        };
        let level = settled.level(narrow_ns);
        let kept = self.drawing.take();
        let kept = kept.filter(|drawing| drawing.is_of(range, narrow_ns, level));
        let drawing = kept.unwrap_or_else(|| Drawing::new(&settled, range.clone(), narrow_ns));
        let drawing = self.drawing.insert(drawing);
        let done = drawing.go_on(source, &settled, steps);
        let tail = whole.then(|| {
            let mut tail = Vec::new();
            source.each(self.until_ns, u64::MAX, &mut usize::MAX.clone(), |span| {
                tail.push(span);
            });
            // It is about a second, however few steps there are.
            *steps = steps.saturating_sub(tail.len());
            tail
        });
        let tail = tail.as_deref();
        let (pieces, until_ns) = if done {
            drawing.finish(source, &settled, tail, steps)
        } else {
            let coarse_ns = self
                .levels
                .coarse(range.start, range.end, narrow_ns, COARSE);
            let mut coarse = Drawing::new(&settled, range.clone(), coarse_ns);
            let mut all = usize::MAX;
            coarse.go_on(source, &settled, &mut all);
            coarse.finish(source, &settled, tail, &mut all)
        };
        let mut totals = self.totals;
        for span in self.open.iter().chain(tail.unwrap_or_default()) {
            totals[source.kind(span.what)] += span.to_ns - span.from_ns;
        }
        let last = tail.and_then(<[Span]>::last).map(|span| span.what);
        let last = last.or(self.last);
        Drawn {
            pieces,
            totals,
            last,
            until_ns,
            done: done && until_ns.is_none(),
        }
    }
}

/// A row's number among those that stay while a run grows.
pub(super) type Id = (LaneId, bool, Option<u64>);

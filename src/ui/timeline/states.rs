//! What a lane did, from all that is known of it: its life, its joins, who held the GIL, and what it was found doing.

use super::lanes::Families;
use super::pieces::KINDS;
use crate::run::{Doing, GilTrack, Hold, Lane, LaneId, LaneKind, Run};
use crate::ui::theme::Theme;
use crate::ui::who::Who;

/// What a lane did for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Nanoseconds since time zero.
    pub from_ns: u64,
    /// Nanoseconds since time zero.
    pub to_ns: u64,
    /// What it did.
    pub what: What,
}

/// What a lane does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Started, and no user code has run yet.
    Starting,
    /// Alive; nobody looked at what it does.
    Running,
    /// It holds the GIL and runs Python.
    Python,
    /// It runs Python under the GIL of its own sub-interpreter.
    Apart,
    /// It runs, in a Python that has no GIL.
    Free,
    /// It runs without the GIL.
    Outside,
    /// It waits for the GIL.
    WaitsForGil,
    /// It is ready, and no core is free.
    WaitsForCore,
    /// It waits for something else: time, input, a lock.
    Blocked,
    /// It waits until what it printed is read.
    WaitsForReader,
    /// It does not hold the GIL; more is not known here.
    Without,
    /// It waits in `join`.
    Joining(LaneId),
    /// Of a GIL: it is held; by whom, where that is known.
    Held(Option<LaneId>),
    /// Of a GIL: nobody holds it.
    NotHeld,
}

impl What {
    /// The kinds of a lane's states, in the order in which they are named.
    pub const OF_LANES: [Self; 12] = [
        Self::Starting,
        Self::Python,
        Self::Apart,
        Self::Free,
        Self::Outside,
        Self::WaitsForGil,
        Self::WaitsForCore,
        Self::Blocked,
        Self::WaitsForReader,
        Self::Joining(LaneId(0)),
        Self::Without,
        Self::Running,
    ];

    /// The number of a lane's state, below [`KINDS`].
    pub fn kind(self) -> usize {
        let same = |what: &Self| std::mem::discriminant(what) == std::mem::discriminant(&self);
        match self {
            Self::Held(_) | Self::NotHeld => KINDS - 1,
            _ => Self::OF_LANES.iter().position(same).unwrap_or(0),
        }
    }

    /// The number of a GIL's state, below [`KINDS`]: holders of one colour have one.
    pub(super) fn holder_kind(self, who: &Who) -> usize {
        match self {
            Self::Held(Some(lane)) => match who.nth(lane) {
                Some(nth) => FIRST_COLOUR + nth % Theme::COLOURS,
                None => QUIET,
            },
            Self::Held(None) => UNKNOWN,
            _ => FREE,
        }
    }
}

/// Kinds of holders: nobody, an unknown thread, one that is no worker, workers of the first colour.
pub(super) const FREE: usize = 0;
pub(super) const UNKNOWN: usize = 1;
pub(super) const QUIET: usize = 2;
pub(super) const FIRST_COLOUR: usize = 3;

/// A look tells of what comes after it too until the next one, at most for so long: threads are told of in turns of
/// 100 ms, and nothing is told of the last turn of one that ended.
const AFTER_NS: u64 = 150_000_000;
/// A hold that is longer than some looks does not tell as much as they do.
pub(super) const LONG_HOLD_NS: u64 = 20_000_000;
/// So many holds of others are passed over in one step.
const OF_OTHERS: usize = 8;

/// Goes along a list of spans with time.
struct Cursor<'a, T> {
    spans: &'a [T],
    range: fn(&T) -> (u64, u64),
    next: usize,
    /// The one after what was last asked for.
    following: usize,
    /// For how long a span counts after its end, if no other begins.
    after_ns: u64,
}

impl<'a, T: Copy> Cursor<'a, T> {
    /// From a time on.
    fn new(spans: &'a [T], from_ns: u64, after_ns: u64, range: fn(&T) -> (u64, u64)) -> Self {
        Self {
            spans,
            range,
            next: spans.partition_point(|span| range(span).1 <= from_ns),
            following: 0,
            after_ns,
        }
    }

    /// What comes after what was last asked for.
    fn following(&self) -> Option<T> {
        self.spans.get(self.following).copied()
    }

    /// What is there at a time not before the last one asked for, and until when at most.
    fn at(&mut self, t_ns: u64) -> (Option<T>, u64) {
        let spans = self.spans;
        while let Some(span) = spans.get(self.next)
            && (self.range)(span).1 <= t_ns
        {
            self.next += 1;
        }
        let (begins_ns, ends_ns) = spans
            .get(self.next)
            .map_or((u64::MAX, u64::MAX), self.range);
        self.following = self.next + usize::from(begins_ns <= t_ns);
        if begins_ns <= t_ns {
            return (spans.get(self.next).copied(), ends_ns);
        }
        let before = self.next.checked_sub(1).map(|before| spans[before]);
        let before = before.map(|span| (span, (self.range)(&span).1 + self.after_ns));
        match before {
            Some((span, until_ns)) if t_ns < until_ns => (Some(span), until_ns.min(begins_ns)),
            _ => (None, begins_ns),
        }
    }
}

/// Goes along one thread's holds among those of a GIL.
struct Own<'a> {
    holds: &'a [Hold],
    by: Option<LaneId>,
    next: usize,
    /// Those that begin later are not looked for.
    to_ns: u64,
}

impl<'a> Own<'a> {
    fn new(holds: &'a [Hold], by: LaneId, from_ns: u64, to_ns: u64) -> Self {
        Self {
            holds,
            by: Some(by),
            next: holds.partition_point(|hold| hold.2 <= from_ns),
            to_ns,
        }
    }

    /// Its hold at a time not before the last one asked for, and until when that is known.
    fn at(&mut self, t_ns: u64) -> (Option<(u64, u64)>, u64) {
        while let Some(hold) = self.holds.get(self.next)
            && (hold.2 <= t_ns || (hold.0 != self.by && hold.1 < self.to_ns))
        {
            self.next += 1;
        }
        match self.holds.get(self.next) {
            Some(hold) if hold.0 == self.by && hold.1 <= t_ns => (Some((hold.1, hold.2)), hold.2),
            Some(hold) => (None, hold.1),
            None => (None, u64::MAX),
        }
    }
}

/// All that is known of what a lane did.
pub(super) struct Known<'a> {
    pub(super) did: &'a [(Doing, u64, u64)],
    /// The GIL of its process.
    pub(super) gil: Option<&'a GilTrack>,
    /// When it held a sub-interpreter's.
    pub(super) apart: &'a [(u64, u64, u64)],
    /// Its life and its joins.
    pub(super) life: Vec<Span>,
    pub(super) facts: Facts,
}

/// What all of a lane's states hang on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The thread that the lane is, or runs in.
    pub(super) thread: LaneId,
    pub(super) process: LaneId,
    /// Whether several threads share its GIL.
    pub(super) shares: bool,
    /// Whether there is one.
    has_gil: bool,
    /// Whether it ever held it.
    held: bool,
    /// Whether it ever held a sub-interpreter's.
    apart: bool,
    /// Whether anybody looks at what threads do.
    looks: bool,
}

impl<'a> Known<'a> {
    pub(super) fn of(run: &'a Run, lane: &Lane, families: &Families) -> Self {
        let process = families.process(lane.id);
        // A call runs in its process's main thread.
        let thread = match lane.info.kind {
            LaneKind::Call => process,
            _ => lane.id,
        };
        let gil = run.gils.get(&process);
        let own = run.lane(thread);
        let apart = own.map_or(&[][..], |lane| lane.apart.held());
        Self {
            did: own.map_or(&[][..], |lane| lane.did.spans()),
            gil,
            apart,
            life: life(lane, run.length_ns()),
            facts: Facts {
                thread,
                process,
                shares: families.shares(process),
                has_gil: run.lane(process).is_none_or(|p| p.info.gil != Some(false)),
                held: gil.is_some_and(|gil| gil.was_held_by(thread)),
                apart: !apart.is_empty(),
                looks: families.looks,
            },
        }
    }

    /// Tells what it did in a time: in the order of time, without gaps. Gives until when, which is sooner where that
    /// took more than `steps`.
    pub(super) fn each(
        &self,
        from_ns: u64,
        to_ns: u64,
        steps: &mut usize,
        mut tell: impl FnMut(Span),
    ) -> u64 {
        let facts = self.facts;
        let (holds, watched) = match self.gil {
            Some(gil) => (gil.holds.as_slice(), gil.watched.as_slice()),
            None => (&[][..], &[][..]),
        };
        let mut did = Cursor::new(self.did, from_ns, AFTER_NS, |span| (span.1, span.2));
        let mut held_at = Own::new(holds, facts.thread, from_ns, to_ns);
        let mut apart = Cursor::new(self.apart, from_ns, 0, |span| (span.1, span.2));
        let mut watched = Cursor::new(watched, from_ns, 0, |span| *span);
        let mut open: Option<Span> = None;
        let first = self.life.partition_point(|span| span.to_ns <= from_ns);
        for span in &self.life[first..] {
            let mut t_ns = span.from_ns.max(from_ns);
            let end_ns = span.to_ns.min(to_ns);
            while t_ns < end_ns {
                if *steps == 0 {
                    open.into_iter().for_each(tell);
                    return t_ns;
                }
                let before = held_at.next;
                let (doing, did_ns) = did.at(t_ns);
                let (hold, hold_ns) = held_at.at(t_ns);
                let (under, apart_ns) = apart.at(t_ns);
                let (seen, seen_ns) = watched.at(t_ns);
                *steps = steps.saturating_sub(1 + (held_at.next - before) / OF_OTHERS);
                let following = || did.following().map(|span| span.0);
                // A thread holds one of them at a time.
                let under = under
                    .map(|span| (span.1, span.2))
                    .filter(|_| hold.is_none());
                let what = match (hold.or(under), doing.map(|span| span.0)) {
                    _ if span.what == What::Starting => What::Starting,
                    // When a join began and ended is stamped; a GIL that nobody contends for is read less often.
                    _ if !facts.shares && matches!(span.what, What::Joining(_)) => span.what,
                    (Some((from_ns, to_ns)), Some(Doing::WaitsForCore))
                        if to_ns - from_ns >= LONG_HOLD_NS =>
                    {
                        What::WaitsForCore
                    }
                    // Reads are finer than looks: it had let its GIL go, the main one or a sub-interpreter's, and the next
                    // look tells for what.
                    (None, Some(doing @ (Doing::Python | Doing::Apart)))
                        if seen.is_some()
                            && match doing {
                                Doing::Apart => facts.apart,
                                _ => facts.shares && facts.held,
                            } =>
                    {
                        match following() {
                            Some(Doing::Outside) => What::Outside,
                            Some(Doing::WaitsForGil) => What::WaitsForGil,
                            Some(Doing::WaitsForCore) => What::WaitsForCore,
                            Some(Doing::WaitsForReader) => What::WaitsForReader,
                            Some(Doing::Blocked) if span.what == What::Running => What::Blocked,
                            _ if doing == Doing::Apart => What::Apart,
                            _ => span.what,
                        }
                    }
                    (Some(_), _) if under.is_some() => What::Apart,
                    (None, Some(Doing::Python)) if !facts.has_gil => What::Free,
                    (Some(_), _) | (None, Some(Doing::Python)) => What::Python,
                    (None, Some(Doing::Apart)) => What::Apart,
                    (None, Some(Doing::Outside)) => What::Outside,
                    (None, Some(Doing::WaitsForGil)) => What::WaitsForGil,
                    (None, Some(Doing::WaitsForCore)) => What::WaitsForCore,
                    (None, Some(Doing::WaitsForReader)) => What::WaitsForReader,
                    (None, Some(Doing::Blocked)) if span.what == What::Running => What::Blocked,
                    (None, None)
                        if seen.is_some() && !facts.looks && span.what == What::Running =>
                    {
                        What::Without
                    }
                    (None, Some(Doing::Blocked) | None) => span.what,
                };
                let until_ns = did_ns.min(hold_ns).min(apart_ns).min(seen_ns).min(end_ns);
                let new = Span {
                    from_ns: t_ns,
                    to_ns: until_ns,
                    what,
                };
                goes_on(&mut open, new, &mut tell);
                t_ns = until_ns;
            }
        }
        open.into_iter().for_each(tell);
        to_ns
    }
}

/// What is known of a lane without looking at it.
fn life(lane: &Lane, now_ns: u64) -> Vec<Span> {
    let end_ns = lane.end_or(now_ns).max(lane.started_ns);
    let mut spans = Vec::new();
    let mut at_ns = lane.started_ns;
    let mut push = |at_ns: &mut u64, to_ns: u64, what: What| {
        let to_ns = to_ns.clamp(*at_ns, end_ns);
        if to_ns > *at_ns {
            spans.push(Span {
                from_ns: *at_ns,
                to_ns,
                what,
            });
            *at_ns = to_ns;
        }
    };
    // Nothing tells when what is not probed came to its first user code.
    if lane.info.probed {
        let up_ns = lane.up.map_or(end_ns, |up| up.t_ns);
        push(&mut at_ns, up_ns, What::Starting);
    }
    let mut joins = lane.joins.clone();
    joins.sort_by_key(|join| join.1);
    for (on, from_ns, to_ns) in joins {
        push(&mut at_ns, from_ns, What::Running);
        push(&mut at_ns, to_ns.unwrap_or(end_ns), What::Joining(on));
    }
    push(&mut at_ns, end_ns, What::Running);
    spans
}

/// Tells who held a GIL in a time, while it was watched. One that takes it again at once has kept it. Gives until when
/// it told, as [`Known::each`] does.
pub(super) fn each_of_gil(
    gil: &GilTrack,
    from_ns: u64,
    to_ns: u64,
    steps: &mut usize,
    mut tell: impl FnMut(Span),
) -> u64 {
    let mut holds = Cursor::new(&gil.holds, from_ns, 0, |hold| (hold.1, hold.2));
    let mut open: Option<Span> = None;
    let first = gil.watched.partition_point(|seen| seen.1 <= from_ns);
    for &(seen_ns, end_ns) in &gil.watched[first..] {
        let mut t_ns = seen_ns.max(from_ns);
        let end_ns = end_ns.min(to_ns);
        while t_ns < end_ns {
            if *steps == 0 {
                open.into_iter().for_each(tell);
                return t_ns;
            }
            *steps -= 1;
            let (hold, until_ns) = holds.at(t_ns);
            let until_ns = until_ns.min(end_ns);
            let new = Span {
                from_ns: t_ns,
                to_ns: until_ns,
                what: hold.map_or(What::NotHeld, |hold| What::Held(hold.0)),
            };
            goes_on(&mut open, new, &mut tell);
            t_ns = until_ns;
        }
    }
    open.into_iter().for_each(tell);
    to_ns
}

/// Adds to a span that is open, or tells it and opens the next one.
pub(super) fn goes_on(open: &mut Option<Span>, new: Span, tell: impl FnMut(Span)) {
    match open {
        Some(open) if open.what == new.what && open.to_ns == new.from_ns => {
            open.to_ns = new.to_ns;
        }
        _ => open.replace(new).into_iter().for_each(tell),
    }
}

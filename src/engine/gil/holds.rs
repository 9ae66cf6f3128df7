//! From single reads of a GIL to spans: who held it from when to when. Pure: no clock, no system.

use crate::engine::report::Held;

/// What was found since it was last told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// Who held it, as Python numbers threads (none: a thread that is not known), from when, until when. What went on
    /// when this was told goes on with a span of the same thread that begins where this one ends.
    pub(super) spans: Vec<(Option<u64>, u64, u64)>,
    /// The time that was watched.
    pub(super) from_ns: u64,
    pub(super) to_ns: u64,
    /// In how many reads.
    pub(super) reads: u64,
    /// How often it was handed on since the interpreter began, by its own count.
    pub(super) handoffs: Option<u64>,
}

impl From<Told> for Held {
    fn from(told: Told) -> Self {
        Self {
            spans: told.spans,
            from_ns: told.from_ns,
            reads: told.reads,
            handoffs: told.handoffs,
        }
    }
}

/// The holder of one GIL over time.
#[derive(Debug)]
pub(super) struct Holds {
    /// Whether the count began in the process that this is a fork of.
    inherited: bool,
    first_count: Option<u64>,
    count: Option<u64>,
    /// The thread state that held it at the last read, whose that is, and since when that is not told yet.
    now: Option<(usize, Option<u64>, u64)>,
    /// The last read.
    read_ns: u64,
    told_ns: u64,
    reads: u64,
    spans: Vec<(Option<u64>, u64, u64)>,
    /// What came before a gap.
    pieces: Vec<Told>,
}

/// Reads that are further apart than this, with hand-offs between them, tell nothing of the time between them.
const GAP_NS: u64 = 20_000_000;

impl Holds {
    pub(super) fn new(inherited: bool) -> Self {
        Self {
            inherited,
            first_count: None,
            count: None,
            now: None,
            read_ns: 0,
            told_ns: 0,
            reads: 0,
            spans: Vec::new(),
            pieces: Vec::new(),
        }
    }

    /// Who held it at the last read.
    pub(super) fn holder(&self) -> Option<u64> {
        self.now.and_then(|(_, ident, _)| ident)
    }

    /// Whether there is nothing to tell but that nobody held it.
    pub(super) fn is_quiet(&self) -> bool {
        self.now.is_none() && self.spans.is_empty() && self.pieces.is_empty()
    }

    /// Since when nothing was told of it.
    pub(super) fn told_ns(&self) -> u64 {
        self.told_ns
    }

    /// Takes in a read. `ident` tells whose a thread state is.
    pub(super) fn take(
        &mut self,
        now_ns: u64,
        holder: Option<usize>,
        count: Option<u64>,
        ident: impl FnOnce(usize) -> Option<u64>,
    ) {
        self.reads += 1;
        if self.told_ns == 0 {
            self.told_ns = now_ns;
        }
        let handed_on = count.is_some() && count != self.count;
        if count.is_some() {
            self.first_count = self.first_count.or(count);
            self.count = count;
        }
        if self.read_ns > 0 && now_ns > self.read_ns + GAP_NS && (handed_on || count.is_none()) {
            // Nobody read for too long to say who held it.
            self.reads -= 1;
            let before = self.piece();
            self.pieces.extend(before);
            (self.now, self.reads) = (None, 1);
            (self.read_ns, self.told_ns) = (0, now_ns);
        }
        if let (Some((before, None, from_ns)), Some(holder)) = (self.now, holder)
            && before == holder
            && count.is_some()
            && !handed_on
        {
            // It has held it all the time: a new thread's state tells whose it is only after a while.
            self.now = Some((holder, ident(holder), from_ns));
            self.read_ns = now_ns;
            return;
        }
        let same = match (self.now, holder) {
            // A state at the same address may be another thread's by now; one that was not known may be known now.
            (Some((before, Some(_), _)), Some(holder)) => before == holder && !handed_on,
            (None, None) => true,
            _ => false,
        };
        if !same {
            let ident = holder.and_then(ident);
            let turned_ns = if self.read_ns == 0 {
                now_ns
            } else {
                u64::midpoint(self.read_ns, now_ns)
            };
            self.close(turned_ns);
            self.now = holder.map(|holder| (holder, ident, turned_ns));
        }
        self.read_ns = now_ns;
    }

    fn close(&mut self, to_ns: u64) {
        if let Some((_, ident, from_ns)) = self.now.take()
            && to_ns > from_ns
        {
            self.spans.push((ident, from_ns, to_ns));
        }
    }

    /// What is not told yet: a piece for each time in which it was read often enough.
    pub(super) fn told(&mut self) -> Vec<Told> {
        let last = self.piece();
        let mut pieces = std::mem::take(&mut self.pieces);
        pieces.extend(last);
        pieces
    }

    fn piece(&mut self) -> Option<Told> {
        if self.reads == 0 {
            return None;
        }
        if let Some((state, ident, _)) = self.now {
            let to_ns = self.read_ns;
            self.close(to_ns);
            self.now = Some((state, ident, to_ns));
        }
        let base = if self.inherited { self.first_count? } else { 0 };
        let told = Told {
            spans: std::mem::take(&mut self.spans),
            from_ns: self.told_ns,
            to_ns: self.read_ns,
            reads: std::mem::take(&mut self.reads),
            handoffs: self.count.map(|count| count.saturating_sub(base)),
        };
        self.told_ns = self.read_ns;
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(holds: &mut Holds, t_ns: u64, holder: usize, count: u64) {
        let holder = (holder > 0).then_some(holder);
        holds.take(t_ns, holder, Some(count), |state| Some(state as u64 * 10));
    }

    #[test]
    fn a_change_lies_between_two_reads_and_what_goes_on_is_told_in_pieces() {
        let mut holds = Holds::new(false);
        take(&mut holds, 100, 1, 1);
        take(&mut holds, 200, 1, 1);
        take(&mut holds, 300, 2, 2);
        let told = holds.told().remove(0);
        assert_eq!(told.spans, [(Some(10), 100, 250), (Some(20), 250, 300)]);
        assert_eq!((told.from_ns, told.to_ns, told.reads), (100, 300, 3));
        take(&mut holds, 400, 0, 2);
        take(&mut holds, 500, 0, 2);
        let told = holds.told().remove(0);
        assert_eq!(told.spans, [(Some(20), 300, 350)]);
        assert_eq!((told.from_ns, told.handoffs), (300, Some(2)));
        assert_eq!(holds.told(), []);
    }

    #[test]
    fn a_state_that_was_handed_on_and_came_back_is_another_span() {
        let mut holds = Holds::new(false);
        take(&mut holds, 100, 1, 1);
        take(&mut holds, 200, 1, 3);
        take(&mut holds, 300, 1, 3);
        let told = holds.told().remove(0);
        assert_eq!(told.spans, [(Some(10), 100, 150), (Some(10), 150, 300)]);
    }

    #[test]
    fn whose_a_state_is_counts_from_when_it_took_hold() {
        let mut holds = Holds::new(false);
        holds.take(100, Some(1), Some(1), |_| None);
        holds.take(200, Some(1), Some(1), |_| None);
        take(&mut holds, 300, 1, 1);
        assert_eq!(holds.told().remove(0).spans, [(Some(10), 100, 300)]);
        // One that was handed on may be another's.
        holds.take(400, Some(2), Some(2), |_| None);
        take(&mut holds, 500, 2, 4);
        let told = holds.told().remove(0).spans;
        assert_eq!(
            told,
            [(Some(10), 300, 350), (None, 350, 450), (Some(20), 450, 500)]
        );
    }

    #[test]
    fn what_nobody_read_for_long_is_nobodys() {
        let mut holds = Holds::new(false);
        take(&mut holds, 100, 1, 1);
        take(&mut holds, 200, 1, 1);
        take(&mut holds, 200 + 2 * GAP_NS, 2, 9);
        take(&mut holds, 300 + 2 * GAP_NS, 2, 9);
        let told = holds.told();
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].spans, [(Some(10), 100, 200)]);
        let (from_ns, to_ns) = (200 + 2 * GAP_NS, 300 + 2 * GAP_NS);
        assert_eq!(told[1].spans, [(Some(20), from_ns, to_ns)]);
        assert_eq!((told[1].from_ns, told[1].to_ns), (from_ns, to_ns));
        assert_eq!((told[0].reads, told[1].reads), (2, 2));
        // Without a hand-off it was nobody else's.
        take(&mut holds, to_ns + 2 * GAP_NS, 2, 9);
        assert_eq!(
            holds.told()[0].spans,
            [(Some(20), to_ns, to_ns + 2 * GAP_NS)]
        );
    }

    #[test]
    fn a_fork_counts_from_its_own_beginning() {
        let mut holds = Holds::new(true);
        take(&mut holds, 100, 1, 70);
        take(&mut holds, 200, 1, 72);
        assert_eq!(holds.told().remove(0).handoffs, Some(2));
    }
}

//! The GILs of a process's sub-interpreters: which there are, who holds each, and who waits for it.
//!
//! An interpreter may go at any time, and another may have its memory. So a GIL is read only while the list of interpreters
//! has its number at that place, and a read that makes no sense, or whose count is less than before, stops that until the
//! list has been looked at again. A GIL that one thread alone uses is read as often as threads are looked at.

use super::holds::Holds;
use super::reader::{Now, Reader};
use crate::clock;
use crate::engine::report::SubHeld;

/// No GIL is handed on so often between two reads.
const LEAP: u64 = 1 << 24;
/// Of one that nobody holds it is told so often.
const QUIET_NS: u64 = 500_000_000;

/// Those of one process.
#[derive(Debug, Default)]
pub(super) struct Subs {
    living: Vec<Sub>,
    /// Whose interpreters are gone, and what is not told of them yet.
    gone: Vec<Sub>,
}

/// One of them.
#[derive(Debug)]
struct Sub {
    /// As CPython numbers its interpreter.
    id: u64,
    /// Where it is.
    at: usize,
    holds: Holds,
    /// Its own count of hand-offs, at the last read that made sense.
    count: Option<u64>,
    /// Whether it is there for all that is known.
    sure: bool,
    /// The first threads that held it or waited for it, as Python numbers them: two are enough.
    users: Vec<u64>,
    /// Thread, from when, until when.
    waits: Vec<(u64, u64, u64)>,
}

impl Subs {
    /// Each interpreter and where its GIL is.
    pub(super) fn places(&self) -> Vec<(u64, usize)> {
        self.living.iter().map(|sub| (sub.id, sub.at)).collect()
    }

    /// Takes which there are now.
    pub(super) fn keep(&mut self, found: &[(u64, usize)]) {
        if self.living.is_empty() && found.is_empty() {
            return;
        }
        let living = std::mem::take(&mut self.living).into_iter();
        let (living, gone): (Vec<Sub>, Vec<Sub>) =
            living.partition(|sub| found.contains(&(sub.id, sub.at)));
        self.living = living;
        self.gone.extend(gone);
        for sub in &mut self.living {
            sub.sure = true;
        }
        for &(id, at) in found {
            if !self.living.iter().any(|sub| sub.id == id) {
                self.living.push(Sub::new(id, at));
            }
        }
    }

    /// Reads those that several threads use, or all others. `threads` are those that are known, as the operating system
    /// numbers them and as Python does.
    pub(super) fn read(&mut self, reader: &mut Reader, shared: bool, threads: &[(u64, u64)]) {
        let due = |sub: &&mut Sub| sub.sure && sub.is_shared() == shared;
        for sub in self.living.iter_mut().filter(due) {
            let now_ns = clock::now_ns();
            let now = reader.sub(sub.at);
            sub.take(now_ns, now, |state| {
                reader.ident(state, |ident| {
                    threads.iter().any(|thread| thread.1 == ident)
                })
            });
        }
    }

    /// Whether several threads use one of them.
    pub(super) fn is_shared(&self) -> bool {
        self.living.iter().any(Sub::is_shared)
    }

    /// Whether a thread held one of them at the last read.
    pub(super) fn is_held_by(&self, ident: u64) -> bool {
        let mut holders = self.living.iter().map(|sub| sub.holds.holder());
        holders.any(|holder| holder == Some(ident))
    }

    /// Takes that a thread waited for one of them.
    pub(super) fn waited(&mut self, id: u64, ident: Option<u64>, wait: (u64, u64, u64)) {
        let mut all = self.living.iter_mut().chain(&mut self.gone);
        if let Some(sub) = all.find(|sub| sub.id == id) {
            sub.is_used_by(ident);
            sub.waits.push(wait);
        }
    }

    /// What is not told yet of those that are there and of those that are gone. That nobody held one is told less often, but
    /// for the `last` time.
    pub(super) fn told(&mut self, t_ns: u64, last: bool) -> Vec<SubHeld> {
        let mut all = Vec::new();
        let gone = std::mem::take(&mut self.gone);
        for mut sub in gone {
            sub.told(t_ns, &mut all);
        }
        let waits = |sub: &&mut Sub| {
            let is_quiet = sub.holds.is_quiet() && sub.waits.is_empty();
            !last && is_quiet && t_ns < sub.holds.told_ns() + QUIET_NS
        };
        for sub in self.living.iter_mut().filter(|sub| !waits(sub)) {
            sub.told(t_ns, &mut all);
        }
        all
    }
}

impl Sub {
    fn new(id: u64, at: usize) -> Self {
        Self {
            id,
            at,
            holds: Holds::new(false),
            count: None,
            sure: true,
            users: Vec::new(),
            waits: Vec::new(),
        }
    }

    fn take(&mut self, now_ns: u64, now: Option<Now>, ident: impl FnOnce(usize) -> Option<u64>) {
        let follows = |now: &Now| match (self.count, now.handoffs) {
            (Some(before), Some(count)) => {
                count.checked_sub(before).is_some_and(|more| more < LEAP)
            }
            _ => true,
        };
        let Some(now) = now.filter(follows) else {
            // If it is still there, the next read says what it is now.
            (self.sure, self.count) = (false, None);
            return;
        };
        self.count = now.handoffs;
        self.holds.take(now_ns, now.holder, now.handoffs, ident);
        self.is_used_by(self.holds.holder());
    }

    fn is_used_by(&mut self, ident: Option<u64>) {
        let is_new = |ident: &u64| !self.users.contains(ident);
        if !self.is_shared()
            && let Some(ident) = ident.filter(is_new)
        {
            self.users.push(ident);
        }
    }

    fn is_shared(&self) -> bool {
        self.users.len() > 1
    }

    /// Tells it a piece for each time in which it was read often enough; waits stand in the last one.
    fn told(&mut self, t_ns: u64, all: &mut Vec<SubHeld>) {
        let first = all.len();
        for told in self.holds.told() {
            all.push(SubHeld {
                interpreter: self.id,
                to_ns: told.to_ns,
                held: told.into(),
                waits: Vec::new(),
            });
        }
        let waits = std::mem::take(&mut self.waits);
        if waits.is_empty() {
            return;
        }
        match all[first..].last_mut() {
            Some(last) => last.waits = waits,
            None => all.push(SubHeld {
                interpreter: self.id,
                to_ns: t_ns,
                held: crate::engine::report::Held {
                    spans: Vec::new(),
                    from_ns: t_ns,
                    reads: 0,
                    handoffs: None,
                },
                waits,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn read(sub: &mut Sub, t_ns: u64, holder: usize, count: u64) {
        let now = Now {
            holder: (holder > 0).then_some(holder),
            handoffs: Some(count),
        };
        sub.take(t_ns, Some(now), |state| Some(state as u64 * 10));
    }

    #[test]
    fn who_comes_is_read_and_who_goes_is_told_once() {
        let mut subs = Subs::default();
        subs.keep(&[(2, 0x2000), (1, 0x1000)]);
        assert_eq!(subs.places(), [(2, 0x2000), (1, 0x1000)]);
        for t in 1..4 {
            for sub in &mut subs.living {
                read(sub, t * MS, 7, 1);
            }
        }
        assert!(subs.is_held_by(70) && !subs.is_shared());
        // Another one has the memory of one that went.
        subs.keep(&[(3, 0x1000), (2, 0x2000)]);
        let told: Vec<(u64, usize)> = subs
            .told(9, false)
            .iter()
            .map(|sub| (sub.interpreter, sub.held.spans.len()))
            .collect();
        assert_eq!(told, [(1, 1), (2, 1)]);
        assert_eq!(subs.told(9, false), []);
        assert_eq!(subs.places(), [(2, 0x2000), (3, 0x1000)]);
    }

    #[test]
    fn what_makes_no_sense_is_not_taken_until_it_is_found_again() {
        let mut subs = Subs::default();
        subs.keep(&[(1, 0x1000)]);
        let sub = &mut subs.living[0];
        read(sub, MS, 7, 5);
        read(sub, 2 * MS, 7, 5);
        for count in [2, 5 + LEAP] {
            read(sub, 3 * MS, 8, count);
            assert!(!std::mem::replace(&mut sub.sure, true));
            sub.count = Some(5);
        }
        sub.take(3 * MS, None, |_| None);
        assert!(!sub.sure);
        subs.keep(&[(1, 0x1000)]);
        assert!(subs.living[0].sure);
        read(&mut subs.living[0], 4 * MS, 9, 6);
        let told = subs.told(9, false).remove(0).held;
        let turned_ns = 3 * MS;
        assert_eq!(
            told.spans,
            [(Some(70), MS, turned_ns), (Some(90), turned_ns, 4 * MS)]
        );
    }

    #[test]
    fn two_threads_share_it_whether_they_held_it_or_waited() {
        let mut subs = Subs::default();
        subs.keep(&[(1, 0x1000)]);
        read(&mut subs.living[0], MS, 7, 1);
        assert!(!subs.is_shared());
        subs.waited(1, Some(80), (8, MS, 2 * MS));
        assert!(subs.is_shared());
        // Nobody waits for one that was never there.
        subs.waited(5, Some(80), (8, MS, 2 * MS));
        let told = subs.told(9, false);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].waits, [(8, MS, 2 * MS)]);
    }

    #[test]
    fn that_nobody_holds_one_is_told_now_and_then() {
        let mut subs = Subs::default();
        subs.keep(&[(1, 0x1000)]);
        let mut told = 0;
        for t in 1..=1000 {
            read(&mut subs.living[0], t * MS, 0, 1);
            if t % 100 == 0 {
                told += subs.told(t * MS, false).len();
            }
        }
        assert_eq!(told, 1);
        assert_eq!(subs.told(1000 * MS, true).len(), 1);
    }
}

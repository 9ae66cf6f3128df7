//! From single reads of where threads are to stays at a place. Pure: no clock, no system.

use std::collections::HashMap;

use crate::engine::report::Found;
use crate::run::Place;

/// Reads that are further apart than this tell nothing of the time between them.
const GAP_NS: u64 = 2_000_000_000;
/// A stay that goes on is told so often.
const GOES_ON_NS: u64 = 1_000_000_000;

/// Where one thread is.
#[derive(Debug)]
struct Stay {
    place: Option<Place>,
    /// The first read that is not told yet, or the last that was.
    from_ns: u64,
    to_ns: u64,
    told: bool,
}

/// Where the threads of a process are, by their numbers in Python.
#[derive(Debug, Default)]
pub(super) struct Stays {
    threads: HashMap<u64, Stay>,
    /// What is over and not told yet.
    over: Vec<Found>,
}

impl Stays {
    /// Takes in a read: thread and place (none: in no code of the user's). Who is missing was not read well.
    pub(super) fn take(&mut self, t_ns: u64, found: Vec<(u64, Option<Place>)>) {
        for (ident, place) in found {
            if let Some(stay) = self.threads.get_mut(&ident)
                && stay.place == place
                && t_ns <= stay.to_ns + GAP_NS
            {
                stay.to_ns = t_ns;
                continue;
            }
            let new = Stay {
                place,
                from_ns: t_ns,
                to_ns: t_ns,
                told: false,
            };
            let before = self.threads.insert(ident, new);
            self.over
                .extend(before.filter(Stay::is_news).map(|stay| stay.found(ident)));
        }
    }

    /// What is not told yet. A stay that goes on is told now and then, and at the `last`.
    pub(super) fn told(&mut self, now_ns: u64, last: bool) -> Vec<Found> {
        let mut told = std::mem::take(&mut self.over);
        self.threads.retain(|&ident, stay| {
            let gone = now_ns > stay.to_ns + GAP_NS;
            let due = !stay.told || gone || last || stay.to_ns >= stay.from_ns + GOES_ON_NS;
            if due && stay.is_news() {
                told.push(Found {
                    ident,
                    place: stay.place.clone(),
                    from_ns: stay.from_ns,
                    to_ns: stay.to_ns,
                });
                (stay.from_ns, stay.told) = (stay.to_ns, true);
            }
            !gone
        });
        // The threads come in no order, and those of one stay in theirs.
        told.sort_by_key(|found| found.ident);
        told
    }
}

impl Stay {
    fn is_news(&self) -> bool {
        !self.told || self.to_ns > self.from_ns
    }

    fn found(self, ident: u64) -> Found {
        Found {
            ident,
            place: self.place,
            from_ns: self.from_ns,
            to_ns: self.to_ns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    #[expect(clippy::unnecessary_wraps, reason = "as a read gives it")]
    fn place(line: u32) -> Option<Place> {
        Some(Place {
            file: None,
            function: "work".to_owned(),
            line,
        })
    }

    fn told(stays: &mut Stays, now_ns: u64, last: bool) -> Vec<(u64, Option<u32>, u64, u64)> {
        let told = stays.told(now_ns, last).into_iter();
        let short = |found: Found| {
            let line = found.place.map(|place| place.line);
            (found.ident, line, found.from_ns, found.to_ns)
        };
        told.map(short).collect()
    }

    #[test]
    fn a_change_is_told_at_once_and_what_goes_on_now_and_then() {
        let mut stays = Stays::default();
        stays.take(10, vec![(1, place(7)), (2, None)]);
        stays.take(20, vec![(1, place(7)), (2, place(9))]);
        stays.take(30, vec![(1, place(8))]);
        let all = [
            (1, Some(7), 10, 20),
            (1, Some(8), 30, 30),
            (2, None, 10, 10),
            (2, Some(9), 20, 20),
        ];
        assert_eq!(told(&mut stays, 30, false), all);
        stays.take(40, vec![(1, place(8)), (2, place(9))]);
        assert_eq!(told(&mut stays, 40, false), []);
        // What was told goes on where that ended.
        stays.take(50, vec![(2, place(7))]);
        let rest = [(2, Some(9), 20, 40), (2, Some(7), 50, 50)];
        assert_eq!(told(&mut stays, 50, false), rest);
        stays.take(S, vec![(1, place(8))]);
        assert_eq!(told(&mut stays, S, false), []);
        stays.take(S + 30, vec![(1, place(8))]);
        let goes_on = [(1, Some(8), 30, S + 30)];
        assert_eq!(told(&mut stays, S + 30, false), goes_on);
        stays.take(S + 40, vec![(1, place(8))]);
        assert_eq!(
            told(&mut stays, S + 40, true),
            [(1, Some(8), S + 30, S + 40)]
        );
        assert_eq!(told(&mut stays, S + 40, true), []);
    }

    #[test]
    fn what_nobody_read_for_long_does_not_last() {
        let mut stays = Stays::default();
        stays.take(10, vec![(1, place(7))]);
        stays.take(3 * S, vec![(1, place(7))]);
        let apart = [(1, Some(7), 10, 10), (1, Some(7), 3 * S, 3 * S)];
        assert_eq!(told(&mut stays, 3 * S, false), apart);
        // A thread that is gone is forgotten.
        assert_eq!(told(&mut stays, 9 * S, false), []);
        assert!(stays.threads.is_empty());
    }
}

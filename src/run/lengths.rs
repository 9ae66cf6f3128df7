//! Many lengths of time, counted as they come, so that their median costs nothing however many there are.

use std::collections::BTreeMap;

/// Twice as long is so many classes on: a class is less than a hundredth wide.
const CLASSES: u64 = 128;

/// Lengths by class: how many, and their sum in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lengths {
    classes: BTreeMap<u32, (u64, u64)>,
}

impl Lengths {
    pub(super) fn add(&mut self, ns: u64) {
        let (many, sum_ns) = self.classes.entry(class(ns)).or_default();
        *many += 1;
        *sum_ns = sum_ns.saturating_add(ns);
    }

    /// Takes back one that was added.
    pub(super) fn remove(&mut self, ns: u64) {
        let class = class(ns);
        if let Some((many, sum_ns)) = self.classes.get_mut(&class) {
            *many = many.saturating_sub(1);
            *sum_ns = sum_ns.saturating_sub(ns);
            if *many == 0 {
                self.classes.remove(&class);
            }
        }
    }

    pub(super) fn add_all(&mut self, more: &Self) {
        for (class, (more, more_ns)) in &more.classes {
            let (many, sum_ns) = self.classes.entry(*class).or_default();
            *many += more;
            *sum_ns = sum_ns.saturating_add(*more_ns);
        }
    }

    pub(super) fn sum_ns(&self) -> u64 {
        self.classes.values().map(|(_, sum_ns)| sum_ns).sum()
    }

    /// The mean of the class that the median is in: the median itself where lengths are alike.
    pub(super) fn median_ns(&self) -> Option<u64> {
        let all: u64 = self.classes.values().map(|(many, _)| many).sum();
        let mut before = 0;
        for (many, sum_ns) in self.classes.values() {
            before += many;
            if before > all / 2 {
                return sum_ns.checked_div(*many);
            }
        }
        None
    }
}

fn class(ns: u64) -> u32 {
    let octave = ns.checked_ilog2().unwrap_or(0);
    let within = (u128::from(ns) * u128::from(CLASSES)) >> octave;
    octave * CLASSES as u32 + within as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_median_is_right_to_a_hundredth(mut all in prop::collection::vec(1_u64..1 << 40, 1..200)) {
            let mut lengths = Lengths::default();
            for ns in &all {
                lengths.add(*ns);
            }
            lengths.add(77);
            lengths.remove(77);
            all.sort_unstable();
            let exact = all[all.len() / 2];
            let found = lengths.median_ns().unwrap_or(0);
            prop_assert!(found.abs_diff(exact) <= exact / 100 + 1, "{found} for {exact}");
            prop_assert_eq!(lengths.sum_ns(), all.iter().sum::<u64>());
        }
    }

    #[test]
    fn lengths_that_are_alike_have_that_median() {
        let mut lengths = Lengths::default();
        assert_eq!(lengths.median_ns(), None);
        (0..10).for_each(|_| lengths.add(10_000_000));
        assert_eq!(lengths.median_ns(), Some(10_000_000));
        lengths.add(0);
        assert_eq!(lengths.sum_ns(), 100_000_000);
    }
}

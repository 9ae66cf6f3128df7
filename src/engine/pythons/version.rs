//! Python's version numbers, in their order.

/// The oldest that can run an experiment.
pub(super) const OLDEST: (u32, u32) = (3, 8);

/// Sorts as Python's own `sys.version_info`: `3.15.0b1` before `3.15.0rc1` before `3.15.0`.
pub(super) fn key(version: &str) -> (u32, u32, u32, u32, u32) {
    let level = ["a", "b", "rc"]
        .iter()
        .enumerate()
        .rev()
        .find_map(|(rank, letters)| {
            let at = version.find(letters)?;
            let serial = version[at + letters.len()..].parse().ok()?;
            Some((at, rank as u32, serial))
        });
    let (numbers, rank, serial) = match level {
        Some((at, rank, serial)) => (&version[..at], rank, serial),
        None => (version, 3, 0),
    };
    let mut parts = numbers.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next(), rank, serial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_come_after_their_candidates_and_ten_after_nine() {
        let rising = [
            "2.7.18",
            "3.9.18",
            "3.10.13",
            "3.15.0a7",
            "3.15.0b1",
            "3.15.0rc2",
            "3.15.0",
            "3.15.1",
        ];
        for pair in rising.windows(2) {
            assert!(key(pair[0]) < key(pair[1]), "{pair:?}");
        }
        assert_eq!(key("3.15.0rc2"), (3, 15, 0, 2, 2));
    }
}

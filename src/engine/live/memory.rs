//! How much memory a run may have: up to its limit, or until the machine has nearly none left.

use super::platform::{self, Memory};
use super::{Live, Shared};
use crate::clock;
use crate::run::StoppedBy;

/// One in so many bytes of the machine's is left to others, within these bounds.
const LEFT_SHARE: u64 = 20;
const LEFT_BYTES: std::ops::RangeInclusive<u64> = 64 << 20..=1 << 30;
/// Once one in so many of those is left, a stop can't be polite.
const LAST_SHARE: u64 = 4;

impl Live {
    /// Stops a run that has too much; `rss_bytes` is what it had at the last look.
    pub(super) fn look_at_memory(&mut self, rss_bytes: u64, shared: &Shared) {
        let stopped_for_it = self.stopped_by == Some(StoppedBy::Memory);
        match self.limits.memory_bytes {
            Some(limit) if rss_bytes > limit => self.ask_to_stop(StoppedBy::Memory, shared),
            Some(_) => {}
            None => {
                let Some(memory) = platform::memory() else {
                    return;
                };
                if stopped_for_it && memory.available_bytes < left_bytes(&memory) / LAST_SHARE {
                    let now_ns = clock::now_ns();
                    self.stop.press_hard(now_ns);
                    self.signal(now_ns, shared);
                } else if !self.stop.is_asked() && runs_short(&memory, rss_bytes) {
                    let text = format!(
                        "Only {} MiB of this machine\u{2019}s memory are left, and the run has {} MiB: it is stopped before the machine swaps. Run fewer workers, or give it a memory limit of its own, which then rules",
                        memory.available_bytes >> 20,
                        rss_bytes >> 20
                    );
                    self.notice(text, shared);
                    self.ask_to_stop(StoppedBy::Memory, shared);
                }
            }
        }
    }
}

/// What a run leaves to others.
fn left_bytes(memory: &Memory) -> u64 {
    (memory.all_bytes / LEFT_SHARE).clamp(*LEFT_BYTES.start(), *LEFT_BYTES.end())
}

/// Whether the machine runs short, and this run is what takes it: to end one that has little would help nobody.
fn runs_short(memory: &Memory, rss_bytes: u64) -> bool {
    let left_bytes = left_bytes(memory);
    memory.available_bytes < left_bytes && rss_bytes > left_bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_takes_the_last_memory_is_too_much_and_a_small_one_is_not() {
        const MIB: u64 = 1 << 20;
        let machine = |available_mib: u64, all_mib: u64| Memory {
            available_bytes: available_mib * MIB,
            all_bytes: all_mib * MIB,
        };
        assert!(runs_short(&machine(1000, 24_000), 20_000 * MIB));
        assert!(!runs_short(&machine(1100, 24_000), 20_000 * MIB));
        assert!(!runs_short(&machine(300, 24_000), 900 * MIB));
        assert!(runs_short(&machine(50, 512), 400 * MIB));
        assert!(!runs_short(&machine(70, 512), 400 * MIB));
    }
}

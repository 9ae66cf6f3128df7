//! What a benchmark's thread has spent: its CPU time where the system can tell, which is the same however busy the machine
//! is with other things.

use std::time::Duration;

/// The CPU time that this thread has spent.
#[cfg(unix)]
pub(crate) fn spent() -> Duration {
    let clock = nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID;
    clock.now().map_or(Duration::ZERO, Duration::from)
}

/// The time that has passed.
#[cfg(not(unix))]
pub(crate) fn spent() -> Duration {
    Duration::from_nanos(gilscope::clock::now_ns())
}

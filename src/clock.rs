//! The one clock: monotonic nanoseconds on the same scale as Python's `time.monotonic_ns()`.
//!
//! Stamps of the watched Python and our own are compared with each other, so both must read the same
//! clock: `CLOCK_MONOTONIC` on Linux, `CLOCK_UPTIME_RAW` on macOS, the performance counter on Windows
//! (where Python before 3.13 is asked for `perf_counter_ns`).

/// Now, in nanoseconds since an arbitrary start that all processes of this machine share.
#[cfg(target_os = "linux")]
pub fn now_ns() -> u64 {
    unix(nix::time::ClockId::CLOCK_MONOTONIC)
}

/// Now, in nanoseconds since an arbitrary start that all processes of this machine share.
#[cfg(target_os = "macos")]
pub fn now_ns() -> u64 {
    // CLOCK_UPTIME_RAW: mach_absolute_time, which CPython's monotonic clock reads.
    unix(nix::time::ClockId::from_raw(8))
}

#[cfg(unix)]
fn unix(clock: nix::time::ClockId) -> u64 {
    clock.now().map_or(0, |time| {
        time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
    })
}

/// Now, in nanoseconds since an arbitrary start that all processes of this machine share.
#[cfg(windows)]
pub fn now_ns() -> u64 {
    crate::engine::platform::performance_counter_ns()
}

//! libFuzzer's side of the targets, one program for all: `tests/fuzz/run.sh` builds and runs it.
#![no_main]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a target fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "it says what it wants")]

mod targets;

use std::sync::OnceLock;

static TARGET: OnceLock<targets::Target> = OnceLock::new();

/// The target that `GILSCOPE_FUZZ` names.
fn target() -> targets::Target {
    *TARGET.get_or_init(|| {
        let wanted = std::env::var("GILSCOPE_FUZZ").unwrap_or_default();
        let found = targets::ALL.iter().find(|(name, _)| *name == wanted);
        found.map_or_else(
            || {
                eprintln!("GILSCOPE_FUZZ names no target; see tests/fuzz/run.sh");
                std::process::exit(0)
            },
            |(_, target)| *target,
        )
    })
}

libfuzzer_sys::fuzz_target!(init: { target(); }, |bytes: &[u8]| target()(bytes));

//! Everything that is tested from outside: real interpreters, the command line, and the tidiness of the sources.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says aloud what it leaves out"
)]

mod builtin;
mod layers;
mod packages;
#[cfg_attr(not(unix), allow(dead_code, reason = "Unix's tests use all of it"))]
mod program;

// These run Unix's own things: descriptors, signals, terminals, scripts that are programs.
#[cfg(target_os = "linux")]
mod beside;
#[cfg(unix)]
mod cli;
#[cfg(target_os = "linux")]
mod code;
#[cfg(unix)]
mod common;
#[cfg(target_os = "linux")]
mod cpu;
#[cfg(unix)]
mod ends;
#[cfg(target_os = "linux")]
mod gil;
#[cfg(target_os = "linux")]
mod gil_off;
#[cfg(target_os = "linux")]
mod gil_subs;
#[cfg(unix)]
mod limits;
#[cfg(target_os = "linux")]
mod output_wait;
#[cfg(unix)]
mod probe;
#[cfg(unix)]
mod progress;
#[cfg(unix)]
mod pythons;
#[cfg(unix)]
mod sets;
#[cfg(unix)]
mod start_up;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod tutorial;
#[cfg(unix)]
mod watch;
#[cfg(unix)]
mod ways;

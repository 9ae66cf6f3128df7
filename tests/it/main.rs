//! Everything that is tested from outside: real interpreters, the command line, and the tidiness of the sources.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says aloud what it leaves out"
)]

mod builtin;
mod cli;
mod common;
mod layers;
mod probe;
mod program;
mod pythons;
mod tutorial;
mod watch;

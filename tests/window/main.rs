//! The window's logic, by the accessible names of its widgets: what a person sees and presses, and what a
//! screen reader says. No display is needed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says aloud what it leaves out"
)]

mod harness;
mod header;
mod licences;

mod closing;
mod code;
mod collapsing;
mod controls;
mod notices;
mod opened;
mod running;
mod scripts;
mod start;
mod subs;

mod find;
mod log;
mod long;
mod looks;
mod marks;
mod measured;
mod memory;
mod panels;
mod pure;
mod reading;
mod small;
mod synthetic;
mod topbar;

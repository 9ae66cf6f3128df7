//! Opens the window, or does what the command line says without one.

// No console window behind the window; `engine/platform/terminal_windows.rs` says what the command line prints to.
#![cfg_attr(windows, windows_subsystem = "windows")]

use std::process::ExitCode;

/// Keeps its pages: glibc gives big frames back to the system and asks for them again each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(gilscope::cli::main())
}

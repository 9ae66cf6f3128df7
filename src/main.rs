//! Opens the window, or does what the command line says without one.

use std::process::ExitCode;

/// Keeps its pages: glibc gives big frames back to the system and asks for them again each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(gilscope::cli::main())
}

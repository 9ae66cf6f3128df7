//! Opens the window, or does what the command line says without one.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(gilscope::cli::main())
}

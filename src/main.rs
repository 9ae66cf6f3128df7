//! Opens the window, or does what the command line says without one.

use std::process::ExitCode;

fn main() -> ExitCode {
    let first = std::env::args_os().nth(1).map(std::path::PathBuf::from);
    if first.as_deref().is_none_or(std::path::Path::is_file) {
        return window(first);
    }
    ExitCode::from(gilscope::cli::main())
}

#[expect(
    clippy::print_stderr,
    reason = "without a window there is nowhere else to say why"
)]
fn window(file: Option<std::path::PathBuf>) -> ExitCode {
    match gilscope::ui::open(file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gilscope: {error:#}");
            ExitCode::from(3)
        }
    }
}

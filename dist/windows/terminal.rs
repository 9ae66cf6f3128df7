//! `gilscope.com`: Gilscope for a terminal of Windows. A shell waits for this program, as it does not for one with a
//! window, finds it before the `.exe`, and sees the status of the `.exe` beside it that this starts.

use std::process::ExitCode;

#[cfg(windows)]
fn main() -> ExitCode {
    match ended() {
        Ok(status) => status,
        Err(why) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "gilscope: {why}");
            ExitCode::from(gilscope::cli::CAN_NOT_RUN)
        }
    }
}

/// Other systems have one kind of program.
#[cfg(not(windows))]
fn main() -> ExitCode {
    ExitCode::from(gilscope::cli::main())
}

#[cfg(windows)]
fn ended() -> Result<ExitCode, String> {
    use std::env;
    use std::process::Command;

    use windows_sys::Win32::System::Console::SetConsoleCtrlHandler;

    let own = env::current_exe().map_err(|why| why.to_string())?;
    let program = own.with_file_name("gilscope.exe");
    // SAFETY: the function lives as long as the program and touches nothing of it.
    #[expect(
        unsafe_code,
        reason = "a call into the system that has no safe wrapper"
    )]
    unsafe {
        SetConsoleCtrlHandler(Some(left_to_the_program), 1)
    };
    // If this one is killed, the other ends too.
    gilscope::engine::guard::stand().map_err(|why| why.to_string())?;
    let status = Command::new(&program)
        .arg(gilscope::cli::WAITED_FOR)
        .args(env::args_os().skip(1))
        .status()
        .map_err(|why| format!("{} can't be started: {why}", program.display()))?;
    // The whole of it: what ended it from outside has a number that is more than a byte.
    std::process::exit(status.code().unwrap_or(gilscope::cli::CAN_NOT_RUN.into()))
}

/// Ctrl-C, and the end of the terminal, are told to both; the other one decides what becomes of them.
#[cfg(windows)]
extern "system" fn left_to_the_program(what: u32) -> windows_sys::core::BOOL {
    use windows_sys::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT};

    // After the others Windows ends this one as soon as it is told that they have been seen to.
    while !matches!(what, CTRL_C_EVENT | CTRL_BREAK_EVENT) {
        std::thread::park();
    }
    1
}

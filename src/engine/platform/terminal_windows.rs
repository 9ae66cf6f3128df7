//! The terminal on Windows. A program with a window has none, so that a double click opens no black window; it may
//! take the one that it was started from. A shell does not wait for it, but for `gilscope.com`, which does.

use std::fs::File;
use std::io;
use std::os::windows::io::IntoRawHandle;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Storage::FileSystem::{FILE_TYPE_UNKNOWN, GetFileType};
use windows_sys::Win32::System::Console::{
    ATTACH_PARENT_PROCESS, AttachConsole, CTRL_C_EVENT, ENABLE_VIRTUAL_TERMINAL_PROCESSING,
    FreeConsole, GenerateConsoleCtrlEvent, GetConsoleMode, GetStdHandle, STD_ERROR_HANDLE,
    STD_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, SetConsoleCtrlHandler, SetConsoleMode,
    SetStdHandle,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{MB_ICONWARNING, MB_OK, MessageBoxW};

use super::windows::own_program;
use crate::engine::builtin::TELL;

/// What goes to a console where it goes nowhere else.
const STREAMS: [(STD_HANDLE, &str); 3] = [
    (STD_INPUT_HANDLE, "CONIN$"),
    (STD_OUTPUT_HANDLE, "CONOUT$"),
    (STD_ERROR_HANDLE, "CONOUT$"),
];

/// Whether the console is one that we took.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Prints to the console that this program was started from, and reads from it, except what is redirected; Ctrl-C there
/// reaches us.
#[expect(
    unsafe_code,
    reason = "calls into the system that have no safe wrapper"
)]
pub(crate) fn take() {
    // SAFETY: a number goes in. It fails where there is none, or where it is ours already.
    if unsafe { AttachConsole(ATTACH_PARENT_PROCESS) } != 0 {
        TAKEN.store(true, Ordering::Relaxed);
    }
    for (stream, name) in STREAMS {
        if goes_nowhere(stream)
            && let Ok(console) = File::options().read(true).write(true).open(name)
        {
            // SAFETY: the handle is open, and stays so as long as the program runs.
            unsafe { SetStdHandle(stream, console.into_raw_handle()) };
        }
        if let Some(mode) = console_mode(stream)
            && stream != STD_INPUT_HANDLE
        {
            // What erases the progress line is an escape sequence, which an old console prints unless it is asked.
            // SAFETY: a handle of ours and a number go in.
            unsafe { SetConsoleMode(handle(stream), mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) };
        }
    }
}

/// Lets go of a console that was taken: a shell does not wait for a window, so Ctrl-C there is not for us.
#[expect(
    unsafe_code,
    reason = "calls into the system that have no safe wrapper"
)]
pub(crate) fn leave() {
    if !TAKEN.swap(false, Ordering::Relaxed) {
        return;
    }
    for (stream, _) in STREAMS {
        if console_mode(stream).is_some() {
            // SAFETY: none is a state that every reader of it knows.
            unsafe { SetStdHandle(stream, std::ptr::null_mut()) };
        }
    }
    // SAFETY: nothing goes in; nothing refers to it any more.
    unsafe { FreeConsole() };
}

/// Shows this in a small window, where nobody sees what is printed; whether it did. A helper shows it: a window of ours
/// that failed still takes part in what is done with windows, and hears nothing any more.
pub(crate) fn shown(text: &str) -> bool {
    goes_nowhere(STD_ERROR_HANDLE)
        && own_program().is_some_and(|program| {
            let mut helper = Command::new(program);
            helper.args(["worker", TELL, text]);
            helper.status().is_ok_and(|status| status.success())
        })
}

/// Shows this in a small window, as a helper of this program's own.
#[expect(
    unsafe_code,
    reason = "a call into the system that has no safe wrapper"
)]
pub(crate) fn tell(text: &str) -> io::Result<()> {
    let wide = |text: &str| text.encode_utf16().chain([0]).collect::<Vec<u16>>();
    let (text, title) = (wide(text), wide("Gilscope"));
    let style = MB_OK | MB_ICONWARNING;
    // SAFETY: both texts end in a zero and live as long as the call, which keeps nothing of them.
    match unsafe { MessageBoxW(std::ptr::null_mut(), text.as_ptr(), title.as_ptr(), style) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Sends Ctrl-C to the console of this process and of all whom it started. It takes the console, so that only a helper
/// of this program may do it.
#[expect(
    unsafe_code,
    reason = "calls into the system that have no safe wrapper"
)]
pub(crate) fn interrupt(pid: u32) -> io::Result<()> {
    // SAFETY: numbers go in, nothing comes out; it is told to ignore its own Ctrl-C before it sends one.
    let done = unsafe {
        FreeConsole();
        AttachConsole(pid) != 0
            && SetConsoleCtrlHandler(None, 1) != 0
            && GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0) != 0
    };
    if done {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[expect(
    unsafe_code,
    reason = "a call into the system that has no safe wrapper"
)]
fn handle(stream: STD_HANDLE) -> HANDLE {
    // SAFETY: a number goes in; the handle is the process's own.
    unsafe { GetStdHandle(stream) }
}

/// Whether it is closed, or a console's that we have not.
#[expect(
    unsafe_code,
    reason = "a call into the system that has no safe wrapper"
)]
fn goes_nowhere(stream: STD_HANDLE) -> bool {
    // SAFETY: whatever the number stands for, it is only looked at.
    unsafe { GetFileType(handle(stream)) == FILE_TYPE_UNKNOWN }
}

/// Its mode, if it is a console.
#[expect(
    unsafe_code,
    reason = "a call into the system that has no safe wrapper"
)]
fn console_mode(stream: STD_HANDLE) -> Option<u32> {
    let mut mode = 0;
    // SAFETY: the number is ours, and the call keeps nothing of it.
    (unsafe { GetConsoleMode(handle(stream), &raw mut mode) } != 0).then_some(mode)
}

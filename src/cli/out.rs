//! The one place that writes to our own standard output and error.

use std::io::Write;

use serde::Serialize;

/// Prints to standard output. Gives the exit status: a reader that went away is no failure of ours.
pub(super) fn text(text: &str) -> u8 {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            say(&format!("standard output can't be written: {error}"));
            super::CAN_NOT_RUN
        }
        _ => 0,
    }
}

/// Prints one JSON object. Gives the exit status.
pub(super) fn json(value: &impl Serialize) -> u8 {
    match serde_json::to_string_pretty(value) {
        Ok(json) => text(&(json + "\n")),
        Err(error) => {
            say(&format!("the result can't be written as JSON: {error}"));
            super::CAN_NOT_RUN
        }
    }
}

/// Says something on standard error, by our name.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "gilscope: {text}");
}

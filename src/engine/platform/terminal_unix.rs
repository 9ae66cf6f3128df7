//! The terminal on Unix: a program has the one that it was started from, whether it opens a window or not.

use std::io::IsTerminal;

/// Nothing is to be done for it.
pub(crate) fn take() {}

/// Nothing is to be done for it.
pub(crate) fn leave() {}

/// Whether somebody was shown this otherwise, because nobody sees what is printed.
pub(crate) fn shown(text: &str) -> bool {
    !std::io::stderr().is_terminal() && super::notify(text)
}

/// Shows this in a small window, as a helper of this program's own: not here.
pub(crate) fn tell(_text: &str) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Sends Ctrl-C to a process's terminal, as a helper of this program's own: signals do that here.
pub(crate) fn interrupt(_pid: u32) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

//! The thread that writes to our standard output and error, so that a slow reader of ours never holds up
//! the controller.
//!
//! What waits here is bounded: past a few MiB the engine is asked to leave output in its pipes
//! ([`crate::engine::Shared::hold`]), and the workers then wait as they would for any slow reader.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::engine::Shared;
use crate::run::Stream;

/// Past this many bytes waiting, output is to be held back; below half of it, no longer.
const WAITING: usize = 4 << 20;

enum Piece {
    Bytes(Stream, Vec<u8>),
    Progress(String),
}

/// The handle of the thread.
#[derive(Clone)]
pub(super) struct Printer {
    pieces: Sender<Piece>,
    waiting: Arc<AtomicUsize>,
    shared: Arc<Shared>,
}

/// Ends the thread when every [`Printer`] is gone, and waits for it.
pub(super) struct Printing(JoinHandle<()>);

impl Printing {
    /// Waits until everything is written. Every [`Printer`] must have been dropped.
    pub(super) fn finish(self) {
        let _ = self.0.join();
    }
}

impl Printer {
    /// Starts the thread; `gone` is called once if a reader of ours went away.
    pub(super) fn start(
        shared: Arc<Shared>,
        gone: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<(Self, Printing)> {
        // Bounded by WAITING through the engine's hold, not by the queue itself: the controller may not wait.
        let (pieces, inbox) = unbounded();
        let waiting = Arc::new(AtomicUsize::new(0));
        let printer = Self {
            pieces,
            waiting: Arc::clone(&waiting),
            shared: Arc::clone(&shared),
        };
        let thread = std::thread::Builder::new()
            .name("printer".into())
            .spawn(move || print(&inbox, &waiting, &shared, gone))?;
        Ok((printer, Printing(thread)))
    }

    /// Prints bytes as they are.
    pub(super) fn bytes(&self, stream: Stream, bytes: Vec<u8>) {
        let before = self.waiting.fetch_add(bytes.len(), Ordering::Relaxed);
        if before + bytes.len() > WAITING {
            self.shared.hold.store(true, Ordering::Relaxed);
        }
        let _ = self.pieces.send(Piece::Bytes(stream, bytes));
    }

    /// Replaces the line that tells how far the run is.
    pub(super) fn progress(&self, line: String) {
        let _ = self.pieces.send(Piece::Progress(line));
    }
}

fn print(inbox: &Receiver<Piece>, waiting: &AtomicUsize, shared: &Shared, gone: impl FnOnce()) {
    let mut gone = Some(gone);
    let mut progress = Progress {
        shown: false,
        terminal: std::io::stderr().is_terminal(),
        in_line: false,
    };
    let terminals = [std::io::stdout().is_terminal(), progress.terminal];
    let mut lost = [false; 2];
    for piece in inbox {
        match piece {
            Piece::Bytes(stream, bytes) => {
                progress.clear();
                let index = usize::from(stream == Stream::Stderr);
                if terminals[index] {
                    progress.in_line = bytes.last().is_some_and(|&byte| byte != b'\n');
                }
                let written = if lost[index] {
                    Ok(())
                } else {
                    write(stream, &bytes)
                };
                if written.is_err() {
                    lost[index] = true;
                    if let Some(gone) = gone.take() {
                        gone();
                    }
                }
                let before = waiting.fetch_sub(bytes.len(), Ordering::Relaxed);
                if before - bytes.len() < WAITING / 2 {
                    shared.hold.store(false, Ordering::Relaxed);
                }
            }
            Piece::Progress(line) => progress.show(&line),
        }
    }
    progress.clear();
}

fn write(stream: Stream, bytes: &[u8]) -> std::io::Result<()> {
    match stream {
        Stream::Stdout => {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
        Stream::Stderr => std::io::stderr().lock().write_all(bytes),
    }
}

/// The line at the bottom of a terminal.
struct Progress {
    shown: bool,
    terminal: bool,
    /// Whether a line waits for its end on a terminal, such as a prompt: it stays as it is.
    in_line: bool,
}

impl Progress {
    fn show(&mut self, line: &str) {
        if self.terminal && !self.in_line {
            self.shown = true;
            let _ = write!(std::io::stderr().lock(), "\r\x1b[2K{line}");
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[2K");
        }
    }
}

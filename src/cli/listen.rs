//! What a run prints while it is alive: each worker's lines with its name, or all bytes as they come.

use std::collections::HashMap;

use super::printer::Printer;
use crate::engine::Tap;
use crate::run::{Ended, Event, Kind, Lane, LaneId, Run, Stream};

/// A line longer than this is printed in pieces.
const LONGEST: usize = 1 << 20;
/// Colours of the 256-colour terminal that are told apart on dark and light alike.
const COLOURS: [u8; 8] = [39, 214, 42, 204, 141, 208, 73, 178];
/// Failures that are told one by one.
const FAILURES: usize = 10;
/// Between two progress lines.
const PROGRESS_NS: u64 = 200_000_000;

/// Passes the bytes through, stdout to stdout and stderr to stderr.
pub(super) fn raw(printer: Printer) -> Tap {
    Box::new(move |_run, event| {
        if let Kind::Output { stream, bytes, .. } = &event.kind {
            printer.bytes(*stream, bytes.to_vec());
        }
    })
}

/// Prints each worker's lines with its name, and how far the run is.
pub(super) fn named(printer: Printer, coloured: bool) -> Tap {
    let mut names = Names {
        coloured,
        ..Names::default()
    };
    let mut progress_ns = 0;
    Box::new(move |run, event| {
        names.take(run, event, &printer);
        if run.now_ns >= progress_ns + PROGRESS_NS {
            progress_ns = run.now_ns;
            printer.progress(progress(run));
        }
    })
}

fn progress(run: &Run) -> String {
    let workers = run.workers();
    let ended = workers.iter().filter(|lane| lane.ended.is_some()).count();
    let lines: u64 = run.lanes.iter().map(|lane| lane.lines + lane.lost.0).sum();
    format!(
        "{:.1} s · {} worker(s) started, {ended} ended · {lines} line(s)",
        run.now_ns as f64 / 1e9,
        workers.len(),
    )
}

#[derive(Default)]
struct Names {
    coloured: bool,
    /// Lines that have not come to their end.
    open: HashMap<(LaneId, bool), Vec<u8>>,
    /// Which worker a lane is, for its colour.
    numbers: HashMap<LaneId, usize>,
    width: usize,
}

impl Names {
    fn take(&mut self, run: &Run, event: &Event, printer: &Printer) {
        match &event.kind {
            Kind::Output {
                lane,
                stream,
                continues,
                bytes,
                ..
            } => {
                let key = (*lane, *stream == Stream::Stderr);
                let mut text = self.open.remove(&key).unwrap_or_default();
                if !*continues && !text.is_empty() {
                    text.push(b'\n');
                }
                text.extend_from_slice(bytes);
                let whole = match memchr::memrchr(b'\n', &text) {
                    _ if text.len() > LONGEST => text.len(),
                    Some(end) => end + 1,
                    None => 0,
                };
                let rest = text.split_off(whole);
                self.print(run, *lane, *stream, &text, printer);
                if !rest.is_empty() {
                    self.open.insert(key, rest);
                }
            }
            Kind::Notice { text } => {
                printer.bytes(Stream::Stderr, format!("gilscope: {text}\n").into_bytes());
            }
            Kind::RunEnded(_) => {
                let mut open: Vec<_> = self.open.drain().collect();
                open.sort();
                for ((lane, stderr), text) in open {
                    let stream = if stderr {
                        Stream::Stderr
                    } else {
                        Stream::Stdout
                    };
                    self.print(run, lane, stream, &text, printer);
                }
                failures(run, printer);
            }
            _ => {}
        }
    }

    fn print(&mut self, run: &Run, lane: LaneId, stream: Stream, text: &[u8], printer: &Printer) {
        let Some(known) = run.lane(lane) else {
            return;
        };
        let name = name(known);
        self.width = self.width.max(name.chars().count()).min(24);
        let next = self.numbers.len();
        let number = if known.info.kind.is_worker() {
            Some(*self.numbers.entry(lane).or_insert(next))
        } else {
            None
        };
        let width = self.width;
        let before = match number {
            Some(number) if self.coloured => {
                let colour = COLOURS[number % COLOURS.len()];
                format!("\x1b[38;5;{colour}m{name:<width$}\x1b[0m | ")
            }
            _ => format!("{name:<width$} | "),
        };
        let mut out = Vec::with_capacity(text.len() + 64);
        let lines = text.strip_suffix(b"\n").unwrap_or(text);
        if text.is_empty() {
            return;
        }
        for line in lines.split(|&byte| byte == b'\n') {
            out.extend_from_slice(before.as_bytes());
            out.extend_from_slice(visible(line));
            out.push(b'\n');
        }
        printer.bytes(stream, out);
    }
}

/// Says which lanes failed, and how; of many, the first.
fn failures(run: &Run, printer: &Printer) {
    let failed: Vec<&Lane> = run.lanes.iter().filter(|lane| lane.failed()).collect();
    for lane in failed.iter().take(FAILURES) {
        let how = match lane.ended.map(|(_, how)| how) {
            Some(Ended::Exited(status)) => format!("exited with status {status}"),
            Some(Ended::Killed(signal)) => {
                format!("was killed by {}", crate::engine::signal_name(signal))
            }
            Some(Ended::Raised) => "ended with an exception".to_owned(),
            _ => continue,
        };
        let text = format!("gilscope: {} {how}\n", name(lane));
        printer.bytes(Stream::Stderr, text.into_bytes());
    }
    if failed.len() > FAILURES {
        let text = format!("gilscope: and {} more failed\n", failed.len() - FAILURES);
        printer.bytes(Stream::Stderr, text.into_bytes());
    }
}

/// What is on screen after a line that went back to its beginning, as a progress bar does.
fn visible(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    memchr::memrchr(b'\r', line).map_or(line, |at| &line[at + 1..])
}

/// A lane's name.
fn name(lane: &Lane) -> String {
    if lane.info.name.is_empty() {
        format!("{} {}", "process", lane.info.pid)
    } else {
        lane.info.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_progress_bar_shows_its_last_state() {
        assert_eq!(visible(b"10 %\r20 %\r"), b"20 %");
        assert_eq!(visible(b"plain\r"), b"plain");
        assert_eq!(visible(b""), b"");
    }
}

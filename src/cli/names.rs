//! Each worker's lines with its name before them.
//!
//! A pipe gets whole lines only. A terminal also gets a line that waits for its end, once the pump lets it go: a
//! prompt, a progress bar. It stays open on the screen until it goes on, or until something else is to be printed.

use std::collections::HashMap;
use std::io::IsTerminal;

use super::listen::say;
use super::printer::Printer;
use crate::run::{Ended, Event, Kind, Lane, LaneId, Run, Stream};

/// A line longer than this is printed in pieces.
const LONGEST: usize = 1 << 20;
/// Colours of the 256-colour terminal that are told apart on dark and light alike.
const COLOURS: [u8; 8] = [39, 214, 42, 204, 141, 208, 73, 178];
/// Failures that are told one by one.
const FAILURES: usize = 10;
/// Back to the beginning of the line, and the line is gone.
const AGAIN: &[u8] = b"\r\x1b[2K";

/// Whose line: a lane's, on standard error or output.
type Key = (LaneId, bool);

/// Puts names before lines.
#[derive(Default)]
pub(super) struct Names {
    coloured: bool,
    /// Whether our standard output and error are terminals.
    terminals: [bool; 2],
    /// Lines that have not come to their end. Of one that was shown on a terminal, what is seen of it.
    open: HashMap<Key, Vec<u8>>,
    /// The line that is open on the screen.
    on_screen: Option<Key>,
    /// Which worker a lane is, for its colour.
    numbers: HashMap<LaneId, usize>,
    width: usize,
}

impl Names {
    /// For our own standard output and error.
    pub(super) fn of_this_terminal() -> Self {
        let terminals = [
            std::io::stdout().is_terminal(),
            std::io::stderr().is_terminal(),
        ];
        Self {
            coloured: terminals[0] && std::env::var_os("NO_COLOR").is_none(),
            terminals,
            ..Self::default()
        }
    }

    /// Prints what an event brought.
    pub(super) fn take(&mut self, run: &Run, event: &Event, printer: &Printer) {
        match &event.kind {
            Kind::Output {
                lane,
                stream,
                continues,
                bytes,
                ..
            } => {
                let Some(known) = run.lane(*lane) else {
                    return;
                };
                let before = self.before(known);
                let out = if self.terminals[usize::from(*stream == Stream::Stderr)] {
                    self.shown(*lane, *stream, *continues, bytes, &before)
                } else {
                    self.whole_lines(*lane, *stream, *continues, bytes, &before)
                };
                if !out.is_empty() {
                    printer.bytes(*stream, out);
                }
            }
            Kind::Notice { text } => {
                self.end_line(printer);
                say(printer, text);
            }
            Kind::RunEnded(_) => {
                self.end_line(printer);
                let mut open: Vec<_> = self.open.drain().collect();
                open.sort();
                for ((lane, stderr), text) in open {
                    let Some(known) = run
                        .lane(lane)
                        .filter(|_| !self.terminals[usize::from(stderr)])
                    else {
                        continue;
                    };
                    let stream = if stderr {
                        Stream::Stderr
                    } else {
                        Stream::Stdout
                    };
                    let before = self.before(known);
                    printer.bytes(stream, named(&text, &before));
                }
                failures(run, printer);
            }
            _ => {}
        }
    }

    /// Ends the line that is open on the screen.
    fn end_line(&mut self, printer: &Printer) {
        if let Some((_, stderr)) = self.on_screen.take() {
            let stream = if stderr {
                Stream::Stderr
            } else {
                Stream::Stdout
            };
            printer.bytes(stream, b"\n".to_vec());
        }
    }

    /// What there is to print where only whole lines are.
    fn whole_lines(
        &mut self,
        lane: LaneId,
        stream: Stream,
        continues: bool,
        bytes: &[u8],
        before: &[u8],
    ) -> Vec<u8> {
        let key = (lane, stream == Stream::Stderr);
        let mut text = self.open.remove(&key).unwrap_or_default();
        if !continues && !text.is_empty() {
            text.push(b'\n');
        }
        text.extend_from_slice(bytes);
        let whole = match memchr::memrchr(b'\n', &text) {
            _ if text.len() > LONGEST => text.len(),
            Some(end) => end + 1,
            None => 0,
        };
        let rest = text.split_off(whole);
        if !rest.is_empty() {
            self.open.insert(key, rest);
        }
        named(&text, before)
    }

    /// What there is to print on a terminal, where a line without its end is shown too.
    fn shown(
        &mut self,
        lane: LaneId,
        stream: Stream,
        continues: bool,
        bytes: &[u8],
        before: &[u8],
    ) -> Vec<u8> {
        let key = (lane, stream == Stream::Stderr);
        let mut seen = self
            .open
            .remove(&key)
            .filter(|_| continues)
            .unwrap_or_default();
        let mut out = Vec::with_capacity(bytes.len() + 64);
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let body = piece.strip_suffix(b"\n").unwrap_or(piece);
            let goes_on = continues && self.on_screen == Some(key);
            if goes_on && !seen.ends_with(b"\r") && !visible_part(body).contains(&b'\r') {
                out.extend_from_slice(visible(body));
            } else {
                if goes_on {
                    out.extend_from_slice(AGAIN);
                } else if self.on_screen.is_some() {
                    out.push(b'\n');
                }
                out.extend_from_slice(before);
                let all = if goes_on {
                    [&seen, body].concat()
                } else {
                    body.to_vec()
                };
                out.extend_from_slice(visible(&all));
            }
            if body.len() < piece.len() {
                out.push(b'\n');
                seen.clear();
                self.on_screen = None;
                continue;
            }
            self.on_screen = Some(key);
            seen.extend_from_slice(body);
            // Of what went back to its beginning only the newest is seen.
            let ends_back = seen.ends_with(b"\r");
            seen = visible(&seen).to_vec();
            seen.truncate(LONGEST);
            if ends_back {
                seen.push(b'\r');
            }
        }
        if !seen.is_empty() {
            self.open.insert(key, seen);
        }
        out
    }

    /// What stands before a lane's lines.
    fn before(&mut self, lane: &Lane) -> Vec<u8> {
        let name = name(lane);
        self.width = self.width.max(name.chars().count()).min(24);
        let width = self.width;
        let next = self.numbers.len();
        let is_worker = lane.info.kind.is_worker();
        let number = is_worker.then(|| *self.numbers.entry(lane.id).or_insert(next));
        let before = match number {
            Some(number) if self.coloured => {
                let colour = COLOURS[number % COLOURS.len()];
                format!("\x1b[38;5;{colour}m{name:<width$}\x1b[0m | ")
            }
            _ => format!("{name:<width$} | "),
        };
        before.into_bytes()
    }
}

/// Lines with a name before each; the last one gets its end.
fn named(text: &[u8], before: &[u8]) -> Vec<u8> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::with_capacity(text.len() + 64);
    let lines = text.strip_suffix(b"\n").unwrap_or(text);
    for line in lines.split(|&byte| byte == b'\n') {
        out.extend_from_slice(before);
        out.extend_from_slice(visible(line));
        out.push(b'\n');
    }
    out
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
        say(printer, &format!("{} {how}", name(lane)));
    }
    if failed.len() > FAILURES {
        let more = failed.len() - FAILURES;
        say(printer, &format!("and {more} more failed"));
    }
}

/// What is on screen after a line that went back to its beginning, as a progress bar does.
fn visible(line: &[u8]) -> &[u8] {
    let line = visible_part(line);
    memchr::memrchr(b'\r', line).map_or(line, |at| &line[at + 1..])
}

/// A line without the steps back at its end, which leave what they follow on the screen.
fn visible_part(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|&byte| byte != b'\r');
    &line[..end.map_or(0, |end| end + 1)]
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

    /// What a terminal gets, an item a piece: lane, whether it goes on, bytes.
    fn screen(pieces: &[(u32, bool, &str)]) -> Vec<String> {
        let mut names = Names::default();
        pieces
            .iter()
            .map(|(lane, continues, text)| {
                let before = format!("p{lane} | ");
                let (lane, bytes) = (LaneId(*lane), text.as_bytes());
                let out = names.shown(lane, Stream::Stdout, *continues, bytes, before.as_bytes());
                String::from_utf8(out).unwrap()
            })
            .collect()
    }

    #[test]
    fn a_prompt_is_shown_goes_on_and_is_left_for_another_line() {
        let said = screen(&[
            (0, false, "Name: "),
            (0, true, "Bob\nAge: "),
            (1, false, "x\n"),
            (0, true, "7\n"),
        ]);
        assert_eq!(
            said,
            ["p0 | Name: ", "Bob\np0 | Age: ", "\np1 | x\n", "p0 | 7\n"]
        );
    }

    #[test]
    fn a_bar_is_drawn_again_in_its_place() {
        let said = screen(&[
            (0, false, "10 %\r"),
            (0, true, "20 %\r"),
            (0, true, "\r30 %"),
            (0, true, " of 9\n"),
        ]);
        let again = String::from_utf8(AGAIN.to_vec()).unwrap();
        let expected = [
            "p0 | 10 %".to_owned(),
            format!("{again}p0 | 20 %"),
            format!("{again}p0 | 30 %"),
            " of 9\n".to_owned(),
        ];
        assert_eq!(said, expected);
    }
}

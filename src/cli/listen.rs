//! What a run prints while it is alive: each worker's lines with its name, or all bytes as they come; and what
//! is to be told of the run itself.

use super::names::Names;
use super::printer::Printer;
use crate::engine::Tap;
use crate::experiment::Limits;
use crate::run::{Event, Kind, Run, StoppedBy, Stream};

/// Between two progress lines.
const PROGRESS_NS: u64 = 200_000_000;

/// Passes the bytes through, stdout to stdout and stderr to stderr. What is not passed on is told.
pub(super) fn raw(printer: Printer) -> Tap {
    Box::new(move |run, event| match &event.kind {
        Kind::Output { stream, bytes, .. } => printer.bytes(*stream, bytes.to_vec()),
        Kind::StopAsked { by } => {
            if let Some(why) = why_stopped(*by, &run.header.experiment.limits) {
                say(&printer, &why);
            }
        }
        Kind::RunEnded(_) => {
            let lost: u64 = run.lanes.iter().map(|lane| lane.lost.1).sum();
            if lost > 0 {
                say(
                    &printer,
                    &format!("{lost} byte(s) of output were not passed on"),
                );
            }
        }
        _ => notice(&printer, event),
    })
}

/// Prints nothing but what is to be told, on standard error.
pub(super) fn notices(printer: Printer) -> Tap {
    Box::new(move |_run, event| notice(&printer, event))
}

/// Prints each worker's lines with its name, and how far the run is.
pub(super) fn named(printer: Printer) -> Tap {
    let mut names = Names::of_this_terminal();
    let mut progress_ns = 0;
    Box::new(move |run, event| {
        names.take(run, event, &printer);
        if run.now_ns >= progress_ns + PROGRESS_NS {
            progress_ns = run.now_ns;
            printer.progress(progress(run));
        }
    })
}

fn notice(printer: &Printer, event: &Event) {
    if let Kind::Notice { text } = &event.kind {
        say(printer, text);
    }
}

/// Says something by our name, in its turn among what is printed.
pub(super) fn say(printer: &Printer, text: &str) {
    printer.bytes(Stream::Stderr, format!("gilscope: {text}\n").into_bytes());
}

/// Why a run is being stopped, for who sees no summary; none where that is known or told otherwise.
fn why_stopped(by: StoppedBy, limits: &Limits) -> Option<String> {
    match by {
        StoppedBy::Limit => Some(format!(
            "the run is stopped: its time limit of {} s is over",
            limits.time_s.unwrap_or_default()
        )),
        StoppedBy::Quota => Some(format!(
            "the run is stopped: more output came than its quota of {} byte(s), and what is beyond it is not passed on",
            limits.quota_bytes
        )),
        StoppedBy::Memory => limits.memory_bytes.map(|bytes| {
            format!("the run is stopped: it has more memory than its limit of {bytes} byte(s)")
        }),
        StoppedBy::Disk => Some(
            "the run is stopped: the disk of its run file is nearly full. Make room there and run it again"
                .to_owned(),
        ),
        // An error is told as a notice, and that the machine's memory ran short.
        StoppedBy::End | StoppedBy::User | StoppedBy::Error => None,
    }
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

//! What is printed at the end of a run, and of a run file without a window.

use std::fmt::Write as _;
use std::path::Path;

use super::{CAN_NOT_RUN, out};
use crate::run::{Figures, Gil, InterpreterGil, Run, StartUp};
use crate::store;

/// With more sub-interpreters than this they are counted.
const FEW: usize = 8;
/// Less than so many seconds of waiting are not worth a line.
const SAID_S: f64 = 0.01;

/// The figures as a person reads them.
pub(super) fn text(run: &Run, figures: &Figures, file: Option<&Path>) -> String {
    let f = figures;
    let mut text = String::new();
    let mut parts = vec![
        format!("{} worker(s)", f.workers),
        format!("{} finished", f.finished),
    ];
    for (count, what) in [(f.failed, "failed"), (f.stopped, "stopped")] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.push(format!("most alive at once {}", f.peak_parallel));
    let _ = writeln!(text, "{}", parts.join(", "));
    let least = if f.cpu_at_least { "at least " } else { "" };
    let _ = writeln!(
        text,
        "wall {:.3} s, CPU {least}{:.3} s, speed-up {:.2} of {} possible",
        f.wall_s, f.cpu_s, f.speed_up, f.possible
    );
    let _ = writeln!(
        text,
        "{} line(s), {} byte(s), {} lost, {} pair(s) out of order",
        f.lines, f.bytes, f.lines_lost, f.out_of_order
    );
    if let Some(wait_s) = f.output_wait_s.filter(|wait_s| *wait_s >= SAID_S) {
        let _ = writeln!(
            text,
            "threads waited {wait_s:.2} s until their output was read"
        );
    }
    text.push_str(&start_up(&f.start_up));
    text.push_str(&gil(&f.gil));
    let _ = write!(text, "{}, {}", what(run), ran(run));
    if f.stopped_by != "end" {
        let _ = write!(text, ", stopped by {}", f.stopped_by);
        if let Some(steps) = run.stop_words() {
            let _ = write!(text, ": {steps}");
        }
    }
    text.push('\n');
    if let Some(file) = file {
        let _ = writeln!(text, "kept in {}", file.display());
    }
    text
}

/// A line on what a start costs, where that is known.
fn start_up(start: &StartUp) -> String {
    let phases = [
        (start.interpreter_ms, "until it runs"),
        (start.imports_ms, "imports"),
        (start.first_line_ms, "to the first line"),
        (start.exit_ms, "to the exit"),
    ];
    let parts: Vec<String> = phases
        .into_iter()
        .filter_map(|(ms, what)| Some(format!("{what} {:.1} ms", ms?)))
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!("a worker's start, medians: {}\n", parts.join(", "))
}

/// A line on the GIL, where it was measured.
fn gil(gil: &Gil) -> String {
    let Some(held) = gil.held_share else {
        return String::new();
    };
    let mut parts = vec![format!(
        "{}GIL held {:.0} % of the time that it was watched",
        if gil.is_main_only {
            "main interpreter's "
        } else {
            ""
        },
        held * 100.0
    )];
    if let Some(count) = gil.handoffs {
        parts.push(format!("handed on {count} time(s)"));
    }
    if let Some(median_ms) = gil.median_hold_ms {
        parts.push(format!("median hold {median_ms:.1} ms"));
    }
    if let Some(waits) = gil.wait_share {
        parts.push(format!(
            "workers waited for it {:.0} % of theirs",
            waits * 100.0
        ));
    }
    parts.join(", ") + "\n" + &interpreters(&gil.interpreters)
}

/// A line on each sub-interpreter's GIL, while there are few: else how many there were.
fn interpreters(all: &[InterpreterGil]) -> String {
    if all.len() > FEW {
        return format!("{} sub-interpreters had a GIL of their own\n", all.len());
    }
    let line = |of: &InterpreterGil| {
        let mut parts = vec![format!(
            "GIL of interpreter {} of process {} held {:.0} %",
            of.interpreter,
            of.pid,
            of.held_share.unwrap_or_default() * 100.0
        )];
        if let Some(count) = of.handoffs {
            parts.push(format!("handed on {count} time(s)"));
        }
        if let Some(waits) = of.wait_share.filter(|_| of.threads > 1) {
            parts.push(format!("waited for {:.0} %", waits * 100.0));
        }
        parts.join(", ") + "\n"
    };
    all.iter().map(line).collect()
}

fn what(run: &Run) -> String {
    let e = &run.header.experiment;
    match &e.script {
        Some(own) => own.path.as_ref().map_or_else(
            || "an edited script".to_owned(),
            |path| path.display().to_string(),
        ),
        None => format!("{} {} × {}, join {}", e.count, e.way, e.work, e.join),
    }
}

fn ran(run: &Run) -> String {
    let python = &run.header.python;
    if python.model {
        return "the built-in model, not CPython".to_owned();
    }
    let gil = if run.gil_enabled() {
        "GIL on"
    } else {
        "GIL off"
    };
    format!("CPython {} ({gil})", python.version)
}

/// Prints the figures of a run file. Gives the exit status.
pub(super) fn of_file(file: &Path) -> u8 {
    match store::open(file) {
        Ok((run, _)) => out::text(&text(&run, &run.figures(), Some(file))),
        Err(error) => {
            out::say(&error.to_string());
            CAN_NOT_RUN
        }
    }
}

//! What the eye sees, in a sentence.

use super::curves::Curves;
use crate::run::Run;
use crate::ui::zoom::TimeRange;

/// What counts as now.
const LATELY_NS: u64 = 500_000_000;

/// Busy cores of how many, and what that is of the machine.
pub fn busy(cores: f64, of: u32) -> String {
    let of = of.max(1);
    let many = if of == 1 { "core" } else { "cores" };
    let percent = cores / f64::from(of) * 100.0;
    format!("{cores:.1} of {of} {many} busy: {percent:.1} % of this machine")
}

/// The sentence: about the pointer's time, about now, or about the whole run.
pub fn sentence(run: &Run, curves: &Curves, point_ns: Option<u64>) -> String {
    let of = run.header.machine.cores;
    if let Some(point_ns) = point_ns {
        let at = at(curves, point_ns);
        return match curves.bucket(point_ns) {
            Some(bucket) => format!("at {at}: {}", busy(f64::from(curves.total[bucket]), of)),
            None => format!("at {at}: nothing of this run"),
        };
    }
    if run.end.is_none() {
        return match lately(run) {
            Some(cores) => format!("now {}", busy(cores, of)),
            None => "the first measurement is on its way".to_owned(),
        };
    }
    let wall_s = run.length_ns() as f64 / 1e9;
    let cpu_s = run.end.as_ref().map_or(0.0, |end| end.cpu_ns as f64 / 1e9);
    if wall_s <= 0.0 {
        return String::new();
    }
    format!("on average {}", busy(cpu_s / wall_s, of))
}

/// The sentence about what is shown, where that is not all of the run.
pub fn shown(run: &Run, range: TimeRange) -> String {
    match run.used(range.from_ns, range.to_ns) {
        Some(used) => format!(
            "shown here {}",
            busy(used.cores(), run.header.machine.cores)
        ),
        None if run.end.is_some() => "nothing of this run is shown here".to_owned(),
        None => "nothing was measured here yet".to_owned(),
    }
}

/// A time as exact as the curves are.
pub(super) fn at(curves: &Curves, t_ns: u64) -> String {
    let bucket_s = match curves.edges_s[..] {
        [first, second, ..] => second - first,
        _ => 1.0,
    };
    let digits = (-bucket_s.max(1e-6).log10()).clamp(2.0, 6.0) as usize;
    format!("{:.digits$} s", t_ns as f64 / 1e9)
}

/// The mean of the newest half second, or of less where there is less.
fn lately(run: &Run) -> Option<f64> {
    let to_ns = run.cpu_known_ns();
    let used = run.used(to_ns.saturating_sub(LATELY_NS), to_ns)?;
    Some(used.cores())
}

/// What must be known to read the curves right; empty where nothing.
pub fn footnote(curves: &Curves) -> String {
    let mut notes = Vec::new();
    if curves.grouped {
        notes.push(format!("{} workers, one band a colour", curves.workers));
    }
    if curves.short > 0 {
        notes.push(format!(
            "{} of {} ended before a sample: drawn from exit accounting",
            curves.short, curves.workers
        ));
    }
    if curves.unknown > 0 {
        notes.push(format!(
            "{} ended before their CPU time could be read",
            curves.unknown
        ));
    }
    notes.join(" · ")
}

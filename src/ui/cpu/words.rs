//! What the eye sees, in a sentence.

use super::curves::Curves;
use crate::run::Run;

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
        return match curves.bucket(point_ns) {
            Some(bucket) => format!(
                "at {:.2} s: {}",
                point_ns as f64 / 1e9,
                busy(f64::from(curves.total[bucket]), of)
            ),
            None => format!("at {:.2} s: nothing of this run", point_ns as f64 / 1e9),
        };
    }
    if run.end.is_none() {
        return match lately(curves) {
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

/// The mean of the newest half second, or of less where there is less.
fn lately(curves: &Curves) -> Option<f64> {
    let to_s = *curves.edges_s.last()?;
    let (mut sum, mut over_s) = (0.0, 0.0);
    for (edge, cores) in curves.edges_s.windows(2).zip(&curves.total).rev() {
        if edge[1] < to_s - 0.5 {
            break;
        }
        sum += f64::from(*cores) * (edge[1] - edge[0]);
        over_s += edge[1] - edge[0];
    }
    (over_s > 0.0).then(|| sum / over_s)
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

//! Which run is shown, in one line: what ran, on which Python, and what stopped it. It stands above the
//! panels and in the picture that is saved of them, so that neither can be taken for another run's.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{self, Color32, FontId};

use super::theme::Theme;
use crate::experiment::{Experiment, Join, Priority, Way, Work};
use crate::run::{PythonInfo, Run, StoppedBy};

/// The parts of the line, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// What ran.
    pub what: String,
    /// On which Python.
    pub python: String,
    /// Whether that is a model and no Python.
    pub model: bool,
    /// What stopped it; none where it came to its own end or goes on.
    pub stopped: Option<String>,
    /// How much faster it was than in turn, where that was measured.
    pub turn: Option<String>,
    /// Where an opened run comes from; none for the window's own.
    pub opened: Option<String>,
}

/// The parts for this run; `opened` is the name of its file where it was opened from one.
pub fn which(run: &Run, opened: Option<&str>, turn_wall_s: Option<f64>) -> Which {
    Which {
        what: what(&run.header.experiment),
        python: python(&run.header.python),
        model: run.header.python.model,
        stopped: stopped(run, opened.is_none()),
        turn: turn_wall_s.and_then(|turn_s| against(turn_s, run.length_ns() as f64 / 1e9)),
        opened: opened.map(|name| format!("opened: {name}")),
    }
}

/// Shows the line; what does not fit is in its tooltip and its accessible name.
pub(super) fn ui(ui: &mut egui::Ui, which: &Which, theme: &Theme) {
    let mut job = LayoutJob::default();
    let mut add = |text: &str, color: Color32| {
        if !job.is_empty() {
            job.append(" · ", 0.0, format(theme.weak));
        }
        job.append(text, 0.0, format(color));
    };
    add(&which.what, theme.text);
    add(
        &which.python,
        if which.model { theme.warn } else { theme.text },
    );
    if let Some(stopped) = &which.stopped {
        add(stopped, theme.warn);
    }
    if let Some(turn) = &which.turn {
        add(turn, theme.text);
    }
    // Last, as the bar above names it too where there is no room.
    if let Some(opened) = &which.opened {
        add(opened, theme.accent);
    }
    ui.add(egui::Label::new(job).truncate());
}

fn format(color: Color32) -> TextFormat {
    TextFormat::simple(FontId::proportional(12.5), color)
}

/// How much faster than in turn.
fn against(turn_s: f64, wall_s: f64) -> Option<String> {
    (wall_s > 0.0).then(|| {
        let times = turn_s / wall_s;
        let digits = usize::from(turn_s < 1.0) + 1;
        format!("{times:.1}× against in turn (measured {turn_s:.digits$} s)")
    })
}

/// What ran, such as `5 processes × hello, join each`.
pub fn what(e: &Experiment) -> String {
    let priority = match e.priority {
        Priority::Usual => "",
        Priority::Low => ", low priority",
    };
    format!("{}{priority}", what_ran(e))
}

fn what_ran(e: &Experiment) -> String {
    if let Some(own) = &e.script {
        let name = own.path.as_ref().and_then(|path| path.file_name());
        let name = name.map_or_else(
            || "an edited script".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
        let args = shlex::try_join(own.args.iter().map(String::as_str)).unwrap_or_default();
        return format!("{name} {args}").trim_end().to_owned();
    }
    let n = e.count;
    let who = match e.way {
        Way::Turn => format!("{n} in turn"),
        Way::Threads if n == 1 => "1 thread".to_owned(),
        Way::Threads => format!("{n} threads"),
        Way::Processes if n == 1 => "1 process".to_owned(),
        Way::Processes => format!("{n} processes"),
        Way::Pool => format!("pool of {n}"),
        Way::Interpreters if n == 1 => "1 interpreter".to_owned(),
        Way::Interpreters => format!("{n} interpreters"),
        Way::Script => "a script".to_owned(),
    };
    let amount = match e.work {
        Work::Burn => format!(" {} steps", short(e.steps)),
        Work::Hash => format!(" {} rounds", short(e.rounds)),
        Work::Wait => format!(" {} s", e.wait_s),
        Work::Hello | Work::Args | Work::Forever => String::new(),
    };
    let join = match (e.way, e.join) {
        (Way::Turn, _) => "",
        (_, Join::Each) => ", join each",
        (_, Join::End) => ", join at end",
        (_, Join::Never) => ", never joined",
    };
    let method = e
        .start_method
        .map_or_else(String::new, |method| format!(", {method}"));
    let interval = e.switch_interval_s.map_or_else(String::new, |s| {
        format!(", switch interval {} ms", rounded(s * 1000.0))
    });
    format!("{who} × {}{amount}{join}{method}{interval}", e.work)
}

/// Such as `15M`.
fn short(number: u64) -> String {
    match number {
        1_000_000.. => format!("{}M", rounded(number as f64 / 1e6)),
        1_000.. => format!("{}k", rounded(number as f64 / 1e3)),
        _ => number.to_string(),
    }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn python(python: &PythonInfo) -> String {
    if python.model {
        return "built in, a model of the GIL".to_owned();
    }
    let gil = if python.gil_enabled { "on" } else { "off" };
    format!("CPython {}, GIL {gil}", python.version)
}

/// What stopped it, or is stopping it; `ours` says whether it is this window's own run.
pub fn stopped(run: &Run, ours: bool) -> Option<String> {
    let limits = &run.header.experiment.limits;
    let by = match (&run.end, run.stop_asked) {
        (Some(end), _) => end.stopped_by,
        (None, Some((_, by))) => by,
        (None, None) if ours => return None,
        (None, None) => return Some("its end was not recorded".to_owned()),
    };
    let how = match by {
        StoppedBy::End => return None,
        StoppedBy::Limit => match limits.time_s {
            Some(time_s) => format!("by the time limit of {time_s} s"),
            None => "by a time limit".to_owned(),
        },
        StoppedBy::Quota => format!("at the output quota of {}", bytes(limits.quota_bytes)),
        StoppedBy::Memory => match limits.memory_bytes {
            Some(most) => format!("at the memory limit of {}", bytes(most)),
            None => "because the machine’s memory ran short".to_owned(),
        },
        StoppedBy::Disk => "because its disk is nearly full".to_owned(),
        StoppedBy::User if ours => "by you".to_owned(),
        StoppedBy::User => "by its user".to_owned(),
        StoppedBy::Error => "by an error".to_owned(),
    };
    let done = if run.end.is_some() {
        "stopped"
    } else {
        "being stopped"
    };
    let steps = run
        .stop_words()
        .map_or_else(String::new, |steps| format!(" ({steps})"));
    Some(format!("{done} {how}{steps}"))
}

/// Such as `2 GiB`.
fn bytes(bytes: u64) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] {
        if bytes >= 1 << shift {
            return format!("{} {unit}", rounded(bytes as f64 / f64::from(1 << shift)));
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ran_is_said_with_all_that_makes_a_difference() {
        assert_eq!(
            what(&Experiment::default()),
            "5 processes × hello, join each"
        );
        let threads = Experiment {
            way: Way::Threads,
            work: Work::Burn,
            count: 4,
            join: Join::End,
            steps: 12_500_000,
            ..Experiment::default()
        };
        assert_eq!(what(&threads), "4 threads × burn 12.5M steps, join at end");
        let turn = Experiment {
            way: Way::Turn,
            work: Work::Wait,
            wait_s: 0.25,
            count: 1,
            ..Experiment::default()
        };
        assert_eq!(what(&turn), "1 in turn × wait 0.25 s");
        let hash = Experiment {
            work: Work::Hash,
            rounds: 900,
            switch_interval_s: Some(0.0001),
            ..threads
        };
        assert_eq!(
            what(&hash),
            "4 threads × hash 900 rounds, join at end, switch interval 0.1 ms"
        );
        let low = Experiment {
            priority: Priority::Low,
            ..Experiment::default()
        };
        assert_eq!(what(&low), "5 processes × hello, join each, low priority");
    }

    #[test]
    fn in_turn_is_compared_by_what_was_measured() {
        assert_eq!(
            against(7.31, 2.52).as_deref(),
            Some("2.9× against in turn (measured 7.3 s)")
        );
        assert_eq!(
            against(0.25, 0.5).as_deref(),
            Some("0.5× against in turn (measured 0.25 s)")
        );
        assert_eq!(against(1.0, 0.0), None);
    }

    #[test]
    fn sizes_are_said_in_their_own_unit() {
        assert_eq!(bytes(2 << 30), "2 GiB");
        assert_eq!(bytes(1536 << 10), "1.5 MiB");
        assert_eq!(bytes(999), "999 bytes");
    }
}

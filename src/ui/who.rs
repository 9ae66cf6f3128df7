//! Who a lane is on screen: its colour, its name, its state in words. The same in every panel.

use eframe::egui::{Color32, FontId, Painter};

use super::theme::Theme;
use crate::run::{Lane, LaneId, Run, State};

/// The colour numbers of a run's lanes. A number stays a lane's for the whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    nth: Vec<Option<usize>>,
}

impl Who {
    /// Workers are numbered in the order in which they appeared, since that order never changes.
    pub fn of(run: &Run) -> Self {
        let mut next = 0..;
        let mut nth: Vec<_> = run
            .lanes
            .iter()
            .map(|lane| lane.info.kind.is_worker().then(|| next.next()).flatten())
            .collect();
        let alone = nth.iter().all(Option::is_none) && run.header.experiment.script.is_some();
        if let Some(root) = nth.first_mut().filter(|_| alone) {
            *root = Some(0);
        }
        Self { nth }
    }

    /// The worker's number; none for the root and for services.
    pub fn nth(&self, lane: LaneId) -> Option<usize> {
        self.nth.get(lane.index()).copied().flatten()
    }

    /// Whether `later` only adds lanes.
    pub fn goes_on_in(&self, later: &Self) -> bool {
        later.nth.starts_with(&self.nth)
    }

    /// Its colour: one of the lanes' for a worker, a quiet one for all else.
    pub fn colour(&self, lane: LaneId, theme: &Theme) -> Color32 {
        self.nth(lane).map_or(theme.weak, |nth| theme.lane(nth))
    }
}

/// Its name, or what to call it for want of one.
pub fn name(lane: &Lane) -> String {
    if lane.info.name.is_empty() {
        format!("pid {}", lane.info.pid)
    } else {
        lane.info.name.clone()
    }
}

/// Its name without its target: `Thread-2` of `Thread-2 (work)`.
pub fn short_name(lane: &Lane) -> String {
    let name = name(lane);
    name.split(" (").next().unwrap_or(&name).to_owned()
}

/// What it does now, such as `waiting for Process-3` or `killed by SIGKILL`.
pub fn state_words(run: &Run, lane: &Lane) -> String {
    match lane.state() {
        State::Starting => "starting".to_owned(),
        State::Running => "running".to_owned(),
        State::Waiting => "waiting".to_owned(),
        State::Joining(on) => match run.lane(on) {
            Some(on) => format!("waiting for {}", name(on)),
            None => "waiting in join".to_owned(),
        },
        State::Ended(how) if lane.stopped => {
            format!("stopped, {}", how.words(&run.header.machine.system))
        }
        State::Ended(how) => how.words(&run.header.machine.system),
    }
}

/// What is known of a lane, a fact a line: for tooltips.
pub fn facts(run: &Run, lane: &Lane) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("state", state_words(run, lane)),
        ("pid", lane.info.pid.to_string()),
    ];
    if let Some(tid) = lane.info.tid {
        facts.push(("thread", tid.to_string()));
    }
    if !lane.info.args.is_empty() {
        facts.push(("arguments", lane.info.args.chars().take(80).collect()));
    }
    facts.push(("started", format!("{} s", seconds(lane.started_ns))));
    facts.extend(phases(lane));
    if let Some((t_ns, _)) = lane.ended {
        facts.push(("ended", format!("{} s", seconds(t_ns))));
    }
    facts.push(("CPU time", cpu_words(lane)));
    if let Some(bytes) = lane.peak_rss_bytes {
        facts.push(("peak memory", size(bytes)));
    }
    facts.push(("lines", thousands(lane.lines)));
    facts.extend(
        lane.output_words()
            .map(|words| ("output", words.to_owned())),
    );
    facts
}

/// What its start cost, phase by phase.
fn phases(lane: &Lane) -> impl Iterator<Item = (&'static str, String)> {
    let phases = lane.phases();
    let known = [
        ("until it runs", phases.interpreter_ns),
        ("imports", phases.imports_ns),
        ("to first line", phases.first_line_ns),
        ("to exit", phases.exit_ns),
    ];
    let said = |ns: u64| {
        if ns < 1_000_000_000 {
            format!("{:.1} ms", ns as f64 / 1e6)
        } else {
            format!("{} s", seconds(ns))
        }
    };
    known
        .into_iter()
        .filter_map(move |(what, ns)| Some((what, said(ns?))))
}

/// Lifetime CPU time, such as `1.204 s`, `at least 0.020 s`, or `not measured`.
pub fn cpu_words(lane: &Lane) -> String {
    let (cpu_ns, at_least) = lane.cpu_ns();
    if lane.cpu_final_ns.is_none() && lane.cpu.points().is_empty() {
        return "not measured".to_owned();
    }
    let at_least = if at_least { "at least " } else { "" };
    format!("{at_least}{} s", seconds(cpu_ns))
}

/// A name that fits: its target goes first (`Thread-2 (work)`), then its middle, since its end is what
/// tells names apart (`ForkPoolWorker-12`).
pub fn elided(painter: &Painter, text: &str, font: FontId, room: f32) -> String {
    if fits(painter, text, &font, room) {
        return text.to_owned();
    }
    let text = text.split(" (").next().unwrap_or(text);
    if fits(painter, text, &font, room) {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    for keep in (2..chars.len()).rev() {
        let tail = keep.div_ceil(2);
        let head = keep - tail;
        let short: String = chars[..head]
            .iter()
            .chain(&['…'])
            .chain(&chars[chars.len() - tail..])
            .collect();
        if fits(painter, &short, &font, room) {
            return short;
        }
    }
    String::new()
}

/// A sentence that fits, cut at its end.
pub fn elided_end(painter: &Painter, text: &str, font: FontId, room: f32) -> String {
    if fits(painter, text, &font, room) {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    (1..chars.len())
        .rev()
        .map(|keep| chars[..keep].iter().chain(&['…']).collect::<String>())
        .find(|short| fits(painter, short, &font, room))
        .unwrap_or_default()
}

fn fits(painter: &Painter, text: &str, font: &FontId, room: f32) -> bool {
    let galley = painter.layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER);
    galley.size().x <= room
}

/// A time as the log shows it, in seconds and milliseconds: `6.928`.
pub fn seconds(t_ns: u64) -> String {
    format!("{}.{:03}", t_ns / 1_000_000_000, t_ns / 1_000_000 % 1000)
}

/// A whole number with its thousands apart: `1,204,311`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in bytes as people say it: `9.5 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    // Round first: 999.96 kB is 1.0 MB.
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_read_them() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_204_311), "1,204,311");
        assert_eq!(seconds(6_928_999_999), "6.928");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(999_960), "1.0 MB");
        assert_eq!(size(10_000_000), "10.0 MB");
    }
}

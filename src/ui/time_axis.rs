//! The one time axis: the plot and the lanes above each other show the same time at the same place.

use eframe::egui::{Align2, Color32, Context, FontId, Painter, Rangef, Rect, Stroke, pos2};

use super::action::Action;
use super::view::View;
use super::zoom::TimeRange;
use crate::run::Run;

/// The least that the axis of a live run shows, so that it doesn't leap in the first second.
const LIVE_NS: u64 = 1_000_000_000;
/// The least that any axis shows.
const LEAST_NS: u64 = 10_000_000;
/// A run before that was longer than this many times the run is cut off, or nothing would be seen of the run.
const BEFORE_AT_MOST: u64 = 4;
/// Height of the row of labels, in points.
pub const LABELS_H: f32 = 18.0;
/// The least room for a label, how wide a letter of one is at most, and what is left between two, in points.
const APART: f32 = 64.0;
const LETTER: f32 = 6.2;
const BETWEEN: f32 = 18.0;

/// Time on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeAxis {
    /// Nanoseconds since time zero at the left edge.
    pub from_ns: u64,
    /// Nanoseconds since time zero at the right edge.
    pub to_ns: u64,
    /// From the left to the right edge, in points.
    pub x: Rangef,
}

/// The end of the axis in nanoseconds: grows in steps while the run lives, so that nothing moves between.
pub fn limit_ns(run: Option<&Run>, before: Option<&Run>) -> u64 {
    let before_ns = before.map_or(0, Run::length_ns);
    let shown = match run {
        None => before_ns.max(LIVE_NS),
        Some(run) if run.end.is_none() => run.length_ns().max(before_ns).max(LIVE_NS),
        Some(run) if before_ns > BEFORE_AT_MOST * run.length_ns() => run.length_ns(),
        Some(run) => run.length_ns().max(before_ns),
    };
    step_up(shown.max(LEAST_NS))
}

/// The next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that leaves a little room.
fn step_up(ns: u64) -> u64 {
    let wanted = ns as f64 * 1.01;
    let power = 10_f64.powf(wanted.log10().floor());
    [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
        .into_iter()
        .map(|factor| (factor * power).round() as u64)
        .find(|&step| step as f64 >= wanted)
        .unwrap_or(ns)
}

/// How wide the column left of the axis is, for names and labels, in a panel of this width.
pub fn gutter(panel_width: f32) -> f32 {
    if panel_width < 520.0 { 76.0 } else { 96.0 }
}

/// Room right of the axis, for half a label.
pub const RIGHT: f32 = 16.0;

/// What is farther out than this is as good as out of sight, in points: numbers stay small on the screen.
const BEYOND: f64 = 4000.0;

impl TimeAxis {
    /// The axis of a panel that spans `panel`, showing this time.
    pub fn new(panel: Rect, shown: TimeRange) -> Self {
        let left = panel.left() + gutter(panel.width());
        Self {
            from_ns: shown.from_ns,
            to_ns: shown.to_ns.max(shown.from_ns + 1),
            x: Rangef::new(left, (panel.right() - RIGHT).max(left + 1.0)),
        }
    }

    /// What it shows.
    pub fn range(&self) -> TimeRange {
        TimeRange::between(self.from_ns, self.to_ns)
    }

    /// How long a point of the screen is, in nanoseconds.
    pub fn ns_per_point(&self) -> f64 {
        self.range().length_ns() as f64 / f64::from(self.x.span().max(1.0))
    }

    /// Where a time is, in points.
    pub fn at(&self, t_ns: u64) -> f32 {
        let after_ns = t_ns as f64 - self.from_ns as f64;
        let points = after_ns / self.range().length_ns() as f64 * f64::from(self.x.span());
        let beyond = f64::from(self.x.span()) + BEYOND;
        self.x.min + points.clamp(-BEYOND, beyond) as f32
    }

    /// Which time is at `x` points; none outside the axis.
    pub fn time_ns(&self, x: f32) -> Option<u64> {
        self.x.contains(x).then(|| self.nearest_ns(x))
    }

    /// Which time is at `x` points, or at the edge that is nearer.
    pub fn nearest_ns(&self, x: f32) -> u64 {
        let share = f64::from((self.x.clamp(x) - self.x.min) / self.x.span());
        self.from_ns + (share * self.range().length_ns() as f64) as u64
    }

    /// Times to label, and the labels; `apart` is the least room for one, in points.
    pub fn ticks(&self, apart: f32) -> Vec<(u64, String)> {
        let mut apart = apart;
        loop {
            let step = self.step_ns(apart);
            let ticks: Vec<_> = (self.from_ns.div_ceil(step)..=self.to_ns / step)
                .map(|i| (i * step, label(i * step, step, self.to_ns)))
                .collect();
            let longest = ticks.iter().map(|tick| tick.1.len()).max().unwrap_or(0);
            let wanted = longest as f32 * LETTER + BETWEEN;
            // Finer steps have longer labels, which have room for fewer.
            if wanted <= apart || apart >= self.x.span() {
                return ticks;
            }
            apart = wanted;
        }
    }

    fn step_ns(&self, apart: f32) -> u64 {
        let most = f64::from(self.x.span() / apart).max(1.0);
        let least = self.range().length_ns() as f64 / most;
        let power = 10_f64.powf(least.log10().floor());
        [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= least * 0.999)
            .unwrap_or(least)
            .max(1.0) as u64
    }

    /// Paints the labels, their top at `y`.
    pub fn paint_labels(&self, painter: &Painter, y: f32, colour: Color32) {
        let font = FontId::proportional(11.0);
        for (t_ns, text) in self.ticks(APART) {
            let at = pos2(self.at(t_ns), y + 3.0);
            painter.text(at, Align2::CENTER_TOP, text, font.clone(), colour);
        }
    }

    /// Paints the upright lines of the labels.
    pub fn paint_grid(&self, painter: &Painter, y: Rangef, colour: Color32) {
        for (t_ns, _) in self.ticks(APART) {
            painter.vline(self.at(t_ns), y, Stroke::new(1.0, colour));
        }
    }

    /// Paints what is selected, and the cursor: where it is held, and at the pointer.
    pub fn paint_marks(&self, painter: &Painter, y: Rangef, view: &View<'_>) {
        let theme = view.theme;
        let painter = painter.with_clip_rect(Rect::from_x_y_ranges(self.x.expand(1.0), y));
        if let Some(selected) = view.times.selected {
            let x = Rangef::new(self.at(selected.from_ns), self.at(selected.to_ns));
            let area = Rect::from_x_y_ranges(x, y);
            painter.rect_filled(area, 0.0, theme.accent.gamma_multiply(0.16));
            for x in [x.min, x.max] {
                let x = painter.round_to_pixel_center(x);
                painter.vline(x, y, Stroke::new(1.0, theme.accent));
            }
        }
        let cursor = |t_ns: Option<u64>, colour, width| {
            if let Some(t_ns) = t_ns.filter(|t_ns| self.range().has(*t_ns)) {
                let x = painter.round_to_pixel_center(self.at(t_ns));
                painter.vline(x, y, Stroke::new(width, colour));
            }
        };
        cursor(view.times.pin.map(|pin| pin.t_ns), theme.accent, 2.0);
        cursor(view.point_ns, theme.text, 1.0);
    }
}

/// Tells the pointer's time in a panel to all of them, once a change. `pointing` is whether the panel told
/// one last: only then it takes it back.
pub fn tell(
    ctx: &Context,
    pointing: &mut bool,
    known_ns: Option<u64>,
    pointed_ns: Option<u64>,
    actions: &mut Vec<Action>,
) {
    let mine = std::mem::replace(pointing, pointed_ns.is_some());
    if (mine || *pointing) && pointed_ns != known_ns {
        actions.push(Action::Point(pointed_ns));
        // The panels that were painted before this one show it with the next frame.
        ctx.request_repaint();
    }
}

/// A time as a label, with as many digits as the step to the next one needs.
fn label(t_ns: u64, step_ns: u64, to_ns: u64) -> String {
    let (unit_ns, unit) = match to_ns {
        0..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    in_units(t_ns, step_ns, unit_ns, unit)
}

/// A time in seconds, as exact as the screen is where a point of it is so long: `1.234 s`, `1.234567 s`.
pub fn exact(t_ns: u64, ns_per_point: f64) -> String {
    let power = ns_per_point.max(1.0).log10().floor() as u32;
    let step_ns = 10_u64.saturating_pow(power).clamp(1_000, 1_000_000);
    in_units(t_ns, step_ns, 1_000_000_000, "s")
}

/// A length of time in a unit that suits it: `1.25 s`, `12.5 ms`, `40 µs`.
pub fn length(ns: u64) -> String {
    let (unit_ns, unit) = match ns {
        0..999_500 => (1_000, "µs"),
        999_500..999_500_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let whole = ns as f64 / unit_ns as f64;
    let digits = match whole {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{whole:.digits$} {unit}")
}

/// The range in words: `1.200 s to 1.450 s`.
pub fn from_to(range: TimeRange) -> String {
    let ns_per_point = range.length_ns() as f64 / 500.0;
    let [from, to] = [range.from_ns, range.to_ns].map(|t_ns| exact(t_ns, ns_per_point));
    format!("{from} to {to}")
}

/// Cut and not rounded, as in the log: a time never reads as later than it was.
fn in_units(t_ns: u64, step_ns: u64, unit_ns: u64, unit: &str) -> String {
    let (mut digits, mut smallest_ns) = (0, unit_ns);
    while smallest_ns > 1 && step_ns < unit_ns && !step_ns.is_multiple_of(smallest_ns) && digits < 6
    {
        digits += 1;
        smallest_ns /= 10;
    }
    let whole = t_ns / unit_ns;
    if digits == 0 {
        return format!("{whole} {unit}");
    }
    let part = t_ns % unit_ns / smallest_ns;
    format!("{whole}.{part:0digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_grows_in_steps() {
        let mut steps: Vec<u64> = (1..600).map(|t| step_up(t * 100_000_000)).collect();
        steps.dedup();
        assert!(steps.len() < 25, "{steps:?}");
        assert!(steps.is_sorted());
        assert!(step_up(1_000_000_000) > 1_000_000_000);
    }

    #[test]
    fn places_and_times_are_each_other_s_inverse() {
        let panel = Rect::from_min_max(pos2(10.0, 0.0), pos2(710.0, 100.0));
        let axis = TimeAxis::new(panel, TimeRange::between(0, 8_000_000_000));
        assert_eq!(axis.time_ns(axis.at(0)), Some(0));
        let t_ns = axis.time_ns(axis.at(3_000_000_000)).unwrap_or(0);
        assert!(t_ns.abs_diff(3_000_000_000) < 8_000_000_000 / 600);
        assert_eq!(axis.time_ns(0.0), None);
    }

    #[test]
    fn labels_have_room_and_say_their_unit() {
        let panel = Rect::from_min_max(pos2(0.0, 0.0), pos2(700.0, 100.0));
        for (from_ns, to_ns, second) in [
            (0, 8_000_000_000, "1 s"),
            (0, 1_500_000_000, "0.2 s"),
            (0, 100_000_000, "20 ms"),
            (0, 500_000, "100 µs"),
            (1_200_000_000, 1_201_000_000, "1.2002 s"),
            (7_123_456_000, 7_123_466_000, "7.123458 s"),
            (300_000_000, 300_100_000, "300.02 ms"),
        ] {
            let axis = TimeAxis::new(panel, TimeRange::between(from_ns, to_ns));
            let ticks = axis.ticks(64.0);
            assert_eq!(ticks[1].1, second);
            assert!((3..=10).contains(&ticks.len()), "{ticks:?}");
            let apart = axis.at(ticks[1].0) - axis.at(ticks[0].0);
            assert!(apart > second.len() as f32 * 6.0 + 8.0, "{ticks:?}");
        }
    }

    #[test]
    fn times_are_as_exact_as_the_screen() {
        assert_eq!(exact(1_234_567_890, 5e6), "1.234 s");
        assert_eq!(exact(1_234_567_890, 20.0), "1.234567 s");
        assert_eq!(length(250_000_000), "250 ms");
        assert_eq!(length(1_500_000_000), "1.50 s");
        assert_eq!(length(12_340), "12.3 µs");
    }

    #[test]
    fn what_is_far_out_of_sight_stays_a_small_number() {
        let panel = Rect::from_min_max(pos2(0.0, 0.0), pos2(700.0, 100.0));
        let axis = TimeAxis::new(panel, TimeRange::between(60_000_000_000, 60_000_010_000));
        assert!(axis.at(0) < axis.x.min && axis.at(0) > -5000.0);
        assert!(axis.at(u64::MAX) > axis.x.max && axis.at(u64::MAX) < 5000.0);
    }
}

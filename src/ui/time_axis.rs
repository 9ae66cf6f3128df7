//! The one time axis: the plot and the lanes above each other show the same time at the same place.

use eframe::egui::{Align2, Color32, Context, FontId, Painter, Rangef, Rect, Stroke, pos2};

use super::action::Action;
use crate::run::Run;

/// The least that the axis of a live run shows, so that it doesn't leap in the first second.
const LIVE_NS: u64 = 1_000_000_000;
/// The least that any axis shows.
const LEAST_NS: u64 = 10_000_000;
/// A run before that was longer than this many times the run is cut off, or nothing would be seen of the run.
const BEFORE_AT_MOST: u64 = 4;
/// Height of the row of labels, in points.
pub const LABELS_H: f32 = 18.0;

/// Time on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeAxis {
    /// Nanoseconds since time zero at the right edge; the left edge is time zero.
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

impl TimeAxis {
    /// The axis of a panel that spans `panel`.
    pub fn new(panel: Rect, to_ns: u64) -> Self {
        let left = panel.left() + gutter(panel.width());
        Self {
            to_ns: to_ns.max(1),
            x: Rangef::new(left, (panel.right() - RIGHT).max(left + 1.0)),
        }
    }

    /// Where a time is, in points.
    pub fn at(&self, t_ns: u64) -> f32 {
        self.x.min + (t_ns as f64 / self.to_ns as f64 * f64::from(self.x.span())) as f32
    }

    /// Which time is at `x` points; none outside the axis.
    pub fn time_ns(&self, x: f32) -> Option<u64> {
        self.x
            .contains(x)
            .then(|| (f64::from((x - self.x.min) / self.x.span()) * self.to_ns as f64) as u64)
    }

    /// Times to label, and the labels; `apart` is the least room for one, in points.
    pub fn ticks(&self, apart: f32) -> Vec<(u64, String)> {
        let most = f64::from(self.x.span() / apart).max(1.0);
        let least = self.to_ns as f64 / most;
        let power = 10_f64.powf(least.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= least * 0.999)
            .unwrap_or(least)
            .max(1.0) as u64;
        (0..=self.to_ns / step)
            .map(|i| i * step)
            .map(|t_ns| (t_ns, label(t_ns, step, self.to_ns)))
            .collect()
    }

    /// Paints the labels, their top at `y`.
    pub fn paint_labels(&self, painter: &Painter, y: f32, colour: Color32) {
        let font = FontId::proportional(11.0);
        for (t_ns, text) in self.ticks(64.0) {
            let at = pos2(self.at(t_ns), y + 3.0);
            painter.text(at, Align2::CENTER_TOP, text, font.clone(), colour);
        }
    }

    /// Paints the upright lines of the labels.
    pub fn paint_grid(&self, painter: &Painter, y: Rangef, colour: Color32) {
        for (t_ns, _) in self.ticks(64.0) {
            painter.vline(self.at(t_ns), y, Stroke::new(1.0, colour));
        }
    }

    /// Paints the line at the pointer's time.
    pub fn paint_point(&self, painter: &Painter, y: Rangef, t_ns: Option<u64>, colour: Color32) {
        if let Some(t_ns) = t_ns.filter(|t_ns| *t_ns <= self.to_ns) {
            let x = painter.round_to_pixel_center(self.at(t_ns));
            painter.vline(x, y, Stroke::new(1.0, colour));
        }
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

fn label(t_ns: u64, step_ns: u64, to_ns: u64) -> String {
    if to_ns < 1_000_000_000 {
        let ms = t_ns as f64 / 1e6;
        return if step_ns < 1_000_000 {
            format!("{ms:.1} ms")
        } else {
            format!("{ms:.0} ms")
        };
    }
    let s = t_ns as f64 / 1e9;
    match step_ns {
        0..10_000_000 => format!("{s:.3} s"),
        10_000_000..100_000_000 => format!("{s:.2} s"),
        100_000_000..1_000_000_000 => format!("{s:.1} s"),
        _ => format!("{s:.0} s"),
    }
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
        let axis = TimeAxis::new(panel, 8_000_000_000);
        assert_eq!(axis.time_ns(axis.at(0)), Some(0));
        let t_ns = axis.time_ns(axis.at(3_000_000_000)).unwrap_or(0);
        assert!(t_ns.abs_diff(3_000_000_000) < 8_000_000_000 / 600);
        assert_eq!(axis.time_ns(0.0), None);
    }

    #[test]
    fn labels_have_room_and_say_their_unit() {
        let panel = Rect::from_min_max(pos2(0.0, 0.0), pos2(700.0, 100.0));
        for (to_ns, second) in [
            (8_000_000_000, "1 s"),
            (1_500_000_000, "0.2 s"),
            (100_000_000, "20 ms"),
        ] {
            let ticks = TimeAxis::new(panel, to_ns).ticks(64.0);
            assert_eq!(ticks[1].1, second);
            assert!(ticks.len() <= 10, "{ticks:?}");
        }
    }
}

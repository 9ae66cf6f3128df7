//! What every panel is given: plain data, read-only.

use std::sync::Arc;

use eframe::egui::Rect;

use super::theme::Theme;
use super::time_axis::{TimeAxis, limit_ns};
use super::zoom::{TimeRange, Times};
use crate::run::{LaneId, Run, Stream, TextSource};

/// The state of the world for one frame.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The run that is shown, live or opened.
    pub run: Option<&'a Run>,
    /// The run before it, for comparing.
    pub before: Option<&'a Run>,
    /// The wall time of the same experiment in turn, in seconds, where a kept run measured it.
    pub turn_wall_s: Option<f64>,
    /// The run's text.
    pub text: Option<&'a Arc<dyn TextSource>>,
    /// Whether the run is alive.
    pub live: bool,
    /// The colours.
    pub theme: &'a Theme,
    /// The pointer's time in any panel, nanoseconds since time zero.
    pub point_ns: Option<u64>,
    /// What is told of the selection, or of where the cursor is held; empty where neither is.
    pub said: &'a str,
    /// What of the time is shown and selected, and where the cursor is held.
    pub times: Times,
    /// The lane whose lines are shown; none for all.
    pub lane: Option<LaneId>,
    /// The stream whose lines are shown; none for both.
    pub stream: Option<Stream>,
}

impl View<'_> {
    /// All the time that there is to see.
    pub fn all(&self) -> TimeRange {
        TimeRange::between(0, limit_ns(self.run, self.before))
    }

    /// The time that is shown.
    pub fn range(&self) -> TimeRange {
        let all = self.all();
        let shown = self.times.shown.and_then(|shown| shown.within(all));
        shown.unwrap_or(all)
    }

    /// Whether less than all of it is shown.
    pub fn zoomed(&self) -> bool {
        self.range() != self.all()
    }

    /// The axis of a panel that spans `panel`.
    pub fn axis(&self, panel: Rect) -> TimeAxis {
        TimeAxis::new(panel, self.range())
    }
}

//! What every panel is given: plain data, read-only.

use super::theme::Theme;
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
    pub text: Option<&'a dyn TextSource>,
    /// Whether the run is alive.
    pub live: bool,
    /// The colours.
    pub theme: &'a Theme,
    /// The pointer's time in any panel, nanoseconds since time zero.
    pub point_ns: Option<u64>,
    /// The lane whose lines are shown; none for all.
    pub lane: Option<LaneId>,
    /// The stream whose lines are shown; none for both.
    pub stream: Option<Stream>,
}

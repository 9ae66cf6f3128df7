//! The measured wall time of the same experiment in turn, looked for among the kept runs.

use super::App;
use crate::run::{Ended, Header, Run, StoppedBy};
use crate::store::runs::{self, Kept};
use crate::ui::jobs::Done;

/// Of which run, and the wall time of the same in turn, in seconds.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    run: String,
    wall_s: f64,
}

impl Turn {
    pub(super) fn new(run: String, wall_s: f64) -> Self {
        Self { run, wall_s }
    }
}

impl App {
    /// Looks beside the window for the newest kept run of the same in turn.
    pub(super) fn look_for_turn(&self, header: &Header) {
        if self.turns.iter().any(|turn| turn.run == header.id) {
            return;
        }
        let header = header.clone();
        self.jobs.start(move || {
            let wall_s = newest(&runs::recent(), &header)?;
            Some(Done::Turn(header.id, wall_s))
        });
    }

    /// The wall time of the same in turn, in seconds, where it was measured and this run is over.
    pub(super) fn turn_wall_s(&self, run: &Run) -> Option<f64> {
        let turn = self.turns.iter().find(|turn| turn.run == run.header.id)?;
        run.end
            .as_ref()
            .filter(|end| end.stopped_by == StoppedBy::End)
            .map(|_| turn.wall_s)
    }
}

/// The wall time, in seconds, of the newest of `kept` that did the same in turn and came to a good end.
fn newest(kept: &[Kept], this: &Header) -> Option<f64> {
    // Their names say what they are, so that few files are opened.
    let name = format!("turn-{}-{}", this.experiment.work, this.experiment.count);
    kept.iter()
        .filter(|kept| kept.title.starts_with(&name))
        .find_map(|kept| {
            let (header, end) = runs::facts(&kept.path)?;
            let well = end.stopped_by == StoppedBy::End && end.root == Ended::Exited(0);
            (well && header.is_in_turn(this)).then_some(end.wall_ns as f64 / 1e9)
        })
}

//! How long the window takes for its frames beside a run: what burns the machine must not freeze it unsaid.

use super::App;
use crate::experiment::Priority;

/// A frame should take no longer, in ms.
const LONG_MS: usize = 100;
/// One in so many may be longer before that is told.
const FEW: u32 = 20;
/// A frame is told to the millisecond, and no longer than this.
const LONGEST_MS: usize = 10_000;

/// The frames since a run began.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// How many took so many ms.
    by_ms: Vec<u32>,
    told: bool,
}

impl Pace {
    /// A run begins.
    pub(super) fn begin(&mut self) {
        self.by_ms.clear();
    }

    /// A frame took so long, in seconds, until it was handed to the screen.
    pub(super) fn took(&mut self, frame_s: f32) {
        let ms = ((frame_s * 1e3) as usize).min(LONGEST_MS);
        if self.by_ms.len() <= ms {
            self.by_ms.resize(ms + 1, 0);
        }
        self.by_ms[ms] += 1;
    }

    /// How many frames there were, and how many ms half of them and the longest took.
    fn counted(&self) -> Option<(u32, usize, usize)> {
        let all: u32 = self.by_ms.iter().sum();
        let mut counted = 0;
        let median_ms = self.by_ms.iter().position(|count| {
            counted += count;
            counted * 2 >= all
        })?;
        Some((all, median_ms, self.by_ms.len() - 1))
    }

    /// For who wants to know.
    pub(super) fn words(&self) -> Option<String> {
        let (all, median_ms, worst_ms) = self.counted()?;
        Some(format!(
            "This window drew {all} frames beside the last run: half within {} ms, all within {} ms",
            median_ms + 1,
            worst_ms + 1
        ))
    }

    /// The run is over: what to say, if its frames were too long. Once a window: it is the machine's, not the run's.
    pub(super) fn end(&mut self, gave_way: bool) -> Option<String> {
        let (all, median_ms, worst_ms) = self.counted()?;
        let long: u32 = self.by_ms.iter().skip(LONG_MS).sum();
        if self.told || long * FEW <= all {
            return None;
        }
        self.told = true;
        let do_now = if gave_way {
            "It gave way already: fewer workers would leave more"
        } else {
            "“Run gives way”, under More, lets the window go first"
        };
        Some(format!(
            "Beside this run half of the window’s frames took {median_ms} ms or more, the longest {worst_ms} ms. The \
             run’s figures are not touched by that. {do_now}."
        ))
    }
}

impl App {
    /// The phase has changed: a run begins to be paced, or is told of.
    pub(super) fn heed_pace(&mut self, was_alive: bool) {
        match (was_alive, self.alive()) {
            (false, true) => self.pace.begin(),
            (true, false) => {
                let gave_way = self.with_run(|run| run.header.experiment.priority);
                if let Some(said) = self.pace.end(gave_way == Some(Priority::Low)) {
                    self.notices.say(said);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_are_often_too_long_are_told_once() {
        let mut pace = Pace::default();
        pace.begin();
        for _ in 0..19 {
            pace.took(0.0301);
        }
        pace.took(0.187);
        assert_eq!(pace.end(false), None, "one in twenty");
        let words = pace.words().unwrap();
        assert!(
            words.contains("half within 31 ms, all within 188 ms"),
            "{words}"
        );
        pace.begin();
        for ms in [0.0301, 0.0301, 0.1401, 0.2351] {
            pace.took(ms);
        }
        let said = pace.end(false).unwrap();
        assert!(said.contains("30 ms or more, the longest 235 ms"), "{said}");
        assert!(said.contains("Run gives way"), "{said}");
        assert_eq!(pace.end(false), None);
    }
}

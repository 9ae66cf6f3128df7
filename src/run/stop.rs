//! How a run was stopped: its steps, and what ended after each.

use super::{Ended, Run, signal_name};

/// The one that can't be refused.
const KILL: i32 = 9;
/// More steps than a stop has are of no run of ours.
const MOST_STEPS: usize = 8;

/// A step of a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopStep {
    /// When, nanoseconds since time zero.
    pub t_ns: u64,
    /// What was sent to all that was alive, as Unix numbers it.
    pub signal: i32,
    /// How many processes ended after it and before the next; of the last step, those that it killed count in any case.
    pub ended: usize,
}

impl Run {
    /// A step of the stop was taken.
    pub(super) fn signalled(&mut self, t_ns: u64, signal: i32) {
        let known = self.stop_steps.iter().any(|(_, one)| *one == signal);
        if !known && self.stop_steps.len() < MOST_STEPS {
            self.stop_steps.push((t_ns, signal));
        }
    }

    /// The steps of its stop so far, and what ended after each.
    pub fn stop_steps(&self) -> Vec<StopStep> {
        let mut steps: Vec<StopStep> = self
            .stop_steps
            .iter()
            .map(|&(t_ns, signal)| StopStep {
                t_ns,
                signal,
                ended: 0,
            })
            .collect();
        let processes = self.lanes.iter().filter(|lane| lane.info.tid.is_none());
        for (t_ns, how) in processes.filter_map(|lane| lane.ended) {
            let killed = how == Ended::Killed(KILL);
            let step = steps.iter_mut().rev().find(|step| {
                step.t_ns <= t_ns && (step.signal != KILL || killed || how == Ended::Unknown)
            });
            if let Some(step) = step {
                step.ended += 1;
            }
        }
        steps
    }

    /// The steps in words, such as `after SIGINT 3 ended, after SIGTERM 1, after SIGKILL 2`; none where it was not stopped.
    pub fn stop_words(&self) -> Option<String> {
        let system = &self.header.machine.system;
        let mut words = Vec::new();
        for (nth, step) in self.stop_steps().iter().enumerate() {
            let ended = if nth == 0 { " ended" } else { "" };
            words.push(format!(
                "after {} {}{ended}",
                sent(step.signal, system),
                step.ended
            ));
        }
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// What a step sends, in the words of the run's system.
fn sent(signal: i32, system: &str) -> String {
    match signal {
        2 if system.starts_with("Windows") => "Ctrl-C".to_owned(),
        _ if system.starts_with("Windows") => "termination".to_owned(),
        _ => signal_name(signal, system),
    }
}

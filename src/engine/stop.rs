//! How a run is stopped: politely first, and in the end whatever it takes.
//!
//! SIGINT at once, SIGTERM after 150 ms, SIGKILL after 300 ms, to the whole tree. A second press goes to
//! the end at once. From then on whatever still appears is killed again every few milliseconds.

use std::collections::HashMap;

use process_wrap::std::ChildWrapper;

use super::platform::{self, Signal};
use super::tree::Tree;

const TERMINATE_AFTER_NS: u64 = 150_000_000;
const KILL_AFTER_NS: u64 = 300_000_000;
/// Between two kills of what is left: a process may fork while it is being looked for.
const AGAIN_NS: u64 = 10_000_000;
/// While a tree is dying, a look at it may cost one in so many nanoseconds of one core.
pub(super) const LOOK_SHARE: u64 = 4;
/// What was killed is left this long to die before it is killed again: five hundred that are dying must not
/// keep us, and the cores, busy.
const DYING_NS: u64 = 100_000_000;

/// The steps of a stop. Pure: times go in, the signal that is due comes out.
#[derive(Debug, Default)]
pub(super) struct Stop {
    asked_ns: Option<u64>,
    at_once: bool,
    sent: Option<(Signal, u64)>,
    /// The step that was told last.
    told: Option<Signal>,
    /// Number and start of what was killed, and when.
    killed: HashMap<(u32, u64), u64>,
    /// What the last look at the tree took.
    look_ns: u64,
}

impl Stop {
    /// A press. The first begins the steps, a second one goes to the last.
    pub(super) fn press(&mut self, now_ns: u64) {
        if self.asked_ns.is_some() {
            self.at_once = true;
        } else {
            self.asked_ns = Some(now_ns);
        }
    }

    /// To the end at once, as closing the program does.
    pub(super) fn press_hard(&mut self, now_ns: u64) {
        self.asked_ns.get_or_insert(now_ns);
        self.at_once = true;
    }

    /// Whether it was pressed.
    pub(super) fn is_asked(&self) -> bool {
        self.asked_ns.is_some()
    }

    /// The signal that is due, if one is; it counts as sent.
    pub(super) fn due(&mut self, now_ns: u64) -> Option<Signal> {
        let asked_ns = self.asked_ns?;
        let since_ns = now_ns.saturating_sub(asked_ns);
        let step = if self.at_once || since_ns >= KILL_AFTER_NS {
            Signal::Kill
        } else if since_ns >= TERMINATE_AFTER_NS {
            Signal::Terminate
        } else {
            Signal::Interrupt
        };
        let due = match self.sent {
            None => true,
            Some((Signal::Kill, at_ns)) => {
                now_ns >= at_ns + AGAIN_NS.max(self.look_ns * LOOK_SHARE)
            }
            Some((sent, _)) => step > sent,
        };
        due.then(|| {
            self.sent = Some((step, now_ns));
            step
        })
    }

    /// A step as a signal's number, once for each step.
    pub(super) fn new_step(&mut self, signal: Signal) -> Option<i32> {
        let is_new = self.told.is_none_or(|told| told < signal);
        // Windows has nothing between asking and ending.
        let is_new = is_new && !(cfg!(windows) && signal == Signal::Terminate);
        self.told = self.told.max(Some(signal));
        is_new.then_some(match signal {
            Signal::Interrupt => 2,
            Signal::Terminate => 15,
            Signal::Kill => 9,
        })
    }

    /// The last look at the tree took so long.
    pub(super) fn looked(&mut self, took_ns: u64) {
        self.look_ns = took_ns;
    }

    /// Sends a signal to every member that is not in `group`, which was reached already.
    pub(super) fn send_to_rest(
        &mut self,
        signal: Signal,
        group: Option<u32>,
        tree: &Tree,
        now_ns: u64,
    ) {
        for member in tree.alive() {
            // A second SIGINT would interrupt what handles the first.
            if group == Some(member.group) {
                continue;
            }
            if signal == Signal::Kill {
                let key = (member.pid, member.born);
                let dying = self.killed.get(&key);
                if dying.is_some_and(|&at_ns| now_ns < at_ns + DYING_NS) {
                    continue;
                }
                self.killed.insert(key, now_ns);
            }
            platform::signal(member, signal);
        }
    }
}

/// Sends a signal to the root's group and gives its number; `root` is none once it is reaped.
pub(super) fn send_to_group(
    signal: Signal,
    root: Option<&mut Box<dyn ChildWrapper>>,
) -> Option<u32> {
    root.map(|root| {
        platform::signal_root(root.as_mut(), signal);
        root.id()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn the_steps_come_at_their_times_and_the_last_is_repeated() {
        let mut stop = Stop::default();
        assert_eq!(stop.due(0), None);
        stop.press(1000 * MS);
        assert_eq!(stop.due(1000 * MS), Some(Signal::Interrupt));
        assert_eq!(stop.due(1149 * MS), None);
        assert_eq!(stop.due(1150 * MS), Some(Signal::Terminate));
        assert_eq!(stop.due(1299 * MS), None);
        assert_eq!(stop.due(1300 * MS), Some(Signal::Kill));
        assert_eq!(stop.due(1305 * MS), None);
        assert_eq!(stop.due(1310 * MS), Some(Signal::Kill));
    }

    #[test]
    fn a_second_press_goes_to_the_end_and_a_late_look_skips_steps() {
        let mut stop = Stop::default();
        stop.press(0);
        assert_eq!(stop.due(0), Some(Signal::Interrupt));
        stop.press(5 * MS);
        assert_eq!(stop.due(5 * MS), Some(Signal::Kill));
        let mut late = Stop::default();
        late.press(0);
        assert_eq!(late.due(400 * MS), Some(Signal::Kill));
    }
}

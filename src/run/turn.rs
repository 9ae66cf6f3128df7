//! The same experiment in turn: what a speed-up is measured against.

use super::Header;
use crate::experiment::{Way, Work};

impl Header {
    /// Whether `self` is the run of `other` with its work done in turn: the same work, as many, as much,
    /// on the same Python and as many cores.
    pub fn is_in_turn(&self, other: &Self) -> bool {
        let (turn, this) = (&self.experiment, &other.experiment);
        let possible = turn.way == Way::Turn
            && !matches!(this.way, Way::Turn | Way::Script)
            && turn.script.is_none()
            && this.script.is_none();
        let arguments = !this.work.takes_arguments() || (turn.a, turn.b) == (this.a, this.b);
        let amount = match this.work {
            Work::Burn => turn.steps == this.steps,
            Work::Hash => turn.rounds == this.rounds,
            Work::Wait => turn.wait_s.to_bits() == this.wait_s.to_bits(),
            Work::Hello | Work::Args => true,
            Work::Forever => false,
        };
        let python = (
            &self.python.version,
            self.python.gil_enabled,
            self.python.model,
        ) == (
            &other.python.version,
            other.python.gil_enabled,
            other.python.model,
        );
        possible
            && arguments
            && amount
            && python
            && (turn.work, turn.count) == (this.work, this.count)
            && (turn.buffering, turn.priority) == (this.buffering, this.priority)
            && self.machine.cores == other.machine.cores
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::header;
    use super::*;
    use crate::experiment::{Experiment, Join};

    #[test]
    fn only_the_same_work_on_the_same_python_counts() {
        let e = Experiment {
            work: Work::Burn,
            count: 4,
            ..Experiment::default()
        };
        let this = header(Experiment {
            way: Way::Threads,
            join: Join::End,
            ..e.clone()
        });
        let turn = header(Experiment {
            way: Way::Turn,
            // What the way has no use for makes no difference.
            wait_s: 9.0,
            ..e.clone()
        });
        assert!(turn.is_in_turn(&this));
        assert!(!this.is_in_turn(&turn) && !turn.is_in_turn(&turn));
        let but = |change: fn(&mut Header)| {
            let mut other = turn.clone();
            change(&mut other);
            other.is_in_turn(&this)
        };
        assert!(!but(|h| h.experiment.count = 3));
        assert!(!but(|h| h.experiment.steps += 1));
        assert!(!but(|h| h.experiment.a = 7));
        assert!(!but(|h| h.experiment.work = Work::Hello));
        assert!(!but(|h| h.python.version = "3.9.1".into()));
        assert!(!but(|h| h.python.gil_enabled = !h.python.gil_enabled));
        assert!(!but(|h| h.machine.cores += 1));
    }
}

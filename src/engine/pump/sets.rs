//! Sets of pipes that are ready to be claimed: made ahead, offered again, and counted.

use std::io;

use super::{Program, Stopped, Work};
use crate::clock;
use crate::engine::platform::pipes::{Set, Sizes};
use crate::engine::report::Report;

/// Sets that are ready to be claimed: at first, and at most when many processes start at once.
pub(crate) const SPARE: usize = 4;
const SPARE_MOST: usize = 24;
/// Between two counts of the sets that nobody claimed: while something happens, and else.
const COUNT_NS: u64 = 20_000_000;
const CALM_COUNT_NS: u64 = 100_000_000;

impl Work {
    /// Takes a set that was offered.
    pub(super) fn adopt(&mut self, set: Set) -> io::Result<()> {
        let number = self.next_set;
        self.next_set += 1;
        let mut program = Program::unclaimed(set);
        program.register(self.poll.registry(), number)?;
        self.programs.insert(number, program);
        self.spare += 1;
        Ok(())
    }

    /// Keeps enough sets ready. What can't be made now (too many descriptors) is tried at the next turn.
    pub(super) fn provide(&mut self, now_ns: u64) -> Result<(), Stopped> {
        if now_ns >= self.count_ns() {
            self.count_due = false;
            self.counted_ns = now_ns;
            // Who claimed one may have died before it said so.
            self.programs
                .retain(|_, program| program.pid().is_some() || !program.is_abandoned(now_ns));
            self.spare = self.folder.spare().unwrap_or(self.spare);
        }
        if self.spare < self.spare_wanted / 2 {
            self.spare_wanted = (self.spare_wanted * 2).min(SPARE_MOST);
        }
        while self.spare < self.spare_wanted {
            let made = self
                .folder
                .offer(self.next_set as u64, self.sizes())
                .and_then(|set| self.adopt(set));
            if let Err(error) = made {
                self.failed(&error)?;
                return Ok(());
            }
        }
        if std::mem::take(&mut self.full) {
            self.folder.mark_full(false);
        }
        Ok(())
    }

    /// No set could be made: nobody waits for one where none is left, and it is told once.
    fn failed(&mut self, error: &io::Error) -> Result<(), Stopped> {
        if self.spare > 0 || std::mem::replace(&mut self.full, true) {
            return Ok(());
        }
        self.folder.mark_full(true);
        if std::mem::replace(&mut self.full_told, true) {
            return Ok(());
        }
        self.out.send(Report::Trouble {
            t_ns: clock::now_ns(),
            text: format!(
                "No more pipes can be made for new processes ({error}): those that start now report nothing of \
                 themselves, and their output counts as their parent's. Run fewer at once, or allow more open files \
                 (ulimit -n) and start Gilscope again."
            ),
        })
    }

    /// The more processes, the smaller their pipes.
    fn sizes(&self) -> Sizes {
        Sizes::among(self.programs.len())
    }

    /// When the sets are counted next: who waits for one can't say so.
    pub(super) fn count_ns(&self) -> u64 {
        self.counted_ns
            + if self.count_due {
                COUNT_NS
            } else {
                CALM_COUNT_NS
            }
    }

    /// Offers the set of a program that is over to the next one: making one costs more than a fork.
    pub(super) fn offer_again(&mut self, number: usize, program: Program) {
        if self.spare < SPARE_MOST
            && let Some(set) = program.into_set()
            && self.folder.offer_again(&set)
        {
            self.programs.insert(number, Program::unclaimed_again(set));
            self.spare += 1;
        }
    }
}

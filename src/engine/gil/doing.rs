//! What a thread does while it does not hold the GIL, by the operating system's word.

use std::ops::Range;
use std::path::Path;

use crate::engine::platform::{ThreadLook, Waits};
use crate::run::Doing;

/// Looks that are further apart than this tell nothing of the time between them.
const GAP_NS: u64 = 200_000_000;

/// How a thread stands to its interpreter's GIL.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gil<'a> {
    /// It holds it.
    Held,
    /// It is a sub-interpreter's, and holds that one's.
    Apart,
    /// It does not; who waits for one waits at these addresses. Of a sub-interpreter's, with its number.
    NotHeld(&'a [WaitsAt]),
    /// There is none.
    None,
}

/// Where a thread waits that waits for a GIL, and whose that is: of a sub-interpreter its number.
pub(super) type WaitsAt = (Range<usize>, Option<u64>);

/// What a thread did, for which sub-interpreter's GIL it waited if it did that, from when, until when.
pub(super) type Done = (Doing, Option<u64>, u64, u64);

/// A thread that is watched.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) tid: u64,
    system: ThreadLook,
    /// Nanoseconds that it ran and that it waited for a core, at the last look.
    spent: Option<(u64, u64)>,
    /// What it did then, which GIL it waited for, and since when that is not yet told.
    now: Option<(Doing, Option<u64>, u64)>,
    looked_ns: u64,
    /// Of what it ran while it was short of cores, nanoseconds that are not told as such yet; below zero, too many.
    owed_ns: i64,
}

impl Thread {
    pub(super) fn new(pid: u32, tid: u64) -> Self {
        Self {
            tid,
            system: ThreadLook::new(pid, tid),
            spent: None,
            now: None,
            looked_ns: 0,
            owed_ns: 0,
        }
    }

    /// Whether what the system has on it is kept open.
    pub(super) fn keep(&mut self, keep: bool) {
        self.system.keep(keep);
    }

    /// Looks at it; gives what it did until it was found doing something else.
    /// `pipes` is the folder of ours.
    pub(super) fn look(&mut self, gil: Gil<'_>, pipes: &Path, now_ns: u64) -> Option<Done> {
        let since_ns = now_ns.saturating_sub(self.looked_ns);
        let doing = self.doing(gil, pipes, since_ns);
        if since_ns > GAP_NS {
            // Nobody looked for too long to say what it did.
            let told = self.told();
            self.looked_ns = now_ns;
            self.now = doing.map(|(doing, which)| (doing, which, now_ns));
            return told;
        }
        // It changed somewhere between the last look and this one.
        let turned_ns = u64::midpoint(self.looked_ns, now_ns);
        self.looked_ns = now_ns;
        let before = self.now;
        match (before, doing) {
            (Some((before, which, _)), Some(doing)) if (before, which) == doing => None,
            (before, doing) => {
                let from_ns = if before.is_some() { turned_ns } else { now_ns };
                self.now = doing.map(|(doing, which)| (doing, which, from_ns));
                before.map(|(doing, which, from_ns)| (doing, which, from_ns, turned_ns))
            }
        }
    }

    /// What it has been doing and is not told of yet.
    pub(super) fn told(&mut self) -> Option<Done> {
        let (doing, which, from_ns) = self.now?;
        if from_ns >= self.looked_ns {
            return None;
        }
        self.now = Some((doing, which, self.looked_ns));
        Some((doing, which, from_ns, self.looked_ns))
    }

    /// Whether a time in which it ran and waited for a core is told as waiting: so that what is told of both is as much
    /// as there was, though one look tells only one of them.
    fn shows_waiting(&mut self, ran_ns: u64, since_ns: u64) -> bool {
        let (ran_ns, since_ns) = (ran_ns.cast_signed(), since_ns.cast_signed());
        self.owed_ns = (self.owed_ns + ran_ns).clamp(-2 * since_ns, 2 * since_ns);
        let waits = self.owed_ns < since_ns / 2;
        if !waits {
            self.owed_ns -= since_ns;
        }
        waits
    }

    fn doing(&mut self, gil: Gil<'_>, pipes: &Path, since_ns: u64) -> Option<(Doing, Option<u64>)> {
        let waits = match gil {
            Gil::Held | Gil::Apart => Waits::Not,
            _ => self.system.waits()?,
        };
        let spent = self.system.spent_ns();
        let before = std::mem::replace(&mut self.spent, spent);
        let only = |doing| Some((doing, None));
        match waits {
            Waits::On(address) => {
                let gils = match gil {
                    Gil::NotHeld(gils) => gils,
                    _ => &[],
                };
                let waits_for = gils.iter().find(|(at, _)| at.contains(&address));
                let doing = waits_for.map(|(_, which)| (Doing::WaitsForGil, *which));
                doing.or_else(|| only(Doing::Blocked))
            }
            Waits::Writing(descriptor) if self.system.has_open(descriptor, pipes) => {
                only(Doing::WaitsForReader)
            }
            Waits::Writing(_) | Waits::Otherwise => only(Doing::Blocked),
            Waits::Not => {
                let (before, now) = (before?, spent?);
                let ran = now.0.saturating_sub(before.0);
                let waited = now.1.saturating_sub(before.1);
                let before = self.now.map(|(before, which, _)| (before, which));
                let was_ready = !matches!(
                    before,
                    Some((
                        Doing::WaitsForGil | Doing::Blocked | Doing::WaitsForReader,
                        _
                    ))
                );
                // What it waited for a core counts only once it has one: who is ready and has not run waits.
                let little_ns = since_ns / 20;
                let is_short = waited > little_ns || (was_ready && ran < little_ns);
                if is_short && self.shows_waiting(ran, since_ns) {
                    return only(Doing::WaitsForCore);
                }
                match gil {
                    Gil::Held | Gil::None => only(Doing::Python),
                    Gil::Apart => only(Doing::Apart),
                    // It was woken just now, to ask for the GIL or to sleep again: no more than that.
                    Gil::NotHeld(_) if ran + waited < since_ns / 2 => before,
                    Gil::NotHeld(_) => only(Doing::Outside),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_a_thread_short_of_cores_is_as_much_as_it_ran() {
        for part in [1, 3, 5, 8] {
            let mut thread = Thread::new(1, 1);
            let looks = 1000;
            let waited = (0..looks).filter(|_| thread.shows_waiting(part, 10));
            let ran = looks - waited.count() as u64;
            assert!(ran.abs_diff(looks * part / 10) <= 1, "{part}: {ran}");
        }
    }
}

//! Which time is shown and which is selected, and what moves them: plain numbers, the same for plot and lanes.

use super::action::Action;
use super::view::View;
use crate::run::{LaneId, Row};

/// The narrowest that is shown, in nanoseconds: far below what is measured, and labels can still be read.
pub const LEAST_NS: u64 = 10_000;
/// What a press of a key or button makes of the range.
const STEP: f64 = 2.0;

/// A time from one moment to another, in nanoseconds since time zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeRange {
    /// Where it begins.
    pub from_ns: u64,
    /// Where it ends; not before its beginning.
    pub to_ns: u64,
}

/// A moment that is held fast: the cursor stays there without the pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Nanoseconds since time zero.
    pub t_ns: u64,
    /// Whose line it is, where it is a line's.
    pub lane: Option<LaneId>,
    /// Which line of the log.
    pub line: Option<Row>,
}

/// How the time of a run is looked at; plot, lanes and log share it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// What is shown; none for all of it.
    pub shown: Option<TimeRange>,
    /// What is selected, to be told of by itself.
    pub selected: Option<TimeRange>,
    /// The cursor where it is held.
    pub pin: Option<Pin>,
}

impl Times {
    /// Whether there is something to let go of. Escape does that, and the keyboard stays where it is.
    pub fn holds(&self) -> bool {
        self.pin.is_some() || self.selected.is_some()
    }
}

impl TimeRange {
    /// From the earlier of two times to the later.
    pub fn between(a_ns: u64, b_ns: u64) -> Self {
        Self {
            from_ns: a_ns.min(b_ns),
            to_ns: a_ns.max(b_ns),
        }
    }

    /// How long it is, in nanoseconds.
    pub fn length_ns(self) -> u64 {
        self.to_ns.saturating_sub(self.from_ns)
    }

    /// Its middle.
    pub fn middle_ns(self) -> u64 {
        u64::midpoint(self.from_ns, self.to_ns)
    }

    /// Whether a time is in it, its ends included.
    pub fn has(self, t_ns: u64) -> bool {
        (self.from_ns..=self.to_ns).contains(&t_ns)
    }

    /// Of `all`, what this shows: moved into it where it stands out; none where that is all of it.
    #[must_use]
    pub fn within(self, all: Self) -> Option<Self> {
        let length_ns = self.length_ns().max(LEAST_NS);
        if length_ns >= all.length_ns() {
            return None;
        }
        let from_ns = self.from_ns.clamp(all.from_ns, all.to_ns - length_ns);
        Some(Self {
            from_ns,
            to_ns: from_ns + length_ns,
        })
    }

    /// Shows `by` times as much, with `at_ns` at the same place.
    #[must_use]
    pub fn zoomed(self, by: f64, at_ns: u64, all: Self) -> Option<Self> {
        let at_ns = at_ns.clamp(self.from_ns, self.to_ns);
        let least = LEAST_NS as f64 / self.length_ns().max(1) as f64;
        let by = by.max(least);
        let before_ns = ((at_ns - self.from_ns) as f64 * by) as u64;
        let length_ns = (self.length_ns() as f64 * by).round() as u64;
        let from_ns = at_ns.saturating_sub(before_ns);
        let to_ns = from_ns.saturating_add(length_ns);
        Self { from_ns, to_ns }.within(all)
    }

    /// The same length, so many nanoseconds later; earlier where negative.
    #[must_use]
    pub fn moved(self, by_ns: i64, all: Self) -> Option<Self> {
        let length_ns = self.length_ns();
        let from_ns = self.from_ns.saturating_add_signed(by_ns);
        let to_ns = from_ns.saturating_add(length_ns);
        Self { from_ns, to_ns }.within(all)
    }

    /// The same length with this time in its middle, where it is not in it already.
    #[must_use]
    pub fn showing(self, t_ns: u64) -> Self {
        if self.has(t_ns) {
            return self;
        }
        let from_ns = t_ns.saturating_sub(self.length_ns() / 2);
        Self {
            from_ns,
            to_ns: from_ns + self.length_ns(),
        }
    }
}

/// What a key or a button asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Half as much.
    In,
    /// Twice as much.
    Out,
    /// All of it.
    Fit,
    /// What is selected.
    Selection,
}

/// The action that does it; none where nothing would change.
pub fn step(view: View<'_>, step: Step) -> Option<Action> {
    let shown = view.range();
    let by = |by| shown.zoomed(by, anchor_ns(view), view.all());
    let new = match step {
        Step::In => by(1.0 / STEP),
        Step::Out => by(STEP),
        Step::Fit => None,
        Step::Selection => view.times.selected?.within(view.all()),
    };
    (new != view.times.shown).then_some(Action::ShowTimes(new))
}

/// What a zoom without a pointer leaves in its place: the cursor, what is selected, or the middle.
fn anchor_ns(view: View<'_>) -> u64 {
    let shown = view.range();
    let selected = view.times.selected.map(TimeRange::middle_ns);
    let places = [view.point_ns, view.times.pin.map(|pin| pin.t_ns), selected];
    let in_view = places.into_iter().flatten().find(|t_ns| shown.has(*t_ns));
    in_view.unwrap_or_else(|| shown.middle_ns())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: TimeRange = TimeRange {
        from_ns: 0,
        to_ns: 8_000_000_000,
    };

    #[test]
    fn zooming_keeps_the_time_at_the_pointer_in_its_place() {
        let new = ALL.zoomed(0.5, 2_000_000_000, ALL).unwrap();
        assert_eq!((new.from_ns, new.to_ns), (1_000_000_000, 5_000_000_000));
        let back = new.zoomed(2.0, 2_000_000_000, ALL);
        assert_eq!(back, None);
    }

    #[test]
    fn nothing_is_wider_than_all_or_narrower_than_can_be_read() {
        let mut range = ALL;
        for _ in 0..60 {
            range = range.zoomed(0.5, 8_000_000_000, ALL).unwrap();
        }
        assert_eq!(range.length_ns(), LEAST_NS);
        assert_eq!(range.to_ns, ALL.to_ns);
        let left = range.moved(i64::MIN, ALL).unwrap();
        assert_eq!((left.from_ns, left.to_ns), (0, LEAST_NS));
        let right = range.moved(i64::MAX, ALL).unwrap();
        assert_eq!(right.to_ns, ALL.to_ns);
    }

    #[test]
    fn what_is_shown_stays_in_a_run_that_turned_out_shorter() {
        let shown = TimeRange::between(900, 7_000_000_000);
        let short = TimeRange::between(0, 1_000_000);
        assert_eq!(shown.within(short), None);
        let shown = TimeRange::between(7_000_000_000, 7_100_000_000);
        let all = TimeRange::between(0, 2_000_000_000);
        assert_eq!(
            shown.within(all),
            Some(TimeRange::between(1_900_000_000, 2_000_000_000))
        );
    }
}

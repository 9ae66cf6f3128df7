//! The rows of the run that is shown, kept from frame to frame: which there are, and what of each is settled. Only rows
//! in view are worked out to be painted.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::lanes::{Families, Row, outline};
use super::states::What;
use super::track::{Id, Source, Track};
use crate::run::Run;
use crate::ui::who::Who;

/// What going to a row costs, in steps.
const A_ROW: usize = 32;
/// Those not in view get this part of the steps.
const OTHERS: usize = 4;
/// So many rows are taken for those in view before any was.
const IN_VIEW: usize = 64;

/// The rows of a run.
#[derive(Default)]
#[expect(
    clippy::struct_field_names,
    reason = "the rows are what it is there for"
)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) who: Who,
    /// The states that occur in lanes, in the order in which they are named.
    pub(super) states: Vec<What>,
    run: String,
    families: Families,
    tracks: HashMap<Id, Track>,
    /// Whether a row is worked out for this time and screen.
    worked: Vec<bool>,
    range: Range<u64>,
    narrow_ns: u64,
    /// Those that were in view before the run was last taken in, and those since.
    seen: HashSet<Id>,
    seen_since: HashSet<Id>,
    /// The row of which more is settled next.
    turn: usize,
    /// How often the run had changed, and of which rows all is settled since.
    changes: u64,
    done: HashSet<Id>,
    /// How many steps this frame has left, where rows were renewed in it.
    left: Option<usize>,
}

impl Rows {
    /// Takes what is new in the run, for a time and a screen on which `narrow_ns` is too narrow to be seen. Settles what
    /// can be, as far as the steps reach; gives whether there is more to be settled.
    pub(super) fn renew(
        &mut self,
        run: &Run,
        range: Range<u64>,
        narrow_ns: u64,
        steps: usize,
    ) -> bool {
        let is_new = self.run != run.header.id;
        if is_new {
            *self = Self {
                run: run.header.id.clone(),
                ..Self::default()
            };
        }
        let changes = run.changes.count();
        let changed = std::mem::replace(&mut self.changes, changes) != changes || is_new;
        if changed {
            self.who = Who::of(run);
            self.families = Families::of(run);
            self.rows = outline(run, &self.who, &self.families);
            self.done.clear();
        }
        let many = self.rows.len();
        if changed || (&self.range, self.narrow_ns) != (&range, narrow_ns) {
            self.worked.clear();
            self.worked.resize(many, false);
        }
        (self.range, self.narrow_ns) = (range, narrow_ns);
        if self.tracks.len() > many {
            let ids: HashSet<Id> = self.rows.iter().map(Row::id).collect();
            self.tracks.retain(|id, _| ids.contains(id));
        }
        self.seen = std::mem::take(&mut self.seen_since);
        let in_view: Vec<usize> = if self.seen.is_empty() {
            (0..many.min(IN_VIEW)).collect()
        } else {
            let seen = |nth: &usize| self.seen.contains(&self.rows[*nth].id());
            (0..many).filter(seen).collect()
        };
        let mut left = steps;
        let mut more = self.work_out_some(run, in_view.iter().copied(), &mut left);
        self.left = Some(left);
        self.seen_since.clear();
        let mut steps = steps.div_ceil(OTHERS);
        let mut left = many;
        while left > 0 {
            let nth = self.turn % many;
            let id = self.rows[nth].id();
            if !self.done.contains(&id) {
                if in_view.binary_search(&nth).is_err() {
                    if steps == 0 || !self.settle(run, nth, &mut steps) {
                        break;
                    }
                    steps = steps.saturating_sub(A_ROW);
                }
                self.done.insert(id);
            }
            self.turn = nth + 1;
            left -= 1;
        }
        more |= run.end.is_some() && left > 0;
        self.sum();
        more
    }

    /// Which run it is of, and how often that had changed: the rows are others only where this is another.
    pub(super) fn version(&self) -> (&str, u64) {
        (&self.run, self.changes)
    }

    /// For which time and screen rows are worked out.
    pub(super) fn drawn_for(&self) -> (Range<u64>, u64) {
        (self.range.clone(), self.narrow_ns)
    }

    /// Works out these rows, which are in view, as far as what the frame has left of its steps reaches; gives whether
    /// there is more to do.
    pub(super) fn work_out(
        &mut self,
        run: &Run,
        in_view: impl IntoIterator<Item = usize>,
        steps: usize,
    ) -> bool {
        let mut left = self.left.take().map_or(steps, |left| left.min(steps));
        let more = self.work_out_some(run, in_view, &mut left);
        self.left = Some(left);
        more
    }

    /// Another frame begins, which has all its steps.
    pub(super) fn begin(&mut self) {
        self.left = None;
    }

    fn work_out_some(
        &mut self,
        run: &Run,
        in_view: impl IntoIterator<Item = usize>,
        steps: &mut usize,
    ) -> bool {
        let mut more = false;
        for nth in in_view {
            let Some(row) = self.rows.get(nth) else {
                continue;
            };
            self.seen_since.insert(row.id());
            if self.worked.get(nth) != Some(&false) {
                continue;
            }
            let whole = self.settle(run, nth, steps);
            let row = &mut self.rows[nth];
            let track = self.tracks.get_mut(&row.id());
            let source = source(run, row, &self.families, &self.who);
            if let (Some(track), Some(source)) = (track, source) {
                let drawn = track.draw(&source, &self.range, self.narrow_ns, whole, steps);
                row.pieces = drawn.pieces;
                row.totals = drawn.totals;
                row.last = drawn.last;
                row.is_until(drawn.until_ns, run);
                if !row.gil {
                    note(&mut self.states, &row.totals);
                }
                self.worked[nth] = whole && drawn.done;
            } else {
                self.worked[nth] = true;
            }
            more |= !self.worked[nth];
        }
        more
    }

    /// Settles what can be of a row; gives whether that is all.
    fn settle(&mut self, run: &Run, nth: usize, steps: &mut usize) -> bool {
        let Some(row) = self.rows.get(nth) else {
            return true;
        };
        let Some(source) = source(run, row, &self.families, &self.who) else {
            return true;
        };
        let track = self.tracks.entry(row.id()).or_default();
        track.settle(run, &source, steps)
    }

    /// Gives each row of which nothing is drawn the totals of what is settled of it, and notes the states that occur.
    fn sum(&mut self) {
        self.states.clear();
        for (row, worked) in self.rows.iter_mut().zip(&self.worked) {
            let track = self.tracks.get(&row.id());
            if let Some(track) = track.filter(|_| !worked && row.pieces.is_empty()) {
                row.totals = track.totals(row.gil.then_some(&self.who));
                row.last = track.last();
            }
            if !row.gil {
                note(&mut self.states, &row.totals);
            }
        }
    }
}

/// Notes the states that occur.
fn note(states: &mut Vec<What>, totals: &[u64; super::pieces::KINDS]) {
    for (nth, what) in What::OF_LANES.into_iter().enumerate() {
        if totals[what.kind()] > 0 && !states.contains(&what) {
            let order = |what: &What| What::OF_LANES.iter().position(|other| other == what);
            let at = states.partition_point(|other| order(other) < Some(nth));
            states.insert(at, what);
        }
    }
}

fn source<'a>(run: &'a Run, row: &Row, families: &Families, who: &'a Who) -> Option<Source<'a>> {
    if row.gil {
        return Some(Source::Gil(row.track(run)?, who));
    }
    Some(Source::lane(run, run.lane(row.lane)?, families))
}

#[cfg(test)]
mod tests;

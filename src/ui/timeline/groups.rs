//! The rows of one process together: they can be collapsed into one row that holds what all its threads did.

use std::collections::BTreeSet;
use std::ops::Range;

use super::lanes::{Families, Row};
use super::pieces::{Fill, KINDS, Piece};
use super::states::What;
use crate::run::{LaneId, LaneKind, Run};

/// A process with several threads, and where its rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The lane of the process.
    pub process: LaneId,
    /// Its rows, its GIL's included.
    pub rows: Range<usize>,
    /// Its own row, which bears the mark that opens and closes it.
    pub head: usize,
    /// How many threads have a row.
    pub many: usize,
}

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// One of the rows; of which group, if it is in one.
    Row(usize, Option<usize>),
    /// All rows of this group in one.
    Merged(usize),
}

/// The processes whose rows stand together, and are more than one. Calls in turn are no threads.
pub fn groups(run: &Run, rows: &[Row]) -> Vec<Group> {
    let families = Families::of(run);
    let mut groups = Vec::new();
    let mut first = 0;
    while first < rows.len() {
        let process = families.process(rows[first].lane);
        let same = rows[first..].iter();
        let many = same
            .take_while(|row| families.process(row.lane) == process)
            .count();
        let range = first..first + many;
        first = range.end;
        let threads = rows[range.clone()].iter().filter(|row| {
            let kind = run.lane(row.lane).map(|lane| lane.info.kind);
            !row.gil && row.lane != process && kind != Some(LaneKind::Call)
        });
        let threads = threads.count();
        let own = |nth: &usize| !rows[*nth].gil && rows[*nth].lane == process;
        if let Some(head) = range.clone().find(own).filter(|_| threads > 0) {
            groups.push(Group {
                process,
                rows: range,
                head,
                many: threads + 1,
            });
        }
    }
    groups
}

/// What the list shows where these processes are collapsed.
pub fn shown(rows: usize, groups: &[Group], collapsed: &BTreeSet<LaneId>) -> Vec<Shown> {
    let mut shown = Vec::with_capacity(rows);
    let mut next = 0;
    for (nth, group) in groups.iter().enumerate() {
        shown.extend((next..group.rows.start).map(|row| Shown::Row(row, None)));
        if collapsed.contains(&group.process) {
            shown.push(Shown::Merged(nth));
        } else {
            shown.extend(group.rows.clone().map(|row| Shown::Row(row, Some(nth))));
        }
        next = group.rows.end;
    }
    shown.extend((next..rows).map(|row| Shown::Row(row, None)));
    shown
}

/// All threads of a group in one row: at each time the shares of what they did.
pub fn merged(rows: &[Row], group: &Group, narrow_ns: u64) -> Row {
    let head = &rows[group.head];
    let threads = || rows[group.rows.clone()].iter().filter(|row| !row.gil);
    let mut totals = [0; KINDS];
    for row in threads() {
        for (sum, ns) in totals.iter_mut().zip(row.totals) {
            *sum += ns;
        }
    }
    Row {
        name: format!("{} ({} threads)", head.name, group.many),
        pieces: mix(threads().flat_map(|row| &row.pieces), narrow_ns),
        totals,
        rest: threads()
            .filter_map(|row| row.rest.clone())
            .reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)),
        last: None,
        ..head.clone()
    }
}

/// Adds up pieces that lie above each other.
fn mix<'a>(pieces: impl Iterator<Item = &'a Piece>, narrow_ns: u64) -> Vec<Piece> {
    let mut edges: Vec<(u64, bool, Fill)> = pieces
        .filter(|piece| piece.to_ns > piece.from_ns)
        .flat_map(|piece| {
            let begins = (piece.from_ns, true, piece.fill);
            [begins, (piece.to_ns, false, piece.fill)]
        })
        .collect();
    edges.sort_by_key(|edge| edge.0);
    let mut mixed = Mixed::new(narrow_ns);
    // How much of each kind is there now, in parts of 255 of a thread.
    let mut now = [0_u64; KINDS];
    let mut at_ns = 0;
    for (t_ns, begins, fill) in edges {
        mixed.push(at_ns, t_ns, &now);
        at_ns = t_ns;
        let parts = match fill {
            Fill::One(what) => {
                mixed.whats[what.kind()] = Some(what);
                let mut parts = [0; KINDS];
                parts[what.kind()] = 255;
                parts
            }
            Fill::Mixed(parts) => parts,
        };
        for (now, part) in now.iter_mut().zip(parts) {
            let part = u64::from(part);
            *now = if begins {
                *now + part
            } else {
                now.saturating_sub(part)
            };
        }
    }
    mixed.close();
    mixed.pieces
}

/// Pieces in the making: what is too narrow to be seen is put together.
struct Mixed {
    narrow_ns: u64,
    pieces: Vec<Piece>,
    open: Option<(u64, u64)>,
    shares: [u64; KINDS],
    /// One of each kind, for pieces that are of one kind.
    whats: [Option<What>; KINDS],
}

impl Mixed {
    fn new(narrow_ns: u64) -> Self {
        Self {
            narrow_ns,
            pieces: Vec::new(),
            open: None,
            shares: [0; KINDS],
            whats: [None; KINDS],
        }
    }

    fn push(&mut self, from_ns: u64, to_ns: u64, now: &[u64; KINDS]) {
        if to_ns <= from_ns {
            return;
        }
        let wide = to_ns - from_ns >= self.narrow_ns;
        let nobody = now.iter().all(|part| *part == 0);
        if wide || nobody || self.open.is_some_and(|open| open.1 != from_ns) {
            self.close();
        }
        if nobody {
            return;
        }
        for (sum, part) in self.shares.iter_mut().zip(now) {
            *sum += part * (to_ns - from_ns);
        }
        let begun_ns = self.open.map_or(from_ns, |open| open.0);
        self.open = Some((begun_ns, to_ns));
        if to_ns - begun_ns >= self.narrow_ns {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some((from_ns, to_ns)) = self.open.take() else {
            return;
        };
        let shares = std::mem::take(&mut self.shares);
        let all: u64 = shares.iter().sum();
        let mut kinds = shares.iter().enumerate().filter(|(_, share)| **share > 0);
        let only = kinds.next().filter(|_| kinds.next().is_none());
        let fill = only.and_then(|(kind, _)| self.whats[kind]).map_or_else(
            || Fill::Mixed(shares.map(|share| (share as f64 / all.max(1) as f64 * 255.0) as u8)),
            Fill::One,
        );
        match self.pieces.last_mut() {
            Some(last) if last.fill == fill && last.to_ns == from_ns => last.to_ns = to_ns,
            _ => self.pieces.push(Piece {
                from_ns,
                to_ns,
                fill,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(from_ns: u64, to_ns: u64, what: What) -> Piece {
        Piece {
            from_ns,
            to_ns,
            fill: Fill::One(what),
        }
    }

    #[test]
    fn a_merged_row_has_the_shares_of_its_threads() {
        let one = [
            piece(0, 1000, What::Python),
            piece(1000, 2000, What::WaitsForGil),
        ];
        let two = [
            piece(0, 1000, What::WaitsForGil),
            piece(1000, 1500, What::Blocked),
        ];
        let mixed = mix(one.iter().chain(&two), 100);
        let shares = |nth: usize| match mixed[nth].fill {
            Fill::Mixed(shares) => shares,
            Fill::One(what) => panic!("{what:?}"),
        };
        assert_eq!((mixed[0].from_ns, mixed[0].to_ns), (0, 1000));
        assert_eq!(shares(0)[What::Python.kind()], 127);
        assert_eq!(shares(0)[What::WaitsForGil.kind()], 127);
        assert_eq!(shares(1)[What::Blocked.kind()], 127);
        // Only one of them was left.
        assert_eq!(mixed[2], piece(1500, 2000, What::WaitsForGil));
        assert_eq!(mixed.len(), 3);
    }

    #[test]
    fn many_narrow_pieces_become_few_and_a_time_of_nobody_stays_empty() {
        let pieces: Vec<Piece> = (0..1000)
            .map(|i| {
                piece(
                    i * 10,
                    i * 10 + 10,
                    [What::Python, What::Blocked][i as usize % 2],
                )
            })
            .chain([piece(20_000, 20_500, What::Python)])
            .collect();
        let mixed = mix(pieces.iter(), 1000);
        assert_eq!(mixed.len(), 2, "{mixed:?}");
        assert_eq!((mixed[0].from_ns, mixed[0].to_ns), (0, 10_000));
        assert_eq!(mixed[1], piece(20_000, 20_500, What::Python));
    }

    #[test]
    fn a_collapsed_group_is_one_row() {
        let group = Group {
            process: LaneId(3),
            rows: 1..4,
            head: 2,
            many: 2,
        };
        let groups = [group];
        let open = shown(5, &groups, &BTreeSet::new());
        assert_eq!(open.len(), 5);
        assert_eq!(
            (open[0], open[1]),
            (Shown::Row(0, None), Shown::Row(1, Some(0)))
        );
        let closed = shown(5, &groups, &BTreeSet::from([LaneId(3)]));
        assert_eq!(
            closed,
            [Shown::Row(0, None), Shown::Merged(0), Shown::Row(4, None)]
        );
    }
}

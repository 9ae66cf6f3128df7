//! Whose place in the code it is that was found, and which number it has.

use super::Roster;
use super::gil::by_ident;
use super::process::Process;
use crate::engine::report::Found;
use crate::run::{Kind, LaneId, Place, PlaceId};

/// A run names so many places; further ones are not told.
const MOST: usize = 1 << 16;

impl Roster {
    pub(super) fn found(&mut self, t_ns: u64, pid: u32, found: Vec<Found>) {
        let Some(index) = self.find(pid) else {
            return;
        };
        let mut at = Vec::with_capacity(found.len());
        for Found {
            ident,
            place,
            from_ns,
            to_ns,
        } in found
        {
            let whose = whose(&self.processes[index], ident, from_ns, to_ns);
            if whose.is_empty() {
                continue;
            }
            let place = match place {
                Some(place) => match self.place(t_ns, place) {
                    Some(id) => Some(id),
                    None => continue,
                },
                None => None,
            };
            let zero_ns = self.zero_ns;
            let since = |t_ns: u64| t_ns.saturating_sub(zero_ns);
            at.extend(
                whose
                    .into_iter()
                    .map(|(lane, from_ns, to_ns)| (lane, place, since(from_ns), since(to_ns))),
            );
        }
        if !at.is_empty() {
            self.event(t_ns, Kind::At { at });
        }
    }

    /// The number of a place; a new one is told first.
    fn place(&mut self, t_ns: u64, place: Place) -> Option<PlaceId> {
        if let Some(id) = self.places.get(&place) {
            return Some(*id);
        }
        if self.places.len() >= MOST {
            return None;
        }
        let id = PlaceId(self.places.len() as u32);
        self.places.insert(place.clone(), id);
        self.event(t_ns, Kind::Place { id, place });
        Some(id)
    }
}

/// The lanes that a thread's time is: where its process makes calls in turn, they are the workers.
fn whose(process: &Process, ident: u64, from_ns: u64, to_ns: u64) -> Vec<(LaneId, u64, u64)> {
    let Some(lane) = by_ident(process, ident, u64::midpoint(from_ns, to_ns)) else {
        return Vec::new();
    };
    if lane == process.lane {
        let calls = process.owners.values().filter(|part| part.tid.is_none());
        let calls: Vec<_> = calls
            .map(|part| {
                let until_ns = part.until_ns.unwrap_or(u64::MAX);
                (part.lane, from_ns.max(part.since_ns), to_ns.min(until_ns))
            })
            .filter(|(_, from_ns, to_ns)| from_ns <= to_ns)
            .collect();
        if !calls.is_empty() {
            return calls;
        }
    }
    vec![(lane, from_ns, to_ns)]
}

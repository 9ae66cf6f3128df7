//! Where in the code each lane was found, and when.

use serde::{Deserialize, Serialize};

use super::{Kind, LaneId, Run};

/// A place's number: its index in [`Run::places`], given by the engine in the order in which they were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlaceId(pub u32);

impl PlaceId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place in the user's code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file, as Python names it; none for the run's own script ([`super::Header::script`]).
    pub file: Option<String>,
    /// The function, as Python names it: `work`, `Worker.run`; `<module>` outside of all.
    pub function: String,
    /// The line, from 1.
    pub line: u32,
}

/// A lane was found at a place (none: in no code of the user's) in a read, and in every read until another one.
pub type Stay = (LaneId, Option<PlaceId>, u64, u64);

/// Where a lane was found, in the order of time: the place, the first and the last read that found it there in a row.
/// Between two stays it is not known where it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlaceTrack {
    stays: Vec<(Option<PlaceId>, u64, u64)>,
}

/// What is known of a lane's place at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Where it was; none in no code of the user's.
    pub place: Option<PlaceId>,
    /// The time of the read that told it, in nanoseconds since time zero, where it was not found there both before
    /// and after.
    pub read_ns: Option<u64>,
}

impl PlaceTrack {
    pub(super) fn take(&mut self, place: Option<PlaceId>, from_ns: u64, to_ns: u64) {
        match self.stays.last_mut() {
            // A broken file must not make time go back.
            _ if to_ns < from_ns => {}
            Some(last) if from_ns < last.2 => {}
            Some(last) if last.0 == place && last.2 == from_ns => last.2 = to_ns,
            _ => self.stays.push((place, from_ns, to_ns)),
        }
    }

    /// Place, first and last read.
    pub fn stays(&self) -> &[(Option<PlaceId>, u64, u64)] {
        &self.stays
    }

    /// Where it was at a time, by the nearest read, if that is no further than `near_ns` away.
    pub fn at(&self, t_ns: u64, near_ns: u64) -> Option<At> {
        let after = self.stays.partition_point(|stay| stay.1 <= t_ns);
        let before = after
            .checked_sub(1)
            .and_then(|before| self.stays.get(before));
        if let Some(&(place, _, to_ns)) = before
            && t_ns <= to_ns
        {
            return Some(At {
                place,
                read_ns: None,
            });
        }
        let before = before.map(|stay| (t_ns - stay.2, stay.0, stay.2));
        let after = self.stays.get(after);
        let after = after.map(|stay| (stay.1 - t_ns, stay.0, stay.1));
        let nearest = before.into_iter().chain(after).min_by_key(|read| read.0);
        let (_, place, read_ns) = nearest.filter(|read| read.0 <= near_ns)?;
        Some(At {
            place,
            read_ns: Some(read_ns),
        })
    }
}

impl Run {
    /// The place, if there is one of that number.
    pub fn place(&self, id: PlaceId) -> Option<&Place> {
        self.places.get(id.index())
    }

    pub(super) fn apply_stays(&mut self, stays: &[Stay]) {
        for &(lane, place, from_ns, to_ns) in stays {
            let known = place.is_none_or(|place| self.place(place).is_some());
            if let Some(lane) = self.lanes.get_mut(lane.index()).filter(|_| known) {
                lane.places.take(place, from_ns, to_ns);
            }
        }
    }

    /// What is wrong with an event about places that comes next, for whoever reads it from a file.
    pub fn wrong_place(&self, kind: &Kind) -> Option<String> {
        match kind {
            Kind::Place { id, place } => {
                if id.index() != self.places.len() {
                    let (id, next) = (id.0, self.places.len());
                    return Some(format!("it is place {id}, and {next} would be the next"));
                }
                (place.line == 0).then(|| "a line has a number from 1".to_owned())
            }
            Kind::At { at } => at.iter().find_map(|&(lane, place, from_ns, to_ns)| {
                if self.lane(lane).is_none() {
                    return Some(format!("it names lane {}, which is not there", lane.0));
                }
                if let Some(place) = place.filter(|place| self.place(*place).is_none()) {
                    return Some(format!("it names place {}, which is not there", place.0));
                }
                (to_ns < from_ns).then(|| format!("it ends at {to_ns}, before it begins"))
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_reads_it_is_there_if_both_found_it_there_and_else_only_at_a_read() {
        let (one, two) = (Some(PlaceId(0)), Some(PlaceId(1)));
        let mut track = PlaceTrack::default();
        track.take(one, 100, 200);
        track.take(one, 200, 300);
        track.take(two, 340, 340);
        track.take(None, 360, 400);
        // Time does not go back.
        track.take(two, 390, 500);
        track.take(two, 600, 500);
        let stays = [(one, 100, 300), (two, 340, 340), (None, 360, 400)];
        assert_eq!(track.stays(), stays);
        let at = |t_ns| track.at(t_ns, 50).map(|at| (at.place, at.read_ns));
        assert_eq!(at(10), None);
        assert_eq!(at(60), Some((one, Some(100))));
        assert_eq!(at(200), Some((one, None)));
        assert_eq!(at(310), Some((one, Some(300))));
        assert_eq!(at(330), Some((two, Some(340))));
        assert_eq!(at(340), Some((two, None)));
        assert_eq!(at(400), Some((None, None)));
        assert_eq!(at(451), None);
    }
}

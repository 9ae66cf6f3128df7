//! Start, join and exit marks on the time axis, thinned so that 500 workers can still be read.

use crate::run::{LaneId, Run};
use crate::ui::who::Who;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A worker was started.
    Start,
    /// Somebody no longer waited for a worker in `join`.
    Join,
    /// A worker was gone.
    Exit,
}

impl What {
    /// In the order in which they are shown, top down.
    pub const ALL: [Self; 3] = [Self::Start, Self::Join, Self::Exit];

    /// The word beside its row.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Join => "join",
            Self::Exit => "exit",
        }
    }
}

/// One mark: of one worker, or of several too near to each other to be drawn apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The first one's time, nanoseconds since time zero.
    pub from_ns: u64,
    /// The last one's time.
    pub to_ns: u64,
    /// The first one.
    pub lane: LaneId,
    /// How many.
    pub many: usize,
}

/// The marks of a run's workers, no two of a kind nearer than `apart_ns`.
pub fn marks(run: &Run, what: What, apart_ns: u64) -> Vec<Mark> {
    let who = Who::of(run);
    let mut times: Vec<(u64, LaneId)> = match what {
        What::Start => run
            .lanes
            .iter()
            .map(|lane| (lane.started_ns, lane.id))
            .collect(),
        What::Join => run
            .lanes
            .iter()
            .flat_map(|lane| &lane.joins)
            .filter_map(|&(on, _, end_ns)| Some((end_ns?, on)))
            .collect(),
        What::Exit => run
            .lanes
            .iter()
            .filter_map(|lane| Some((lane.ended?.0, lane.id)))
            .collect(),
    };
    times.retain(|&(_, lane)| who.nth(lane).is_some());
    times.sort_unstable();
    let mut marks: Vec<Mark> = Vec::new();
    for (t_ns, lane) in times {
        match marks.last_mut() {
            Some(mark) if t_ns < mark.from_ns + apart_ns => {
                mark.many += 1;
                mark.to_ns = t_ns;
            }
            _ => marks.push(Mark {
                from_ns: t_ns,
                to_ns: t_ns,
                lane,
                many: 1,
            }),
        }
    }
    marks
}

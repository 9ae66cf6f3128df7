//! The rows of the timeline as plain data.

use crate::run::{Ended, Lane, LaneId, LaneKind, Run};
use crate::ui::who::{self, Who};

/// A row: a lane from its start to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whose it is.
    pub lane: LaneId,
    /// Its name.
    pub name: String,
    /// The number of its colour; none for the root and for services, which are drawn quieter.
    pub colour: Option<usize>,
    /// Whether the probe reports from it; if not, the operating system does.
    pub probed: bool,
    /// What it did, in the order of time, without gaps.
    pub spans: Vec<Span>,
    /// When it was gone, and how it is judged.
    pub end: Option<(u64, End)>,
}

/// What a lane did for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Nanoseconds since time zero.
    pub from_ns: u64,
    /// Nanoseconds since time zero.
    pub to_ns: u64,
    /// What it did.
    pub what: What,
}

/// What a lane does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Started, and no user code has run yet.
    Starting,
    /// Alive: it runs, or waits for something that is not known here.
    Running,
    /// It waits in `join`.
    Joining(LaneId),
}

/// How an end is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It came to a good end.
    Well,
    /// It failed.
    Badly,
    /// Our Stop ended it.
    Stopped,
    /// Nobody has said how.
    Unknown,
}

/// The rows: first what is no worker (the root, services), then the workers in the order of their starts.
pub fn lanes(run: &Run) -> Vec<Row> {
    let who = Who::of(run);
    let mut order: Vec<&Lane> = run.lanes.iter().collect();
    order.sort_by_key(|lane| (rank(lane, &who), lane.started_ns, lane.id));
    order
        .into_iter()
        .map(|lane| Row {
            lane: lane.id,
            name: who::name(lane),
            colour: who.nth(lane.id),
            probed: lane.info.probed,
            spans: spans(lane, run.length_ns()),
            end: lane.ended.map(|(t_ns, how)| (t_ns, judge(lane, how))),
        })
        .collect()
}

fn rank(lane: &Lane, who: &Who) -> u8 {
    match lane.info.kind {
        LaneKind::Root => 0,
        _ if who.nth(lane.id).is_some() => 1,
        _ => 2,
    }
}

/// What a lane did until its end, or until `now_ns`.
pub fn spans(lane: &Lane, now_ns: u64) -> Vec<Span> {
    let end_ns = lane.end_or(now_ns).max(lane.started_ns);
    let mut spans = Vec::new();
    let mut at_ns = lane.started_ns;
    let mut push = |at_ns: &mut u64, to_ns: u64, what: What| {
        let to_ns = to_ns.clamp(*at_ns, end_ns);
        if to_ns > *at_ns {
            spans.push(Span {
                from_ns: *at_ns,
                to_ns,
                what,
            });
            *at_ns = to_ns;
        }
    };
    // Nothing tells when what is not probed came to its first user code.
    if lane.info.probed {
        let up_ns = lane.up.map_or(end_ns, |up| up.t_ns);
        push(&mut at_ns, up_ns, What::Starting);
    }
    let mut joins = lane.joins.clone();
    joins.sort_by_key(|join| join.1);
    for (on, from_ns, to_ns) in joins {
        push(&mut at_ns, from_ns, What::Running);
        push(&mut at_ns, to_ns.unwrap_or(end_ns), What::Joining(on));
    }
    push(&mut at_ns, end_ns, What::Running);
    spans
}

fn judge(lane: &Lane, how: Ended) -> End {
    if lane.stopped {
        End::Stopped
    } else if lane.failed() {
        End::Badly
    } else if how == Ended::Unknown {
        End::Unknown
    } else {
        End::Well
    }
}

impl Row {
    /// What it did at a time; none before its start and after its end.
    pub fn at(&self, t_ns: u64) -> Option<What> {
        self.spans
            .iter()
            .find(|span| (span.from_ns..=span.to_ns).contains(&t_ns))
            .map(|span| span.what)
    }
}

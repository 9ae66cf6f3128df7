//! The rows of the timeline as plain data: a lane for each process, thread and call, and one for each GIL that
//! several threads share.

use std::collections::HashMap;
use std::ops::Range;

use super::pieces::{KINDS, Piece};
use super::rows::Rows;
use super::states::{Known, Span, What, each_of_gil};
use super::track::Id;
use crate::run::{Doing, Ended, GilTrack, Lane, LaneId, LaneKind, Run, SubTrack};
use crate::ui::who::{self, Who};

/// A row: a lane from its start to its end, or a GIL for as long as it was watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whose it is; of a GIL, its process.
    pub lane: LaneId,
    /// Whether it is the GIL's.
    pub gil: bool,
    /// The sub-interpreter whose GIL it is, as CPython numbers it.
    pub interpreter: Option<u64>,
    /// Its name.
    pub name: String,
    /// The number of its colour; none for the root and for services, which are drawn quieter.
    pub colour: Option<usize>,
    /// From when to when it was there, or was watched, in nanoseconds since time zero.
    pub life: Range<u64>,
    /// Whether the probe reports from it; if not, the operating system does.
    pub probed: bool,
    /// What it did, in the order of time.
    pub pieces: Vec<Piece>,
    /// Nanoseconds of each kind of state; of a GIL, of each kind of holder.
    pub totals: [u64; KINDS],
    /// What of its time is not worked out yet, where that is not all.
    pub rest: Option<Range<u64>>,
    /// What it did last.
    pub last: Option<What>,
    /// When it was gone, and how it is judged.
    pub end: Option<(u64, End)>,
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

/// Whose threads and whose GIL is whose.
#[derive(Default)]
pub(super) struct Families {
    /// The process of each lane.
    process: Vec<LaneId>,
    /// How many Python threads each process has had, by its lane.
    threads: HashMap<LaneId, usize>,
    /// Whether anybody looked at what threads do: on some systems only the GIL can be read.
    pub(super) looks: bool,
}

impl Families {
    pub(super) fn of(run: &Run) -> Self {
        let mut by_pid = HashMap::new();
        let mut threads: HashMap<LaneId, usize> = HashMap::new();
        let process = run.lanes.iter().map(|lane| {
            if lane.info.kind.is_process() {
                by_pid.insert(lane.info.pid, lane.id);
            }
            let process = by_pid.get(&lane.info.pid).copied().unwrap_or(lane.id);
            if process == lane.id || lane.info.tid.is_some() {
                *threads.entry(process).or_default() += 1;
            }
            process
        });
        Self {
            process: process.collect(),
            threads,
            looks: run.lanes.iter().any(|lane| !lane.did.spans().is_empty()),
        }
    }

    /// The process that a lane belongs to.
    pub(super) fn process(&self, lane: LaneId) -> LaneId {
        self.process.get(lane.index()).copied().unwrap_or(lane)
    }

    /// Whether several threads share the GIL of this process.
    pub(super) fn shares(&self, process: LaneId) -> bool {
        self.threads.get(&process).is_some_and(|many| *many > 1)
    }

    /// Whether the GIL of this process has a lane of its own.
    fn has_lane(&self, run: &Run, process: LaneId) -> bool {
        let gil_is_off = |lane: &Lane| lane.info.gil == Some(false);
        self.shares(process)
            && run
                .gils
                .get(&process)
                .is_some_and(|gil| gil.watched_ns() > 0)
            && !run.lane(process).is_none_or(gil_is_off)
    }
}

/// The rows: first what is no worker (the root), then the workers, those of one process together, in the order of
/// their starts; services last. A GIL stands above its process. What is shorter than `narrow_ns` is merged, and only
/// what lies in `range` (nanoseconds since time zero) is worked out; totals are those of a row's whole life.
pub fn lanes(run: &Run, range: Range<u64>, narrow_ns: u64) -> Vec<Row> {
    let mut rows = Rows::default();
    rows.renew(run, range, narrow_ns, usize::MAX);
    rows.work_out(run, 0..rows.rows.len(), usize::MAX);
    rows.rows
}

/// The rows of a run, in their order, with nothing in them yet.
pub(super) fn outline(run: &Run, who: &Who, families: &Families) -> Vec<Row> {
    let mut order: Vec<&Lane> = run.lanes.iter().collect();
    order.sort_by_cached_key(|lane| {
        let process = families.process(lane.id);
        let since_ns = run.lane(process).map_or(0, |lane| lane.started_ns);
        let part = lane.id != process;
        let rank = rank(lane, who);
        (rank, since_ns, process, part, lane.started_ns, lane.id)
    });
    let has_lane = |lane: &Lane| families.has_lane(run, lane.id);
    let gils = order.iter().filter(|lane| has_lane(lane)).count();
    let mut with_subs: Vec<LaneId> = run.sub_gils.keys().map(|(process, _)| *process).collect();
    with_subs.dedup();
    let one_process = with_subs.len() == 1;
    let mut rows = Vec::with_capacity(order.len() + gils);
    for lane in order {
        let row = Row {
            lane: lane.id,
            gil: false,
            interpreter: None,
            name: who::name(lane),
            colour: who.nth(lane.id),
            life: lane.started_ns..lane.end_or(u64::MAX),
            probed: lane.info.probed,
            pieces: Vec::new(),
            totals: [0; KINDS],
            rest: None,
            last: None,
            end: lane.ended.map(|(t_ns, how)| (t_ns, judge(lane, how))),
        };
        if has_lane(lane) {
            let name = if has_own_gils(run, lane.id, families) {
                "main GIL".to_owned()
            } else if gils == 1 {
                "GIL".to_owned()
            } else {
                format!("GIL of {}", row.name)
            };
            rows.push(Row {
                gil: true,
                name,
                colour: None,
                life: run.gils.get(&lane.id).map_or(0..0, watched),
                probed: true,
                end: None,
                ..row.clone()
            });
        }
        let process = (lane.id == families.process(lane.id)).then(|| row.clone());
        rows.push(row);
        for ((_, id), sub) in process.iter().flat_map(|row| shared_subs(run, row.lane)) {
            rows.extend(process.iter().map(|row| Row {
                gil: true,
                interpreter: Some(id),
                name: sub_name(id, &row.name, one_process),
                colour: None,
                life: watched(&sub.gil),
                probed: true,
                end: None,
                ..row.clone()
            }));
        }
    }
    rows
}

/// The sub-interpreters' GILs of a process that have a lane of their own: those that several threads used. Others' are in
/// the lane of that thread.
fn shared_subs(run: &Run, process: LaneId) -> impl Iterator<Item = ((LaneId, u64), &SubTrack)> {
    let of_process = run.sub_gils.range((process, 0)..=(process, u64::MAX));
    let shared = of_process.filter(|(_, sub)| sub.threads() > 1 && sub.gil.watched_ns() > 0);
    shared.map(|(key, sub)| (*key, sub))
}

/// Such as `GIL of interpreter 3 of MainThread`; without its process where only one has interpreters.
fn sub_name(interpreter: u64, process: &str, one_process: bool) -> String {
    if one_process {
        format!("GIL of interpreter {interpreter}")
    } else {
        format!("GIL of interpreter {interpreter} of {process}")
    }
}

/// Whether a process has interpreters with GILs of their own, so that its own is the main interpreter's alone.
fn has_own_gils(run: &Run, process: LaneId, families: &Families) -> bool {
    let mut subs = run.sub_gils.range((process, 0)..=(process, u64::MAX));
    let mut lanes = run.lanes.iter();
    subs.next().is_some()
        || lanes.any(|lane| families.process(lane.id) == process && lane.did.has(Doing::Apart))
}

fn watched(gil: &GilTrack) -> Range<u64> {
    let watched = &gil.watched;
    let edge = |at: Option<&(u64, u64)>| at.copied().unwrap_or_default();
    edge(watched.first()).0..edge(watched.last()).1
}

fn rank(lane: &Lane, who: &Who) -> u8 {
    match lane.info.kind {
        LaneKind::Root => 0,
        _ if who.nth(lane.id).is_some() => 1,
        _ => 2,
    }
}

/// What a lane did, without gaps.
pub fn spans(run: &Run, lane: LaneId) -> Vec<Span> {
    let mut spans = Vec::new();
    if let Some(lane) = run.lane(lane) {
        let known = Known::of(run, lane, &Families::of(run));
        known.each(0, u64::MAX, &mut usize::MAX.clone(), |span| {
            spans.push(span);
        });
    }
    spans
}

/// What a lane did at a time; none before its start and after its end. However long the run is, it costs little.
pub fn did_at(run: &Run, lane: LaneId, t_ns: u64) -> Option<What> {
    let known = Known::of(run, run.lane(lane)?, &Families::of(run));
    let mut found = None;
    known.each(
        t_ns,
        t_ns.saturating_add(1),
        &mut usize::MAX.clone(),
        |span| {
            found = Some(span.what);
        },
    );
    found
}

/// Who held the GIL of a row at a time; none where it was not watched.
pub(super) fn held_at(run: &Run, row: &Row, t_ns: u64) -> Option<What> {
    let mut found = None;
    let to_ns = t_ns.saturating_add(1);
    each_of_gil(
        row.track(run)?,
        t_ns,
        to_ns,
        &mut usize::MAX.clone(),
        |span| {
            found = Some(span.what);
        },
    );
    found
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
    pub(super) fn id(&self) -> Id {
        (self.lane, self.gil, self.interpreter)
    }

    /// What is known of the GIL that it is the row of.
    pub(super) fn track<'a>(&self, run: &'a Run) -> Option<&'a GilTrack> {
        match self.interpreter {
            _ if !self.gil => None,
            None => run.gils.get(&self.lane),
            Some(id) => run.sub_gils.get(&(self.lane, id)).map(|sub| &sub.gil),
        }
    }

    /// The piece at a time; none before its start and after its end, and where a GIL was not watched.
    pub fn at(&self, t_ns: u64) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.from_ns <= t_ns);
        let piece = self.pieces.get(after.checked_sub(1)?)?;
        (t_ns <= piece.to_ns).then_some(piece)
    }

    /// Notes until when it is worked out, where that is not all.
    pub(super) fn is_until(&mut self, until_ns: Option<u64>, run: &Run) {
        let rest = |from_ns: u64| from_ns.max(self.life.start)..self.life.end.min(run.length_ns());
        self.rest = until_ns.map(rest).filter(|rest| rest.start < rest.end);
    }

    /// What part of its time each kind of state took.
    pub fn shares(&self) -> [f64; KINDS] {
        let all_ns: u64 = self.totals.iter().sum();
        self.totals.map(|ns| ns as f64 / all_ns.max(1) as f64)
    }
}

//! Where in the code a lane was at a time, in words.

use super::lanes::Row;
use crate::run::{At, Lane, LaneId, LaneKind, Place, Run};
use crate::ui::who;

/// A read that is further away than this tells nothing of a time.
const NEAR_NS: u64 = 1_000_000_000;

/// A place in a line: `work(), line 7`; with its file where that is not the run's script.
pub(super) fn place(place: &Place) -> String {
    let line = place.line;
    let function = match place.function.as_str() {
        "<module>" => "top level".to_owned(),
        // Such as `<lambda>`.
        name if name.starts_with('<') => name.to_owned(),
        name => format!("{name}()"),
    };
    match &place.file {
        None => format!("{function}, line {line}"),
        Some(file) => {
            let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
            format!("{function}, line {line} of {name}")
        }
    }
}

/// Where a lane was at a time, as far as reads tell; the time of the read where it was not there before and after.
pub fn at(run: &Run, lane: LaneId, t_ns: u64) -> Option<String> {
    let (lane, at) = found(run, lane, t_ns)?;
    let mut words = match at.place {
        Some(id) => place(run.place(id)?),
        // What began no code of its user's waits in the library's.
        None if lane.info.kind == LaneKind::Service => return None,
        None => "in no code of the script".to_owned(),
    };
    if let Some(read_ns) = at.read_ns {
        words += &format!(", at {} s", who::seconds(read_ns));
    }
    Some(words)
}

/// Why that is not known of a lane at a time; nothing where there is nothing to know.
pub(super) fn why_not(run: &Run, lane: &Lane, t_ns: u64) -> Option<String> {
    let alive = lane.started_ns <= t_ns && t_ns <= lane.end_or(u64::MAX);
    let model = run.header.python.model;
    if !alive || model || !lane.info.probed || lane.info.kind == LaneKind::Service {
        return None;
    }
    let of_process =
        |other: &&Lane| other.info.kind.is_process() && other.info.pid == lane.info.pid;
    let process = run.lanes.iter().rev().find(of_process).unwrap_or(lane);
    let why = if process.info.gil == Some(false) {
        "not known on this Python, which has no GIL".to_owned()
    } else if run
        .gils
        .get(&process.id)
        .is_some_and(|gil| gil.unknown.is_some())
    {
        "not known".to_owned()
    } else if !lane.places.stays().is_empty() {
        "not looked at in this moment".to_owned()
    } else if lane.ended.is_some() {
        "not known: it was too short to be looked at".to_owned()
    } else {
        "not looked at yet".to_owned()
    };
    Some(format!("Where in the code: {why}."))
}

/// A lane's words for a screen reader, and where it is: at the pointer's time, or now.
pub(super) fn said(mut words: String, run: &Run, row: &Row, point_ns: Option<u64>) -> String {
    let t_ns = point_ns.unwrap_or(run.now_ns);
    if row.gil || (point_ns.is_none() && run.end.is_some()) {
        return words;
    }
    if let Some((_, found)) = found(run, row.lane, t_ns)
        && let Some(found) = found.place.and_then(|id| run.place(id))
    {
        let when = point_ns.map(|t_ns| format!("at {} s ", who::seconds(t_ns)));
        words += &format!("; {}in {}", when.unwrap_or_default(), place(found));
    }
    words
}

fn found(run: &Run, lane: LaneId, t_ns: u64) -> Option<(&Lane, At)> {
    let lane = run.lane(lane)?;
    let alive = lane.started_ns <= t_ns && t_ns <= lane.end_or(u64::MAX);
    let at = alive.then(|| lane.places.at(t_ns, NEAR_NS)).flatten()?;
    Some((lane, at))
}

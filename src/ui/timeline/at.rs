//! Who ran at a time, in words: for the cursor where it is held.

use super::lanes::Families;
use super::states::{Known, What};
use crate::run::{Lane, LaneId, Run};
use crate::ui::who;

/// So many are named of those who did the same; the others are counted.
const NAMED: usize = 3;

/// What each lane did at a time, those left out that did not live then.
pub fn at(run: &Run, t_ns: u64) -> Vec<(LaneId, What)> {
    let families = Families::of(run);
    let lived = |lane: &&Lane| lane.started_ns <= t_ns && t_ns < lane.end_or(u64::MAX);
    let did = |lane: &Lane| {
        let mut found = None;
        let known = Known::of(run, lane, &families);
        let to_ns = t_ns.saturating_add(1);
        known.each(t_ns, to_ns, &mut usize::MAX.clone(), |span| {
            found = Some(span.what);
        });
        found.map(|what| (lane.id, what))
    };
    run.lanes.iter().filter(lived).filter_map(did).collect()
}

/// Such as `Thread-2 held the GIL; Thread-1 and Thread-3 waited for it; MainThread waited in join`.
/// The lane of `first` is named before others.
pub fn words(run: &Run, t_ns: u64, first: Option<LaneId>) -> String {
    let families = Families::of(run);
    let mut all = at(run, t_ns);
    all.sort_by_key(|(lane, _)| Some(*lane) != first);
    let mut parts: Vec<String> = Vec::new();
    let mut held = false;
    let waited_at = |lane: &LaneId| run.lane(*lane).and_then(|lane| lane.apart.waited_at(t_ns));
    for (kind, does) in PHRASES {
        let same: Vec<LaneId> = all
            .iter()
            .filter(|(_, what)| what.kind() == kind.kind())
            .map(|(lane, _)| *lane)
            .collect();
        // Who waits for a sub-interpreter's GIL does not wait for the one that was named.
        let (apart, same): (Vec<LaneId>, Vec<LaneId>) = same
            .into_iter()
            .partition(|lane| kind == What::WaitsForGil && waited_at(lane).is_some());
        for lane in apart {
            let id = waited_at(&lane).unwrap_or_default();
            let name = names(run, &families, &[lane]);
            parts.push(format!("{name} waited for the GIL of interpreter {id}"));
        }
        if same.is_empty() {
            continue;
        }
        let shares = |lane: &LaneId| families.shares(families.process(*lane));
        let does = match kind {
            What::Python if same.iter().any(shares) => {
                held = true;
                "held the GIL"
            }
            What::WaitsForGil if held => "waited for it",
            _ => does,
        };
        let does = match does.strip_prefix("was ") {
            Some(state) if same.len() > 1 => format!("were {state}"),
            _ => does.to_owned(),
        };
        parts.push(format!("{} {does}", names(run, &families, &same)));
    }
    if parts.is_empty() {
        return "nobody of this run was there".to_owned();
    }
    parts.join("; ")
}

/// In the order in which they are said.
const PHRASES: [(What, &str); 12] = [
    (What::Python, "ran Python"),
    (What::Apart, "ran Python under a GIL of its own"),
    (What::Free, "ran"),
    (What::Outside, "ran outside the GIL"),
    (What::WaitsForGil, "waited for the GIL"),
    (What::WaitsForCore, "waited for a core"),
    (What::Running, "was alive"),
    (What::Without, "did not hold the GIL"),
    (What::Blocked, "was blocked"),
    (What::WaitsForReader, "waited to print"),
    (What::Starting, "was starting"),
    (What::Joining(LaneId(0)), "waited in join"),
];

fn names(run: &Run, families: &Families, lanes: &[LaneId]) -> String {
    let short = |lane: LaneId| run.lane(lane).map(who::short_name).unwrap_or_default();
    let name = |lane: &LaneId| {
        let name = short(*lane);
        let again = |other: &&Lane| other.id != *lane && who::short_name(other) == name;
        let process = families.process(*lane);
        // Each process has a Thread-1 of its own.
        if process != *lane && run.lanes.iter().any(|other| again(&other)) {
            return format!("{name} of {}", short(process));
        }
        name
    };
    // One more name is no longer than a count.
    let named = if lanes.len() <= NAMED + 1 {
        lanes.len()
    } else {
        NAMED
    };
    let mut names: Vec<String> = lanes.iter().take(named).map(name).collect();
    if lanes.len() > named {
        names.push(format!("{} others", lanes.len() - named));
    }
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        Some(only) => only,
        None => String::new(),
    }
}

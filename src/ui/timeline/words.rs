//! States and shares in words: for the key, the tooltips and a screen reader.

use std::collections::BTreeSet;

use super::lanes::{Families, Row};
use super::pieces::{Fill, KINDS};
use super::states::{FIRST_COLOUR, FREE, QUIET, UNKNOWN, What};
use crate::run::{GilTrack, Lane, LaneId, Run};
use crate::ui::theme::Theme;
use crate::ui::who::{self, Who, thousands};

/// A share that is less than this is not named.
const NAMED: f64 = 0.005;
/// What lived for longer is looked at, where that can be done.
const SHORT_NS: u64 = 1_000_000_000;

/// A state's short name, as in the key and among shares.
pub fn short(what: What) -> &'static str {
    match what {
        What::Starting => "starting",
        What::Running => "alive",
        What::Python => "Python",
        What::Free => "running",
        What::Apart => "own GIL",
        What::Outside => "outside the GIL",
        What::WaitsForGil => "waiting for the GIL",
        What::WaitsForCore => "waiting for a core",
        What::Blocked => "blocked",
        What::WaitsForReader => "waiting to print",
        What::Without => "without the GIL",
        What::Joining(_) => "waiting in join",
        What::Held(_) => "held",
        What::NotHeld => "free",
    }
}

/// A state's name where there is little room: in the key.
pub(super) fn shortest(what: What) -> &'static str {
    match what {
        What::Outside => "outside GIL",
        What::WaitsForGil => "waits for GIL",
        What::WaitsForCore => "waits for core",
        What::WaitsForReader => "waits to print",
        What::Without => "not holding",
        What::Joining(_) => "joining",
        _ => short(what),
    }
}

/// A state as it is said of a lane at a time.
pub(super) fn state(run: &Run, what: What) -> String {
    let name = |lane: LaneId| run.lane(lane).map(who::name);
    match what {
        What::Python => "running Python".to_owned(),
        What::Outside => "running outside the GIL".to_owned(),
        What::Running => "running".to_owned(),
        What::Joining(on) => format!("joining {}", name(on).unwrap_or_default()),
        What::Held(by) => match by.and_then(name) {
            Some(name) => format!("held by {name}"),
            None => "held by an unknown thread".to_owned(),
        },
        _ => short(what).to_owned(),
    }
}

/// A state in a sentence, for someone who sees it for the first time.
pub(super) fn sentence(what: What) -> &'static str {
    match what {
        What::Starting => "It was started, and none of its code has run yet.",
        What::Running => "Nobody looked at what it does.",
        What::Python => {
            "It holds the GIL and runs Python. No other thread of its process can at the same time."
        }
        What::Apart => {
            "It runs Python under its own interpreter's GIL, so other interpreters can run at the same time."
        }
        What::Free => "It runs. This Python has no GIL, so other threads can run at the same time.",
        What::Outside => {
            "It works without the GIL, in C code or in the system, so another thread can run Python."
        }
        What::WaitsForGil => {
            "It could go on, but another thread holds the GIL: only one can run Python at a time."
        }
        What::WaitsForCore => "It could go on, but every core of this machine is taken.",
        What::Blocked => "It sleeps, or waits for input or a lock. It needs no core.",
        What::WaitsForReader => {
            "It prints faster than Gilscope reads: its pipe is full, so it waits, as it would for a slow terminal."
        }
        What::Without => {
            "It does not hold the GIL. Whether it waits or runs is not told by this system."
        }
        What::Joining(_) => "It waits until the other one has ended. It needs no core.",
        What::Held(_) => "One thread at a time holds the GIL; it alone runs Python.",
        What::NotHeld => "Nobody runs Python: all threads wait, or run outside the GIL.",
    }
}

/// Why nobody looked at what a lane does.
pub(super) fn why(run: &Run, lane: &Lane) -> String {
    let process = Families::of(run).process(lane.id);
    if let Some(why) = run.gils.get(&process).and_then(|gil| gil.unknown.as_ref()) {
        return format!("What it does was not looked at: {why}.");
    }
    let why = if run.header.python.model {
        "the built-in model does not record it"
    } else if !lane.info.probed {
        "it is not probed"
    } else if !lane.did.spans().is_empty() {
        "not at this time"
    } else if lane.end_or(run.length_ns()) > lane.started_ns + SHORT_NS {
        "this run has no record of it"
    } else if lane.ended.is_some() {
        "it was too short to be looked at"
    } else {
        "not yet"
    };
    format!("What it does was not looked at: {why}.")
}

/// Shares of a lane's states, the greatest first: `Python 25 %, waiting for the GIL 72 %`. Empty where nobody looked.
pub fn shares(shares: &[f64; KINDS]) -> String {
    if shares[What::Running.kind()] > 1.0 - NAMED {
        return String::new();
    }
    let named = What::OF_LANES.map(|what| (short(what).to_owned(), shares[what.kind()]));
    listed(named.into())
}

/// Shares of the holders of a GIL. Threads of one colour are named together.
pub(super) fn holders(run: &Run, row: &Row, shares: &[f64; KINDS]) -> String {
    let who = Who::of(run);
    let mut names: [Vec<String>; KINDS] = Default::default();
    names[FREE].push("free".to_owned());
    names[UNKNOWN].push("unknown threads".to_owned());
    let families = Families::of(run);
    let sub = row.interpreter.map(|id| (row.lane, id));
    let users: Option<BTreeSet<LaneId>> = sub
        .and_then(|key| run.sub_gils.get(&key))
        .map(|sub| sub.users().collect());
    let may_use = |lane: LaneId| users.as_ref().is_none_or(|users| users.contains(&lane));
    for lane in run.lanes.iter().filter(|lane| may_use(lane.id)) {
        if families.process(lane.id) == row.lane && (lane.info.tid.is_some() || lane.id == row.lane)
        {
            names[What::Held(Some(lane.id)).holder_kind(&who)].push(who::name(lane));
        }
    }
    let named = names.into_iter().zip(shares).enumerate();
    let named = named.map(|(kind, (names, share))| {
        let name = match (names.len(), kind) {
            (0..=3, _) => names.join(" + "),
            (_, QUIET) => "no workers".to_owned(),
            (many, _) => format!(
                "every {}th worker ({many}) from {}",
                Theme::COLOURS,
                kind - FIRST_COLOUR + 1
            ),
        };
        (name, *share)
    });
    listed(named.collect())
}

fn listed(mut named: Vec<(String, f64)>) -> String {
    named.retain(|(_, share)| *share >= NAMED);
    named.sort_by(|a, b| b.1.total_cmp(&a.1));
    let words = named
        .iter()
        .map(|(name, share)| format!("{name} {}", percent(*share)));
    words.collect::<Vec<_>>().join(", ")
}

/// Such as `25 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Of which sub-interpreter the GIL is that a lane holds or waits for at a time: ` of interpreter 3`.
pub(super) fn whose(lane: &Lane, fill: Fill, t_ns: u64) -> Option<String> {
    let id = match fill {
        Fill::One(What::Apart) => lane.apart.held_at(t_ns),
        Fill::One(What::WaitsForGil) => lane.apart.waited_at(t_ns),
        _ => None,
    }?;
    Some(format!(" of interpreter {id}"))
}

/// Under which sub-interpreters' GILs a lane was: `under the GIL of interpreter 3`.
pub(super) fn under(lane: &Lane) -> Option<String> {
    let ids = lane.apart.interpreters();
    let last = ids.last()?;
    Some(match ids.len() {
        1 => format!("under the GIL of interpreter {last}"),
        many => format!("under the GILs of {many} interpreters, the last one {last}"),
    })
}

/// What is in a piece, and a sentence on it.
pub(super) fn piece(run: &Run, row: &Row, fill: Fill) -> (String, String) {
    match fill {
        Fill::One(What::Running) if !row.gil => {
            let why = run.lane(row.lane).map(|lane| why(run, lane));
            (state(run, What::Running), why.unwrap_or_default())
        }
        Fill::One(what) => (state(run, what), sentence(what).to_owned()),
        Fill::Mixed(parts) => {
            let parts = parts.map(|part| f64::from(part) / 255.0);
            if row.gil {
                let words = holders(run, row, &parts);
                return (words, sentence(What::Held(None)).to_owned());
            }
            let most = What::OF_LANES
                .into_iter()
                .max_by(|a, b| parts[a.kind()].total_cmp(&parts[b.kind()]));
            let sentence = most.map(|most| format!("Mostly {}: {}", short(most), sentence(most)));
            (shares(&parts), sentence.unwrap_or_default())
        }
    }
}

/// What is known of a GIL, a fact a line.
pub(super) fn gil_facts(gil: &GilTrack, median_ns: Option<u64>) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(handoffs) = gil.handoffs {
        facts.push(("hand-offs so far", thousands(handoffs)));
    }
    let median = median_ns.map_or_else(|| "not resolved".to_owned(), milliseconds);
    facts.push(("median hold", median));
    facts
}

/// How finely a GIL was read: `read 940 times a second; a hold is known to 1 ms`.
pub(super) fn rate(gil: &GilTrack) -> Option<String> {
    let period_ns = gil.period_ns().filter(|period_ns| *period_ns > 0)?;
    let times = (1e9 / period_ns as f64).round() as u64;
    Some(format!(
        "Read {} times a second; a hold is known to {}.",
        thousands(times),
        milliseconds(period_ns)
    ))
}

/// Such as `5.3 ms`.
fn milliseconds(ns: u64) -> String {
    let ms = ns as f64 / 1e6;
    if ms < 9.95 {
        let text = format!("{ms:.1}");
        return format!("{} ms", text.strip_suffix(".0").unwrap_or(&text));
    }
    format!("{} ms", thousands(ms.round() as u64))
}

/// Of what its shares are: all its time, or what is worked out of it.
pub(super) fn of_time(row: &Row) -> String {
    match &row.rest {
        None => "Of all its time".to_owned(),
        Some(rest) => format!(
            "Of its time until {} s, the rest is being worked out",
            who::seconds(rest.start)
        ),
    }
}

/// A row in words, for a screen reader.
pub(super) fn row(run: &Run, row: &Row) -> String {
    let Some(lane) = run.lane(row.lane) else {
        return row.name.clone();
    };
    let shared = row.shares();
    if row.gil {
        let mut words = row.name.clone();
        if run.end.is_none()
            && let Some(last) = row.last
        {
            words += &format!(": {}", state(run, last));
        }
        words += &format!("; {}", holders(run, row, &shared));
        if let Some(handoffs) = row.track(run).and_then(|gil| gil.handoffs) {
            words += &format!("; handed on {} times", thousands(handoffs));
        }
        return words;
    }
    let now = match row.last {
        Some(last) if lane.ended.is_none() && last != What::Running => state(run, last),
        _ => who::state_words(run, lane),
    };
    let mut words = format!("{}: {now}", row.name);
    let shares = shares(&shared);
    if !shares.is_empty() {
        words += &format!("; {shares}");
    }
    if row.rest.is_some() {
        words += "; not all of it is worked out yet";
    }
    if let Some(under) = under(lane) {
        words += &format!("; {under}");
    }
    words += &format!("; started {} s", who::seconds(lane.started_ns));
    if let Some((t_ns, _)) = lane.ended {
        words += &format!(", ended {} s", who::seconds(t_ns));
    }
    words
}

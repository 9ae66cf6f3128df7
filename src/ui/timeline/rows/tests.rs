//! What is worked out bit by bit as a run grows is what is worked out of all of it at once, whatever comes late.

use proptest::prelude::*;

use super::*;
use crate::experiment::Experiment;
use crate::run::tests::{header, info};
use crate::run::{
    Doing, Ended, Event, Kind, LaneId, LaneInfo, LaneKind, RunEnd, StoppedBy, SubGil,
};
use crate::ui::timeline::pieces::{Fill, KINDS, Part};
use crate::ui::timeline::{did_at, spans, tip};

const MS: u64 = 1_000_000;
const LANES: u32 = 4;

fn run() -> Run {
    Run::new(header(Experiment::default()))
}

fn apply(run: &mut Run, t_ns: u64, kind: Kind) {
    run.apply(&Event { t_ns, kind });
}

fn open(run: &mut Run, t_ns: u64, pid: u32) -> LaneId {
    let lane = LaneId(run.lanes.len() as u32);
    let kind = match lane.0 {
        0 => LaneKind::Root,
        _ if pid > 1 => LaneKind::Process,
        _ => LaneKind::Thread,
    };
    let info = LaneInfo {
        parent: (lane.0 > 0).then_some(LaneId(0)),
        pid,
        tid: (lane.0 > 0).then_some(u64::from(lane.0)),
        ..info(kind, &format!("lane {}", lane.0))
    };
    apply(run, t_ns, Kind::Opened { lane, info });
    lane
}

/// Something that happens: what, and two numbers that it is made of.
type Step = (u8, u64, u64);

/// Lets it happen. Time goes on by at most a third of a second; some of it comes late, and out of order.
fn happen(run: &mut Run, (what, a, b): Step) {
    let now_ns = run.now_ns;
    let late_ns = now_ns.saturating_sub(b % 4000 * MS);
    let lane = LaneId((a % u64::from(LANES)) as u32);
    let to_ns = now_ns + (1 + a % 300) * MS;
    match what {
        0..=5 => {
            let (from_ns, end_ns) = if what == 0 {
                (late_ns, late_ns + a % 400 * MS)
            } else {
                (now_ns, to_ns)
            };
            let each_ns = (1 + b % 25) * MS;
            let mut holds = Vec::new();
            let mut did = Vec::new();
            let mut t_ns = from_ns;
            let mut nth = a;
            while t_ns < end_ns {
                let until_ns = (t_ns + each_ns).min(end_ns);
                let by = LaneId((nth % u64::from(LANES)) as u32);
                if nth % 5 > 0 {
                    holds.push((Some(by).filter(|_| nth % 7 > 0), t_ns, until_ns));
                }
                let doing = [
                    Doing::Python,
                    Doing::WaitsForGil,
                    Doing::WaitsForCore,
                    Doing::Blocked,
                    Doing::Outside,
                ][(nth * 3 + b) as usize % 5];
                did.push((by, doing, t_ns, until_ns));
                t_ns = until_ns;
                nth += 1 + b % 3;
            }
            let gil = Kind::Gil {
                lane: LaneId(0),
                from_ns,
                reads: 10,
                handoffs: None,
                holds,
            };
            if what % 3 < 2 {
                apply(run, end_ns, gil);
            }
            if what % 3 > 0 {
                apply(run, end_ns, Kind::Did { did });
            }
        }
        6 => apply(
            run,
            late_ns,
            Kind::JoinBegan {
                lane,
                on: LaneId(1),
            },
        ),
        7 => apply(
            run,
            late_ns,
            Kind::JoinEnded {
                lane,
                on: LaneId(1),
            },
        ),
        8 => apply(run, late_ns, Kind::Up { lane, cpu_ns: 0 }),
        9 => apply(run, late_ns, Kind::Started { lane }),
        10 if b % 5 == 0 => {
            let ended = Kind::Ended {
                lane,
                how: Ended::Returned,
                cpu_ns: None,
                peak_rss_bytes: None,
            };
            apply(run, late_ns.max(1), ended);
        }
        11 => {
            open(run, late_ns, 1 + (b % 2) as u32);
        }
        12 if b % 3 == 0 => {
            let mut info = run.lanes[lane.index()].info.clone();
            info.gil = Some(a % 2 == 0);
            apply(run, now_ns, Kind::Learnt { lane, info });
        }
        13..=15 => {
            let from_ns = if b % 3 == 0 { late_ns } else { now_ns };
            let end_ns = from_ns + a % 400 * MS;
            under_its_own(run, (from_ns, end_ns), (a, b));
        }
        _ => apply(run, to_ns, Kind::Up { lane, cpu_ns: 0 }),
    }
}

/// Two threads that run in sub-interpreters, one after the other or in one, and what a look at them tells.
fn under_its_own(run: &mut Run, (from_ns, end_ns): (u64, u64), (a, b): (u64, u64)) {
    let each_ns = (1 + b % 25) * MS;
    let of = |interpreter| SubGil {
        interpreter,
        from_ns,
        to_ns: end_ns,
        reads: 10,
        handoffs: Some(a),
        holds: Vec::new(),
        waits: Vec::new(),
    };
    let mut gils = [of(1), of(2)];
    let mut did = Vec::new();
    let (mut t_ns, mut nth) = (from_ns, a as usize);
    while t_ns < end_ns {
        let until_ns = (t_ns + each_ns).min(end_ns);
        let (has, waits) = (LaneId(1 + nth as u32 % 2), LaneId(2 - nth as u32 % 2));
        let gil = &mut gils[nth / 3 % 2];
        gil.holds.push((Some(has), t_ns, until_ns));
        gil.waits.push((waits, t_ns, until_ns));
        if nth % 4 > 0 {
            did.push((has, Doing::Apart, t_ns, until_ns));
            did.push((waits, Doing::WaitsForGil, t_ns, until_ns));
        }
        t_ns = until_ns;
        nth += 1;
    }
    let lane = LaneId(0);
    apply(
        run,
        end_ns,
        Kind::SubGils {
            lane,
            gils: gils.into(),
        },
    );
    apply(run, end_ns, Kind::Did { did });
}

fn finish(run: &mut Run) {
    let end = RunEnd {
        wall_ns: run.now_ns,
        cpu_ns: 0,
        cpu_at_least: false,
        stopped_by: StoppedBy::End,
        root: Ended::Exited(0),
    };
    apply(run, run.now_ns, Kind::RunEnded(end));
}

/// Renews the rows until there is nothing more to do.
fn renew(rows: &mut Rows, run: &Run, range: &Range<u64>, narrow_ns: u64, steps: usize) {
    for _ in 0..100_000 {
        let more = rows.renew(run, range.clone(), narrow_ns, steps);
        let all = 0..rows.rows.len();
        if !rows.work_out(run, all, steps) && !more {
            return;
        }
    }
    panic!("there is no end to it");
}

#[test]
fn a_tooltip_tells_of_the_very_time_and_of_the_shares_around_it() {
    let mut run = run();
    for _ in 0..LANES {
        open(&mut run, 0, 1);
        let lane = LaneId(run.lanes.len() as u32 - 1);
        apply(&mut run, MS, Kind::Up { lane, cpu_ns: 0 });
    }
    let lane = LaneId(1);
    let doing = |nth: u64| [Doing::Outside, Doing::Blocked][nth as usize % 2];
    let did = (1..500).map(|nth| (lane, doing(nth), nth * 5 * MS, (nth + 1) * 5 * MS));
    let did = did.collect();
    apply(&mut run, 2500 * MS, Kind::Did { did });
    finish(&mut run);
    let mut rows = Rows::default();
    renew(&mut rows, &run, &(0..2500 * MS), 100 * MS, usize::MAX);
    let row = rows.rows.iter().find(|row| !row.gil && row.lane == lane);
    let row = row.unwrap();
    let lines = |t_ns: u64, ns_per_point: f64| {
        let of = tip::Of { row, merged: false };
        let at = tip::At { t_ns, ns_per_point };
        tip::moment(&run, &run.lanes[1], of, at)
    };
    for (t_ns, state) in [(1_001 * MS, "outside the GIL"), (1_006 * MS, "blocked")] {
        let lines = lines(t_ns, 100.0 * MS as f64);
        assert!(lines[0].contains(state), "{lines:?}");
        assert!(lines[2].contains("outside the GIL 50 %"), "{lines:?}");
        assert!(lines[2].starts_with("In the 100 ms around it"), "{lines:?}");
    }
    assert!(lines(1_006_123_456, 100.0)[0].starts_with("at 1.006123 s"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn bit_by_bit_is_all_at_once(
        steps in prop::collection::vec((0_u8..18, 0_u64..10_000, 0_u64..10_000), 1..150),
        many in 20_usize..2000,
        narrow in 0_usize..5,
        every in 1_usize..20,
    ) {
        let narrow_ns = [0, 1, 20, 60, 400][narrow] * MS;
        let mut run = run();
        for _ in 0..LANES {
            open(&mut run, 0, 1);
        }
        let mut grown = Rows::default();
        let last = steps.len() - 1;
        for (nth, step) in steps.into_iter().enumerate() {
            happen(&mut run, step);
            if nth == last {
                finish(&mut run);
            }
            if nth % every > 0 && nth < last {
                continue;
            }
            let range = if nth % 2 == 0 {
                0..run.now_ns + 1
            } else {
                run.now_ns / 3..run.now_ns / 3 * 2
            };
            renew(&mut grown, &run, &range, narrow_ns, many);
            let mut fresh = Rows::default();
            renew(&mut fresh, &run, &range, narrow_ns, usize::MAX);
            prop_assert_eq!(&grown.states, &fresh.states);
            prop_assert_eq!(grown.rows.len(), fresh.rows.len());
            for (row, other) in grown.rows.iter().zip(&fresh.rows) {
                prop_assert_eq!(&row.totals, &other.totals);
                prop_assert_eq!((&row.name, row.last, row.end), (&other.name, other.last, other.end));
                // Where as much is settled, the pieces are the same, too.
                let settled = |rows: &Rows| rows.tracks.get(&row.id()).map(Track::until_ns);
                if settled(&grown) == settled(&fresh) {
                    prop_assert_eq!(&row.pieces, &other.pieces, "{} in {:?}", &row.name, &range);
                }
            }
        }
        for row in grown.rows.iter().filter(|row| !row.gil) {
            let mut totals = [0; KINDS];
            for span in spans(&run, row.lane) {
                prop_assert_eq!(did_at(&run, row.lane, span.from_ns), Some(span.what));
                prop_assert_eq!(did_at(&run, row.lane, span.to_ns - 1), Some(span.what));
                totals[span.what.kind()] += span.to_ns - span.from_ns;
            }
            prop_assert_eq!(row.totals, totals);
        }
    }

    #[test]
    fn what_is_shown_meanwhile_is_true(
        steps in prop::collection::vec((1_u8..6, 0_u64..10_000, 0_u64..10_000), 20..200),
        many in 1_usize..400,
        narrow in 0_usize..4,
        zoomed in any::<bool>(),
    ) {
        let narrow_ns = [1, 20, 60, 400][narrow] * MS;
        let mut run = run();
        for _ in 0..LANES {
            open(&mut run, 0, 1);
        }
        for step in steps {
            happen(&mut run, step);
        }
        finish(&mut run);
        let all_ns = run.length_ns();
        let range = if zoomed { all_ns / 4..all_ns / 2 } else { 0..all_ns };
        let mut rows = Rows::default();
        for frame in 0.. {
            prop_assert!(frame < 100_000, "there is no end to it");
            rows.begin();
            let mut more = rows.renew(&run, range.clone(), narrow_ns, many);
            more |= rows.work_out(&run, 0..rows.rows.len(), many);
            for row in rows.rows.iter().filter(|row| !row.gil) {
                // What is not worked out is said to be so, and the rest is there without a gap.
                let told_ns = row.rest.as_ref().map_or(all_ns, |rest| rest.start).min(range.end);
                let mut at_ns = range.start;
                let mut drawn = [0; KINDS];
                for piece in &row.pieces {
                    prop_assert_eq!(piece.from_ns, at_ns);
                    at_ns = piece.to_ns;
                    let kinds = Part::of(piece, What::kind).kinds;
                    drawn.iter_mut().zip(kinds).for_each(|(all, more)| *all += more);
                }
                if row.rest.is_none() || at_ns > range.start {
                    prop_assert!(at_ns >= told_ns, "{at_ns} of {told_ns} in frame {frame}");
                }
                let mut did = [0; KINDS];
                for span in spans(&run, row.lane) {
                    let (from_ns, to_ns) = (span.from_ns.max(range.start), span.to_ns.min(at_ns));
                    did[span.what.kind()] += to_ns.saturating_sub(from_ns);
                }
                // A piece that is cut at an edge has the shares of all of it.
                let cut_ns = all_ns / 50 + 2 * (all_ns / 64 + narrow_ns);
                for (drawn, did) in drawn.into_iter().zip(did) {
                    prop_assert!(drawn.abs_diff(did) <= cut_ns, "{drawn} of {did} in frame {frame}");
                }
            }
            if !more {
                break;
            }
        }
        prop_assert!(rows.rows.iter().all(|row| row.rest.is_none()));
    }

    #[test]
    fn pieces_have_the_shares_of_what_they_are_made_of(
        steps in prop::collection::vec((prop_oneof![1_u8..6, Just(13_u8)], 0_u64..10_000, 0_u64..10_000), 20..200),
        narrow in 1_u64..300,
    ) {
        let mut run = run();
        for _ in 0..LANES {
            open(&mut run, 0, 1);
        }
        for step in steps {
            happen(&mut run, step);
        }
        finish(&mut run);
        let mut rows = Rows::default();
        renew(&mut rows, &run, &(0..u64::MAX), narrow * MS, usize::MAX);
        for row in rows.rows.iter().filter(|row| !row.gil) {
            let mut drawn = [0; KINDS];
            let mut last_ns = None;
            for piece in &row.pieces {
                prop_assert!(last_ns.is_none_or(|last_ns| last_ns == piece.from_ns));
                last_ns = Some(piece.to_ns);
                let wide = matches!(piece.fill, Fill::Mixed(_)) || piece.to_ns > piece.from_ns;
                prop_assert!(wide);
                let kinds = Part::of(piece, What::kind).kinds;
                drawn.iter_mut().zip(kinds).for_each(|(all, more)| *all += more);
            }
            let length_ns = run.length_ns();
            for (drawn, total) in drawn.into_iter().zip(row.totals) {
                prop_assert!(drawn.abs_diff(total) < length_ns / 50, "{drawn} of {total}");
            }
            prop_assert!(row.pieces.len() as u64 <= 2 * length_ns / (narrow * MS) + 2);
        }
    }
}

//! The plain data behind the panels, checked without a window.

use gilscope::run::{Ended, Kind, LaneId, LaneKind, Run};
use gilscope::ui::cpu::{self, What};
use gilscope::ui::figures::{difference, items};
use gilscope::ui::processes::{Column, Order, cell, sorted, widths};
use gilscope::ui::time_axis::limit_ns;
use gilscope::ui::timeline::{self, End, Fill};
use gilscope::ui::zoom::TimeRange;

use crate::synthetic::{MS, Synthetic, staircase, talkers, threads, trouble};

fn all_of(run: &Run) -> TimeRange {
    TimeRange::between(0, limit_ns(Some(run), None))
}

/// The curves of a whole run.
fn curves(run: &Run, bucket_ns: u64) -> cpu::Curves {
    cpu::curves(run, all_of(run), bucket_ns)
}

/// CPU seconds under a curve.
fn integral(curves: &cpu::Curves, cores: &[f32]) -> f64 {
    curves
        .edges_s
        .windows(2)
        .zip(cores)
        .map(|(edge, cores)| (edge[1] - edge[0]) * f64::from(*cores))
        .sum()
}

#[test]
fn the_stack_holds_the_cpu_time_that_was_accounted_and_nothing_twice() {
    let s = threads("a", 3, 2);
    let curves = curves(&s.run, 7 * MS);
    // 2 s of the threads, and 30 ms of the process's own.
    let total = integral(&curves, &curves.total);
    assert!((total - 2.03).abs() < 0.02, "{total}");
    let names: Vec<&str> = curves.bands.iter().map(|band| &*band.name).collect();
    assert_eq!(
        names,
        ["Thread-1", "Thread-2", "Thread-3", "the rest of the run"]
    );
    for band in &curves.bands[..3] {
        let own = integral(&curves, &band.cores);
        assert!((own - 2.0 / 3.0).abs() < 0.01, "{}: {own}", band.name);
    }
    assert_eq!(curves.short, 0);
}

#[test]
fn a_part_of_the_time_has_finer_curves_over_the_same_cpu_time() {
    let s = threads("a", 3, 2);
    let part = TimeRange::between(700 * MS, 710 * MS);
    let curves = cpu::curves(&s.run, part, 37_000);
    let ends = [curves.edges_s[0], curves.edges_s[curves.edges_s.len() - 1]];
    assert!(ends[0] <= 0.7 && ends[0] > 0.6999, "{ends:?}");
    assert!(ends[1] >= 0.71 && ends[1] < 0.7101, "{ends:?}");
    let [from_ns, to_ns] = ends.map(|s| (s * 1e9).round() as u64);
    let used = s.run.used(from_ns, to_ns).unwrap();
    let under = integral(&curves, &curves.total);
    assert!(
        (under - used.cpu_ns / 1e9).abs() < 1e-6,
        "{under}, {used:?}"
    );
    let line = cpu::machine_line(&s.run, part, 37_000);
    assert!(line.len() >= 2 && line[0][0] < 0.7 && line[line.len() - 1][0] > 0.71);
    // Past its end, and of a run that has not come there yet, there is nothing.
    let after = TimeRange::between(9_000 * MS, 9_010 * MS);
    assert!(cpu::curves(&s.run, after, 37_000).total.is_empty());
}

#[test]
fn a_part_of_the_time_shows_no_more_than_the_machine_has_either() {
    let mut s = Synthetic::new("a", gilscope::experiment::Experiment::default());
    s.run.header.machine.cores = 1;
    // Two that took turns at the one core, sampled at other times.
    let lanes = [1, 2].map(|nth| s.open(0, LaneKind::Process, &format!("Process-{nth}"), None));
    for (nth, t_ns, cpu_ns) in [
        (0, 100 * MS, 100 * MS),
        (1, 150 * MS, 50 * MS),
        (0, 200 * MS, 100 * MS),
        (1, 200 * MS, 100 * MS),
    ] {
        let kind = Kind::Cpu {
            lanes: vec![(lanes[nth], cpu_ns)],
            machine_cores: Some(1.0),
            rss_bytes: 0,
        };
        s.at(t_ns, kind);
    }
    let whole = curves(&s.run, 2 * MS);
    let part = TimeRange::between(60 * MS, 80 * MS);
    let part = cpu::curves(&s.run, part, 2 * MS);
    for (nth, total) in part.total.iter().enumerate() {
        assert!(*total <= 1.01, "{:?}", part.total);
        let bucket = whole.bucket((part.edges_s[nth] * 1e9) as u64 + MS).unwrap();
        assert!((whole.total[bucket] - total).abs() < 0.05, "{nth}");
    }
}

#[test]
fn a_main_thread_that_works_beside_its_threads_is_not_taken_away() {
    let mut s = Synthetic::new("a", gilscope::experiment::Experiment::default());
    s.up(0, LaneId(0), 0);
    let thread = s.open(0, LaneKind::Thread, "Thread-1", Some(5000));
    s.up(0, thread, 0);
    for t in [500 * MS, 1_000 * MS] {
        // Half a core each, as the engine reports it: the process's lane without its threads'.
        let kind = Kind::Cpu {
            lanes: vec![(thread, t / 2), (LaneId(0), t / 2)],
            machine_cores: None,
            rss_bytes: 0,
        };
        s.at(t, kind);
    }
    let curves = curves(&s.run, 100 * MS);
    assert!((curves.total[5] - 1.0).abs() < 1e-3, "{:?}", curves.total);
    let lanes_ns: u64 = s.run.lanes.iter().map(|lane| lane.cpu_ns().0).sum();
    let under = integral(&curves, &curves.total);
    assert!((under - lanes_ns as f64 / 1e9).abs() < 1e-3, "{under}");
}

#[test]
fn workers_too_short_to_sample_are_drawn_and_counted() {
    let s = staircase("a", 5, 20);
    let curves = curves(&s.run, MS);
    assert_eq!((curves.workers, curves.short, curves.unknown), (5, 5, 0));
    for band in &curves.bands[..5] {
        assert!((integral(&curves, &band.cores) - 0.016).abs() < 1e-4);
    }
    assert!(cpu::footnote(&curves).contains("5 of 5 ended before a sample"));
}

#[test]
fn three_hundred_workers_share_eight_bands_and_lose_nothing() {
    let s = threads("a", 300, 3);
    let curves = curves(&s.run, 20 * MS);
    assert!(curves.grouped);
    assert_eq!(curves.bands.len(), 9);
    let all = integral(&curves, &curves.total);
    assert!((all - 3.03).abs() < 0.1, "{all}");
}

#[test]
fn a_live_curve_ends_at_its_newest_sample_and_not_at_zero() {
    let mut s = Synthetic::new("live", gilscope::experiment::Experiment::default());
    assert_eq!(curves(&s.run, MS).edges_s, [0.0]);
    let lane = s.open(10 * MS, LaneKind::Process, "Process-1", None);
    let cpu = |cpu_ns| Kind::Cpu {
        lanes: vec![(lane, cpu_ns)],
        machine_cores: Some(1.0),
        rss_bytes: 0,
    };
    s.at(110 * MS, cpu(90 * MS));
    // Text comes after the sample: time goes on, the curve doesn't.
    s.print(150 * MS, lane, gilscope::run::Stream::Stdout, b"x\n");
    let curves = curves(&s.run, 20 * MS);
    assert!((curves.edges_s[curves.edges_s.len() - 1] - 0.110).abs() < 1e-9);
    assert!(curves.total[curves.total.len() - 1] > 0.85);
    let now = cpu::sentence(&s.run, &curves, None);
    assert!(now.starts_with("now 0.8 of 8 cores busy"), "{now}");
}

#[test]
fn the_sentence_is_about_the_pointer_or_the_whole_run() {
    let s = threads("a", 3, 2);
    let curves = curves(&s.run, 7 * MS);
    assert_eq!(
        cpu::sentence(&s.run, &curves, Some(1_000 * MS)),
        "at 1.00 s: 1.0 of 8 cores busy: 12.5 % of this machine"
    );
    let whole = cpu::sentence(&s.run, &curves, None);
    assert!(
        whole.starts_with("on average 1.0 of 8 cores busy: 12."),
        "{whole}"
    );
    assert!(cpu::sentence(&s.run, &curves, Some(9_000 * MS)).contains("nothing of this run"));
    assert_eq!(
        cpu::busy(0.5, 1),
        "0.5 of 1 core busy: 50.0 % of this machine"
    );
}

#[test]
fn marks_are_thinned_but_none_is_forgotten() {
    let s = staircase("a", 300, 20);
    for what in What::ALL {
        let marks = cpu::marks(&s.run, what, 100 * MS);
        assert!(marks.len() <= 64, "{}", marks.len());
        assert_eq!(marks.iter().map(|mark| mark.many).sum::<usize>(), 300);
        assert!(
            marks
                .windows(2)
                .all(|pair| pair[1].from_ns >= pair[0].from_ns + 100 * MS)
        );
    }
}

#[test]
fn the_machine_s_line_is_thinned_to_means() {
    let s = threads("a", 3, 2);
    let all = cpu::machine_line(&s.run, all_of(&s.run), 1);
    assert_eq!(all.len(), 20);
    let few = cpu::machine_line(&s.run, all_of(&s.run), 500 * MS);
    assert!(few.len() <= 6, "{few:?}");
    let mean = |line: &[[f64; 2]]| line.iter().map(|p| p[1]).sum::<f64>() / line.len() as f64;
    assert!((mean(&all) - mean(&few)).abs() < 0.1);
}

#[test]
fn lanes_say_what_they_did_without_gaps() {
    let s = staircase("a", 3, 20);
    let rows = timeline::lanes(&s.run, 0..u64::MAX, 1);
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[0].colour, None);
    let root: Vec<timeline::What> = timeline::spans(&s.run, rows[0].lane)
        .iter()
        .map(|span| span.what)
        .collect();
    assert_eq!(root[0], timeline::What::Starting);
    assert_eq!(
        root.iter()
            .filter(|what| matches!(what, timeline::What::Joining(_)))
            .count(),
        3
    );
    for row in &rows {
        let spans = timeline::spans(&s.run, row.lane);
        assert!(
            spans
                .windows(2)
                .all(|pair| pair[0].to_ns == pair[1].from_ns)
        );
        assert_eq!(spans[0].from_ns, s.run.lanes[row.lane.index()].started_ns);
    }
    let at = |t_ns| rows[1].at(t_ns).map(|piece| piece.fill);
    assert_eq!(at(41 * MS), Some(Fill::One(timeline::What::Starting)));
    assert_eq!(at(50 * MS), Some(Fill::One(timeline::What::Running)));
    assert_eq!(at(90 * MS), None);
}

#[test]
fn ends_are_judged_and_what_is_not_probed_is_not_called_starting() {
    let s = trouble("a");
    let rows = timeline::lanes(&s.run, 0..u64::MAX, 1);
    let end = |name: &str| {
        let row = rows.iter().find(|row| row.name == name).unwrap();
        row.end.unwrap().1
    };
    assert_eq!(end("Process-1"), End::Well);
    assert_eq!(end("Process-2"), End::Badly);
    assert_eq!(end("Process-3"), End::Badly);
    assert_eq!(end("Process-4"), End::Unknown);
    assert_eq!(end("sh"), End::Stopped);
    let sh = rows.iter().find(|row| row.name == "sh").unwrap();
    assert!(!sh.probed);
    assert!(
        timeline::spans(&s.run, sh.lane)
            .iter()
            .all(|span| span.what == timeline::What::Running)
    );
    // The root first, services last.
    assert_eq!(rows[0].name, "MainThread");
    assert!(
        rows[rows.len() - 2..]
            .iter()
            .all(|row| row.colour.is_none())
    );
}

#[test]
fn the_table_says_each_state_and_sorts_by_what_it_means() {
    let s = trouble("a");
    let state = |lane: u32| cell(&s.run, &s.run.lanes[lane as usize], Column::State);
    assert_eq!(state(1), "exited 0");
    assert_eq!(state(2), "failed 1");
    assert_eq!(state(3), "killed by SIGKILL");
    assert_eq!(state(6), "stopped, killed by SIGTERM");
    let at_least = cell(&s.run, &s.run.lanes[4], Column::Cpu);
    assert!(at_least.starts_with("at least"), "{at_least}");

    let many = staircase("b", 12, 20);
    let by_name = sorted(
        &many.run,
        Order {
            by: Column::Name,
            down: false,
        },
    );
    let names: Vec<String> = by_name
        .iter()
        .map(|id| many.run.lanes[id.index()].info.name.clone())
        .collect();
    let at = |name: &str| names.iter().position(|known| known == name).unwrap();
    assert!(at("Process-9") < at("Process-10"));
    let down = sorted(
        &many.run,
        Order {
            by: Column::Started,
            down: true,
        },
    );
    assert_eq!(down[0], LaneId(12));
}

#[test]
fn the_state_of_a_live_lane_is_said() {
    let mut s = Synthetic::new("live", gilscope::experiment::Experiment::default());
    let lane = s.open(10 * MS, LaneKind::Process, "Process-1", None);
    let state =
        |s: &Synthetic, lane: LaneId| cell(&s.run, &s.run.lanes[lane.index()], Column::State);
    assert_eq!(state(&s, lane), "starting");
    s.up(20 * MS, lane, 0);
    s.up(5 * MS, LaneId(0), 0);
    assert_eq!(state(&s, lane), "running");
    for (t, cpu_ns, words) in [
        (24 * MS, 0, "running"),
        (124 * MS, 0, "waiting"),
        (224 * MS, 50 * MS, "running"),
        (324 * MS, 50 * MS + MS / 2, "waiting"),
    ] {
        let kind = Kind::Cpu {
            lanes: vec![(lane, cpu_ns)],
            machine_cores: None,
            rss_bytes: 0,
        };
        s.at(t, kind);
        assert_eq!(state(&s, lane), words, "at {} ms", t / MS);
    }
    let idle = |t: u64| s.run.lanes[lane.index()].idle_at(t * MS);
    assert_eq!([22, 60, 160, 300].map(idle), [false, true, false, true]);
    s.at(
        330 * MS,
        Kind::JoinBegan {
            lane: LaneId(0),
            on: lane,
        },
    );
    assert_eq!(state(&s, LaneId(0)), "waiting for Process-1");
    s.end(340 * MS, lane, Ended::Exited(0), None);
    assert_eq!(state(&s, lane), "exited 0");
}

#[test]
fn the_figures_stand_beside_the_run_before_s_and_say_what_differed() {
    let (now, before) = (threads("a", 3, 2), staircase("b", 5, 20));
    let shown = items(&now.run.figures(), true, Some(&before.run.figures()));
    let item = |name: &str| shown.iter().find(|item| item.name == name).unwrap();
    assert_eq!(item("Most at once").value, "3");
    assert_eq!(item("Most at once").before, "1");
    assert_eq!(item("Speed-up").value, "0.97×");
    assert_eq!(item("Speed-up").after, "of 3 possible");
    assert!(!item("Lines lost").bad);
    assert!(shown.iter().all(|item| item.how.len() > 20));
    assert_eq!(
        difference(&now.run, &before.run),
        "processes, hello, 5 workers, join each"
    );
    assert_eq!(difference(&now.run, &now.run), "the same again");

    let bad = items(&trouble("c").run.figures(), true, None);
    let lost = bad.iter().find(|item| item.name == "Lines lost").unwrap();
    assert_eq!((&*lost.value, lost.bad), ("17", true));
    let ended = bad.iter().find(|item| item.name == "Finished").unwrap();
    assert!(ended.after.contains("failed"), "{ended:?}");
}

#[test]
fn the_axis_covers_the_run_and_where_it_can_the_one_before() {
    let (short, long) = (staircase("a", 5, 20), threads("b", 3, 2));
    let ten = threads("c", 3, 10);
    assert!(limit_ns(Some(&short.run), None) < 250 * MS);
    assert!(limit_ns(Some(&long.run), Some(&short.run)) >= long.run.length_ns());
    // A little longer one is shown whole, one that would leave nothing of the run is cut.
    assert!(limit_ns(Some(&short.run), Some(&ten.run)) < 250 * MS);
    assert!(limit_ns(Some(&long.run), Some(&talkers("d", 10_000).run)) >= long.run.length_ns());
}

#[test]
fn no_column_is_cut_off_while_each_can_be_read() {
    let of = |room: f32, column: Column| {
        let widths = widths(room, 8.0).into_iter();
        widths
            .filter(|(known, _)| *known == column)
            .map(|(_, width)| width)
            .next()
    };
    for room in [526.0, 530.0, 616.0, 640.0, 900.0, 2000.0] {
        let widths = widths(room, 8.0);
        let sum: f32 = widths.iter().map(|(_, width)| width).sum();
        let gaps = 8.0 * (widths.len() - 1) as f32;
        assert!((sum + gaps - room).abs() < 0.1, "{room}: {sum}");
        assert!(of(room, Column::Memory).unwrap() >= 78.0);
        assert_eq!(of(room, Column::Lines).is_some(), room > 580.0, "{room}");
    }
    // In a window 1440 wide a state is whole: `stopped, killed by SIGTERM`.
    assert!(of(750.0, Column::State).unwrap() >= 155.0);
    assert!(widths(-5.0, 8.0).iter().all(|(_, width)| *width >= 40.0));
}

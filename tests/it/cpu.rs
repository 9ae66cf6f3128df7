//! CPU that adds up: what the curves show against what the workers measured of themselves, and what the machine has.

use gilscope::run::{LaneKind, Run};
use gilscope::ui::cpu::{Curves, curves};
use gilscope::ui::zoom::TimeRange;

use crate::common::{alone, pythons};
use crate::gil::run_at;

/// As finely as the plot draws a run of some seconds.
const BUCKET_NS: u64 = 20_000_000;

/// All of a run's time.
fn all(run: &Run) -> TimeRange {
    TimeRange::between(0, run.length_ns())
}

/// CPU seconds under each curve that is one lane's.
fn areas(curves: &Curves) -> Vec<(usize, f64)> {
    let widths: Vec<f64> = curves.edges_s.windows(2).map(|e| e[1] - e[0]).collect();
    let area = |cores: &[f32]| -> f64 {
        let parts = cores.iter().zip(&widths);
        parts.map(|(cores, width)| f64::from(*cores) * width).sum()
    };
    curves
        .bands
        .iter()
        .filter_map(|band| Some((band.lane?.index(), area(&band.cores))))
        .collect()
}

/// Totals never exceed what the machine has.
fn is_within(run: &Run, curves: &Curves, say: &str) {
    let cores = run.header.machine.cores as f32;
    let most = curves.total.iter().copied().fold(0.0, f32::max);
    assert!(
        most > 0.1 && most <= cores * 1.001,
        "{most} of {cores} {say}"
    );
}

#[test]
fn a_curve_integrates_to_what_its_worker_measured_of_itself() {
    let _alone = alone();
    for python in [pythons().first(), pythons().last()].into_iter().flatten() {
        for (kind, clock) in [
            ("multiprocessing.Process", "process_time"),
            ("threading.Thread", "thread_time"),
        ] {
            let body = format!(
                "run({kind}, *[lambda s: (burn(s), hash(s / 4), print('used', time.{clock}(), flush=True))] * 3)"
            )
            .replace("multiprocessing.Process", "multiprocessing.get_context('fork').Process");
            let home = tempfile::tempdir().unwrap();
            let (run, _) = run_at(home.path(), &python.path, &body, &[]);
            let (_, text) = gilscope::store::open(&home.path().join("run.gilscope")).unwrap();
            let curves = curves(&run, all(&run), BUCKET_NS);
            let areas = areas(&curves);
            let say = format!("{} {kind}", python.version);
            assert_eq!(areas.len(), 3, "{say}");
            for (lane, area) in areas {
                let block = run.log.blocks().iter().position(|b| b.lane.index() == lane);
                let line = text.text(block.expect(&say) as u64).unwrap();
                let line = String::from_utf8_lossy(&line).into_owned();
                let used: f64 = line.trim().rsplit(' ').next().unwrap().parse().unwrap();
                assert!(
                    (area - used).abs() <= (used * 0.02).max(0.02),
                    "{area} drawn, {used} used: {say}"
                );
            }
            is_within(&run, &curves, &say);
        }
    }
}

#[test]
fn workers_too_short_to_sample_are_drawn_and_the_machine_is_not_exceeded() {
    let _alone = alone();
    for python in [pythons().first(), pythons().last()].into_iter().flatten() {
        for method in ["fork", "spawn"] {
            let body = format!(
                "multiprocessing.set_start_method('{method}', force=True); run(multiprocessing.Process, *[print] * 60)"
            );
            let home = tempfile::tempdir().unwrap();
            let (run, _) = run_at(home.path(), &python.path, &body, &[]);
            let say = format!("{} {method}", python.version);
            let curves = curves(&run, all(&run), BUCKET_NS / 4);
            assert!(
                method == "spawn" || curves.short > 0,
                "{} {say}",
                curves.short
            );
            let areas = areas(&curves);
            for lane in run
                .lanes
                .iter()
                .filter(|l| l.info.kind == LaneKind::Process)
            {
                let (_, area) = areas.iter().find(|a| a.0 == lane.id.index()).unwrap();
                let used = lane.cpu_final_ns.expect(&say) as f64 / 1e9;
                assert!(
                    (area - used).abs() < 1e-3,
                    "{area} drawn, {used} used: {say}"
                );
            }
            is_within(&run, &curves, &say);
        }
    }
}

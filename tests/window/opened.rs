//! Opened and kept runs: which one is shown, what it brings into the controls, and what it may not.

use std::path::Path;
#[cfg(target_os = "linux")]
use std::path::PathBuf;

use egui_kittest::kittest::Queryable as _;

use crate::harness::{Window, alone, app, press, script, wait, window_of};
use crate::synthetic::{Synthetic, staircase, threads, trouble};
use gilscope::engine::Phase;
use gilscope::experiment::{Experiment, Limits, OwnScript, Python, Way, Work};
use gilscope::ui::Setup;

const SIZE: [f32; 2] = [1280.0, 900.0];

/// A window in which this run was opened.
pub(crate) fn opened(run: &Synthetic, folder: &Path, size: [f32; 2]) -> Window {
    let id = run.run.header.id.clone();
    let setup = Setup {
        file: Some(run.write(folder)),
        ..alone()
    };
    let mut window = window_of(size, setup);
    wait(&mut window, "the run", |window| {
        app(window).with_run(|run| run.header.id == id) == Some(true)
    });
    window.run_steps(3);
    window
}

#[test]
fn which_run_is_shown_stands_above_it_in_every_size() {
    let folder = tempfile::tempdir().unwrap();
    let mut s = threads("a-model", 4, 2);
    s.run.header.python.model = true;
    for size in [SIZE, [1024.0, 700.0]] {
        let _ = std::fs::remove_file(folder.path().join("a-model.gilscope"));
        let window = opened(&s, folder.path(), size);
        let line = window.get_by_label_contains(
            "4 threads × burn 15M steps, join at end · built in, a model of the GIL",
        );
        let rect = line.rect();
        assert!(rect.max.x <= size[0] && rect.height() < 24.0, "{rect:?}");
    }
    let window = opened(&trouble("trouble"), folder.path(), [1024.0, 700.0]);
    window.get_by_label_contains("CPython 3.13.0, GIL on");
}

#[test]
fn an_opened_run_brings_its_experiment_and_not_its_interpreter() {
    let folder = tempfile::tempdir().unwrap();
    let mut s = staircase("brought", 7, 20);
    s.run.header.experiment.python = Python::Path("/tmp/evil/python3".into());
    let window = opened(&s, folder.path(), SIZE);
    let e = app(&window).experiment();
    assert_eq!((e.count, e.way, e.work), (7, Way::Processes, Work::Hello));
    assert_eq!(e.python, Python::Newest);
    assert!(script(&window).contains("range(7)"));
    assert_eq!(*app(&window).phase(), Phase::Idle);
}

#[test]
fn a_script_of_an_opened_run_is_text_and_no_path() {
    let folder = tempfile::tempdir().unwrap();
    let mut s = staircase("scripted", 2, 20);
    s.run.header.script = "print('from elsewhere')\n".into();
    s.run.header.experiment = Experiment {
        way: Way::Script,
        script: Some(OwnScript {
            path: Some("/etc/passwd".into()),
            text: "something else".into(),
            args: vec!["--a".into(), "b c".into()],
        }),
        limits: Limits {
            time_s: Some(3.0),
            ..Limits::default()
        },
        ..Experiment::default()
    };
    let mut window = opened(&s, folder.path(), SIZE);
    assert_eq!(script(&window), "print('from elsewhere')\n");
    let own = app(&window).experiment().script.clone().unwrap();
    assert_eq!(own.path, None);
    assert_eq!(own.args, ["--a", "b c"]);
    window.get_by_label_contains("From scripted.gilscope: the script rules");
    // It is in the run's file, so that nothing is lost by going back.
    press(&mut window, "Back to the controls");
    assert_eq!(*app(&window).experiment(), Experiment::default());
}

#[test]
fn an_impossible_experiment_leaves_the_controls_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut s = staircase("impossible", 2, 20);
    s.run.header.experiment.count = 1_000_000;
    let window = opened(&s, folder.path(), SIZE);
    assert_eq!(*app(&window).experiment(), Experiment::default());
    let said = app(&window).notices().join("\n");
    assert!(
        said.contains("impossible") && said.contains("--count"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_start_that_fails_leaves_the_opened_run() {
    let (folder, settings) = crate::harness::file("settings.json", "");
    let python = Python::Path(folder.path().join("no-such-python"));
    let experiment = Experiment {
        python,
        ..Experiment::default()
    };
    let text = serde_json::json!({ "experiment": experiment }).to_string();
    std::fs::write(&settings, text).unwrap();
    let setup = Setup {
        file: Some(staircase("stays", 3, 20).write(folder.path())),
        settings: Some(settings),
        ..alone()
    };
    let mut window = window_of(SIZE, setup);
    let shown = |window: &Window| app(window).with_run(|run| run.header.id == "stays");
    wait(&mut window, "the run", |window| shown(window) == Some(true));
    window.run_steps(3);
    press(&mut window, "Run");
    wait(&mut window, "the failure", |window| {
        matches!(app(window).phase(), Phase::Failed(_))
    });
    window.run_steps(3);
    assert_eq!(shown(&window), Some(true));
}

/// The folder of kept runs, in a data folder of this test's own.
#[cfg(target_os = "linux")]
pub(crate) fn kept(runs: impl Iterator<Item = (String, Synthetic)>) -> Option<PathBuf> {
    let folder = gilscope::store::runs::dir()?;
    std::fs::create_dir_all(&folder).ok()?;
    for (name, run) in runs {
        let path = run.write(&folder);
        std::fs::rename(path, folder.join(name)).ok()?;
    }
    Some(folder)
}

#[cfg(target_os = "linux")]
#[test]
fn every_kept_run_is_in_the_list_and_can_be_pinned() {
    use gilscope::store::runs::is_pinned;

    let data = tempfile::tempdir().unwrap();
    let name = "opened::every_kept_run_is_in_the_list_and_can_be_pinned";
    if !crate::harness::in_a_process(name, &[("XDG_DATA_HOME", data.path())]) {
        return;
    }
    let run = |i: u32| {
        let name = format!("2026-01-01 10.{i:02}.00 processes-hello-5.gilscope");
        (name, staircase(&format!("kept-{i}"), 2, 20))
    };
    let folder = kept((0..20).map(run)).unwrap();
    let mut window = window_of(SIZE, alone());
    press(&mut window, "processes-hello-5  ▾");
    wait(&mut window, "the list", |window| {
        window.query_by_label("Runs before this one").is_some()
    });
    press(&mut window, "Runs before this one");
    window.run_steps(5);
    let all = window.query_all_by_label_contains("Pin 2026-01-01 10.");
    assert_eq!(all.count(), 20);
    let first = folder.join("2026-01-01 10.19.00 processes-hello-5.gilscope");
    let pin = "Pin 2026-01-01 10.19.00 processes-hello-5";
    for pinned in [true, false] {
        press(&mut window, pin);
        wait(&mut window, "the pin", |_| is_pinned(&first) == pinned);
        window.run_steps(3);
    }
    // The list is still open: one press more leads to a run.
    window.get_by_label(pin);
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_is_measured_against_the_same_in_turn() {
    let data = tempfile::tempdir().unwrap();
    let name = "opened::a_run_is_measured_against_the_same_in_turn";
    if !crate::harness::in_a_process(name, &[("XDG_DATA_HOME", data.path())]) {
        return;
    }
    let turn = |minute: u32, seconds: u64| {
        let mut s = threads(&format!("turn-{minute}"), 4, seconds);
        s.run.header.experiment.way = Way::Turn;
        s.run.header.experiment.join = gilscope::experiment::Join::Each;
        let name = format!("2026-01-01 10.{minute:02}.00 turn-burn-4.gilscope");
        (name, s)
    };
    // The newest one did another amount of work.
    let mut other = turn(9, 9);
    other.1.run.header.experiment.steps += 1;
    kept([turn(1, 3), turn(5, 6), other].into_iter()).unwrap();
    let mut window = opened(&threads("measured", 4, 2), data.path(), SIZE);
    wait(&mut window, "the time in turn", |window| {
        window
            .query_by_label_contains("2.9× against in turn (measured 6.1 s)")
            .is_some()
    });
}

//! A window without a screen.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui;
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{Queryable as _, by};
use gilscope::engine::Phase;
use gilscope::engine::pythons::{self, Pythons};
use gilscope::ui::{App, Setup};

/// How long a run of a few short workers may take on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) type Window = Harness<'static, Option<App>>;

/// A window of this size, in points.
pub(crate) fn window_of(size: [f32; 2], setup: Setup) -> Window {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(20)
        .build_ui_state(
            move |ui, app: &mut Option<App>| {
                let app = app.get_or_insert_with(|| App::new(ui.ctx(), setup.clone()));
                app.logic(ui.ctx());
                app.show(ui, None);
            },
            None,
        );
    harness.run_steps(3);
    harness
}

/// A window that forgets its runs and knows no interpreter, so that nothing but the window is tried.
pub(crate) fn window() -> Window {
    window_of([1280.0, 900.0], alone())
}

pub(crate) fn alone() -> Setup {
    Setup {
        pythons: Some(Pythons::default()),
        forget_runs: true,
        ..Setup::default()
    }
}

/// With the newest real interpreter of this machine; none where there is none.
pub(crate) fn with_python() -> Option<Setup> {
    let found = pythons::find();
    found.newest()?;
    Some(Setup {
        pythons: Some(found),
        forget_runs: true,
        ..Setup::default()
    })
}

pub(crate) fn app(window: &Window) -> &App {
    window.state().as_ref().expect("the window was shown")
}

/// Presses what has this name.
pub(crate) fn press(window: &mut Window, name: &str) {
    control(window, name).click();
    window.run_steps(3);
}

/// The widget of this name that can be pressed, and not the words beside it.
pub(crate) fn control<'a>(window: &'a Window, name: &'a str) -> egui_kittest::Node<'a> {
    window.get(
        by().label(name)
            .predicate(|node| node.role() != Role::Label),
    )
}

/// The script as the editor shows it.
pub(crate) fn script(window: &Window) -> String {
    window
        .get_by_role_and_label(egui::accesskit::Role::MultilineTextInput, "Script")
        .value()
        .unwrap_or_default()
}

/// Runs frames until the condition holds.
pub(crate) fn wait(window: &mut Window, what: &str, until: impl Fn(&Window) -> bool) {
    let begun = Instant::now();
    loop {
        window.run_steps(1);
        if until(window) {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{what}: not after {PATIENCE:?}; {:?}, notices {:?}",
            app(window).phase(),
            app(window).notices()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Presses Run and waits for the end of the run that this starts.
pub(crate) fn run(window: &mut Window) {
    let id = |window: &Window| app(window).with_run(|run| run.header.id.clone());
    let before = id(window);
    press(window, "Run");
    wait(window, "the run's end", |window| {
        let over = matches!(app(window).phase(), Phase::Over | Phase::Failed(_));
        over && id(window) != before
    });
    assert_eq!(*app(window).phase(), Phase::Over);
}

/// A folder with a file in it.
pub(crate) fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    (folder, path)
}

/// Runs the test of this name again in a process of its own with these variables, which can't be set in
/// this one beside other threads. Gives whether this is that process, so that the test is to be done here.
#[cfg(target_os = "linux")]
pub(crate) fn in_a_process(name: &str, env: &[(&str, &std::path::Path)]) -> bool {
    const INNER: &str = "GILSCOPE_WINDOW_TEST";
    if std::env::var_os(INNER).is_some_and(|inner| inner == name) {
        return true;
    }
    let program = std::env::current_exe().expect("this test's program");
    let output = std::process::Command::new(program)
        .args(["--exact", name, "--nocapture"])
        .env(INNER, name)
        .envs(env.iter().copied())
        .output()
        .expect("this test's program again");
    let text = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{said}"
    );
    false
}

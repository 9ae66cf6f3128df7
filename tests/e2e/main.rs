//! The whole program as a person uses it: a real window, real processes, and a log that must equal what Python prints.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says aloud what it leaves out"
)]

mod drive;
mod pictures;
mod second;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use drive::{Window, possible};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};

/// What a bare `python` prints when it runs `script`, its lines sorted.
fn bare(python: &str, script: &Path) -> Vec<String> {
    let mut command = Command::new(python);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    let output = command.arg(script).output().unwrap();
    assert!(
        output.status.success(),
        "{python}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    sorted(&String::from_utf8(output.stdout).unwrap())
}

fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// The interpreter that the window runs with, as the program itself finds it.
fn interpreter() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_gilscope"))
        .args(["pythons", "--json"])
        .output()
        .unwrap();
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = listed["found"].as_array().expect("a list of interpreters");
    let default = found.iter().find(|python| python["default"] == true);
    let path = default.and_then(|python| python["path"].as_str());
    path.unwrap_or_else(|| panic!("no Python 3.8 or newer was found: {listed:#}"))
        .to_owned()
}

/// The lines that the log shows, as it tells them to a screen reader: who wrote it, and what.
fn log(window: &mut Window) -> Vec<(String, String)> {
    let rows = window.all().into_iter();
    rows.filter(|found| found.node.role() == Role::ListItem)
        .filter_map(|found| {
            let (head, text) = found.name.split_once(": ")?;
            let (time, who) = head.split_once(" s, ")?;
            time.parse::<f64>().ok()?;
            Some((who.to_owned(), text.to_owned()))
        })
        .collect()
}

/// Presses Run and waits until the run is over.
fn run_to_the_end(window: &mut Window) {
    window.click("Run");
    window.wait("a run", |w| w.read().contains("Wall").then_some(()));
    window.wait("the end of the run", |w| {
        w.button("Run")
            .is_some_and(|run| !run.node.is_disabled())
            .then_some(())
    });
}

/// The script as the window shows it.
fn script(window: &mut Window) -> String {
    let found = window.wait("the script", |w| {
        w.all().into_iter().find(|found| {
            found.node.role() == Role::MultilineTextInput
                && found
                    .node
                    .value()
                    .is_some_and(|text| text.contains("def work"))
        })
    });
    found.node.value().unwrap().to_owned()
}

#[test]
fn a_run_is_set_up_watched_and_its_log_saved_as_python_prints_it() {
    if !possible() {
        return;
    }
    let python = interpreter();
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[]);

    // The experiment: what each worker does, how many by the slider and by typing, the arguments, the join.
    window.click("Processes");
    window.click("Each worker");
    window.click("prints its arguments");
    let slid = window.slide("How many", 0.9);
    assert!(
        slid > 100.0,
        "nine tenths along a logarithmic rail to 500 is {slid}"
    );
    window.wait("the slider's number in the script", |w| {
        script(w)
            .contains(&format!("range({slid:.0})"))
            .then_some(())
    });
    window.fill("How many", "7");
    let a = window.slide("First argument", 0.3);
    window.wait("7 and the argument in the script", |w| {
        let text = script(w);
        (text.contains("range(7)") && text.contains(&format!("i + {a:.0}"))).then_some(())
    });
    let joined_inside = script(&mut window);
    window.click("Join inside the loop");
    window.wait("the second loop in the script", |w| {
        (script(w) != joined_inside).then_some(())
    });

    // What is shown is what runs.
    let shown = script(&mut window);
    window.click("Run");
    window.wait("the end of the run", |w| {
        let text = w.read();
        (text.contains("exited 0") && w.button("Stop").is_none_or(|stop| stop.node.is_disabled()))
            .then_some(())
    });

    // Every line that Python prints bare is in the log on screen and in the saved one, and nothing else is.
    let file = home.path().join("shown.py");
    fs::write(&file, &shown).unwrap();
    let printed = bare(&python, &file);
    assert_eq!(printed.len(), 7, "{printed:?}");
    let mut on_screen = Vec::new();
    window.wait("as many lines in the log", |w| {
        on_screen = log(w);
        (on_screen.len() == printed.len()).then_some(())
    });
    let mut texts: Vec<_> = on_screen.iter().map(|(_, text)| text.clone()).collect();
    texts.sort();
    assert_eq!(texts, printed);
    let mut writers: Vec<_> = on_screen.iter().map(|(who, _)| who.clone()).collect();
    writers.sort();
    writers.dedup();
    assert_eq!(writers.len(), 7, "a worker each: {on_screen:?}");
    let saved = home.path().join("saved.txt");
    window.click("Export");
    window.click("Log as text");
    window.fill("Path", saved.to_str().unwrap());
    window.wait("the saved file", |_| saved.exists().then_some(()));
    let text = fs::read_to_string(&saved).unwrap();
    assert_eq!(sorted(&text), printed);
}

#[test]
fn stop_ends_a_flood_that_fills_the_machine() {
    if !possible() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[]);
    window.click("Processes");
    window.click("Each worker");
    window.click("prints until stopped");
    let cores = std::thread::available_parallelism().unwrap().get();
    window.fill("How many", &cores.to_string());
    window.click("Join inside the loop");
    window.key(Key::F5, Modifiers::NONE);
    // It fills the machine: that is asked first.
    window.click("Run it");
    window.wait("the workers", |w| {
        (descendants(w.pid()).len() > cores).then_some(())
    });
    let alive = descendants(window.pid());
    window.wait("their lines", |w| {
        let lines = log(w);
        let printed = |(who, text): &(String, String)| {
            who.starts_with("Process-") && text.starts_with("Spawned")
        };
        lines.iter().any(printed).then_some(())
    });

    window.click("Stop");
    window.wait("the end of the tree", |_| {
        alive
            .iter()
            .all(|pid| !Path::new(&format!("/proc/{pid}")).exists())
            .then_some(())
    });
    window.wait("what became of the workers", |w| {
        w.read().contains(&format!("{cores} stopped")).then_some(())
    });
    window.wait("Run to be possible again", |w| {
        w.button("Run")
            .is_some_and(|run| !run.node.is_disabled())
            .then_some(())
    });
}

/// The processes that `pid` started, and theirs.
fn descendants(pid: u32) -> Vec<u32> {
    let mut all = Vec::new();
    let mut next = vec![pid];
    while let Some(pid) = next.pop() {
        let tasks = fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten()
            .flatten();
        for task in tasks {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            next.extend(
                children
                    .split_whitespace()
                    .filter_map(|child| child.parse::<u32>().ok()),
            );
        }
        all.push(pid);
    }
    all.retain(|other| *other != pid);
    all
}

/// How the window fares beside 500 processes that burn, and how long Stop takes. An answer is a frame and the way there and
/// back, so that the frame itself took less. Not part of the suite: it needs a machine for itself, and a release build. `GILSCOPE_SETTINGS` may be the window's settings, as
/// `{"experiment": {"priority": "low"}}`.
#[test]
#[ignore = "it fills the machine for a minute"]
fn five_hundred_that_burn_leave_the_window_alive() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("burn.py");
    let text = "\
import multiprocessing
def burn(all_are_there):
    all_are_there.wait()
    while True: pass
if __name__ == '__main__':
    multiprocessing.set_start_method('fork')
    all_are_there = multiprocessing.Event()
    for i in range(500): multiprocessing.Process(target=burn, args=(all_are_there,)).start()
    all_are_there.set()
";
    fs::write(&script, text).unwrap();
    if let Ok(settings) = std::env::var("GILSCOPE_SETTINGS") {
        let folder = home.path().join("config/gilscope");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("settings.json"), settings).unwrap();
    }
    let mut window = Window::open(home.path(), &[script.to_str().unwrap()]);
    window.key(Key::F5, Modifiers::NONE);
    window.wait("the workers", |w| {
        (descendants(w.pid()).len() > 500).then_some(())
    });
    let mut answers = Vec::new();
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        let asked = Instant::now();
        window.frame();
        answers.push(asked.elapsed());
    }
    answers.sort_unstable();
    let many = answers.len();
    let slow = answers.iter().filter(|of| of.as_millis() >= 100).count();
    eprintln!(
        "{many} answers, {slow} after 100 ms or more: median {:?}, 99th hundredth {:?}, worst {:?}",
        answers[many / 2],
        answers[many * 99 / 100],
        answers[many - 1]
    );
    let alive = descendants(window.pid());
    let asked = Instant::now();
    window.click("Stop");
    window.wait("the end of the tree", |_| {
        let gone = |pid: &u32| !Path::new(&format!("/proc/{pid}")).exists();
        alive.iter().all(gone).then_some(())
    });
    eprintln!("gone {:?} after the click began", asked.elapsed());
    // What the window itself counted, without the way there and back.
    window.wait("the end of the run", |w| {
        let run = w.button("Run")?;
        (!run.node.is_disabled()).then_some(())
    });
    window.click("View");
    window.click("About Gilscope");
    window.wait("its own count of frames", |w| {
        let text = w.read();
        let counted = text.lines().find(|line| line.contains("frames beside"))?;
        eprintln!("{counted}");
        Some(())
    });
}

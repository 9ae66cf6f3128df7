//! What is left when the program, its guard or both are killed at any moment: no process of the run, a run file that can
//! be opened, no folder. A program of its own, for it kills.
//!
//! `GILSCOPE_MOMENTS` says how many moments are tried of each kind (3 unless set).
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it did"
)]

#[allow(dead_code, reason = "other tests use all of it")]
#[path = "../it/program.rs"]
mod program;

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use gilscope::clock;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::program::gilscope;

/// 51 processes: forks that print, that burn and ignore requests, daemons, other sessions, a cleared environment.
const TREE: &str = "\
import multiprocessing, os, signal, subprocess, sys, time
def prints(i):
    while True:
        print(i, time.monotonic_ns(), flush=True)
        time.sleep(0.02)
def burns():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass
def start(target, *args):
    multiprocessing.Process(target=target, args=args).start()
if __name__ == '__main__':
    multiprocessing.set_start_method('fork')
    sleep = ['sleep', '1000.' + sys.argv[1]]
    for i in range(30):
        start(prints, i)
    for i in range(4):
        start(burns)
    for i in range(6):
        subprocess.Popen(sleep, start_new_session=True)
        subprocess.Popen(sleep, env={'PATH': os.environ['PATH']})
    for i in range(4):
        if os.fork() == 0:
            os.setsid()
            if i < 2 and os.fork() == 0:
                burns()
            if i > 1:
                burns()
            os._exit(0)
    while True:
        time.sleep(1)
";
/// Until nothing is left.
const GONE: Duration = Duration::from_secs(2);
/// Until something happens that takes as long as the machine needs.
const DEADLINE: Duration = Duration::from_secs(60);

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Program,
    Guard,
    Both,
    Root,
}

fn python() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let found = gilscope::engine::pythons::find().found;
        let newest = found.iter().find(|python| !python.free_threaded);
        newest.expect("a CPython 3.8 or newer").path.clone()
    })
}

/// What `/proc` says of a process that is alive: its parent and its command line.
fn process(pid: u32) -> Option<(u32, String)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat[stat.rfind(')')? + 2..].split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let line = String::from_utf8_lossy(&line).replace('\0', " ");
    (!matches!(state, "Z" | "X")).then_some((parent, line))
}

/// The process group of a process.
fn group(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat[stat.rfind(')')? + 2..].split(' ').nth(2)?.parse().ok()
}

fn processes() -> Vec<(u32, u32, String)> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| process(pid).map(|(parent, line)| (pid, parent, line)))
        .collect()
}

/// Waits until this gives something.
fn until<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn end(pid: u32) {
    let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
}

/// A run of the tree.
struct Tree {
    folder: tempfile::TempDir,
    mark: String,
    guard: Child,
    program: u32,
}

impl Tree {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("tree.py");
        std::fs::write(&script, TREE).unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        let mark = format!("{}{}", std::process::id(), clock::now_ns());
        let mut command = Self::command(folder.path());
        command.args(["run", "--out"]);
        command.arg(folder.path().join("run.gilscope"));
        command.arg("--python").arg(python()).arg("--script");
        command.arg(&script).args(["--", &mark]);
        let out = std::fs::File::create(folder.path().join("out")).unwrap();
        command.stdout(Stdio::null()).stderr(out).process_group(0);
        let guard = command.spawn().unwrap();
        let program = until("the guard has no child", DEADLINE, || {
            let all = processes();
            let found = all.iter().find(|(_, parent, _)| *parent == guard.id());
            found.map(|(pid, ..)| *pid)
        });
        Self {
            folder,
            mark,
            guard,
            program,
        }
    }

    /// The program, with all folders that it makes below one.
    fn command(folder: &Path) -> std::process::Command {
        let mut command = gilscope(folder);
        let tmp = folder.join("tmp");
        command.env("XDG_RUNTIME_DIR", &tmp).env("TMPDIR", &tmp);
        command
    }

    /// The processes of the run, told by a word of their command lines.
    fn left(&self) -> Vec<(u32, u32, String)> {
        let all = processes().into_iter();
        all.filter(|(pid, _, line)| {
            line.contains(&self.mark) && *pid != self.guard.id() && *pid != self.program
        })
        .collect()
    }

    /// The root, if it is there yet; it leads its process group.
    fn root(&self) -> Option<u32> {
        let left = self.left();
        let root = left.iter().find(|(_, parent, _)| *parent == self.program);
        root.map(|(pid, ..)| *pid)
    }

    /// What the program and its guard said.
    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("out")).unwrap()
    }

    fn gone(&self, when: &str, patience: Duration) {
        until(&format!("{when}: {:#?}", self.said()), patience, || {
            let left = self.left();
            if left.is_empty() { Some(()) } else { None }
        });
    }

    /// Folders of Gilscope's that are there.
    fn folders(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("tmp")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// The text of the run file; none where it was not made yet.
    fn text(&self) -> Option<String> {
        let file = self.folder.path().join("run.gilscope");
        file.exists().then(|| {
            let output = Self::command(self.folder.path())
                .args(["export", "--to", "txt"])
                .arg(&file)
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", program::said(&output));
            program::printed(&output)
        })
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        for (pid, ..) in self.left() {
            end(pid);
        }
        end(self.program);
        let _ = self.guard.kill();
        let _ = self.guard.wait();
    }
}

/// Kills at this moment after the start, and looks at what is left.
fn killed(victim: Victim, moment: Duration) {
    let mut tree = Tree::start();
    std::thread::sleep(moment);
    let when = format!("{victim:?} killed {moment:?} after the start");
    eprintln!("{when}: {} processes", tree.left().len());
    let root = tree.root();
    let killed_ns = clock::now_ns();
    match victim {
        Victim::Program => end(tree.program),
        Victim::Guard => end(tree.guard.id()),
        Victim::Both => {
            // Neither has time to act.
            for pid in [tree.guard.id(), tree.program] {
                kill(Pid::from_raw(pid.cast_signed()), Signal::SIGSTOP).unwrap();
            }
            end(tree.guard.id());
            end(tree.program);
        }
        Victim::Root => {
            if let Some(root) = root {
                end(root);
            }
            // Its children live on, and so does the run, until somebody stops it.
            let _ = kill(Pid::from_raw(tree.guard.id().cast_signed()), Signal::SIGINT);
        }
    }
    if victim == Victim::Both {
        let _ = tree.guard.wait();
        // All that are probed are gone at once, and the root's group; the rest is found at the next start.
        until(&format!("{when}: the probed ones"), GONE, || {
            let left = tree.left();
            let held = |(pid, _, line): &(u32, u32, String)| {
                line.contains("tree.py") || root.is_some() && group(*pid) == root
            };
            (!left.iter().any(held)).then_some(())
        });
        let next = Tree::command(tree.folder.path())
            .args([
                "run", "--count", "1", "--amount", "1s", "--work", "wait", "--python",
            ])
            .arg(python())
            .output()
            .unwrap();
        assert!(next.status.success(), "{}", program::said(&next));
    }
    tree.gone(&when, GONE);
    let status = until(&when, DEADLINE, || tree.guard.try_wait().unwrap());
    until(&when, DEADLINE, || {
        process(tree.program).is_none().then_some(())
    });
    eprintln!("  {status}: {}", tree.said().trim());
    assert_eq!(tree.folders(), Vec::<PathBuf>::new(), "{when}");
    // The guard's end is told by a pipe, and then the program ends its run as at a second Stop.
    let text = tree.text();
    if moment > Duration::from_secs(2) {
        let stamps = text.as_deref().unwrap_or_default().lines();
        let newest = stamps.filter_map(|line| line.split(' ').nth(1)?.parse::<u64>().ok());
        let newest_ns = newest.max().unwrap_or_else(|| panic!("{when}: no line"));
        let missing_ms = killed_ns.saturating_sub(newest_ns) / 1_000_000;
        // Half a second, and what a busy machine takes until it is read.
        assert!(missing_ms < 1000, "{when}: {missing_ms} ms are missing");
    }
}

/// Kills at some moments, each at random within its part of the first 1.2 s, and once later.
fn at_moments(victim: Victim) {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    let _alone = ALONE.lock();
    let moments = std::env::var("GILSCOPE_MOMENTS").ok();
    let moments: u64 = moments.map_or(3, |number| number.parse().unwrap());
    for nth in 0..moments {
        let part_ns = 1_200_000_000 / moments;
        let at_ns = nth * part_ns + clock::now_ns() % part_ns;
        killed(victim, Duration::from_nanos(at_ns));
    }
    killed(victim, Duration::from_millis(2100));
}

#[test]
fn nothing_is_left_of_a_program_that_is_killed() {
    at_moments(Victim::Program);
}

#[test]
fn nothing_is_left_of_a_run_whose_guard_is_killed() {
    at_moments(Victim::Guard);
}

#[test]
fn the_next_start_ends_what_is_left_where_both_are_killed() {
    at_moments(Victim::Both);
}

#[test]
fn nothing_is_left_where_the_root_is_killed_and_the_run_is_stopped() {
    at_moments(Victim::Root);
}

#[test]
fn the_guard_ends_as_the_program_does_and_passes_signals_on() {
    let mut tree = Tree::start();
    until("nothing runs", DEADLINE, || {
        (tree.left().len() > 45).then_some(())
    });
    kill(
        Pid::from_raw(tree.guard.id().cast_signed()),
        Signal::SIGTERM,
    )
    .unwrap();
    tree.gone("asked to end", GONE);
    let status = until("it goes on", DEADLINE, || tree.guard.try_wait().unwrap());
    // As of a run that its user stopped.
    assert_eq!(status.code(), Some(0), "{status}: {}", tree.said());
    assert!(tree.text().unwrap().contains(' '));
}

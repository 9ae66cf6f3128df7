//! What else is on the machine: a second Gilscope, another user, too little memory, a computer that sleeps.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::program::{gilscope, printed, pythons, said};

/// Waits until this gives something.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A `gilscope run` beside the test, recorded.
struct Recording {
    home: tempfile::TempDir,
    child: Child,
}

impl Recording {
    /// Runs this script, and waits until its file has lines.
    fn start(script: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("script.py"), script).unwrap();
        let mut command = gilscope(home.path());
        command.args(["run", "--json", "--python"]);
        command.arg(&pythons()[0].path).arg("--script");
        command.arg(home.path().join("script.py")).arg("--out");
        command.arg(home.path().join("run.gilscope"));
        let out = std::fs::File::create(home.path().join("out")).unwrap();
        let said = std::fs::File::create(home.path().join("said")).unwrap();
        let folders = home.path().join("tmp");
        std::fs::create_dir(&folders).unwrap();
        command
            .env("XDG_RUNTIME_DIR", &folders)
            .env("TMPDIR", &folders);
        let child = command.stdout(out).stderr(said).spawn().unwrap();
        let recording = Self { home, child };
        until("no line is recorded", || {
            let text = recording.text()?;
            (text.lines().count() > 3).then_some(())
        });
        recording
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("run.gilscope")
    }

    /// The text of the file as it is now; none where there is no file yet.
    fn text(&self) -> Option<String> {
        let mut export = gilscope(self.home.path());
        let output = export
            .args(["export", "--to", "txt"])
            .arg(self.file())
            .output();
        let output = output.unwrap();
        output.status.success().then(|| printed(&output))
    }

    /// The run's private folder.
    fn folder(&self) -> PathBuf {
        let entries = std::fs::read_dir(self.home.path().join("tmp")).unwrap();
        let mut folders = entries.map(|entry| entry.unwrap().path());
        let is_of_run = |folder: &PathBuf| folder.join("spare").is_dir();
        folders.find(is_of_run).unwrap()
    }

    /// The program: on Linux what was started is its guard.
    fn program(&self) -> Pid {
        let guard = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{guard}/task/{guard}/children"));
        let first = children
            .ok()
            .and_then(|children| children.split(' ').next()?.parse().ok());
        Pid::from_raw(first.unwrap_or(guard.cast_signed()))
    }

    /// Has it end itself, as Ctrl-C does; its figures, and what was said.
    fn stop(&mut self) -> (Value, String) {
        let _ = kill(
            Pid::from_raw(self.child.id().cast_signed()),
            Signal::SIGTERM,
        );
        let status = until("it goes on", || self.child.try_wait().unwrap());
        let read = |name: &str| std::fs::read_to_string(self.home.path().join(name)).unwrap();
        let said = format!("{status}: {}", read("said"));
        let figures = serde_json::from_str(&read("out"));
        (figures.unwrap_or_else(|_| panic!("{said}")), said)
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prints for ever, a number more in each line.
const COUNTS: &str = "\
import itertools, time
try:
    for i in itertools.count():
        print(i, flush=True)
        time.sleep(0.005)
except KeyboardInterrupt:
    pass
";

/// Whether these lines are 0, 1, 2, and so on.
fn is_whole(text: &str) -> bool {
    text.lines()
        .enumerate()
        .all(|(nth, line)| line == nth.to_string())
}

#[test]
fn a_second_one_leaves_the_first_alone_and_reads_its_file() {
    let mut first = Recording::start(COUNTS);
    // Into the same file: it is refused, and the run goes on without.
    let second = gilscope(first.home.path())
        .args(["run", "--json", "--count", "3", "--python"])
        .arg(&pythons()[0].path)
        .arg("--out")
        .arg(first.file())
        .output()
        .unwrap();
    let words = said(&second);
    let figures: Value =
        serde_json::from_slice(&second.stdout).unwrap_or_else(|_| panic!("{words}"));
    assert_eq!(figures["lines"], 3, "{words}");
    assert_eq!(figures["file"], Value::Null, "{words}");
    assert!(words.contains("another program has it open"), "{words}");
    // Read while it is written, twice at once, it is whole as far as it is.
    let before = first.text().unwrap();
    let texts = std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| first.text().unwrap()));
        both.map(|reader| reader.join().unwrap())
    });
    for text in &texts {
        assert!(is_whole(text) && text.len() >= before.len(), "{text}");
    }
    until("the first one is held up", || {
        (first.text().unwrap().len() > texts[0].len()).then_some(())
    });
    let (figures, words) = first.stop();
    assert_eq!(figures["stopped_by"], "user", "{words}");
    assert_eq!(figures["lines_lost"], 0, "{words}");
    let text = first.text().unwrap();
    assert!(is_whole(&text), "{text}");
    assert_eq!(figures["lines"], text.lines().count(), "{words}");
}

#[test]
fn nobody_else_gets_at_the_pipes_and_no_port_is_open() {
    let recording = Recording::start(COUNTS);
    let folder = recording.folder();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700, "{}", folder.display());
    let program = recording.program();
    let descriptors = std::fs::read_dir(format!("/proc/{program}/fd")).unwrap();
    let sockets = descriptors
        .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .filter(|open| open.to_string_lossy().starts_with("socket:"))
        .count();
    assert_eq!(sockets, 0, "a socket may be heard by others");
    // What another user could try: the folder, a pipe by its name, the program's own descriptors.
    let named = std::fs::read_dir(folder.join("spare")).unwrap();
    let named = named.flatten().next().unwrap().path();
    let tries = format!(
        "ls {0} || cat {0}/leash || echo x > {1} || ls /proc/{program}/fd || echo x > /proc/{program}/fd/1",
        folder.display(),
        named.display()
    );
    if !nix::unistd::geteuid().is_root() {
        eprintln!("SKIPPED in part: only root can try as another user");
        return;
    }
    // Its way there is open to all, so that only the folder itself refuses.
    for part in folder
        .ancestors()
        .skip(1)
        .take_while(|part| part.starts_with(recording.home.path()))
    {
        std::fs::set_permissions(part, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let mut other = Command::new("sh");
    other.args(["-c", &tries]).uid(65534).gid(65534);
    let output = other.stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success(), "{}", printed(&output));
    assert_eq!(
        said(&output).matches("ermission denied").count(),
        5,
        "{}",
        said(&output)
    );
    assert_eq!(std::fs::metadata(&folder).unwrap().uid(), 0);
}

#[test]
fn a_program_that_was_put_to_sleep_goes_on_and_misses_no_line() {
    let mut recording = Recording::start(COUNTS);
    let program = recording.program();
    let before = recording.text().unwrap().lines().count();
    kill(program, Signal::SIGSTOP).unwrap();
    // The worker goes on meanwhile: a second's lines.
    let asleep = Instant::now();
    while asleep.elapsed() < Duration::from_secs(1) {
        std::thread::sleep(Duration::from_millis(50));
    }
    kill(program, Signal::SIGCONT).unwrap();
    until("it sleeps on", || {
        (recording.text().unwrap().lines().count() > before + 100).then_some(())
    });
    assert!(is_whole(&recording.text().unwrap()));
    let (figures, words) = recording.stop();
    assert_eq!(figures["lines_lost"], 0, "{words}");
}

/// A group of processes that have so much memory together, where one can be made.
fn group_of_memory(bytes: u64) -> Option<PathBuf> {
    let name = format!("gilscope-test-{}", std::process::id());
    for (parent, limit) in [
        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        ("/sys/fs/cgroup", "memory.max"),
    ] {
        let folder = Path::new(parent).join(&name);
        if std::fs::create_dir(&folder).is_err() {
            continue;
        }
        if std::fs::write(folder.join(limit), bytes.to_string()).is_ok() {
            return Some(folder);
        }
        let _ = std::fs::remove_dir(folder);
    }
    None
}

#[test]
fn a_run_that_takes_the_last_memory_is_stopped_before_the_machine_is_out_of_it() {
    let Some(group) = group_of_memory(600 << 20) else {
        eprintln!("SKIPPED: no group of processes with little memory can be made here");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("eats.py");
    let text = "\
import time
eaten = []
while True:
    eaten.append(bytearray(b'x') * (4 << 20))
    print(len(eaten) * 4, flush=True)
    time.sleep(0.02)
";
    std::fs::write(&script, text).unwrap();
    let program = gilscope(home.path());
    let mut command = Command::new("sh");
    let enter = format!(
        "echo $$ > {}/cgroup.procs && exec \"$0\" \"$@\"",
        group.display()
    );
    command.env_clear();
    for (name, value) in
        std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("PYTHON"))
    {
        command.env(name, value);
    }
    command
        .env("XDG_DATA_HOME", home.path())
        .env("XDG_CACHE_HOME", home.path())
        .args(["-c", &enter])
        .arg(program.get_program())
        .args(["run", "--json", "--time-limit", "60s", "--python"])
        .arg(&pythons()[0].path)
        .arg("--script")
        .arg(&script);
    let output = command.output().unwrap();
    let words = said(&output);
    let _ = std::fs::remove_dir(&group);
    let figures: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{words}"));
    assert_eq!(figures["stopped_by"], "memory", "{words}");
    assert!(words.contains("memory are left"), "{words}");
    assert_eq!(output.status.code(), Some(1), "{words}");
}

#[test]
fn a_run_that_gives_way_has_the_least_claim_to_a_core_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("claims.py");
    let text = "\
import os, multiprocessing
def claim():
    print(os.sched_getscheduler(0) == os.SCHED_IDLE)
if __name__ == '__main__':
    multiprocessing.set_start_method('spawn')
    worker = multiprocessing.Process(target=claim)
    worker.start()
    worker.join()
";
    std::fs::write(&script, text).unwrap();
    for (words, expected) in [(&["--priority", "low"][..], "True\n"), (&[], "False\n")] {
        let output = gilscope(home.path())
            .args(["run", "--raw", "--python"])
            .arg(&pythons()[0].path)
            .args(words)
            .arg("--script")
            .arg(&script)
            .output()
            .unwrap();
        assert_eq!(printed(&output), expected, "{words:?}: {}", said(&output));
    }
}

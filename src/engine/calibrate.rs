//! How fast an interpreter is: steps of `burn` and rounds of `hash` a second, for "≈ 1.2 s" beside the slider; and what
//! a `print` takes, by the line and in blocks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::ask::ask;

/// The steps that are timed: some 25 ms.
const STEPS: u64 = 400_000;
/// The rounds that are timed: some 20 ms.
const ROUNDS: u64 = 40;
/// Lines that are printed at a time: fewer than the smallest pipe holds, 4 KiB.
const LINES: u64 = 250;
/// Times the very loops that `burn` and `hash` run, twice each, and prints the better in nanoseconds of CPU;
/// then lines into a pipe, the best of many times.
const SCRIPT: &str = r"
import hashlib, os, time
def burn(n):
    x = 0
    for k in range(n):
        x += k * k
def hash(n):
    data = bytes(1_000_000)
    for k in range(n):
        hashlib.sha256(data)
def timed(work, n):
    t = time.process_time()
    work(n)
    return time.process_time() - t
def printed(by_line):
    read, write = os.pipe()
    file, best = open(write, 'w'), 1e9
    file.reconfigure(line_buffering=by_line)
    def work(n):
        for k in range(n):
            print('Spawned', file=file)
        file.flush()
    for k in range(20):
        best = min(best, timed(work, LINES))
        os.read(read, 1 << 16)
    return best
for work, n in (burn, STEPS), (hash, ROUNDS):
    print(int(min(timed(work, n), timed(work, n)) * 1e9))
for by_line in True, False:
    print(int(printed(by_line) * 1e9))
";

/// What one worker does in a second of CPU.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Steps of `burn`.
    pub steps_per_s: f64,
    /// Rounds of `hash`.
    pub rounds_per_s: f64,
    /// `print`s of a short line into a pipe, each of them written at once.
    pub line_prints_per_s: f64,
    /// The same where they are gathered to blocks.
    pub block_prints_per_s: f64,
}

#[derive(Default, Serialize, Deserialize)]
struct Speeds(BTreeMap<PathBuf, Known>);

#[derive(Serialize, Deserialize)]
struct Known {
    changed_ns: u64,
    #[serde(flatten)]
    speed: Speed,
}

/// How fast this interpreter is. Measured once for each (some 150 ms) and remembered; none where it does not
/// answer. Waits: not for the window's own thread.
pub fn speed(python: &Path) -> Option<Speed> {
    const FILE: &str = "speeds.json";
    let changed_ns = changed_ns(python)?;
    let mut speeds: Speeds = super::cache::read(FILE).unwrap_or_default();
    if let Some(known) = speeds.0.get(python)
        && known.changed_ns == changed_ns
    {
        return Some(known.speed);
    }
    let script = SCRIPT
        .replace("STEPS", &STEPS.to_string())
        .replace("ROUNDS", &ROUNDS.to_string())
        .replace("LINES", &LINES.to_string());
    let answer = ask(
        Command::new(python).args(["-I", "-c", &script]),
        Duration::from_secs(10),
    )
    .ok()?;
    let mut used = answer.stdout.lines();
    let mut per_s = |done: u64| {
        let used_ns: u64 = used.next()?.trim().parse().ok()?;
        Some(done as f64 / (used_ns.max(1) as f64 / 1e9))
    };
    let speed = Speed {
        steps_per_s: per_s(STEPS)?,
        rounds_per_s: per_s(ROUNDS)?,
        line_prints_per_s: per_s(LINES)?,
        block_prints_per_s: per_s(LINES)?,
    };
    speeds
        .0
        .insert(python.to_owned(), Known { changed_ns, speed });
    super::cache::write(FILE, &speeds);
    Some(speed)
}

fn changed_ns(path: &Path) -> Option<u64> {
    let changed = path.metadata().ok()?.modified().ok()?;
    Some(changed.duration_since(UNIX_EPOCH).ok()?.as_nanos() as u64)
}

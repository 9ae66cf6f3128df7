//! How fast an interpreter is: steps of `burn` a second, for "≈ 1.2 s" beside the slider.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::ask::ask;

/// The steps that are timed: some 25 ms.
const STEPS: u64 = 400_000;
/// Times the very loop that `burn` runs, twice, and prints the better in nanoseconds of CPU.
const SCRIPT: &str = r"
import time
def work(n):
    x = 0
    for k in range(n):
        x += k * k
def timed():
    t = time.process_time()
    work(STEPS)
    return time.process_time() - t
print(int(min(timed(), timed()) * 1e9))
";

#[derive(Default, Serialize, Deserialize)]
struct Speeds(BTreeMap<PathBuf, Speed>);

#[derive(Serialize, Deserialize)]
struct Speed {
    changed_ns: u64,
    steps_per_s: f64,
}

/// Steps of `burn` that one worker does in a second of CPU on this interpreter. Measured once for each
/// (some 100 ms) and remembered; none where it does not answer. Waits: not for the window's own thread.
pub fn steps_per_s(python: &Path) -> Option<f64> {
    const FILE: &str = "speeds.json";
    let changed_ns = changed_ns(python)?;
    let mut speeds: Speeds = super::cache::read(FILE).unwrap_or_default();
    if let Some(known) = speeds.0.get(python)
        && known.changed_ns == changed_ns
    {
        return Some(known.steps_per_s);
    }
    let script = SCRIPT.replace("STEPS", &STEPS.to_string());
    let answer = ask(
        Command::new(python).args(["-I", "-c", &script]),
        Duration::from_secs(10),
    )
    .ok()?;
    let used_ns: u64 = answer.stdout.trim().parse().ok()?;
    let steps_per_s = STEPS as f64 / (used_ns.max(1) as f64 / 1e9);
    let speed = Speed {
        changed_ns,
        steps_per_s,
    };
    speeds.0.insert(python.to_owned(), speed);
    super::cache::write(FILE, &speeds);
    Some(steps_per_s)
}

fn changed_ns(path: &Path) -> Option<u64> {
    let changed = path.metadata().ok()?.modified().ok()?;
    Some(changed.duration_since(UNIX_EPOCH).ok()?.as_nanos() as u64)
}

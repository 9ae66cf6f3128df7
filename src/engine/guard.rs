//! What outlives this program, so that nothing of a run does.
//!
//! [`stand`] is called before the program has a second thread. On Linux it splits it in two: this process becomes the guard,
//! its child the program. Orphans come to the guard once the program is gone, and it ends them all. On macOS the guard is
//! the child, and finds what is left as the next start does; on Windows a job object ends what is left in it. If the guard
//! is killed, the program ends its run and itself; if both are, the kernel ends the root's process group (Linux), and
//! [`sweep`] the rest at the next start.

use std::collections::HashSet;
use std::io;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::platform::{self, Entry, Signal, Table, guard};
use crate::private::{self, Left};

/// So long processes are looked for and killed that do not go at once.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks.
const AGAIN: Duration = Duration::from_millis(5);

/// What tells that the guard is gone, until somebody listens.
static WATCH: Mutex<Option<guard::Watch>> = Mutex::new(None);

/// Makes this program's run end with it, however it ends. Must be called while the program has one thread.
pub fn stand() -> io::Result<()> {
    *WATCH.lock() = Some(guard::stand()?);
    Ok(())
}

/// Calls this, on a thread of its own, when the guard is gone: the program is to end too.
pub fn when_lost(told: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let Some(watch) = WATCH.lock().take() else {
        return Ok(());
    };
    std::thread::Builder::new()
        .name("guard".into())
        .spawn(move || {
            watch.wait();
            told();
        })
        .map(drop)
}

/// Ends what programs that were killed have left, and removes their folders. Gives how many processes that were.
pub fn sweep() -> usize {
    let left = private::left_behind(platform::pipes::quick_folders());
    if left.is_empty() {
        return 0;
    }
    let mut strangers = HashSet::new();
    end_all(|table| {
        let mut found: Vec<&Entry> = Vec::new();
        for entry in table {
            let key = (entry.pid, entry.born);
            if !entry.alive || strangers.contains(&key) {
                continue;
            }
            if left.iter().any(|left| belongs(entry, left)) {
                found.push(entry);
            } else {
                strangers.insert(key);
            }
        }
        found.into_iter().map(|entry| entry.pid).collect()
    })
}

/// What to tell where [`sweep`] has ended some.
pub fn swept(ended: usize) -> String {
    format!(
        "Gilscope was killed during a run: {ended} process(es) of it were still there and have been ended. What was recorded can be opened"
    )
}

/// Whether a process carries the name of this folder: it, or who started it, was started by its owner.
fn belongs(process: &Entry, left: &Left) -> bool {
    left.path()
        .to_str()
        .is_some_and(|folder| platform::has_in_environment(process.pid, "GILSCOPE_DIR", folder))
}

/// Kills those that `found` finds in the process table and all whom they started, until there are none. Gives how many
/// these were.
pub(super) fn end_all(mut found: impl FnMut(&[Entry]) -> Vec<u32>) -> usize {
    let mut table = Table::default();
    let mut killed = HashSet::new();
    let until = Instant::now() + PATIENCE;
    loop {
        let entries = table.read();
        let first = found(&entries);
        let these = with_descendants(&entries, first);
        let alive = entries
            .iter()
            .filter(|entry| entry.alive && these.contains(&entry.pid));
        let mut any = false;
        for entry in alive {
            any = true;
            platform::signal(entry, Signal::Kill);
            killed.insert((entry.pid, entry.born));
        }
        if !any || Instant::now() > until {
            return killed.len();
        }
        std::thread::sleep(AGAIN);
    }
}

/// These processes and all that come from them; never this one.
fn with_descendants(table: &[Entry], first: Vec<u32>) -> HashSet<u32> {
    let me = std::process::id();
    let mut these: HashSet<u32> = first.iter().copied().collect();
    let mut open = first;
    while let Some(pid) = open.pop() {
        for child in table.iter().filter(|entry| entry.parent == pid) {
            if child.pid != me && these.insert(child.pid) {
                open.push(child.pid);
            }
        }
    }
    these.remove(&me);
    these
}

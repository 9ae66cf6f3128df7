//! The sampler: reads CPU time of what is alive some ten times a second, and looks at the process table.
//!
//! CPU time is read as accounted, never as a percentage, so that curves integrate to the truth whatever the
//! rate. A pass that costs more is made less often: at most 2 % of one core, but at least twice a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use parking_lot::Mutex;

use super::background::Background;
use super::platform::{self, Entry, Machine, Table};
use super::report::{Report, Task};
use super::tree::{Look, Reach, Tree};
use crate::clock;
use crate::run::Ended;

const PASS_NS: u64 = 100_000_000;
const WIDEST_PASS_NS: u64 = 500_000_000;
/// A pass may cost one in so many nanoseconds.
const PASS_SHARE: u64 = 50;
/// The process table is looked at no more often than this, and at one in so many nanoseconds.
const LOOK_NS: u64 = 250_000_000;
const LOOK_SHARE: u64 = 200;
/// So is the memory, which costs more the more there is of it; but at least so often.
const WIDEST_MEMORY_NS: u64 = 3_000_000_000;
/// Of the machine's busy time, less than this is too coarse: it is counted in ticks of 10 ms.
const MACHINE_NS: u64 = 200_000_000;

/// A pass that waited longer than this for a core is read again, so often.
const WAITED_NS: u64 = 2_000_000;
const READ_AGAIN: usize = 2;

/// What the sampler shares with the controller.
pub(super) struct Watched {
    /// The processes of the run.
    pub tree: Mutex<Tree>,
    /// What is to be read.
    pub tasks: Mutex<Vec<Task>>,
    /// Whether the run is being stopped: its memory is then no longer read, which costs some 80 µs a process.
    pub stopping: AtomicBool,
}

/// Starts it. `reports` is bounded; while it is full the sampler waits, so that nothing is told in vain: the controller
/// takes samples before output.
pub(super) fn start(watched: Arc<Watched>, reports: Sender<Report>) -> std::io::Result<Background> {
    Background::start("sampler", move |ended| sample(&watched, &reports, ended))
}

fn sample(watched: &Watched, reports: &Sender<Report>, ended: &Receiver<()>) {
    let mut table = Table::default();
    let mut machine = Machine::default();
    machine.busy_cores();
    let mut machine_ns = clock::now_ns();
    let mut look_due_ns = clock::now_ns() + LOOK_NS;
    let mut memory_due_ns = look_due_ns;
    let mut rss_bytes = 0;
    let mut wait_ns = PASS_NS;
    loop {
        match ended.recv_timeout(Duration::from_nanos(wait_ns)) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
        let began_ns = platform::thread_cpu_ns();
        let now_ns = clock::now_ns();
        let mut out = Vec::new();
        if now_ns >= look_due_ns {
            if let Some(look) = look(watched, &mut table, Reach::Family) {
                tell(&look, now_ns, &mut out);
            }
            let cost_ns = platform::thread_cpu_ns().saturating_sub(began_ns);
            look_due_ns = now_ns + LOOK_NS.max(cost_ns * LOOK_SHARE);
        }
        if now_ns >= memory_due_ns && !watched.stopping.load(Ordering::Relaxed) {
            let began_ns = platform::thread_cpu_ns();
            rss_bytes = memory_bytes(watched);
            let cost_ns = platform::thread_cpu_ns().saturating_sub(began_ns);
            memory_due_ns = now_ns + (cost_ns * LOOK_SHARE).clamp(LOOK_NS, WIDEST_MEMORY_NS);
        }
        let machine_cores = if now_ns >= machine_ns + MACHINE_NS {
            machine_ns = now_ns;
            machine.busy_cores()
        } else {
            None
        };
        out.push(pass(watched, machine_cores, rss_bytes));
        for report in out {
            // Whoever ends us may have stopped listening.
            crossbeam_channel::select! {
                send(reports, report) -> sent => if sent.is_err() { return },
                recv(ended) -> _ => return,
            }
        }
        let cost_ns = platform::thread_cpu_ns().saturating_sub(began_ns);
        wait_ns = (cost_ns * PASS_SHARE).clamp(PASS_NS, WIDEST_PASS_NS);
    }
}

/// Resident bytes of the run as of the last look. What processes share, as forks do, counts once where the
/// system can tell: five hundred forks of one process are not five hundred times its memory.
fn memory_bytes(watched: &Watched) -> u64 {
    let alive: Vec<Entry> = watched.tree.lock().alive().copied().collect();
    alive
        .iter()
        .map(|entry| platform::share_of_memory(entry.pid).unwrap_or(entry.rss_bytes))
        .sum()
}

/// Reads the CPU time of every task. Time and CPU time belong together: where we had to wait for a core in between, what
/// was read is too much for its time, and is read again.
fn pass(watched: &Watched, machine_cores: Option<f32>, rss_bytes: u64) -> Report {
    let tasks = watched.tasks.lock().clone();
    let by_table: std::collections::HashMap<u32, u64> = watched
        .tree
        .lock()
        .alive()
        .filter_map(|entry| Some((entry.pid, entry.cpu_ns?)))
        .collect();
    let read = || {
        let (began_ns, began_cpu_ns) = (clock::now_ns(), platform::thread_cpu_ns());
        let cpu = read_all(&tasks, &by_table);
        let ended_ns = clock::now_ns();
        let worked_ns = platform::thread_cpu_ns().saturating_sub(began_cpu_ns);
        let waited_ns = (ended_ns - began_ns).saturating_sub(worked_ns);
        (waited_ns, u64::midpoint(began_ns, ended_ns), cpu)
    };
    let mut best = read();
    for _ in 0..READ_AGAIN {
        if best.0 <= WAITED_NS {
            break;
        }
        let again = read();
        if again.0 < best.0 {
            best = again;
        }
    }
    let (_, t_ns, cpu) = best;
    Report::Sampled {
        t_ns,
        cpu,
        machine_cores,
        rss_bytes,
    }
}

fn read_all(tasks: &[Task], by_table: &std::collections::HashMap<u32, u64>) -> Vec<(Task, u64)> {
    let read = |task: &Task| {
        let cpu_ns = match task.tid {
            Some(tid) => platform::task_cpu_ns(task.pid, tid),
            None => platform::process_cpu_ns(task.pid).or(by_table.get(&task.pid).copied()),
        };
        Some((*task, cpu_ns?))
    };
    tasks.iter().filter_map(read).collect()
}

/// Looks at the process table; none where another look was quicker.
pub(super) fn look(watched: &Watched, table: &mut Table, reach: Reach) -> Option<Look> {
    let read_ns = clock::now_ns();
    let entries = table.read();
    watched.tree.lock().look(read_ns, &entries, reach)
}

/// Puts into reports what a look brought, and reaps orphans of the run that are our children now.
pub(super) fn tell(look: &Look, now_ns: u64, out: &mut Vec<Report>) {
    for entry in &look.unannounced {
        out.push(Report::Appeared {
            t_ns: now_ns,
            pid: entry.pid,
            parent: entry.parent,
            args: platform::command_line(entry.pid),
            started_ns: platform::started_ns(entry),
            shares: platform::shares_output(entry.pid, entry.parent),
        });
    }
    for entry in &look.ours_to_reap {
        let reaped = platform::reap(entry.pid);
        out.push(Report::Gone {
            t_ns: now_ns,
            pid: entry.pid,
            how: reaped.map_or(Ended::Unknown, |reaped| reaped.how),
            tree_cpu_ns: reaped.and_then(|reaped| reaped.tree_cpu_ns),
            peak_rss_bytes: reaped.and_then(|reaped| reaped.peak_rss_bytes),
        });
    }
    for entry in &look.gone {
        out.push(Report::Gone {
            t_ns: now_ns,
            pid: entry.pid,
            how: Ended::Unknown,
            tree_cpu_ns: None,
            peak_rss_bytes: None,
        });
    }
}

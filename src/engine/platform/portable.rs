//! What macOS and Windows share: the process table through sysinfo.

use sysinfo::{CpuRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::Entry;
use crate::clock;

/// Reads the process table.
pub(crate) struct Table {
    system: Option<System>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            system: System::new().ok(),
        }
    }
}

impl Table {
    /// Every process of the machine that may be seen.
    pub(crate) fn read(&mut self) -> Vec<Entry> {
        let Some(system) = &mut self.system else {
            return Vec::new();
        };
        let kind = ProcessRefreshKind::nothing().with_memory().with_cpu();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        let all = system.processes().values();
        // What draws a console on Windows is a child of who has the console, and no part of a run.
        all.filter(|process| process.name() != "conhost.exe")
            .map(read)
            .collect()
    }
}

fn read(process: &sysinfo::Process) -> Entry {
    Entry {
        pid: process.pid().as_u32(),
        parent: process.parent().map_or(0, Pid::as_u32),
        group: 0,
        session: process.session_id().map_or(0, Pid::as_u32),
        born: process.start_time(),
        alive: !matches!(
            process.status(),
            sysinfo::ProcessStatus::Zombie | sysinfo::ProcessStatus::Dead
        ),
        threads: 0,
        rss_bytes: process.memory(),
        cpu_ns: Some(process.accumulated_cpu_time() * 1_000_000),
    }
}

/// What the process table says of one process.
pub(crate) fn entry(pid: u32) -> Option<Entry> {
    let mut system = System::new().ok()?;
    let pid = Pid::from_u32(pid);
    let kind = ProcessRefreshKind::nothing().with_memory().with_cpu();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
    system.process(pid).map(read)
}

/// What a process shares with others is not told apart here.
pub(crate) fn share_of_memory(_pid: u32) -> Option<u64> {
    None
}

/// Of another's descriptors nothing is known here.
pub(crate) fn shares_output(_pid: u32, _other: u32) -> Option<[bool; 2]> {
    None
}

/// A process's command line.
pub(crate) fn command_line(pid: u32) -> Vec<String> {
    let Ok(mut system) = System::new() else {
        return Vec::new();
    };
    let pid = Pid::from_u32(pid);
    let kind = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
    system.process(pid).map_or_else(Vec::new, |process| {
        process
            .cmd()
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect()
    })
}

/// Whether a process started with `name=value` in its environment.
pub(crate) fn has_in_environment(pid: u32, name: &str, value: &str) -> bool {
    let Ok(mut system) = System::new() else {
        return false;
    };
    let pid = Pid::from_u32(pid);
    let kind = ProcessRefreshKind::nothing().with_environ(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
    let wanted = format!("{name}={value}");
    system
        .process(pid)
        .is_some_and(|process| process.environ().iter().any(|one| *one == *wanted))
}

/// When a process of this stamp started: only to the second here, so not told.
pub(crate) fn started_ns(_entry: &Entry) -> Option<u64> {
    None
}

/// Finer than the process table: nothing here.
pub(crate) fn process_cpu_ns(_pid: u32) -> Option<u64> {
    None
}

/// Of a single thread, nothing is known here.
pub(crate) fn task_cpu_ns(_pid: u32, _tid: u64) -> Option<u64> {
    None
}

/// Busy cores of the machine between two looks.
pub(crate) struct Machine {
    system: Option<System>,
    looked_ns: Option<u64>,
}

/// sysinfo's own least time between two looks, with some room.
const LOOK_NS: u64 = 220_000_000;

impl Default for Machine {
    fn default() -> Self {
        Self {
            system: System::new().ok(),
            looked_ns: None,
        }
    }
}

impl Machine {
    /// Busy cores since the last look; none at the first, too soon after it, or where it can't be read.
    pub(crate) fn busy_cores(&mut self) -> Option<f32> {
        let now_ns = clock::now_ns();
        if self
            .looked_ns
            .is_some_and(|looked_ns| now_ns < looked_ns + LOOK_NS)
        {
            return None;
        }
        let system = self.system.as_mut()?;
        system.refresh_cpu_specifics(CpuRefreshKind::nothing().with_usage());
        let first = self.looked_ns.replace(now_ns).is_none();
        let share = system.global_cpu_usage() / 100.0;
        (!first).then(|| share * system.cpus().len() as f32)
    }
}

/// The calling thread, as the operating system numbers it: not asked here, where nothing is read by it.
pub(crate) fn thread_id() -> u64 {
    0
}

/// What the system says of one thread of a process: nothing here.
#[derive(Debug)]
pub(crate) struct ThreadLook;

#[expect(clippy::unused_self, reason = "Linux has something to say")]
impl ThreadLook {
    pub(crate) fn new(_pid: u32, _tid: u64) -> Self {
        Self
    }

    pub(crate) fn keep(&mut self, _keep: bool) {}

    pub(crate) fn waits(&self) -> Option<super::Waits> {
        None
    }

    pub(crate) fn has_open(&self, _descriptor: u32, _folder: &std::path::Path) -> bool {
        false
    }

    pub(crate) fn spent_ns(&self) -> Option<(u64, u64)> {
        None
    }
}

/// Whether there is a graphics card that may draw: so it is hoped.
pub(crate) fn has_graphics_card() -> bool {
    true
}

/// What ends a root when this program is gone: there is nothing of the kind here.
#[derive(Debug)]
pub(crate) struct Leash {}

#[expect(clippy::unused_self, reason = "Linux has one")]
impl Leash {
    pub(crate) fn holds(&self, _root: u32) {}
}

/// None of that.
pub(crate) fn leash(
    _command: &mut std::process::Command,
    _folder: &std::path::Path,
) -> Option<Leash> {
    None
}

//! Linux: `/proc`, process CPU clocks and pidfds.

use std::collections::HashMap;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use nix::libc::{SYS_futex, SYS_write, SYS_writev};
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;

pub(crate) use super::limits_linux::*;
pub(crate) use super::unix::*;
use super::{Entry, Signal, Waits};

/// `/proc/PID/stat` counts in these, by contract with user space.
const TICK_NS: u64 = 10_000_000;

/// Reads the process table.
#[derive(Default)]
pub(crate) struct Table {
    _private: (),
}

impl Table {
    /// Every process of the machine that may be seen.
    #[expect(clippy::unused_self, reason = "other systems keep what they read")]
    pub(crate) fn read(&mut self) -> Vec<Entry> {
        let Ok(proc) = std::fs::read_dir("/proc") else {
            return Vec::new();
        };
        proc.flatten()
            .filter_map(|file| file.file_name().to_str()?.parse().ok())
            .filter_map(entry)
            .collect()
    }
}

/// What the process table says of one process.
pub(crate) fn entry(pid: u32) -> Option<Entry> {
    let mut room = [0; 1024];
    let stat = read_once(&format!("/proc/{pid}/stat"), &mut room)?;
    parse(pid, &stat)
}

/// What a small file of `/proc` says, in one read: some are asked thousands of times a second.
fn read_once<'a>(path: &str, room: &'a mut [u8]) -> Option<std::borrow::Cow<'a, str>> {
    use std::io::Read;
    let mut file = std::fs::File::open(path).ok()?;
    let read = file.read(room).ok()?;
    Some(String::from_utf8_lossy(&room[..read]))
}

/// Reads a line of `/proc/PID/stat`. The name stands in brackets and may hold anything, brackets too.
fn parse(pid: u32, stat: &str) -> Option<Entry> {
    let rest = &stat[stat.rfind(')')? + 2..];
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Entry {
        pid,
        parent: number(4)? as u32,
        group: number(5)? as u32,
        session: number(6)? as u32,
        born: number(22)?,
        alive: !matches!(*fields.first()?, "Z" | "X"),
        threads: number(20)? as u32,
        rss_bytes: number(24)? * page_bytes(),
        cpu_ns: None,
    })
}

fn page_bytes() -> u64 {
    static BYTES: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *BYTES.get_or_init(|| {
        nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE)
            .ok()
            .flatten()
            .map_or(4096, |bytes| bytes as u64)
    })
}

/// When a process of this stamp started, on [`crate::clock`]; to 10 ms.
pub(crate) fn started_ns(entry: &Entry) -> Option<u64> {
    let ns = |clock: ClockId| {
        let now = clock.now().ok()?;
        Some(now.tv_sec() as u64 * 1_000_000_000 + now.tv_nsec() as u64)
    };
    let asleep_ns = ns(ClockId::CLOCK_BOOTTIME)?.saturating_sub(crate::clock::now_ns());
    (entry.born * TICK_NS).checked_sub(asleep_ns)
}

/// Lifetime CPU nanoseconds of a process, without its children's. One system call.
pub(crate) fn process_cpu_ns(pid: u32) -> Option<u64> {
    let clock = clock_getcpuclockid(Pid::from_raw(pid.cast_signed())).ok()?;
    let time = clock.now().ok()?;
    Some(time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64)
}

/// Lifetime CPU nanoseconds of one thread of a process.
pub(crate) fn task_cpu_ns(pid: u32, tid: u64) -> Option<u64> {
    ThreadLook::new(pid, tid)
        .spent_ns()
        .map(|(ran_ns, _)| ran_ns)
}

/// What the system says of one thread of a process. Files that are kept open are read four times as fast.
#[derive(Debug)]
pub(crate) struct ThreadLook {
    folder: String,
    kept: Option<[std::fs::File; 2]>,
}

/// The files of a thread that are looked at, and the most that is read of each.
const LOOKED_AT: [&str; 2] = ["syscall", "schedstat"];
const LOOK_BYTES: usize = 256;

impl ThreadLook {
    pub(crate) fn new(pid: u32, tid: u64) -> Self {
        Self {
            folder: format!("/proc/{pid}/task/{tid}"),
            kept: None,
        }
    }

    /// Whether to keep two files open.
    pub(crate) fn keep(&mut self, keep: bool) {
        if keep && self.kept.is_none() {
            let open = |name: &str| std::fs::File::open(format!("{}/{name}", self.folder)).ok();
            self.kept = open(LOOKED_AT[0])
                .zip(open(LOOKED_AT[1]))
                .map(<[_; 2]>::from);
        } else if !keep {
            self.kept = None;
        }
    }

    fn read<'a>(&self, nth: usize, room: &'a mut [u8]) -> Option<std::borrow::Cow<'a, str>> {
        use std::os::unix::fs::FileExt;
        let Some(kept) = &self.kept else {
            return read_once(&format!("{}/{}", self.folder, LOOKED_AT[nth]), room);
        };
        let read = kept[nth].read_at(room, 0).ok()?;
        Some(String::from_utf8_lossy(&room[..read]))
    }

    /// For what it waits now; none where that may not be read, or it is gone.
    pub(crate) fn waits(&self) -> Option<Waits> {
        let mut room = [0; LOOK_BYTES];
        let text = self.read(0, &mut room)?;
        let mut words = text.split_ascii_whitespace();
        let call = words.next()?;
        if call == "running" {
            return Some(Waits::Not);
        }
        let call = call.parse().unwrap_or(-1);
        if ![SYS_futex, SYS_write, SYS_writev].contains(&call) {
            return Some(Waits::Otherwise);
        }
        let first = words.next()?.strip_prefix("0x")?;
        let first = usize::from_str_radix(first, 16).ok()?;
        Some(if call == SYS_futex {
            Waits::On(first)
        } else {
            // A descriptor is an `int`; what stands above that in the register means nothing.
            Waits::Writing(first as u32)
        })
    }

    /// Whether a descriptor of its process is open as a pipe in this folder, which has no links in its path: one of its
    /// files, or one that has its inode's number for a name there.
    pub(crate) fn has_open(&self, descriptor: u32, folder: &Path) -> bool {
        let Ok(open) = std::fs::read_link(format!("{}/fd/{descriptor}", self.folder)) else {
            return false;
        };
        let inode = open.to_str().and_then(|open| open.strip_prefix("pipe:["));
        match inode.and_then(|inode| inode.strip_suffix(']')) {
            Some(inode) => ["o", "e"]
                .into_iter()
                .any(|letter| folder.join(format!("{letter}.{inode}")).is_symlink()),
            None => open.starts_with(folder),
        }
    }

    /// Nanoseconds for which it ran, and for which it was ready and had no core.
    pub(crate) fn spent_ns(&self) -> Option<(u64, u64)> {
        let mut room = [0; LOOK_BYTES];
        let text = self.read(1, &mut room)?;
        let mut numbers = text.split_ascii_whitespace().map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

/// Resident bytes of a process, of what it shares with others its part (`Pss`); none where that may not be read.
pub(crate) fn share_of_memory(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024)
}

/// Whether a process's stdout and stderr are the very ones of another; none where that may not be read.
pub(crate) fn shares_output(pid: u32, other: u32) -> Option<[bool; 2]> {
    use std::os::unix::fs::MetadataExt;
    let open = |pid: u32| {
        let fds = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
        drop(fds);
        Some([1, 2].map(|fd| {
            let file = std::fs::metadata(format!("/proc/{pid}/fd/{fd}")).ok()?;
            Some((file.dev(), file.ino()))
        }))
    };
    let (mine, its) = (open(pid)?, open(other)?);
    Some([0, 1].map(|fd| mine[fd].is_some() && mine[fd] == its[fd]))
}

/// A process's command line.
pub(crate) fn command_line(pid: u32) -> Vec<String> {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    bytes
        .split(|&byte| byte == 0)
        .filter(|part| !part.is_empty())
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect()
}

/// Whether a process started with `name=value` in its environment.
pub(crate) fn has_in_environment(pid: u32, name: &str, value: &str) -> bool {
    let wanted = format!("{name}={value}");
    std::fs::read(format!("/proc/{pid}/environ")).is_ok_and(|bytes| {
        bytes
            .split(|&byte| byte == 0)
            .any(|one| one == wanted.as_bytes())
    })
}

/// CPU nanoseconds that the calling thread has used.
pub(crate) fn thread_cpu_ns() -> u64 {
    ClockId::CLOCK_THREAD_CPUTIME_ID.now().map_or(0, |time| {
        time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
    })
}

/// The calling thread, as the operating system numbers it.
pub(crate) fn thread_id() -> u64 {
    nix::unistd::gettid().as_raw() as u64
}

/// Makes orphans of our descendants our children, so that none is lost and all can be reaped.
pub(crate) fn adopt_orphans() {
    // A kernel that can't leaves them to init; the tree scan then finds them by session.
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

/// Signals a process, but only the very one that `entry` describes.
pub(crate) fn signal(process: &Entry, signal: Signal) -> bool {
    use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};
    let Some(pid) = Pid::from_raw(process.pid.cast_signed()) else {
        return false;
    };
    // The descriptor names one process for ever; the number may be given away at any time.
    let handle = pidfd_open(pid, PidfdFlags::empty());
    if entry(process.pid).is_none_or(|now| now.born != process.born) {
        return false;
    }
    let number = match signal {
        Signal::Interrupt => rustix::process::Signal::INT,
        Signal::Terminate => rustix::process::Signal::TERM,
        Signal::Kill => rustix::process::Signal::KILL,
    };
    match handle {
        Ok(handle) => pidfd_send_signal(handle.as_fd(), number).is_ok(),
        // Before Linux 5.3, or forbidden in a container.
        Err(_) => rustix::process::kill_process(pid, number).is_ok(),
    }
}

/// Waits until a child of ours has ended, and leaves it unreaped.
pub(crate) fn wait_for_exit(pid: u32) {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    while waitid(Id::Pid(Pid::from_raw(pid.cast_signed())), flags) == Err(nix::errno::Errno::EINTR)
    {
    }
}

/// Busy cores of the machine between two looks.
#[derive(Default)]
pub(crate) struct Machine {
    before: Option<(u64, u64)>,
}

impl Machine {
    /// Busy cores since the last call; none at the first, or where it can't be read.
    pub(crate) fn busy_cores(&mut self) -> Option<f32> {
        let stat = std::fs::read_to_string("/proc/stat").ok()?;
        let (busy, all) = cpu_ticks(stat.lines().next()?)?;
        let cores = stat
            .lines()
            .skip(1)
            .take_while(|line| line.starts_with("cpu"))
            .count();
        let (busy_before, all_before) = self.before.replace((busy, all))?;
        let passed = all.saturating_sub(all_before);
        (passed > 0)
            .then(|| busy.saturating_sub(busy_before) as f32 / passed as f32 * cores.max(1) as f32)
    }
}

/// Busy and all ticks of the first line of `/proc/stat`. A guest's time is counted within `user`.
fn cpu_ticks(line: &str) -> Option<(u64, u64)> {
    let ticks: Vec<u64> = line
        .strip_prefix("cpu ")?
        .split_ascii_whitespace()
        .take(8)
        .map_while(|number| number.parse().ok())
        .collect();
    let all: u64 = ticks.iter().sum();
    let idle = ticks.get(3)? + ticks.get(4)?;
    Some((all - idle, all))
}

/// Whether there is a graphics card that may draw; a screen alone can't.
pub(crate) fn has_graphics_card() -> bool {
    std::fs::read_dir("/dev/dri").is_ok_and(|entries| {
        let mut names = entries.flatten().map(|entry| entry.file_name());
        names.any(|name| name.to_string_lossy().starts_with("renderD"))
    })
}

/// Shows this among the desktop's notifications, where it stays until it is read; whether it did.
pub(crate) fn notify(text: &str) -> bool {
    const BUS: &str = "org.freedesktop.Notifications";
    let hints = HashMap::from([("urgency", zbus::zvariant::Value::U8(2))]);
    let none: &[&str] = &[];
    let body = (
        "Gilscope",
        0_u32,
        "gilscope",
        "Gilscope can't open its window",
        text,
        none,
        hints,
        0_i32,
    );
    zbus::blocking::Connection::session().is_ok_and(|bus| {
        let path = "/org/freedesktop/Notifications";
        bus.call_method(Some(BUS), path, Some(BUS), "Notify", &body)
            .is_ok()
    })
}

/// Folders with interpreters by name, beside the search path.
pub(crate) fn python_folders() -> Vec<PathBuf> {
    [
        "/usr/local/bin",
        "/usr/bin",
        "/home/linuxbrew/.linuxbrew/bin",
    ]
    .map(PathBuf::from)
    .to_vec()
}

/// Folders whose folders are installations.
pub(crate) fn python_prefix_parents() -> Vec<PathBuf> {
    Vec::new()
}

/// Interpreters that a registry of the system names.
pub(crate) fn registered_pythons() -> Vec<PathBuf> {
    Vec::new()
}

/// Whether a program only says that Python could be installed.
pub(crate) fn is_python_stub(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let stat = "42 (a) b (c) S 7 8 9 0 -1 0 0 0 0 0 1 2 3 4 20 0 5 0 192456 313 10 0";
        let entry = parse(42, stat).unwrap();
        assert_eq!(
            (
                entry.parent,
                entry.group,
                entry.session,
                entry.born,
                entry.threads
            ),
            (7, 8, 9, 192_456, 5)
        );
        assert!(entry.alive);
        assert_eq!(entry.rss_bytes, 10 * page_bytes());
    }

    #[test]
    fn idle_and_waiting_ticks_are_not_busy() {
        assert_eq!(cpu_ticks("cpu  10 1 5 100 20 2 3 4 9 9"), Some((25, 145)));
    }

    #[test]
    fn we_are_in_the_table_with_our_start() {
        let me = Table::default()
            .read()
            .into_iter()
            .find(|e| e.pid == std::process::id())
            .unwrap();
        let started_ns = started_ns(&me).unwrap();
        assert!(started_ns < crate::clock::now_ns());
        assert!(process_cpu_ns(me.pid).unwrap() > 0);
        let share = share_of_memory(me.pid).unwrap();
        assert!(
            share > 0 && share <= 2 * me.rss_bytes,
            "{share} of {}",
            me.rss_bytes
        );
        assert_eq!(shares_output(me.pid, me.pid), Some([true; 2]));
        assert!(
            !signal(
                &Entry {
                    born: me.born + 1,
                    ..me
                },
                Signal::Kill
            ),
            "a number given away is left alone"
        );
    }
}

//! What a run may take on Linux: memory, tasks, cores.

use std::path::{Path, PathBuf};

use nix::libc;

use super::Memory;
use super::linux::Table;
use super::unix::limit_of_tasks;

/// The memory of the machine, or of our own group where that has less.
pub(crate) fn memory() -> Option<Memory> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let bytes = |name: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
        Some(kib * 1024)
    };
    let of_machine = Memory {
        available_bytes: bytes("MemAvailable:")?,
        all_bytes: bytes("MemTotal:")?,
    };
    let of_group = Group::ours("memory").and_then(|group| {
        let all_bytes = group.number(["memory.max", "memory.limit_in_bytes"])?;
        // What it keeps of files goes as soon as somebody needs the room.
        let used_bytes = group
            .number(["memory.current", "memory.usage_in_bytes"])?
            .saturating_sub(group.inactive_file_bytes());
        Some(Memory {
            available_bytes: all_bytes.saturating_sub(used_bytes),
            all_bytes,
        })
    });
    let all = [Some(of_machine), of_group].into_iter().flatten();
    all.min_by_key(|memory| memory.available_bytes)
}

/// How many more processes and threads may be started: what this user's limit and our own group's leave; none where there
/// is no limit.
pub(crate) fn tasks_left() -> Option<u64> {
    let of_group = Group::ours("pids").and_then(|group| {
        let most = group.number(["pids.max"; 2])?;
        Some(most.saturating_sub(group.number(["pids.current"; 2])?))
    });
    let of_user = limit_of_tasks().map(|limit| limit.saturating_sub(tasks_of_user()));
    of_user.into_iter().chain(of_group).min()
}

/// The tasks that all processes of this user have.
fn tasks_of_user() -> u64 {
    use std::os::unix::fs::MetadataExt;
    let me = nix::unistd::getuid().as_raw();
    let is_mine =
        |pid: u32| std::fs::metadata(format!("/proc/{pid}")).is_ok_and(|about| about.uid() == me);
    let table = Table::default().read();
    let mine = table.iter().filter(|entry| is_mine(entry.pid));
    mine.map(|entry| u64::from(entry.threads.max(1))).sum()
}

/// Our control group of one kind, as a container has one. Not sysinfo's: that counts what is kept of files as used.
struct Group {
    folder: PathBuf,
    /// Whether it is of the first version, which has a folder a kind and other names.
    first: bool,
}

impl Group {
    fn ours(kind: &str) -> Option<Self> {
        let text = std::fs::read_to_string("/proc/self/cgroup").ok()?;
        let of_first = |line: &'_ str| {
            let (kinds, group) = line.split_once(':')?.1.split_once(':')?;
            let is_it = kinds.split(',').any(|one| one == kind);
            is_it.then(|| {
                Path::new("/sys/fs/cgroup")
                    .join(kind)
                    .join(group.trim_start_matches('/'))
            })
        };
        let of_second = |line: &'_ str| {
            let group = line.strip_prefix("0::/")?;
            Some(Path::new("/sys/fs/cgroup").join(group))
        };
        let group = |folder, first| Self { folder, first };
        let first = text.lines().find_map(of_first);
        first.map(|folder| group(folder, true)).or_else(|| {
            let second = text.lines().find_map(of_second);
            second.map(|folder| group(folder, false))
        })
    }

    /// A number that a file of it holds, by its name in the second and in the first version; none where there is none, or
    /// no limit.
    fn number(&self, names: [&str; 2]) -> Option<u64> {
        let name = names[usize::from(self.first)];
        let text = std::fs::read_to_string(self.folder.join(name)).ok()?;
        // The first version's word for none is the most that it can count.
        text.trim().parse().ok().filter(|&number| number < 1 << 60)
    }

    fn inactive_file_bytes(&self) -> u64 {
        let name = ["inactive_file ", "total_inactive_file "][usize::from(self.first)];
        let text = std::fs::read_to_string(self.folder.join("memory.stat")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.trim().parse().ok()).unwrap_or(0)
    }
}

/// Has all other programs go before this process and what it starts. May be called between fork and exec.
#[expect(unsafe_code, reason = "some system calls have no safe wrapper")]
pub(super) fn give_way() {
    // SAFETY: system calls on numbers and on memory that lives as long as the program.
    unsafe {
        let first = libc::sched_param { sched_priority: 0 };
        libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const first);
        // Where sessions share the cores out, it counts within one only: the session gives way too.
        let group = libc::open(c"/proc/self/autogroup".as_ptr(), libc::O_WRONLY);
        if group >= 0 {
            libc::write(group, c"19".as_ptr().cast(), 2);
            libc::close(group);
        }
    }
}

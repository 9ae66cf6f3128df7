//! Windows: sysinfo's process table, the registry, the performance counter.

use std::os::windows::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

pub(crate) use super::portable::*;
use super::{Entry, Memory, Reaped, Signal};
use crate::engine::builtin::{INTERRUPT, PROGRAM};
use crate::run::Ended;

/// Now, in nanoseconds of the performance counter, which Python's `perf_counter_ns` reads.
#[expect(
    unsafe_code,
    reason = "two calls into the system that have no safe wrapper"
)]
pub(crate) fn performance_counter_ns() -> u64 {
    use windows_sys::Win32::System::Performance::{
        QueryPerformanceCounter, QueryPerformanceFrequency,
    };
    static FREQUENCY: std::sync::OnceLock<i64> = std::sync::OnceLock::new();
    let frequency = *FREQUENCY.get_or_init(|| {
        let mut frequency = 0;
        // SAFETY: the pointer is to a live i64 of ours, and the call keeps nothing of it.
        unsafe { QueryPerformanceFrequency(&raw mut frequency) };
        frequency.max(1)
    });
    let mut count = 0;
    // SAFETY: as above.
    unsafe { QueryPerformanceCounter(&raw mut count) };
    (i128::from(count) * 1_000_000_000 / i128::from(frequency)) as u64
}

/// Bytes that this user may still write on the disk of a file; none where that can't be told.
#[expect(
    unsafe_code,
    reason = "a call into the system that has no safe wrapper"
)]
pub(crate) fn free_bytes(file: &Path) -> Option<u64> {
    use std::os::windows::ffi::OsStrExt;
    use windows_sys::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;
    let folder: Vec<u16> = file
        .parent()?
        .as_os_str()
        .encode_wide()
        .chain([0])
        .collect();
    let mut free = 0;
    let none = std::ptr::null_mut();
    // SAFETY: the path ends in a zero and lives as long as the call, which keeps nothing of it; the number is ours.
    let done = unsafe { GetDiskFreeSpaceExW(folder.as_ptr(), &raw mut free, none, none) };
    (done != 0).then_some(free)
}

/// The memory of the machine: what is free of it, or what may still be promised where that is less.
#[expect(
    unsafe_code,
    reason = "a call into the system that has no safe wrapper"
)]
pub(crate) fn memory() -> Option<Memory> {
    use windows_sys::Win32::System::SystemInformation::{GlobalMemoryStatusEx, MEMORYSTATUSEX};
    // SAFETY: numbers only, for which all zeros is a value.
    let mut status: MEMORYSTATUSEX = unsafe { std::mem::zeroed() };
    status.dwLength = size_of::<MEMORYSTATUSEX>() as u32;
    // SAFETY: the pointer is to a live structure of ours that says its length.
    let done = unsafe { GlobalMemoryStatusEx(&raw mut status) };
    (done != 0).then_some(Memory {
        available_bytes: status.ullAvailPhys.min(status.ullAvailPageFile),
        all_bytes: status.ullTotalPhys,
    })
}

/// CPU nanoseconds that the calling thread has used: not asked here, so that a pass is taken to be cheap.
pub(crate) fn thread_cpu_ns() -> u64 {
    0
}

/// How many more processes and threads may be started: not known here.
pub(crate) fn tasks_left() -> Option<u64> {
    None
}

/// There is no limit of the length of files here.
pub(crate) fn outlive_limit_of_files() {}

/// Keeps a helper program from opening a console window.
pub(crate) fn without_console(command: &mut Command) {
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NO_WINDOW);
}

/// Whether the file may be executed: here its name says so.
pub(crate) fn is_executable(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("exe"))
}

/// There are no signals here.
pub(crate) fn signal_of(_status: ExitStatus) -> Option<i32> {
    None
}

/// A signal's name: there are none.
pub(crate) fn signal_name(signal: i32) -> String {
    format!("signal {signal}")
}

/// The job object adopts what a process starts.
pub(crate) fn adopt_orphans() {}

/// Windows has no limit of this kind.
pub(crate) fn raise_descriptors() {}

/// Starts something.
pub(crate) fn with_given_descriptors<T>(start: impl FnOnce() -> T) -> T {
    start()
}

/// Ends a process, but only the one that `entry` describes. Only the last step exists here: what is
/// politer goes to the console.
pub(crate) fn signal(process: &Entry, signal: Signal) -> bool {
    use sysinfo::{Pid, ProcessesToUpdate, System};
    if signal != Signal::Kill {
        return false;
    }
    let Ok(mut system) = System::new() else {
        return false;
    };
    let pid = Pid::from_u32(process.pid);
    system.refresh_processes(ProcessesToUpdate::Some(&[pid]), true);
    // sysinfo kills through a handle that it opened to this very process.
    system
        .process(pid)
        .is_some_and(|now| now.start_time() == process.born && now.kill())
}

/// Reaping goes through the handle that started it.
pub(crate) fn reap(_pid: u32) -> Option<Reaped> {
    None
}

/// Learns how the root ended, if it has.
pub(crate) fn reap_root(root: &mut dyn process_wrap::std::ChildWrapper) -> Option<Reaped> {
    let status = root.try_wait().ok()??;
    Some(Reaped {
        how: status.code().map_or(Ended::Unknown, Ended::Exited),
        tree_cpu_ns: None,
        peak_rss_bytes: None,
    })
}

/// Sends Ctrl-C to the root's console, which all of the run share unless they left it, or ends its job.
pub(crate) fn signal_root(root: &mut dyn process_wrap::std::ChildWrapper, signal: Signal) {
    match signal {
        // A process can send it to its own console only, and ours is another.
        Signal::Interrupt => {
            let Some(program) = own_program() else {
                return;
            };
            let mut helper = Command::new(program);
            helper.args(["worker", INTERRUPT, &root.id().to_string()]);
            without_console(&mut helper);
            // Where it can't be started, or the root has no console, what is less polite comes next.
            let _ = helper
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
        }
        // Nothing lies between asking and ending here.
        Signal::Terminate => {}
        Signal::Kill => {
            // A job that is gone is what was wanted.
            let _ = root.start_kill();
        }
    }
}

/// This program, or the one that a test names; none in a test that names none.
pub(super) fn own_program() -> Option<PathBuf> {
    let named = std::env::var_os(PROGRAM).map(PathBuf::from);
    named.or_else(|| {
        let program = std::env::current_exe().ok()?;
        (program.file_stem()? == "gilscope").then_some(program)
    })
}

/// Waits until a process has ended: here the controller asks its handle instead.
pub(crate) fn wait_for_exit(_pid: u32) {}

/// Folders with interpreters by name, beside the search path.
pub(crate) fn python_folders() -> Vec<PathBuf> {
    Vec::new()
}

/// Folders whose folders are installations: python.org's installer for one user and for all, and uv.
pub(crate) fn python_prefix_parents() -> Vec<PathBuf> {
    let below = |variable: &str, folder: &str| {
        std::env::var_os(variable).map(|base| PathBuf::from(base).join(folder))
    };
    [
        below("LOCALAPPDATA", "Programs\\Python"),
        below("ProgramFiles", ""),
        below("APPDATA", "uv\\python"),
        below("APPDATA", "uv\\data\\python"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Interpreters that the registry names (PEP 514), and those that the `py` launcher lists.
pub(crate) fn registered_pythons() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for root in [
        winreg::enums::HKEY_CURRENT_USER,
        winreg::enums::HKEY_LOCAL_MACHINE,
    ] {
        let Ok(python) = winreg::RegKey::predef(root).open_subkey("Software\\Python") else {
            continue;
        };
        for company in python
            .enum_keys()
            .flatten()
            .filter(|name| name != "PyLauncher")
        {
            let Ok(company) = python.open_subkey(company) else {
                continue;
            };
            for tag in company.enum_keys().flatten() {
                let Ok(install) = company.open_subkey(format!("{tag}\\InstallPath")) else {
                    continue;
                };
                let path = install
                    .get_value::<String, _>("ExecutablePath")
                    .map(PathBuf::from)
                    .or_else(|_| {
                        let folder = install.get_value::<String, _>("")?;
                        Ok::<_, std::io::Error>(PathBuf::from(folder).join("python.exe"))
                    });
                paths.extend(path);
            }
        }
    }
    let launcher = crate::engine::ask::ask(
        Command::new("py").arg("--list-paths"),
        std::time::Duration::from_secs(5),
    );
    if let Ok(answer) = launcher {
        // ` -V:3.13 *        C:\Python313\python.exe`
        paths.extend(answer.stdout.lines().filter_map(|line| {
            let at = line.find(":\\")?.checked_sub(1)?;
            Some(PathBuf::from(line[at..].trim()))
        }));
    }
    paths
}

/// The store's aliases open the store, or start what it installed through a reparse point of no length.
pub(crate) fn is_python_stub(path: &Path) -> bool {
    path.components()
        .any(|part| part.as_os_str().eq_ignore_ascii_case("WindowsApps"))
}

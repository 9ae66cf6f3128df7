//! The pipes of a run on Unix: FIFOs in a private directory.
//!
//! The engine keeps a few *sets* ready: an event FIFO and two output FIFOs, their read ends open. A process
//! that begins to report claims a set by renaming its event FIFO from `spare/` to `taken/` (only one can
//! win), opens what it needs, and goes on without waiting for anybody. An output FIFO is named after its own
//! inode, `o.<inode>` for stdout and `e.<inode>` for stderr, so that a process can tell whether its descriptor
//! 1 or 2 is the run's: `fstat`, then look for that name. A pipe that a script made itself is never found.
//!
//! On Linux the output pipes have no names of their own but links to our descriptors of them, in `/proc`: a write into
//! a FIFO also keeps its file's times, which takes who prints by the line 6 % of its lines.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use process_wrap::std::{CommandWrap, CommandWrapper, ProcessSession};

use crate::engine::channel::{Hello, Said, What, encode};
use crate::experiment::Priority;
use crate::private::Private;
use crate::run::Stream;

/// How many bytes the pipes of one process may buffer, the smaller the more processes there are: an
/// ordinary user has 64 MiB of pipe buffers in all, and ours stay under 16 MiB together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Of the stdout pipe.
    pub(crate) stdout: usize,
    /// Of the stderr pipe and the event pipe, each.
    pub(crate) other: usize,
}

impl Sizes {
    /// For one more process beside `programs`. In all: under 16 MiB for 700 processes.
    pub(crate) fn among(programs: usize) -> Self {
        let (stdout, other) = match programs {
            0..32 => (64, 16),
            32..128 => (32, 8),
            128..520 => (8, 4),
            _ => (4, 4),
        };
        Self {
            stdout: stdout << 10,
            other: other << 10,
        }
    }
}

/// Folders in memory: a FIFO is made there in a fortieth of the time that a disk's file system takes.
pub(crate) fn quick_folders() -> impl Iterator<Item = PathBuf> {
    let of_user = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let of_all = cfg!(target_os = "linux").then(|| PathBuf::from("/dev/shm"));
    of_user
        .filter(|folder| folder.is_absolute())
        .into_iter()
        .chain(of_all)
}

/// What stands between the entries of `PYTHONPATH`.
pub(crate) const PATH_SEPARATOR: &str = ":";

/// A run's private directory.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: Private,
    /// Whether output pipes are links.
    links: bool,
}

/// A set of pipes that a process may claim, as the engine holds it.
#[derive(Debug)]
pub(crate) struct Set {
    /// Read end of the event pipe.
    pub(crate) events: Reader,
    /// Read end of the stdout pipe.
    pub(crate) stdout: Reader,
    /// Read end of the stderr pipe.
    pub(crate) stderr: Reader,
}

/// The read end of a pipe of ours; its name goes when it is dropped.
#[derive(Debug)]
pub(crate) struct Reader {
    pipe: mio::unix::pipe::Receiver,
    path: PathBuf,
    size: usize,
}

impl Reader {
    /// Asks for a buffer of `bytes`; the system may refuse, and the pipe then stays as it is.
    pub(crate) fn resize(&mut self, bytes: usize) {
        pipe_size(self.pipe.as_fd(), bytes);
        self.size = bytes;
    }

    /// The bytes of buffer that were asked for.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Whether a process took the set that this event pipe belongs to.
    pub(crate) fn was_claimed(&self) -> bool {
        self.path.exists()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It may have been renamed or removed by its claimant: nothing is lost then.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Read for Reader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pipe.read(buf)
    }
}

impl mio::event::Source for Reader {
    fn register(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        interests: mio::Interest,
    ) -> io::Result<()> {
        self.pipe.register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        interests: mio::Interest,
    ) -> io::Result<()> {
        self.pipe.reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &mio::Registry) -> io::Result<()> {
        self.pipe.deregister(registry)
    }
}

impl Folder {
    /// A fresh directory that only this user may enter; it goes when this is dropped.
    pub(crate) fn create() -> io::Result<Self> {
        let dir = Private::create(quick_folders())?;
        let mut private = std::fs::DirBuilder::new();
        private.mode(0o700);
        for part in ["spare", "taken", "script"] {
            private.create(dir.path().join(part))?;
        }
        let links = can_link(dir.path());
        Ok(Self { dir, links })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// How many sets nobody has claimed; none where that can't be read now.
    pub(crate) fn spare(&self) -> Option<usize> {
        Some(std::fs::read_dir(self.path().join("spare")).ok()?.count())
    }

    /// Makes a set of pipes and offers it.
    pub(crate) fn offer(&self, number: u64, sizes: Sizes) -> io::Result<Set> {
        let (mut stdout, out_inode) = self.pipe(Stream::Stdout, number)?;
        let (mut stderr, err_inode) = self.pipe(Stream::Stderr, number)?;
        let name = format!("{out_inode}.{err_inode}");
        let fresh = self.path().join(format!("new.{number}"));
        let pipe = fifo(&fresh)?;
        leave_some(pipe.as_fd())?;
        let taken = self.path().join("taken").join(&name);
        let mut events = Reader {
            pipe,
            path: taken,
            size: 0,
        };
        stdout.resize(sizes.stdout);
        stderr.resize(sizes.other);
        events.resize(sizes.other);
        std::fs::rename(&fresh, self.path().join("spare").join(&name))?;
        Ok(Set {
            events,
            stdout,
            stderr,
        })
    }

    /// Says to those who look for a set whether there are no more to be had: nobody need wait for one then.
    pub(crate) fn mark_full(&self, full: bool) {
        // A folder: to make a file takes a descriptor, and these are what is used up.
        let mark = self.path().join("full");
        let _ = if full {
            std::fs::create_dir(mark)
        } else {
            std::fs::remove_dir(mark)
        };
    }

    /// Offers a set again that was claimed, once nobody can write to it any more; whether that worked.
    pub(crate) fn offer_again(&self, set: &Set) -> bool {
        let taken = &set.events.path;
        let spare = self.path().join("spare");
        taken
            .file_name()
            .is_some_and(|name| std::fs::rename(taken, spare.join(name)).is_ok())
    }

    /// An output pipe, and its inode.
    fn pipe(&self, stream: Stream, number: u64) -> io::Result<(Reader, u64)> {
        let letter = match stream {
            Stream::Stdout => 'o',
            Stream::Stderr => 'e',
        };
        let fresh = self.path().join(format!("new.{letter}.{number}"));
        let pipe = if self.links {
            linked(&fresh)?
        } else {
            fifo(&fresh)?
        };
        let inode = std::fs::metadata(&fresh)?.ino();
        let path = self.path().join(format!("{letter}.{inode}"));
        std::fs::rename(&fresh, &path)?;
        let size = 0;
        Ok((Reader { pipe, path, size }, inode))
    }

    /// An output pipe for the root, and its write end.
    pub(crate) fn root_pipe(&self, stream: Stream, sizes: Sizes) -> io::Result<(Reader, OwnedFd)> {
        let (mut reader, _) = self.pipe(stream, 0)?;
        reader.resize(match stream {
            Stream::Stdout => sizes.stdout,
            Stream::Stderr => sizes.other,
        });
        let writer = open_writer(&reader.path)?;
        Ok((reader, writer.into()))
    }
}

/// Has the command start in a session of its own: Stop reaches all of it, and Linux's autogroup keeps the
/// window alive beside it.
pub(crate) fn in_own_session(command: &mut CommandWrap, priority: Priority) {
    command.wrap(ProcessSession);
    if priority == Priority::Low {
        command.wrap(GiveWay);
    }
}

/// Has all other programs go before the command and what it starts.
#[derive(Debug)]
struct GiveWay;

impl CommandWrapper for GiveWay {
    #[expect(
        unsafe_code,
        reason = "what runs between fork and exec is our own word"
    )]
    fn pre_spawn(&mut self, command: &mut Command, _wrap: &CommandWrap) -> io::Result<()> {
        // SAFETY: it makes system calls only, and takes neither a lock nor memory.
        unsafe {
            command.pre_exec(|| {
                super::give_way();
                Ok(())
            });
        }
        Ok(())
    }
}

/// Whether a process has ended: it is no more, or waits only to be reaped.
pub(crate) fn is_gone(pid: u32) -> bool {
    let alive = i32::try_from(pid).is_ok_and(|pid| {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None) != Err(Errno::ESRCH)
    });
    // Where there is no such file (macOS), a dead process counts as alive until its parent has reaped it.
    let mut stat = [0; 128];
    let read = alive
        .then(|| File::open(format!("/proc/{pid}/stat")).and_then(|mut file| file.read(&mut stat)));
    let dead = read.is_some_and(|read| {
        let end = stat[..read.unwrap_or(0)]
            .iter()
            .rposition(|&byte| byte == b')');
        end.is_some_and(|end| matches!(stat.get(end + 2), Some(b'Z' | b'X' | b'x')))
    });
    !alive || dead
}

/// Asks for a buffer of `bytes`; a refusal changes nothing that matters.
#[cfg(target_os = "linux")]
fn pipe_size(pipe: std::os::fd::BorrowedFd<'_>, bytes: usize) {
    let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
    let _ = nix::fcntl::fcntl(pipe, nix::fcntl::FcntlArg::F_SETPIPE_SZ(bytes));
}

/// Only Linux lets a pipe's size be chosen.
#[cfg(not(target_os = "linux"))]
fn pipe_size(_pipe: std::os::fd::BorrowedFd<'_>, _bytes: usize) {}

/// Descriptors that our pipes leave to the rest of the program: the process table, the run file, dialogs.
const LEFT: u64 = 64;

/// Refuses a descriptor that is one of the last.
fn leave_some(descriptor: std::os::fd::BorrowedFd<'_>) -> io::Result<()> {
    let (limit, _) = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE)?;
    // The system gives the lowest number that is free.
    if descriptor.as_raw_fd().cast_unsigned() as u64 + LEFT > limit {
        return Err(Errno::EMFILE.into());
    }
    Ok(())
}

/// Makes a FIFO and opens its read end.
fn fifo(path: &Path) -> io::Result<mio::unix::pipe::Receiver> {
    nix::unistd::mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR)?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)?;
    Ok(mio::unix::pipe::Receiver::from(OwnedFd::from(file)))
}

/// Makes a pipe, and a link for others to open its write end by.
#[cfg(target_os = "linux")]
fn linked(link: &Path) -> io::Result<mio::unix::pipe::Receiver> {
    let (pipe, _) = nix::unistd::pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)?;
    let descriptor = pipe.as_raw_fd();
    std::os::unix::fs::symlink(
        format!("/proc/{}/fd/{descriptor}", std::process::id()),
        link,
    )?;
    Ok(mio::unix::pipe::Receiver::from(pipe))
}

/// Only Linux lets a pipe be opened so.
#[cfg(not(target_os = "linux"))]
fn linked(link: &Path) -> io::Result<mio::unix::pipe::Receiver> {
    fifo(link)
}

/// Whether our pipes can be opened by links: where `/proc` is, and our descriptors there are open to the same user.
fn can_link(folder: &Path) -> bool {
    #[cfg(target_os = "linux")]
    if nix::sys::prctl::get_dumpable() == Ok(true) {
        let link = folder.join("new.link");
        let works = linked(&link).is_ok_and(|_pipe| open_writer(&link).is_ok());
        let _ = std::fs::remove_file(link);
        return works;
    }
    let _ = folder;
    false
}

/// Opens a FIFO's write end: fails at once when nobody reads, blocks in writes.
fn open_writer(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)?;
    let flags = nix::fcntl::fcntl(&file, nix::fcntl::FcntlArg::F_GETFL)?;
    let flags = OFlag::from_bits_retain(flags) & !OFlag::O_NONBLOCK;
    nix::fcntl::fcntl(&file, nix::fcntl::FcntlArg::F_SETFL(flags))?;
    Ok(file)
}

/// A Rust program that reports as a probe does: the built-in worker.
#[derive(Debug)]
pub struct Client {
    events: File,
    /// Its own stdout pipe; what is written here is attributed to this process.
    pub stdout: File,
    /// Its own stderr pipe.
    pub stderr: File,
}

/// How long a process waits for a free set of pipes before it goes on without.
const PATIENCE: Duration = Duration::from_secs(10);

impl Client {
    /// Claims a set of pipes in the run's directory (`GILSCOPE_DIR`) and says `hello`, which is completed
    /// with what this process knows of itself (pid, parent, pipes taken).
    pub fn connect(dir: &Path, mut hello: Hello) -> io::Result<Self> {
        let began = Instant::now();
        loop {
            for entry in std::fs::read_dir(dir.join("spare"))?.flatten() {
                let name = entry.file_name();
                let taken = dir.join("taken").join(&name);
                if std::fs::rename(entry.path(), &taken).is_err() {
                    continue; // Another process was faster.
                }
                let name = name.to_string_lossy();
                let (out, err) = name
                    .split_once('.')
                    .ok_or_else(|| io::Error::from(ErrorKind::InvalidData))?;
                let mut client = Self {
                    events: open_writer(&taken)?,
                    stdout: open_writer(&dir.join(format!("o.{out}")))?,
                    stderr: open_writer(&dir.join(format!("e.{err}")))?,
                };
                hello.pid = std::process::id();
                hello.ppid = std::os::unix::process::parent_id();
                "oe".clone_into(&mut hello.taken);
                client.say(What::Hello(Box::new(hello)))?;
                return Ok(client);
            }
            if began.elapsed() > PATIENCE || dir.join("full").exists() {
                return Err(ErrorKind::TimedOut.into());
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    }

    /// Says something that happens now.
    pub fn say(&mut self, what: What) -> io::Result<()> {
        self.say_at(crate::clock::now_ns(), what)
    }

    /// Says something that happened at `t_ns`, absolute.
    pub fn say_at(&mut self, t_ns: u64, what: What) -> io::Result<()> {
        match encode(&Said { t_ns, what }) {
            Some(line) => self.events.write_all(line.as_bytes()),
            None => Ok(()),
        }
    }
}

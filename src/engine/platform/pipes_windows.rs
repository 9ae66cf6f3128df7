//! The pipes of a run on Windows: named pipes, and a private directory in which sets of them are claimed.
//!
//! A *set* is an event pipe and two output pipes, `\\.\pipe\DIRECTORY-NUMBER-c`, `-o` and `-e`, where
//! DIRECTORY is the run's directory's own name. A process claims a set by making the file NUMBER in `taken/`, removes
//! it from `spare/`, and opens what it needs. Only one can make it; a rename would not tell: whoever opened the file
//! before another renamed it renames it once more. Whether its descriptor 1 or 2 is the run's it knows by the pipe's
//! name.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::windows::io::FromRawHandle;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use interprocess::os::windows::security_descriptor::AsSecurityDescriptorExt;
use mio::windows::NamedPipe;
use process_wrap::std::{CommandWrap, CreationFlags, JobObject};
use windows_sys::Win32::Foundation::{ERROR_NO_DATA, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Security::SECURITY_ATTRIBUTES;
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, PIPE_ACCESS_DUPLEX,
};
use windows_sys::Win32::System::Pipes::{
    CreateNamedPipeW, PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_BYTE, PIPE_UNLIMITED_INSTANCES,
};

use super::access;
use crate::engine::channel::{Hello, Said, What, encode};
use crate::experiment::Priority;
use crate::private::Private;
use crate::run::Stream;

/// What a pipe buffers, in bytes.
const BUFFER_BYTES: u32 = 64 << 10;

/// How many bytes the pipes of one process may buffer. Windows takes it as advice; here only the pump's
/// sums use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Of the stdout pipe.
    pub(crate) stdout: usize,
    /// Of the stderr pipe and the event pipe, each.
    pub(crate) other: usize,
}

impl Sizes {
    /// For one more process beside `programs`: always the same here.
    pub(crate) fn among(_programs: usize) -> Self {
        Self {
            stdout: BUFFER_BYTES as usize,
            other: BUFFER_BYTES as usize,
        }
    }
}

/// What stands between the entries of `PYTHONPATH`.
pub(crate) const PATH_SEPARATOR: &str = ";";

/// A run's private directory.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: Private,
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

/// The read end of a pipe of ours.
#[derive(Debug)]
pub(crate) struct Reader {
    pipe: NamedPipe,
    size: usize,
    registered: bool,
}

impl Reader {
    fn new(name: &str, size: usize) -> io::Result<Self> {
        Ok(Self {
            pipe: pipe(name)?,
            size,
            registered: false,
        })
    }

    /// Windows sizes its pipes itself.
    pub(crate) fn resize(&mut self, bytes: usize) {
        self.size = bytes;
    }

    /// The bytes of buffer that were asked for.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Whether a process took the set that this event pipe belongs to. An end before a hello is never seen
    /// here: the pipe then waits for another writer.
    #[expect(clippy::unused_self, reason = "other systems look")]
    pub(crate) fn was_claimed(&self) -> bool {
        false
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
        if self.registered {
            return self.pipe.reregister(registry, token, interests);
        }
        self.pipe.register(registry, token, interests)?;
        self.registered = true;
        // A client may be there already, or come later: the poller tells.
        match self.pipe.connect() {
            Err(error)
                if error.kind() != ErrorKind::WouldBlock
                    && error.raw_os_error() != Some(ERROR_NO_DATA.cast_signed()) =>
            {
                Err(error)
            }
            // Or it came and went: what it wrote can still be read.
            _ => Ok(()),
        }
    }

    fn reregister(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        interests: mio::Interest,
    ) -> io::Result<()> {
        self.pipe.reregister(registry, token, interests)
    }

    /// Nothing: a pipe that the poller does not know can't be read at all here.
    fn deregister(&mut self, _registry: &mio::Registry) -> io::Result<()> {
        Ok(())
    }
}

/// Places that are quicker than the user's temporary folder: none.
pub(crate) fn quick_folders() -> impl Iterator<Item = std::path::PathBuf> {
    std::iter::empty()
}

impl Folder {
    /// A fresh directory in the user's own temporary folder; it goes when this is dropped.
    pub(crate) fn create() -> io::Result<Self> {
        let dir = Private::create(quick_folders())?;
        for part in ["spare", "taken", "script"] {
            std::fs::create_dir(dir.path().join(part))?;
        }
        Ok(Self { dir })
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
        let reader = |letter, size| Reader::new(&pipe_name(self.path(), number, letter), size);
        let set = Set {
            events: reader('c', sizes.other)?,
            stdout: reader('o', sizes.stdout)?,
            stderr: reader('e', sizes.other)?,
        };
        File::create_new(self.path().join("spare").join(number.to_string()))?;
        Ok(set)
    }

    /// Says whether there are no more sets to be had. Here there are always more: handles have no limit that matters.
    #[expect(clippy::unused_self, reason = "other systems tell")]
    pub(crate) fn mark_full(&self, _full: bool) {}

    /// Offers a set again that was claimed. Not here: a pipe that had a client must be let go of first, and
    /// to make one costs little.
    #[expect(clippy::unused_self, reason = "other systems rename")]
    pub(crate) fn offer_again(&self, _set: &Set) -> bool {
        false
    }

    /// An output pipe for the root, and its write end.
    pub(crate) fn root_pipe(&self, stream: Stream, sizes: Sizes) -> io::Result<(Reader, File)> {
        let (letter, size) = match stream {
            Stream::Stdout => ('o', sizes.stdout),
            Stream::Stderr => ('e', sizes.other),
        };
        let name = pipe_name(self.path(), 0, letter);
        let reader = Reader::new(&name, size)?;
        let writer = open_writer(&name)?;
        Ok((reader, writer))
    }
}

fn pipe_name(dir: &Path, number: u64, letter: char) -> String {
    let unique = dir.file_name().unwrap_or_default().to_string_lossy();
    format!(r"\\.\pipe\{unique}-{number}-{letter}")
}

/// A pipe that only this user may open, and only from this machine.
#[expect(
    unsafe_code,
    reason = "a call into the system that has no safe wrapper"
)]
fn pipe(name: &str) -> io::Result<NamedPipe> {
    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    let access = access::own_only()?;
    let mut attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        ..SECURITY_ATTRIBUTES::default()
    };
    access.write_to_security_attributes(&mut attributes);
    // SAFETY: the name ends in a zero, and both it and the access list live as long as the call.
    let handle = unsafe {
        CreateNamedPipeW(
            name.as_ptr(),
            PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE | FILE_FLAG_OVERLAPPED,
            PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
            PIPE_UNLIMITED_INSTANCES,
            BUFFER_BYTES,
            BUFFER_BYTES,
            0,
            &raw const attributes,
        )
    };
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just made, for overlapped use, and nobody else has it.
    Ok(unsafe { NamedPipe::from_raw_handle(handle) })
}

/// Opens a pipe's write end: fails at once when nobody reads.
fn open_writer(name: &str) -> io::Result<File> {
    OpenOptions::new().write(true).open(name)
}

/// Has the command start in a job object of its own, so that Stop reaches all of it, and with a console of its own
/// that nobody sees, so that a Ctrl-C for it does not reach us, nor ours it.
pub(crate) fn in_own_session(command: &mut CommandWrap, priority: Priority) {
    use windows_sys::Win32::System::Threading::{CREATE_NO_WINDOW, IDLE_PRIORITY_CLASS};
    let mut flags = CreationFlags(Default::default());
    flags.0.0 = CREATE_NO_WINDOW;
    if priority == Priority::Low {
        // What it starts has it too.
        flags.0.0 |= IDLE_PRIORITY_CLASS;
    }
    command.wrap(flags);
    command.wrap(JobObject);
}

/// Whether a process has ended.
pub(crate) fn is_gone(pid: u32) -> bool {
    super::entry(pid).is_none_or(|entry| !entry.alive)
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
    /// with what this process knows of itself (pid, pipes taken). Its parent's pid is the caller's to give.
    pub fn connect(dir: &Path, mut hello: Hello) -> io::Result<Self> {
        let began = Instant::now();
        loop {
            for entry in std::fs::read_dir(dir.join("spare"))?.flatten() {
                let name = entry.file_name();
                let taken: PathBuf = dir.join("taken").join(&name);
                if File::create_new(&taken).is_err() {
                    continue; // Another process was faster.
                }
                // One that stays is found to be taken.
                let _ = std::fs::remove_file(entry.path());
                let number = name
                    .to_string_lossy()
                    .parse()
                    .map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
                let open = |letter| open_writer(&pipe_name(dir, number, letter));
                let mut client = Self {
                    events: open('c')?,
                    stdout: open('o')?,
                    stderr: open('e')?,
                };
                hello.pid = std::process::id();
                hello.taken = "oe".to_owned();
                client.say(What::Hello(Box::new(hello)))?;
                return Ok(client);
            }
            if began.elapsed() > PATIENCE {
                return Err(ErrorKind::TimedOut.into());
            }
            std::thread::sleep(Duration::from_millis(1));
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

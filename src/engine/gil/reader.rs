//! One process's GIL, read from outside: who holds it, and CPython's own count of hand-offs.
//!
//! `py-spy` finds the place in an unmodified interpreter. From 3.12 on it holds the GIL's own struct,
//! `{interval: ulong, last_holder: ptr, locked: i32, switch_number: ulong, …}`; before, the current thread state's
//! pointer, and the struct lies near it. A thread state is told apart by the number that Python gives its thread,
//! which stands in it. Nothing is stopped and nothing is written: a read may see a moment between two states, and what
//! makes no sense is then read again at the next time.

use std::ops::Range;

use anyhow::bail;
use py_spy::Config;
use py_spy::config::LockingStrategy;
use py_spy::python_process_info::{PythonProcessInfo, PythonProcessLayout, get_python_version};
use remoteprocess::{Process, ProcessMemory};

use super::known::{Found, Known};
use super::others::Others;
use super::place::Module;
use crate::crash;

/// So much of a thread state is searched for its thread's number.
const THREAD_STATE: usize = 512;
/// So far from the current thread state's pointer the GIL's struct is looked for.
const NEAR: usize = 4096;
/// The GIL's struct with its locks; what waits for it waits on an address in here.
const STRUCT: usize = 320;
/// So much of `_PyRuntime` is searched for the interpreter's address.
const RUNTIME: usize = 2048;
/// So often the interpreters are read until it makes sense.
const READ_AGAIN: usize = 3;
/// Switch intervals that can be real, in microseconds.
const INTERVALS_US: Range<u64> = 1..100_000_000;

/// Where the GIL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The GIL's struct.
    Struct(usize),
    /// The current thread state's pointer, and the struct once it was found.
    Current(usize, Option<usize>),
}

impl Place {
    fn new(at: usize, has_struct: bool) -> Self {
        if has_struct {
            Self::Struct(at)
        } else {
            Self::Current(at, None)
        }
    }
}

/// Where the interpreter is that has the threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    /// Here, in this process and in its forks.
    At(usize),
    /// Its address stands here.
    Behind(usize),
    /// That is not known.
    Unknown,
}

/// What one read tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Now {
    /// The thread state that holds it.
    pub(super) holder: Option<usize>,
    /// The interpreter's own count of hand-offs, where it was found.
    pub(super) handoffs: Option<u64>,
}

/// A process whose GIL can be read.
pub(super) struct Reader {
    pid: u32,
    process: Process,
    place: Place,
    /// Where in a thread state its thread's number stands, once that is known.
    ident_at: Option<usize>,
    /// How to find the other interpreters' GILs.
    others: Option<Others>,
    /// The version of the interpreter, and where it has its threads.
    version: (u64, u64),
    home: Home,
}

impl Reader {
    /// Searches the GIL of a process, and remembers where it was. The error is a sentence.
    pub(super) fn attach(pid: u32, known: &mut Known) -> Result<Self, String> {
        let config = Config {
            blocking: LockingStrategy::NonBlocking,
            ..Config::default()
        };
        let find = || {
            let process = Process::new(native(pid))?;
            let info = PythonProcessInfo::new(&process)?;
            let full = get_python_version(&info, &process)?;
            let version = (full.major, full.minor);
            let has_struct = version >= (3, 12);
            let runtime = info.get_symbol("_PyRuntime").map(|at| *at as usize);
            // What is read while an interpreter begins or ends makes no sense, and is read again.
            let others = |known| {
                let runtime = runtime.filter(|_| has_struct)?;
                let find = || Others::find(&process, runtime, known, |at| is_gil(&process, at));
                (0..READ_AGAIN).find_map(|_| find())
            };
            // Where there are several interpreters, the newest one's is found; of a build without a GIL, none.
            let layout = PythonProcessLayout::new(&info, &process, &full, &config);
            let (at, interpreter, others) = match layout {
                Ok(layout) => {
                    let (at, interpreter) =
                        (layout.threadstate_address, layout.interpreter_address);
                    (at, Some(interpreter), others(Some((interpreter, at))))
                }
                Err(error) => (0, None, Some(others(None).ok_or(error)?)),
            };
            let both = runtime.zip(interpreter);
            let said_at = both.and_then(|(runtime, of)| said_at(&process, runtime, of));
            anyhow::Ok((process, at, version, others, interpreter, said_at))
        };
        let found = crash::contained(find).unwrap_or_else(|| bail!("its memory makes no sense"));
        let (process, at, version, others, interpreter, said_at) =
            found.map_err(|error| why(&error))?;
        let at = others.map_or(at, |others| others.main());
        if at == 0 {
            return Err("its GIL was not found".to_owned());
        }
        let has_struct = version >= (3, 12);
        if let Some(module) = Module::of(pid, at) {
            known.learn(Found {
                module,
                has_struct,
                others,
                version,
                home: said_at.map(|said_at| said_at.wrapping_sub(at)),
            });
        }
        Ok(Self {
            pid,
            process,
            place: Place::new(at, has_struct),
            ident_at: None,
            others,
            version,
            home: interpreter.map_or(Home::Unknown, Home::At),
        })
    }

    /// The same place in a fork of this process.
    pub(super) fn in_fork(&self, pid: u32) -> Result<Self, String> {
        Ok(Self {
            pid,
            process: Process::new(native(pid)).map_err(|error| error.to_string())?,
            place: self.place,
            ident_at: self.ident_at,
            others: self.others,
            version: self.version,
            home: self.home,
        })
    }

    /// The GIL of a process whose program was searched before.
    pub(super) fn of_known(pid: u32, known: &Known) -> Option<Self> {
        let (at, found) = known.of(pid)?;
        let reader = Self {
            pid,
            process: Process::new(native(pid)).ok()?,
            place: Place::new(at, found.has_struct),
            ident_at: None,
            others: found.others.and_then(|others| others.loaded_at(at)),
            version: found.version,
            home: found
                .home
                .map_or(Home::Unknown, |home| Home::Behind(home.wrapping_add(at))),
        };
        reader.is_plausible().then_some(reader)
    }

    /// Whether what stands there can be a GIL.
    fn is_plausible(&self) -> bool {
        match self.place {
            Place::Struct(at) => is_gil(&self.process, at),
            Place::Current(at, _) => self
                .words::<1>(at)
                .is_some_and(|[holder]| holder == 0 || is_pointer(holder)),
        }
    }

    /// Reads it. None where the process is gone or has let its interpreter go.
    pub(super) fn now(&mut self) -> Option<Now> {
        match self.place {
            Place::Struct(at) => {
                let words = self.words::<4>(at)?;
                let (locked, handoffs) = locked_and_count(&words);
                let holder = (locked == 1 && words[1] != 0).then_some(words[1] as usize);
                Some(Now {
                    holder,
                    handoffs: Some(handoffs),
                })
            }
            Place::Current(at, found) => {
                let [holder] = self.words::<1>(at)?;
                let holder = (holder != 0).then_some(holder as usize);
                let found = found.or_else(|| self.find_struct(at, holder?));
                self.place = Place::Current(at, found);
                let handoffs = found.and_then(|at| Some(locked_and_count(&self.words::<4>(at)?).1));
                Some(Now { holder, handoffs })
            }
        }
    }

    /// The GIL's struct near the current thread state's pointer: its holder is that thread state.
    fn find_struct(&self, at: usize, holder: usize) -> Option<usize> {
        let from = at.checked_sub(NEAR)?;
        // What follows may end before that.
        let bytes =
            (0..4).find_map(|halved| self.process.copy(from, NEAR + (NEAR >> halved)).ok())?;
        let words: Vec<u64> = bytes
            .chunks_exact(8)
            .map(|word| u64::from_ne_bytes(word.try_into().unwrap_or_default()))
            .collect();
        let found = words.windows(4).position(|words| {
            let (locked, handoffs) = locked_and_count(&[words[0], words[1], words[2], words[3]]);
            words[1] == holder as u64
                && INTERVALS_US.contains(&words[0])
                && locked <= 1
                && handoffs < 1 << 40
        })?;
        Some(from + found * 8)
    }

    /// Where the main interpreter's GIL is, if that was found.
    pub(super) fn main_gil(&self) -> Option<usize> {
        match self.place {
            Place::Struct(at) | Place::Current(_, Some(at)) => Some(at),
            Place::Current(_, None) => None,
        }
    }

    /// Addresses on which a thread waits that waits for the GIL at this one.
    pub(super) fn waits_at(gil: usize) -> Range<usize> {
        gil..gil.saturating_add(STRUCT)
    }

    /// The sub-interpreters that have a GIL of their own, and where it is; those that are known already are asked for
    /// less. None where that could not be read now.
    pub(super) fn subs(&self, known: &[(u64, usize)]) -> Option<Vec<(u64, usize)>> {
        self.others?.subs(&self.process, known)
    }

    /// Why sub-interpreters' GILs can't be told, where a version has them.
    pub(super) fn subs_unknown(&self) -> Option<String> {
        let (major, minor) = self.version;
        (self.others.is_none() && self.version >= (3, 12)).then(|| {
            format!("this build of Python {major}.{minor} does not say where its interpreters are")
        })
    }

    /// Reads a sub-interpreter's GIL. None where that is gone, or what stands there makes no sense.
    pub(super) fn sub(&self, at: usize) -> Option<Now> {
        let words = self.words::<4>(at)?;
        let (locked, handoffs) = locked_and_count(&words);
        let is_gil = INTERVALS_US.contains(&words[0])
            && locked <= 1
            && (words[1] == 0 || is_pointer(words[1]))
            && handoffs < 1 << 40;
        let holder = (locked == 1 && words[1] != 0).then_some(words[1] as usize);
        is_gil.then_some(Now {
            holder,
            handoffs: Some(handoffs),
        })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Of the interpreter: major and minor.
    pub(super) fn version(&self) -> (u64, u64) {
        self.version
    }

    /// Where its interpreters are that have the threads, the main one first.
    pub(super) fn interpreters(&self) -> Vec<usize> {
        let mut found = match (self.others, self.home) {
            (Some(others), _) => others.interpreters(&self.process),
            (None, Home::At(interpreter)) => vec![interpreter],
            (None, Home::Behind(at)) => self
                .words::<1>(at)
                .map(|[at]| at as usize)
                .into_iter()
                .collect(),
            (None, Home::Unknown) => Vec::new(),
        };
        found.reverse();
        found
    }

    /// The number of a thread state's thread. Where that stands is seen at one that is known; then others' can be
    /// told before they are known, as of a thread that has just begun.
    pub(super) fn ident(&mut self, state: usize, known: impl Fn(u64) -> bool) -> Option<u64> {
        if let Some(at) = self.ident_at {
            let [ident] = self.words::<1>(state.wrapping_add(at))?;
            return is_pointer(ident).then_some(ident);
        }
        let bytes = self.process.copy(state, THREAD_STATE).ok()?;
        let mut words = bytes
            .chunks_exact(8)
            .map(|word| u64::from_ne_bytes(word.try_into().unwrap_or_default()));
        let at = words.position(|word| is_pointer(word) && known(word))?;
        self.ident_at = Some(at * 8);
        self.ident(state, known)
    }

    fn words<const N: usize>(&self, at: usize) -> Option<[u64; N]> {
        words(&self.process, at)
    }
}

fn words<const N: usize>(process: &Process, at: usize) -> Option<[u64; N]> {
    let mut bytes = [[0; 8]; N];
    process.read(at, bytes.as_flattened_mut()).ok()?;
    Some(bytes.map(u64::from_ne_bytes))
}

/// Whether what stands there can be a GIL's struct.
fn is_gil(process: &Process, at: usize) -> bool {
    words::<3>(process, at).is_some_and(|[interval, holder, locked]| {
        INTERVALS_US.contains(&interval) && is_pointer(holder) && locked as u32 <= 1
    })
}

/// Of the struct's first words, the lock and the count. A Windows `ulong` has four bytes and stands beside the lock.
fn locked_and_count(words: &[u64; 4]) -> (u32, u64) {
    let locked = words[2] as u32;
    let count = if cfg!(windows) {
        words[2] >> 32
    } else {
        words[3]
    };
    (locked, count)
}

/// Where in `_PyRuntime` the interpreter's address stands.
fn said_at(process: &Process, runtime: usize, interpreter: usize) -> Option<usize> {
    let bytes = process.copy(runtime, RUNTIME).ok()?;
    let said = interpreter.to_ne_bytes();
    let at = bytes.chunks_exact(8).position(|word| word == said)?;
    Some(runtime + at * 8)
}

/// Thread states and thread numbers are addresses.
fn is_pointer(word: u64) -> bool {
    word > 0x10000 && word < 1 << 56 && word.is_multiple_of(8)
}

#[cfg(unix)]
pub(super) fn native(pid: u32) -> remoteprocess::Pid {
    pid.cast_signed()
}

#[cfg(windows)]
pub(super) fn native(pid: u32) -> remoteprocess::Pid {
    pid
}

/// Why a process can't be read, for the user.
fn why(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    if text.contains("denied") || text.contains("not permitted") {
        return "this system does not let Gilscope read another process's memory".to_owned();
    }
    if text.contains("No such process") || text.contains("No such file") {
        return "it ended before it could be read".to_owned();
    }
    format!("it could not be read ({text})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_that_is_no_address_is_nobody() {
        let pid = std::process::id();
        let mut reader = Reader {
            pid,
            process: Process::new(native(pid)).unwrap(),
            place: Place::Struct(8),
            ident_at: Some(152),
            others: None,
            version: (3, 13),
            home: Home::Unknown,
        };
        // What a program that another replaces may leave where its GIL was.
        for state in [usize::MAX, usize::MAX - 7, 1, 0] {
            assert_eq!(reader.ident(state, |_| true), None, "{state:x}");
        }
    }
}

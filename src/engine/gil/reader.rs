//! One process's GIL, read from outside: who holds it, and CPython's own count of hand-offs.
//!
//! `py-spy` finds the place in an unmodified interpreter. From 3.12 on it holds the GIL's own struct,
//! `{interval: ulong, last_holder: ptr, locked: i32, switch_number: ulong, …}`; before, the current thread state's
//! pointer, and the struct lies near it. A thread state is told apart by the number that Python gives its thread,
//! which stands in it. Nothing is stopped and nothing is written: a read may see a moment between two states, and what
//! makes no sense is then read again at the next time.

use std::ops::Range;

use py_spy::Config;
use py_spy::config::LockingStrategy;
use py_spy::python_process_info::{PythonProcessInfo, PythonProcessLayout, get_python_version};
use remoteprocess::{Process, ProcessMemory};

use super::others::Others;
use super::place::Module;

/// So much of a thread state is searched for its thread's number.
const THREAD_STATE: usize = 512;
/// So far from the current thread state's pointer the GIL's struct is looked for.
const NEAR: usize = 4096;
/// The GIL's struct with its locks; what waits for it waits on an address in here.
const STRUCT: usize = 320;
/// So much of `_PyRuntime` is searched for the interpreter's address.
const RUNTIME: usize = 2048;
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

/// Where the interpreter is that has the threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    /// Here, in this process and in its forks; and where in `_PyRuntime` this address stands.
    At(usize, Option<usize>),
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
    /// The other interpreters' GILs, how to find them and where they were last.
    others: Option<Others>,
    other_gils: Vec<usize>,
    /// The version of the interpreter, and where it has its threads.
    version: (u64, u64),
    home: Home,
    /// Where the place is in the file that it belongs to, the same in every process of that file.
    module: Option<Module>,
}

impl Reader {
    /// Finds the GIL of a process. The error is a sentence.
    pub(super) fn attach(pid: u32) -> Result<Self, String> {
        let config = Config {
            blocking: LockingStrategy::NonBlocking,
            ..Config::default()
        };
        let find = || {
            let process = Process::new(native(pid))?;
            let info = PythonProcessInfo::new(&process)?;
            let version = get_python_version(&info, &process)?;
            let layout = PythonProcessLayout::new(&info, &process, &version, &config)?;
            let runtime = info.get_symbol("_PyRuntime").copied();
            anyhow::Ok((process, layout, (version.major, version.minor), runtime))
        };
        let (process, layout, version, runtime) = find().map_err(|error| why(&error))?;
        let has_struct = version >= (3, 12);
        let at = layout.threadstate_address;
        if at == 0 {
            return Err("its GIL was not found".to_owned());
        }
        // Where there are several interpreters, the newest one's was found.
        let others = runtime.filter(|_| has_struct).and_then(|runtime| {
            Others::find(&process, runtime as usize, layout.interpreter_address, at)
        });
        let at = others.map_or(at, |others| others.main());
        let place = if has_struct {
            Place::Struct(at)
        } else {
            Place::Current(at, None)
        };
        let interpreter = layout.interpreter_address;
        let said_at = runtime.and_then(|runtime| said_at(&process, runtime as usize, interpreter));
        Ok(Self {
            pid,
            process,
            place,
            ident_at: None,
            others,
            other_gils: Vec::new(),
            version,
            home: Home::At(interpreter, said_at),
            module: Module::of(pid, at),
        })
    }

    /// The same place in a fork of this process.
    pub(super) fn in_fork(&self, pid: u32) -> Result<Self, String> {
        self.at(pid, self.place, self.others, self.home)
    }

    /// The same place in another process of the same program.
    pub(super) fn in_sibling(&self, pid: u32) -> Option<Self> {
        let at = self.module.as_ref()?.address_in(pid)?;
        let place = match self.place {
            Place::Struct(_) => Place::Struct(at),
            Place::Current(_, _) => Place::Current(at, None),
        };
        let others = self.others.and_then(|others| others.loaded_at(at));
        let (Place::Struct(here) | Place::Current(here, _)) = self.place;
        let home = match self.home {
            // `_PyRuntime` has both.
            Home::At(_, Some(said_at)) | Home::Behind(said_at) => {
                Home::Behind(said_at.wrapping_sub(here).wrapping_add(at))
            }
            Home::At(_, None) | Home::Unknown => Home::Unknown,
        };
        let reader = self.at(pid, place, others, home).ok()?;
        reader.is_plausible().then_some(reader)
    }

    fn at(
        &self,
        pid: u32,
        place: Place,
        others: Option<Others>,
        home: Home,
    ) -> Result<Self, String> {
        let process = Process::new(native(pid)).map_err(|error| error.to_string())?;
        Ok(Self {
            pid,
            process,
            place,
            ident_at: self.ident_at,
            others,
            other_gils: Vec::new(),
            version: self.version,
            home,
            module: self.module.clone(),
        })
    }

    /// Whether what stands there can be a GIL.
    fn is_plausible(&self) -> bool {
        match self.place {
            Place::Struct(at) => self
                .words::<3>(at)
                .is_some_and(|[interval, holder, locked]| {
                    INTERVALS_US.contains(&interval) && is_pointer(holder) && locked as u32 <= 1
                }),
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

    /// Addresses on which a thread waits that waits for a GIL of this process.
    pub(super) fn waits_at(&self) -> Vec<Range<usize>> {
        let main = match self.place {
            Place::Struct(at) | Place::Current(_, Some(at)) => Some(at),
            Place::Current(_, None) => None,
        };
        let all = main.into_iter().chain(self.other_gils.iter().copied());
        all.map(|at| at..at + STRUCT).collect()
    }

    /// Looks for other interpreters; gives the thread states that hold their GILs.
    pub(super) fn other_holders(&mut self) -> Vec<usize> {
        let Some(others) = self.others else {
            return Vec::new();
        };
        self.other_gils = others.gils(&self.process);
        let held = self.other_gils.iter().filter_map(|&at| {
            let words = self.words::<4>(at)?;
            let (locked, _) = locked_and_count(&words);
            (locked == 1 && words[1] != 0).then_some(words[1] as usize)
        });
        held.collect()
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
            (None, Home::At(interpreter, _)) => vec![interpreter],
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
            let [ident] = self.words::<1>(state + at)?;
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
        let mut bytes = [[0; 8]; N];
        self.process.read(at, bytes.as_flattened_mut()).ok()?;
        Some(bytes.map(u64::from_ne_bytes))
    }
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

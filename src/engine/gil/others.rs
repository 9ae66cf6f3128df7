//! The GILs of a process's other interpreters, from 3.13 on: each sub-interpreter has its own.
//!
//! CPython's `_PyRuntime` begins with a table of offsets, marked for debuggers by the word `xdebugpy`. Of it are used where
//! the list of interpreters begins and goes on, and where an interpreter points to its GIL; the last is checked against
//! the main interpreter's, which is known.

use remoteprocess::{Process, ProcessMemory};

/// What the table begins with.
const COOKIE: &[u8; 8] = b"xdebugpy";
/// The main interpreter lies within `_PyRuntime`, no further than this from its beginning.
const RUNTIME: usize = 1 << 20;
const CHUNK: usize = 1 << 16;
/// Words of the table: where the first interpreter is, where the next, and where an interpreter's GIL may be (3.13, later).
const HEAD: usize = 5;
const NEXT: usize = 8;
const GIL: [usize; 2] = [14, 15];
/// More interpreters than this are not looked at.
const MOST: usize = 256;

/// How to find them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Others {
    /// Where the first one's address is.
    head: usize,
    /// Where in an interpreter the next one's address is, and its GIL's.
    next: usize,
    gil: usize,
    /// The main interpreter's GIL.
    main: usize,
}

impl Others {
    /// Finds the table of a process whose main interpreter and its GIL are known.
    pub(super) fn find(process: &Process, interpreter: usize, main: usize) -> Option<Self> {
        let runtime = runtime(process, interpreter)?;
        let table = process.copy(runtime, 16 * 8).ok()?;
        let word = |at: usize| {
            let bytes = table.get(at * 8..at * 8 + 8)?.try_into().ok()?;
            usize::try_from(u64::from_ne_bytes(bytes)).ok()
        };
        let pointer = |at: usize| process.copy_struct::<usize>(at).ok();
        let gil = GIL
            .into_iter()
            .filter_map(word)
            .find(|gil| *gil < RUNTIME && pointer(interpreter + gil) == Some(main))?;
        Some(Self {
            head: runtime + word(HEAD).filter(|head| *head < RUNTIME)?,
            next: word(NEXT).filter(|next| *next < RUNTIME)?,
            gil,
            main,
        })
    }

    /// The GILs of all interpreters but the main one, which may be gone at any time.
    pub(super) fn gils(&self, process: &Process) -> Vec<usize> {
        let pointer = |at: usize| process.copy_struct::<usize>(at).ok().filter(|at| *at != 0);
        let mut found = Vec::new();
        let mut interpreter = pointer(self.head);
        while let Some(at) = interpreter
            && found.len() < MOST
        {
            found.extend(pointer(at + self.gil).filter(|gil| *gil != self.main));
            interpreter = pointer(at + self.next);
        }
        found
    }
}

/// Where `_PyRuntime` begins: the nearest table before the main interpreter.
fn runtime(process: &Process, interpreter: usize) -> Option<usize> {
    let mut end = interpreter;
    while interpreter - end < RUNTIME {
        let from = end.checked_sub(CHUNK)? & !7;
        let bytes = process.copy(from, end - from).ok()?;
        let found = memchr::memmem::rfind(&bytes, COOKIE);
        if let Some(at) = found {
            return Some(from + at);
        }
        end = from;
    }
    None
}

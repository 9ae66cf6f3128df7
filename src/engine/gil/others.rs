//! The GILs of a process's other interpreters, from 3.13 on: each sub-interpreter has its own.
//!
//! CPython's `_PyRuntime` begins with a table of offsets, marked for debuggers by the word `xdebugpy`. Of it are used where
//! the list of interpreters begins and goes on, and where an interpreter points to its GIL; the last is checked against
//! the one that is known. The newest interpreter stands first in the list, the main one last.

use remoteprocess::{Process, ProcessMemory};

/// What the table begins with.
const COOKIE: &[u8; 8] = b"xdebugpy";
/// No offset is as large as this.
const LARGE: usize = 1 << 20;
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
    /// Reads the table of a process of which one interpreter and its GIL are known.
    pub(super) fn find(
        process: &Process,
        runtime: usize,
        interpreter: usize,
        gil: usize,
    ) -> Option<Self> {
        let table = process.copy(runtime, 16 * 8).ok()?;
        if !table.starts_with(COOKIE) {
            return None;
        }
        let word = |at: usize| {
            let bytes = table.get(at * 8..at * 8 + 8)?.try_into().ok()?;
            usize::try_from(u64::from_ne_bytes(bytes))
                .ok()
                .filter(|offset| *offset < LARGE)
        };
        let pointer = |at: usize| process.copy_struct::<usize>(at).ok();
        let gil_at = GIL
            .into_iter()
            .filter_map(word)
            .find(|at| pointer(interpreter + at) == Some(gil))?;
        let mut others = Self {
            head: runtime + word(HEAD)?,
            next: word(NEXT)?,
            gil: gil_at,
            main: 0,
        };
        others.main = others.all(process).last()?.1?;
        Some(others)
    }

    /// The same in another process of the same program, whose main interpreter's GIL is at `main`: both lie in
    /// `_PyRuntime`, wherever that was loaded.
    pub(super) fn loaded_at(self, main: usize) -> Option<Self> {
        let head = self.head.checked_add(main)?.checked_sub(self.main)?;
        Some(Self { head, main, ..self })
    }

    /// The main interpreter's GIL.
    pub(super) fn main(&self) -> usize {
        self.main
    }

    /// The GILs of all interpreters but the main one, which may be gone at any time.
    pub(super) fn gils(&self, process: &Process) -> Vec<usize> {
        let all = self.all(process).into_iter();
        all.filter_map(|(_, gil)| gil.filter(|gil| *gil != self.main))
            .collect()
    }

    /// The interpreters, the newest first and the main one last.
    pub(super) fn interpreters(&self, process: &Process) -> Vec<usize> {
        let all = self.all(process).into_iter();
        all.map(|(interpreter, _)| interpreter).collect()
    }

    /// Each interpreter and its GIL.
    fn all(&self, process: &Process) -> Vec<(usize, Option<usize>)> {
        let pointer = |at: usize| process.copy_struct::<usize>(at).ok().filter(|at| *at != 0);
        let mut found = Vec::new();
        let mut interpreter = pointer(self.head);
        while let Some(at) = interpreter
            && found.len() < MOST
        {
            found.push((at, pointer(at + self.gil)));
            interpreter = pointer(at + self.next);
        }
        found
    }
}

//! The GILs of a process's interpreters, from 3.13 on: each sub-interpreter has its own.
//!
//! CPython's `_PyRuntime` begins with a table of offsets, marked for debuggers by the word `xdebugpy`. Of it are used
//! whether it was built without a GIL, where the list of interpreters begins and goes on, and where an interpreter points
//! to its GIL; the last is checked against the one that is known, or against what a GIL looks like. The newest interpreter
//! stands first in the list, the main one last.

use remoteprocess::{Process, ProcessMemory};
use serde::{Deserialize, Serialize};

/// What the table begins with.
const COOKIE: &[u8; 8] = b"xdebugpy";
/// No offset is as large as this.
const LARGE: usize = 1 << 20;
/// Words of the table: whether it was built without a GIL, where the first interpreter is, where the next, and where an interpreter's GIL may be (3.13, later).
const FREE: usize = 2;
const HEAD: usize = 5;
const NEXT: usize = 8;
const GIL: [usize; 2] = [14, 15];
/// In a build without a GIL, its struct begins with whether an import or the user turned it on.
const ENABLED: usize = 8;
/// More interpreters than this are not looked at.
const MOST: usize = 256;

/// How to find them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Others {
    /// Where the first one's address is.
    head: usize,
    /// Where in an interpreter the next one's address is, and its GIL's.
    next: usize,
    gil: usize,
    /// How far behind that address what all builds have begins.
    skip: usize,
    /// The main interpreter's GIL.
    main: usize,
}

impl Others {
    /// Reads the table of a process of which one interpreter and its GIL are known, or none.
    pub(super) fn find(
        process: &Process,
        runtime: usize,
        known: Option<(usize, usize)>,
        is_gil: impl Fn(usize) -> bool,
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
        let head = runtime + word(HEAD)?;
        let interpreter =
            known.map_or_else(|| pointer(head), |(interpreter, _)| Some(interpreter))?;
        let skip = if word(FREE)? == 1 { ENABLED } else { 0 };
        let gil_at = GIL.into_iter().filter_map(word).find(|at| {
            let found = pointer(interpreter + at).filter(|found| *found != 0);
            found.is_some_and(|found| match known {
                Some((_, gil)) => found == gil,
                None => is_gil(found + skip),
            })
        })?;
        let mut others = Self {
            head,
            next: word(NEXT)?,
            gil: gil_at,
            skip,
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
            let gil = pointer(at + self.gil).map(|gil| gil + self.skip);
            found.push((at, gil));
            interpreter = pointer(at + self.next);
        }
        found
    }
}

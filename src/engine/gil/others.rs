//! The interpreters of a process, from 3.12 on, where each sub-interpreter may have a GIL of its own.
//!
//! From 3.13 on CPython's `_PyRuntime` begins with a table of offsets, marked for debuggers by the word `xdebugpy`. Of it
//! are used whether it was built without a GIL, where the list of interpreters begins and goes on, and where an interpreter
//! has its number and points to its GIL. In 3.12 an interpreter begins with the next one and its number. Where it points to
//! its GIL is checked against the one that is known, or against what a GIL looks like. The newest interpreter stands first
//! in the list, the main one last, so the numbers fall to 0: a list that was read while an interpreter went does not, and
//! is no list.

use remoteprocess::{Process, ProcessMemory};
use serde::{Deserialize, Serialize};

/// What the table begins with.
const COOKIE: &[u8; 8] = b"xdebugpy";
/// No offset is as large as this.
const LARGE: usize = 1 << 20;
/// Words of the table: whether it was built without a GIL, where the first interpreter is, where an interpreter's number
/// is, where the next, and where its GIL may be (3.13, later).
const FREE: usize = 2;
const HEAD: usize = 5;
const ID: usize = 7;
const NEXT: usize = 8;
const GIL: [usize; 2] = [14, 15];
/// In 3.12, so much of an interpreter is searched for where it points to its GIL.
const INTERPRETER: usize = 4096;
/// So much of `_PyRuntime` for where it points to the newest interpreter.
const RUNTIME: usize = 2048;
/// In a build without a GIL, its struct begins with whether an import or the user turned it on.
const ENABLED: usize = 8;
/// Of more interpreters than this only the newest are looked at.
const MOST: usize = 1024;
/// Numbers of interpreters that can be real.
const LAST_ID: u64 = 1 << 40;

/// How to find them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Others {
    /// Where the first one's address is.
    head: usize,
    /// Where in an interpreter the next one's address is, its number, and its GIL's address.
    next: usize,
    id: usize,
    gil: usize,
    /// Where in an interpreter its own GIL is: what all builds have of it.
    own: usize,
    /// How far behind the GIL's address that begins.
    skip: usize,
    /// The main interpreter's GIL.
    main: usize,
}

impl Others {
    /// Where they are in a process of which one interpreter and its GIL are known, or none.
    pub(super) fn find(
        process: &Process,
        runtime: usize,
        known: Option<(usize, usize)>,
        is_gil: impl Fn(usize) -> bool,
    ) -> Option<Self> {
        let table = process.copy(runtime, 16 * 8).ok()?;
        let mut others = if table.starts_with(COOKIE) {
            Self::by_table(process, runtime, &table, known, is_gil)
        } else {
            Self::by_search(process, runtime, known?)
        }?;
        let all = others.all(process)?;
        let main = all.last().filter(|(_, id)| *id == 0)?.0;
        others.main = pointer(process, main.wrapping_add(others.gil))?.wrapping_add(others.skip);
        others.own = others.main.checked_sub(main).filter(|own| *own < LARGE)?;
        Some(others)
    }

    fn by_table(
        process: &Process,
        runtime: usize,
        table: &[u8],
        known: Option<(usize, usize)>,
        is_gil: impl Fn(usize) -> bool,
    ) -> Option<Self> {
        let word = |at: usize| {
            let bytes = table.get(at * 8..at * 8 + 8)?.try_into().ok()?;
            usize::try_from(u64::from_ne_bytes(bytes))
                .ok()
                .filter(|offset| *offset < LARGE)
        };
        let head = runtime.wrapping_add(word(HEAD)?);
        let first = || pointer(process, head);
        let interpreter = known.map_or_else(first, |(interpreter, _)| Some(interpreter))?;
        let skip = if word(FREE)? == 1 { ENABLED } else { 0 };
        let gil = GIL.into_iter().filter_map(word).find(|at| {
            let found = pointer(process, interpreter.wrapping_add(*at));
            found.is_some_and(|found| match known {
                Some((_, gil)) => found == gil,
                None => is_gil(found.wrapping_add(skip)),
            })
        })?;
        Some(Self {
            head,
            next: word(NEXT)?,
            id: word(ID)?,
            gil,
            own: 0,
            skip,
            main: 0,
        })
    }

    /// 3.12 has no table.
    fn by_search(process: &Process, runtime: usize, known: (usize, usize)) -> Option<Self> {
        let stands = |at: usize, size: usize, word: usize| {
            let bytes = process.copy(at, size).ok()?;
            let found = bytes
                .chunks_exact(8)
                .position(|w| w == word.to_ne_bytes())?;
            Some(found * 8)
        };
        Some(Self {
            head: runtime.wrapping_add(stands(runtime, RUNTIME, known.0)?),
            next: 0,
            id: 8,
            gil: stands(known.0, INTERPRETER, known.1)?,
            own: 0,
            skip: 0,
            main: 0,
        })
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

    /// The numbers of the sub-interpreters that have a GIL of their own, and where it is. They may be gone at any time:
    /// none where what was read makes no sense. Of those that are known less is read.
    pub(super) fn subs(
        &self,
        process: &Process,
        known: &[(u64, usize)],
    ) -> Option<Vec<(u64, usize)>> {
        let all = self.all(process)?.into_iter();
        let subs = all.filter(|(_, id)| *id > 0).filter_map(|(at, id)| {
            let sub = (id, at.wrapping_add(self.own));
            let is_own = || {
                let gil = pointer(process, at.wrapping_add(self.gil));
                gil.map(|gil| gil.wrapping_add(self.skip)) == Some(sub.1)
            };
            (known.contains(&sub) || (is_own() && self.is_on(process, sub.1))).then_some(sub)
        });
        Some(subs.collect())
    }

    /// Whether a GIL is in force: in a build without one it may be off.
    fn is_on(&self, process: &Process, gil: usize) -> bool {
        self.skip == 0
            || process
                .copy_struct::<i32>(gil.wrapping_sub(self.skip))
                .is_ok_and(|on| on != 0)
    }

    /// The interpreters, the newest first and the main one last.
    pub(super) fn interpreters(&self, process: &Process) -> Vec<usize> {
        let all = self.all(process).into_iter().flatten();
        all.map(|(interpreter, _)| interpreter).collect()
    }

    /// Each interpreter and its number.
    fn all(&self, process: &Process) -> Option<Vec<(usize, u64)>> {
        let mut found = Vec::new();
        let mut before = LAST_ID;
        let mut interpreter = pointer(process, self.head);
        while let Some(at) = interpreter {
            let (next, id) = self.next_and_id(process, at)?;
            if id >= before {
                return None;
            }
            if found.len() == MOST {
                return Some(found);
            }
            found.push((at, id));
            before = id;
            interpreter = (next != 0).then_some(next);
        }
        (before == 0).then_some(found)
    }

    fn next_and_id(&self, process: &Process, at: usize) -> Option<(usize, u64)> {
        if self.id == self.next + 8 {
            let [next, id] = process
                .copy_struct::<[u64; 2]>(at.wrapping_add(self.next))
                .ok()?;
            return Some((usize::try_from(next).ok()?, id));
        }
        let next = process
            .copy_struct::<usize>(at.wrapping_add(self.next))
            .ok()?;
        let id = process.copy_struct::<u64>(at.wrapping_add(self.id)).ok()?;
        Some((next, id))
    }
}

/// What stands there, if it is not nothing.
fn pointer(process: &Process, at: usize) -> Option<usize> {
    process.copy_struct::<usize>(at).ok().filter(|at| *at != 0)
}

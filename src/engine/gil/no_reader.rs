//! Where another process's memory can't be read: the lane says so.

use std::ops::Range;

/// What one read would tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Now {
    pub(super) holder: Option<usize>,
    pub(super) handoffs: Option<u64>,
}

/// Nothing is known here.
pub(super) struct Known;

impl Known {
    pub(super) fn load() -> Self {
        Self
    }
}

/// Never made.
pub(super) enum Reader {}

impl Reader {
    pub(super) fn attach(_pid: u32, _known: &mut Known) -> Result<Self, String> {
        Err("macOS lets only its administrator read another process's memory".to_owned())
    }

    pub(super) fn in_fork(&self, _pid: u32) -> Result<Self, String> {
        match *self {}
    }

    pub(super) fn of_known(_pid: u32, _known: &Known) -> Option<Self> {
        None
    }

    pub(super) fn now(&mut self) -> Option<Now> {
        match *self {}
    }

    pub(super) fn main_gil(&self) -> Option<usize> {
        match *self {}
    }

    pub(super) fn waits_at(gil: usize) -> Range<usize> {
        gil..gil
    }

    pub(super) fn subs(&self, _known: &[(u64, usize)]) -> Option<Vec<(u64, usize)>> {
        match *self {}
    }

    pub(super) fn subs_unknown(&self) -> Option<String> {
        match *self {}
    }

    pub(super) fn sub(&self, _at: usize) -> Option<Now> {
        match *self {}
    }

    pub(super) fn ident(&mut self, _state: usize, _known: impl Fn(u64) -> bool) -> Option<u64> {
        match *self {}
    }
}

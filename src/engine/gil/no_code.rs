//! Where another process's memory can't be read, nobody knows where in the code it is.

use super::Script;
use super::reader::Reader;
use crate::run::Place;

/// Reads nothing.
pub(super) struct Code;

impl Code {
    pub(super) fn new(_script: Option<Script>) -> Self {
        Self
    }

    pub(super) fn knows(&self, _reader: &Reader) -> bool {
        true
    }

    pub(super) fn learn(&mut self, _reader: &Reader) {}

    pub(super) fn learned(&mut self) -> Option<u64> {
        None
    }

    pub(super) fn read(&mut self, _reader: &Reader) -> Vec<(u64, Option<Place>)> {
        Vec::new()
    }
}

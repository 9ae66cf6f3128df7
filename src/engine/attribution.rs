//! Tells which thread of a process wrote which line.

use super::channel::Owner;
use crate::run::Stream;

/// One `write` of a thread, in the order of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who called `write`.
    pub owner: Owner,
    /// When, absolute nanoseconds.
    pub t_ns: u64,
    /// To which stream.
    pub stream: Stream,
    /// How many bytes it puts into the stream.
    pub len: u32,
    /// The first of them.
    pub first: Vec<u8>,
}

//! Files that the system opens: on Linux and Windows they are arguments of a new program, and nothing is to be done.

use std::path::PathBuf;

/// Nothing is to be done for it.
pub(crate) fn expect() {}

/// Nothing is to be done for it.
pub(crate) fn hear(_take: impl Fn(PathBuf) -> bool + Send + 'static) {}

//! What differs from system to system, behind one API: a file a platform.

#[cfg(unix)]
#[path = "pipes_unix.rs"]
pub(crate) mod pipes;

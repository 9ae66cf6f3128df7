//! Where programs of the same user meet on Unix: a socket in their data folder.

use std::io;
use std::path::Path;

use interprocess::local_socket::prelude::*;
use interprocess::local_socket::{GenericFilePath, Listener, ListenerOptions, Name};
use interprocess::os::unix::local_socket::ListenerOptionsExt;

/// Where they meet.
pub(crate) fn name(data: &Path) -> io::Result<Name<'static>> {
    data.join("window.socket").to_fs_name::<GenericFilePath>()
}

/// Listens there. A socket that a killed program left is replaced.
pub(crate) fn listener(data: &Path) -> io::Result<Listener> {
    ListenerOptions::new()
        .name(name(data)?)
        .mode(0o600)
        .try_overwrite(true)
        .create_sync()
}

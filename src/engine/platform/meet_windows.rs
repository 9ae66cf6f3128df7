//! Where programs of the same user meet on Windows: a named pipe that only this user may open.

use std::io;
use std::path::Path;

use interprocess::local_socket::prelude::*;
use interprocess::local_socket::{GenericNamespaced, Listener, ListenerOptions, Name};
use interprocess::os::windows::local_socket::ListenerOptionsExt;

use super::access;

/// Where they meet: each user has a data folder of their own.
pub(crate) fn name(data: &Path) -> io::Result<Name<'static>> {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let folder: String = data.to_string_lossy().chars().map(plain).collect();
    format!("gilscope-window-{folder}").to_ns_name::<GenericNamespaced>()
}

/// Listens there.
pub(crate) fn listener(data: &Path) -> io::Result<Listener> {
    ListenerOptions::new()
        .name(name(data)?)
        .security_descriptor(access::own_only()?)
        .create_sync()
}

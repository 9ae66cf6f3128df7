//! One window for the files that are opened: `gilscope FILE` gives its file to the window that is there; macOS does so
//! itself.
//!
//! Of several windows the one that holds a lock in the data folder listens; when it is gone, whichever gets the lock
//! next. Only this user's programs reach it, and all it is told is a path, which is then opened as one that was dropped.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use interprocess::local_socket::Stream;
use interprocess::local_socket::prelude::*;

use crate::engine::platform::{meet, opened};
use crate::store::runs;

/// The longest path that is taken, in bytes.
const PATH_BYTES: u64 = 64 << 10;
/// A window that does not answer within this time has other worries.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a window answers that takes a file.
const TAKEN: u8 = b'+';

/// Offers a file to the window that is there; whether it took it.
pub fn offer(file: &Path) -> bool {
    let (Some(folder), Ok(file)) = (runs::data(), std::path::absolute(file)) else {
        return false;
    };
    let (told, hears) = crossbeam_channel::bounded(1);
    let asked = std::thread::Builder::new().spawn(move || {
        let _ = told.send(ask(&folder, &file).is_ok());
    });
    asked.is_ok() && hears.recv_timeout(PATIENCE).unwrap_or(false)
}

fn ask(folder: &Path, file: &Path) -> io::Result<()> {
    let path = file
        .to_str()
        .filter(|path| !path.contains('\0'))
        .ok_or(io::ErrorKind::InvalidInput)?;
    let mut window = Stream::connect(meet::name(folder)?)?;
    window.write_all(path.as_bytes())?;
    window.write_all(&[0])?;
    let mut answer = [0];
    window.read_exact(&mut answer)?;
    (answer == [TAKEN])
        .then_some(())
        .ok_or_else(|| io::ErrorKind::ConnectionRefused.into())
}

/// From here on takes what is offered; `take` says whether it could. Where it can't be heard, each file has a window of
/// its own.
pub(super) fn listen(take: impl Fn(PathBuf) -> bool + Clone + Send + 'static) {
    opened::hear(take.clone());
    let Some(folder) = runs::data() else { return };
    let hear = move || -> io::Result<()> {
        std::fs::create_dir_all(&folder)?;
        let turn = File::create(folder.join("window.lock"))?;
        turn.lock()?;
        for offered in meet::listener(&folder)?.incoming().flatten() {
            // Who says nothing, or no path, is left alone.
            let _ = heard(offered, &take);
        }
        Ok(())
    };
    let _ = std::thread::Builder::new()
        .name("files from outside".into())
        .spawn(hear);
}

fn heard(mut offered: Stream, take: &impl Fn(PathBuf) -> bool) -> io::Result<()> {
    // Windows' pipes know no such limit; only this user's programs can hold one up.
    let _ = offered.set_recv_timeout(Some(PATIENCE));
    let mut bytes = Vec::new();
    BufReader::new((&mut offered).take(PATH_BYTES)).read_until(0, &mut bytes)?;
    let is_whole = bytes.pop() == Some(0);
    let path = String::from_utf8(bytes).map_err(io::Error::other)?;
    if is_whole && Path::new(&path).is_absolute() && take(path.into()) {
        offered.write_all(&[TAKEN])?;
    }
    Ok(())
}

//! `gilscope run` on a terminal: a prompt is seen before it is answered.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};

use crate::common::pythons;
use crate::program::gilscope;

/// What comes from a terminal, on a thread of its own.
fn listen(mut master: File) -> Receiver<Vec<u8>> {
    let (tell, heard) = unbounded();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(n @ 1..) = master.read(&mut bytes) {
            if tell.send(bytes[..n].to_vec()).is_err() {
                return;
            }
        }
    });
    heard
}

/// Waits until the screen has got `part`.
fn until(heard: &Receiver<Vec<u8>>, screen: &mut String, part: &str) {
    while !screen.contains(part) {
        let Ok(bytes) = heard.recv_timeout(Duration::from_secs(30)) else {
            panic!("{part:?} never came: {screen:?}");
        };
        screen.push_str(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_prompt_is_seen_and_answered_and_a_bar_is_drawn_in_its_place() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("own.py");
    let text = "print('Hello', input('Name: '))\nprint('10 %', end='\\r', flush=True)\ninput()\nprint('20 %', end='\\r', flush=True)\ninput()\nprint('100 %')\n";
    std::fs::write(&script, text).unwrap();
    let ends = nix::pty::openpty(None, None).unwrap();
    let terminal = |end: &OwnedFd| end.try_clone().unwrap();
    let mut child = gilscope(home.path())
        .args(["run", "--python"])
        .arg(&pythons()[0].path)
        .arg("--script")
        .arg(&script)
        .env("NO_COLOR", "1")
        .stdin(terminal(&ends.slave))
        .stdout(terminal(&ends.slave))
        .stderr(terminal(&ends.slave))
        .spawn()
        .unwrap();
    drop(ends.slave);
    let mut master = File::from(ends.master);
    let heard = listen(master.try_clone().unwrap());
    let mut screen = String::new();
    until(&heard, &mut screen, "MainProcess | Name: ");
    master.write_all(b"Bob\n").unwrap();
    until(&heard, &mut screen, "Hello Bob");
    until(&heard, &mut screen, "MainProcess | 10 %");
    master.write_all(b"\n").unwrap();
    until(&heard, &mut screen, "\r\x1b[2KMainProcess | 20 %");
    master.write_all(b"\n").unwrap();
    until(&heard, &mut screen, "MainProcess | 100 %\r\n");
    until(&heard, &mut screen, "finished");
    assert_eq!(child.wait().unwrap().code(), Some(0), "{screen:?}");
}

//! A second start, while a window is there.

use std::fs;
use std::path::Path;

use crate::drive::{Window, gilscope, possible};

/// Starts `gilscope FILE` where no window could be opened; whether it gave the file away.
fn gives_away(home: &Path, file: &Path) -> bool {
    let output = gilscope(home).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    output.status.success() && !said.contains("no display")
}

fn script(home: &Path, name: &str) -> std::path::PathBuf {
    let file = home.join(name);
    fs::write(&file, format!("print('{name}')\n")).unwrap();
    file
}

#[test]
fn a_file_goes_to_the_window_that_is_there_unless_a_new_one_is_asked_for() {
    if !possible() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (first, other, last) = (
        script(home.path(), "first.py"),
        script(home.path(), "other.py"),
        script(home.path(), "last.py"),
    );
    assert!(!gives_away(home.path(), &first), "there is no window yet");

    let mut window = Window::open(home.path(), &[]);
    window.wait("the window to listen", |_| {
        gives_away(home.path(), &first).then_some(())
    });
    window.wait("the first file", |w| {
        w.read().contains("first.py").then_some(())
    });

    let mut new = Window::open(home.path(), &["--new", other.to_str().unwrap()]);
    new.wait("the other file", |w| {
        w.read().contains("other.py").then_some(())
    });
    assert!(
        !window.read().contains("other.py"),
        "it has a window of its own"
    );

    // The first one's end, however it comes, leaves the second one listening.
    let was = format!("/proc/{}", window.pid());
    window.kill();
    new.wait("the first one's end", |_| {
        (!Path::new(&was).exists()).then_some(())
    });
    new.wait("the new window to listen", |_| {
        gives_away(home.path(), &last).then_some(())
    });
    new.wait("the last file", |w| {
        w.read().contains("last.py").then_some(())
    });
}

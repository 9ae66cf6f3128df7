//! Not tests: they make the README's pictures from the real program and real runs. See dist/pictures.sh.

use std::fs;
use std::path::PathBuf;

use eframe::egui::{Key, Modifiers};

use crate::drive::Window;
use crate::run_to_the_end;

/// Writes what the window shows.
fn keep(window: &mut Window, name: &str) {
    let folder = std::env::var_os("GILSCOPE_PICTURES").expect("it says where the pictures go");
    // The pointer's own marks are not part of the picture.
    window.point_at(700.0, 20.0);
    fs::write(PathBuf::from(folder).join(name), window.picture()).unwrap();
}

#[test]
#[ignore = "it makes pictures"]
fn pictures() {
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(home.path(), &[]);
    window.resize(1440, 900);
    run_to_the_end(&mut window);
    keep(&mut window, "staircase.png");

    window.click("Each worker");
    window.click("burns CPU");
    window.fill("How many", "4");
    run_to_the_end(&mut window);
    window.click("Threads");
    window.click("Join inside the loop");
    run_to_the_end(&mut window);
    keep(&mut window, "compared.png");

    for _ in 0..7 {
        window.key(Key::Plus, Modifiers::NONE);
    }
    keep(&mut window, "gil.png");
    window.key(Key::Num0, Modifiers::NONE);

    window.click("Each worker");
    window.click("prints until stopped");
    window.fill("How many", "2");
    window.key(Key::F5, Modifiers::NONE);
    window.wait("a question or lines", |w| {
        let text = w.read();
        (text.contains("Run it") || text.contains("Spawned")).then_some(())
    });
    if window.button("Run it").is_some() {
        window.click("Run it");
    }
    window.wait("many lines", |w| w.read().contains("Spawned").then_some(()));
    window.click("Stop");
    window.wait("its end", |w| {
        let run = w.button("Run");
        run.is_some_and(|run| !run.node.is_disabled()).then_some(())
    });
    window.key(Key::F, Modifiers::COMMAND);
    window.fill("Find text", "wned");
    window.wait("what was found", |w| {
        w.read().contains(" of ").then_some(())
    });
    keep(&mut window, "log.png");
}

//! The bar at the top with everything in it that makes it full: nothing lies over anything else.

use eframe::egui::{self, Key, Rect, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use gilscope::engine::pythons::{Found, Pythons};
use gilscope::ui::Setup;

use crate::harness::{Window, alone, file, wait, window_of};
use crate::synthetic::staircase;

const LONG: &str = "a-rather-long-name-of-what-the-lesson-shows";

/// A free-threaded interpreter, an edited script and an opened run, all with long names.
fn full(size: [f32; 2]) -> Window {
    let (folder, script) = file(&format!("{LONG}.py"), "print(1)\n");
    let python = Found {
        version: "3.15.0b1".into(),
        path: "/opt/python3.15t".into(),
        prefix: "/opt".into(),
        gil_enabled: true,
        free_threaded: true,
        stable: true,
        default_start_method: "fork".into(),
    };
    let setup = Setup {
        file: Some(script),
        pythons: Some(Pythons {
            found: vec![python],
            refused: Vec::new(),
        }),
        ..alone()
    };
    let mut window = window_of(size, setup);
    window
        .get_by_role_and_label(Role::MultilineTextInput, "Script")
        .focus();
    window.run_steps(2);
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::End);
    window.run_steps(1);
    window.event(egui::Event::Text("print(2)".into()));
    window.run_steps(3);
    window.get_by_label("Save & Run");

    let run = staircase("a", 3, 20);
    let path = folder.path().join(format!("{LONG}.gilscope"));
    run.save(&path);
    let app = window.state_mut().as_mut().unwrap();
    app.open(path);
    wait(&mut window, "the opened run", |window| {
        window
            .query_by_label_contains("Leave the opened run")
            .is_some()
    });
    window
}

fn bar(window: &Window) -> Vec<(String, Rect)> {
    let all = window.query_all(egui_kittest::kittest::by().predicate(|node| {
        node.role() == Role::Button && node.bounding_box().is_some_and(|place| place.y1 < 48.0)
    }));
    all.map(|node| {
        let name = node.accesskit_node().label().unwrap_or_default();
        (name, node.rect())
    })
    .collect()
}

#[test]
fn nothing_in_the_bar_overlaps_or_leaves_the_window() {
    for size in [
        [1440.0, 900.0],
        [1024.0, 700.0],
        [800.0, 500.0],
        [640.0, 440.0],
    ] {
        let window = full(size);
        let bar = bar(&window);
        assert!(bar.len() >= 7, "{bar:?}");
        for (i, (name, rect)) in bar.iter().enumerate() {
            assert!(
                rect.left() >= 0.0 && rect.right() <= size[0],
                "{name} leaves {size:?}: {rect:?}"
            );
            for (other, with) in &bar[i + 1..] {
                let both = rect.shrink(0.5).intersect(with.shrink(0.5));
                assert!(
                    !both.is_positive(),
                    "{name} over {other} at {size:?}: {bar:?}"
                );
            }
        }
    }
}

//! A window with less room than its panels need: they keep it and none covers another; one scrolls to them.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Event, Modifiers, MouseWheelSource, MouseWheelUnit, Rect, TouchPhase, pos2, vec2,
};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::harness::Window;
use crate::measured::{contended, over};
use crate::opened::opened;
use crate::synthetic::MS;

fn plot(window: &Window) -> Rect {
    window.get_by_label_contains("CPU load over time").rect()
}

fn lanes(window: &Window) -> Rect {
    let named = window.get_all_by_label_contains("Who runs when");
    let mut images = named.filter(|node| node.accesskit_node().role() == Role::Image);
    images.next().unwrap().rect()
}

fn log(window: &Window) -> Rect {
    window.get_by_label_contains("lines shown").rect()
}

#[test]
fn in_a_small_window_no_panel_covers_another() {
    let folder = tempfile::tempdir().unwrap();
    let run = over(contended("small", 1100 * MS, 10 * MS), 1100 * MS);
    for size in [[720.0, 450.0], [512.0, 320.0], [1024.0, 640.0]] {
        let mut window = opened(&run, folder.path(), size);
        window.run_steps(3);
        let panels = [plot(&window), lanes(&window), log(&window)];
        for (nth, panel) in panels.iter().enumerate() {
            assert!(panel.width() > 100.0 && panel.height() > 40.0, "{panels:?}");
            for other in &panels[nth + 1..] {
                let shared = panel.intersect(*other);
                assert!(!shared.is_positive(), "{panels:?} at {size:?}");
            }
        }
        // The wheel over a bar of the window brings the last of them into view.
        window.hover_at(pos2(size[0] / 2.0, size[1] - 20.0));
        window.run_steps(2);
        for _ in 0..20 {
            window.event(Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(-200.0, 0.0),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Unknown,
                modifiers: Modifiers::NONE,
            });
            window.run_steps(2);
        }
        assert!(log(&window).right() <= size[0], "{:?}", log(&window));
    }
}

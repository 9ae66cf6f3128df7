//! What a long run costs in the window.

use std::time::{Duration, Instant};

use eframe::egui;
use gilscope::ui::theme::{Mode, Theme, install};
use gilscope::ui::timeline::{self, KINDS, TimelinePanel};

use crate::measured::{contended, over, view};
use crate::synthetic::MS;

/// Ten minutes with 120,000 holds: what a frame costs, and what working it out costs.
/// `cargo test --release --test window ten_minutes -- --ignored --nocapture`
#[test]
#[ignore = "measures, and only a release build is worth measuring"]
fn ten_minutes_of_holds_are_painted_within_four_milliseconds() {
    let end_ns = 600_000 * MS;
    let s = over(contended("long", end_ns, 5 * MS), end_ns);
    let holds: usize = s.run.gils.values().map(|gil| gil.holds.len()).sum();
    let begun = Instant::now();
    let rows = timeline::lanes(&s.run, 0..u64::MAX, 1000 * MS);
    let all = begun.elapsed();
    let pieces: usize = rows.iter().map(|row| row.pieces.len()).sum();
    eprintln!("{holds} holds to {pieces} pieces of {KINDS} kinds at most: {all:?}");
    let ctx = egui::Context::default();
    install(&ctx, Mode::Dark);
    let theme = Theme::dark();
    let mut panel = TimelinePanel::default();
    let mut frames: Vec<Duration> = Vec::new();
    for _ in 0..200 {
        let rect = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1400.0, 500.0));
        let input = egui::RawInput {
            screen_rect: Some(rect),
            ..egui::RawInput::default()
        };
        let begun = Instant::now();
        let mut output = ctx.run_ui(input, |ui| {
            let view = view(&s.run, &theme);
            panel.ui(ui, view);
        });
        let meshes = ctx.tessellate(output.shapes, 2.0);
        frames.push(begun.elapsed());
        output.textures_delta.clear();
        assert!(!meshes.is_empty());
    }
    let first = frames[0];
    frames.sort_unstable();
    let middle = frames[frames.len() / 2];
    eprintln!(
        "first frame {first:?}, median {middle:?}, slowest {:?}",
        frames[199]
    );
    assert!(middle < Duration::from_millis(4), "{middle:?}");
    assert!(all < Duration::from_millis(40), "{all:?}");
}

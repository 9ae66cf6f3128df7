//! What this program is, and the licences of what is built into it.

use eframe::egui::{self, RichText};

use super::theme::{Theme, bold, caption};

/// A line a crate or font: name, version, licence. `tests/window` holds it equal to what `cargo metadata` says.
static LICENCES: &str = include_str!("../../assets/licences.txt");

/// The most height of the list of licences, in points.
const MOST: f32 = 260.0;
/// Height of the rest of the dialog and of what is left free around it.
const BESIDE: f32 = 280.0;

/// Shows it, and how this window's `frames` fared; the dialog draws the frame.
pub(super) fn ui(ui: &mut egui::Ui, theme: &Theme, frames: Option<&str>) {
    ui.label(bold("Gilscope").size(18.0));
    ui.label(RichText::new(concat!("Version ", env!("CARGO_PKG_VERSION"))).color(theme.weak));
    ui.add_space(4.0);
    ui.add(
        egui::Label::new(
            "See what Python does when it starts threads and processes: who runs, who waits, for what, and what \
             it costs. Under the MIT licence.",
        )
        .wrap(),
    );
    ui.add_space(8.0);
    ui.label(caption("Built in", theme));
    egui::Frame::new()
        .fill(ui.visuals().extreme_bg_color)
        .stroke(egui::Stroke::new(1.0, theme.line))
        .corner_radius(6)
        .inner_margin(8)
        .show(ui, |ui| {
            let lines: Vec<&str> = LICENCES.lines().collect();
            let height = ui.text_style_height(&egui::TextStyle::Small);
            // Known before the dialog is, which would else move once it is.
            let list = (ui.ctx().content_rect().height() - BESIDE).clamp(60.0, MOST);
            egui::ScrollArea::vertical()
                .max_height(list)
                .min_scrolled_height(list)
                .auto_shrink([false, true])
                .show_rows(ui, height, lines.len(), |ui, rows| {
                    for line in &lines[rows] {
                        ui.label(RichText::new(*line).small().monospace());
                    }
                });
        });
    if let Some(frames) = frames {
        ui.add_space(4.0);
        ui.label(RichText::new(frames).small().color(theme.weak));
    }
}

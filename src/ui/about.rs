//! What this program is, and the licences of what is built into it.

use eframe::egui::{self, RichText};

use super::theme::{Theme, bold, caption};

/// A line a crate or font: name, version, licence. `tests/window` holds it equal to what `cargo metadata` says.
static LICENCES: &str = include_str!("../../assets/licences.txt");

/// Shows it; the dialog draws the frame.
pub(super) fn ui(ui: &mut egui::Ui, theme: &Theme) {
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
            egui::ScrollArea::vertical()
                .max_height(260.0)
                .auto_shrink([false, true])
                .show_rows(ui, height, lines.len(), |ui, rows| {
                    for line in &lines[rows] {
                        ui.label(RichText::new(*line).small().monospace());
                    }
                });
        });
}

//! How the names in the bar share the room that the buttons leave: what is short keeps its width, the rest
//! is shortened, and nothing ever overlaps.

use eframe::egui::{self, Color32, FontId, TextStyle};

use super::shortened;

/// What each gets of `room` where each wants so much: those that want little get it, the others the same.
pub(super) fn shares<const N: usize>(wants: [f32; N], room: f32) -> [f32; N] {
    let mut order: Vec<usize> = (0..N).collect();
    order.sort_by(|a, b| wants[*a].total_cmp(&wants[*b]));
    let mut shares = [0.0; N];
    let mut left = room.max(0.0);
    for (i, which) in order.into_iter().enumerate() {
        shares[which] = wants[which].min(left / (N - i) as f32);
        left -= shares[which];
    }
    shares
}

/// How wide a button's text is.
pub(super) fn width(ui: &egui::Ui, text: &str) -> f32 {
    let font: FontId = TextStyle::Button.resolve(ui.style());
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
    galley.size().x
}

/// As much of a name as has room before `after`: both its ends, which tell names apart.
pub(super) fn fitting(ui: &egui::Ui, name: &str, after: &str, room: f32) -> String {
    let count = name.chars().count();
    (1..=count)
        .rev()
        .map(|most| format!("{}{after}", shortened(name, most)))
        .find(|text| width(ui, text) <= room)
        .unwrap_or_else(|| format!("…{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_keep_their_width_and_the_long_share() {
        let whole = |shares: &[f32]| shares.iter().map(|share| *share as i32).collect::<Vec<_>>();
        assert_eq!(whole(&shares([50.0, 60.0], 200.0)), [50, 60]);
        assert_eq!(whole(&shares([300.0, 50.0, 300.0], 250.0)), [100, 50, 100]);
        assert_eq!(whole(&shares([300.0, 50.0], -5.0)), [0, 0]);
    }
}

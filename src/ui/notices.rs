//! Sentences that stay until they are read.

use eframe::egui;

use super::theme::Theme;

/// How many are kept; the oldest give way, and the window says how many did.
const MOST: usize = 20;
/// How many are shown at once; the others wait behind them.
const SHOWN: usize = 3;

/// What the user has not read yet.
#[derive(Debug, Default)]
pub struct Notices {
    waiting: Vec<String>,
    dropped: usize,
}

impl Notices {
    /// Adds one; the same sentence is not said twice at once.
    pub fn say(&mut self, text: impl Into<String>) {
        let text = text.into();
        if self.waiting.contains(&text) {
            return;
        }
        if self.waiting.len() == MOST {
            self.waiting.remove(0);
            self.dropped += 1;
        }
        self.waiting.push(text);
    }

    /// What waits to be read, oldest first.
    pub fn waiting(&self) -> &[String] {
        &self.waiting
    }

    /// Shows them as bars above the panels; takes no room when there are none.
    pub fn ui(&mut self, ui: &mut egui::Ui, theme: &Theme) {
        if self.waiting.is_empty() {
            return;
        }
        egui::Panel::top("notices")
            .resizable(false)
            .show_separator_line(false)
            .frame(
                egui::Frame::new()
                    .fill(theme.back)
                    .inner_margin(egui::Margin::symmetric(14, 6)),
            )
            .show(ui, |ui| {
                let mut read = None;
                for (i, text) in self.waiting.iter().take(SHOWN).enumerate() {
                    egui::Frame::new()
                        .fill(theme.warn_back)
                        .stroke(egui::Stroke::new(1.0, theme.warn))
                        .corner_radius(8)
                        .inner_margin(egui::Margin::symmetric(12, 6))
                        .show(ui, |ui| {
                            ui.with_layout(
                                egui::Layout::right_to_left(egui::Align::Center),
                                |ui| {
                                    if ui.button("Dismiss").clicked() {
                                        read = Some(i);
                                    }
                                    ui.with_layout(
                                        egui::Layout::left_to_right(egui::Align::Center)
                                            .with_main_wrap(false),
                                        |ui| {
                                            ui.add(egui::Label::new(text).wrap().selectable(true));
                                        },
                                    );
                                },
                            );
                        });
                }
                let more = self.waiting.len().saturating_sub(SHOWN) + self.dropped;
                if more > 0 {
                    ui.horizontal(|ui| {
                        ui.weak(format!("and {more} more"));
                        if ui.button("Dismiss all").clicked() {
                            self.waiting.clear();
                            self.dropped = 0;
                        }
                    });
                }
                if let Some(read) = read.filter(|&read| read < self.waiting.len()) {
                    self.waiting.remove(read);
                }
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_sentence_waits_once_and_a_flood_is_bounded() {
        let mut notices = Notices::default();
        notices.say("a");
        notices.say("a");
        assert_eq!(notices.waiting(), ["a"]);
        for i in 0..100 {
            notices.say(format!("{i}"));
        }
        assert_eq!(notices.waiting().len(), MOST);
        assert_eq!(notices.dropped, 81);
    }
}

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
    /// What was done last, as it was asked for: no warning.
    done: Option<String>,
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

    /// Says what was done; the next such sentence takes its place.
    pub fn done(&mut self, text: impl Into<String>) {
        self.done = Some(text.into());
    }

    /// Shows them as bars above the panels; takes no room when there are none.
    pub fn ui(&mut self, ui: &mut egui::Ui, theme: &Theme) {
        if self.waiting.is_empty() && self.done.is_none() {
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
                    if bar(ui, text, theme.warn_back, theme.warn) {
                        read = Some(i);
                    }
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
                let done = self.done.as_deref();
                if done.is_some_and(|text| bar(ui, text, theme.card, theme.line)) {
                    self.done = None;
                }
            });
    }
}

/// A sentence in a bar; whether it was dismissed.
fn bar(ui: &mut egui::Ui, text: &str, fill: egui::Color32, line: egui::Color32) -> bool {
    let mut dismissed = false;
    egui::Frame::new()
        .fill(fill)
        .stroke(egui::Stroke::new(1.0, line))
        .corner_radius(8)
        .inner_margin(egui::Margin::symmetric(12, 6))
        .show(ui, |ui| {
            let from_right = egui::Layout::right_to_left(egui::Align::Center);
            // A row's height: as much as there is would grow from frame to frame where another bar follows.
            let row = egui::vec2(ui.available_width(), ui.spacing().interact_size.y);
            ui.allocate_ui_with_layout(row, from_right, |ui| {
                dismissed = ui.button("Dismiss").clicked();
                let from_left = egui::Layout::left_to_right(egui::Align::Center);
                ui.with_layout(from_left.with_main_wrap(false), |ui| {
                    ui.add(egui::Label::new(text).wrap().selectable(true));
                });
            });
        });
    dismissed
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

    #[test]
    fn what_was_done_is_no_warning_and_the_last_of_it_stands() {
        let mut notices = Notices::default();
        notices.done("Saved a");
        notices.done("Saved b");
        assert_eq!(notices.done.as_deref(), Some("Saved b"));
        assert!(notices.waiting().is_empty());
    }
}

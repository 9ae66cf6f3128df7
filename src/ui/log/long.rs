//! A line that is too long for the list: on a press it opens in pieces.

use eframe::egui::{
    self, Align, Label, Layout, Painter, Popup, PopupCloseBehavior, Rect, RichText, Role,
    ScrollArea, Sense, WidgetInfo, pos2,
};

use super::line::line;
use super::rows::Row;
use super::text::TextCache;
use crate::run::{Run, TextSource};
use crate::ui::theme::Theme;
use crate::ui::who::{self, thousands};

/// Bytes of a piece.
const PIECE: usize = 8 << 10;
/// Width of what is to be pressed at the end of the row, in points.
const BUTTON_W: f32 = 64.0;
/// Size of a piece's text, in points.
const SIZE: egui::Vec2 = egui::vec2(520.0, 320.0);

/// Which piece is open, and of which row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Long {
    of: Option<crate::run::Row>,
    piece: usize,
}

/// Where a piece of a text begins: not within a character of UTF-8.
fn begin(text: &[u8], piece: usize) -> usize {
    if piece == 0 {
        return 0;
    }
    let at = (piece * PIECE).min(text.len());
    let rest = text[at..].iter().take(3);
    at + rest.take_while(|byte| **byte & 0xC0 == 0x80).count()
}

impl Long {
    /// What is pressed at the right end of a row's `area`, and the pieces where it was.
    #[expect(clippy::too_many_arguments, reason = "what a row depends on")]
    pub(super) fn ui(
        &mut self,
        ui: &egui::Ui,
        painter: &Painter,
        area: Rect,
        run: &Run,
        row: &Row,
        (cache, source): (&mut TextCache, Option<&dyn TextSource>),
        theme: &Theme,
    ) {
        let at = Rect::from_min_max(pos2(area.right() - BUTTON_W, area.top()), area.max);
        let id = ui.scope_id().with(("log long", row.at.block, row.at.row));
        let response = ui.interact(at.intersect(painter.clip_rect()), id, Sense::click());
        response.widget_info(|| {
            let name = run.lane(row.lane).map(who::name).unwrap_or_default();
            WidgetInfo::labeled(Role::Button, true, format!("All of this line of {name}"))
        });
        if response.hovered() || response.has_focus() {
            painter.rect_filled(at, 2.0, theme.accent.gamma_multiply(0.25));
        }
        if response.clicked() && self.of != Some(row.at) {
            (self.of, self.piece) = (Some(row.at), 0);
        }
        let encoding = run
            .lane(row.lane)
            .map_or("", |lane| lane.info.encoding.as_str());
        Popup::menu(&response)
            .layout(Layout::top_down(Align::LEFT))
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .width(SIZE.x)
            .show(|ui| {
                let Some(source) = source else {
                    return;
                };
                match cache.row(source, row.at.block, row.at.row) {
                    Ok(text) => self.pieces(ui, text, encoding),
                    Err(why) => {
                        ui.label(RichText::new(why).color(theme.warn));
                    }
                }
            });
        response.on_hover_text("Too long for a row: press to read it in pieces");
    }

    fn pieces(&mut self, ui: &mut egui::Ui, text: &[u8], encoding: &str) {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let many = text.len().div_ceil(PIECE).max(1);
        self.piece = self.piece.min(many - 1);
        ui.horizontal(|ui| {
            let size = who::size(text.len() as u64);
            let head = format!(
                "{size}, piece {} of {}",
                thousands(self.piece as u64 + 1),
                thousands(many as u64)
            );
            ui.label(RichText::new(head).strong());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let last = many - 1;
                for (name, word, to) in [
                    ("Last piece", "Last", last),
                    ("Next piece", "Next", (self.piece + 1).min(last)),
                    ("Piece before", "Before", self.piece.saturating_sub(1)),
                    ("First piece", "First", 0),
                ] {
                    let button = egui::Button::new(word);
                    let response = ui.add_enabled(self.piece != to, button);
                    if response.accessible_name(name).clicked() {
                        self.piece = to;
                    }
                }
            });
        });
        let piece = &text[begin(text, self.piece)..begin(text, self.piece + 1)];
        let shown = line(piece, encoding, PIECE + 4).plain();
        ScrollArea::vertical()
            .id_salt(("piece", self.piece))
            .max_height(SIZE.y)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                ui.add(Label::new(RichText::new(shown).monospace()).wrap());
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_all_of_a_line_and_cut_no_character() {
        let text = "añ✓🐍".repeat(3000).into_bytes();
        let many = text.len().div_ceil(PIECE);
        let pieces: Vec<&[u8]> = (0..many)
            .map(|piece| &text[begin(&text, piece)..begin(&text, piece + 1)])
            .collect();
        assert!(
            pieces
                .iter()
                .all(|piece| std::str::from_utf8(piece).is_ok())
        );
        assert_eq!(pieces.concat(), text);
        // What is no text comes apart anywhere, and none of it is lost.
        let text = vec![0x80; 3 * PIECE + 1];
        let pieces: Vec<&[u8]> = (0..4)
            .map(|piece| &text[begin(&text, piece)..begin(&text, piece + 1)])
            .collect();
        assert_eq!(pieces.concat(), text);
    }
}

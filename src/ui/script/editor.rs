//! The editor: syntax colours, the marked line, four spaces for Tab, the same indent after Return.

use eframe::egui::text::{ByteIndex, LayoutSection};
use eframe::egui::{self, Event, Key, Modifiers, Stroke};
use egui_extras::syntax_highlighting::{CodeTheme, TokenType, highlight};

use super::Lit;
use crate::ui::theme::Theme;

const SIZE: f32 = 11.5;
/// The least height, in points: nine lines. The panel around it scrolls where there is less room.
const LEAST_H: f32 = 190.0;

fn id() -> egui::Id {
    egui::Id::unique("the script's editor")
}

/// The text was replaced from outside: going back to the one before would be no undo of the user's.
pub(super) fn forget_undo(ui: &egui::Ui) {
    if let Some(mut state) = egui::TextEdit::load_state(ui.ctx(), id()) {
        state.clear_undoer();
        egui::TextEdit::store_state(ui.ctx(), id(), state);
    }
}

/// What is shown in the text.
pub(super) struct Show<'a> {
    /// The lines of the control that was moved, from 0.
    pub(super) marked: &'a [usize],
    /// Whether to scroll to them.
    pub(super) follow: bool,
    /// The lines that are being run.
    pub(super) lit: &'a Lit,
}

/// What is remembered from frame to frame.
#[derive(Debug, Default)]
pub(super) struct Editor {
    /// Where to scroll to in the next frame, in points from the top.
    scroll_to: Option<f32>,
    /// Whether it was clicked or typed into since it got the focus. Until then Tab goes on, so that who walks through
    /// the window by keyboard does not edit the script.
    worked: bool,
}

impl Editor {
    /// Shows the editor in the room that is left. Returns whether the text was changed.
    pub(super) fn ui(
        &mut self,
        ui: &mut egui::Ui,
        text: &mut String,
        show: &Show<'_>,
        theme: &Theme,
    ) -> bool {
        let id = id();
        self.worked = ui.memory(|memory| memory.has_focus(id)) && (self.worked || typed(ui));
        if self.worked {
            indent(ui, id, text);
        }
        let code = code_theme(theme);
        let mut layouter = |ui: &egui::Ui, buffer: &dyn egui::TextBuffer, width: f32| {
            let mut job = highlight(ui.ctx(), ui.style(), &code, buffer.as_str(), "py");
            numbers(&mut job, theme);
            job.wrap.max_width = width;
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let height = ui.available_height().max(LEAST_H);
        let mut changed = false;
        egui::Frame::new()
            .fill(ui.visuals().extreme_bg_color)
            .stroke(Stroke::new(1.0, theme.line))
            .corner_radius(8)
            .inner_margin(1)
            .show(ui, |ui| {
                let mut area = egui::ScrollArea::vertical()
                    .id_salt("script")
                    .max_height(height - 4.0)
                    .min_scrolled_height(height - 4.0)
                    .auto_shrink([false, true]);
                if let Some(offset) = self.scroll_to.take() {
                    area = area.vertical_scroll_offset(offset);
                }
                let mut rows = Vec::new();
                let shown = area.show(ui, |ui| {
                    let behind = ui.painter().add(egui::Shape::Noop);
                    let width = ui.available_width();
                    let output = ui.name_inputs("Script", |ui| {
                        egui::TextEdit::multiline(text)
                            .id(id)
                            .code_editor()
                            .lock_focus(self.worked)
                            .frame(egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 10)))
                            .desired_width(width)
                            .desired_rows(4)
                            .layouter(&mut layouter)
                            .show(ui)
                    });
                    let response = &output.response.response;
                    changed = response.changed();
                    self.worked |= response.clicked();
                    let above = output.galley_pos.y - ui.min_rect().top();
                    let (left, right) = (ui.min_rect().left(), ui.min_rect().right());
                    let mut backs = Vec::new();
                    rows = rows_of(&output.galley, show.marked);
                    for &(top, bottom) in &rows {
                        let rect = egui::Rect::from_min_max(
                            egui::pos2(left, output.galley_pos.y + top),
                            egui::pos2(right, output.galley_pos.y + bottom),
                        );
                        let bar = rect.with_max_x(left + 2.0);
                        backs.push(egui::Shape::rect_filled(rect, 0.0, theme.mark));
                        backs.push(egui::Shape::rect_filled(bar, 0.0, theme.accent));
                    }
                    let (at, x) = (output.galley_pos, egui::Rangef::new(left, right));
                    backs.extend(show.lit.ui(ui, &output.galley, at, x, theme));
                    ui.painter().set(behind, egui::Shape::Vec(backs));
                    above
                });
                // Only this area may scroll: the slider that is being dragged must stay under the pointer.
                let height = shown.inner_rect.height();
                let offset = shown.state.clamped_offset().y;
                if let (true, Some(first), Some(last)) = (show.follow, rows.first(), rows.last()) {
                    let (top, bottom) = (shown.inner + first.0, shown.inner + last.1);
                    if top < offset || bottom > offset + height {
                        let to = (bottom + 12.0 - height).min(top - 12.0).max(0.0);
                        self.scroll_to = Some(to);
                        ui.ctx().request_repaint();
                    }
                }
            });
        changed
    }
}

/// Top and bottom of each row of the marked lines, relative to the galley.
fn rows_of(galley: &egui::Galley, marked: &[usize]) -> Vec<(f32, f32)> {
    let mut line = 0;
    let mut rows = Vec::new();
    for row in &galley.rows {
        if marked.contains(&line) {
            rows.push((row.rect().top(), row.rect().bottom()));
        }
        if row.ends_with_newline {
            line += 1;
        }
    }
    rows
}

/// Whether a key other than Tab was pressed.
fn typed(ui: &egui::Ui) -> bool {
    let is_other = |event: &Event| match event {
        Event::Key { key, pressed, .. } => *pressed && *key != Key::Tab,
        Event::Text(_) | Event::Paste(_) => true,
        _ => false,
    };
    ui.input(|input| input.events.iter().any(is_other))
}

/// Four spaces for Tab, and the indent of the line above after Return, as Python wants it.
fn indent(ui: &egui::Ui, id: egui::Id, text: &str) {
    let cursor = egui::TextEdit::load_state(ui.ctx(), id)
        .and_then(|state| state.cursor.char_range())
        .map_or(0, |range| range.primary.index.0);
    let before: String = text.chars().take(cursor).collect();
    let line = before.rsplit('\n').next().unwrap_or_default();
    ui.input_mut(|input| {
        if input.consume_key(Modifiers::NONE, Key::Tab) {
            input.events.push(Event::Paste("    ".to_owned()));
        }
        if input.consume_key(Modifiers::NONE, Key::Enter) {
            let mut next: String = line.chars().take_while(|c| *c == ' ').collect();
            if line.trim_end().ends_with(':') {
                next.push_str("    ");
            }
            input.events.push(Event::Paste(format!("\n{next}")));
        }
    });
}

fn code_theme(theme: &Theme) -> CodeTheme {
    let mut code = if theme.dark {
        CodeTheme::dark(SIZE)
    } else {
        CodeTheme::light(SIZE)
    };
    for (token, color) in [
        (TokenType::Comment, theme.code.comment),
        (TokenType::Function, theme.code.function),
        (TokenType::Keyword, theme.code.keyword),
        (TokenType::Literal, theme.text),
        (TokenType::StringLiteral, theme.code.string),
        (TokenType::Punctuation, theme.text),
    ] {
        let format = code.format_mut(token);
        format.color = color;
        format.line_height = Some(SIZE * 1.55);
    }
    code.format_mut(TokenType::Whitespace).line_height = Some(SIZE * 1.55);
    code
}

/// The highlighter leaves figures among words and punctuation: they get their own colour here.
fn numbers(job: &mut egui::text::LayoutJob, theme: &Theme) {
    let text = job.text.clone();
    let plain = |section: &LayoutSection| section.format.color == theme.text;
    let mut sections = Vec::with_capacity(job.sections.len());
    let mut before = ' ';
    for section in std::mem::take(&mut job.sections) {
        let (start, end) = (section.byte_range.start.0, section.byte_range.end.0);
        let part = text.get(start..end).unwrap_or_default();
        if plain(&section) {
            for (from, to, number) in figures(part, before) {
                let mut piece = section.clone();
                piece.byte_range = ByteIndex(start + from)..ByteIndex(start + to);
                if from > 0 {
                    piece.leading_space = 0.0;
                }
                if number {
                    piece.format.color = theme.code.number;
                }
                sections.push(piece);
            }
        } else {
            sections.push(section);
        }
        before = part.chars().last().unwrap_or(before);
    }
    job.sections = sections;
}

/// The text in pieces: from, to, and whether it is a number. A figure in a name is no number.
fn figures(text: &str, before: char) -> Vec<(usize, usize, bool)> {
    let mut pieces: Vec<(usize, usize, bool)> = Vec::new();
    let mut last = before;
    let mut in_number = false;
    for (at, c) in text.char_indices() {
        let named = last.is_alphanumeric() || last == '_';
        in_number = if in_number {
            c.is_ascii_alphanumeric() || c == '_' || c == '.'
        } else {
            c.is_ascii_digit() && !named
        };
        let end = at + c.len_utf8();
        match pieces.last_mut() {
            Some(piece) if piece.2 == in_number => piece.1 = end,
            _ => pieces.push((at, end, in_number)),
        }
        last = c;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_in_a_name_is_no_number() {
        assert_eq!(
            figures("(5):", 'e'),
            [(0, 1, false), (1, 2, true), (2, 4, false)]
        );
        assert_eq!(figures("12_000", ' '), [(0, 6, true)]);
        assert_eq!(figures("1.5e3", '('), [(0, 5, true)]);
        assert_eq!(figures("2", 'a'), [(0, 1, false)]);
        assert_eq!(figures("x2", ' '), [(0, 2, false)]);
        assert_eq!(figures("", ' '), []);
    }
}

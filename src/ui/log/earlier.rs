//! What a line showed before it was gone over with `\r`, as progress bars do: the list shows its last state, and on a
//! press all of them.

use eframe::egui::{
    self, Painter, Popup, Pos2, Rect, RichText, Role, ScrollArea, Sense, Stroke, WidgetInfo, vec2,
};

use super::line::{SHOWN_BYTES, line};
use super::rows::Row;
use crate::run::{Run, TextSource};
use crate::ui::theme::Theme;
use crate::ui::who::{self, thousands};

/// States that are shown at most: the last ones.
const SHOWN: usize = 500;
/// Bytes that are looked through for them at most.
const BYTES: usize = 4 << 20;
/// Width of the sign, in points.
pub(super) const SIGN_W: f32 = 14.0;
/// Size of what is told, in points.
const SIZE: egui::Vec2 = vec2(420.0, 300.0);

/// Whether the text of a row shows more than one state, one over the other.
pub(super) fn has_states(text: &[u8]) -> bool {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let end = text.iter().rposition(|byte| *byte != b'\r');
    let begin = text.iter().position(|byte| *byte != b'\r');
    begin
        .zip(end)
        .is_some_and(|(begin, end)| memchr::memchr(b'\r', &text[begin..end]).is_some())
}

/// What a row showed, the first state first and the present one last; of very many the last ones. Also how many there
/// were before these, or why they can't be read.
pub fn states(
    run: &Run,
    row: &Row,
    source: &dyn TextSource,
) -> Result<(Vec<String>, usize), String> {
    let mut text = Vec::new();
    let line = run.log.line(row.at.block);
    let skipped = line.len().saturating_sub(SHOWN);
    for block in line.skip(skipped) {
        let bytes = source.text(block).map_err(|error| error.to_string())?;
        // A line begins where its first block has its last row.
        let rows = bytes.split_inclusive(|byte| *byte == b'\n');
        let nth = if block == row.at.block { row.at.row } else { 0 };
        text.extend_from_slice(rows.into_iter().nth(nth as usize).unwrap_or_default());
        text.push(b'\r');
        if text.len() > 2 * BYTES {
            text.drain(..text.len() - BYTES);
        }
    }
    let encoding = run
        .lane(row.lane)
        .map_or("", |lane| lane.info.encoding.as_str());
    let mut states: Vec<String> = text
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|state| !state.is_empty())
        .map(|state| self::line(state, encoding, SHOWN_BYTES).plain())
        .collect();
    let more = states.len().saturating_sub(SHOWN);
    states.drain(..more);
    Ok((states, skipped + more))
}

/// The sign of such a row at `at`, and what it tells when it is pressed.
pub(super) fn ui(
    ui: &egui::Ui,
    painter: &Painter,
    at: Pos2,
    run: &Run,
    row: &Row,
    source: Option<&dyn TextSource>,
    theme: &Theme,
) {
    let area = Rect::from_min_size(at - vec2(0.0, 7.0), vec2(SIGN_W, 14.0));
    let id = ui
        .scope_id()
        .with(("log earlier", row.at.block, row.at.row));
    let response = ui.interact(area.intersect(painter.clip_rect()), id, Sense::click());
    let lit = response.hovered() || response.has_focus();
    let colour = if lit { theme.text } else { theme.weak };
    for (nth, y) in [-4.0, -1.0, 2.0].into_iter().enumerate() {
        let from = at + vec2(1.0 + nth as f32 * 1.5, y);
        painter.line_segment([from, from + vec2(6.0, 0.0)], Stroke::new(1.3, colour));
    }
    response.widget_info(|| {
        let name = run.lane(row.lane).map(who::name).unwrap_or_default();
        WidgetInfo::labeled(
            Role::Button,
            true,
            format!("What {name} showed here before"),
        )
    });
    let left = egui::Layout::top_down(egui::Align::LEFT);
    Popup::menu(&response)
        .layout(left)
        .width(SIZE.x)
        .show(|ui| {
            let Some(source) = source else {
                return;
            };
            match states(run, row, source) {
                Err(why) => {
                    ui.label(RichText::new(why).color(theme.warn));
                }
                Ok((states, before)) => {
                    let many = thousands((before + states.len()) as u64);
                    ui.label(RichText::new(format!("This line showed {many} states")).strong());
                    if before > 0 {
                        let text = format!("The last {SHOWN} of them; the saved log has all.");
                        ui.label(RichText::new(text).color(theme.weak));
                    }
                    ScrollArea::vertical().max_height(SIZE.y).show(ui, |ui| {
                        for state in states {
                            ui.label(RichText::new(state).monospace());
                        }
                    });
                }
            }
        });
    response.on_hover_text("This line was gone over with \\r: press for what it showed before");
}

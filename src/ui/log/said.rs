//! The rows in view for whoever hears the window instead of seeing it: a list item each.

use eframe::egui::{self, Rect, Role, Sense, WidgetInfo};

use super::rows::Row;
use crate::run::{Run, Stream};
use crate::ui::who;

/// Letters of a line that are read out; nobody listens to more, and the saved log has all.
const LETTERS: usize = 500;

/// Makes the `nth` row, painted in `area`, known to screen readers. It takes no pointer: the list does.
pub(super) fn row(ui: &egui::Ui, area: Rect, nth: u64, row: &Row, run: &Run) {
    let id = ui.scope_id().with(("log row", nth));
    let response = ui.interact(area, id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, words(run, row)));
}

/// Such as `0.150 s, Process-1: hello` or `0.170 s, Process-2, stderr: oh`.
fn words(run: &Run, row: &Row) -> String {
    let name = run.lane(row.lane).map(who::name).unwrap_or_default();
    let stream = match row.stream {
        Stream::Stdout => "",
        Stream::Stderr => ", stderr",
    };
    let text: String = match &row.text {
        Ok(line) => line
            .spans
            .iter()
            .flat_map(|span| span.text.chars())
            .take(LETTERS)
            .collect(),
        Err(why) => why.clone(),
    };
    format!("{} s, {name}{stream}: {text}", who::seconds(row.t_ns))
}

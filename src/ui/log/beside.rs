//! A second worker's lines, beside those of the first.

use eframe::egui::{self, Align, ComboBox, Layout, Rect, RichText, UiBuilder, pos2, vec2};

use super::controls::choose;
use super::lines::Lines;
use super::list::List;
use crate::run::{Filter, LaneId, Run};
use crate::search::Pattern;
use crate::ui::action::Action;
use crate::ui::cache::PerChange;
use crate::ui::view::View;
use crate::ui::who::{self, Who};

/// Height of what stands above each of the two, in points.
const HEAD_H: f32 = 32.0;
/// Between the two, in points.
const GAP: f32 = 8.0;

/// The second list, and whose lines it has.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) list: List,
    /// Who was chosen; else it is another one than on the left.
    chosen: Option<LaneId>,
    who: PerChange<Who>,
}

impl Beside {
    /// Shows it in the right half of `body`; gives what is left for the first one.
    pub(super) fn ui(
        &mut self,
        ui: &mut egui::Ui,
        view: View<'_>,
        run: &Run,
        pattern: Option<&Pattern>,
        body: Rect,
        actions: &mut Vec<Action>,
    ) -> Rect {
        let half = (body.width() - GAP) / 2.0;
        let left = Rect::from_min_size(body.min, vec2(half, body.height()));
        let right = Rect::from_min_max(pos2(body.right() - half, body.top()), body.max);
        let middle = left.right() + GAP / 2.0;
        let stroke = egui::Stroke::new(1.0, view.theme.line);
        ui.painter().vline(middle, body.y_range(), stroke);
        let head = |half: Rect| Rect::from_min_size(half.min, vec2(half.width(), HEAD_H));
        let rest = |half: Rect| half.with_min_y(half.top() + HEAD_H);
        let who = self.who.get(run, || Who::of(run));
        let name = |lane: Option<LaneId>| match lane.and_then(|lane| run.lane(lane)) {
            Some(lane) => RichText::new(who::name(lane)).color(who.colour(lane.id, view.theme)),
            None => RichText::new("All workers"),
        };
        let mut above = child(ui, head(left), "first");
        above.add(egui::Label::new(name(view.lane)).truncate());

        let others = || run.workers().into_iter().map(|lane| lane.id);
        let known = self.chosen.filter(|lane| run.lane(*lane).is_some());
        let lane = known.or_else(|| others().find(|lane| Some(*lane) != view.lane));
        let mut above = child(ui, head(right), "second");
        let width = above.available_width() - 4.0;
        let chooser = ComboBox::from_id_salt("lane beside")
            .width(width)
            .height(400.0)
            .truncate()
            .selected_text(name(lane))
            .show_ui(&mut above, |ui| {
                self.chosen = choose(ui, view, run, lane).or(self.chosen);
            });
        chooser
            .response
            .accessible_name("Whose lines are shown beside")
            .on_hover_text("Whose lines are shown here");
        let filter = Filter {
            lane,
            stream: view.stream,
        };
        self.list.belong(Some(run), filter, false);
        self.list.nameless = true;
        let mut below = child(ui, rest(right), "list");
        let lines = Lines::all(run, filter);
        self.list
            .ui(&mut below, view, lines, pattern, rest(right), actions);
        rest(left)
    }
}

fn child(ui: &mut egui::Ui, area: Rect, salt: &str) -> egui::Ui {
    ui.new_child(
        UiBuilder::new()
            .id_salt(("log beside", salt))
            .max_rect(area)
            .layout(Layout::left_to_right(Align::Center)),
    )
}

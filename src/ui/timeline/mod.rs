//! Who runs when: a lane a worker, from its start to its end; the process table is the card's second tab.

mod at;
mod code;
mod drawing;
mod fills;
mod groups;
mod key;
mod lanes;
mod levels;
mod links;
mod list;
mod paint;
mod pieces;
mod rows;
mod states;
mod tip;
mod track;
mod words;

use std::ops::Range;

use eframe::egui::{
    self, Align, Layout, Rangef, Rect, RichText, Role, Sense, UiBuilder, WidgetInfo, pos2, vec2,
};

pub use at::{at, words as who_at};
pub use code::at as place_at;
pub use groups::{Group, Shown, groups, merged, shown};
pub use lanes::{End, Row, did_at, lanes, spans};
pub use pieces::{Fill, KINDS, Piece};
use rows::Rows;
pub use states::{Span, What};
use track::Id;
pub use words::{shares, short};

use list::List;

use super::action::Action;
use super::cache::Cached;
use super::gestures::{Gestures, spoken};
use super::processes::ProcessesPanel;
use super::theme::{Theme, bold, ring};
use super::time_axis::{LABELS_H, tell};
use super::view::View;
use super::zoom::{Step, step};

/// Height of the header, in points.
const HEADER_H: f32 = 24.0;
/// Height of a lane, in points: as much as there is room for, between these.
const LANE_H: std::ops::RangeInclusive<f32> = 16.0..=36.0;

/// With more lanes in view than this, what is narrower than two points is merged.
const MANY: usize = 20;
/// So much is worked out in a frame at most: about a millisecond's worth.
const STEPS: usize = 6_000;

/// What the card shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Lanes,
    Processes,
}

/// The panel. It fills the space that it is given; the shell draws the card around it.
#[derive(Default)]
pub struct TimelinePanel {
    tab: Tab,
    processes: ProcessesPanel,
    pointing: bool,
    gestures: Gestures,
    list: List,
    picture: Cached<(Range<u64>, u64), Rows>,
    median: Cached<Id, Option<u64>>,
    painted: usize,
}

impl TimelinePanel {
    /// How many lanes the last frame painted: those in view, however many there are.
    pub fn painted(&self) -> usize {
        self.painted
    }

    /// Shows the run.
    pub fn ui(&mut self, ui: &mut egui::Ui, view: View<'_>) -> Vec<Action> {
        let area = ui.available_rect_before_wrap();
        let header = Rect::from_min_size(area.min, vec2(area.width(), HEADER_H));
        let room = self.header(ui, view.theme, header);
        let body = Rect::from_min_max(pos2(area.left(), header.bottom() + 6.0), area.max);
        let actions = match self.tab {
            Tab::Lanes => self.lanes(ui, view, room, body),
            Tab::Processes => {
                let mut child = ui.new_child(UiBuilder::new().max_rect(body));
                self.processes.ui(&mut child, view)
            }
        };
        ui.allocate_rect(area, Sense::hover());
        actions
    }

    /// The tabs; gives the room beside them.
    fn header(&mut self, ui: &mut egui::Ui, theme: &Theme, area: Rect) -> Rect {
        let mut bar = ui.new_child(
            UiBuilder::new()
                .max_rect(area)
                .layout(Layout::left_to_right(Align::Center)),
        );
        bar.spacing_mut().item_spacing.x = 16.0;
        bar.spacing_mut().button_padding = vec2(0.0, 2.0);
        for (tab, word, name) in [
            (Tab::Lanes, "Who runs when", "Who runs when"),
            (Tab::Processes, "Processes", "Table of processes"),
        ] {
            let chosen = self.tab == tab;
            let text = if chosen {
                bold(word).color(theme.text)
            } else {
                RichText::new(word).color(theme.weak)
            };
            let response = bar.add(egui::Button::new(text).frame(false));
            response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, name));
            ring(&bar, &response, theme);
            if chosen {
                let stroke = egui::Stroke::new(2.0, theme.accent);
                let x = response.rect.x_range();
                bar.painter().hline(x, response.rect.bottom(), stroke);
            }
            if response.clicked() {
                self.tab = tab;
            }
        }
        if self.tab == Tab::Lanes && self.list.has_groups() {
            let word = if self.list.all_collapsed() {
                "Open all"
            } else {
                "Collapse all"
            };
            let text = RichText::new(word).small().color(theme.weak);
            let response = bar.add(egui::Button::new(text).frame(false));
            ring(&bar, &response, theme);
            if response.clicked() {
                self.list.toggle_all();
            }
        }
        bar.available_rect_before_wrap()
    }

    fn lanes(
        &mut self,
        ui: &mut egui::Ui,
        view: View<'_>,
        header: Rect,
        mut body: Rect,
    ) -> Vec<Action> {
        let axis = view.axis(body);
        // With many lanes in view each is drawn coarser: a frame costs by what it paints.
        let points = if self.painted > MANY { 2.0 } else { 1.0 };
        let narrow_ns = (axis.ns_per_point() * points) as u64;
        let theme = view.theme;
        let ctx = ui.ctx().clone();
        let run = view.run.filter(|run| !run.lanes.is_empty());
        self.picture.last_mut().begin();
        let picture = run.map(|run| {
            let range = axis.from_ns..axis.to_ns;
            let renew = |rows: &mut Rows| rows.renew(run, range.clone(), narrow_ns, STEPS);
            let key = (range.clone(), narrow_ns);
            (run, self.picture.renew(&ctx, run, key, renew))
        });
        if let Some((_, picture)) = &picture {
            body.min.y += key::ui(ui, header, body.left(), &picture.states, theme);
        }
        let labels_y = body.bottom() - LABELS_H;
        axis.paint_labels(ui.painter(), labels_y, theme.weak);
        let space = Rect::from_min_max(body.min, pos2(body.right(), labels_y));
        axis.paint_grid(
            ui.painter(),
            space.y_range(),
            theme.line.gamma_multiply(0.6),
        );
        let Some((run, picture)) = picture else {
            ui.painter().text(
                space.center(),
                egui::Align2::CENTER_CENTER,
                "Each process and thread gets a bar here, from its start to its end",
                egui::FontId::proportional(13.0),
                theme.weak,
            );
            self.painted = 0;
            return Vec::new();
        };
        let shown = self.list.arrange(&ctx, run, picture, STEPS);
        let height = (space.height() / shown.len().max(1) as f32)
            .clamp(*LANE_H.start(), *LANE_H.end())
            .floor();
        let median = &mut self.median;
        let mut actions = Vec::new();
        let mut painted = 0;
        let mut hovered = None;
        // Below the lanes: they take the clicks, this takes what is dragged over them.
        let under = Rect::from_x_y_ranges(axis.x, space.y_range());
        let id = ui.scope_id().with("time of the lanes");
        let under = ui.interact(under, id, Sense::CLICK | Sense::DRAG);
        let words = spoken(view, "Who runs when", "");
        under.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
        let mut focus = None;
        let busy = self.gestures.busy();
        let mut child = ui.new_child(UiBuilder::new().max_rect(space));
        child.spacing_mut().item_spacing = vec2(0.0, 0.0);
        let (mut top, mut lit) = (None, None);
        let list = (&mut *picture, shown.as_slice());
        self.list.ui(&mut child, view, list, height, |ui, item| {
            let (row, area) = (item.row, item.area);
            top = Some(area.top() - item.nth as f32 * height);
            // A row's id is its lane's: with scrolling, rows change places.
            let id = ui.scope_id().with(("lane", row.id()));
            let response = ui.interact(area, id, Sense::click());
            let chosen = !row.gil && view.lane == Some(row.lane);
            response.widget_info(|| {
                let words = words::row(run, row);
                let words = code::said(words, run, row, view.point_ns);
                WidgetInfo::selected(Role::ListItem, true, chosen, words)
            });
            if response.has_focus() {
                focus = Some(response.id);
                let ring = egui::Stroke::new(1.0, theme.accent);
                ui.painter()
                    .rect_stroke(area, 4.0, ring, egui::StrokeKind::Inside);
            }
            let how = paint::How {
                lit: chosen || item.lit,
                merged: item.merged,
            };
            paint::row(ui.painter(), area, &axis, row, item.who, theme, how);
            painted += 1;
            if response.double_clicked() {
                actions.extend(step(view, Step::Fit));
            }
            if response.clicked() && !row.gil && !item.merged {
                actions.push(Action::ShowLane((!chosen).then_some(row.lane)));
            }
            if let Some(at) = response.hover_pos() {
                let t_ns = axis.time_ns(at.x);
                hovered = Some(t_ns);
                lit = (!row.gil).then_some(row.lane);
                if busy {
                    return;
                }
                let gil = row.track(run);
                let median_ns = gil.and_then(|gil| {
                    let work_out = || gil.median_hold_ns();
                    *median.get(&ctx, run, row.id(), work_out)
                });
                response.on_hover_ui_at_pointer(|ui| {
                    let ns_per_point = axis.ns_per_point();
                    let at = t_ns.map(|t_ns| tip::At { t_ns, ns_per_point });
                    let merged = item.merged;
                    tip::ui(ui, theme, run, tip::Of { row, merged }, at, median_ns);
                });
            }
        });
        self.painted = painted;
        let places = list::places(&picture.rows, &shown, self.list.groups());
        let place = |lane| {
            let top = top? + *places.get(&lane)? as f32 * height;
            Some(Rangef::new(top, top + height))
        };
        let held = view.times.pin.and_then(|pin| pin.lane);
        let lit = lit.or(held).or(view.lane);
        let over = Rect::from_x_y_ranges(axis.x, space.y_range());
        let painter = ui.painter().with_clip_rect(over);
        links::paint(&painter, &axis, run, &place, lit, theme);
        axis.paint_marks(ui.painter(), space.y_range(), &view);
        self.gestures.ui(ui, &under, &axis, view, &mut actions);
        self.gestures.keys(ui, focus, view, &mut actions);
        self.list.keys(ui, focus.is_some());
        let pointed = hovered.flatten();
        let known = view.point_ns;
        tell(&ctx, &mut self.pointing, known, pointed, &mut actions);
        actions
    }
}

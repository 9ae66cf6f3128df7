//! The list of lanes: which rows are in view, the marks that collapse a process, and what a press on a row does.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use eframe::egui::{
    self, Pos2, Rect, Response, Role, ScrollArea, Sense, Shape, Stroke, WidgetInfo, pos2, vec2,
};

use super::STEPS;
use super::groups::{self, Group, Shown};
use super::lanes::Row;
use super::rows::Rows;
use crate::run::{LaneId, Run};
use crate::ui::cache::Cached;
use crate::ui::shortcuts::COLLAPSE;
use crate::ui::theme::Theme;
use crate::ui::view::View;
use crate::ui::who::Who;

/// Room for the marks, in points.
const MARK_W: f32 = 13.0;

/// Which processes are collapsed, and where the list stands.
#[derive(Default)]
pub(super) struct List {
    run: String,
    collapsed: BTreeSet<LaneId>,
    merged: Cached<Key, Vec<(LaneId, Row)>>,
    groups: Vec<Group>,
    /// Of which rows the groups are.
    groups_of: (String, u64),
    /// The moment that was held in the last frame, and whose.
    held: Option<(u64, LaneId)>,
    /// Whether the keyboard is on a mark.
    on_mark: bool,
    /// From where to where the list was in view in the last frame, in points from its top.
    seen: (f32, f32),
}

/// What merged rows depend on besides the run: the time, what is too narrow to be seen, and which are collapsed.
type Key = (Range<u64>, u64, BTreeSet<LaneId>);

/// A row in view.
pub(super) struct Item<'a> {
    pub(super) row: &'a Row,
    /// Which one of those that the list shows.
    pub(super) nth: usize,
    pub(super) who: &'a Who,
    pub(super) area: Rect,
    /// Whether all threads of its process are in it.
    pub(super) merged: bool,
    /// Whose lane is lit is in it.
    pub(super) lit: bool,
}

impl List {
    /// Takes the rows as they are now; gives what the list shows of them. Of those that are merged more is worked out, as
    /// far as the steps reach.
    pub(super) fn arrange(
        &mut self,
        ctx: &egui::Context,
        run: &Run,
        picture: &mut Rows,
        steps: usize,
    ) -> Vec<Shown> {
        if self.run != run.header.id {
            self.run.clone_from(&run.header.id);
            self.collapsed.clear();
            self.held = None;
        }
        let (id, version) = picture.version();
        if (self.groups_of.0.as_str(), self.groups_of.1) != (id, version) {
            self.groups_of = (id.to_owned(), version);
            self.groups = groups::groups(run, &picture.rows);
        }
        let collapsed = &self.collapsed;
        let is_closed = |group: &&Group| collapsed.contains(&group.process);
        let closed: Vec<&Group> = self.groups.iter().filter(is_closed).collect();
        let (range, narrow_ns) = picture.drawn_for();
        let key = (range, narrow_ns, collapsed.clone());
        self.merged.renew(ctx, run, key, |merged| {
            let rows = closed.iter().flat_map(|group| group.rows.clone());
            let more = picture.work_out(run, rows, steps);
            let one = |group: &&Group| {
                let row = groups::merged(&picture.rows, group, narrow_ns);
                (group.process, row)
            };
            *merged = closed.iter().map(one).collect();
            more
        });
        groups::shown(picture.rows.len(), &self.groups, collapsed)
    }

    /// The processes whose rows stand together.
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Whether there is more than one process to collapse.
    pub(super) fn has_groups(&self) -> bool {
        self.groups.len() > 1
    }

    /// Whether every process is collapsed.
    pub(super) fn all_collapsed(&self) -> bool {
        let mut groups = self.groups.iter();
        groups.all(|group| self.collapsed.contains(&group.process))
    }

    /// Collapses every process, or opens them where all are collapsed.
    pub(super) fn toggle_all(&mut self) {
        if self.all_collapsed() {
            self.collapsed.clear();
        } else {
            let all = self.groups.iter().map(|group| group.process);
            self.collapsed.extend(all);
        }
    }

    /// Shows the rows in view by `paint`, which gives whether the keyboard is on the row.
    pub(super) fn ui(
        &mut self,
        ui: &mut egui::Ui,
        view: View<'_>,
        (picture, shown): (&mut Rows, &[Shown]),
        height: f32,
        mut paint: impl FnMut(&mut egui::Ui, Item<'_>),
    ) {
        let indent = if self.groups.is_empty() { 0.0 } else { MARK_W };
        let mut area = ScrollArea::vertical().id_salt("lanes").auto_shrink(false);
        let lit = view.times.pin.and_then(|pin| pin.lane);
        if let Some(offset) = self.offset_of_the_lit(view, &picture.rows, shown, height) {
            area = area.vertical_scroll_offset(offset);
        }
        let (mut toggled, mut focus) = (None, false);
        let (groups, merged) = (&self.groups, self.merged.last());
        let output = area.show_rows(ui, height, shown.len(), |ui, range| {
            let single = shown[range.clone()].iter().filter_map(|item| match item {
                Shown::Row(nth, _) => Some(*nth),
                Shown::Merged(_) => None,
            });
            if let Some(run) = view.run
                && picture.work_out(run, single, STEPS)
            {
                ui.ctx().request_repaint();
            }
            let rows = &picture.rows;
            for (place, item) in range.clone().zip(&shown[range]) {
                let size = vec2(ui.available_width(), height);
                let (_, area) = ui.allocate_space(size);
                let (row, group) = match *item {
                    Shown::Row(nth, group) => (&rows[nth], group),
                    Shown::Merged(nth) => {
                        let process = groups[nth].process;
                        let merged = merged.iter().find(|(lane, _)| *lane == process);
                        // A row is there before it is worked out.
                        let own = &rows[groups[nth].head];
                        (merged.map_or(own, |(_, row)| row), Some(nth))
                    }
                };
                let is_merged = matches!(item, Shown::Merged(_));
                let nth = match *item {
                    Shown::Row(nth, _) => Some(nth),
                    Shown::Merged(_) => None,
                };
                let has = |lane| contains(rows, groups, item, lane);
                let item = Item {
                    row,
                    nth: place,
                    who: &picture.who,
                    area: area.with_min_x(area.left() + indent),
                    merged: is_merged,
                    lit: !row.gil && lit.is_some_and(has),
                };
                let is_head = !row.gil && group.is_some_and(|nth| groups[nth].process == row.lane);
                paint(ui, item);
                let Some(group) = group.map(|nth| &groups[nth]) else {
                    continue;
                };
                if is_head {
                    let spot = area.with_max_x(area.left() + MARK_W);
                    let mark = mark(ui, view.theme, spot, row, group, !is_merged);
                    focus |= mark.has_focus();
                    if mark.clicked() {
                        toggled = Some(group.process);
                    }
                } else {
                    // A line along what belongs to the process.
                    let x = area.left() + MARK_W / 2.0 - 1.0;
                    let mut y = area.y_range();
                    if nth == Some(group.rows.start) {
                        y.min = y.center();
                    } else if nth == Some(group.rows.end - 1) {
                        y.max = y.center();
                    }
                    let stroke = Stroke::new(1.0, view.theme.line);
                    ui.painter().vline(x, y, stroke);
                }
            }
        });
        self.on_mark = focus;
        let top = output.state.clamped_offset().y;
        self.seen = (top, top + output.inner_rect.height());
        if let Some(process) = toggled
            && !self.collapsed.remove(&process)
        {
            self.collapsed.insert(process);
        }
    }

    /// Takes the key that collapses all, where the keyboard is on one of the lanes.
    pub(super) fn keys(&mut self, ui: &egui::Ui, focus: bool) {
        if (focus || self.on_mark) && ui.input_mut(|input| input.consume_shortcut(&COLLAPSE)) {
            self.toggle_all();
        }
    }

    /// Where the list must stand so that the lane whose moment has just been held is in view.
    fn offset_of_the_lit(
        &mut self,
        view: View<'_>,
        rows: &[Row],
        shown: &[Shown],
        height: f32,
    ) -> Option<f32> {
        let held = view.times.pin.and_then(|pin| Some((pin.t_ns, pin.lane?)));
        let before = std::mem::replace(&mut self.held, held);
        let (_, lane) = held.filter(|_| before != held)?;
        let nth = shown
            .iter()
            .position(|item| contains(rows, &self.groups, item, lane))?;
        let top = nth as f32 * height;
        let (from, to) = self.seen;
        let fits = top >= from && top + height <= to;
        (!fits).then(|| (top - (to - from - height) / 2.0).max(0.0))
    }
}

/// Whether this lane is what a row of the list shows, or is merged in it.
fn contains(rows: &[Row], groups: &[Group], item: &Shown, lane: LaneId) -> bool {
    match *item {
        Shown::Row(nth, _) => !rows[nth].gil && rows[nth].lane == lane,
        Shown::Merged(nth) => rows[groups[nth].rows.clone()]
            .iter()
            .any(|row| row.lane == lane),
    }
}

/// Which row of the list each lane is in.
pub(super) fn places(rows: &[Row], shown: &[Shown], groups: &[Group]) -> HashMap<LaneId, usize> {
    let mut places = HashMap::with_capacity(rows.len());
    for (place, item) in shown.iter().enumerate() {
        let these = match *item {
            Shown::Row(nth, _) => nth..nth + 1,
            Shown::Merged(nth) => groups[nth].rows.clone(),
        };
        let lanes = rows[these].iter().filter(|row| !row.gil);
        places.extend(lanes.map(|row| (row.lane, place)));
    }
    places
}

/// The mark at the left of a process's row.
fn mark(
    ui: &egui::Ui,
    theme: &Theme,
    spot: Rect,
    row: &Row,
    group: &Group,
    open: bool,
) -> Response {
    let id = ui.scope_id().with(("collapse", group.process));
    let response = ui.interact(spot, id, Sense::click());
    let does = if open { "Collapse" } else { "Open" };
    let name = row.name.split(" (").next().unwrap_or(&row.name);
    let said = format!("{does} {name}, {} threads", group.many);
    response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, true, &said));
    ui.ctx()
        .accesskit_node_builder(id, |node| node.set_expanded(open));
    let colour = if response.hovered() || response.has_focus() {
        theme.text
    } else {
        theme.weak
    };
    let at = pos2(spot.left() + MARK_W / 2.0 - 1.0, spot.center().y);
    ui.painter().add(Shape::convex_polygon(
        triangle(at, open),
        colour,
        Stroke::NONE,
    ));
    if response.has_focus() {
        let around = Rect::from_center_size(at, vec2(13.0, 13.0));
        let ring = Stroke::new(1.0, theme.accent);
        ui.painter()
            .rect_stroke(around, 3.0, ring, egui::StrokeKind::Inside);
    }
    let keys = ui.ctx().format_shortcut(&COLLAPSE);
    response.on_hover_text(format!("{said} (all of them: {keys})"))
}

fn triangle(at: Pos2, open: bool) -> Vec<Pos2> {
    let corners = if open {
        [vec2(-4.0, -2.0), vec2(4.0, -2.0), vec2(0.0, 3.0)]
    } else {
        [vec2(-2.0, -4.0), vec2(3.0, 0.0), vec2(-2.0, 4.0)]
    };
    corners.map(|corner| at + corner).to_vec()
}

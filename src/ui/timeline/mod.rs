//! Who runs when: a lane a worker, from its start to its end; the process table is the card's second tab.

mod lanes;
mod paint;

use eframe::egui::{
    self, Align, Layout, Rect, RichText, Role, ScrollArea, Sense, UiBuilder, WidgetInfo, pos2, vec2,
};

pub use lanes::{End, Row, Span, What, lanes, spans};

use super::action::Action;
use super::cache::Cached;
use super::processes::ProcessesPanel;
use super::theme::{Theme, bold, ring};
use super::time_axis::{LABELS_H, TimeAxis, limit_ns, tell};
use super::view::View;
use super::who;
use crate::run::Run;

/// Height of the header, in points.
const HEADER_H: f32 = 24.0;
/// Height of a lane, in points: as much as there is room for, between these.
const LANE_H: std::ops::RangeInclusive<f32> = 16.0..=36.0;

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
    rows: Cached<(), Vec<Row>>,
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
        self.header(ui, view.theme, header);
        let body = Rect::from_min_max(pos2(area.left(), header.bottom() + 6.0), area.max);
        let mut child = ui.new_child(UiBuilder::new().max_rect(body));
        let actions = match self.tab {
            Tab::Lanes => self.lanes(&mut child, view, body),
            Tab::Processes => self.processes.ui(&mut child, view),
        };
        ui.allocate_rect(area, Sense::hover());
        actions
    }

    fn header(&mut self, ui: &mut egui::Ui, theme: &Theme, area: Rect) {
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
        let room = bar.available_rect_before_wrap();
        if self.tab == Tab::Lanes && room.width() > 240.0 {
            paint::key(ui.painter(), room, theme);
        }
    }

    fn lanes(&mut self, ui: &mut egui::Ui, view: View<'_>, body: Rect) -> Vec<Action> {
        let axis = TimeAxis::new(body, limit_ns(view.run, view.before));
        let theme = view.theme;
        let labels_y = body.bottom() - LABELS_H;
        axis.paint_labels(ui.painter(), labels_y, theme.weak);
        let space = Rect::from_min_max(body.min, pos2(body.right(), labels_y));
        axis.paint_grid(
            ui.painter(),
            space.y_range(),
            theme.line.gamma_multiply(0.6),
        );
        let Some(run) = view.run.filter(|run| !run.lanes.is_empty()) else {
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
        let ctx = ui.ctx().clone();
        let rows = self.rows.get(&ctx, run, (), || lanes(run));
        let height = (space.height() / rows.len() as f32)
            .clamp(*LANE_H.start(), *LANE_H.end())
            .floor();
        let mut actions = Vec::new();
        let mut painted = 0;
        let mut hovered = None;
        let mut child = ui.new_child(UiBuilder::new().max_rect(space));
        child.spacing_mut().item_spacing = vec2(0.0, 0.0);
        ScrollArea::vertical()
            .id_salt("lanes")
            .auto_shrink(false)
            .show_rows(&mut child, height, rows.len(), |ui, range| {
                for row in &rows[range] {
                    let size = vec2(ui.available_width(), height);
                    let (_, area) = ui.allocate_space(size);
                    // A row's id is its lane's: with scrolling, rows change places.
                    let id = ui.scope_id().with(("lane", row.lane));
                    let response = ui.interact(area, id, Sense::click());
                    let chosen = view.lane == Some(row.lane);
                    response.widget_info(|| {
                        WidgetInfo::selected(Role::ListItem, true, chosen, words(run, row))
                    });
                    if response.has_focus() {
                        let ring = egui::Stroke::new(1.0, theme.accent);
                        ui.painter()
                            .rect_stroke(area, 4.0, ring, egui::StrokeKind::Inside);
                    }
                    paint::row(ui.painter(), area, &axis, row, theme, chosen);
                    painted += 1;
                    if response.clicked() {
                        actions.push(Action::ShowLane((!chosen).then_some(row.lane)));
                    }
                    if let Some(at) = response.hover_pos() {
                        hovered = Some(axis.time_ns(at.x));
                        response.on_hover_ui_at_pointer(|ui| tip(ui, view, run, row, at.x, &axis));
                    }
                }
            });
        self.painted = painted;
        axis.paint_point(ui.painter(), space.y_range(), view.point_ns, theme.text);
        let pointed = hovered.flatten();
        let known = view.point_ns;
        tell(&ctx, &mut self.pointing, known, pointed, &mut actions);
        actions
    }
}

/// A lane in words, for a screen reader.
fn words(run: &Run, row: &Row) -> String {
    let Some(lane) = run.lane(row.lane) else {
        return row.name.clone();
    };
    let state = who::state_words(run, lane);
    let started = who::seconds(lane.started_ns);
    match lane.ended {
        Some((t_ns, _)) => format!(
            "{}: {state}, started {started} s, ended {} s",
            row.name,
            who::seconds(t_ns)
        ),
        None => format!("{}: {state}, started {started} s", row.name),
    }
}

fn tip(ui: &mut egui::Ui, view: View<'_>, run: &Run, row: &Row, x: f32, axis: &TimeAxis) {
    let Some(lane) = run.lane(row.lane) else {
        return;
    };
    let colour = row
        .colour
        .map_or(view.theme.text, |nth| view.theme.lane(nth));
    ui.label(RichText::new(&row.name).strong().color(colour));
    egui::Grid::new("lane tip")
        .num_columns(2)
        .min_row_height(16.0)
        .spacing([12.0, 2.0])
        .show(ui, |ui| {
            let mut line = |what: &str, text: String| {
                ui.label(RichText::new(what).color(view.theme.weak));
                ui.monospace(text);
                ui.end_row();
            };
            if let Some(t_ns) = axis.time_ns(x)
                && let Some(what) = row.at(t_ns)
            {
                let what = match what {
                    What::Starting => "starting".to_owned(),
                    What::Running if lane.idle_at(t_ns) => "waiting".to_owned(),
                    What::Running => "running".to_owned(),
                    What::Joining(on) => format!(
                        "waiting for {}",
                        run.lane(on).map(who::name).unwrap_or_default()
                    ),
                };
                line(&format!("at {} s", who::seconds(t_ns)), what);
            }
            for (what, text) in who::facts(run, lane) {
                line(what, text);
            }
        });
    if !row.probed {
        ui.label(
            RichText::new("Not probed: only what the operating system tells is known.")
                .color(view.theme.warn),
        );
    }
}

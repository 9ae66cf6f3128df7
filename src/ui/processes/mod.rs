//! The process table: every process, thread and call of the run, a row each.

mod table;
mod widths;

use eframe::egui::{self, Align, Label, Layout, RichText, Role, Sense, WidgetInfo};
use egui_extras::{Column as Width, TableBuilder, TableRow};

pub use table::{Column, Order, cell, sorted};
pub use widths::widths;

use super::action::Action;
use super::cache::Cached;
use super::theme::ring;
use super::view::View;
use super::who::Who;
use crate::run::{Lane, LaneId, Run};

/// Height of a row, in points.
const ROW_H: f32 = 20.0;

/// The panel. It fills the space that it is given; the shell draws the card around it.
#[derive(Default)]
pub struct ProcessesPanel {
    order: Order,
    rows: Cached<Order, (Vec<LaneId>, Who)>,
    painted: usize,
    /// The room that the columns were fitted to.
    room: f32,
}

impl ProcessesPanel {
    /// How many rows the last frame painted: those in view, however many there are.
    pub fn painted(&self) -> usize {
        self.painted
    }

    /// Shows the run.
    pub fn ui(&mut self, ui: &mut egui::Ui, view: View<'_>) -> Vec<Action> {
        self.painted = 0;
        let Some(run) = view.run.filter(|run| !run.lanes.is_empty()) else {
            ui.centered_and_justified(|ui| {
                let text = "Each process and thread of a run gets a row here";
                ui.label(RichText::new(text).color(view.theme.weak));
            });
            return Vec::new();
        };
        let ctx = ui.ctx().clone();
        let order = self.order;
        self.rows
            .get(&ctx, run, order, || (sorted(run, order), Who::of(run)));
        let mut actions = Vec::new();
        ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
        egui::ScrollArea::horizontal()
            .id_salt("processes")
            .auto_shrink(false)
            .show(ui, |ui| self.table(ui, view, run, &mut actions));
        actions
    }

    fn table(&mut self, ui: &mut egui::Ui, view: View<'_>, run: &Run, actions: &mut Vec<Action>) {
        let Self {
            order,
            rows,
            painted,
            room: fitted,
        } = self;
        let (rows, who) = rows.last();
        let room = ui.available_width() - ui.spacing().scroll.allocated_width();
        let columns = widths(room, ui.spacing().item_spacing.x);
        let mut table = TableBuilder::new(ui)
            .striped(true)
            .sense(Sense::click())
            .auto_shrink(false)
            // What is lower than its least height would go past the card.
            .min_scrolled_height(0.0)
            .cell_layout(Layout::left_to_right(Align::Center));
        for &(column, width) in &columns {
            table = table.column(sized(column, width));
        }
        if (*fitted - room).abs() > 0.5 {
            // Widths set by hand were for another room.
            table.reset();
            *fitted = room;
        }
        table
            .header(ROW_H, |mut header| {
                for &(column, _) in &columns {
                    header.col(|ui| title(ui, view, column, order));
                }
            })
            .body(|body| {
                body.rows(ROW_H, rows.len(), |mut row| {
                    *painted += 1;
                    let Some(lane) = rows.get(row.index()).and_then(|id| run.lane(*id)) else {
                        return;
                    };
                    let chosen = view.lane == Some(lane.id);
                    row.set_selected(chosen);
                    cells(&mut row, &columns, view, run, lane, who);
                    let response = row.response();
                    response.widget_info(|| {
                        WidgetInfo::selected(Role::ListItem, true, chosen, words(run, lane))
                    });
                    if response.clicked() {
                        actions.push(Action::ShowLane((!chosen).then_some(lane.id)));
                    }
                });
            });
    }
}

fn sized(column: Column, width: f32) -> Width {
    let resizable = column != Column::Ended;
    Width::initial(width)
        .at_least(widths::least(column))
        .clip(true)
        .resizable(resizable)
}

fn layout(column: Column) -> Layout {
    if column.number() {
        Layout::right_to_left(Align::Center)
    } else {
        Layout::left_to_right(Align::Center)
    }
}

fn title(ui: &mut egui::Ui, view: View<'_>, column: Column, order: &mut Order) {
    let sorts = order.by == column;
    ui.with_layout(layout(column), |ui| {
        let arrow = match (sorts, order.down) {
            (true, false) => " ↑",
            (true, true) => " ↓",
            (false, _) => "",
        };
        let text = RichText::new(format!("{}{arrow}", column.title()))
            .small()
            .color(if sorts {
                view.theme.text
            } else {
                view.theme.weak
            });
        let response = ui
            .add(egui::Button::new(text).frame(false))
            .on_hover_text(column.how());
        ring(ui, &response, view.theme);
        if response.clicked() {
            *order = Order {
                by: column,
                down: sorts && !order.down,
            };
        }
    });
}

fn cells(
    row: &mut TableRow<'_, '_>,
    columns: &[(Column, f32)],
    view: View<'_>,
    run: &Run,
    lane: &Lane,
    who: &Who,
) {
    for &(column, _) in columns {
        let text = RichText::new(cell(run, lane, column));
        let text = match column {
            Column::Name => text.color(who.colour(lane.id, view.theme)),
            Column::State if lane.failed() => text.color(view.theme.bad),
            Column::State if lane.stopped => text.color(view.theme.warn),
            Column::Lines if lane.lost.0 > 0 => text.color(view.theme.bad),
            Column::Arguments => text.monospace().small(),
            _ => text,
        };
        row.col(|ui| {
            ui.with_layout(layout(column), |ui| {
                ui.add(Label::new(text.size(12.0)).selectable(false).truncate());
            });
        });
    }
}

/// A row in words, for a screen reader.
fn words(run: &Run, lane: &Lane) -> String {
    Column::ALL
        .into_iter()
        .map(|column| format!("{} {}", column.title(), cell(run, lane, column)))
        .collect::<Vec<_>>()
        .join(", ")
}

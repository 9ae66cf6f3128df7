//! CPU load over time: workers stacked, the rest of the run, the whole machine as a line.

mod curves;
mod fit;
mod grid;
mod marks;
mod paint;
mod scale;

mod words;

use eframe::egui::{
    self, Align, Layout, Pos2, Rangef, Rect, Response, RichText, Role, Sense, UiBuilder,
    WidgetInfo, pos2, vec2,
};

pub use curves::{BANDS, Band, Curves, curves, machine_line};
pub use marks::{Mark, What, marks};
pub use scale::Scale;
pub use words::{busy, footnote, sentence, shown};

use grid::Growing;

use super::action::Action;
use super::cache::Cached;
use super::gestures::{Gestures, spoken};
use super::theme::{bold, ring};
use super::time_axis::{LABELS_H, TimeAxis, tell};
use super::view::View;
use super::who::Who;
use crate::run::Run;

/// Width of a bucket of the curves, in points.
const BUCKET: f32 = 3.0;
/// The narrowest bucket, in nanoseconds: what is sampled some ten times a second is not known more finely, and what is
/// too much in a narrower one would find no room beside it.
const LEAST_NS: f64 = 1e6;
/// Least distance of two marks, in points.
const MARKS_APART: f32 = 6.0;
/// Height of a row of marks, in points.
const MARKS_H: f32 = 12.0;
/// Height of a line of the header, in points.
const HEADER_H: f32 = 22.0;
/// From this width on, title and sentence share a line.
const WIDE: f32 = 640.0;

/// The panel. It fills the space that it is given; the shell draws the card around it.
#[derive(Default)]
pub struct CpuPanel {
    scale: Scale,
    pointing: bool,
    rect: Option<Rect>,
    gestures: Gestures,
    picture: Cached<Key, Picture>,
    before: Cached<Key, (Growing, Curves)>,
}

/// Which buckets: the first, the one past the last, and how wide they are.
type Key = (u64, u64, u64);

/// All that is worked out from the run.
#[derive(Default)]
struct Picture {
    curves: Curves,
    machine: Vec<[f64; 2]>,
    marks: [Vec<Mark>; 3],
    who: Who,
    growing: Growing,
}

impl CpuPanel {
    /// Where the panel was last shown, in points.
    pub fn rect(&self) -> Option<Rect> {
        self.rect
    }

    /// Shows the run.
    pub fn ui(&mut self, ui: &mut egui::Ui, view: View<'_>) -> Vec<Action> {
        let area = ui.available_rect_before_wrap();
        self.rect = Some(area);
        let axis = view.axis(area);
        let bucket_ns = bucket_ns(&axis);
        let (first, past) = curves::reach(axis.range(), bucket_ns);
        let key = (first, past, bucket_ns);
        let ctx = ui.ctx().clone();
        if let Some(run) = view.run {
            self.picture
                .renew(&ctx, run, key, |picture| picture.renew(run, &axis));
        }
        if let Some(before) = view.before {
            self.before.renew(&ctx, before, key, |(growing, curves)| {
                growing.renew(curves, before, axis.range(), bucket_ns)
            });
        }
        let mut rows = area;
        self.header(ui, view, take_top(&mut rows, HEADER_H));
        if area.width() < WIDE {
            let line = take_top(&mut rows, 18.0);
            self.sentence(ui, view, line, Align::Min);
        }
        let foot = take_bottom(&mut rows, 18.0);
        let labels = take_bottom(&mut rows, LABELS_H);
        let marks = take_bottom(&mut rows, MARKS_H * 3.0 + 4.0);
        let frame = Rect::from_x_y_ranges(
            axis.x,
            Rangef::new(rows.top() + 8.0, rows.bottom().max(rows.top() + 12.0)),
        );

        let picture = view.run.map(|_| self.picture.last());
        let before = view.before.map(|_| &self.before.last().1);
        let over = Rect::from_min_max(frame.min, pos2(frame.right(), marks.bottom()));
        paint::plot(ui, view, frame, &axis, self.scale, picture, before);
        paint::rows_of_marks(ui, view, marks, &axis, picture);
        axis.paint_labels(ui.painter(), labels.top(), view.theme.weak);
        paint::foot(ui, view, foot, picture);
        let y = Rangef::new(frame.top(), marks.bottom());
        axis.paint_marks(ui.painter(), y, &view);
        let note = picture.map(|p| words::footnote(&p.curves));
        if let Some(note) = note.filter(|note| !note.is_empty()) {
            ui.interact(foot, ui.scope_id().with("cpu note"), Sense::hover())
                .on_hover_text(note);
        }
        let id = ui.scope_id().with("cpu load");
        let response = ui.interact(over, id, Sense::click_and_drag());
        self.describe(&response, view);
        ui.allocate_rect(area, Sense::hover());
        let mut actions = Vec::new();
        let focus = response.has_focus().then_some(response.id);
        if response.has_focus() {
            let line = egui::Stroke::new(1.0, view.theme.accent);
            ui.painter()
                .rect_stroke(over, 2.0, line, egui::StrokeKind::Outside);
        }
        self.gestures.ui(ui, &response, &axis, view, &mut actions);
        self.gestures.keys(ui, focus, view, &mut actions);
        self.point(response, view, &axis, frame, &mut actions);
        actions
    }

    fn header(&mut self, ui: &mut egui::Ui, view: View<'_>, line: Rect) {
        let mut bar = ui.new_child(
            UiBuilder::new()
                .max_rect(line)
                .layout(Layout::left_to_right(Align::Center)),
        );
        bar.spacing_mut().item_spacing.x = 6.0;
        bar.label(bold("CPU load").color(view.theme.text));
        bar.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (scale, word, why) in [
                (
                    Scale::Percent,
                    "% of machine",
                    "Label the load as a share of this whole machine",
                ),
                (
                    Scale::Cores,
                    "cores",
                    "Label the load as a number of busy cores",
                ),
            ] {
                let chosen = self.scale == scale;
                let text = RichText::new(word).small();
                let text = if chosen {
                    text.color(view.theme.text).underline()
                } else {
                    text.color(view.theme.weak)
                };
                let button = ui.add(egui::Button::new(text).frame(false));
                ring(ui, &button, view.theme);
                button.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, word));
                if button.on_hover_text(why).clicked() {
                    self.scale = scale;
                }
                if scale == Scale::Percent {
                    ui.label(RichText::new("/").small().color(view.theme.weak));
                }
            }
            ui.add_space(8.0);
            if line.width() >= WIDE {
                let rest = ui.available_rect_before_wrap();
                self.sentence(ui, view, rest, Align::Max);
            }
        });
    }

    fn sentence(&self, ui: &mut egui::Ui, view: View<'_>, line: Rect, align: Align) {
        let text = self.words(view).unwrap_or_default();
        let layout = match align {
            Align::Max => Layout::right_to_left(Align::Center),
            _ => Layout::left_to_right(Align::Center),
        };
        let mut child = ui.new_child(UiBuilder::new().max_rect(line).layout(layout));
        let text = RichText::new(text).size(11.0).color(view.theme.weak);
        child.add(egui::Label::new(text).truncate());
    }

    /// What the eye sees, in a sentence.
    fn words(&self, view: View<'_>) -> Option<String> {
        let run = view.run?;
        let all = view.point_ns.is_some() || !view.zoomed();
        Some(if all {
            sentence(run, &self.picture.last().curves, view.point_ns)
        } else {
            shown(run, view.range())
        })
    }

    /// What a screen reader says of the plot.
    fn describe(&self, response: &Response, view: View<'_>) {
        response.widget_info(|| {
            let text = self.words(view);
            let text = text.unwrap_or_else(|| "nothing has been run yet".to_owned());
            let text = spoken(view, "CPU load over time", &text);
            WidgetInfo::labeled(Role::Image, true, text)
        });
    }

    fn point(
        &mut self,
        response: Response,
        view: View<'_>,
        axis: &TimeAxis,
        frame: Rect,
        actions: &mut Vec<Action>,
    ) {
        let pointer: Option<Pos2> = response.hover_pos();
        let pointed = pointer.and_then(|at| axis.time_ns(at.x));
        let known = view.point_ns;
        tell(&response.ctx, &mut self.pointing, known, pointed, actions);
        let (Some(run), Some(t_ns), Some(at)) = (view.run, pointed, pointer) else {
            return;
        };
        if self.gestures.busy() {
            return;
        }
        let picture = self.picture.last();
        response.on_hover_ui_at_pointer(|ui| {
            if at.y > frame.bottom() {
                paint::tip_of_marks(ui, run, picture, axis, t_ns);
            } else {
                paint::tip(ui, view, picture, t_ns, axis.ns_per_point());
            }
        });
    }
}

impl Picture {
    /// Takes what is new in the run, for a time and a screen; gives whether there is more to do.
    fn renew(&mut self, run: &Run, axis: &TimeAxis) -> bool {
        let bucket_ns = bucket_ns(axis);
        let apart_ns = (f64::from(MARKS_APART) * axis.ns_per_point()) as u64;
        self.machine = machine_line(run, axis.range(), bucket_ns);
        self.marks = What::ALL.map(|what| marks(run, what, apart_ns));
        self.who = Who::of(run);
        self.growing
            .renew(&mut self.curves, run, axis.range(), bucket_ns)
    }
}

fn bucket_ns(axis: &TimeAxis) -> u64 {
    (f64::from(BUCKET) * axis.ns_per_point()).max(LEAST_NS) as u64
}

fn take_top(rect: &mut Rect, height: f32) -> Rect {
    let top = Rect::from_min_size(rect.min, vec2(rect.width(), height));
    rect.min.y += height;
    top
}

fn take_bottom(rect: &mut Rect, height: f32) -> Rect {
    let bottom = Rect::from_min_max(pos2(rect.left(), rect.bottom() - height), rect.max);
    rect.max.y -= height;
    bottom
}

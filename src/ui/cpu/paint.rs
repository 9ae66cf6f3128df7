//! Painting of the plot. Nothing is worked out here that could be tested without a window.

use eframe::egui::{
    self, Align2, FontId, Painter, Rect, RichText, Sense, Shape, Stroke, UiBuilder, pos2, vec2,
};
use egui_plot::{FilledArea, Line, LineStyle, Plot, PlotBounds};

use super::curves::{Curves, ys};
use super::marks::{Mark, What};
use super::scale::{Scale, labels};
use super::{MARKS_H, Picture, words};
use crate::run::Run;
use crate::ui::theme::Theme;
use crate::ui::time_axis::{TimeAxis, exact};
use crate::ui::view::View;
use crate::ui::who;

/// Room above the line of the whole machine, as a share of it.
const HEADROOM: f64 = 0.08;
/// With more bands than this their edges are not drawn: that costs more than the areas.
const EDGES_AT_MOST: usize = 24;
/// Lines of the tooltip.
const TIP_AT_MOST: usize = 8;

/// The frame with everything in it.
pub(super) fn plot(
    ui: &mut egui::Ui,
    view: View<'_>,
    frame: Rect,
    axis: &TimeAxis,
    scale: Scale,
    picture: Option<&Picture>,
    before: Option<&Curves>,
) {
    let theme = view.theme;
    let cores = view
        .run
        .or(view.before)
        .map_or(1, |run| run.header.machine.cores.max(1));
    let top = f64::from(cores) * (1.0 + HEADROOM);
    let y_of = |y: f64| frame.bottom() - (y / top) as f32 * frame.height();
    let painter = ui.painter().clone();
    axis.paint_grid(&painter, frame.y_range(), theme.line.gamma_multiply(0.6));
    for (value, text) in labels(scale, cores, (frame.height() / 24.0) as usize + 1) {
        let y = painter.round_to_pixel_center(y_of(value));
        painter.hline(frame.x_range(), y, Stroke::new(1.0, theme.line));
        painter.text(
            pos2(frame.left() - 8.0, y),
            Align2::RIGHT_CENTER,
            text,
            FontId::proportional(11.0),
            theme.weak,
        );
    }
    let mut child = ui.new_child(UiBuilder::new().max_rect(frame));
    Plot::new("cpu load")
        .width(frame.width())
        .height(frame.height())
        .show_axes(false)
        .show_grid(false)
        .show_background(false)
        .show_crosshair(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .sense(Sense::hover())
        .show_x(false)
        .show_y(false)
        .show(&mut child, |plot| {
            let [from_s, to_s] = [axis.from_ns, axis.to_ns].map(|ns| ns as f64 / 1e9);
            plot.set_plot_bounds(PlotBounds::from_min_max([from_s, 0.0], [to_s, top]));
            if let Some(picture) = picture {
                areas(plot, &picture.curves, theme);
            }
            if let Some(before) = before {
                let points: Vec<[f64; 2]> = before
                    .xs()
                    .into_iter()
                    .zip(ys(&before.total))
                    .map(|(x, y)| [x, y])
                    .collect();
                plot.line(
                    Line::new("the run before", points)
                        .color(theme.text)
                        .width(1.2)
                        .style(LineStyle::Dashed { length: 5.0 })
                        .allow_hover(false),
                );
            }
            if let Some(picture) = picture {
                plot.line(
                    Line::new("the whole machine", picture.machine.clone())
                        .color(theme.weak)
                        .width(1.2)
                        .allow_hover(false),
                );
            }
        });
    all_of_it(&painter, frame, y_of(f64::from(cores)), cores, theme);
    if view.run.is_none() {
        painter.text(
            frame.center(),
            Align2::CENTER_CENTER,
            "Press Run: the load of each worker appears here, a colour each",
            FontId::proportional(13.0),
            theme.weak,
        );
    }
    if let Some(before) = view
        .before
        .filter(|run| !view.zoomed() && run.length_ns() > axis.to_ns)
    {
        let text = format!(
            "the run before went on to {:.1} s",
            before.length_ns() as f64 / 1e9
        );
        let text = painter.layout_no_wrap(text, FontId::proportional(11.0), theme.weak);
        let corner = pos2(frame.right() - 4.0, frame.bottom() - 4.0);
        let place = Align2::RIGHT_BOTTOM.anchor_size(corner, text.size());
        // The run's own bands may be there.
        painter.rect_filled(place.expand(3.0), 3.0, theme.card);
        painter.galley(place.min, text, theme.weak);
    }
}

fn areas(plot: &mut egui_plot::PlotUi<'_>, curves: &Curves, theme: &Theme) {
    if curves.edges_s.len() < 2 {
        return;
    }
    let xs = curves.xs();
    let mut below = vec![0.0; xs.len()];
    for band in &curves.bands {
        let above: Vec<f64> = below
            .iter()
            .zip(ys(&band.cores))
            .map(|(below, y)| below + y)
            .collect();
        let colour = match band.colour {
            Some(nth) => theme.lane(nth),
            None => theme.weak.gamma_multiply(0.55),
        };
        let mut area = FilledArea::new(band.name.clone(), &xs, &below, &above)
            .fill_color(colour)
            .allow_hover(false);
        if curves.bands.len() <= EDGES_AT_MOST {
            // The renderer does not smooth a mesh's edge; a hair line in the card's colour does, and parts
            // neighbours of one colour.
            area = area.stroke(Stroke::new(0.5, theme.card));
        }
        plot.add(area);
        below = above;
    }
}

/// The line that says what the machine has.
fn all_of_it(painter: &Painter, frame: Rect, y: f32, cores: u32, theme: &Theme) {
    let y = painter.round_to_pixel_center(y);
    painter.extend(Shape::dashed_line(
        &[pos2(frame.left(), y), pos2(frame.right(), y)],
        Stroke::new(1.0, theme.weak),
        5.0,
        4.0,
    ));
    let text = if cores == 1 {
        "1 core: all of this machine".to_owned()
    } else {
        format!("{cores} cores: all of this machine")
    };
    let galley = painter.layout_no_wrap(text, FontId::proportional(11.0), theme.weak);
    let at = pos2(frame.right() - galley.size().x - 4.0, y + 3.0);
    let behind = Rect::from_min_size(at, galley.size()).expand2(vec2(4.0, 0.0));
    painter.rect_filled(behind, 3.0, theme.card.gamma_multiply(0.8));
    painter.galley(at, galley, theme.weak);
}

/// The three rows of marks under the frame.
pub(super) fn rows_of_marks(
    ui: &egui::Ui,
    view: View<'_>,
    area: Rect,
    axis: &TimeAxis,
    picture: Option<&Picture>,
) {
    let painter = ui.painter_at(area);
    for (row, what) in What::ALL.into_iter().enumerate() {
        let y = area.top() + 4.0 + (row as f32 + 0.5) * MARKS_H;
        painter.text(
            pos2(axis.x.min - 8.0, y),
            Align2::RIGHT_CENTER,
            what.word(),
            FontId::proportional(10.0),
            view.theme.weak,
        );
        painter.hline(axis.x, y, Stroke::new(1.0, view.theme.line));
        let Some(picture) = picture else {
            continue;
        };
        let seen = |mark: &&Mark| axis.range().has(mark.from_ns);
        for mark in picture.marks[row].iter().filter(seen) {
            let at = pos2(axis.at(mark.from_ns), y);
            let colour = picture.who.colour(mark.lane, view.theme);
            let failed = what == What::Exit
                && view
                    .run
                    .and_then(|run| run.lane(mark.lane))
                    .is_some_and(crate::run::Lane::failed);
            match what {
                What::Start => painter.add(Shape::convex_polygon(
                    vec![
                        at + vec2(-2.0, -3.5),
                        at + vec2(3.5, 0.0),
                        at + vec2(-2.0, 3.5),
                    ],
                    colour,
                    Stroke::NONE,
                )),
                What::Join => painter.circle(at, 2.6, view.theme.card, Stroke::new(1.4, colour)),
                What::Exit => painter.rect_filled(
                    Rect::from_center_size(at, vec2(5.0, 6.0)),
                    0.0,
                    if failed { view.theme.bad } else { colour },
                ),
            };
        }
    }
}

/// What the lines mean, and what must be known to read the curves right.
pub(super) fn foot(ui: &egui::Ui, view: View<'_>, area: Rect, picture: Option<&Picture>) {
    let painter = ui.painter_at(area);
    let theme = view.theme;
    let font = FontId::proportional(10.5);
    let mut x = area.left();
    let y = area.center().y;
    let mut key = |text: &str, stroke: Stroke, dashed: bool| {
        let line = [pos2(x, y), pos2(x + 12.0, y)];
        if dashed {
            painter.extend(Shape::dashed_line(&line, stroke, 4.0, 3.0));
        } else {
            painter.line_segment(line, stroke);
        }
        let text = who::elided_end(&painter, text, font.clone(), area.right() - x - 16.0);
        let text = painter.text(
            pos2(x + 16.0, y),
            Align2::LEFT_CENTER,
            text,
            font.clone(),
            theme.weak,
        );
        x = text.right() + 9.0;
    };
    let curves = picture.map(|picture| &picture.curves);
    if picture.is_some_and(|picture| !picture.machine.is_empty()) {
        key("whole machine", Stroke::new(1.2, theme.weak), false);
    }
    if curves.is_some_and(|curves| curves.bands.iter().any(|band| band.colour.is_none())) {
        let colour = theme.weak.gamma_multiply(0.55);
        key("rest of the run", Stroke::new(7.0, colour), false);
    }
    if view.before.is_some() {
        key("the run before", Stroke::new(1.2, theme.text), true);
    }
    let note = curves.map(words::footnote).unwrap_or_default();
    if !note.is_empty() {
        let note = who::elided_end(&painter, &note, font.clone(), area.right() - x);
        painter.text(
            pos2(area.right(), y),
            Align2::RIGHT_CENTER,
            note,
            font.clone(),
            theme.weak,
        );
    }
}

/// What runs at the pointer's time.
pub(super) fn tip(
    ui: &mut egui::Ui,
    view: View<'_>,
    picture: &Picture,
    t_ns: u64,
    ns_per_point: f64,
) {
    let curves = &picture.curves;
    ui.label(RichText::new(exact(t_ns, ns_per_point)).strong());
    let Some(bucket) = curves.bucket(t_ns) else {
        ui.label("nothing of this run");
        return;
    };
    let mut shares: Vec<(&str, Option<usize>, f32)> = curves
        .bands
        .iter()
        .map(|band| (&*band.name, band.colour, band.cores[bucket]))
        .filter(|(_, _, cores)| *cores >= 0.005)
        .collect();
    shares.sort_by(|a, b| b.2.total_cmp(&a.2));
    egui::Grid::new("cpu tip")
        .num_columns(2)
        .min_row_height(16.0)
        .spacing([12.0, 2.0])
        .show(ui, |ui| {
            ui.label("all of the run");
            ui.monospace(format!("{:5.2} cores", curves.total[bucket]));
            ui.end_row();
            for (name, colour, cores) in shares.iter().take(TIP_AT_MOST) {
                let colour = colour.map_or(view.theme.weak, |nth| view.theme.lane(nth));
                ui.colored_label(colour, *name);
                ui.monospace(format!("{cores:5.2} cores"));
                ui.end_row();
            }
        });
    if shares.len() > TIP_AT_MOST {
        ui.label(format!("and {} more", shares.len() - TIP_AT_MOST));
    }
}

/// What happened near the pointer's time.
pub(super) fn tip_of_marks(
    ui: &mut egui::Ui,
    run: &Run,
    picture: &Picture,
    axis: &TimeAxis,
    t_ns: u64,
) {
    ui.label(RichText::new(exact(t_ns, axis.ns_per_point())).strong());
    for (what, marks) in What::ALL.into_iter().zip(&picture.marks) {
        let near = marks
            .iter()
            .find(|mark| (axis.at(mark.from_ns) - axis.at(t_ns)).abs() < 6.0);
        let Some(mark) = near else {
            continue;
        };
        let name = run.lane(mark.lane).map(who::name).unwrap_or_default();
        ui.label(if mark.many == 1 {
            let at = exact(mark.from_ns, axis.ns_per_point());
            format!("{} {name} at {at}", what.word())
        } else {
            format!(
                "{} × {}, {name} first, {} to {} s",
                mark.many,
                what.word(),
                who::seconds(mark.from_ns),
                who::seconds(mark.to_ns)
            )
        });
    }
}

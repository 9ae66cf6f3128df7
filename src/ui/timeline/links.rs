//! Who started whom, and who waited for whom: lines between lanes. With few lanes the starts are always there; with many
//! only those of the lane at the pointer or in focus.

use eframe::egui::{Painter, Pos2, Rangef, Shape, Stroke, pos2};

use crate::run::{Lane, LaneId, Run};
use crate::ui::theme::Theme;
use crate::ui::time_axis::TimeAxis;

/// With more lanes than this, starts are drawn only of the lane that is looked at.
const FEW: usize = 24;
/// Of a dotted line, in points.
const DASH: f32 = 3.0;

/// Where lanes are: from the top to the bottom of each, in view or not; none for one that is not shown.
pub(super) type Place<'a> = &'a dyn Fn(LaneId) -> Option<Rangef>;

/// Paints the links; `lit` is the lane that is looked at.
pub(super) fn paint(
    painter: &Painter,
    axis: &TimeAxis,
    run: &Run,
    place: Place<'_>,
    lit: Option<LaneId>,
    theme: &Theme,
) {
    let few = run.lanes.len() <= FEW;
    let quiet = Stroke::new(1.0, theme.weak.gamma_multiply(0.5));
    let strong = Stroke::new(1.5, theme.text);
    for lane in &run.lanes {
        let is_lit = lit.is_some() && (lit == Some(lane.id) || lit == lane.info.parent);
        if few || is_lit {
            start(
                painter,
                axis,
                lane,
                place,
                if is_lit { strong } else { quiet },
            );
        }
        for &(on, _, to_ns) in &lane.joins {
            if lit == Some(lane.id) || lit == Some(on) {
                join(painter, axis, (lane.id, on), to_ns, place, strong);
            }
        }
    }
}

/// From the starter's lane to the beginning of the started one.
fn start(painter: &Painter, axis: &TimeAxis, lane: &Lane, place: Place<'_>, stroke: Stroke) {
    let Some((from, to)) = lane.info.parent.and_then(place).zip(place(lane.id)) else {
        return;
    };
    let Some(x) = within(painter, axis, lane.started_ns) else {
        return;
    };
    painter.line_segment([pos2(x, from.center()), pos2(x, to.center())], stroke);
    painter.circle_filled(pos2(x, from.center()), 1.0 + stroke.width, stroke.color);
}

/// From where the one that was waited for ended to the lane of the one that waited.
fn join(
    painter: &Painter,
    axis: &TimeAxis,
    (by, on): (LaneId, LaneId),
    to_ns: Option<u64>,
    place: Place<'_>,
    stroke: Stroke,
) {
    let Some((by, on)) = place(by).zip(place(on)) else {
        return;
    };
    let Some(x) = to_ns.and_then(|to_ns| within(painter, axis, to_ns)) else {
        return; // It still waits.
    };
    let line: [Pos2; 2] = [pos2(x, on.center()), pos2(x, by.center())];
    painter.extend(Shape::dashed_line(&line, stroke, DASH, DASH));
    painter.circle_stroke(pos2(x, by.center()), 2.0 + stroke.width, stroke);
}

fn within(painter: &Painter, axis: &TimeAxis, t_ns: u64) -> Option<f32> {
    let x = axis.at(t_ns);
    axis.x.contains(x).then(|| painter.round_to_pixel_center(x))
}

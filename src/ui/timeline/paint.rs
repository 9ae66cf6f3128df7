//! Painting of lanes.

use eframe::egui::{Align2, Color32, FontId, Painter, Rangef, Rect, Shape, Stroke, pos2, vec2};

use super::fills::Fills;
use super::lanes::{End, Row};
use super::pieces::{Fill, KINDS};
use super::states::{FIRST_COLOUR, QUIET, UNKNOWN, What};
use crate::ui::theme::Theme;
use crate::ui::time_axis::TimeAxis;
use crate::ui::who::{self, Who};

/// A lane is never narrower than this, in points: what was short is still seen.
const LEAST: f32 = 1.5;
/// So is a piece of one, but not so that it hides the next.
const LEAST_PIECE: f32 = 1.0;
/// So much is painted beyond the edges of the axis, where it is cut off, in points: round corners lie there.
const EDGE: f32 = 8.0;
/// Names where there is little room, in points.
const SMALL: f32 = 10.5;
/// What is no worker is drawn quieter.
const QUIETER: f32 = 0.55;

/// What is to be seen of a row besides what it did.
#[derive(Clone, Copy)]
pub(super) struct How {
    /// Whether it stands out among the others.
    pub(super) lit: bool,
    /// Whether all threads of its process are in it: workers too, so that it is not drawn quieter.
    pub(super) merged: bool,
}

/// One lane in `area`, its name at the left.
pub(super) fn row(
    painter: &Painter,
    area: Rect,
    axis: &TimeAxis,
    row: &Row,
    who: &Who,
    theme: &Theme,
    how: How,
) {
    if how.lit {
        let behind = area.shrink2(vec2(0.0, 1.0));
        painter.rect_filled(behind, 4.0, theme.accent.gamma_multiply(0.18));
    }
    let (named, colour) = match row.colour {
        Some(nth) => (theme.lane(nth), theme.lane(nth)),
        None if row.gil => (theme.text, theme.text),
        None if how.merged => (theme.text, theme.text.gamma_multiply(QUIETER)),
        None => (theme.weak, theme.weak.gamma_multiply(QUIETER)),
    };
    name(painter, area, axis, row, named, theme);
    let inset = (area.height() * 0.18).clamp(2.0, 6.0);
    let y = Rangef::new(area.top() + inset, area.bottom() - inset);
    let over = Rect::from_x_y_ranges(axis.x.expand(1.0), area.y_range());
    let clipped = painter.with_clip_rect(over.intersect(painter.clip_rect()));
    let mut fills = Fills::new(&clipped, theme, y);
    // Of a long run only what is in sight, and no farther than it can be seen.
    let sight = axis.x.expand(EDGE);
    let first = row
        .pieces
        .partition_point(|piece| piece.to_ns < axis.from_ns);
    let seen = row.pieces.iter().enumerate().skip(first);
    for (nth, piece) in seen.take_while(|(_, piece)| piece.from_ns <= axis.to_ns) {
        let left = axis.at(piece.from_ns).max(sight.min);
        let least = match piece.fill {
            Fill::One(What::NotHeld) => 0.0,
            _ if nth + 1 == row.pieces.len() => LEAST,
            _ => LEAST_PIECE,
        };
        let right = axis.at(piece.to_ns).max(left + least);
        let x = Rangef::new(left, right.min(sight.max));
        match (piece.fill, row.gil) {
            (Fill::One(what), true) => {
                let colour = holder(what.holder_kind(who), theme);
                fills.one(x, what, colour, true);
            }
            (Fill::Mixed(shares), true) => {
                let parts = (0..KINDS).rev().filter(|kind| *kind >= UNKNOWN);
                let parts = parts.map(|kind| (u32::from(shares[kind]), holder(kind, theme)));
                fills.stacked(x, parts);
            }
            (Fill::One(what), false) => fills.one(x, what, colour, row.probed),
            (Fill::Mixed(shares), false) => fills.mixed(x, &shares, colour),
        }
    }
    if let Some(rest) = &row.rest {
        let x = Rangef::new(axis.at(rest.start), axis.at(rest.end));
        fills.not_yet(sight.intersection(x));
    }
    fills.finish(colour);
    beyond(painter, axis, row, y.center(), theme);
    if let Some((t_ns, end)) = row.end.filter(|end| axis.range().has(end.0)) {
        ended(painter, axis.at(t_ns), y, end, theme);
    }
}

/// The colour of those who hold a GIL.
fn holder(kind: usize, theme: &Theme) -> Color32 {
    match kind.checked_sub(FIRST_COLOUR) {
        Some(nth) => theme.lane(nth),
        None if kind == QUIET => theme.weak,
        None => theme.line,
    }
}

fn name(painter: &Painter, area: Rect, axis: &TimeAxis, row: &Row, colour: Color32, theme: &Theme) {
    let mut size = if area.height() < 18.0 { SMALL } else { 12.0 };
    let mut x = axis.x.min - 8.0;
    if !row.probed {
        // A hollow dot: seen from outside only.
        let at = pos2(x - 3.0, area.center().y);
        painter.circle_stroke(at, 3.0, Stroke::new(1.2, theme.warn));
        x -= 11.0;
    }
    let room = x - area.left();
    let fitting = |size| who::elided(painter, &row.name, FontId::proportional(size), room);
    let mut text = fitting(size);
    if row.gil && text != row.name {
        // It stands above its process, whose name is there whole.
        size = SMALL;
        text = Some(fitting(size))
            .filter(|text| *text == row.name)
            .unwrap_or_else(|| match row.interpreter {
                Some(id) => format!("GIL {id}"),
                None => "GIL".to_owned(),
            });
    }
    painter.text(
        pos2(x, area.center().y),
        Align2::RIGHT_CENTER,
        text,
        FontId::proportional(size),
        colour,
    );
}

/// A sign at the edge beyond which a lane lies, where nothing of it is in sight.
fn beyond(painter: &Painter, axis: &TimeAxis, row: &Row, y: f32, theme: &Theme) {
    let (x, to) = if row.life.end < axis.from_ns {
        (axis.x.min + 6.0, -4.0)
    } else if row.life.start > axis.to_ns {
        (axis.x.max - 6.0, 4.0)
    } else {
        return;
    };
    let corners = [vec2(-to / 2.0, -3.5), vec2(to, 0.0), vec2(-to / 2.0, 3.5)];
    let corners = corners.map(|corner| pos2(x, y) + corner).to_vec();
    let colour = theme.weak.gamma_multiply(QUIETER);
    painter.add(Shape::convex_polygon(corners, colour, Stroke::NONE));
}

/// The mark at the end, where the end was not a good one.
fn ended(painter: &Painter, x: f32, y: Rangef, end: End, theme: &Theme) {
    let at = pos2(x + 7.0, y.center());
    match end {
        End::Well => {}
        End::Badly => {
            let stroke = Stroke::new(2.0, theme.bad);
            let d = 3.5;
            painter.line_segment([at + vec2(-d, -d), at + vec2(d, d)], stroke);
            painter.line_segment([at + vec2(-d, d), at + vec2(d, -d)], stroke);
        }
        End::Stopped => {
            painter.rect_filled(Rect::from_center_size(at, vec2(6.0, 6.0)), 0.0, theme.warn);
        }
        End::Unknown => {
            painter.circle_stroke(at, 3.0, Stroke::new(1.2, theme.weak));
        }
    }
}

/// A sample of a state's fill, for the key.
pub(super) fn sample(painter: &Painter, bar: Rect, what: What, theme: &Theme) {
    let mut fills = Fills::new(painter, theme, bar.y_range());
    fills.one(bar.x_range(), what, theme.lane(0), true);
    fills.finish(theme.lane(0));
}

//! Painting of lanes. States are told apart by fill and pattern, not by colour alone.

use eframe::egui::{
    Align2, Color32, CornerRadius, FontId, Painter, Rangef, Rect, Shape, Stroke, StrokeKind, pos2,
    vec2,
};

use super::lanes::{End, Row, What};
use crate::ui::theme::Theme;
use crate::ui::time_axis::TimeAxis;
use crate::ui::who;

/// A bar is never narrower than this, in points: what was short is still seen.
const LEAST: f32 = 1.5;

/// One lane in `area`, its name at the left.
pub(super) fn row(
    painter: &Painter,
    area: Rect,
    axis: &TimeAxis,
    row: &Row,
    theme: &Theme,
    chosen: bool,
) {
    let colour = row.colour.map_or(theme.weak, |nth| theme.lane(nth));
    if chosen {
        let behind = area.shrink2(vec2(0.0, 1.0));
        painter.rect_filled(behind, 4.0, theme.accent.gamma_multiply(0.18));
    }
    name(painter, area, axis, row, colour, theme);
    let inset = (area.height() * 0.18).clamp(2.0, 6.0);
    let y = Rangef::new(area.top() + inset, area.bottom() - inset);
    for span in &row.spans {
        let left = axis.at(span.from_ns);
        let right = axis.at(span.to_ns).max(left + LEAST);
        let bar = Rect::from_x_y_ranges(left..=right, y);
        let quiet = if row.colour.is_some() { 1.0 } else { 0.55 };
        match span.what {
            What::Starting => starting(painter, bar, colour.gamma_multiply(quiet)),
            What::Running => running(painter, bar, colour.gamma_multiply(quiet), row.probed),
            What::Joining(_) => joining(painter, bar, colour.gamma_multiply(quiet)),
        }
    }
    if let Some((t_ns, end)) = row.end {
        ended(painter, axis.at(t_ns), y, end, theme);
    }
}

fn name(painter: &Painter, area: Rect, axis: &TimeAxis, row: &Row, colour: Color32, theme: &Theme) {
    let size = if area.height() < 18.0 { 10.5 } else { 12.0 };
    let mut x = axis.x.min - 8.0;
    if !row.probed {
        // A hollow dot: seen from outside only.
        let at = pos2(x - 3.0, area.center().y);
        painter.circle_stroke(at, 3.0, Stroke::new(1.2, theme.warn));
        x -= 11.0;
    }
    let room = x - area.left();
    let text = who::elided(painter, &row.name, FontId::proportional(size), room);
    painter.text(
        pos2(x, area.center().y),
        Align2::RIGHT_CENTER,
        text,
        FontId::proportional(size),
        colour,
    );
}

/// An outline: it is there, and does nothing of its own yet.
pub(super) fn starting(painter: &Painter, bar: Rect, colour: Color32) {
    painter.rect(
        bar,
        CornerRadius::same(2),
        colour.gamma_multiply(0.12),
        Stroke::new(1.0, colour.gamma_multiply(0.8)),
        StrokeKind::Inside,
    );
}

/// Filled; of what is not probed, only as far as the operating system tells.
pub(super) fn running(painter: &Painter, bar: Rect, colour: Color32, probed: bool) {
    let fill = if probed {
        colour
    } else {
        colour.gamma_multiply(0.5)
    };
    painter.rect_filled(bar, CornerRadius::same(2), fill);
}

/// A dim band with a dotted line, as waiting is drawn everywhere.
pub(super) fn joining(painter: &Painter, bar: Rect, colour: Color32) {
    painter.rect_filled(bar, CornerRadius::same(2), colour.gamma_multiply(0.16));
    let y = bar.center().y;
    if bar.width() > 6.0 {
        let line = [pos2(bar.left() + 3.0, y), pos2(bar.right() - 2.0, y)];
        let dots = Shape::dotted_line(&line, colour.gamma_multiply(0.9), 5.0, 1.0);
        painter.extend(dots);
    }
}

/// The mark at the end, where the end was not a good one.
pub(super) fn ended(painter: &Painter, x: f32, y: Rangef, end: End, theme: &Theme) {
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

/// What the patterns mean.
pub(super) fn key(painter: &Painter, area: Rect, theme: &Theme) -> f32 {
    let mut x = area.right();
    let y = area.center().y;
    let font = FontId::proportional(10.5);
    let mut word = |text: &str| {
        let text = painter.text(
            pos2(x, y),
            Align2::RIGHT_CENTER,
            text,
            font.clone(),
            theme.weak,
        );
        x = text.left() - 4.0;
        let bar = Rect::from_min_max(pos2(x - 18.0, y - 5.0), pos2(x, y + 5.0));
        x -= 28.0;
        bar
    };
    joining(painter, word("waiting in join"), theme.lane(0));
    // Whether it runs or waits for something else than a join is told at the pointer, from its CPU time.
    running(painter, word("alive"), theme.lane(0), true);
    starting(painter, word("starting"), theme.lane(0));
    x
}

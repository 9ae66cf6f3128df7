//! The fill of each state: told apart by height and pattern, and only then by colour. All of a row goes into one mesh,
//! since single shapes cost more than the rest of the frame.

use eframe::egui::{Color32, CornerRadius, Mesh, Painter, Rangef, Rect, Shape, Stroke, StrokeKind};

use super::pieces::KINDS;
use super::states::What;
use crate::ui::theme::Theme;

/// A bar from this width on has round corners and stands apart from its neighbours, in points.
const ROUND: f32 = 5.0;
/// From the start of a mark of a pattern to the start of the next, in points. Patterns lie still on the screen, so that
/// one that is cut in many pieces goes on.
const STEP: f32 = 5.0;
/// Bars that are so near to each other touch, in points.
const TOUCHING: f32 = 0.1;

/// Paints bars between two heights.
pub(super) struct Fills<'a> {
    painter: &'a Painter,
    theme: &'a Theme,
    mesh: Mesh,
    /// What lies behind it, and what of that may go on: one bar takes less than many.
    behind: Mesh,
    open: Option<(Rangef, What)>,
    round: Vec<Shape>,
    y: Rangef,
}

impl<'a> Fills<'a> {
    pub(super) fn new(painter: &'a Painter, theme: &'a Theme, y: Rangef) -> Self {
        Self {
            painter,
            theme,
            mesh: Mesh::default(),
            behind: Mesh::default(),
            open: None,
            round: Vec::new(),
            y,
        }
    }

    /// One state from `x.min` to `x.max`, in a lane of this colour.
    pub(super) fn one(&mut self, x: Rangef, what: What, colour: Color32, probed: bool) {
        let warn = self.theme.warn;
        match what {
            What::Starting => self
                .round
                .push(Shape::Rect(eframe::egui::epaint::RectShape::new(
                    Rect::from_x_y_ranges(x, self.y),
                    CornerRadius::same(2),
                    colour.gamma_multiply(0.12),
                    Stroke::new(1.0, colour.gamma_multiply(0.8)),
                    StrokeKind::Inside,
                ))),
            What::Python | What::Apart | What::Free | What::Held(_) => self.solid(x, colour),
            What::Running => {
                let fill = if probed { 0.55 } else { 0.3 };
                self.rect(x, self.y, colour.gamma_multiply(fill));
                self.line(x, self.y.min + 0.5, 1.0, colour);
                self.line(x, self.y.max - 0.5, 1.0, colour);
            }
            What::Outside => {
                self.rect(x, self.y, colour.gamma_multiply(0.22));
                let apart = self.y.span() / 3.0;
                for nth in [0.5, 1.5, 2.5] {
                    self.line(x, self.y.min + apart * nth, apart * 0.45, colour);
                }
            }
            What::WaitsForGil => {
                self.rect(x, self.low(), warn.gamma_multiply(0.17));
                self.marks(x, 1.6, 0.8, warn.gamma_multiply(0.8));
            }
            What::WaitsForCore => {
                self.rect(x, self.low(), warn.gamma_multiply(0.17));
                self.marks(x, 1.0, self.low().span() / 2.0, warn.gamma_multiply(0.7));
            }
            What::Blocked => {
                self.rect(x, self.low(), colour.gamma_multiply(0.1));
                self.line(x, self.y.center(), 1.5, colour.gamma_multiply(0.55));
            }
            What::WaitsForReader => {
                self.rect(x, self.low(), warn.gamma_multiply(0.1));
                self.line(x, self.y.center() - 1.5, 1.0, warn.gamma_multiply(0.8));
                self.line(x, self.y.center() + 1.5, 1.0, warn.gamma_multiply(0.8));
            }
            What::Joining(_) => {
                self.rect(x, self.low(), colour.gamma_multiply(0.16));
                self.marks(x, 3.2, 0.75, colour.gamma_multiply(0.8));
            }
            What::Without => self.rect(x, self.low(), colour.gamma_multiply(0.2)),
            What::NotHeld => self.line(x, self.y.center(), 1.0, self.theme.line),
        }
    }

    /// Not worked out yet: fine dots, which no state has.
    pub(super) fn not_yet(&mut self, x: Rangef) {
        self.marks(x, 1.0, 0.5, self.theme.weak);
    }

    /// Several states at once: from the bottom up what ran, each as high as its share, before what waited most.
    pub(super) fn mixed(&mut self, x: Rangef, shares: &[u8; KINDS], colour: Color32) {
        let share = |what: What| shares[what.kind()];
        let behind = [
            What::WaitsForGil,
            What::WaitsForCore,
            What::Blocked,
            What::WaitsForReader,
            JOINING,
        ];
        let behind = behind.into_iter().max_by_key(|what| share(*what));
        if let Some(behind) = behind.filter(|what| share(*what) > 0) {
            match &mut self.open {
                Some((open, what)) if *what == behind && x.min - open.max < TOUCHING => {
                    open.max = open.max.max(x.max);
                }
                _ => {
                    self.close(colour);
                    self.open = Some((x, behind));
                }
            }
        }
        let ran = [
            What::Python,
            What::Apart,
            What::Free,
            What::Running,
            What::Starting,
        ];
        let ran: u32 = ran.into_iter().map(|what| u32::from(share(what))).sum();
        let outside = u32::from(share(What::Outside));
        let stack = [(ran, colour), (outside, colour.gamma_multiply(0.5))];
        self.stacked(x, stack);
    }

    /// Draws what is open behind the rest.
    fn close(&mut self, colour: Color32) {
        if let Some((x, what)) = self.open.take() {
            std::mem::swap(&mut self.mesh, &mut self.behind);
            self.one(x, what, colour, true);
            std::mem::swap(&mut self.mesh, &mut self.behind);
        }
    }

    /// Shares of 255 upon each other, from the bottom up.
    pub(super) fn stacked(&mut self, x: Rangef, stack: impl IntoIterator<Item = (u32, Color32)>) {
        let mut bottom = self.y.max;
        for (share, colour) in stack {
            let top = bottom - self.y.span() * share as f32 / 255.0;
            if share > 0 {
                self.rect(x, Rangef::new(top, bottom), colour);
            }
            bottom = top;
        }
    }

    /// Waiting is drawn lower than running.
    fn low(&self) -> Rangef {
        self.y.shrink(self.y.span() * 0.14)
    }

    fn solid(&mut self, x: Rangef, colour: Color32) {
        if x.span() < ROUND {
            self.rect(x, self.y, colour);
            return;
        }
        let bar = Rect::from_x_y_ranges(x.shrink(0.5), self.y);
        let round = CornerRadius::same(2);
        self.round.push(Shape::rect_filled(bar, round, colour));
    }

    fn rect(&mut self, x: Rangef, y: Rangef, colour: Color32) {
        self.mesh
            .add_colored_rect(Rect::from_x_y_ranges(x, y), colour);
    }

    fn line(&mut self, x: Rangef, y: f32, height: f32, colour: Color32) {
        let y = Rangef::new(y - height / 2.0, y + height / 2.0);
        self.rect(x, y, colour);
    }

    /// Marks of this width, reaching so far above and below the middle.
    fn marks(&mut self, x: Rangef, width: f32, reach: f32, colour: Color32) {
        let y = Rangef::point(self.y.center()).expand(reach);
        let first = ((x.min - width) / STEP).ceil().max(0.0) as usize;
        let last = (x.max / STEP).floor().max(0.0) as usize;
        for nth in first..=last {
            let left = nth as f32 * STEP;
            let mark = Rangef::new(left.max(x.min), (left + width).min(x.max));
            if mark.max > mark.min {
                self.rect(mark, y, colour);
            }
        }
    }

    /// Hands all of it to the painter.
    pub(super) fn finish(mut self, colour: Color32) {
        self.close(colour);
        self.painter.add(Shape::mesh(self.behind));
        self.painter.add(Shape::mesh(self.mesh));
        self.painter.extend(self.round);
    }
}

/// Of joins only the kind counts here.
const JOINING: What = What::Joining(crate::run::LaneId(0));

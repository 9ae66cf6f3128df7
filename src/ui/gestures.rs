//! What pointer and keys do with time, the same in plot and lanes: zoom, move, select.

use eframe::egui::{self, EventFilter, Id, Key, Modifiers, PointerButton, Response};

use super::action::Action;
use super::time_axis::{TimeAxis, from_to};
use super::view::View;
use super::zoom::{Pin, Step, TimeRange, step};

/// A selection that is narrower was no more than a click, in points.
const LEAST: f32 = 3.0;
/// What a key moves: of what is shown, one part in so many.
const MOVES: u64 = 10;
const SELECTS: u64 = 50;
const POINTS: u64 = 100;

/// What one panel's pointer and keys are at.
#[derive(Default)]
pub struct Gestures {
    drag: Option<Drag>,
    /// A selection made by keys: where it was begun, and where it has come to.
    keyed: Option<(u64, u64)>,
}

enum Drag {
    /// Selects from this time.
    Select(u64),
    /// Moves what was shown from where the pointer was, in points.
    Move(TimeRange, f32),
}

impl Gestures {
    /// Whether something is being dragged.
    pub fn busy(&self) -> bool {
        self.drag.is_some()
    }

    /// Takes what the pointer did in the area of `response`, which senses clicks and drags.
    pub fn ui(
        &mut self,
        ui: &egui::Ui,
        response: &Response,
        axis: &TimeAxis,
        view: View<'_>,
        actions: &mut Vec<Action>,
    ) {
        if view.run.is_none() {
            return;
        }
        if ui.rect_contains_pointer(response.rect) {
            wheel(ui, axis, view, actions);
        }
        self.drag(ui, response, axis, view, actions);
        if response.double_clicked() {
            actions.extend(step(view, Step::Fit));
        } else if response.clicked() {
            response.request_focus();
            let at = response.interact_pointer_pos();
            let t_ns = at.map(|at| axis.nearest_ns(at.x));
            let outside = |selected: TimeRange| t_ns.is_some_and(|t_ns| !selected.has(t_ns));
            if view.times.selected.is_some_and(outside) {
                actions.push(Action::Select(None));
            }
        }
    }

    fn drag(
        &mut self,
        ui: &egui::Ui,
        response: &Response,
        axis: &TimeAxis,
        view: View<'_>,
        actions: &mut Vec<Action>,
    ) {
        if response.drag_started() {
            let (from, shift) =
                ui.input(|input| (input.pointer.press_origin(), input.modifiers.shift));
            let select = response.drag_started_by(PointerButton::Primary) && !shift;
            self.drag = match from.filter(|from| axis.x.contains(from.x)) {
                Some(from) if select => Some(Drag::Select(axis.nearest_ns(from.x))),
                Some(from) if !response.drag_started_by(PointerButton::Secondary) => {
                    Some(Drag::Move(axis.range(), from.x))
                }
                _ => None,
            };
        }
        let at = response
            .interact_pointer_pos()
            .filter(|_| response.dragged());
        if let (Some(at), Some(drag)) = (at, &self.drag) {
            match drag {
                Drag::Select(from_ns) => {
                    let wide = (axis.at(*from_ns) - at.x).abs() >= LEAST;
                    let range = TimeRange::between(*from_ns, axis.nearest_ns(at.x));
                    let selected = Some(range).filter(|_| wide);
                    if selected != view.times.selected {
                        actions.push(Action::Select(selected));
                    }
                    self.keyed = None;
                    ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
                }
                Drag::Move(range, from_x) => {
                    let by_ns = f64::from(from_x - at.x) * axis.ns_per_point();
                    show(view, range.moved(by_ns as i64, view.all()), actions);
                    ui.ctx().set_cursor_icon(egui::CursorIcon::Grabbing);
                }
            }
        }
        if response.drag_stopped() || !response.dragged() {
            self.drag = None;
        }
    }

    /// Takes the keys of the widget that the keyboard is on, if it is one of this panel's.
    pub fn keys(
        &mut self,
        ui: &egui::Ui,
        focus: Option<Id>,
        view: View<'_>,
        actions: &mut Vec<Action>,
    ) {
        let (Some(id), Some(_)) = (focus, view.run) else {
            return;
        };
        let filter = EventFilter {
            horizontal_arrows: true,
            escape: view.times.holds(),
            ..Default::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let pressed =
            |modifiers, key| ui.input_mut(|input| input.count_and_consume_key(modifiers, key));
        let arrows = |modifiers| {
            let [left, right] =
                [Key::ArrowLeft, Key::ArrowRight].map(|key| pressed(modifiers, key));
            right as i64 - left as i64
        };
        let (cursor, selects, moves) = (
            arrows(Modifiers::COMMAND),
            arrows(Modifiers::SHIFT),
            arrows(Modifiers::NONE),
        );
        let shown = view.range();
        let part = |of: u64| (shown.length_ns() / of).max(1) as i64;
        if moves != 0 {
            show(view, shown.moved(moves * part(MOVES), view.all()), actions);
        }
        if selects != 0 {
            self.select(view, selects * part(SELECTS), actions);
        }
        if cursor != 0 {
            let t_ns = at_ns(view).saturating_add_signed(cursor * part(POINTS));
            let pin = Pin {
                t_ns: t_ns.clamp(view.all().from_ns, view.all().to_ns),
                lane: None,
                line: None,
            };
            actions.push(Action::HoldCursor(Some(pin)));
        }
        if pressed(Modifiers::NONE, Key::Home) > 0 {
            actions.extend(step(view, Step::Fit));
        }
    }

    /// The end that keys move goes on by so much.
    fn select(&mut self, view: View<'_>, by_ns: i64, actions: &mut Vec<Action>) {
        let known = self.keyed.filter(|(from_ns, to_ns)| {
            view.times.selected == Some(TimeRange::between(*from_ns, *to_ns))
        });
        let (from_ns, to_ns) = match (known, view.times.selected) {
            (Some(known), _) => known,
            (None, Some(selected)) => (selected.from_ns, selected.to_ns),
            (None, None) => (at_ns(view), at_ns(view)),
        };
        let all = view.all();
        let to_ns = to_ns
            .saturating_add_signed(by_ns)
            .clamp(all.from_ns, all.to_ns);
        self.keyed = Some((from_ns, to_ns));
        let range = TimeRange::between(from_ns, to_ns);
        actions.push(Action::Select((from_ns != to_ns).then_some(range)));
    }
}

/// Where the cursor is for the keys: where it is held, or in the middle of what is shown.
fn at_ns(view: View<'_>) -> u64 {
    let shown = view.range();
    let held = view.times.pin.map(|pin| pin.t_ns);
    held.filter(|t_ns| shown.has(*t_ns))
        .unwrap_or_else(|| shown.middle_ns())
}

fn show(view: View<'_>, range: Option<TimeRange>, actions: &mut Vec<Action>) {
    if range != view.times.shown {
        actions.push(Action::ShowTimes(range));
    }
}

/// The wheel with Ctrl (or a pinch) zooms at the pointer, with Shift (or sideways) it moves.
fn wheel(ui: &egui::Ui, axis: &TimeAxis, view: View<'_>, actions: &mut Vec<Action>) {
    let (zoom, moved, at) = ui.input(|input| {
        (
            input.zoom_delta(),
            input.smooth_scroll_delta(),
            input.pointer.hover_pos(),
        )
    });
    let Some(at) = at else {
        return;
    };
    let shown = axis.range();
    // A pinch may jump; one frame is no more than this.
    let by = f64::from(1.0 / zoom.clamp(0.1, 10.0));
    if (by - 1.0).abs() > 1e-6 {
        let new = shown.zoomed(by, axis.nearest_ns(at.x), view.all());
        show(view, new, actions);
    } else if moved.x.abs() > moved.y.abs() {
        let by_ns = f64::from(-moved.x) * axis.ns_per_point();
        show(view, shown.moved(by_ns as i64, view.all()), actions);
    }
}

/// For a screen reader: what part of the time a panel shows, its sentence, and what is told of the selection or of
/// the cursor.
pub(super) fn spoken(view: View<'_>, what: &str, sentence: &str) -> String {
    let mut words = what.to_owned();
    if view.zoomed() {
        let (shown, all) = (from_to(view.range()), view.all().to_ns as f64 / 1e9);
        words += &format!(", showing {shown} of {all:.2} s");
    }
    let said = [sentence, view.said]
        .into_iter()
        .filter(|said| !said.is_empty());
    let said: Vec<&str> = said.collect();
    if !said.is_empty() {
        words += &format!(": {}", said.join("; "));
    }
    words
}

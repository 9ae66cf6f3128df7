//! Reading a run: zoom, move, select, hold the cursor at a line. By pointer and by keys.

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Event, Key, Modifiers, PointerButton, Pos2, Rect, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};
use gilscope::run::{LaneId, Stream};
use gilscope::ui::log::{Lines, line_before};
use gilscope::ui::zoom::{LEAST_NS, TimeRange};

use crate::harness::{Window, app, press};
use crate::measured::{contended, over};
use crate::opened::opened;
use crate::synthetic::{MS, Synthetic, talkers, threads};

const SIZE: [f32; 2] = [1280.0, 900.0];

pub(crate) fn show(run: &Synthetic) -> (Window, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let window = opened(run, folder.path(), SIZE);
    (window, folder)
}

fn plot(window: &Window) -> Rect {
    window.get_by_label_contains("CPU load over time").rect()
}

fn lanes(window: &Window) -> Rect {
    let name = "Who runs when";
    let all: Vec<Rect> = window
        .get_all_by_label_contains(name)
        .filter(|node| node.accesskit_node().role() == Role::Image)
        .map(|node| node.rect())
        .collect();
    all[0]
}

fn shown(window: &Window) -> Option<TimeRange> {
    app(window).times().shown
}

fn selected(window: &Window) -> Option<TimeRange> {
    app(window).times().selected
}

fn pinch(window: &mut Window, at: Pos2, by: f32) {
    window.hover_at(at);
    window.run_steps(2);
    window.event(Event::Zoom(by));
    window.run_steps(3);
}

fn button(
    window: &mut Window,
    at: Pos2,
    button: PointerButton,
    pressed: bool,
    modifiers: Modifiers,
) {
    window.event(Event::PointerMoved(at));
    window.event(Event::PointerButton {
        pos: at,
        button,
        pressed,
        modifiers,
    });
    window.run_steps(1);
}

fn drag(window: &mut Window, from: Pos2, to: Pos2, with: PointerButton, modifiers: Modifiers) {
    window.event(Event::ModifiersChanged(modifiers));
    window.hover_at(from);
    window.run_steps(1);
    button(window, from, with, true, modifiers);
    for share in [0.3, 0.7, 1.0] {
        window.event(Event::PointerMoved(from + (to - from) * share));
        window.run_steps(1);
    }
    button(window, to, with, false, modifiers);
    window.event(Event::ModifiersChanged(Modifiers::NONE));
    window.run_steps(2);
}

fn select(window: &mut Window, from: Pos2, to: Pos2) {
    drag(window, from, to, PointerButton::Primary, Modifiers::NONE);
}

pub(crate) fn key(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run_steps(3);
}

/// A place in the plot, or in the lanes: shares of its width and height.
fn at(rect: Rect, x: f32, y: f32) -> Pos2 {
    pos2(
        rect.left() + rect.width() * x,
        rect.top() + rect.height() * y,
    )
}

#[test]
fn ctrl_and_the_wheel_zoom_at_the_pointer_in_plot_and_lanes() {
    let (mut window, _folder) = show(&threads("a", 3, 2));
    assert!(window.query_by_label("Show all the time").is_none());
    let spot = at(plot(&window), 0.25, 0.5);
    pinch(&mut window, spot, 2.0);
    let first = shown(&window).unwrap();
    // 3 s are shown: 0.75 s stays where it is.
    assert_eq!(first.length_ns(), 1_500 * MS);
    assert!(first.from_ns.abs_diff(375 * MS) < 10 * MS, "{first:?}");
    let said = "s of 3.00 s: shown here 1.0 of 8 cores busy: 12.5 % of this machine";
    window.hover_at(pos2(640.0, 20.0));
    window.run_steps(2);
    window.get_by_label_contains("CPU load over time, showing 0.37");
    window.get_by_label_contains(said);
    let spot = at(lanes(&window), 0.5, 0.5);
    pinch(&mut window, spot, 2.0);
    let second = shown(&window).unwrap();
    assert_eq!(second.length_ns(), 750 * MS);
    assert!(second.middle_ns().abs_diff(first.middle_ns()) < 10 * MS);
    press(&mut window, "Show all the time");
    assert_eq!(shown(&window), None);
    assert!(window.query_by_label("Show all the time").is_none());
}

#[test]
fn zoom_has_a_least_and_a_most_and_labels_can_be_read_there() {
    let (mut window, _folder) = show(&threads("a", 3, 2));
    let spot = at(plot(&window), 0.5, 0.5);
    for _ in 0..12 {
        pinch(&mut window, spot, 8.0);
    }
    assert_eq!(shown(&window).unwrap().length_ns(), LEAST_NS);
    for _ in 0..12 {
        pinch(&mut window, spot, 0.1);
    }
    assert_eq!(shown(&window), None);
}

#[test]
fn keys_zoom_and_move_and_fit_but_not_while_a_text_is_typed() {
    let (mut window, _folder) = show(&threads("a", 3, 2));
    key(&mut window, Modifiers::NONE, Key::Plus);
    let half = shown(&window).unwrap();
    assert_eq!(half.length_ns(), 1_500 * MS);
    key(&mut window, Modifiers::SHIFT, Key::Equals);
    assert_eq!(shown(&window).unwrap().length_ns(), 750 * MS);
    key(&mut window, Modifiers::NONE, Key::Minus);
    assert_eq!(shown(&window), Some(half));
    // The arrows are the panel's that the keyboard is on.
    window.get_by_label_contains("CPU load over time").focus();
    window.run_steps(2);
    key(&mut window, Modifiers::NONE, Key::ArrowRight);
    let right = shown(&window).unwrap();
    assert_eq!(right.from_ns, half.from_ns + 150 * MS);
    window.get_by_label_contains("Thread-2: ").focus();
    window.run_steps(2);
    key(&mut window, Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(shown(&window), Some(half));
    key(&mut window, Modifiers::NONE, Key::Num0);
    assert_eq!(shown(&window), None);
    window
        .get_by_role_and_label(Role::MultilineTextInput, "Script")
        .focus();
    window.run_steps(2);
    key(&mut window, Modifiers::NONE, Key::Plus);
    assert_eq!(shown(&window), None);
}

#[test]
fn the_view_menu_has_the_steps_of_the_time() {
    let (mut window, _folder) = show(&threads("a", 3, 2));
    press(&mut window, "View  ▾");
    press(&mut window, "Time and lanes");
    window.get_by_label_contains("hold the cursor and move it");
    let item = by().label_contains("Zoom in").predicate(|node| {
        node.role() == Role::Button && node.label().is_some_and(|name| name != "Zoom in")
    });
    window.get(item).click();
    window.run_steps(3);
    assert_eq!(shown(&window).unwrap().length_ns(), 1_500 * MS);
}

#[test]
fn a_wheel_with_shift_a_middle_drag_and_a_drag_with_shift_move_the_time() {
    let (mut window, _folder) = show(&threads("a", 3, 2));
    key(&mut window, Modifiers::NONE, Key::Plus);
    let before = shown(&window).unwrap();
    let area = lanes(&window);
    let (from, to) = (at(area, 0.6, 0.5), at(area, 0.5, 0.5));
    drag(
        &mut window,
        from,
        to,
        PointerButton::Middle,
        Modifiers::NONE,
    );
    let moved = shown(&window).unwrap();
    let by_ns = moved.from_ns - before.from_ns;
    assert!(by_ns.abs_diff(150 * MS) < 8 * MS, "{by_ns}");
    drag(
        &mut window,
        to,
        from,
        PointerButton::Primary,
        Modifiers::SHIFT,
    );
    assert!(shown(&window).unwrap().from_ns.abs_diff(before.from_ns) < 8 * MS);
    assert_eq!(selected(&window), None);
    let at = at(plot(&window), 0.5, 0.5);
    window.hover_at(at);
    window.run_steps(1);
    window.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(-60.0, 0.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    window.run_steps(30);
    assert!(shown(&window).unwrap().from_ns > before.from_ns + 50 * MS);
}

#[test]
fn a_drag_selects_a_time_whose_own_figures_are_shown_and_nothing_moves() {
    let (mut window, _folder) = show(&over(contended("a", 1100 * MS, 10 * MS), 1100 * MS));
    let before = (plot(&window), lanes(&window));
    let area = lanes(&window);
    select(&mut window, at(area, 0.2, 0.4), at(area, 0.4, 0.5));
    let range = selected(&window).unwrap();
    assert!(range.length_ns().abs_diff(300 * MS) < 5 * MS, "{range:?}");
    assert_eq!((plot(&window), lanes(&window)), before);
    let said = "GIL held 100 %, waited for 33 %";
    assert!(window.query_all_by_label_contains(said).count() >= 3);
    press(&mut window, "Zoom to what is selected");
    assert_eq!(shown(&window), Some(range));
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(selected(&window), None);
    assert!(window.query_by_label_contains(said).is_none());
    // What the plot selects is the same.
    key(&mut window, Modifiers::NONE, Key::Num0);
    let area = plot(&window);
    select(&mut window, at(area, 0.4, 0.4), at(area, 0.2, 0.5));
    assert!(selected(&window).unwrap().from_ns.abs_diff(range.from_ns) < 5 * MS);
    window.hover_at(at(area, 0.8, 0.5));
    button(
        &mut window,
        at(area, 0.8, 0.5),
        PointerButton::Primary,
        true,
        Modifiers::NONE,
    );
    button(
        &mut window,
        at(area, 0.8, 0.5),
        PointerButton::Primary,
        false,
        Modifiers::NONE,
    );
    window.run_steps(2);
    assert_eq!(selected(&window), None);
}

#[test]
fn what_was_not_measured_is_no_figure_of_a_selection() {
    let (mut window, _folder) = show(&threads("a", 3, 2));
    let area = plot(&window);
    select(&mut window, at(area, 0.4, 0.4), at(area, 0.41, 0.4));
    let said = window
        .get_all_by_label_contains("selected ")
        .next()
        .unwrap();
    let said = said
        .value()
        .or_else(|| said.accesskit_node().label())
        .unwrap_or_default();
    assert!(said.contains("(mean of 100 ms)"), "{said}");
    assert!(!said.contains("GIL"), "{said}");
}

#[test]
fn keys_select_and_move_the_cursor() {
    let (mut window, _folder) = show(&threads("a", 3, 2));
    window.get_by_label_contains("CPU load over time").focus();
    window.run_steps(2);
    key(&mut window, Modifiers::COMMAND, Key::ArrowRight);
    let pin = app(&window).times().pin.unwrap();
    assert_eq!((pin.t_ns, pin.line), (1_530 * MS, None));
    window.get_by_label_contains("CPU load over time: on average");
    assert!(window.query_all_by_label_contains("at 1.530 s: ").count() >= 3);
    // Escape lets go of it, and the keyboard stays in the plot.
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(app(&window).times().pin, None);
    for _ in 0..2 {
        key(&mut window, Modifiers::SHIFT, Key::ArrowLeft);
    }
    let range = selected(&window).unwrap();
    assert_eq!(range.length_ns(), 120 * MS);
    key(&mut window, Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(selected(&window).unwrap().length_ns(), 60 * MS);
    key(&mut window, Modifiers::NONE, Key::Z);
    assert_eq!(shown(&window), selected(&window));
}

/// The log's row that says this.
fn row(window: &Window, text: &str) -> Pos2 {
    let rows = window.get_all_by_label_contains(text);
    let mut rows = rows.filter(|node| node.accesskit_node().role() == Role::ListItem);
    rows.next().unwrap().rect().center()
}

fn click(window: &mut Window, at: Pos2) {
    window.hover_at(at);
    button(window, at, PointerButton::Primary, true, Modifiers::NONE);
    button(window, at, PointerButton::Primary, false, Modifiers::NONE);
    window.run_steps(3);
}

#[test]
fn a_line_of_the_log_holds_the_cursor_and_says_who_ran_then() {
    let mut s = contended("a", 1100 * MS, 10 * MS);
    s.print(1_050 * MS, LaneId(1), Stream::Stdout, b"one\n");
    s.print(1_055 * MS, LaneId(2), Stream::Stdout, b"two\n");
    let (mut window, _folder) = show(&over(s, 1100 * MS));
    // The time is brought into view.
    let spot = at(plot(&window), 0.05, 0.5);
    pinch(&mut window, spot, 8.0);
    assert!(!shown(&window).unwrap().has(1_055 * MS));
    let two = row(&window, "Thread-2: two");
    click(&mut window, two);
    let pin = app(&window).times().pin.unwrap();
    assert_eq!((pin.t_ns, pin.lane), (1_055 * MS, Some(LaneId(2))));
    assert!(shown(&window).unwrap().has(1_055 * MS));
    let said = "at 1.0550 s: Thread-2 held the GIL; Thread-1 waited for it; MainThread was alive; Thread-3 was blocked";
    assert!(window.query_all_by_label_contains(said).count() >= 3);
    // Another line takes the cursor along, the same one lets it go, and so does Escape.
    let one = row(&window, "Thread-1: one");
    click(&mut window, one);
    assert_eq!(
        app(&window).times().pin.map(|pin| pin.lane),
        Some(Some(LaneId(1)))
    );
    key(&mut window, Modifiers::NONE, Key::ArrowDown);
    assert_eq!(
        app(&window).times().pin.map(|pin| pin.lane),
        Some(Some(LaneId(2)))
    );
    click(&mut window, two);
    assert_eq!(app(&window).times().pin, None);
    click(&mut window, one);
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(app(&window).times().pin, None);
}

#[test]
fn selected_lines_select_their_time_and_let_it_go() {
    let (mut window, _folder) = show(&threads("a", 3, 2));
    window.run_steps(3);
    // They come every 300 ms.
    let (first, third) = (row(&window, "0.350 s, "), row(&window, "0.950 s, "));
    drag(
        &mut window,
        first,
        third,
        PointerButton::Primary,
        Modifiers::NONE,
    );
    let range = TimeRange::between(350 * MS, 950 * MS);
    assert_eq!(selected(&window), Some(range));
    assert!(
        window
            .query_all_by_label_contains("selected 600 ms, 0.350 s to 0.950 s")
            .next()
            .is_some()
    );
    click(&mut window, third);
    assert_eq!(selected(&window), None);
    // A time that was selected in the plot stays while one line is pressed.
    let area = plot(&window);
    select(&mut window, at(area, 0.4, 0.4), at(area, 0.6, 0.4));
    let range = selected(&window);
    click(&mut window, first);
    assert!(range.is_some() && selected(&window) == range);
}

#[test]
fn the_last_line_before_a_time_is_found_among_many() {
    let s = talkers("a", 10_000);
    let filter = gilscope::run::Filter::default();
    let blocks = s.run.log.blocks();
    let t_ns = blocks[blocks.len() / 2].t_ns;
    let lines = Lines::all(&s.run, filter);
    let line = line_before(lines, t_ns).unwrap();
    let block = |line| &blocks[s.run.log.row(filter, line).unwrap().block as usize];
    assert!(block(line).t_ns <= t_ns && block(line + 1).t_ns > t_ns);
    assert_eq!(line_before(lines, 0), None);
    assert_eq!(
        line_before(lines, u64::MAX),
        Some(s.run.log.rows(filter) - 1)
    );
}

//! How the log can be looked at: long lines broken, each worker's lines together, two workers side by side.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};
use gilscope::experiment::Experiment;
use gilscope::run::{LaneId, LaneKind, Stream};
use gilscope::ui::action::Action;

use crate::log::{World, window};
use crate::synthetic::{MS, Synthetic};

/// Two workers that take turns, each tenth line of the first one long.
fn talk(lines: u64) -> Synthetic {
    let mut run = Synthetic::new("a", Experiment::default());
    let workers: Vec<LaneId> = (1..=2)
        .map(|nth| run.open(10 * MS, LaneKind::Process, &format!("Process-{nth}"), None))
        .collect();
    for nth in 0..lines {
        let worker = workers[nth as usize % 2];
        let long = if nth % 20 == 0 {
            " and on".repeat(40)
        } else {
            String::new()
        };
        let text = format!("line {nth}{long}\n");
        run.print((20 + nth) * MS, worker, Stream::Stdout, text.as_bytes());
    }
    run.over((30 + lines) * MS, 5 * MS);
    run
}

fn turn_on(window: &mut Harness<'static, World>, name: &str) {
    window.run_steps(2);
    window.get_by_label("How the log is shown").click();
    window.run_steps(2);
    window.get_by_label(name).click();
    window.run_steps(4);
}

/// The rows in view, from above: text, top and height.
fn rows(window: &Harness<'static, World>) -> Vec<(String, f32, f32)> {
    let all = window.get_all_by_label_contains("line ");
    let mut rows: Vec<_> = all
        .filter(|node| node.accesskit_node().role() == Role::ListItem)
        .map(|node| {
            let text = node.accesskit_node().label().unwrap_or_default();
            let words: Vec<&str> = text.split_whitespace().collect();
            (
                words[2..5].join(" "),
                node.rect().top(),
                node.rect().height(),
            )
        })
        .collect();
    rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    rows
}

#[test]
fn broken_lines_are_whole_and_the_last_one_stays_in_view() {
    let mut window = window(talk(200));
    window.run_steps(2);
    let height = rows(&window)[5].2;
    turn_on(&mut window, "Break long lines");
    let shown = rows(&window);
    let last = shown.last().unwrap();
    assert!(last.0.ends_with("line 199"), "{shown:?}");
    assert!(
        last.1 + last.2 <= 600.5 && last.1 + last.2 > 590.0,
        "{shown:?}"
    );
    let long: Vec<_> = shown.iter().filter(|row| row.2 > 3.0 * height).collect();
    assert!(!long.is_empty() && long.len() < 4, "{shown:?}");
    // They lie upon each other without a gap.
    for pair in shown.windows(2) {
        assert!((pair[0].1 + pair[0].2 - pair[1].1).abs() < 0.5, "{pair:?}");
    }
    // A press acts on the row that is there.
    let (text, top, _) = shown[shown.len() - 3].clone();
    window.hover_at(eframe::egui::pos2(100.0, top + 3.0));
    window.drag_at(eframe::egui::pos2(100.0, top + 3.0));
    window.drop_at(eframe::egui::pos2(100.0, top + 3.0));
    window.run_steps(2);
    let held = window
        .state()
        .actions
        .iter()
        .rev()
        .find_map(|action| match action {
            Action::HoldCursor(Some(pin)) => Some(pin.t_ns),
            _ => None,
        });
    let nth: u64 = text.rsplit(' ').next().unwrap().parse().unwrap();
    assert_eq!(held, Some((20 + nth) * MS));
}

#[test]
fn lines_of_a_worker_stand_together_when_asked_for() {
    let mut window = window(talk(40));
    turn_on(&mut window, "Each worker’s lines together");
    let shown = rows(&window);
    let firsts: Vec<&str> = shown.iter().map(|row| &*row.0).collect();
    // The end is in view: the second worker's lines.
    let last: Vec<String> = (36..40)
        .filter(|n| n % 2 == 1)
        .map(|n| format!("Process-2: line {n}"))
        .collect();
    assert_eq!(firsts[firsts.len() - 2..], last, "{firsts:?}");
    // Lines of two groups have no time between them.
    window.get_by_label_contains("Log, 40 lines").focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    let selects = |action: &Action| matches!(action, Action::Select(Some(_)));
    assert!(!window.state().actions.iter().any(selects));
    let changes = firsts
        .windows(2)
        .filter(|two| two[0][..9] != two[1][..9])
        .count();
    assert!(changes <= 1, "{firsts:?}");
}

#[test]
fn two_workers_stand_side_by_side() {
    let mut window = window(talk(40));
    window.state_mut().lane = Some(LaneId(1));
    turn_on(&mut window, "Two workers side by side");
    assert_eq!(window.query_all_by_label("Log, 20 lines shown").count(), 2);
    let shown = rows(&window);
    let of = |name: &str| shown.iter().filter(|row| row.0.starts_with(name)).count();
    assert!(of("Process-1") > 10 && of("Process-2") > 10, "{shown:?}");
    window.state_mut().lane = Some(LaneId(2));
    window.run_steps(3);
    let shown = rows(&window);
    let of = |name: &str| shown.iter().filter(|row| row.0.starts_with(name)).count();
    assert!(of("Process-1") > 10 && of("Process-2") > 10, "{shown:?}");
    window.get_by_label("Whose lines are shown beside").click();
    window.run_steps(2);
    window.get_by_label("Process-2  (20)").click();
    window.run_steps(3);
    assert!(
        rows(&window)
            .iter()
            .all(|row| row.0.starts_with("Process-2"))
    );
}

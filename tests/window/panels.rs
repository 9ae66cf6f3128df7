//! The panels painted by kittest: none panics, names are there, the work of a frame is bounded.

use std::sync::Arc;

use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use gilscope::run::{LaneId, Run, StoppedBy, TextSource};
use gilscope::ui::action::Action;
use gilscope::ui::cpu::CpuPanel;
use gilscope::ui::figures::FiguresPanel;
use gilscope::ui::processes::ProcessesPanel;
use gilscope::ui::theme::{Mode, Theme, install};
use gilscope::ui::timeline::TimelinePanel;
use gilscope::ui::view::View;
use gilscope::ui::zoom::Times;

use crate::synthetic::{MS, Synthetic, staircase, threads, trouble};

/// A window with one panel.
struct World<P> {
    panel: P,
    run: Option<Synthetic>,
    before: Option<Run>,
    lane: Option<LaneId>,
    point_ns: Option<u64>,
    actions: Vec<Action>,
}

fn window<P: 'static>(
    panel: P,
    run: Option<Synthetic>,
    size: [f32; 2],
    ui: impl Fn(&mut P, &mut egui::Ui, View<'_>) -> Vec<Action> + 'static,
) -> Harness<'static, World<P>> {
    let world = World {
        panel,
        run,
        before: Some(staircase("before", 5, 20).run),
        lane: None,
        point_ns: None,
        actions: Vec::new(),
    };
    let theme = Theme::dark();
    Harness::builder()
        .with_context_setup(|ctx| install(ctx, Mode::Dark))
        .with_size(size)
        .build_ui_state(
            move |egui, world: &mut World<P>| {
                let text: Option<Arc<dyn TextSource>> =
                    world.run.as_ref().map(|s| Arc::new(s.text.clone()) as _);
                let view = View {
                    run: world.run.as_ref().map(|s| &s.run),
                    before: world.before.as_ref(),
                    turn_wall_s: None,
                    text: text.as_ref(),
                    live: false,
                    theme: &theme,
                    point_ns: world.point_ns,
                    said: "",
                    times: Times::default(),
                    lane: world.lane,
                    stream: None,
                };
                let actions = ui(&mut world.panel, egui, view);
                // As the shell does.
                for action in &actions {
                    if let Action::Point(point_ns) = action {
                        world.point_ns = *point_ns;
                    }
                }
                world.actions.extend(actions);
            },
            world,
        )
}

fn runs() -> Vec<Option<Synthetic>> {
    vec![
        None,
        Some(Synthetic::new(
            "empty",
            gilscope::experiment::Experiment::default(),
        )),
        Some(threads("three", 3, 2)),
        Some(threads("three hundred", 300, 1)),
        Some(trouble("trouble")),
    ]
}

const SIZES: [[f32; 2]; 3] = [[330.0, 160.0], [690.0, 300.0], [1500.0, 700.0]];

#[test]
fn every_panel_shows_every_run_at_every_size() {
    for size in SIZES {
        for run in runs() {
            window(CpuPanel::default(), run, size, CpuPanel::ui).run();
        }
        for run in runs() {
            window(TimelinePanel::default(), run, size, TimelinePanel::ui).run();
        }
        for run in runs() {
            window(ProcessesPanel::default(), run, size, ProcessesPanel::ui).run();
        }
        for run in runs() {
            window(FiguresPanel::default(), run, size, FiguresPanel::ui).run();
        }
    }
}

#[test]
fn three_hundred_lanes_paint_those_in_view() {
    let run = Some(threads("a", 300, 1));
    let mut window = window(
        TimelinePanel::default(),
        run,
        [700.0, 320.0],
        TimelinePanel::ui,
    );
    window.run();
    let painted = window.state().panel.painted();
    assert!((15..=25).contains(&painted), "{painted}");
}

#[test]
fn three_hundred_rows_paint_those_in_view() {
    let run = Some(threads("a", 300, 1));
    let mut window = window(
        ProcessesPanel::default(),
        run,
        [900.0, 320.0],
        ProcessesPanel::ui,
    );
    window.run();
    let painted = window.state().panel.painted();
    assert!((10..=20).contains(&painted), "{painted}");
}

#[test]
fn a_table_with_little_room_stays_in_it_and_shows_all_its_columns() {
    let run = Some(threads("a", 300, 1));
    let size = [560.0, 110.0];
    let mut window = window(ProcessesPanel::default(), run, size, ProcessesPanel::ui);
    window.run();
    let painted = window.state().panel.painted();
    assert!((2..=6).contains(&painted), "{painted}");
    assert!(window.get_by_label("ended").rect().right() <= size[0]);
}

#[test]
fn a_click_on_a_lane_asks_for_its_lines_and_a_second_one_for_all() {
    let run = Some(threads("a", 3, 2));
    let mut window = window(
        TimelinePanel::default(),
        run,
        [700.0, 320.0],
        TimelinePanel::ui,
    );
    window.run();
    window.get_by_label_contains("Thread-2").click();
    window.run();
    let wanted = |window: &Harness<'_, World<TimelinePanel>>| {
        window
            .state()
            .actions
            .iter()
            .rev()
            .find_map(|action| match action {
                Action::ShowLane(lane) => Some(*lane),
                _ => None,
            })
    };
    assert_eq!(wanted(&window), Some(Some(LaneId(2))));
    window.state_mut().lane = Some(LaneId(2));
    window.run();
    window.get_by_label_contains("Thread-2").click();
    window.run();
    assert_eq!(wanted(&window), Some(None));
}

#[test]
fn the_pointer_s_time_is_told_and_taken_back() {
    let run = Some(threads("a", 3, 2));
    let mut window = window(CpuPanel::default(), run, [700.0, 320.0], CpuPanel::ui);
    window.run();
    window.hover_at(egui::pos2(400.0, 120.0));
    window.run_steps(2);
    let told = window
        .state()
        .actions
        .iter()
        .find_map(|action| match action {
            Action::Point(Some(t_ns)) => Some(*t_ns),
            _ => None,
        });
    assert!(
        told.is_some_and(|t_ns| t_ns > 500_000_000 && t_ns < 2_500_000_000),
        "{told:?}"
    );
    window.remove_cursor();
    window.run_steps(2);
    assert_eq!(window.state().actions.last(), Some(&Action::Point(None)));
}

#[test]
fn a_title_sorts_the_table_and_turns_it_round() {
    let run = Some(staircase("a", 3, 20));
    let mut window = window(
        ProcessesPanel::default(),
        run,
        [900.0, 320.0],
        ProcessesPanel::ui,
    );
    window.run();
    let top = |window: &Harness<'_, World<ProcessesPanel>>, name: &str| {
        window
            .get_by_label_contains(&format!("name {name},"))
            .rect()
            .top()
    };
    assert!(top(&window, "Process-1") < top(&window, "Process-3"));
    window.get_by_label("name").click();
    window.run();
    window.get_by_label("name ↑").click();
    window.run();
    assert!(top(&window, "Process-1") > top(&window, "Process-3"));
}

#[test]
fn the_figures_can_be_read_out() {
    let run = Some(threads("a", 3, 2));
    let mut window = window(
        FiguresPanel::default(),
        run,
        [1000.0, 60.0],
        FiguresPanel::ui,
    );
    window.run();
    window.get_by_label_contains("Speed-up 0.97× of 3 possible, the run before:");
    window.get_by_label_contains("Most at once 3");
}

/// Five hundred workers of which some failed and some were stopped: the longest figures.
fn crowd() -> Synthetic {
    use gilscope::run::{Ended, Kind, LaneKind};
    let mut s = Synthetic::new("crowd", gilscope::experiment::Experiment::default());
    let lanes: Vec<LaneId> = (0..500)
        .map(|i| s.open(MS, LaneKind::Process, &format!("Process-{i}"), None))
        .collect();
    for (i, lane) in lanes.iter().enumerate() {
        if i == 480 {
            let by = StoppedBy::User;
            s.at(900 * MS, Kind::StopAsked { by });
        }
        let how = match i {
            470..480 => Ended::Exited(1),
            480.. => Ended::Killed(9),
            _ => Ended::Exited(0),
        };
        let at = if i < 480 { 800 } else { 950 };
        s.end(at * MS, *lane, how, Some(300 * MS));
    }
    let gil = Kind::Gil {
        lane: lanes[0],
        from_ns: 0,
        reads: 800,
        handoffs: Some(1_234_567),
        holds: vec![(None, 0, 2 * MS)],
    };
    s.at(800 * MS, gil);
    let waits = |lane: &LaneId| (*lane, gilscope::run::Doing::WaitsForGil, 0, 900 * MS);
    let did = lanes.iter().map(waits).collect();
    s.at(900 * MS, Kind::Did { did });
    s.over(123_400 * MS, 150_000 * MS);
    s
}

#[test]
fn no_figure_is_cut_off_however_narrow_it_is() {
    for width in [640.0, 800.0, 996.0, 1100.0, 1400.0] {
        let panel = FiguresPanel::default();
        let mut window = window(panel, Some(crowd()), [width, 150.0], FiguresPanel::ui);
        window.run();
        let mut places = Vec::new();
        for name in [
            "Wall",
            "CPU",
            "Speed-up",
            "Most at once",
            "GIL held",
            "Waiting for the GIL",
            "Hand-offs",
            "Median hold",
            "Lines lost",
        ] {
            places.push(window.get_by_label_contains(&format!("{name} ")).rect());
        }
        let finished = "Finished 470 of 500 10 failed, 20 stopped";
        places.push(window.get_by_label_contains(finished).rect());
        let before = window.get_by_label_contains("The run before:").rect();
        assert!(before.width() > 140.0, "{before:?} at {width}");
        places.push(before);
        for (i, place) in places.iter().enumerate() {
            assert!(place.right() <= width + 0.1, "{place:?} at {width}");
            for other in &places[i + 1..] {
                assert!(!place.shrink(0.1).intersects(other.shrink(0.1)));
            }
        }
    }
}

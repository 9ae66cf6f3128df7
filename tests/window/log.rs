//! The log's behaviour: what is shown, followed, selected and copied, and how little is read for it.

use std::sync::Arc;

use eframe::egui::{self, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use gilscope::run::{Ended, Filter, Kind, LaneId, LaneKind, StoppedBy, Stream, TextSource};
use gilscope::ui::action::Action;
use gilscope::ui::log::{Lines, LogPanel, TextCache, chosen, row};
use gilscope::ui::shortcuts::COPY;
use gilscope::ui::theme::{Mode, Theme, install};
use gilscope::ui::view::View;
use gilscope::ui::zoom::Times;

use crate::harness::{alone, wait, window_of};
use crate::synthetic::{MS, Synthetic, talkers, trouble};

pub(crate) struct World {
    pub(crate) panel: LogPanel,
    pub(crate) run: Synthetic,
    stream: Option<Stream>,
    pub(crate) lane: Option<LaneId>,
    point_ns: Option<u64>,
    pub(crate) actions: Vec<Action>,
}

pub(crate) fn window(run: Synthetic) -> Harness<'static, World> {
    let world = World {
        panel: LogPanel::default(),
        run,
        stream: None,
        lane: None,
        point_ns: None,
        actions: Vec::new(),
    };
    let theme = Theme::dark();
    let text: Arc<dyn TextSource> = Arc::new(world.run.text.clone());
    let builder = Harness::builder()
        .with_context_setup(|ctx| install(ctx, Mode::Dark))
        .with_size([380.0, 600.0]);
    builder.build_ui_state(
        move |ui, world: &mut World| {
            let view = View {
                run: Some(&world.run.run),
                before: None,
                turn_wall_s: None,
                text: Some(&text),
                live: false,
                theme: &theme,
                point_ns: world.point_ns,
                said: "",
                times: Times::default(),
                lane: world.lane,
                stream: world.stream,
            };
            let actions = world.panel.ui(ui, view);
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

pub(crate) fn texts(s: &Synthetic, filter: Filter) -> Vec<String> {
    let mut cache = TextCache::default();
    (0..s.run.log.rows(filter))
        .filter_map(|nth| {
            row(
                Lines::all(&s.run, filter),
                &mut cache,
                Some(&s.text),
                nth,
                4096,
            )
        })
        .map(|row| row.text.map_or_else(|why| why, |line| line.plain()))
        .collect()
}

#[test]
fn a_hundred_thousand_lines_cost_what_a_window_full_costs() {
    let mut window = window(talkers("a", 100_000));
    window.run();
    let few = |window: &Harness<'_, World>| {
        let touched = window.state().panel.touched();
        assert!((20..=60).contains(&touched), "{touched}");
    };
    few(&window);
    for stream in [Some(Stream::Stderr), Some(Stream::Stdout), None] {
        window.state_mut().stream = stream;
        window.run();
        few(&window);
    }
    window.state_mut().lane = Some(LaneId(3));
    window.run();
    few(&window);
}

#[test]
fn every_line_is_reached_under_every_filter() {
    let s = talkers("a", 1_000);
    let all = texts(&s, Filter::default());
    assert_eq!(all.len(), 1_000);
    assert_eq!((&*all[0], &*all[999]), ("line 0", "line 999"));
    let stderr = texts(
        &s,
        Filter {
            lane: None,
            stream: Some(Stream::Stderr),
        },
    );
    assert_eq!(stderr.len(), 100);
    assert_eq!(stderr[0], "line 900");
    let lane = texts(
        &s,
        Filter {
            lane: Some(LaneId(2)),
            stream: None,
        },
    );
    assert_eq!(lane[0], "line 100");
}

#[test]
fn output_of_every_shape_is_shown_sensibly() {
    let s = trouble("a");
    let shown = texts(&s, Filter::default());
    for text in [
        "red and green",
        "100 % done",
        "nul \\x00 and latin caf\\xe9",
        "tab     here, naïve ✓",
        " and its end",
        "ZeroDivisionError: division by zero",
    ] {
        assert!(shown.iter().any(|line| line == text), "{text}: {shown:?}");
    }
    let mut cache = TextCache::default();
    let rows: Vec<_> = (0..s.run.log.rows(Filter::default()))
        .filter_map(|nth| {
            let lines = Lines::all(&s.run, Filter::default());
            row(lines, &mut cache, Some(&s.text), nth, 4096)
        })
        .collect();
    let long = rows
        .iter()
        .find_map(|row| row.text.as_ref().ok().and_then(|line| line.cut));
    assert_eq!(long, Some(10_000_000));
    assert_eq!(rows.iter().filter(|row| row.continues).count(), 1);
    assert_eq!(rows.iter().filter(|row| row.unattributed).count(), 1);
    assert_eq!(
        rows.iter()
            .filter(|row| row.stream == Stream::Stderr)
            .count(),
        4
    );
}

#[test]
fn the_clipboard_gets_all_of_a_long_line_and_says_when_it_is_cut() {
    let s = trouble("a");
    let last = s.run.log.rows(Filter::default()) - 1;
    let copied = |s: &Synthetic, rows, whole| {
        chosen(Lines::all(&s.run, Filter::default()), rows, whole).text(&s.text)
    };
    let (text, all) = copied(&s, 0..=last, false);
    assert!(all);
    assert!(text.len() > 10_000_000);
    assert!(text.starts_with("plain\nred and green\n"));
    let (text, _) = copied(&s, 0..=0, true);
    assert_eq!(text, "    0.150  Process-1       plain\n");

    let many = talkers("b", 300_000);
    let (text, all) = copied(&many, 0..=u64::MAX - 1, false);
    assert!(!all);
    assert_eq!(text.lines().count(), 200_000);
    let (text, all) = copied(&many, 99..=100, false);
    assert_eq!((&*text, all), ("line 99\nline 100\n", true));
}

pub(crate) fn copies(window: &Harness<'_, World>) -> Vec<String> {
    let actions = window.state().actions.iter();
    actions
        .filter_map(|action| match action {
            Action::CopyLines(lines) => Some(lines.text(&window.state().run.text).0),
            _ => None,
        })
        .collect()
}

#[test]
fn lines_are_selected_by_mouse_and_keys_and_copied() {
    let mut window = window(trouble("a"));
    window.run();
    let click = |window: &mut Harness<'_, World>, y: f32, modifiers: Modifiers| {
        let pos = egui::pos2(200.0, y);
        window.hover_at(pos);
        for pressed in [true, false] {
            window.event_modifiers(
                egui::Event::PointerButton {
                    pos,
                    button: egui::PointerButton::Primary,
                    pressed,
                    modifiers,
                },
                modifiers,
            );
            window.run_steps(1);
        }
    };
    click(&mut window, 45.0, Modifiers::NONE);
    window.event(egui::Event::Copy);
    window.run();
    assert_eq!(copies(&window).len(), 1, "{:?}", window.state().actions);
    assert_eq!(copies(&window)[0], "    0.150  Process-1       plain\n");
    window.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    window.run();
    window.event_modifiers(egui::Event::Copy, Modifiers::SHIFT);
    window.run();
    assert_eq!(copies(&window)[1], "plain\nred and green\n");
}

#[test]
fn scrolling_up_lets_go_of_the_end_and_the_end_takes_hold_again() {
    let mut window = window(talkers("a", 10_000));
    window.run();
    let follows = |window: &Harness<'_, World>| window.state().panel.follows();
    assert!(follows(&window));
    window.hover_at(egui::pos2(200.0, 300.0));
    let wheel = |y: f32| egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, y),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    };
    window.event(wheel(200.0));
    // The wheel is smoothed over several frames.
    window.run_steps(30);
    assert!(!follows(&window));
    // What comes meanwhile is counted.
    assert!(window.query_by_label_contains("new line").is_none());
    let run = &mut window.state_mut().run;
    let t_ns = run.run.now_ns;
    run.print(t_ns, LaneId(1), Stream::Stdout, b"one\ntwo\n");
    window.run_steps(2);
    window.get_by_label("↓ 2 new lines").click();
    window.run_steps(2);
    assert!(follows(&window) && window.query_by_label_contains("new line").is_none());
    window.event(wheel(200.0));
    window.run_steps(30);
    assert!(!follows(&window));
    window.event(wheel(-5000.0));
    // The wheel is smoothed over several frames.
    window.run_steps(30);
    assert!(follows(&window));
}

#[test]
fn the_rows_in_view_can_be_read_out() {
    let mut window = window(trouble("a"));
    window.run();
    window.get_by_label("0.150 s, Process-1: plain");
    window.get_by_label("0.170 s, Process-2, stderr: ZeroDivisionError: division by zero");
}

/// Two workers that print, are stopped, and print a traceback of seven lines each in dying.
fn stopped(lines: u64) -> Synthetic {
    let mut s = Synthetic::new("stopped", gilscope::experiment::Experiment::default());
    let lanes = ["Process-1", "Process-2"].map(|name| s.open(MS, LaneKind::Process, name, None));
    for i in 0..lines {
        let lane = lanes[i as usize % 2];
        let text = format!("line {i}\n");
        s.print((10 + i) * MS, lane, Stream::Stdout, text.as_bytes());
    }
    let by = StoppedBy::User;
    s.at(900 * MS, Kind::StopAsked { by });
    for lane in lanes {
        let text = b"Traceback (most recent call last):\n a\n b\n c\n d\n e\nKeyboardInterrupt\n";
        s.print(910 * MS, lane, Stream::Stderr, text);
        s.end(920 * MS, lane, Ended::Killed(2), None);
    }
    s.over(930 * MS, MS);
    s
}

#[test]
fn what_is_printed_in_dying_is_folded_into_a_row_that_opens() {
    const FOLD: &str = "Show what was printed: 14 lines came after the stop";
    let mut window = window(stopped(4));
    window.run();
    assert!(
        window
            .query_by_label_contains("KeyboardInterrupt")
            .is_none()
    );
    window.get_by_label_contains("Log, 18 lines");
    window.get_by_label(FOLD).click();
    window.run();
    window.get_by_label("0.910 s, Process-2, stderr: KeyboardInterrupt");
    window
        .get_by_label_contains("Hide what was printed")
        .click();
    window.run();
    assert!(
        window
            .query_by_label_contains("KeyboardInterrupt")
            .is_none()
    );
    // By the keyboard, as every other row; what is copied has all that it stands for.
    window.get_by_label_contains("Log, 18 lines").focus();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run();
    window.event(egui::Event::Copy);
    window.run();
    assert_eq!(copies(&window)[0].lines().count(), 18);
    window.key_press(Key::Enter);
    window.run();
    window.get_by_label("0.910 s, Process-1, stderr: KeyboardInterrupt");
}

#[test]
fn a_fold_keeps_under_each_filter_to_its_own_lines_and_follows() {
    let mut window = window(stopped(400));
    window.run();
    assert!(window.state().panel.follows());
    window.get_by_label_contains("14 lines came after the stop");
    window.state_mut().lane = Some(LaneId(1));
    window.run();
    window.get_by_label_contains("Log, 207 lines");
    window
        .get_by_label_contains("7 lines came after the stop")
        .click();
    window.run();
    assert!(!window.state().panel.follows());
    window.get_by_label_contains("Hide what was printed: 7 lines");
    window.get_by_label_contains("KeyboardInterrupt");
    for (stream, lines) in [(Stream::Stdout, 200), (Stream::Stderr, 7)] {
        window.state_mut().stream = Some(stream);
        window.run();
        window.get_by_label_contains(&format!("Log, {lines} lines"));
        // There is nothing else that it could be folded under.
        assert!(
            window
                .query_by_label_contains("came after the stop")
                .is_none()
        );
    }
}

#[test]
fn copied_lines_come_to_the_clipboard_from_beside_the_window() {
    let run = talkers("a", 1_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gilscope");
    run.save(&path);
    let setup = gilscope::ui::Setup {
        file: Some(path),
        ..alone()
    };
    let mut window = window_of([1280.0, 900.0], setup);
    wait(&mut window, "the opened run", |window| {
        window.query_by_label_contains("Log, 1000 lines").is_some()
    });
    window.get_by_label_contains("Log, 1000 lines").focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    window.event_modifiers(egui::Event::Copy, Modifiers::SHIFT);
    wait(&mut window, "the text", |window| {
        let commands = &window.output().platform_output.commands;
        commands.iter().any(|command| {
            matches!(command, egui::OutputCommand::CopyText(text) if text.lines().count() == 1_000)
        })
    });
}

#[test]
fn the_controls_lie_beside_each_other_however_narrow_the_log_is() {
    for width in [222.0, 288.0, 380.0] {
        let mut window = window(talkers("a", 1_000));
        window.set_size(egui::vec2(width, 600.0));
        window.run();
        let names = [
            "Whose lines are shown",
            "Which stream is shown",
            "How the log is shown",
            "Find",
            "Follow",
        ];
        // Where there is room for it; else it is among what that one has.
        assert_eq!(window.query_by_label("Copy").is_some(), width > 330.0);
        let places = names.map(|name| window.get_by_label(name).rect());
        for pair in places.windows(2) {
            assert!(pair[0].right() <= pair[1].left(), "{places:?} in {width}");
        }
        assert!(places[4].right() <= width, "{places:?} in {width}");
    }
}

#[test]
fn the_key_that_copies_is_called_as_on_this_system() {
    for (os, ctrl) in [
        (egui::os::OperatingSystem::Windows, true),
        (egui::os::OperatingSystem::Mac, false),
    ] {
        let mut window = window(trouble("a"));
        window.ctx.set_os(os);
        window.run();
        let pos = egui::pos2(200.0, 45.0);
        window.hover_at(pos);
        for pressed in [true, false] {
            window.event(egui::Event::PointerButton {
                pos,
                button: egui::PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
            window.run_steps(1);
        }
        window.get_by_label("Copy").hover();
        window.run_steps(20);
        let tip = format!("{:?}", window.get_by_label("Copy"));
        let key = window.ctx.format_shortcut(&COPY);
        assert!(tip.contains(&format!("({key};")), "{key}: {tip}");
        assert_eq!(key.contains("Ctrl"), ctrl, "{key}");
    }
}

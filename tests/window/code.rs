//! Where in the code workers were: in the tooltip of a lane, for a screen reader, and as lit lines of the script.

use eframe::egui::vec2;
use egui_kittest::kittest::Queryable as _;
use gilscope::run::{Kind, LaneId, Place, PlaceId, Stay};
use gilscope::ui::script::Lit;
use gilscope::ui::timeline::place_at;

use crate::harness::{press, script};
use crate::measured::{contended, over, tip, window};
use crate::opened::opened;
use crate::synthetic::{MS, Synthetic};

/// Two threads that burn for a second in lines of their own, while a third one is elsewhere.
fn placed(id: &str) -> Synthetic {
    let mut s = contended(id, 1100 * MS, 10 * MS);
    let places = [
        (None, "work", 7),
        (None, "work", 8),
        (None, "<module>", 14),
        (Some("/home/me/helper.py"), "Helper.wait", 3),
    ];
    for (id, (file, function, line)) in (0..).map(PlaceId).zip(places) {
        let place = Place {
            file: file.map(str::to_owned),
            function: function.to_owned(),
            line,
        };
        s.at(100 * MS, Kind::Place { id, place });
    }
    let stay = |lane, place: Option<u32>, from, to| -> Stay {
        (LaneId(lane), place.map(PlaceId), from * MS, to * MS)
    };
    let at = vec![
        stay(0, Some(2), 100, 1090),
        stay(1, Some(0), 100, 500),
        stay(1, Some(1), 540, 540),
        stay(1, Some(0), 580, 1090),
        stay(2, Some(1), 100, 300),
        stay(2, Some(0), 340, 1090),
        stay(3, None, 100, 400),
        stay(3, Some(3), 500, 1090),
    ];
    s.at(1100 * MS, Kind::At { at });
    s
}

#[test]
fn a_lane_s_place_is_said_as_it_was_read() {
    let run = over(placed("a"), 1100 * MS).run;
    let at = |lane, t| place_at(&run, LaneId(lane), t * MS);
    let said = |words: &str| Some(words.to_owned());
    assert_eq!(at(1, 300), said("work(), line 7"));
    // Between two reads that found it elsewhere only the nearer one is told, with its time.
    assert_eq!(at(1, 515), said("work(), line 7, at 0.500 s"));
    assert_eq!(at(1, 530), said("work(), line 8, at 0.540 s"));
    assert_eq!(at(0, 300), said("top level, line 14"));
    assert_eq!(at(3, 300), said("in no code of the script"));
    assert_eq!(at(3, 600), said("Helper.wait(), line 3 of helper.py"));
    assert_eq!(at(1, 2000), None);
}

#[test]
fn the_tooltip_of_a_lane_says_where_it_was() {
    let said = tip(over(placed("a"), 1100 * MS), "Thread-2: ").join("\n");
    assert!(said.contains("work(), line 7"), "{said}");
    let short = crate::synthetic::staircase("b", 3, 20);
    let short = tip(short, "Process-2: ").join("\n");
    let why = "Where in the code: not known: it was too short to be looked at.";
    assert!(short.contains(why), "{short}");
    let mut free = contended("c", 1100 * MS, 10 * MS);
    let mut info = free.run.lanes[0].info.clone();
    info.gil = Some(false);
    let lane = LaneId(0);
    free.at(0, Kind::Learnt { lane, info });
    let free = tip(over(free, 1100 * MS), "Thread-2: ").join("\n");
    let why = "Where in the code: not known on this Python, which has no GIL.";
    assert!(free.contains(why), "{free}");
    let mut model = over(contended("d", 1100 * MS, 10 * MS), 1100 * MS);
    model.run.header.python.model = true;
    let model = tip(model, "Thread-2: ").join("\n");
    assert!(!model.contains("in the code"), "{model}");
}

#[test]
fn a_living_lane_is_read_out_with_its_place_now() {
    let window = window(placed("a"));
    window.get_by_label_contains("started 0.010 s; in work(), line 7");
    window.get_by_label_contains("started 0.020 s; in work(), line 7");
    window.get_by_label_contains("; in Helper.wait(), line 3 of helper.py");
}

#[test]
fn lines_are_lit_at_the_pointer_s_time_and_now_in_the_script_that_ran() {
    let live = placed("a").run;
    let text = live.header.script.clone();
    let lit = |point_ns, now| Lit::of(&live, &text, point_ns, now).words();
    let now = ["line 7: Thread-1, Thread-2", "line 14: MainThread"];
    assert_eq!(lit(None, true), now);
    assert!(lit(None, false).is_empty());
    let then = [
        "line 7: Thread-1",
        "line 8: Thread-2",
        "line 14: MainThread",
    ];
    assert_eq!(lit(Some(200 * MS), true), then);
    assert_eq!(lit(Some(200 * MS), false), then);
    assert!(lit(Some(9000 * MS), false).is_empty());
    // Another script than the one that ran has other lines.
    assert!(Lit::of(&live, "print(1)\n", None, true).words().is_empty());
    let over = over(placed("b"), 1100 * MS).run;
    assert!(Lit::of(&over, &text, None, true).words().is_empty());
    assert_eq!(Lit::of(&over, &text, Some(200 * MS), false).words(), then);
}

#[test]
fn the_pointer_in_a_recorded_run_lights_the_lines_and_moves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = over(placed("a"), 1100 * MS);
    let mut window = opened(&run, folder.path(), [1280.0, 900.0]);
    assert_eq!(script(&window), run.run.header.script);
    assert!(window.query_by_label_contains("line 14: ").is_none());
    let editor = |window: &crate::harness::Window| {
        let role = eframe::egui::accesskit::Role::MultilineTextInput;
        window.get_by_role_and_label(role, "Script").rect()
    };
    let before = editor(&window);
    let lane = window.get_by_label_contains("Thread-2: ").rect();
    window.hover_at(lane.center());
    window.run_steps(3);
    let lit = window.get_by_label("line 7: Thread-1, Thread-2").rect();
    window.get_by_label("line 14: MainThread");
    assert!(before.contains_rect(lit), "{lit:?} in {before:?}");
    assert_eq!(editor(&window), before);
    window.hover_at(lane.left_top() - vec2(0.0, 300.0));
    window.run_steps(3);
    press(&mut window, "In turn");
    assert!(window.query_by_label_contains("line 14: ").is_none());
}

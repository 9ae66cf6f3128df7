//! What stands for more than it shows in the log: lines that were gone over, and lines out of order.

use egui_kittest::kittest::Queryable;
use gilscope::experiment::Experiment;
use gilscope::run::{Filter, LaneId, LaneKind, Stream};
use gilscope::ui::log::{Lines, chosen};

use crate::log::{texts, window};
use crate::synthetic::{MS, Synthetic};

#[test]
fn a_line_out_of_the_order_of_the_starts_is_marked_and_says_why() {
    let mut run = Synthetic::new("a", Experiment::default());
    let mut lanes = Vec::new();
    for nth in 0..3 {
        let at = (40 + nth) * MS;
        let lane = run.open(at, LaneKind::Process, &format!("Process-{}", nth + 1), None);
        lanes.push(lane);
    }
    for (lane, up, line) in [(1, 60, 70), (2, 61, 80), (0, 90, 95)] {
        run.up(up * MS, lanes[lane], MS);
        run.print(line * MS, lanes[lane], Stream::Stdout, b"hello\n");
    }
    run.over(200 * MS, 5 * MS);
    let mut window = window(run);
    window.run_steps(2);
    assert_eq!(window.query_all_by_label_contains("came late").count(), 1);
    window.get_by_label("Why Process-1 came late").click();
    window.run_steps(3);
    window.get_by_label(
        "Process-1 was started 1.00 ms before Process-2, and its first line came 25.0 ms after that one\u{2019}s.",
    );
    window.get_by_label_contains("Process-1: started at 0.040 s, first line at 0.095 s. In between it was starting for 50.0 ms");
    window.get_by_label_contains("is up to the operating system");
}

#[test]
fn a_progress_bar_is_one_line_and_tells_what_it_showed_before() {
    let mut run = Synthetic::new("a", Experiment::default());
    run.up(10 * MS, LaneId(0), MS);
    run.print(20 * MS, LaneId(0), Stream::Stdout, b"first\n");
    for percent in 0..=100_u64 {
        let bytes = format!("\rworked {percent} %");
        run.goes_on(
            (30 + percent) * MS,
            LaneId(0),
            percent > 0,
            bytes.as_bytes(),
        );
    }
    run.goes_on(140 * MS, LaneId(0), true, b"\n");
    run.print(150 * MS, LaneId(0), Stream::Stdout, b"last\n");
    run.over(200 * MS, 5 * MS);
    let all = Filter::default();
    assert_eq!(texts(&run, all), ["first", "worked 100 %", "last"]);
    let copied = chosen(Lines::all(&run.run, all), 0..=2, false).text(&run.text);
    assert_eq!(copied, ("first\nworked 100 %\nlast\n".to_owned(), true));
    // What is copied is what is shown: what the states before left there, too.
    let mut other = Synthetic::new("b", Experiment::default());
    other.goes_on(30 * MS, LaneId(0), false, b"100 %\r");
    other.goes_on(40 * MS, LaneId(0), true, b"done\n");
    assert_eq!(texts(&other, all), ["done%"]);
    let copied = chosen(Lines::all(&other.run, all), 0..=0, false).text(&other.text);
    assert_eq!(copied.0, "done%\n");
    let mut window = window(run);
    window.run_steps(2);
    window
        .get_by_label("What MainThread showed here before")
        .click();
    window.run_steps(3);
    window.get_by_label("This line showed 101 states");
    window.get_by_label("worked 0 %");
}

#[test]
fn a_line_that_is_too_long_opens_in_pieces() {
    let mut run = Synthetic::new("a", Experiment::default());
    run.up(10 * MS, LaneId(0), MS);
    let long: Vec<u8> = (0..100_000)
        .flat_map(|n| format!("{n:07}.").into_bytes())
        .collect();
    run.print(
        20 * MS,
        LaneId(0),
        Stream::Stdout,
        &[long, b"\n".to_vec()].concat(),
    );
    run.over(200 * MS, 5 * MS);
    let mut window = window(run);
    window.run_steps(2);
    window
        .get_by_label("All of this line of MainThread")
        .click();
    window.run_steps(3);
    window.get_by_label("800.0 kB, piece 1 of 98");
    // In its row, and in the piece.
    let begins = window.query_all_by_label_contains("0000000.0000001.");
    assert_eq!(begins.count(), 2);
    window.get_by_label("Last piece").click();
    window.run_steps(3);
    window.get_by_label("800.0 kB, piece 98 of 98");
    assert!(
        window
            .get_by_label_contains("0099999.")
            .rect()
            .is_positive()
    );
    window.get_by_label("Piece before").click();
    window.run_steps(3);
    window.get_by_label("800.0 kB, piece 97 of 98");
}

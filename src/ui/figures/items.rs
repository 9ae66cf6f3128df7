//! The figures as words: what is shown, and how each was measured.

use crate::experiment::{Experiment, Way, Work};
use crate::run::{Figures, Gil, PIPE_BYTES, Run};
use crate::ui::who::thousands;

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub name: &'static str,
    /// The figure.
    pub value: String,
    /// What stands after it, quieter.
    pub after: String,
    /// The same figure of the run before; empty where there is none.
    pub before: String,
    /// Whether it is bad news.
    pub bad: bool,
    /// How it was measured.
    pub how: String,
    /// The longest that the value is expected to be: its room is kept, so that nothing moves.
    pub room: &'static str,
}

/// The figures of a run beside those of the run before it.
pub fn items(now: &Figures, over: bool, before: Option<&Figures>) -> Vec<Item> {
    let was = |say: &dyn Fn(&Figures) -> String| before.map(say).unwrap_or_default();
    let at_least = |figures: &Figures| {
        let at_least = if figures.cpu_at_least { "≥ " } else { "" };
        format!("{at_least}{}", seconds(figures.cpu_s))
    };
    let mut items = vec![
        item(
            "Wall",
            seconds(now.wall_s),
            was(&|f| seconds(f.wall_s)),
            "88.88 s",
            WALL,
        ),
        item("CPU", at_least(now), was(&at_least), "88.88 s", CPU),
        Item {
            after: format!("of {} possible", now.possible),
            ..item(
                "Speed-up",
                times(now.speed_up),
                was(&|f| times(f.speed_up)),
                "8.88×",
                SPEED_UP,
            )
        },
        item(
            "Most at once",
            now.peak_parallel.to_string(),
            was(&|f| f.peak_parallel.to_string()),
            "888",
            MOST,
        ),
        item(
            "Out of order",
            thousands(now.out_of_order),
            was(&|f| thousands(f.out_of_order)),
            "888",
            OUT_OF_ORDER,
        ),
        item(
            "Lines",
            thousands(now.lines),
            was(&|f| thousands(f.lines)),
            "88,888",
            LINES,
        ),
        Item {
            bad: now.lines_lost > 0,
            ..item(
                "Lines lost",
                thousands(now.lines_lost),
                was(&|f| thousands(f.lines_lost)),
                "8",
                LOST,
            )
        },
    ];
    // So little fits into any pipe: nobody waited.
    if now.bytes > PIPE_BYTES {
        items.push(item(
            "Waited to print",
            waited_to_print(now),
            was(&waited_to_print),
            "88.88 s",
            WAITED_TO_PRINT,
        ));
    }
    // The answers to the question stand beside the speed-up.
    items.splice(3..3, gil(now, before));
    items.extend(start_up(now, before));
    items.push(Item {
        bad: now.failed > 0,
        after: after_workers(now),
        ..item("Finished", workers(now), was(&workers), "88 of 88", WORKERS)
    });
    if !over {
        for item in &mut items {
            item.how.push_str(" So far: the run is not over.");
        }
    }
    items
}

/// What a start costs, with its parts.
fn start_up(now: &Figures, before: Option<&Figures>) -> Option<Item> {
    let start = now.start_up;
    let parts = [
        ("until its interpreter runs", start.interpreter_ms),
        ("its imports", start.imports_ms),
        ("from there to its first line", start.first_line_ms),
        ("and to its exit", start.exit_ms),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter_map(|(what, ms)| Some(format!("{what} {}", milliseconds(ms?))))
        .collect();
    let was = before.and_then(|f| f.start_up.all_ms).map(milliseconds);
    Some(Item {
        after: now.start_method.clone().unwrap_or_default(),
        ..item(
            "Start-up",
            milliseconds(start.all_ms?),
            was.unwrap_or_default(),
            "88.8 ms",
            &format!("{START} The parts, medians too: {}.", parts.join(", ")),
        )
    })
}

/// What was measured of the GIL.
fn gil(now: &Figures, before: Option<&Figures>) -> Vec<Item> {
    let was =
        |say: &dyn Fn(&Gil) -> Option<String>| before.and_then(|f| say(&f.gil)).unwrap_or_default();
    let held = |gil: &Gil| gil.held_share.map(percent);
    let waits = |gil: &Gil| gil.wait_share.map(percent);
    let handoffs = |gil: &Gil| gil.handoffs.map(thousands);
    let hold = |gil: &Gil| {
        let many = gil.handoffs.is_none_or(|handoffs| handoffs >= MANY);
        let known = gil.median_hold_ms.map(milliseconds);
        let unresolved = || gil.handoffs.map(|_| "not resolved".to_owned());
        known.or_else(unresolved).filter(|_| many && gil.measured)
    };
    let say = |name, say: &dyn Fn(&Gil) -> Option<String>, room, how| {
        Some(item(name, say(&now.gil)?, was(say), room, how))
    };
    let held_name = if now.gil.is_main_only {
        "Main GIL held"
    } else {
        "GIL held"
    };
    let items = [
        say(held_name, &held, "88 %", HELD),
        say("Waiting for the GIL", &waits, "88 %", WAITS),
        say("Hand-offs", &handoffs, "8,888", HANDOFFS),
        say("Median hold", &hold, "8.8 ms", HOLD),
    ];
    items.into_iter().flatten().collect()
}

fn item(name: &'static str, value: String, before: String, room: &'static str, how: &str) -> Item {
    Item {
        name,
        value,
        after: String::new(),
        before,
        bad: false,
        how: how.to_owned(),
        room,
    }
}

const WALL: &str = "Wall-clock time from just before the interpreter was started to the last exit, on a monotonic clock.";
const START: &str = "From start() to a worker's first user code: the median over all workers.";
const CPU: &str = "CPU time of the whole process tree, as the operating system accounted it at each exit; \
    start-up included. “≥” where some of it could only be sampled.";
const SPEED_UP: &str = "The workers' own CPU time, start-up apart, over wall time: how many cores worked \
    for you on average. Possible is the smaller of workers and logical cores.";
const MOST: &str = "The most workers alive at the same time, from their start and exit times.";
const OUT_OF_ORDER: &str = "Pairs of workers whose first lines came in another order than their starts. \
    Ties under 1 ms don't count.";
const LINES: &str = "Lines of all workers and of the script itself, stdout and stderr.";
const LOST: &str =
    "Lines that reached Gilscope and are not kept, because of the output quota or a full disk.";
const WAITED_TO_PRINT: &str = "How long threads waited until Gilscope had read what they printed, summed up: an estimate, \
    from looking at each thread up to 200 times a second. Into a terminal or a file they would wait, too, for another time.";
const WORKERS: &str = "Workers that ended with status 0, of those that were started. Failed: with another \
    status, by an exception or by a signal. Stopped: ended by our Stop or a limit.";

const HELD: &str = "Of the time in which the GIL was watched, how much somebody held it. Read from outside up to a \
    thousand times a second.";
const WAITS: &str = "Of the workers' time, how much they waited for the GIL. Each thread is looked at every 5 ms, or \
    less often where there are many.";
const HANDOFFS: &str =
    "How often one thread gave the GIL to another, by the interpreter's own count.";
const HOLD: &str = "How long a thread held the GIL at a time: half of the times were longer. Not resolved where that is \
    shorter than three reads.";

/// With fewer hand-offs a median says nothing.
const MANY: u64 = 10;

fn waited_to_print(figures: &Figures) -> String {
    figures
        .output_wait_s
        .map_or_else(|| "not measured".to_owned(), seconds)
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn milliseconds(ms: f64) -> String {
    format!("{ms:.1} ms")
}

fn seconds(s: f64) -> String {
    if s < 99.995 {
        format!("{s:.2} s")
    } else {
        format!("{s:.1} s")
    }
}

fn times(times: f64) -> String {
    format!("{times:.2}×")
}

fn workers(figures: &Figures) -> String {
    format!("{} of {}", figures.finished, figures.workers)
}

fn after_workers(figures: &Figures) -> String {
    let mut parts = Vec::new();
    if figures.failed > 0 {
        parts.push(format!("{} failed", figures.failed));
    }
    if figures.stopped > 0 {
        parts.push(format!("{} stopped", figures.stopped));
    }
    parts.join(", ")
}

/// How much each worker did, where its work has an amount.
fn amount(e: &Experiment) -> String {
    match e.work {
        Work::Burn => format!("{} steps", thousands(e.steps)),
        Work::Hash => format!("{} rounds", thousands(e.rounds)),
        Work::Wait => format!("{} s of waiting", e.wait_s),
        Work::Hello | Work::Args | Work::Forever => String::new(),
    }
}

fn interval(e: &Experiment) -> String {
    e.switch_interval_s.map_or_else(
        || "Python’s own switch interval".to_owned(),
        |s| format!("a switch interval of {s} s"),
    )
}

/// What the run before was, in the words in which it differs: `processes instead of threads`.
pub fn difference(now: &Run, before: &Run) -> String {
    let (n, b) = (&now.header.experiment, &before.header.experiment);
    let mut words = Vec::new();
    let mut differ = |now: String, before: String| {
        if now != before {
            words.push(before);
        }
    };
    let what = |run: &Run| match run.header.experiment.way {
        Way::Script => run.header.experiment.name(),
        way => way.word().to_owned(),
    };
    differ(what(now), what(before));
    if n.way != Way::Script && b.way != Way::Script {
        differ(n.work.word().to_owned(), b.work.word().to_owned());
        differ(
            format!("{} workers", n.count),
            format!("{} workers", b.count),
        );
        differ(format!("join {}", n.join), format!("join {}", b.join));
        let method = |run: &Run| {
            run.header.experiment.start_method.map_or_else(
                || run.header.python.default_start_method.clone(),
                |method| method.word().to_owned(),
            )
        };
        if matches!(n.way, Way::Processes | Way::Pool)
            && matches!(b.way, Way::Processes | Way::Pool)
        {
            differ(method(now), method(before));
        }
        if n.work == b.work {
            differ(amount(n), amount(b));
        }
        differ(interval(n), interval(b));
    }
    differ(
        format!("{} priority", n.priority),
        format!("{} priority", b.priority),
    );
    differ(python(now), python(before));
    if words.is_empty() {
        "the same again".to_owned()
    } else {
        words.join(", ")
    }
}

fn python(run: &Run) -> String {
    let python = &run.header.python;
    if python.model {
        return "built-in model".to_owned();
    }
    let gil = if run.gil_enabled() { "" } else { ", GIL off" };
    format!("Python {}{gil}", python.version)
}

//! The rows of the process table as plain data.

use std::cmp::Ordering;

use crate::run::{Lane, LaneId, LaneKind, Run};
use crate::ui::who;

/// A column, and what the table is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Column {
    /// The process's number.
    Pid,
    /// As Python names it.
    Name,
    /// A worker's arguments, or a process's command line.
    Arguments,
    /// What it does, or how it ended.
    State,
    /// CPU time.
    Cpu,
    /// Peak memory.
    Memory,
    /// How many lines it printed.
    Lines,
    /// When it was started.
    #[default]
    Started,
    /// When it was gone.
    Ended,
}

impl Column {
    /// From left to right.
    pub const ALL: [Self; 9] = [
        Self::Pid,
        Self::Name,
        Self::Arguments,
        Self::State,
        Self::Cpu,
        Self::Memory,
        Self::Lines,
        Self::Started,
        Self::Ended,
    ];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Pid => "pid",
            Self::Name => "name",
            Self::Arguments => "arguments",
            Self::State => "state",
            Self::Cpu => "CPU time",
            Self::Memory => "peak memory",
            Self::Lines => "lines",
            Self::Started => "started",
            Self::Ended => "ended",
        }
    }

    /// How its figures are measured; shown at its title.
    pub fn how(self) -> &'static str {
        match self {
            Self::Pid => {
                "The operating system's number of the process; threads and calls have their process's."
            }
            Self::Name => "As Python names it.",
            Self::Arguments => "What the worker was given, or the command line of a process.",
            Self::State => {
                "What it does now, or how it ended. Waiting: it waits in join, or it used less than 1 % of a \
                 core between its last two samples, as in a sleep or before a lock."
            }
            Self::Cpu => {
                "CPU time of its whole life, from the operating system's accounting. “At least” where \
                 it ended before anybody could ask: then it is the last sample."
            }
            Self::Memory => {
                "The most resident memory that it ever had, as the operating system says."
            }
            Self::Lines => {
                "Lines that it printed, both streams. Lost, in red: those that reached Gilscope and are not kept, \
                 because of the output quota or a full disk; they are counted with the rest."
            }
            Self::Started | Self::Ended => "Seconds since the run's start.",
        }
    }

    /// Whether its cells are numbers, to be set right.
    pub fn number(self) -> bool {
        matches!(
            self,
            Self::Pid | Self::Cpu | Self::Memory | Self::Lines | Self::Started | Self::Ended
        )
    }
}

/// The order of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Order {
    /// By what.
    pub by: Column,
    /// Whether the largest comes first.
    pub down: bool,
}

/// The lanes in this order. Ties are in the order of the starts.
pub fn sorted(run: &Run, order: Order) -> Vec<LaneId> {
    let mut lanes: Vec<&Lane> = run.lanes.iter().collect();
    // Words are made once a lane, not once a comparison.
    let states: Vec<String> = match order.by {
        Column::State => run
            .lanes
            .iter()
            .map(|lane| who::state_words(run, lane))
            .collect(),
        _ => Vec::new(),
    };
    lanes.sort_by(|a, b| {
        let by = match order.by {
            Column::Pid => (a.info.pid, a.info.tid).cmp(&(b.info.pid, b.info.tid)),
            Column::Name => natural(&a.info.name, &b.info.name),
            Column::Arguments => natural(&a.info.args, &b.info.args),
            Column::State => states[a.id.index()].cmp(&states[b.id.index()]),
            Column::Cpu => a.cpu_ns().0.cmp(&b.cpu_ns().0),
            Column::Memory => a.peak_rss_bytes.cmp(&b.peak_rss_bytes),
            Column::Lines => (a.lines + a.lost.0).cmp(&(b.lines + b.lost.0)),
            Column::Started => Ordering::Equal,
            Column::Ended => a.end_or(u64::MAX).cmp(&b.end_or(u64::MAX)),
        };
        let by = by.then((a.started_ns, a.id).cmp(&(b.started_ns, b.id)));
        if order.down { by.reverse() } else { by }
    });
    lanes.into_iter().map(|lane| lane.id).collect()
}

/// `Process-9` before `Process-10`.
fn natural(a: &str, b: &str) -> Ordering {
    let split = |text: &str| {
        let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (head, tail) = text.split_at(text.len() - digits);
        (head.to_owned(), tail.parse::<u64>().unwrap_or(0))
    };
    split(a).cmp(&split(b)).then_with(|| a.cmp(b))
}

/// What a cell says.
pub fn cell(run: &Run, lane: &Lane, column: Column) -> String {
    match column {
        Column::Pid => lane.info.pid.to_string(),
        Column::Name => who::name(lane),
        Column::Arguments => lane.info.args.clone(),
        Column::State => who::state_words(run, lane),
        Column::Cpu => who::cpu_words(lane),
        Column::Memory => match (lane.peak_rss_bytes, lane.info.kind) {
            (Some(bytes), _) => who::size(bytes),
            (None, LaneKind::Thread | LaneKind::Call) => "its process's".to_owned(),
            (None, _) => "–".to_owned(),
        },
        Column::Lines => match (lane.lines + lane.lost.0, lane.lost.0) {
            (lines, 0) => who::thousands(lines),
            (lines, lost) => format!("{}, {} lost", who::thousands(lines), who::thousands(lost)),
        },
        Column::Started => format!("{} s", who::seconds(lane.started_ns)),
        Column::Ended => lane
            .ended
            .map_or_else(String::new, |(t_ns, _)| format!("{} s", who::seconds(t_ns))),
    }
}

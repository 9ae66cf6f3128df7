//! How much each worker does: steps, rounds or seconds, by its work.

use eframe::egui;

use super::widgets::{Off, Scale, slider};
use super::{About, ControlsPanel, numbers};
use crate::experiment::{Control, Experiment, ROUNDS, STEPS, WAIT_S, Work};

impl ControlsPanel {
    pub(super) fn amount(
        &mut self,
        ui: &mut egui::Ui,
        e: &mut Experiment,
        about: &About<'_>,
        off: Off,
    ) {
        let changed = match e.work {
            Work::Wait => wait(ui, e, about, off),
            Work::Hash => rounds(ui, e, about, off),
            Work::Burn => steps(ui, e, about, off),
            Work::Hello | Work::Args | Work::Forever => {
                let why = "Only “burns CPU”, “computes in C” and “sleeps” have an amount of work";
                steps(ui, e, about, Off(off.0.or(Some(why))))
            }
        };
        if changed {
            self.moved = Some(Control::Amount);
        }
    }
}

fn wait(ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>, off: Off) -> bool {
    let mut value = e.wait_s;
    let scale = Scale {
        name: "Each one sleeps",
        code: "",
        rail: 0.01..=60.0,
        range: WAIT_S,
        logarithmic: true,
        whole: false,
        show: &|s| format!("{s} s"),
        read: &numbers::seconds,
        beside: String::new(),
        help: "Seconds that each worker sleeps: 0.001 to 3600",
    };
    let changed = slider(ui, about.theme, &mut value, &scale, off);
    if changed {
        e.wait_s = numbers::rounded(value);
    }
    changed
}

fn steps(ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>, off: Off) -> bool {
    let speed = about.speed.filter(|_| off.on());
    let mut value = e.steps as f64;
    let scale = Scale {
        name: "Work per worker",
        code: "",
        rail: 100_000.0..=1e9,
        range: *STEPS.start() as f64..=*STEPS.end() as f64,
        logarithmic: true,
        whole: true,
        show: &|steps| numbers::show_amount(steps, "steps"),
        read: &numbers::read_amount,
        beside: takes(value, speed.map(|speed| speed.steps_per_s)),
        help: "Steps of pure-Python arithmetic that each worker does, and about how long that takes one \
               worker on this machine. 12M and 1e6 can be typed too",
    };
    let changed = slider(ui, about.theme, &mut value, &scale, off);
    if changed {
        e.steps = numbers::two_digits(value).round() as u64;
    }
    changed
}

fn rounds(ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>, off: Off) -> bool {
    let mut value = e.rounds as f64;
    let scale = Scale {
        name: "Work per worker",
        code: "",
        rail: 10.0..=100_000.0,
        range: *ROUNDS.start() as f64..=*ROUNDS.end() as f64,
        logarithmic: true,
        whole: true,
        show: &|rounds| numbers::show_amount(rounds, "rounds"),
        read: &numbers::read_amount,
        beside: takes(value, about.speed.map(|speed| speed.rounds_per_s)),
        help: "How often each worker computes a checksum of 1 MB, and about how long that takes one worker \
               on this machine. 2k and 1e4 can be typed too",
    };
    let changed = slider(ui, about.theme, &mut value, &scale, off);
    if changed {
        e.rounds = numbers::two_digits(value).round() as u64;
    }
    changed
}

/// About how long so much takes.
fn takes(amount: f64, per_s: Option<f64>) -> String {
    per_s
        .filter(|&per_s| per_s > 0.0)
        .map_or_else(String::new, |per_s| {
            format!("≈ {}", numbers::about_seconds(amount / per_s))
        })
}

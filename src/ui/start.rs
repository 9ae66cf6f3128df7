//! Ready experiments, what to look for in each, and the words for a window in which nothing has run yet.

use eframe::egui::{self, RichText};

use super::action::Action;
use super::jobs::KeptRun;
use super::shortcuts::{RUN, names};
use super::theme::{Theme, bold, ring};
use crate::engine::Phase;
use crate::experiment::{Experiment, Join, Limits, StartMethod, Way, Work};

/// A ready experiment.
#[derive(Clone, Debug)]
pub struct Ready {
    /// In the menu.
    pub name: &'static str,
    /// Three sentences.
    pub look_for: [&'static str; 3],
    /// What is run.
    pub experiment: Experiment,
}

/// The tutorial's cases, in its order. `cores` is how many this machine has.
pub fn ready(cores: u32) -> Vec<Ready> {
    let base = Experiment::default;
    vec![
        Ready {
            name: "Five processes, one after the other",
            look_for: [
                "Five processes each print one line.",
                "Join stands inside the loop, so each is waited for before the next is started: the bars below make a staircase, never two at once.",
                "Then switch “Join inside the loop” off and run again: the staircase becomes a stack.",
            ],
            experiment: base(),
        },
        Ready {
            name: "Five processes, joined at the end",
            look_for: [
                "All five are started before any is waited for, so that they may be alive at the same time.",
                "Look at “most alive at once” below, and at the wall time beside the run before.",
                "Their lines may come in another order than their starts: “out of order” counts the pairs.",
            ],
            experiment: Experiment {
                join: Join::End,
                ..base()
            },
        },
        Ready {
            name: "Five processes with arguments",
            look_for: [
                "Worker i prints i + 0 and i + 1: the log shows who got which arguments.",
                "Move the two argument sliders and watch the marked line of the script.",
                "The table of processes shows the arguments beside each process number.",
            ],
            experiment: Experiment {
                work: Work::Args,
                join: Join::End,
                ..base()
            },
        },
        Ready {
            name: "One that never ends",
            look_for: [
                "One process prints for ever; the time limit ends it after three seconds.",
                "It fills one core and no more: one thread can't use two.",
                "Switch the plot to the whole machine: that one core is only a part of it.",
            ],
            experiment: Experiment {
                work: Work::Forever,
                count: 1,
                limits: limited(3.0),
                ..base()
            },
        },
        Ready {
            name: "As many endless ones as cores",
            look_for: [
                "One process a core, all printing for ever, until the limit of five seconds.",
                "Now the machine is full: the plot reaches the line of all cores.",
                "Stop works all the same.",
            ],
            experiment: Experiment {
                work: Work::Forever,
                count: cores.max(1),
                join: Join::End,
                limits: limited(5.0),
                ..base()
            },
        },
        Ready {
            name: "A hundred, one after the other",
            look_for: [
                "A hundred processes, each waited for: never more than one is alive.",
                "Most of the time goes into starting and ending processes, not into work.",
                "The table has all of them, also those too short to be sampled.",
            ],
            experiment: Experiment {
                count: 100,
                ..base()
            },
        },
        Ready {
            name: "Five hundred at once",
            look_for: [
                "Five hundred fresh interpreters, all started before any is waited for.",
                "The machine is full for a while, though each of them only prints one line.",
                "That is what spawn costs: compare with fork under “More”.",
            ],
            experiment: Experiment {
                count: 500,
                join: Join::End,
                start_method: Some(StartMethod::Spawn),
                limits: limited(120.0),
                ..base()
            },
        },
        Ready {
            name: "Four threads that compute",
            look_for: [
                "Four threads do arithmetic, and share one GIL: only one of them runs Python at a time.",
                "So they use one core together, however many there are; a free-threaded Python uses all.",
                "Then run the same with Processes and compare the wall times below.",
            ],
            experiment: Experiment {
                way: Way::Threads,
                work: Work::Burn,
                count: 4,
                join: Join::End,
                ..base()
            },
        },
        Ready {
            name: "Four processes that compute",
            look_for: [
                "Four processes do the same arithmetic, each with an interpreter and a GIL of its own.",
                "They use as many cores as there are, up to four.",
                "Compare the wall time with the one of four threads.",
            ],
            experiment: Experiment {
                work: Work::Burn,
                count: 4,
                join: Join::End,
                ..base()
            },
        },
    ]
}

fn limited(time_s: f64) -> Limits {
    Limits {
        time_s: Some(time_s),
        ..Limits::default()
    }
}

/// Whether two experiments are the same but for the interpreter.
pub fn same(a: &Experiment, b: &Experiment) -> bool {
    Experiment {
        python: b.python.clone(),
        ..a.clone()
    } == *b
}

/// What stands in the middle before the first run.
pub(super) fn ui(
    ui: &mut egui::Ui,
    experiment: &Experiment,
    cores: u32,
    theme: &Theme,
    phase: &Phase,
    broken_off: Option<&KeptRun>,
) -> Vec<Action> {
    let mut actions = Vec::new();
    let height = ui.available_height();
    let shown = ready(cores)
        .into_iter()
        .find(|ready| same(&ready.experiment, experiment));
    ui.vertical_centered(|ui| {
        ui.set_max_width(580.0_f32.min(ui.available_width() - 32.0));
        ui.add_space((height * 0.5 - 150.0).clamp(12.0, 260.0));
        if let Some(shown) = shown {
            ui.label(bold(shown.name).size(17.0));
            ui.add_space(10.0);
            for sentence in shown.look_for {
                ui.add(egui::Label::new(RichText::new(sentence).size(14.0)).wrap());
                ui.add_space(4.0);
            }
        } else {
            ui.label(bold("Ready to run").size(17.0));
            ui.add_space(10.0);
            ui.add(
                egui::Label::new(
                    RichText::new(
                        "The script at the left is what runs. Its load, its processes and its output appear here.",
                    )
                    .size(14.0),
                )
                .wrap(),
            );
        }
        ui.add_space(14.0);
        let idle = matches!(phase, Phase::Idle | Phase::Over | Phase::Failed(_));
        let name = if idle { "▶  Run it" } else { "Starting…" };
        let run = egui::Button::new(bold(name).size(15.0).color(theme.on_accent))
            .fill(theme.accent)
            .min_size(egui::vec2(150.0, 38.0));
        let response = ui.add_enabled(idle, run).on_hover_text(names(ui.ctx(), &RUN, " or "));
        ring(ui, &response, theme);
        if response.clicked() {
            actions.push(Action::Run);
        }
        if let Some(run) = broken_off.filter(|_| idle) {
            ui.add_space(28.0);
            let text = format!(
                "Gilscope ended during the last run ({}, {}). What was recorded until then is there.",
                run.kept.title, run.kept.time
            );
            ui.add(egui::Label::new(RichText::new(text).color(theme.weak)).wrap());
            ui.add_space(6.0);
            let recover = ui.button("Recover the last run");
            ring(ui, &recover, theme);
            if recover.clicked() {
                actions.push(Action::Open(Some(run.kept.path.clone())));
            }
        }
    });
    actions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::check;

    #[test]
    fn every_ready_experiment_is_possible_and_none_is_there_twice() {
        for cores in [1, 2, 64] {
            let all = ready(cores);
            for (i, one) in all.iter().enumerate() {
                assert_eq!(check(&one.experiment), Ok(()), "{}", one.name);
                assert!(
                    !all[..i]
                        .iter()
                        .any(|other| same(&other.experiment, &one.experiment)),
                    "{}",
                    one.name
                );
            }
        }
        assert!(same(&ready(8)[0].experiment, &Experiment::default()));
    }
}

//! The left panel's upper part: every control of the experiment. Each change is an [`Action::Change`].

mod about;
mod amount;
mod more;
mod numbers;
mod widgets;

use eframe::egui;

use super::action::Action;
use super::theme::{caption, check};
use crate::experiment::{ARGUMENT, COUNT, Control, Experiment, Join, Way, Work};
pub use about::About;
use widgets::{Off, Scale, segments, slider, toggle};

/// The controls' own state.
#[derive(Debug)]
pub struct ControlsPanel {
    /// The control that moved last: its line of the script is marked.
    moved: Option<Control>,
    /// The join that was wanted, for when a way that can have it comes back.
    wanted_join: Join,
    more_open: bool,
}

impl ControlsPanel {
    /// For an experiment that was just opened.
    pub fn new(experiment: &Experiment) -> Self {
        Self {
            moved: None,
            wanted_join: experiment.join,
            more_open: false,
        }
    }

    /// The control that moved last.
    pub fn moved(&self) -> Option<Control> {
        self.moved
    }

    /// Shows the controls.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        experiment: &Experiment,
        about: &About<'_>,
    ) -> Vec<Action> {
        let mut e = experiment.clone();
        let ruled = e.way == Way::Script;
        ui.spacing_mut().item_spacing.y = 8.0;
        ui.label(caption("Run the work with", about.theme));
        self.way(ui, &mut e, about);
        let off = Off(ruled.then_some(
            "The script rules: it was edited or opened from a file. “Back to the controls” brings them back.",
        ));
        self.work(ui, &mut e, off);
        self.count(ui, &mut e, about, off);
        self.amount(ui, &mut e, about, off);
        self.arguments(ui, &mut e, about, off);
        self.join(ui, &mut e, about, off);
        self.more(ui, &mut e, about, ruled);
        if e == *experiment {
            Vec::new()
        } else {
            vec![Action::Change(Box::new(e))]
        }
    }

    fn way(&mut self, ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>) {
        let ruled = Off((e.way == Way::Script).then_some(
            "The script rules: it was edited or opened from a file. “Back to the controls” brings them back.",
        ));
        let choices = [
            (
                Way::Turn,
                "In turn",
                "A plain loop: one call after the other, in one process",
            ),
            (
                Way::Threads,
                "Threads",
                "threading.Thread: all in one process, which share its GIL",
            ),
            (
                Way::Processes,
                "Processes",
                "multiprocessing.Process: each with an interpreter and a GIL of its own",
            ),
            (
                Way::Pool,
                "Pool",
                "multiprocessing.Pool: so many processes, which take the tasks one by one",
            ),
            (
                Way::Interpreters,
                "Interpreters",
                "InterpreterPoolExecutor: so many interpreters in one process, each with a GIL of its own",
            ),
        ];
        let off = |way| {
            let missing = about.no_interpreters.filter(|_| way == Way::Interpreters);
            Off(ruled.0.or(missing))
        };
        if let Some(way) = segments(ui, about.theme, Some(e.way), &choices, &off) {
            e.way = way;
            e.join = possible(way, self.wanted_join);
            if !starts_processes(way) {
                e.start_method = None;
            }
            self.moved = Some(Control::Way);
        }
    }

    fn work(&mut self, ui: &mut egui::Ui, e: &mut Experiment, off: Off) {
        let before = e.work;
        ui.horizontal(|ui| {
            ui.add_enabled(off.on(), egui::Label::new("Each worker"));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add_enabled_ui(off.on(), |ui| {
                    let combo = egui::ComboBox::from_id_salt("work")
                        .selected_text(work_name(e.work))
                        .width(ui.available_width().min(190.0));
                    let response = ui.name_inputs("Each worker", |ui| {
                        combo.show_ui(ui, |ui| {
                            for &work in Work::ALL {
                                ui.selectable_value(&mut e.work, work, work_name(work))
                                    .on_hover_text(work_help(work));
                            }
                        })
                    });
                    let response = response.response.on_hover_text(work_help(before));
                    if let Some(why) = off.0 {
                        response.on_disabled_hover_text(why);
                    }
                });
            });
        });
        if e.work != before {
            self.moved = Some(Control::Work);
        }
    }

    fn count(&mut self, ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>, off: Off) {
        let mut value = f64::from(e.count);
        let scale = Scale {
            name: "How many",
            code: "",
            rail: numbers::span(&COUNT),
            range: numbers::span(&COUNT),
            logarithmic: true,
            whole: true,
            show: &|n| format!("{n:.0}"),
            read: &numbers::whole,
            beside: String::new(),
            help: "How many workers: 1 to 500",
        };
        if slider(ui, about.theme, &mut value, &scale, off) {
            e.count = value.round() as u32;
            self.moved = Some(Control::Count);
        }
    }

    fn arguments(&mut self, ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>, off: Off) {
        let off = Off(off
            .0
            .or((!e.work.takes_arguments()).then_some("This work takes no arguments")));
        for (name, control, help) in [
            (
                "First argument,",
                Control::A,
                "Worker i gets i plus this as its first argument",
            ),
            (
                "Second argument,",
                Control::B,
                "Worker i gets i plus this as its second argument",
            ),
        ] {
            let target = if control == Control::A {
                &mut e.a
            } else {
                &mut e.b
            };
            let mut value = *target as f64;
            let scale = Scale {
                name,
                code: "i +",
                rail: 0.0..=100.0,
                range: numbers::span(&ARGUMENT),
                logarithmic: false,
                whole: true,
                show: &|n| format!("{n:.0}"),
                read: &numbers::whole,
                beside: String::new(),
                help,
            };
            if slider(ui, about.theme, &mut value, &scale, off) {
                *target = value.round() as i64;
                self.moved = Some(control);
            }
        }
    }

    fn join(&mut self, ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>, off: Off) {
        let fixed = Off(off.0.or((e.way == Way::Turn).then_some(
            "In turn each call ends before the next begins: there is nothing else to wait for",
        )));
        let mut inside = e.join == Join::Each;
        let explained = match e.join {
            Join::Each => "waits for each before starting the next",
            Join::End => "starts all, then waits for all",
            Join::Never => "starts all and waits for none",
        };
        if toggle(
            ui,
            about.theme,
            &mut inside,
            "Join inside the loop",
            explained,
            fixed,
        )
        .changed()
        {
            e.join = if inside { Join::Each } else { Join::End };
            self.wanted_join = e.join;
            self.moved = Some(Control::Join);
        }
        let never_off = Off(fixed
            .0
            .or((e.way == Way::Pool).then_some("A pool that is not waited for drops its work")));
        let mut never = e.join == Join::Never;
        let never_join = |ui: &mut egui::Ui| check(ui, &mut never, "Never join", about.theme);
        if never_off
            .add(ui, never_join)
            .on_hover_text("The script waits for no worker; Python itself still does at its exit")
            .changed()
        {
            e.join = if never { Join::Never } else { Join::End };
            self.wanted_join = e.join;
            self.moved = Some(Control::Join);
        }
    }
}

/// The join nearest to `wanted` that the way can have.
fn possible(way: Way, wanted: Join) -> Join {
    match (way, wanted) {
        (Way::Turn, _) => Join::Each,
        (Way::Pool, Join::Never) => Join::End,
        _ => wanted,
    }
}

fn starts_processes(way: Way) -> bool {
    matches!(way, Way::Processes | Way::Pool)
}

/// The work in the words of the chooser.
pub fn work_name(work: Work) -> &'static str {
    match work {
        Work::Hello => "prints one line",
        Work::Args => "prints its arguments",
        Work::Forever => "prints until stopped",
        Work::Burn => "burns CPU",
        Work::Hash => "computes in C",
        Work::Wait => "sleeps",
    }
}

fn work_help(work: Work) -> &'static str {
    match work {
        Work::Hello => "hello: prints one line and ends",
        Work::Args => "args: prints the two arguments that it was given",
        Work::Forever => "forever: prints the same line until Stop or the time limit",
        Work::Burn => "burn: a fixed amount of pure-Python arithmetic, which needs the GIL",
        Work::Hash => {
            "hash: a checksum of 1 MB in C, again and again, which needs CPU but lets the GIL go"
        }
        Work::Wait => "wait: sleeps, which needs neither CPU nor GIL",
    }
}

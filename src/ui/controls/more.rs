//! The controls that are seldom needed: start method, switch interval, buffering, limits, priority.

use eframe::egui;

use super::widgets::{Off, Scale, segments, slider};
use super::{About, ControlsPanel, numbers, starts_processes};
use crate::experiment::{
    AtQuota, Buffering, Control, DEFAULT_TIME_LIMIT_S, Experiment, MEMORY_BYTES, NO_QUOTA_BYTES,
    Priority, SWITCH_INTERVAL_S, StartMethod, TIME_LIMIT_S,
};
use crate::ui::theme::check;

/// CPython's own switch interval, in seconds.
const USUAL_SWITCH_INTERVAL_S: f64 = 0.005;

impl ControlsPanel {
    pub(super) fn more(
        &mut self,
        ui: &mut egui::Ui,
        e: &mut Experiment,
        about: &About<'_>,
        ruled: bool,
    ) {
        let header = egui::CollapsingHeader::new("More: start method, switch interval, limits")
            .id_salt("more")
            .default_open(self.more_open);
        let shown = header.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            let off = Off(ruled.then_some("The script rules: this would stand in its lines"));
            self.start_method(ui, e, about, off);
            self.switch_interval(ui, e, about, off);
            time_limit(ui, e, about);
            buffering(ui, e, about);
            at_quota(ui, e, about);
            memory_limit(ui, e, about);
            priority(ui, e, about);
        });
        self.more_open = shown.openness > 0.5;
    }

    fn start_method(&mut self, ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>, off: Off) {
        let off = Off(off
            .0
            .or((!starts_processes(e.way)).then_some("Only Processes and Pool start processes")));
        let usual = about.default_start_method.map_or_else(
            || "Python’s own".to_owned(),
            // No longer, or it would cover its name.
            |method| format!("usual: {method}"),
        );
        let before = e.start_method;
        ui.horizontal(|ui| {
            ui.add_enabled(off.on(), egui::Label::new("Start method"));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add_enabled_ui(off.on(), |ui| {
                    let combo = egui::ComboBox::from_id_salt("start method")
                        .selected_text(before.map_or_else(|| usual.clone(), |m| m.to_string()))
                        .width(ui.available_width().min(170.0));
                    let response = ui.name_inputs("Start method", |ui| {
                        combo.show_ui(ui, |ui| {
                            ui.selectable_value(&mut e.start_method, None, &usual);
                            for &method in StartMethod::ALL {
                                ui.selectable_value(&mut e.start_method, Some(method), method.word())
                                    .on_hover_text(method_help(method));
                            }
                        })
                    });
                    let response = response.response.on_hover_text(
                        "How multiprocessing starts a process: a copy of the parent (fork), a fresh interpreter \
                         (spawn), or a copy of a clean server (forkserver)",
                    );
                    if let Some(why) = off.0 {
                        response.on_disabled_hover_text(why);
                    }
                });
            });
        });
        if e.start_method != before {
            self.moved = Some(Control::StartMethod);
        }
    }

    fn switch_interval(
        &mut self,
        ui: &mut egui::Ui,
        e: &mut Experiment,
        about: &About<'_>,
        off: Off,
    ) {
        let off = Off(off.0.or((!about.gil)
            .then_some("The chosen interpreter is free-threaded: it has no GIL to switch")));
        let mut value_ms = e.switch_interval_s.unwrap_or(USUAL_SWITCH_INTERVAL_S) * 1e3;
        let usual = e.switch_interval_s.is_none();
        let range_ms = SWITCH_INTERVAL_S.start() * 1e3..=SWITCH_INTERVAL_S.end() * 1e3;
        let scale = Scale {
            name: "GIL switch interval",
            code: "",
            rail: range_ms.clone(),
            range: range_ms,
            logarithmic: true,
            whole: false,
            show: &|ms| format!("{} ms", numbers::rounded(ms)),
            read: &numbers::milliseconds,
            beside: if usual { "Python’s own" } else { "" }.to_owned(),
            help: "After this time a waiting thread asks the one that holds the GIL to let it go: 0.1 ms to 1 s",
        };
        if slider(ui, about.theme, &mut value_ms, &scale, off) {
            // Two digits, and none that a sum made up: they stand in the script.
            let value_s = (numbers::two_digits(value_ms) * 1e3).round() / 1e6;
            let is_usual = (value_s - USUAL_SWITCH_INTERVAL_S).abs() < 1e-9;
            e.switch_interval_s = (!is_usual).then_some(value_s);
            self.moved = Some(Control::SwitchInterval);
        }
    }
}

fn method_help(method: StartMethod) -> &'static str {
    match method {
        StartMethod::Fork => "A copy of the parent: quick, but not with threads; not on Windows",
        StartMethod::Spawn => {
            "A fresh interpreter that imports the script: slow, and the same everywhere"
        }
        StartMethod::Forkserver => "A copy of a clean server process; not on Windows",
    }
}

fn time_limit(ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>) {
    let mut limited = e.limits.time_s.is_some();
    if check(ui, &mut limited, "Stop at a time limit", about.theme)
        .on_hover_text("Ends the run after so many seconds, whatever it does")
        .changed()
    {
        e.limits.time_s = limited.then_some(DEFAULT_TIME_LIMIT_S);
    }
    let off =
        Off((!limited)
            .then_some("There is no time limit: the run goes on until its own end or Stop"));
    let mut value = e.limits.time_s.unwrap_or(DEFAULT_TIME_LIMIT_S);
    let scale = Scale {
        name: "Time limit",
        code: "",
        rail: 1.0..=600.0,
        range: TIME_LIMIT_S,
        logarithmic: true,
        whole: false,
        show: &|s| format!("{} s", numbers::rounded(s)),
        read: &numbers::seconds,
        beside: String::new(),
        help: "Seconds after which the run is ended: 0.1 to 86400",
    };
    if slider(ui, about.theme, &mut value, &scale, off) && limited {
        e.limits.time_s = Some(numbers::rounded(value));
    }
}

/// Bytes that a memory limit has when it is turned on.
const FIRST_MEMORY_BYTES: u64 = 2 << 30;

fn memory_limit(ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>) {
    let mut limited = e.limits.memory_bytes.is_some();
    if check(ui, &mut limited, "Stop at a memory limit", about.theme)
        .on_hover_text(
            "Ends the run once all its processes together have so much memory, what they share counted once. Without \
             one it is ended when this machine has nearly none left",
        )
        .changed()
    {
        e.limits.memory_bytes = limited.then_some(FIRST_MEMORY_BYTES);
    }
    let Some(bytes) = e.limits.memory_bytes else {
        return;
    };
    let mib = f64::from(1 << 20);
    let mut value_mib = bytes as f64 / mib;
    let scale = Scale {
        name: "Memory limit",
        code: "",
        rail: 64.0..=65_536.0,
        range: *MEMORY_BYTES.start() as f64 / mib..=*MEMORY_BYTES.end() as f64 / mib,
        logarithmic: true,
        whole: true,
        show: &|mib| format!("{mib} MiB"),
        read: &|text| numbers::whole(text.trim().trim_end_matches("MiB")),
        beside: String::new(),
        help: "MiB of memory at which the run is ended",
    };
    if slider(ui, about.theme, &mut value_mib, &scale, Off(None)) {
        e.limits.memory_bytes = Some((value_mib * mib) as u64);
    }
}

fn priority(ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>) {
    ui.label("Where cores are short");
    let choices = [
        (
            Priority::Usual,
            "All alike",
            "The run and all other programs share the cores",
        ),
        (
            Priority::Low,
            "Run gives way",
            "Other programs go first, this window too: the run has what they leave. Its figures then depend on them",
        ),
    ];
    if let Some(priority) = segments(ui, about.theme, Some(e.priority), &choices, &|_| Off(None)) {
        e.priority = priority;
    }
}

fn buffering(ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>) {
    ui.label("Output arrives");
    let choices = [
        (
            Buffering::Line,
            "By the line",
            "As on a terminal: each line at once, so that the log is live",
        ),
        (
            Buffering::Block,
            "In blocks",
            "As Python does into a pipe: 8 KiB at a time. Faster, but a slow worker shows nothing for long",
        ),
    ];
    if let Some(buffering) = segments(ui, about.theme, Some(e.buffering), &choices, &|_| Off(None))
    {
        e.buffering = buffering;
    }
    let weak = |text: String| egui::Label::new(egui::RichText::new(text).small().weak());
    ui.add(weak(
        match e.buffering {
            Buffering::Line => "Each line is written at once, as on a terminal: the log is live.",
            Buffering::Block => {
                "As Python does into a pipe: nothing is written before 8 KiB have gathered or the worker ends, so a log \
                 can stay empty for long."
            }
        }
        .to_owned(),
    ));
    if let Some(speed) = about.speed {
        let each = |per_s: f64| format!("{:.2} µs", 1e6 / per_s.max(1.0));
        ui.add(weak(format!(
            "A print takes about {} by the line and {} in blocks, on this machine.",
            each(speed.line_prints_per_s),
            each(speed.block_prints_per_s)
        )))
        .on_hover_text(
            "CPU time of one print of a short line into a pipe, with the chosen Python: by the line each one is a call \
             into the system.",
        );
    }
}

fn at_quota(ui: &mut egui::Ui, e: &mut Experiment, about: &About<'_>) {
    if e.limits.quota_bytes == NO_QUOTA_BYTES {
        return;
    }
    let quota = crate::ui::who::size(e.limits.quota_bytes);
    ui.label(format!("After {quota} of output"));
    let choices = [
        (
            AtQuota::Stop,
            "Stop the run",
            "The run is ended, so that it does not fill the disk",
        ),
        (
            AtQuota::Count,
            "Only count",
            "The run goes on: further lines are counted as lost, and not kept",
        ),
    ];
    let chosen = Some(e.limits.at_quota);
    if let Some(at_quota) = segments(ui, about.theme, chosen, &choices, &|_| Off(None)) {
        e.limits.at_quota = at_quota;
    }
}

//! What a frame costs, ui and tessellation: `cargo bench --bench timeline`. The bound is 4 ms for 500 lanes with
//! 100,000 spans, and for a run of ten minutes. No test: it prints, and judges nothing. Where the system can tell, it
//! is this thread's CPU time, which is the same however busy the machine is with other things.
#![allow(clippy::print_stdout, reason = "it is there to print")]

#[path = "../../window/header.rs"]
mod header;
mod runs;

use std::time::Duration;

use eframe::egui::{self, Rect, UiBuilder, pos2, vec2};
use gilscope::run::Run;
use gilscope::ui::cpu::CpuPanel;
use gilscope::ui::figures::FiguresPanel;
use gilscope::ui::log::LogPanel;
use gilscope::ui::theme::{Mode, Theme, install};
use gilscope::ui::timeline::TimelinePanel;
use gilscope::ui::view::View;
use gilscope::ui::zoom::Times;
use runs::{Contended, MS};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The bound.
const BOUND: Duration = Duration::from_millis(4);
/// Longer than the pause between two workings-out of a run that lives.
const PAUSE: Duration = Duration::from_millis(105);
const STEADY: usize = 300;
const GROWTHS: usize = 150;

/// The CPU time that this thread has spent.
#[cfg(unix)]
fn spent() -> Duration {
    let clock = nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID;
    clock.now().map_or(Duration::ZERO, Duration::from)
}

/// The time that has passed.
#[cfg(not(unix))]
fn spent() -> Duration {
    Duration::from_nanos(gilscope::clock::now_ns())
}

/// The panels that show a run.
struct Panels {
    ctx: egui::Context,
    theme: Theme,
    timeline: TimelinePanel,
    others: Option<(CpuPanel, FiguresPanel, LogPanel)>,
}

impl Panels {
    fn new(all: bool) -> Self {
        let ctx = egui::Context::default();
        install(&ctx, Mode::Dark);
        Self {
            ctx,
            theme: Theme::dark(),
            timeline: TimelinePanel::default(),
            others: all.then(Default::default),
        }
    }

    /// One frame of ui and tessellation; how long it took, and whether it wants another at once.
    fn frame(&mut self, run: &Run, point_ns: Option<u64>) -> (Duration, bool, usize) {
        let screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(1440.0, 900.0));
        let input = egui::RawInput {
            screen_rect: Some(screen),
            ..egui::RawInput::default()
        };
        let view = View {
            run: Some(run),
            before: None,
            turn_wall_s: None,
            text: None,
            live: run.end.is_none(),
            theme: &self.theme,
            point_ns,
            said: "",
            times: Times::default(),
            lane: None,
            stream: None,
        };
        let begun = spent();
        let mut output = self.ctx.run_ui(input, |ui| {
            let mut place = |rect: Rect, add: &mut dyn FnMut(&mut egui::Ui)| {
                add(&mut ui.new_child(UiBuilder::new().max_rect(rect)));
            };
            if let Some((cpu, figures, log)) = &mut self.others {
                let area = Rect::from_min_max(pos2(0.0, 0.0), pos2(1050.0, 300.0));
                place(area, &mut |ui| {
                    cpu.ui(ui, view);
                });
                let area = Rect::from_min_max(pos2(0.0, 850.0), pos2(1440.0, 900.0));
                place(area, &mut |ui| {
                    figures.ui(ui, view);
                });
                let area = Rect::from_min_max(pos2(1060.0, 0.0), pos2(1440.0, 840.0));
                place(area, &mut |ui| {
                    log.ui(ui, view);
                });
            }
            let area = Rect::from_min_max(pos2(0.0, 310.0), pos2(1050.0, 840.0));
            place(area, &mut |ui| {
                self.timeline.ui(ui, view);
            });
        });
        let shapes = std::mem::take(&mut output.shapes);
        let meshes = self.ctx.tessellate(shapes, output.pixels_per_point);
        let took = spent().saturating_sub(begun);
        let vertices = meshes
            .iter()
            .map(|mesh| match &mesh.primitive {
                egui::epaint::Primitive::Mesh(mesh) => mesh.vertices.len(),
                egui::epaint::Primitive::Callback(_) => 0,
            })
            .sum();
        output.textures_delta.clear();
        let again = output
            .viewport_output
            .values()
            .any(|viewport| viewport.repaint_delay.is_zero());
        (took, again, vertices)
    }
}

/// Prints the median and the worst of some frames, and what part of the bound they are.
fn say(what: &str, mut frames: Vec<Duration>, vertices: usize) {
    frames.sort_unstable();
    let (Some(&middle), Some(&worst)) = (frames.get(frames.len() / 2), frames.last()) else {
        return;
    };
    let ratio = |of: Duration| of.as_secs_f64() / BOUND.as_secs_f64();
    println!(
        "  {what:<36} median {:>7.3} ms ({:>5.2} of the bound), worst {:>8.3} ms ({:>5.2}), {} frames, {vertices} vertices",
        middle.as_secs_f64() * 1e3,
        ratio(middle),
        worst.as_secs_f64() * 1e3,
        ratio(worst),
        frames.len(),
    );
}

/// A run that grows by a tenth of a second a frame, from `from_ns` on, and is over then.
fn bench(name: &str, make: impl Fn() -> Contended, from_ns: u64) {
    println!("{name}");
    for all in [false, true] {
        let which = if all { "all panels" } else { "timeline" };
        let mut s = make();
        s.until(from_ns);
        let mut panels = Panels::new(all);
        // Fonts and layouts are made in the first frames of a window, whatever it shows.
        let small = Contended::new(3, MS, None);
        for _ in 0..3 {
            panels.frame(&small.run, None);
        }
        let mut frames = Vec::new();
        let mut vertices = 0;
        let mut again = true;
        while again && frames.len() < 1000 {
            let (took, more, many) = panels.frame(&s.run, None);
            (again, vertices) = (more, many);
            frames.push(took);
        }
        say(&format!("{which}, opened"), frames, vertices);
        let mut frames = Vec::new();
        for _ in 0..GROWTHS {
            std::thread::sleep(PAUSE);
            s.turn();
            let (took, _, many) = panels.frame(&s.run, None);
            vertices = many;
            frames.push(took);
        }
        say(&format!("{which}, growing"), frames, vertices);
        s.over();
        for _ in 0..200 {
            panels.frame(&s.run, None);
        }
        let mut frames = Vec::new();
        for nth in 0..STEADY {
            // The pointer moves, so that words are made anew.
            let (took, _, many) = panels.frame(&s.run, Some(nth as u64 * 100 * MS));
            vertices = many;
            frames.push(took);
        }
        say(&format!("{which}, steady"), frames, vertices);
        if !all {
            println!("  ({})", s.words());
        }
    }
}

/// A name, how to make the run, and from when on it grows.
type Case = (&'static str, fn() -> Contended, u64);

fn main() {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| {
        let mut words = only.iter().filter(|word| !word.starts_with('-'));
        words.clone().count() == 0 || words.any(|word| name.contains(word.as_str()))
    };
    let cases: [Case; 3] = [
        (
            "500 lanes with 100,000 spans",
            || Contended::new(500, 5 * MS, Some(600 * MS)),
            110_000 * MS,
        ),
        (
            "ten minutes of 8 threads at 5 ms",
            || Contended::new(8, 5 * MS, None),
            586_000 * MS,
        ),
        (
            "ten minutes of 8 threads at 0.1 ms",
            || Contended::new(8, MS, Some(5 * MS)),
            586_000 * MS,
        ),
    ];
    for (name, make, from_ns) in cases {
        if wanted(name) {
            bench(name, make, from_ns);
        }
    }
}

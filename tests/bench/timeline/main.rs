//! What a frame costs, ui and tessellation: `cargo bench --bench timeline`. The bound is 4 ms for 500 lanes with
//! 100,000 spans, and for a run of ten minutes. No test: it prints, and judges nothing. Where the system can tell, it
//! is this thread's CPU time, which is the same however busy the machine is with other things.
#![allow(clippy::print_stdout, reason = "it is there to print")]

#[path = "../../window/header.rs"]
mod header;
mod runs;
#[path = "../spent.rs"]
mod spent;

use std::time::Duration;

use eframe::egui::{self, Rect, UiBuilder, pos2, vec2};
use gilscope::run::Run;
use gilscope::ui::cpu::CpuPanel;
use gilscope::ui::figures::FiguresPanel;
use gilscope::ui::log::LogPanel;
use gilscope::ui::script::LitLines;
use gilscope::ui::theme::{Mode, Theme, install};
use gilscope::ui::timeline::TimelinePanel;
use gilscope::ui::view::View;
use gilscope::ui::zoom::{TimeRange, Times};
use runs::{Contended, MS};
use spent::spent;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The bound.
const BOUND: Duration = Duration::from_millis(4);
/// Longer than the pause between two workings-out of a run that lives.
const PAUSE: Duration = Duration::from_millis(105);
const TURNS: usize = 3;
const STEADY: usize = 300;
const GROWTHS: usize = 150;
const ZOOMS: usize = 200;
/// A notch of the wheel makes so much of what is shown.
const NOTCH: f64 = 0.9;

/// The panels that show a run.
struct Panels {
    ctx: egui::Context,
    theme: Theme,
    timeline: TimelinePanel,
    others: Option<(CpuPanel, FiguresPanel, LogPanel, LitLines)>,
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
    fn frame(
        &mut self,
        run: &Run,
        point_ns: Option<u64>,
        shown: Option<TimeRange>,
    ) -> (Duration, bool, usize) {
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
            times: Times {
                shown,
                ..Times::default()
            },
            lane: None,
            stream: None,
        };
        let begun = spent();
        let mut output = self.ctx.run_ui(input, |ui| {
            let ctx = ui.ctx().clone();
            let mut place = |rect: Rect, add: &mut dyn FnMut(&mut egui::Ui)| {
                add(&mut ui.new_child(UiBuilder::new().max_rect(rect)));
            };
            if let Some((cpu, figures, log, lit)) = &mut self.others {
                std::hint::black_box(lit.of(&ctx, run, &run.header.script, point_ns, view.live));
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

/// The frames of a case.
#[derive(Default)]
struct Frames {
    took: Vec<Duration>,
    vertices: usize,
}

impl Frames {
    fn add(&mut self, (took, again, vertices): (Duration, bool, usize)) -> bool {
        self.took.push(took);
        self.vertices = vertices;
        again
    }

    /// Takes of each frame the lesser time.
    fn lower(&mut self, other: &Self) {
        self.took.truncate(other.took.len());
        for (least, took) in self.took.iter_mut().zip(&other.took) {
            *least = (*least).min(*took);
        }
    }

    /// Prints the median, the 99th hundredth and the worst, and what part of the bound they are.
    fn say(mut self, what: &str) {
        self.took.sort_unstable();
        let many = self.took.len();
        let nth = |nth: usize| {
            let took = self.took.get(nth).copied().unwrap_or_default();
            let ratio = took.as_secs_f64() / BOUND.as_secs_f64();
            format!("{:>7.3} ms ({ratio:>4.2})", took.as_secs_f64() * 1e3)
        };
        println!(
            "  {what:<20} median {}, p99 {}, worst {}, {many} frames, {} vertices",
            nth(many / 2),
            nth((many * 99).div_ceil(100).saturating_sub(1)),
            nth(many.saturating_sub(1)),
            self.vertices,
        );
    }
}

/// What is shown, frame after frame: closer and closer, and back again.
fn zooms(all: TimeRange) -> impl Iterator<Item = Option<TimeRange>> {
    let at_ns = all.length_ns() / 3;
    let mut shown = Some(all);
    (0..ZOOMS).map(move |nth| {
        let by = if nth < ZOOMS / 2 { NOTCH } else { 1.0 / NOTCH };
        shown = shown.unwrap_or(all).zoomed(by, at_ns, all);
        shown
    })
}

/// A `part`-th of all, moved by a fiftieth of its length a frame.
fn pans(all: TimeRange, part: u64) -> impl Iterator<Item = Option<TimeRange>> {
    let length_ns = all.length_ns() / part;
    (0..ZOOMS as u64).map(move |nth| {
        let from_ns = all.length_ns() / 3 + length_ns / 50 * nth;
        TimeRange::between(from_ns, from_ns + length_ns).within(all)
    })
}

/// The cases of a run that grows by a tenth of a second a frame, from `from_ns` on, and is over then.
fn cases(s: &mut Contended, all: bool) -> Vec<(&'static str, Frames)> {
    let mut cases = Vec::new();
    let mut panels = Panels::new(all);
    // Fonts and layouts are made in the first frames of a window, whatever it shows.
    let small = Contended::new(3, MS, None);
    for _ in 0..3 {
        panels.frame(&small.run, None, None);
    }
    let mut frames = Frames::default();
    while frames.add(panels.frame(&s.run, None, None)) && frames.took.len() < 1000 {}
    cases.push(("opened", frames));
    let mut frames = Frames::default();
    for _ in 0..GROWTHS {
        std::thread::sleep(PAUSE);
        s.turn();
        frames.add(panels.frame(&s.run, None, None));
    }
    cases.push(("growing", frames));
    let mut frames = Frames::default();
    let whole = TimeRange::between(0, s.run.length_ns());
    for shown in zooms(whole) {
        // Ten frames a turn, as fast as they come.
        if frames.took.len().is_multiple_of(10) {
            s.turn();
        }
        frames.add(panels.frame(&s.run, None, shown));
    }
    cases.push(("growing and zooming", frames));
    s.over();
    let mut frames = Frames::default();
    while frames.add(panels.frame(&s.run, None, None)) && frames.took.len() < 1000 {}
    cases.push(("over", frames));
    let mut frames = Frames::default();
    for nth in 0..STEADY {
        // The pointer moves, so that words are made anew.
        frames.add(panels.frame(&s.run, Some(nth as u64 * 100 * MS), None));
    }
    cases.push(("steady", frames));
    let whole = TimeRange::between(0, s.run.length_ns());
    let mut frames = Frames::default();
    for shown in zooms(whole) {
        frames.add(panels.frame(&s.run, None, shown));
    }
    cases.push(("zooming", frames));
    for (part, name) in [(4, "panning a quarter"), (400, "panning a 400th")] {
        let mut frames = Frames::default();
        for shown in pans(whole, part) {
            frames.add(panels.frame(&s.run, None, shown));
        }
        cases.push((name, frames));
    }
    cases
}

/// Measures a run from `from_ns` on. Frames are the same each time, so of each the least of some turns counts: the others
/// were disturbed by whoever else uses the machine.
fn bench(name: &str, make: impl Fn() -> Contended, from_ns: u64) {
    println!("{name}, ms (of the bound), each frame the least of {TURNS}");
    for all in [false, true] {
        println!(" {}", if all { "all panels" } else { "timeline" });
        let mut least: Vec<(&str, Frames)> = Vec::new();
        let mut words = String::new();
        for _ in 0..TURNS {
            let mut s = make();
            s.until(from_ns);
            let these = cases(&mut s, all);
            words = s.words();
            if least.is_empty() {
                least = these;
                continue;
            }
            for ((_, least), (_, frames)) in least.iter_mut().zip(&these) {
                least.lower(frames);
            }
        }
        for (what, frames) in least {
            frames.say(what);
        }
        if !all {
            println!("  ({words})");
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
    let cases: [Case; 4] = [
        (
            "500 lanes with 100,000 spans",
            || Contended::new(500, 5 * MS, Some(600 * MS)),
            12_000 * MS,
        ),
        (
            "500 lanes with 450,000 spans",
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

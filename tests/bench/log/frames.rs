//! What a frame of the log's panel costs, ui and tessellation, while two processes print as fast as they can.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, Event, Key, Modifiers, Rect, UiBuilder, pos2, vec2};
use gilscope::engine::{Command, Controller, Input, Phase, Record, Request, Shared};
use gilscope::experiment::{Buffering, Experiment, Limits, OwnScript, Python, Way};
use gilscope::run::LaneId;
use gilscope::ui::log::LogPanel;
use gilscope::ui::theme::{Mode, Theme, install};
use gilscope::ui::view::View;
use gilscope::ui::zoom::Times;

use crate::spent::spent;

const BOUND: Duration = Duration::from_millis(2);
/// Fonts and layouts are made in the first frames of a window, whatever it shows.
const WARM: usize = 10;
const FLOOD: &str = "\
import multiprocessing, time
def work():
    end = time.monotonic() + 8
    while time.monotonic() < end:
        for i in range(1000):
            print('Spawned', i, 'of a thousand')
if __name__ == '__main__':
    workers = [multiprocessing.Process(target=work) for _ in range(2)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
";

struct Window {
    ctx: egui::Context,
    theme: Theme,
    log: LogPanel,
}

impl Window {
    fn new() -> Self {
        let ctx = egui::Context::default();
        install(&ctx, Mode::Dark);
        Self {
            ctx,
            theme: Theme::dark(),
            log: LogPanel::default(),
        }
    }

    /// One frame, after `events`; what it took.
    fn frame(&mut self, shared: &Shared, lane: Option<LaneId>, events: Vec<Event>) -> Duration {
        let size = vec2(400.0, 840.0);
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), size)),
            events,
            ..egui::RawInput::default()
        };
        let begun = spent();
        let run = shared.run.read();
        let text = shared.text.read().clone();
        let view = View {
            run: run.as_ref(),
            before: None,
            turn_wall_s: None,
            text: text.as_ref(),
            live: run.as_ref().is_some_and(|run| run.end.is_none()),
            theme: &self.theme,
            point_ns: None,
            said: "",
            times: Times::default(),
            lane,
            stream: None,
        };
        let mut output = self.ctx.run_ui(input, |ui| {
            let area = ui.max_rect();
            self.log
                .ui(&mut ui.new_child(UiBuilder::new().max_rect(area)), view);
        });
        drop(run);
        let shapes = std::mem::take(&mut output.shapes);
        std::hint::black_box(self.ctx.tessellate(shapes, output.pixels_per_point));
        output.textures_delta.clear();
        spent().saturating_sub(begun)
    }
}

/// How the flood is looked at.
#[derive(Clone, Copy)]
enum Look {
    Follows,
    Worker,
    Finds,
}

/// A run of the flood, a frame at each wake.
fn flood(python: &std::path::Path, buffering: Buffering, look: Look) -> (Vec<Duration>, u64) {
    let (told, woken) = crossbeam_channel::bounded(1);
    let controller = Controller::new(Arc::new(move || {
        let _ = told.try_send(());
    }));
    controller.send(Command::Start(Box::new(Request {
        experiment: Experiment {
            way: Way::Script,
            script: Some(OwnScript {
                path: None,
                text: FLOOD.to_owned(),
                args: Vec::new(),
            }),
            python: Python::Path(python.to_owned()),
            buffering,
            limits: Limits {
                quota_bytes: 64 << 30,
                ..Limits::default()
            },
            ..Experiment::default()
        },
        record: Record::Nothing,
        input: Input::Empty,
        tap: None,
    })));
    let shared = Arc::clone(controller.shared());
    let mut window = Window::new();
    let mut took = Vec::new();
    let lane = matches!(look, Look::Worker).then_some(LaneId(1));
    loop {
        let _ = woken.recv_timeout(Duration::from_secs(1));
        match &*shared.phase.read() {
            Phase::Over => break,
            Phase::Failed(why) => panic!("{why}"),
            _ => {}
        }
        let mut events = Vec::new();
        if matches!(look, Look::Finds) && took.len() == WARM {
            events.push(Event::Key {
                key: Key::F,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: Modifiers::COMMAND,
            });
        } else if matches!(look, Look::Finds) && took.len() == WARM + 2 {
            events.push(Event::Text("77 of".into()));
        }
        took.push(window.frame(&shared, lane, events));
    }
    let lines = shared
        .run
        .read()
        .as_ref()
        .map_or(0, |run| run.figures().lines);
    took.drain(..WARM.min(took.len()));
    (took, lines)
}

/// Floods the panel, looked at in each way.
pub(crate) fn bench() {
    let found = gilscope::engine::pythons::find().found;
    let python = found.iter().find(|python| !python.free_threaded).unwrap();
    println!(
        "CPython {}: a frame of the log in a flood (of the bound)",
        python.version
    );
    for (buffering, printed) in [
        (Buffering::Line, "by the line"),
        (Buffering::Block, "in blocks"),
    ] {
        for (look, looked) in [
            (Look::Follows, "following"),
            (Look::Worker, "one worker"),
            (Look::Finds, "searching"),
        ] {
            let (mut took, lines) = flood(&python.path, buffering, look);
            took.sort_unstable();
            let nth = |nth: usize| {
                let took = took.get(nth).copied().unwrap_or_default();
                let ratio = took.as_secs_f64() / BOUND.as_secs_f64();
                format!("{:>6.3} ms ({ratio:>4.2})", took.as_secs_f64() * 1e3)
            };
            let many = took.len();
            println!(
                "  {printed}, {looked:<10} median {}, p99 {}, worst {}; {many} frames, {lines} lines",
                nth(many / 2),
                nth((many * 99).div_ceil(100).saturating_sub(1)),
                nth(many.saturating_sub(1)),
            );
        }
    }
}

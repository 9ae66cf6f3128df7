//! A run as the window shows it, whatever is in it.

use std::cell::RefCell;
use std::sync::Arc;

use eframe::egui::{self, Rect, UiBuilder, pos2, vec2};
use gilscope::run::{Run, TextSource};
use gilscope::ui::cpu::{self, CpuPanel, What};
use gilscope::ui::figures::FiguresPanel;
use gilscope::ui::log::LogPanel;
use gilscope::ui::processes::{Column, Order, ProcessesPanel, cell, sorted};
use gilscope::ui::script::LitLines;
use gilscope::ui::theme::{Mode, Theme, install};
use gilscope::ui::time_axis::limit_ns;
use gilscope::ui::timeline::{TimelinePanel, groups, lanes, merged, place_at, who_at};
use gilscope::ui::view::View;
use gilscope::ui::which::what;
use gilscope::ui::zoom::{TimeRange, Times};

/// Works out all that is painted, and paints it.
pub(super) fn look(run: &Run, text: &Arc<dyn TextSource>) {
    let past_ns = limit_ns(Some(run), None);
    let all = TimeRange::between(0, past_ns);
    let narrow_ns = past_ns / 300;
    let curves = cpu::curves(run, all, narrow_ns.max(1));
    assert!(curves.total.iter().all(|cores| cores.is_finite()));
    let _ = cpu::sentence(run, &curves, Some(past_ns / 2));
    let _ = cpu::marks(run, What::Start, narrow_ns);
    let rows = lanes(run, 0..past_ns, narrow_ns);
    for group in groups(run, &rows) {
        let _ = merged(&rows, &group, narrow_ns);
    }
    for lane in &run.lanes {
        let _ = place_at(run, lane.id, past_ns / 2);
        for column in Column::ALL {
            let _ = cell(run, lane, column);
        }
    }
    let _ = who_at(run, past_ns / 2, None);
    let order = sorted(run, Order::default());
    assert_eq!(order.len(), run.lanes.len());
    let _ = what(&run.header.experiment);
    let figures = serde_json::to_string(&run.figures()).unwrap();
    assert!(!figures.is_empty());
    paint(run, text, None);
    paint(
        run,
        text,
        Some(TimeRange::between(past_ns / 3, past_ns / 2)),
    );
}

/// One frame of the panels.
fn paint(run: &Run, text: &Arc<dyn TextSource>, shown: Option<TimeRange>) {
    thread_local! {
        static CONTEXT: egui::Context = {
            let ctx = egui::Context::default();
            install(&ctx, Mode::Dark);
            ctx
        };
        static THEME: RefCell<Theme> = RefCell::new(Theme::dark());
    }
    let ctx = CONTEXT.with(Clone::clone);
    let theme = THEME.with(|theme| theme.borrow().clone());
    let screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(1440.0, 900.0));
    let input = egui::RawInput {
        screen_rect: Some(screen),
        ..egui::RawInput::default()
    };
    let view = View {
        run: Some(run),
        before: None,
        turn_wall_s: None,
        text: Some(text),
        live: run.end.is_none(),
        theme: &theme,
        point_ns: Some(run.length_ns() / 2),
        said: "",
        times: Times {
            shown,
            selected: shown,
            ..Times::default()
        },
        lane: None,
        stream: None,
    };
    let mut output = ctx.run_ui(input, |ui| {
        let ctx = ui.ctx().clone();
        let mut place = |from: [f32; 2], to: [f32; 2], add: &mut dyn FnMut(&mut egui::Ui)| {
            let rect = Rect::from_min_max(from.into(), to.into());
            add(&mut ui.new_child(UiBuilder::new().max_rect(rect)));
        };
        LitLines::default().of(&ctx, run, &run.header.script, view.point_ns, view.live);
        place([0.0, 0.0], [1050.0, 300.0], &mut |ui| {
            drop(CpuPanel::default().ui(ui, view));
        });
        place([0.0, 310.0], [1050.0, 600.0], &mut |ui| {
            drop(TimelinePanel::default().ui(ui, view));
        });
        place([0.0, 610.0], [1050.0, 840.0], &mut |ui| {
            drop(ProcessesPanel::default().ui(ui, view));
        });
        place([0.0, 850.0], [1440.0, 900.0], &mut |ui| {
            drop(FiguresPanel::default().ui(ui, view));
        });
        place([1060.0, 0.0], [1440.0, 840.0], &mut |ui| {
            drop(LogPanel::default().ui(ui, view));
        });
    });
    // Nobody uploads them.
    output.textures_delta.clear();
    let _ = ctx.tessellate(output.shapes, output.pixels_per_point);
}

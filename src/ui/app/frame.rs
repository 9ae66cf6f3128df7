//! One frame: bars, panels, dialogs. What they want is collected and applied at the end.

use eframe::egui::{self, Frame, Margin, Panel, Stroke};

use super::{App, Panels};
use crate::ui::action::Action;
use crate::ui::controls::About;
use crate::ui::jobs::Opened;
use crate::ui::theme::Theme;
use crate::ui::topbar::{self, Shown};
use crate::ui::view::View;
use crate::ui::which::{self, Which};
use crate::ui::zoom::step;
use crate::ui::{settings, start};

impl App {
    /// Shows everything and applies what was wanted. `host` is the native window, for its dialogs.
    pub fn show(&mut self, ui: &mut egui::Ui, host: Option<&eframe::Frame>) {
        let theme = Theme::of(ui.ctx());
        let mut actions = super::keys::pressed(
            ui.ctx(),
            self.alive(),
            self.dialog.is_some(),
            self.typing,
            self.focus.times,
        );
        self.top(ui, &theme, &mut actions);
        self.notices.ui(ui, &theme);
        with_room(ui, |ui| {
            self.left(ui, &theme, &mut actions);
            self.run_panels(ui, &theme, &mut actions);
        });
        let ctx = ui.ctx().clone();
        self.answer(&ctx, &theme, host);
        self.note_place(&ctx);
        // Asked here: egui takes the focus away before the frame in which Escape is pressed.
        self.typing = ctx.text_edit_focused();
        for action in actions {
            self.apply(action, host);
        }
    }

    fn top(&mut self, ui: &mut egui::Ui, theme: &Theme, actions: &mut Vec<Action>) {
        let frame = Frame::new()
            .fill(theme.card)
            .inner_margin(Margin::symmetric(14, 0));
        Panel::top("top")
            .exact_size(48.0)
            .resizable(false)
            .frame(frame)
            .show(ui, |ui| {
                let has_run = self.with_run(|_| ()).is_some();
                let shown = Shown {
                    experiment: &self.experiment,
                    phase: &self.phase,
                    pythons: self.pythons.as_ref(),
                    recent: &self.settings.recent,
                    kept: &self.kept,
                    opened: self.opened.as_ref().map(Opened::name),
                    has_run,
                    unsaved: self.script.unsaved(&self.experiment).is_some(),
                    cores: self.cores,
                    mode: self.settings.mode,
                    zoom: ui.ctx().zoom_factor(),
                    theme,
                };
                actions.extend(topbar::ui(ui, &shown));
            });
    }

    fn left(&mut self, ui: &mut egui::Ui, theme: &Theme, actions: &mut Vec<Action>) {
        let frame = Frame::new().fill(theme.card).inner_margin(Margin {
            left: 16,
            right: 12,
            top: 12,
            bottom: 12,
        });
        let lit = self.lit();
        let speed = self.speed.as_ref().and_then(|(_, speed)| *speed);
        let python = &self.experiment.python;
        let about = About::new(theme, python, self.pythons.as_ref(), speed);
        let most = (ui.available_width() * 0.45).max(260.0);
        let shown = Panel::left("left")
            .default_size(self.settings.left_width.min(most))
            .size_range(250.0..=most)
            .frame(frame)
            .show(ui, |ui| {
                egui::ScrollArea::vertical()
                    .id_salt("experiment")
                    .auto_shrink([false, false])
                    .show(ui, |ui| {
                        // Room for the scroll bar, so that it covers nothing.
                        ui.set_max_width(ui.available_width() - 4.0);
                        actions.extend(self.controls.ui(ui, &self.experiment, &about));
                        ui.add_space(4.0);
                        let moved = self.controls.moved();
                        actions.extend(self.script.ui(ui, &self.experiment, moved, &lit, theme));
                    });
            });
        self.settings.left_width = shown.response.rect.width();
    }

    /// Everything that shows a run. The run is locked for reading exactly once a frame, and never across it.
    fn run_panels(&mut self, ui: &mut egui::Ui, theme: &Theme, actions: &mut Vec<Action>) {
        let shared = std::sync::Arc::clone(self.controller.shared());
        let live_run = shared.run.read();
        let live_text = shared.text.read().clone();
        let (run, text) = match &self.opened {
            Some(opened) => (Some(&*opened.run), Some(&opened.text)),
            None => (live_run.as_ref(), live_text.as_ref()),
        };
        let view = View {
            run,
            // While the next run is being started, the shown one is still the one before.
            before: self
                .before
                .as_deref()
                .filter(|before| run.is_none_or(|run| run.header.id != before.header.id)),
            turn_wall_s: run.and_then(|run| self.turn_wall_s(run)),
            text,
            live: self.opened.is_none() && self.alive(),
            theme,
            point_ns: self.focus.point_ns,
            said: "",
            times: self.focus.times,
            lane: self.focus.lane,
            stream: self.focus.stream,
        };
        let bar = Frame::new()
            .fill(theme.card)
            .inner_margin(Margin::symmetric(14, 4));
        Panel::bottom("figures")
            .resizable(false)
            .min_size(34.0)
            .frame(bar)
            .show(ui, |ui| actions.extend(self.panels.figures.ui(ui, view)));
        let Some(shown) = run else {
            let frame = Frame::new().fill(theme.back).inner_margin(14);
            egui::CentralPanel::default().frame(frame).show(ui, |ui| {
                actions.extend(start::ui(
                    ui,
                    &self.experiment,
                    self.cores,
                    theme,
                    &self.phase,
                    self.kept.first().filter(|run| run.broken_off),
                ));
            });
            return;
        };
        let of_time = super::keys::of_time(ui.ctx(), view, self.dialog.is_some(), self.typing);
        actions.extend(of_time);
        actions.extend(self.step.take().and_then(|asked| step(view, asked)));
        let said = self.panels.reading.said(ui.ctx(), view);
        let view = View {
            said: &said,
            ..view
        };
        let name = self.opened.as_ref().map(Opened::name);
        let which = which::which(shown, name.as_deref(), view.turn_wall_s);
        let line = above(ui, view, &which, &mut self.panels, actions);
        // The middle comes first: it gets more than half of what the left panel leaves.
        let most = (ui.available_width() * 0.44).max(240.0);
        let log_frame = Frame::new()
            .fill(theme.card)
            .inner_margin(Margin::symmetric(12, 10));
        let log = Panel::right("log")
            .default_size(self.settings.log_width.min(most))
            .size_range(230.0..=most)
            .frame(log_frame)
            .show(ui, |ui| actions.extend(self.panels.log.ui(ui, view)));
        self.settings.log_width = log.response.rect.width();
        let frame = Frame::new().fill(theme.back).inner_margin(Margin {
            left: 14,
            right: 14,
            top: 12,
            bottom: 12,
        });
        let middle = egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            middle(
                ui,
                view,
                &mut self.panels,
                &mut self.settings.cpu_share,
                actions,
            );
        });
        let area = middle.response.rect.union(log.response.rect).union(line);
        let seen = area.intersect(ui.clip_rect());
        self.panels.picture.painted(ui.ctx(), seen);
    }
}

/// Panels have this much room at least, in points; a window that is smaller scrolls over them.
const LEAST: egui::Vec2 = egui::vec2(940.0, 540.0);

/// Adds panels with as much room as there is, or as they need.
fn with_room(ui: &mut egui::Ui, add: impl FnOnce(&mut egui::Ui)) {
    let room = ui.available_size();
    if room.x >= LEAST.x && room.y >= LEAST.y {
        return add(ui);
    }
    // A drag over the panels selects a time: only bars and wheel scroll.
    let source = egui::scroll_area::ScrollSource {
        drag: egui::scroll_area::DragScroll::Never,
        ..Default::default()
    };
    egui::ScrollArea::both()
        .id_salt("small window")
        .auto_shrink(false)
        .scroll_source(source)
        .show(ui, |ui| {
            let (_, area) = ui.allocate_space(room.max(LEAST));
            add(&mut ui.new_child(egui::UiBuilder::new().max_rect(area)));
        });
}

/// Which run is shown and what is read of it, above its panels; gives where.
fn above(
    ui: &mut egui::Ui,
    view: View<'_>,
    which: &Which,
    panels: &mut Panels,
    actions: &mut Vec<Action>,
) -> egui::Rect {
    let help = !panels.picture.is_taken();
    let frame = Frame::new()
        .fill(view.theme.card)
        .inner_margin(Margin::symmetric(14, 5));
    Panel::top("which run")
        .resizable(false)
        .frame(frame)
        .show(ui, |ui| {
            which::ui(ui, which, view.theme);
            actions.extend(panels.reading.ui(ui, view, help));
        })
        .response
        .rect
}

/// The least height of CPU load, in points: its titles, marks and legend leave the curves something.
const CPU_LEAST: f32 = 215.0;
/// The least height of what is below it, in points; where there is not enough for both, each has this.
const LANES_LEAST: f32 = 150.0;

/// CPU load above; who runs when, or the table of processes, below.
fn middle(
    ui: &mut egui::Ui,
    view: View<'_>,
    panels: &mut Panels,
    cpu_share: &mut f32,
    actions: &mut Vec<Action>,
) {
    let theme = view.theme;
    let height = ui.available_height();
    let gap = Frame::new().inner_margin(Margin {
        bottom: 12,
        ..Margin::ZERO
    });
    let most = (height - LANES_LEAST).max(LANES_LEAST);
    let cpu = Panel::top("cpu")
        .default_size(height * *cpu_share)
        .size_range(CPU_LEAST.min(most)..=most)
        .resizable(true)
        .show_separator_line(false)
        .frame(gap)
        .show(ui, |ui| {
            card(ui, theme, |ui| actions.extend(panels.cpu.ui(ui, view)));
        });
    if height > 1.0 {
        *cpu_share = (cpu.response.rect.height() / height).clamp(0.15, 0.8);
    }
    card(ui, theme, |ui| {
        actions.extend(panels.timeline.ui(ui, view));
    });
}

impl App {
    /// Remembers where the window is, for the next start.
    fn note_place(&mut self, ctx: &egui::Context) {
        let zoom = ctx.zoom_factor();
        self.settings.zoom = zoom;
        let place = ctx.input(|input| {
            let viewport = input.viewport();
            let inner = viewport.inner_rect?;
            Some(settings::Place {
                at: viewport
                    .outer_rect
                    .map(|rect| [rect.min.x * zoom, rect.min.y * zoom]),
                size: [inner.width() * zoom, inner.height() * zoom],
                maximized: viewport.maximized.unwrap_or(false),
            })
        });
        if let Some(mut place) = place {
            if place.maximized
                && let Some(before) = self.settings.place
            {
                // The size to go back to, not the screen's.
                (place.at, place.size) = (before.at, before.size);
            }
            self.settings.place = Some(place);
        }
    }
}

/// A card that takes all the room there is.
fn card(ui: &mut egui::Ui, theme: &Theme, add: impl FnOnce(&mut egui::Ui)) {
    Frame::new()
        .fill(theme.card)
        .stroke(Stroke::new(1.0, theme.line))
        .corner_radius(8)
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            add(ui);
        });
}

//! Above the log: whose lines, which stream, following, finding, copying.

use eframe::egui::{self, Align, ComboBox, Layout, RichText, UiBuilder, vec2};

use crate::run::{LaneId, Run, Stream};
use crate::ui::action::Action;
use crate::ui::menu;
use crate::ui::shortcuts::{COPY, FIND, GO_TO};
use crate::ui::theme::check;
use crate::ui::view::View;
use crate::ui::who::{self, Who};

/// What the controls turn on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub follow: bool,
    pub find: bool,
    pub wrap: bool,
    pub grouped: bool,
    pub beside: bool,
}

/// Shows the controls; gives what to copy, if anything: with time and worker, or the text only.
pub(super) fn show(
    ui: &mut egui::Ui,
    view: View<'_>,
    look: &mut Look,
    selected: bool,
    actions: &mut Vec<Action>,
) -> Option<bool> {
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.spacing_mut().button_padding.x = 5.0;
    let mut copy = None;
    // What keeps its width comes first, from the right; the choosers share what it leaves.
    let bar = ui.available_rect_before_wrap();
    let right = UiBuilder::new()
        .max_rect(bar)
        .layout(Layout::right_to_left(Align::Center));
    let buttons = ui.scope_builder(right, |ui| {
        let narrow = bar.width() < NARROW_W;
        ui.toggle_value(&mut look.follow, if narrow { "↓" } else { "Follow" })
            .accessible_name("Follow")
            .on_hover_text("Stay at the newest line. Scrolling up lets go of it.");
        let response = ui.toggle_value(&mut look.find, if narrow { "    " } else { "Find" });
        if narrow {
            lens(ui, response.rect.center());
        }
        response.accessible_name("Find").on_hover_text(format!(
            "Find text in all lines, or show only some of them ({}). {} goes to a line or a time.",
            ui.ctx().format_shortcut(&FIND),
            ui.ctx().format_shortcut(&GO_TO)
        ));
        let response = menu::button(ui, if narrow { "    " } else { "View" }, |ui| {
            if check(ui, &mut look.wrap, "Break long lines", view.theme).changed() {
                ui.close();
            }
            let group = "Each worker\u{2019}s lines together";
            if check(ui, &mut look.grouped, group, view.theme).changed() {
                ui.close();
            }
            if check(ui, &mut look.beside, "Two workers side by side", view.theme).changed() {
                ui.close();
            }
            if narrow && selected {
                ui.separator();
                ui.weak("Copy the selected lines");
                copy = copies(ui);
            }
        })
        .response;
        if narrow {
            lines(ui, response.rect.center());
        }
        response
            .accessible_name("How the log is shown")
            .on_hover_text("Break long lines, put each worker\u{2019}s together, or show two workers side by side");
        if !narrow {
            ui.add_enabled_ui(selected, |ui| {
                menu::button(ui, "Copy", |ui| copy = copies(ui))
                    .response
                    .on_hover_text(format!(
                        "Copy the selected lines ({}; with Shift, their text only)",
                        ui.ctx().format_shortcut(&COPY)
                    ))
                    .on_disabled_hover_text(
                        "Select lines first: click one, Shift+click or drag for more",
                    );
            });
        }
        ui.min_rect().left()
    });
    let left = UiBuilder::new()
        .max_rect(bar.with_max_x(buttons.inner - 6.0))
        .layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(left, |ui| {
        // A chooser that shortens its text takes all the room that it is given.
        ui.scope(|ui| lanes(ui, view, actions));
        ui.scope(|ui| streams(ui, view, actions));
    });
    copy
}

/// Ways to copy; gives the one that was chosen.
fn copies(ui: &mut egui::Ui) -> Option<bool> {
    let choices = [(true, "With time and worker"), (false, "Text only")];
    let chosen = choices
        .into_iter()
        .find_map(|(whole, name)| ui.button(name).clicked().then_some(whole));
    if chosen.is_some() {
        ui.close();
    }
    chosen
}

/// A lens, painted: the font has none.
fn lens(ui: &egui::Ui, centre: egui::Pos2) {
    let stroke = egui::Stroke::new(1.5, ui.visuals().text_color());
    let glass = centre - vec2(1.5, 1.5);
    ui.painter().circle_stroke(glass, 4.0, stroke);
    let handle = [glass + vec2(3.0, 3.0), glass + vec2(7.0, 7.0)];
    ui.painter().line_segment(handle, stroke);
}

/// Lines of text, painted.
fn lines(ui: &egui::Ui, centre: egui::Pos2) {
    let stroke = egui::Stroke::new(1.5, ui.visuals().text_color());
    for (y, to) in [(-4.0, 5.0), (0.0, 2.0), (4.0, 5.0)] {
        let ends = [centre + vec2(-5.0, y), centre + vec2(to, y)];
        ui.painter().line_segment(ends, stroke);
    }
}

/// Below this width, in points, signs stand for words.
const NARROW_W: f32 = 330.0;
/// Width of the chooser of the stream, in points.
const STREAM_W: f32 = 58.0;

fn lanes(ui: &mut egui::Ui, view: View<'_>, actions: &mut Vec<Action>) {
    let chosen = view.run.zip(view.lane).and_then(|(run, id)| run.lane(id));
    let text = chosen.map_or_else(|| "All workers".to_owned(), who::name);
    let beside = STREAM_W + ui.spacing().item_spacing.x;
    let width = (ui.available_width() - beside).clamp(36.0, 126.0);
    ui.set_max_width(width);
    let response = ComboBox::from_id_salt("log lane")
        .width(width)
        .height(400.0)
        .truncate()
        .selected_text(text)
        .show_ui(ui, |ui| {
            if ui
                .selectable_label(view.lane.is_none(), "All workers")
                .clicked()
            {
                actions.push(Action::ShowLane(None));
            }
            let Some(run) = view.run else {
                return;
            };
            if let Some(lane) = choose(ui, view, run, view.lane) {
                actions.push(Action::ShowLane(Some(lane)));
            }
        });
    response
        .response
        .accessible_name("Whose lines are shown")
        .on_hover_text("Whose lines are shown");
}

/// The lanes of a run to choose from; gives the one that was pressed.
pub(super) fn choose(
    ui: &mut egui::Ui,
    view: View<'_>,
    run: &Run,
    chosen: Option<LaneId>,
) -> Option<LaneId> {
    let who = Who::of(run);
    let mut pressed = None;
    for lane in &run.lanes {
        let text = format!("{}  ({})", who::name(lane), who::thousands(lane.lines));
        let text = RichText::new(text).color(who.colour(lane.id, view.theme));
        if ui.selectable_label(chosen == Some(lane.id), text).clicked() {
            pressed = Some(lane.id);
        }
    }
    pressed
}

fn streams(ui: &mut egui::Ui, view: View<'_>, actions: &mut Vec<Action>) {
    let word = |stream: Option<Stream>| match stream {
        None => "both",
        Some(Stream::Stdout) => "stdout",
        Some(Stream::Stderr) => "stderr",
    };
    ui.set_max_width(STREAM_W);
    let response = ComboBox::from_id_salt("log stream")
        .width(STREAM_W)
        .truncate()
        .selected_text(word(view.stream))
        .show_ui(ui, |ui| {
            for stream in [None, Some(Stream::Stdout), Some(Stream::Stderr)] {
                if ui
                    .selectable_label(view.stream == stream, word(stream))
                    .clicked()
                {
                    actions.push(Action::ShowStream(stream));
                }
            }
        });
    response
        .response
        .accessible_name("Which stream is shown")
        .on_hover_text("Which stream is shown: standard output, standard error, or both");
}

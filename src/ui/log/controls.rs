//! Above the log: whose lines, which stream, following, copying.

use eframe::egui::{self, Align, ComboBox, Layout, RichText, UiBuilder};

use crate::run::Stream;
use crate::ui::action::Action;
use crate::ui::menu;
use crate::ui::shortcuts::COPY;
use crate::ui::view::View;
use crate::ui::who::{self, Who};

/// Shows the controls; gives what to copy, if anything: with time and worker, or the text only.
pub(super) fn show(
    ui: &mut egui::Ui,
    view: View<'_>,
    follow: &mut bool,
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
        ui.toggle_value(follow, "Follow")
            .on_hover_text("Stay at the newest line. Scrolling up lets go of it.");
        ui.add_enabled_ui(selected, |ui| {
            menu::button(ui, "Copy", |ui| {
                if ui.button("With time and worker").clicked() {
                    copy = Some(true);
                    ui.close();
                }
                if ui.button("Text only").clicked() {
                    copy = Some(false);
                    ui.close();
                }
            })
            .response
            .on_hover_text(format!(
                "Copy the selected lines ({}; with Shift, their text only)",
                ui.ctx().format_shortcut(&COPY)
            ))
            .on_disabled_hover_text("Select lines first: click one, Shift+click or drag for more");
        });
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
            let who = Who::of(run);
            for lane in &run.lanes {
                let text = format!("{}  ({})", who::name(lane), who::thousands(lane.lines));
                let text = RichText::new(text).color(who.colour(lane.id, view.theme));
                let chosen = view.lane == Some(lane.id);
                if ui.selectable_label(chosen, text).clicked() {
                    actions.push(Action::ShowLane(Some(lane.id)));
                }
            }
        });
    response
        .response
        .accessible_name("Whose lines are shown")
        .on_hover_text("Whose lines are shown");
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

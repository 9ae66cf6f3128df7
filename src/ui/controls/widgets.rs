//! The controls' own widgets: segments, toggles and sliders with a value that can be typed.

use eframe::egui::{self, CornerRadius, Response, RichText, Sense, Stroke, WidgetInfo, vec2};

use crate::ui::theme::{Theme, bold};

/// Why a control can't be used, if it can't.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Off(pub(super) Option<&'static str>);

impl Off {
    pub(super) fn on(self) -> bool {
        self.0.is_none()
    }

    /// Adds a widget, greyed with its reason where it can't be used.
    pub(super) fn add(self, ui: &mut egui::Ui, widget: impl egui::Widget) -> Response {
        let response = ui.add_enabled(self.on(), widget);
        match self.0 {
            Some(why) => response.on_disabled_hover_text(why),
            None => response,
        }
    }
}

/// Choices side by side in one frame, in two rows where there is no room; the chosen one is lighter. Returns what
/// was pressed.
pub(super) fn segments<T: Copy + PartialEq>(
    ui: &mut egui::Ui,
    theme: &Theme,
    chosen: Option<T>,
    choices: &[(T, &str, &str)],
    off: &dyn Fn(T) -> Off,
) -> Option<T> {
    let mut pressed = None;
    egui::Frame::new()
        .fill(theme.card)
        .stroke(Stroke::new(1.0, theme.line))
        .corner_radius(6)
        .inner_margin(1)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.spacing_mut().button_padding.x = 2.0;
            ui.spacing_mut().item_spacing.y = 0.0;
            let room = ui.available_width();
            // Of all in bold, so that nothing moves when another is chosen.
            let wants: Vec<f32> = choices
                .iter()
                .map(|(_, name, _)| width_of(ui, name) + 4.0)
                .collect();
            let columns = if wants.iter().sum::<f32>() <= room {
                choices.len()
            } else {
                choices.len().div_ceil(2)
            };
            for (choices, wants) in choices.chunks(columns).zip(wants.chunks(columns)) {
                ui.horizontal(|ui| {
                    let more = (room - wants.iter().sum::<f32>()).max(0.0) / choices.len() as f32;
                    for (&(value, name, help), wanted) in choices.iter().zip(wants) {
                        let is_chosen = chosen == Some(value);
                        let text = if is_chosen {
                            bold(name).size(12.0).color(theme.text)
                        } else {
                            RichText::new(name).size(12.0).color(theme.weak)
                        };
                        let button = egui::Button::selectable(is_chosen, text)
                            .fill(if is_chosen { theme.hover } else { theme.card })
                            .stroke(Stroke::NONE)
                            .corner_radius(CornerRadius::same(5))
                            .min_size(vec2(wanted + more, 26.0));
                        let response = off(value).add(ui, button).on_hover_text(help);
                        if response.has_focus() {
                            ui.painter().rect_stroke(
                                response.rect,
                                5.0,
                                Stroke::new(2.0, theme.accent),
                                egui::StrokeKind::Inside,
                            );
                        }
                        if response.clicked() {
                            pressed = Some(value);
                        }
                    }
                });
            }
        });
    pressed
}

/// How wide a chosen segment's text is.
fn width_of(ui: &egui::Ui, name: &str) -> f32 {
    let text: egui::WidgetText = bold(name).size(12.0).into();
    let font = egui::FontSelection::Default;
    let galley = text.into_galley(ui, Some(egui::TextWrapMode::Extend), f32::INFINITY, font);
    galley.size().x
}

/// A switch with its name and a line of explanation, in a card that can be pressed anywhere.
pub(super) fn toggle(
    ui: &mut egui::Ui,
    theme: &Theme,
    on: &mut bool,
    name: &str,
    explained: &str,
    off: Off,
) -> Response {
    let enabled = off.on() && ui.is_enabled();
    let frame = egui::Frame::new()
        .fill(theme.field)
        .stroke(Stroke::new(1.0, theme.line))
        .corner_radius(7)
        .inner_margin(egui::Margin::symmetric(11, 9));
    let inner = frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(34.0, 18.0), Sense::hover());
            let how = ui
                .ctx()
                .animate_bool_with_time(ui.scope_id().with(name), *on, 0.08);
            let rail = if *on { theme.accent } else { theme.hover };
            let fade = |color: egui::Color32| {
                if enabled {
                    color
                } else {
                    color.gamma_multiply(0.45)
                }
            };
            ui.painter().rect(
                rect,
                9.0,
                fade(rail),
                Stroke::new(1.0, fade(if *on { theme.accent } else { theme.weak })),
                egui::StrokeKind::Inside,
            );
            let x = egui::lerp((rect.left() + 9.0)..=(rect.right() - 9.0), how);
            ui.painter()
                .circle_filled(egui::pos2(x, rect.center().y), 7.0, fade(theme.handle));
            ui.add_space(3.0);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.set_width(ui.available_width());
                ui.label(bold(name).color(fade(theme.text)));
                ui.label(RichText::new(explained).size(11.5).color(fade(theme.weak)));
            });
        });
    });
    let rect = inner.response.rect;
    let sense = if enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let mut response = ui.interact(rect, ui.scope_id().with(("toggle", name)), sense);
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    if enabled && (response.hovered() || response.has_focus()) {
        let stroke = if response.has_focus() {
            Stroke::new(2.0, theme.accent)
        } else {
            Stroke::new(1.0, theme.weak)
        };
        ui.painter()
            .rect_stroke(rect, 7.0, stroke, egui::StrokeKind::Inside);
    }
    let is_on = *on;
    response.widget_info(|| WidgetInfo::selected(egui::Role::CheckBox, enabled, is_on, name));
    match off.0 {
        Some(why) => response.on_hover_text(why),
        None => response,
    }
}

/// How a slider's number is shown, read and spread over the rail.
pub(super) struct Scale<'a> {
    /// What it is called, to the eye and to a screen reader.
    pub(super) name: &'a str,
    /// What stands behind the name in the code's font, such as `i +`.
    pub(super) code: &'a str,
    /// What the rail covers.
    pub(super) rail: std::ops::RangeInclusive<f64>,
    /// What may be typed.
    pub(super) range: std::ops::RangeInclusive<f64>,
    /// Whether equal ways on the rail are equal factors.
    pub(super) logarithmic: bool,
    /// Whether only whole numbers are meant.
    pub(super) whole: bool,
    /// Shows a number.
    pub(super) show: &'a dyn Fn(f64) -> String,
    /// Reads what was typed.
    pub(super) read: &'a dyn Fn(&str) -> Option<f64>,
    /// Said behind the value, weaker.
    pub(super) beside: String,
    /// For the tooltip.
    pub(super) help: &'a str,
}

/// A name, a value that can be typed or dragged, and a slider below. Returns whether it changed.
pub(super) fn slider(
    ui: &mut egui::Ui,
    theme: &Theme,
    value: &mut f64,
    scale: &Scale<'_>,
    off: Off,
) -> bool {
    let mut changed = false;
    let enabled = off.on() && ui.is_enabled();
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.horizontal(|ui| {
            let mut name = egui::text::LayoutJob::default();
            let fade = |color: egui::Color32| {
                if enabled {
                    color
                } else {
                    color.gamma_multiply(0.45)
                }
            };
            RichText::new(scale.name).color(fade(theme.text)).append_to(
                &mut name,
                ui.style(),
                egui::FontSelection::Default,
                egui::Align::Center,
            );
            if !scale.code.is_empty() {
                RichText::new(format!(" {}", scale.code))
                    .monospace()
                    .color(fade(theme.text))
                    .append_to(
                        &mut name,
                        ui.style(),
                        egui::FontSelection::Default,
                        egui::Align::Center,
                    );
            }
            ui.label(name);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if !scale.beside.is_empty() {
                    ui.label(RichText::new(&scale.beside).color(fade(theme.weak)));
                }
                changed |= typed(ui, theme, value, scale, off);
            });
        });
        changed |= rail(ui, theme, value, scale, off);
    });
    changed
}

/// The number, which can be typed over or dragged.
fn typed(ui: &mut egui::Ui, theme: &Theme, value: &mut f64, scale: &Scale<'_>, off: Off) -> bool {
    let before = *value;
    let speed = if scale.whole { 0.1 } else { 0.01 };
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        widgets.inactive.weak_bg_fill = theme.back;
        widgets.inactive.bg_stroke = Stroke::NONE;
        ui.spacing_mut().button_padding = vec2(4.0, 1.0);
        ui.spacing_mut().interact_size = vec2(24.0, 20.0);
        let field = egui::DragValue::new(value)
            .range(scale.range.clone())
            .speed(if scale.logarithmic {
                before.abs().max(*scale.range.start()) * 0.01
            } else {
                speed
            })
            .max_decimals(if scale.whole { 0 } else { 3 })
            .custom_formatter(|number, _| (scale.show)(number))
            .custom_parser(|text| (scale.read)(text))
            .update_while_editing(false);
        let response = off.add(ui, field).on_hover_text(scale.help);
        let name = format!("{}, value", scale.name);
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_label(name));
    });
    (*value - before).abs() > f64::EPSILON
}

/// The slider itself, as wide as the panel.
fn rail(ui: &mut egui::Ui, theme: &Theme, value: &mut f64, scale: &Scale<'_>, off: Off) -> bool {
    let before = *value;
    ui.scope(|ui| {
        const RADIUS: f32 = 7.0; // egui: the height over 2.5
        ui.spacing_mut().interact_size.y = RADIUS * 2.5;
        ui.spacing_mut().slider_width = ui.available_width();
        let visuals = ui.visuals_mut();
        visuals.selection.bg_fill = theme.accent;
        let widgets = &mut visuals.widgets;
        for state in [
            &mut widgets.inactive,
            &mut widgets.hovered,
            &mut widgets.active,
        ] {
            state.bg_fill = theme.line;
            state.fg_stroke = Stroke::NONE;
        }
        let mut slid = *value;
        let mut slider = egui::Slider::new(&mut slid, scale.rail.clone())
            .logarithmic(scale.logarithmic)
            .clamping(egui::SliderClamping::Edits)
            .show_value(false);
        if scale.whole {
            slider = slider.integer();
        }
        let response = ui
            .name_inputs(scale.name, |ui| off.add(ui, slider))
            .on_hover_text(scale.help);
        handle(ui, theme, &response, RADIUS, part_of_rail(slid, scale));
        if response.has_focus() {
            ui.painter().rect_stroke(
                response.rect,
                5.0,
                Stroke::new(1.5, theme.accent),
                egui::StrokeKind::Outside,
            );
        }
        if response.changed() {
            *value = slid;
        }
    });
    (*value - before).abs() > f64::EPSILON
}

/// egui paints rail and handle in one colour; the handle is painted again in its own.
fn handle(ui: &egui::Ui, theme: &Theme, response: &Response, radius: f32, part: f64) {
    let rail = response.rect.x_range().shrink(radius);
    let center = egui::pos2(
        egui::lerp(rail.min..=rail.max, part as f32),
        response.rect.center().y,
    );
    let mut color = if theme.dark {
        theme.handle
    } else {
        theme.accent
    };
    let mut grown = radius;
    if !response.enabled() {
        // What lies under it must not shine through, so a mixture and no transparency.
        color = theme.line;
    } else if response.hovered() || response.dragged() {
        grown += 1.0;
    }
    ui.painter().circle_filled(center, grown, color);
}

/// How far along the rail a value stands, from 0 to 1.
fn part_of_rail(value: f64, scale: &Scale<'_>) -> f64 {
    let (low, high) = (*scale.rail.start(), *scale.rail.end());
    let value = value.clamp(low, high);
    if scale.logarithmic && low > 0.0 {
        (value / low).ln() / (high / low).ln()
    } else {
        (value - low) / (high - low)
    }
}

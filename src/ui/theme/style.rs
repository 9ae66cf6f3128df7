//! Makes egui's style from a [`Theme`].

use eframe::egui::{
    self, Color32, CornerRadius, FontId, Margin, Shadow, Stroke, Style, TextStyle, Visuals, vec2,
};

use super::{Mode, Theme, fonts};

/// Sets fonts, both styles, and which of them is shown.
pub fn install(ctx: &egui::Context, mode: Mode) {
    ctx.set_fonts(fonts::definitions());
    ctx.set_style_of(egui::Theme::Dark, style(&Theme::dark()));
    ctx.set_style_of(egui::Theme::Light, style(&Theme::light()));
    ctx.set_theme(match mode {
        Mode::System => egui::ThemePreference::System,
        Mode::Dark => egui::ThemePreference::Dark,
        Mode::Light => egui::ThemePreference::Light,
    });
}

fn style(theme: &Theme) -> Style {
    let mut style = Style {
        visuals: visuals(theme),
        animation_time: 0.08,
        ..Style::default()
    };
    style.text_styles = [
        (TextStyle::Small, FontId::proportional(11.5)),
        (TextStyle::Body, FontId::proportional(13.0)),
        (TextStyle::Button, FontId::proportional(13.0)),
        (TextStyle::Heading, FontId::proportional(15.0)),
        (TextStyle::Monospace, FontId::monospace(12.0)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 6.0);
    spacing.button_padding = vec2(10.0, 5.0);
    spacing.interact_size = vec2(32.0, 26.0);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.slider_rail_height = 4.0;
    spacing.icon_width = 16.0;
    spacing.combo_height = 420.0;
    spacing.tooltip_width = 340.0;
    spacing.scroll.floating = true;
    spacing.scroll.bar_width = 8.0;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style
}

fn visuals(theme: &Theme) -> Visuals {
    let mut visuals = if theme.dark {
        Visuals::dark()
    } else {
        Visuals::light()
    };
    let line = Stroke::new(1.0, theme.line);
    let round = CornerRadius::same(6);
    visuals.panel_fill = theme.back;
    visuals.window_fill = theme.card;
    visuals.window_stroke = line;
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    #[expect(
        clippy::disallowed_methods,
        reason = "the theme is where colours are made"
    )]
    let shade = Color32::from_black_alpha(if theme.dark { 120 } else { 40 });
    let shadow = |blur, down| Shadow {
        offset: [0, down],
        blur,
        spread: 0,
        color: shade,
    };
    visuals.window_shadow = shadow(28, 10);
    visuals.popup_shadow = shadow(14, 5);
    visuals.extreme_bg_color = if theme.dark { theme.back } else { theme.card };
    visuals.text_edit_bg_color = Some(visuals.extreme_bg_color);
    visuals.faint_bg_color = theme.field;
    visuals.code_bg_color = theme.field;
    visuals.hyperlink_color = theme.accent;
    visuals.warn_fg_color = theme.warn;
    visuals.error_fg_color = theme.bad;
    visuals.weak_text_color = Some(theme.weak);
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    visuals.selection.bg_fill = theme
        .accent
        .gamma_multiply(if theme.dark { 0.45 } else { 0.3 });
    visuals.selection.stroke = Stroke::new(1.0, theme.text);
    visuals.disabled_alpha = 0.45;
    visuals.interact_cursor = Some(egui::CursorIcon::PointingHand);

    let widgets = &mut visuals.widgets;
    for state in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        state.corner_radius = round;
        state.expansion = 0.0;
        state.bg_stroke = line;
        state.bg_fill = theme.field;
        state.weak_bg_fill = theme.field;
        state.fg_stroke = Stroke::new(1.0, theme.text);
    }
    widgets.noninteractive.bg_fill = theme.card;
    widgets.noninteractive.weak_bg_fill = theme.card;
    widgets.hovered.bg_fill = theme.hover;
    widgets.hovered.weak_bg_fill = theme.hover;
    widgets.hovered.bg_stroke = Stroke::new(1.0, theme.weak);
    widgets.active.bg_fill = theme.hover;
    widgets.active.weak_bg_fill = theme.hover;
    // What the keyboard is on is drawn as active: it must be seen.
    widgets.active.bg_stroke = Stroke::new(2.0, theme.accent);
    widgets.open.bg_fill = theme.hover;
    widgets.open.weak_bg_fill = theme.hover;
    visuals
}

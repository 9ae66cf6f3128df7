//! Menus as egui makes them, with room at the sides of what is chosen, and the keyboard's place in them seen.

use eframe::egui::containers::menu::{MenuButton, MenuConfig, menu_style};
use eframe::egui::{self, InnerResponse, IntoAtoms, Style};

/// How a menu and the menus in it look.
pub(super) fn config() -> MenuConfig {
    MenuConfig::new().style(style)
}

/// A button that opens a menu.
pub(super) fn button<'a, R>(
    ui: &mut egui::Ui,
    text: impl IntoAtoms<'a>,
    add: impl FnOnce(&mut egui::Ui) -> R,
) -> InnerResponse<Option<R>> {
    let (response, inner) = MenuButton::new(text).config(config()).ui(ui, add);
    InnerResponse::new(inner.map(|inner| inner.inner), response)
}

fn style(style: &mut Style) {
    let focus = style.visuals.widgets.active.bg_stroke;
    menu_style(style);
    style.visuals.widgets.active.bg_stroke = focus;
    style.spacing.button_padding.x = 8.0;
}

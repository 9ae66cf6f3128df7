//! The figures at the bottom of the window, the run before's beside them.

use eframe::egui;

use super::action::Action;
use super::view::View;

/// The panel. It fills the space that it is given; the shell draws the card around it.
#[derive(Default)]
pub struct FiguresPanel {}

impl FiguresPanel {
    /// Shows the run.
    pub fn ui(&mut self, ui: &mut egui::Ui, view: View<'_>) -> Vec<Action> {
        let _ = view;
        ui.allocate_space(ui.available_size());
        Vec::new()
    }
}

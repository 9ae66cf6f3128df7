//! A picture of the window for a handout: a part of the screen as a PNG file.

use std::path::PathBuf;

use eframe::egui;

/// Takes pictures, one at a time.
#[derive(Default)]
pub struct Picture {}

impl Picture {
    /// Asks for a picture of `area` (in points, as the panels were laid out), to be written to `path`.
    /// The file is whole or absent. The answer comes through [`Picture::poll`].
    pub fn request(&mut self, ctx: &egui::Context, area: egui::Rect, path: PathBuf) {
        let _ = (ctx, area, path);
    }

    /// The outcome of the last request, once: the file, or what failed and what to do.
    pub fn poll(&mut self) -> Option<Result<PathBuf, String>> {
        None
    }
}

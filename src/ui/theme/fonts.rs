//! The fonts: Inter for words, with figures of one width so that nothing jitters, and `JetBrains` Mono for
//! code and the log. Both are variable, so that bold needs no second file. egui's own come after them.

use std::sync::Arc;

use eframe::egui::{FontData, FontDefinitions, FontFamily};

static INTER: &[u8] = include_bytes!("../../../assets/fonts/Inter.ttf");
static JETBRAINS_MONO: &[u8] = include_bytes!("../../../assets/fonts/JetBrainsMono.ttf");

/// All fonts of the window.
pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for (name, bytes) in [("Inter", INTER), ("JetBrains Mono", JETBRAINS_MONO)] {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let first = |family: &FontFamily, names: [&str; 2], fonts: &mut FontDefinitions| {
        let list = fonts.families.entry(family.clone()).or_default();
        for name in names.iter().rev() {
            list.insert(0, (*name).to_owned());
        }
    };
    first(
        &FontFamily::Proportional,
        ["Inter", "JetBrains Mono"],
        &mut fonts,
    );
    first(
        &FontFamily::Monospace,
        ["JetBrains Mono", "Inter"],
        &mut fonts,
    );
    fonts
}

//! The fonts: Inter for words, with figures of one width so that nothing jitters, and `JetBrains` Mono for
//! code and the log. Both are variable, so that bold needs no second file. egui's own come after them.

use std::sync::Arc;

use eframe::egui::{FontData, FontDefinitions, FontFamily, FontTweak};

static INTER: &[u8] = include_bytes!("../../../assets/fonts/Inter.ttf");
static JETBRAINS_MONO: &[u8] = include_bytes!("../../../assets/fonts/JetBrainsMono.ttf");

/// All fonts of the window.
pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    // Hinting Inter closes the gap under the dot of an i at the sizes used here.
    let inter = FontData::from_static(INTER).tweak(FontTweak {
        hinting: Some(false),
        ..FontTweak::default()
    });
    for (name, data) in [
        ("Inter", inter),
        ("JetBrains Mono", FontData::from_static(JETBRAINS_MONO)),
    ] {
        fonts.font_data.insert(name.to_owned(), Arc::new(data));
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

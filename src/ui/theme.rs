//! Every colour, font and measure of the window. No other file makes a colour.

mod fonts;
mod style;

use eframe::egui::{self, Color32, RichText};
use serde::{Deserialize, Serialize};

pub use style::install;

/// Which colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// After the operating system; dark where it does not say.
    #[default]
    System,
    /// Always dark.
    Dark,
    /// Always light.
    Light,
}

/// The sizes that are offered, as zoom factors, and what each is for.
pub const SIZES: &[(f32, &str)] = &[
    (0.85, "Small"),
    (1.0, "Normal"),
    (1.25, "Large"),
    (1.6, "Projector"),
];

/// The colours of one mode, dark or light.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Whether it is the dark one.
    pub dark: bool,
    /// Behind everything.
    pub back: Color32,
    /// Of cards, fields and panels.
    pub card: Color32,
    /// Lines between things.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Text that stands back.
    pub weak: Color32,
    /// Of fields, and of what can be pressed.
    pub field: Color32,
    /// Of what can be pressed, under the pointer.
    pub hover: Color32,
    /// What is chosen, and the Run button.
    pub accent: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// The part of a slider or toggle that moves.
    pub handle: Color32,
    /// Behind the line of code that a control stands for, and behind a chosen row.
    pub mark: Color32,
    /// What ended well, and a toggle that is on.
    pub good: Color32,
    /// Standard error, failures, lost lines.
    pub bad: Color32,
    /// Warnings, and waiting.
    pub warn: Color32,
    /// Behind a warning's badge.
    pub warn_back: Color32,
    /// Python in the script.
    pub code: Code,
    /// Workers in turn: told apart by colour-blind people too.
    pub lanes: [Color32; Self::COLOURS],
}

/// The colours of Python source.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// `for`, `def`, `import`.
    pub keyword: Color32,
    /// A name that is called.
    pub function: Color32,
    /// `"text"`.
    pub string: Color32,
    /// `12`.
    pub number: Color32,
    /// `# …`.
    pub comment: Color32,
}

impl Theme {
    /// How many colours workers have before the first one comes again.
    pub const COLOURS: usize = 8;

    /// The one that the context shows now.
    pub fn of(ctx: &egui::Context) -> Self {
        match ctx.theme() {
            egui::Theme::Dark => Self::dark(),
            egui::Theme::Light => Self::light(),
        }
    }

    /// As in the picture to aim at.
    #[expect(
        clippy::disallowed_methods,
        reason = "the theme is where colours are made"
    )]
    pub fn dark() -> Self {
        let rgb = Color32::from_rgb;
        Self {
            dark: true,
            back: rgb(0x0f, 0x11, 0x15),
            card: rgb(0x17, 0x1a, 0x21),
            line: rgb(0x2a, 0x2e, 0x37),
            text: rgb(0xe6, 0xe8, 0xec),
            weak: rgb(0x94, 0x9a, 0xa6),
            field: rgb(0x22, 0x26, 0x2e),
            hover: rgb(0x2d, 0x33, 0x3d),
            accent: rgb(0x2f, 0x81, 0xf7),
            on_accent: rgb(0xff, 0xff, 0xff),
            handle: rgb(0xe9, 0xeb, 0xef),
            mark: rgb(0x1b, 0x2b, 0x3f),
            good: rgb(0x3d, 0xdc, 0x97),
            bad: rgb(0xff, 0x6b, 0x6b),
            warn: rgb(0xe0, 0xa8, 0x2e),
            warn_back: rgb(0x3d, 0x2e, 0x08),
            code: Code {
                keyword: rgb(0xff, 0x7a, 0xa0),
                function: rgb(0x79, 0xc0, 0xff),
                string: rgb(0x7e, 0xe0, 0x9a),
                number: rgb(0xe3, 0xb3, 0x5b),
                comment: rgb(0x8b, 0x91, 0x9d),
            },
            lanes: [
                rgb(0x4c, 0xc2, 0xff),
                rgb(0xf0, 0xb4, 0x29),
                rgb(0x3d, 0xdc, 0x97),
                rgb(0xff, 0x7a, 0xa0),
                rgb(0xb4, 0x8c, 0xff),
                rgb(0xff, 0x9f, 0x5a),
                rgb(0x8f, 0xd1, 0xc8),
                rgb(0xd4, 0xd8, 0x6a),
            ],
        }
    }

    /// For a bright room and a projector.
    #[expect(
        clippy::disallowed_methods,
        reason = "the theme is where colours are made"
    )]
    pub fn light() -> Self {
        let rgb = Color32::from_rgb;
        Self {
            dark: false,
            back: rgb(0xf6, 0xf7, 0xf9),
            card: rgb(0xff, 0xff, 0xff),
            line: rgb(0xd8, 0xdc, 0xe3),
            text: rgb(0x1b, 0x1f, 0x27),
            weak: rgb(0x5d, 0x65, 0x73),
            field: rgb(0xec, 0xee, 0xf2),
            hover: rgb(0xdf, 0xe3, 0xea),
            accent: rgb(0x1f, 0x6f, 0xeb),
            on_accent: rgb(0xff, 0xff, 0xff),
            handle: rgb(0xff, 0xff, 0xff),
            mark: rgb(0xdb, 0xe9, 0xff),
            good: rgb(0x1a, 0x7f, 0x37),
            bad: rgb(0xc6, 0x28, 0x28),
            warn: rgb(0x9a, 0x67, 0x00),
            warn_back: rgb(0xff, 0xf1, 0xcf),
            code: Code {
                keyword: rgb(0xc2, 0x1f, 0x5b),
                function: rgb(0x05, 0x50, 0xae),
                string: rgb(0x1a, 0x7f, 0x37),
                number: rgb(0x95, 0x50, 0x00),
                comment: rgb(0x6a, 0x73, 0x7d),
            },
            lanes: [
                rgb(0x00, 0x6d, 0xb3),
                rgb(0xa8, 0x6a, 0x00),
                rgb(0x00, 0x7f, 0x4e),
                rgb(0xc2, 0x1f, 0x5b),
                rgb(0x6f, 0x42, 0xc1),
                rgb(0xbf, 0x4f, 0x00),
                rgb(0x2a, 0x77, 0x70),
                rgb(0x6a, 0x6e, 0x00),
            ],
        }
    }

    /// The colour of the `nth` worker.
    pub fn lane(&self, nth: usize) -> Color32 {
        self.lanes[nth % self.lanes.len()]
    }
}

/// A ring around a button that the keyboard is on, where the usual outline is not seen: a filled one, or one without
/// a frame.
pub fn ring(ui: &egui::Ui, response: &egui::Response, theme: &Theme) {
    if response.has_focus() {
        let stroke = egui::Stroke::new(2.0, theme.text);
        let around = response.rect.expand(2.0);
        ui.painter()
            .rect_stroke(around, 7.0, stroke, egui::StrokeKind::Inside);
    }
}

/// A check box whose outline is seen in both modes.
pub fn check(
    ui: &mut egui::Ui,
    on: &mut bool,
    text: impl Into<RichText>,
    theme: &Theme,
) -> egui::Response {
    ui.scope(|ui| {
        if ui.is_enabled() {
            let inactive = &mut ui.visuals_mut().widgets.inactive;
            inactive.bg_stroke = egui::Stroke::new(1.0, theme.weak);
        }
        ui.checkbox(on, text.into())
    })
    .inner
}

/// Text that carries weight: titles and values.
pub fn bold(text: impl Into<String>) -> RichText {
    RichText::new(text).variation(b"wght", 600.0)
}

/// A name of a group of controls: small, and standing back.
pub fn caption(text: impl Into<String>, theme: &Theme) -> RichText {
    RichText::new(text)
        .size(11.5)
        .variation(b"wght", 500.0)
        .color(theme.weak)
}

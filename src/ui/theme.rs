//! Every colour and measure of the window. No other file makes a colour.

use eframe::egui::Color32;

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
    /// What is chosen, and the Run button.
    pub accent: Color32,
    /// Standard error, failures, lost lines.
    pub bad: Color32,
    /// Warnings, and waiting.
    pub warn: Color32,
    /// Workers in turn: told apart by colour-blind people too.
    pub lanes: [Color32; 8],
}

impl Theme {
    /// As in the picture to aim at.
    pub fn dark() -> Self {
        let rgb = Color32::from_rgb;
        Self {
            dark: true,
            back: rgb(0x0f, 0x11, 0x15),
            card: rgb(0x17, 0x1a, 0x21),
            line: rgb(0x2a, 0x2e, 0x37),
            text: rgb(0xe6, 0xe8, 0xec),
            weak: rgb(0x8b, 0x91, 0x9d),
            accent: rgb(0x2f, 0x81, 0xf7),
            bad: rgb(0xff, 0x6b, 0x6b),
            warn: rgb(0xe0, 0xa8, 0x2e),
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
    pub fn light() -> Self {
        let rgb = Color32::from_rgb;
        Self {
            dark: false,
            back: rgb(0xf6, 0xf7, 0xf9),
            card: rgb(0xff, 0xff, 0xff),
            line: rgb(0xd8, 0xdc, 0xe3),
            text: rgb(0x1b, 0x1f, 0x27),
            weak: rgb(0x5d, 0x65, 0x73),
            accent: rgb(0x1f, 0x6f, 0xeb),
            bad: rgb(0xc6, 0x28, 0x28),
            warn: rgb(0x9a, 0x67, 0x00),
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

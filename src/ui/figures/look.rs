//! How the figures are set: as large as the measured width allows, and never cut.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::{self, Color32, FontId, Galley, TextWrapMode, WidgetText};

use super::items::Item;
use crate::ui::theme::bold;

/// One way to set them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// Size of a figure, in points.
    size: f32,
    /// Between two figures, in points.
    pub(super) gap: f32,
    /// Whether names stand above their figures and not before them.
    stacked: bool,
}

/// From the roomiest to the tightest.
const LOOKS: [Look; 4] = [
    Look {
        size: 13.0,
        gap: 26.0,
        stacked: false,
    },
    Look {
        size: 12.0,
        gap: 14.0,
        stacked: false,
    },
    Look {
        size: 13.0,
        gap: 22.0,
        stacked: true,
    },
    Look {
        size: 12.0,
        gap: 12.0,
        stacked: true,
    },
];

/// As many rows at most.
const ROWS: usize = 3;

/// The texts of a figure, and where they begin from its left, in points.
pub(super) struct Parts {
    pub(super) name: Arc<Galley>,
    pub(super) value: Arc<Galley>,
    pub(super) after: Arc<Galley>,
    pub(super) before: Arc<Galley>,
    pub(super) value_x: f32,
    pub(super) after_x: f32,
    pub(super) width: f32,
}

/// The roomiest look in which all figures fit in `width` with `beside` left over, and the figures of each
/// row: as few rows as hold them.
pub(super) fn fitting(
    ui: &egui::Ui,
    items: &[Item],
    width: f32,
    beside: f32,
) -> (Look, Vec<Range<usize>>) {
    let wide = |look: &Look, items: &[Item]| {
        let widths = items.iter().map(|item| look.parts(ui, item).width);
        widths.sum::<f32>() + look.gap * items.len() as f32
    };
    if let Some(look) = LOOKS
        .iter()
        .find(|look| wide(look, items) + beside <= width)
    {
        return (*look, std::iter::once(0..items.len()).collect());
    }
    let chunks = |rows: usize| -> Vec<Range<usize>> {
        let many = items.len().div_ceil(rows);
        let from = (0..items.len()).step_by(many);
        from.map(|from| from..(from + many).min(items.len()))
            .collect()
    };
    for rows in 2..=ROWS {
        let rows = chunks(rows);
        let fits = |look: &&Look| {
            rows.iter().all(|row| {
                let last = row.end == items.len();
                wide(look, &items[row.clone()]) + if last { beside } else { 0.0 } <= width
            })
        };
        if let Some(look) = LOOKS.iter().skip(2).find(fits) {
            return (*look, rows);
        }
    }
    (LOOKS[3], chunks(ROWS))
}

impl Look {
    /// The middles of the lines of names, figures and the run before's, from the top, in points.
    pub(super) fn lines(self) -> [f32; 3] {
        if self.stacked {
            [7.0, 22.0, 37.0]
        } else {
            [13.0, 13.0, 31.0]
        }
    }

    /// A figure's texts.
    pub(super) fn parts(self, ui: &egui::Ui, item: &Item) -> Parts {
        let plain = |text: &str, size: f32| {
            let font = FontId::proportional(size);
            ui.painter()
                .layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER)
        };
        let strong = |text: &str| {
            WidgetText::from(bold(text).size(self.size)).into_galley(
                ui,
                Some(TextWrapMode::Extend),
                f32::INFINITY,
                FontId::proportional(self.size),
            )
        };
        let name = plain(item.name, if self.stacked { 11.0 } else { self.size });
        let value = strong(&item.value);
        let after = plain(&item.after, self.size);
        let before = plain(&item.before, self.size - 1.0);
        let value_x = if self.stacked {
            0.0
        } else {
            name.size().x + 5.0
        };
        let after_x = value_x + value.size().x.max(strong(item.room).size().x) + 4.0;
        let right = if item.after.is_empty() {
            after_x - 4.0
        } else {
            after_x + after.size().x
        };
        let width = right.max(name.size().x).max(value_x + before.size().x);
        Parts {
            name,
            value,
            after,
            before,
            value_x,
            after_x,
            width,
        }
    }
}

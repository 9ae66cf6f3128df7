//! How the columns share the width that there is: as long as each can be read at all, none is cut off. Where there is
//! no room for all, the lines are left out: who prints how much is also in the log's chooser.

use super::table::Column;

/// Who gets how much, in points, once all have their least: the first of these first.
const FIRST: [(Column, f32); 11] = [
    (Column::State, 158.0),
    (Column::Arguments, 64.0),
    (Column::Name, 104.0),
    (Column::Cpu, 112.0),
    (Column::Memory, 92.0),
    (Column::Lines, 84.0),
    (Column::Started, 72.0),
    (Column::Ended, 72.0),
    (Column::Pid, 58.0),
    (Column::Lines, 124.0),
    (Column::Arguments, f32::INFINITY),
];

/// The least width of a column, in points: a figure is whole, a word may be shortened.
pub(super) fn least(column: Column) -> f32 {
    match column {
        Column::Pid => 52.0,
        Column::Name | Column::State => 64.0,
        Column::Arguments => 40.0,
        Column::Cpu => 60.0,
        Column::Memory => 78.0,
        Column::Lines => 44.0,
        Column::Started | Column::Ended => 54.0,
    }
}

/// The columns that have room, and their widths, with so wide a gap between two.
pub fn widths(room: f32, gap: f32) -> Vec<(Column, f32)> {
    let mut widths = Column::ALL.map(|column| (column, least(column))).to_vec();
    let taken = |widths: &[(Column, f32)]| {
        let gaps = gap * widths.len().saturating_sub(1) as f32;
        widths.iter().map(|(_, width)| width).sum::<f32>() + gaps
    };
    if taken(&widths) > room {
        widths.retain(|(column, _)| *column != Column::Lines);
    }
    let mut left = (room - taken(&widths)).max(0.0);
    for (column, most) in FIRST {
        let Some((_, width)) = widths.iter_mut().find(|(known, _)| *known == column) else {
            continue;
        };
        let more = (most - *width).min(left);
        *width += more;
        left -= more;
    }
    widths
}

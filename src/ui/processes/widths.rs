//! How the columns share the width that there is: as long as each can be read at all, none is cut off.

use super::table::Column;

/// Who gets how much, in points, once all have their least: the first of these first.
const FIRST: [(Column, f32); 9] = [
    (Column::State, 158.0),
    (Column::Arguments, 64.0),
    (Column::Name, 104.0),
    (Column::Cpu, 112.0),
    (Column::Memory, 92.0),
    (Column::Started, 72.0),
    (Column::Ended, 72.0),
    (Column::Pid, 58.0),
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
        Column::Started | Column::Ended => 54.0,
    }
}

/// The widths of [`Column::ALL`] in so much room, the gaps between them apart.
pub fn widths(room: f32) -> [f32; 8] {
    let mut widths = Column::ALL.map(least);
    let mut left = (room - widths.iter().sum::<f32>()).max(0.0);
    for (column, most) in FIRST {
        let width = &mut widths[column as usize];
        let more = (most - *width).min(left);
        *width += more;
        left -= more;
    }
    widths
}

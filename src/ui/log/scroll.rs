//! Scrolling by row number. Pixels in `f32` lose count past a few million rows; row numbers in `f64` don't.

/// Which rows are in view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scroll {
    /// The row at the top edge, with the part of it that is above.
    pub top: f64,
    /// Whether it stays at the end.
    pub follow: bool,
    /// How many rows there are.
    pub rows: u64,
    /// How many rows have room.
    pub room: f64,
}

impl Default for Scroll {
    fn default() -> Self {
        Self {
            top: 0.0,
            follow: true,
            rows: 0,
            room: 1.0,
        }
    }
}

impl Scroll {
    /// The farthest that it goes.
    pub fn end(&self) -> f64 {
        (self.rows as f64 - self.room).max(0.0)
    }

    /// Takes what there is now: how many rows, and room for how many.
    pub fn fit(&mut self, rows: u64, room: f64) {
        self.rows = rows;
        // A line that is broken may be higher than all of the list.
        self.room = room.max(0.01);
        self.top = if self.follow {
            self.end()
        } else {
            self.top.clamp(0.0, self.end())
        };
    }

    /// Moves by rows, down where positive. Going up lets go of the end, coming to it takes hold again.
    pub fn by(&mut self, rows: f64) {
        self.to(self.top + rows);
    }

    /// Moves to this row.
    pub fn to(&mut self, top: f64) {
        let moved = top.clamp(0.0, self.end());
        if moved < self.top {
            self.follow = false;
        }
        self.top = moved;
        if moved >= self.end() - 0.01 && self.rows as f64 > self.room {
            self.follow = true;
        }
    }

    /// Turns following on or off.
    pub fn set_follow(&mut self, follow: bool) {
        self.follow = follow;
        if follow {
            self.top = self.end();
        }
    }

    /// Brings a row into view, with as little moving as possible.
    pub fn show(&mut self, row: u64) {
        let row = row as f64;
        if row < self.top {
            self.to(row);
        } else if row + 1.0 > self.top + self.room {
            self.to(row + 1.0 - self.room);
        }
    }

    /// Brings as much of `many` rows after this one into view as there is room for beside it.
    pub fn open(&mut self, row: u64, many: u64) {
        let past = (row + 1) as f64 + (many as f64).min(self.room.floor() - 1.0);
        self.top = self.top.max(past - self.room).min(self.end());
    }

    /// The rows to paint.
    pub fn in_view(&self) -> std::ops::Range<u64> {
        let first = self.top.floor() as u64;
        let last = (self.top + self.room).ceil() as u64;
        first.min(self.rows)..last.min(self.rows)
    }

    /// The scroll bar's handle, as shares of the bar: where it begins, and how long it is.
    pub fn handle(&self, least: f32) -> (f32, f32) {
        let length = ((self.room / (self.rows as f64).max(self.room)) as f32).max(least);
        let share = if self.end() > 0.0 {
            (self.top / self.end()) as f32
        } else {
            0.0
        };
        (share * (1.0 - length), length)
    }
}

/// Rows that are selected, by their numbers under the filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Where it was begun, and where it goes to; either may be the larger.
    pub range: Option<(u64, u64)>,
}

impl Selection {
    /// Begins at a row.
    pub fn begin(&mut self, row: u64) {
        self.range = Some((row, row));
    }

    /// Goes on to a row.
    pub fn extend(&mut self, row: u64) {
        let from = self.range.map_or(row, |(from, _)| from);
        self.range = Some((from, row));
    }

    /// From the first to the last, both included.
    pub fn rows(&self) -> Option<std::ops::RangeInclusive<u64>> {
        self.range.map(|(a, b)| a.min(b)..=a.max(b))
    }

    /// Whether a row is selected.
    pub fn has(&self, row: u64) -> bool {
        self.rows().is_some_and(|rows| rows.contains(&row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_until_it_is_scrolled_up_and_again_at_the_end() {
        let mut scroll = Scroll::default();
        scroll.fit(1000, 40.0);
        assert_eq!(scroll.in_view(), 960..1000);
        scroll.fit(1010, 40.0);
        assert_eq!(scroll.in_view(), 970..1010);
        scroll.by(-3.0);
        scroll.fit(1020, 40.0);
        assert_eq!(scroll.in_view(), 967..1007);
        scroll.by(1e9);
        scroll.fit(1030, 40.0);
        assert_eq!(scroll.in_view(), 990..1030);
    }

    #[test]
    fn what_fits_does_not_scroll() {
        let mut scroll = Scroll::default();
        scroll.fit(3, 40.0);
        scroll.by(5.0);
        scroll.by(-5.0);
        assert_eq!(scroll.in_view(), 0..3);
        assert!(scroll.follow);
        assert_eq!(scroll.handle(0.1), (0.0, 1.0));
    }

    #[test]
    fn a_thousand_million_rows_are_reached_to_the_row() {
        let mut scroll = Scroll::default();
        scroll.fit(1_000_000_000, 40.0);
        scroll.to(123_456_789.0);
        assert_eq!(scroll.in_view(), 123_456_789..123_456_829);
        scroll.by(1.0);
        assert_eq!(scroll.in_view().start, 123_456_790);
    }

    #[test]
    fn a_selection_goes_both_ways() {
        let mut selection = Selection::default();
        selection.begin(5);
        selection.extend(2);
        assert_eq!(selection.rows(), Some(2..=5));
        assert!(selection.has(3) && !selection.has(6));
    }
}

//! The list of lines: what is in view, what is selected, and the line under the pointer.

use std::sync::Arc;

use eframe::egui::{self, Pos2, Rect, Response, Role, Sense, WidgetInfo, pos2, vec2};

use super::fold::{self, Place, Places};
use super::line::SHOWN_BYTES;
use super::lines::Lines;
use super::rows::{Row, chosen, row};
use super::scroll::{Scroll, Selection};
use super::text::TextCache;
use super::{cursor, earlier, late, long, paint, said};
use crate::run::{Filter, Run, TextSource};
use crate::search::Pattern;
use crate::ui::action::Action;
use crate::ui::cache::PerChange;
use crate::ui::time_axis::tell;
use crate::ui::view::View;
use crate::ui::who::{Who, thousands};
use crate::ui::zoom::TimeRange;

/// Width of the scroll bar, in points.
pub(super) const BAR_W: f32 = 10.0;

/// A row, and its text laid out where there is one.
type Shown = (Row, Option<Arc<egui::Galley>>);

/// The state of the list.
#[derive(Default)]
pub(super) struct List {
    pub(super) scroll: Scroll,
    pub(super) selection: Selection,
    /// How far it is scrolled to the right, in points.
    pub(super) left: f32,
    /// What the scroll position and the selection belong to.
    of: (String, Filter),
    blocks: usize,
    cache: TextCache,
    who: PerChange<Arc<Who>>,
    pointing: bool,
    pub(super) touched: usize,
    /// What of the selection the user wants copied: with time and worker, or its text only.
    pub(super) copy: Option<bool>,
    /// Whether what came after the stop is shown.
    pub(super) unfolded: bool,
    /// Whether long lines are broken.
    pub(super) wrap: bool,
    /// Whether lines don't say whose they are.
    pub(super) nameless: bool,
    /// Where the rows were painted in the last frame.
    pub(super) placed: Vec<(u64, egui::Rangef)>,
    /// Which lines came late.
    late: late::Marks,
    long: long::Long,
    /// The rows whose time was selected with them, and that time.
    pub(super) timed: (Option<std::ops::RangeInclusive<u64>>, Option<TimeRange>),
    /// The moment that was held in the last frame.
    pub(super) held_ns: Option<u64>,
    /// How many rows there were when it was last followed, or its end was in view.
    known: u64,
}

impl List {
    /// Another run or another filter has other rows.
    pub(super) fn belong(&mut self, run: Option<&Run>, filter: Filter, others: bool) {
        let id = run.map_or("", |run| &run.header.id);
        if self.of.0 != id || self.of.1 != filter || others {
            if self.of.0 != id {
                self.scroll.follow = true;
                self.scroll.top = 0.0;
                self.unfolded = false;
            }
            self.of = (id.to_owned(), filter);
            self.selection = Selection::default();
            self.timed = (None, None);
            self.left = 0.0;
            self.known = u64::MAX;
        }
        self.cache.of_run(id);
        let blocks = run.map_or(0, |run| run.log.blocks().len());
        if blocks != self.blocks {
            self.blocks = blocks;
            self.cache.forget_errors();
        }
    }

    pub(super) fn empty(&mut self, ui: &egui::Ui, view: View<'_>, body: Rect, text: &str) {
        self.touched = 0;
        ui.painter().text(
            body.center(),
            egui::Align2::CENTER_CENTER,
            text,
            egui::FontId::proportional(13.0),
            view.theme.weak,
        );
    }

    /// Shows the lines; marks in each what `pattern` says.
    pub(super) fn ui(
        &mut self,
        ui: &mut egui::Ui,
        view: View<'_>,
        lines: Lines<'_>,
        pattern: Option<&Pattern>,
        body: Rect,
        actions: &mut Vec<Action>,
    ) {
        let run = lines.run;
        let columns = paint::columns(ui, Some(run), !self.nameless);
        let list = Rect::from_min_max(body.min, pos2(body.right() - BAR_W - 2.0, body.bottom()));
        let places = Places::of(lines, self.unfolded);
        let total = places.lines();
        let look = paint::Look {
            columns,
            width: list.width(),
            left: (!self.wrap).then_some(self.left),
            pattern,
            theme: view.theme,
        };
        let room = if self.wrap {
            let source = view.text.map(|text| &**text);
            self.room_at_end(ui, look, (lines, &places), source, list.height())
        } else {
            f64::from(list.height() / columns.row)
        };
        self.scroll.fit(places.rows(), room);
        if self.scroll.follow || self.scroll.top >= self.scroll.end() {
            self.known = places.rows();
        }
        let response = ui.interact(
            list,
            ui.scope_id().with("log rows"),
            Sense::click_and_drag(),
        );
        response.widget_info(|| {
            WidgetInfo::labeled(Role::List, true, format!("Log, {total} lines shown"))
        });
        let by_key = self.keys(ui, &response, view, (lines, &places));
        actions.extend(by_key);
        let first_h = self.placed.first().map_or(columns.row, |row| row.1.span());
        self.wheel(ui, list, first_h);
        self.bar(ui, view, body);
        let nth = self.select(ui, &response, list, columns.row);
        actions.extend(self.hold(ui, &response, view, (lines, &places), nth));
        actions.extend(self.select_time(view, (lines, &places)));
        if total == 0 {
            let all = lines.sifted.is_none() && lines.filter == Filter::default();
            let text = match (view.live, all) {
                (_, false) => "No line passes the filter",
                (true, true) => "Nothing has been printed yet",
                (false, true) => "Nothing was printed",
            };
            self.empty(ui, view, body, text);
            return;
        }
        let hovered = self.rows(ui, view, (lines, &places), look, list, &response);
        if let Some(whole) = self.copy.take()
            && let Some(rows) = self.selection.rows()
        {
            let rows = places.selected(rows);
            actions.push(Action::CopyLines(chosen(lines, rows, whole)));
        }
        self.news(ui, list, places.rows());
        let pointed = hovered.as_ref().map(|row| row.t_ns);
        let known = view.point_ns;
        tell(ui.ctx(), &mut self.pointing, known, pointed, actions);
        if let Some(row) = hovered {
            let long = !self.wrap
                && matches!(&row.text, Ok(line) if line.cut.is_some()
                || line.plain().chars().count() as f32 * columns.letter > list.width() - columns.text);
            if long || row.unattributed || row.continues || row.text.is_err() {
                response.on_hover_ui_at_pointer(|ui| paint::tip(ui, view, run, &row));
            }
        }
    }

    /// Says how many rows came below since the end was in view; a press goes there.
    fn news(&mut self, ui: &mut egui::Ui, list: Rect, rows: u64) {
        self.known = self.known.min(rows);
        let many = rows - self.known;
        if many == 0 {
            return;
        }
        let unit = if many == 1 { "line" } else { "lines" };
        let text = format!("↓ {} new {unit}", thousands(many));
        let size = vec2(160.0_f32.min(list.width()), 24.0);
        let area = Rect::from_center_size(pos2(list.center().x, list.bottom() - 18.0), size);
        let button = egui::Button::new(text).truncate();
        let response = ui.put(area, button);
        if response
            .on_hover_text("Go to the newest line and follow")
            .clicked()
        {
            self.scroll.set_follow(true);
        }
    }

    /// What a row of the list shows, and how high that is; none past the end, and for the fold.
    fn one(
        &mut self,
        ui: &egui::Ui,
        look: paint::Look<'_>,
        (lines, places): (Lines<'_>, &Places),
        source: Option<&dyn TextSource>,
        nth: u64,
    ) -> (Option<Shown>, f32) {
        let Place::Line(line) = places.at(nth) else {
            return (None, look.columns.row);
        };
        let Some(row) = row(lines, &mut self.cache, source, line, SHOWN_BYTES) else {
            return (None, look.columns.row);
        };
        let text = look.text(ui, &row);
        let height = look.height(text.as_deref());
        (Some((row, text)), height)
    }

    /// How many of the last rows have room, where lines are broken.
    fn room_at_end(
        &mut self,
        ui: &egui::Ui,
        look: paint::Look<'_>,
        of: (Lines<'_>, &Places),
        source: Option<&dyn TextSource>,
        height: f32,
    ) -> f64 {
        let (mut left, mut rows) = (height, 0.0);
        for nth in (0..of.1.rows()).rev() {
            let (_, height) = self.one(ui, look, of, source, nth);
            if height >= left {
                return rows + f64::from(left / height);
            }
            left -= height;
            rows += 1.0;
        }
        rows + f64::from(left / look.columns.row)
    }

    /// Paints the rows in view; gives the one under the pointer.
    pub(super) fn rows(
        &mut self,
        ui: &egui::Ui,
        view: View<'_>,
        (lines, places): (Lines<'_>, &Places),
        look: paint::Look<'_>,
        list: Rect,
        response: &Response,
    ) -> Option<Row> {
        let run = lines.run;
        let columns = look.columns;
        let who = Arc::clone(self.who.get(run, || Arc::new(Who::of(run))));
        let source = view.text.map(|text| &**text);
        let painter = ui.painter_at(list);
        let pointer: Option<Pos2> = response.hover_pos();
        let mut hovered = None;
        let mut widest = 0.0_f32;
        let cursor = cursor::Rows::of(view, lines, places);
        self.late.renew(ui.ctx(), run);
        self.touched = 0;
        self.placed.clear();
        let first = self.scroll.top.floor() as u64;
        let mut y = list.top();
        for nth in first..places.rows() {
            if y >= list.bottom() {
                break;
            }
            let (shown, height) = self.one(ui, look, (lines, places), source, nth);
            if nth == first {
                y -= (self.scroll.top - first as f64) as f32 * height;
            }
            let area = Rect::from_min_size(pos2(list.left(), y), vec2(list.width(), height));
            self.placed.push((nth, area.y_range()));
            y += height;
            if self.selection.has(nth) {
                painter.rect_filled(area, 0.0, view.theme.accent.gamma_multiply(0.25));
            }
            cursor.paint(&painter, area, nth, view.theme);
            let Some((row, text)) = shown else {
                if !matches!(places.at(nth), Place::Fold) {
                    break;
                }
                if fold::ui(ui, &painter, area, places, view.theme) {
                    self.unfold(places);
                }
                continue;
            };
            self.touched += 1;
            said::row(ui, area, nth, &row, run);
            cursor::paint_selected(&painter, area, row.t_ns, view);
            let is_at = pointer.is_some_and(|at| area.contains(at));
            if is_at && !self.selection.has(nth) {
                painter.rect_filled(area, 0.0, view.theme.line.gamma_multiply(0.5));
            }
            let width = paint::row(&painter, area, look, &row, text, run, &who);
            widest = widest.max(width);
            let line = area.with_max_y(area.top() + columns.row);
            if matches!(&row.text, Ok(line) if line.cut.is_some()) {
                let text = (&mut self.cache, source);
                self.long
                    .ui(ui, &painter, line, run, &row, text, view.theme);
            }
            if row.was_other {
                let x = if row.continues { 14.0 } else { 0.0 } - look.left.unwrap_or(0.0);
                let at = pos2(line.left() + columns.text + x, line.center().y);
                let text = line.with_min_x(line.left() + columns.text);
                let painter = painter.with_clip_rect(text.intersect(painter.clip_rect()));
                earlier::ui(ui, &painter, at, run, &row, source, view.theme);
            }
            if let Some(late) = self.late.at(row.at) {
                let x = line.left() + columns.name;
                late::ui(ui, &painter, line, x, run, late, view.theme);
            }
            if is_at {
                hovered = Some(row);
            }
        }
        if hovered.is_none() {
            let past = self.placed.last().map_or(first, |last| last.0 + 1);
            cursor.beyond(&painter, list, &(first..past), view.theme);
        }
        let most = (widest - (list.width() - columns.text) + 24.0).max(0.0);
        self.left = self.left.clamp(0.0, most);
        hovered
    }
}

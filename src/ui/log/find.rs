//! Above the list when asked for: what is looked for, which lines are kept or dropped, and where to go.

use eframe::egui::{self, Align, Id, Key, Layout, RichText, TextEdit};

use super::lines::{Encodings, Lines, Sifted, progress};
use crate::run::{Filter, Run};
use crate::search::{Pattern, Query};
use crate::ui::shortcuts::{FIND, GO_TO};
use crate::ui::theme::Theme;
use crate::ui::view::View;
use crate::ui::who::thousands;

/// Height of one line of the bar, in points.
const LINE_H: f32 = 28.0;
/// Room below the bar, in points.
const GAP: f32 = 4.0;
/// A scan wakes the window no sooner than this: it need not be painted at each step.
const WAKE: std::time::Duration = std::time::Duration::from_millis(100);

/// The bar, and what it looks for.
#[derive(Default)]
pub(super) struct Finder {
    open: bool,
    going: bool,
    find: Asked,
    sift: Asked,
    /// Whether lines that have the filter's text are dropped instead of kept.
    drops: bool,
    go_to: String,
    wrong: Option<String>,
    /// Which of the lines that were found was shown last, from 0.
    at: Option<u64>,
    /// What the scans belong to: the run, its lines, and the lanes in another encoding.
    of: (String, Filter, Encodings, bool),
    focus: Option<&'static str>,
}

/// A query, and the scan for it.
#[derive(Default)]
struct Asked {
    query: Query,
    /// What `sifted` was begun for.
    begun: Query,
    pattern: Option<Pattern>,
    sifted: Option<Sifted>,
    wrong: Option<String>,
}

/// What the bar asks the list for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Go {
    /// The next line that was found.
    Next,
    /// The one before.
    Previous,
    /// A line of the list, from 0.
    Line(u64),
    /// The last line before this time, in nanoseconds since time zero.
    Time(u64),
}

impl Asked {
    /// Begins anew where something changed; gives whether it did.
    fn begin(
        &mut self,
        anew: bool,
        start: impl FnOnce(Pattern) -> std::io::Result<Sifted>,
    ) -> bool {
        if !anew && self.begun == self.query {
            return false;
        }
        self.begun = self.query.clone();
        (self.sifted, self.pattern, self.wrong) = (None, None, None);
        match self.query.pattern() {
            Ok(None) => {}
            Ok(Some(pattern)) => {
                self.pattern = Some(pattern.clone());
                match start(pattern) {
                    Ok(sifted) => self.sifted = Some(sifted),
                    Err(error) => self.wrong = Some(format!("It can't be searched: {error}")),
                }
            }
            Err(error) => self.wrong = Some(error.to_string()),
        }
        true
    }
}

impl Finder {
    /// Height of the bar as it is now, in points.
    pub(super) fn height(&self) -> f32 {
        let lines = 2 * usize::from(self.open) + usize::from(self.going);
        if lines == 0 {
            return 0.0;
        }
        LINE_H * lines as f32 + GAP
    }

    /// Whether the bar with the search is there.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Shows the search, or puts it away.
    pub(super) fn set_open(&mut self, open: bool) {
        self.open = open;
        self.focus = open.then_some("find");
    }

    /// What the list shows of the run's lines.
    pub(super) fn lines<'a>(&'a self, run: &'a Run, filter: Filter) -> Lines<'a> {
        Lines {
            run,
            filter,
            sifted: self.sift.sifted.as_ref(),
            grouped: false,
        }
    }

    /// The lines that were found.
    pub(super) fn hits(&self) -> Option<&Sifted> {
        self.find.sifted.as_ref()
    }

    /// What is to be marked in each line.
    pub(super) fn pattern(&self) -> Option<&Pattern> {
        self.find.pattern.as_ref()
    }

    /// The line that was found and is shown now.
    pub(super) fn set_at(&mut self, at: Option<u64>) {
        self.at = at;
    }

    /// Whether another list is shown than in the last frame. To be called before what the frame shows is read.
    pub(super) fn prepare(&mut self, ctx: &egui::Context, view: View<'_>, filter: Filter) -> bool {
        if ctx.input_mut(|input| input.consume_shortcut(&FIND)) {
            self.set_open(true);
        }
        if ctx.input_mut(|input| input.consume_shortcut(&GO_TO)) {
            self.going = true;
            self.focus = Some("go to");
        }
        let (Some(run), Some(text), true) = (view.run, view.text, self.open) else {
            let had = self.sift.sifted.is_some();
            for asked in [&mut self.find, &mut self.sift] {
                (asked.sifted, asked.pattern) = (None, None);
                asked.begun = Query::default();
            }
            self.of = Default::default();
            return had;
        };
        let of = (
            run.header.id.clone(),
            filter,
            Encodings::of(run),
            self.drops,
        );
        let same = self.of == of;
        self.of = of;
        let wake = || {
            let ctx = ctx.clone();
            move || ctx.request_repaint_after(WAKE)
        };
        let keeps = !self.drops;
        let sifted = self.sift.begin(!same, |pattern| {
            Sifted::start(run, text, filter, vec![(pattern, keeps)], wake())
        });
        let sift = self.sift.pattern.clone();
        let found = self.find.begin(sifted, |pattern| {
            let mut tests = vec![(pattern, true)];
            tests.extend(sift.map(|sift| (sift, keeps)));
            Sifted::start(run, text, filter, tests, wake())
        });
        if found {
            self.at = None;
        }
        for scanned in [&self.find, &self.sift] {
            if let Some(scanned) = &scanned.sifted {
                scanned.there_is(run);
            }
        }
        sifted
    }

    /// The bar; what it asks for.
    pub(super) fn ui(&mut self, ui: &mut egui::Ui, view: View<'_>, lines: u64) -> Option<Go> {
        let mut go = None;
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 0.0);
        ui.spacing_mut().button_padding.x = 4.0;
        if self.open {
            self.line(ui, |this, ui| {
                if ui.button("×").on_hover_text("Close the search").clicked() {
                    this.set_open(false);
                }
                if ui.button("↓").on_hover_text("Next (Enter)").clicked() {
                    go = Some(Go::Next);
                }
                let previous = ui.button("↑").on_hover_text("Previous (Shift+Enter)");
                if previous.clicked() {
                    go = Some(Go::Previous);
                }
                let said = said(&this.find, this.at, view, "Finds text in all lines");
                said.show(ui, view.theme);
                let focus = this.focus.take_if(|focus| *focus == "find").is_some();
                match query(ui, "find", "Find text", &mut this.find.query, focus) {
                    Key::Enter => go = Some(Go::Next),
                    Key::ArrowUp => go = Some(Go::Previous),
                    Key::Escape => this.set_open(false),
                    _ => {}
                }
            });
            self.line(ui, |this, ui| {
                let text = if this.drops { "Drop" } else { "Keep" };
                let toggle = ui.button(text).on_hover_text(
                    "Whether lines with this text are kept and all others hidden, or the other way round. \
                     Nothing is taken out of the run.",
                );
                if toggle.clicked() {
                    this.drops = !this.drops;
                }
                let said = said(&this.sift, None, view, "Shows some of the lines");
                said.show(ui, view.theme);
                let hint = if this.drops {
                    "No lines with"
                } else {
                    "Only lines with"
                };
                if query(ui, "sift", hint, &mut this.sift.query, false) == Key::Escape {
                    this.set_open(false);
                }
            });
        }
        if self.going {
            go = self.going(ui, view, lines).or(go);
        }
        go
    }

    /// A line of the bar, filled from the right.
    fn line(&mut self, ui: &mut egui::Ui, add: impl FnOnce(&mut Self, &mut egui::Ui)) {
        let size = egui::vec2(ui.available_width(), LINE_H);
        let layout = Layout::right_to_left(Align::Center);
        ui.allocate_ui_with_layout(size, layout, |ui| {
            ui.set_min_size(size);
            add(self, ui);
        });
    }

    fn going(&mut self, ui: &mut egui::Ui, view: View<'_>, lines: u64) -> Option<Go> {
        let mut go = None;
        self.line(ui, |this, ui| {
            if ui.button("×").on_hover_text("Close this").clicked() {
                this.going = false;
            }
            let edit = TextEdit::singleline(&mut this.go_to)
                .id(Id::unique("go to"))
                .hint_text("Go to line 1200, or to 1.5 s")
                .desired_width(ui.available_width());
            let response = ui.add(edit);
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Go to line or time")
            });
            if this.focus.take_if(|focus| *focus == "go to").is_some() {
                response.request_focus();
            }
            if response.changed() {
                this.wrong = None;
            }
            let enter = ui.input(|input| input.key_pressed(Key::Enter));
            let escape = ui.input(|input| input.key_pressed(Key::Escape));
            if response.lost_focus() && enter {
                match place(&this.go_to, lines) {
                    Ok(place) => {
                        go = Some(place);
                        this.going = false;
                    }
                    Err(why) => {
                        this.wrong = Some(why);
                        response.request_focus();
                    }
                }
            } else if response.lost_focus() && escape {
                this.going = false;
            }
            if let Some(why) = &this.wrong {
                response.show_tooltip_text(RichText::new(why).color(view.theme.bad));
            }
        });
        go
    }
}

/// Where a text says to go: `1200` is a line, `1.5`, `1.5 s` and `90 ms` are times.
fn place(text: &str, lines: u64) -> Result<Go, String> {
    let text = text.trim();
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | ' ' | '_'))
        .collect();
    if let Ok(line) = plain.parse::<u64>() {
        return if (1..=lines).contains(&line) {
            Ok(Go::Line(line - 1))
        } else {
            Err(format!("There are {} lines here", thousands(lines)))
        };
    }
    let (number, unit) = match (plain.strip_suffix("ms"), plain.strip_suffix('s')) {
        (Some(number), _) => (number, 1e6),
        (None, Some(number)) => (number, 1e9),
        (None, None) => (plain.as_str(), 1e9),
    };
    match number.parse::<f64>() {
        Ok(time) if time.is_finite() && time >= 0.0 => Ok(Go::Time((time * unit) as u64)),
        _ => Err(format!(
            "“{text}” is neither a line's number, such as 1200, nor a time, such as 1.5 s"
        )),
    }
}

/// What is told of a scan.
struct Said {
    text: String,
    tip: String,
    bad: bool,
}

impl Said {
    fn show(&self, ui: &mut egui::Ui, theme: &Theme) {
        let colour = if self.bad { theme.bad } else { theme.weak };
        let text = RichText::new(&self.text).color(colour).size(12.0);
        ui.label(text).on_hover_text(&self.tip);
    }
}

fn said(asked: &Asked, at: Option<u64>, view: View<'_>, empty: &str) -> Said {
    let plain = |text: String, tip: &str| Said {
        text,
        tip: tip.to_owned(),
        bad: false,
    };
    if let Some(why) = &asked.wrong {
        return Said {
            text: "not understood".to_owned(),
            tip: why.clone(),
            bad: true,
        };
    }
    let (Some(sifted), Some(run)) = (&asked.sifted, view.run) else {
        return plain(String::new(), empty);
    };
    let found = sifted.scan().found();
    let many = thousands(found.rows());
    let unit = if found.rows() == 1 { "line" } else { "lines" };
    let mut said = match (progress(&found, run), at) {
        (Some(part), _) if !view.live || part < 0.9 => plain(
            format!("{many} · {:.0} %", part * 100.0),
            "So many so far: the search goes on",
        ),
        (_, Some(at)) => plain(
            format!("{} of {many}", thousands(at + 1)),
            "All lines were searched",
        ),
        (_, None) => plain(format!("{many} {unit}"), "All lines were searched"),
    };
    if let Some((blocks, why)) = found.unread() {
        said.bad = true;
        said.tip = format!(
            "{} pieces of the log could not be searched: {why}",
            thousands(blocks)
        );
    }
    said
}

/// A query's field with its switches. Gives the key by which it was left: Enter for the next one that is found, up for the
/// one before, Escape; else any other.
fn query(ui: &mut egui::Ui, id: &'static str, hint: &str, query: &mut Query, focus: bool) -> Key {
    let mut switched = false;
    for (on, text, name, tip) in [
        (
            &mut query.regex,
            ".*",
            "Regular expression",
            "A regular expression, such as  error|warn  or  ^\\d+$",
        ),
        (&mut query.word, "W", "Whole words", "Whole words only"),
        (
            &mut query.case,
            "Aa",
            "Match case",
            "Capital letters are others than small ones",
        ),
    ] {
        let switch = ui.toggle_value(on, RichText::new(text).monospace().size(11.0));
        switched |= switch.clicked();
        switch.on_hover_text(tip).accessible_name(name);
    }
    let edit = TextEdit::singleline(&mut query.text)
        .id(Id::unique(id))
        .hint_text(hint)
        .desired_width(ui.available_width());
    let response = ui.add(edit).accessible_name(hint);
    if focus || switched {
        response.request_focus();
    }
    if !response.lost_focus() {
        return Key::Tab;
    }
    let (pressed, shift) = ui.input(|input| {
        let pressed = [Key::Enter, Key::Escape]
            .into_iter()
            .find(|key| input.key_pressed(*key));
        (pressed.unwrap_or(Key::Tab), input.modifiers.shift)
    });
    if pressed != Key::Enter {
        return pressed;
    }
    // The next one is asked for by the same key.
    response.request_focus();
    if shift { Key::ArrowUp } else { Key::Enter }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_times_are_told_apart() {
        assert_eq!(place("12", 20), Ok(Go::Line(11)));
        assert_eq!(place("1,000", 2000), Ok(Go::Line(999)));
        assert_eq!(place(" 1.5 ", 2), Ok(Go::Time(1_500_000_000)));
        assert_eq!(place("2 s", 2), Ok(Go::Time(2_000_000_000)));
        assert_eq!(place("90ms", 2), Ok(Go::Time(90_000_000)));
        for wrong in ["", "0", "21", "x", "-1 s", "nan", "1e999"] {
            assert!(place(wrong, 20).is_err(), "{wrong}");
        }
    }
}

//! Running, opening and saving: what reaches outside the window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{App, Dialog};
use crate::engine::{Command, Input, Request};
use crate::experiment::{Experiment, Join, Way, Work, check};
use crate::store::{self, runs::Kept};
use crate::ui::action::Action;
use crate::ui::controls::ControlsPanel;
use crate::ui::jobs::{Done, KeptRun, Opened, write_whole};
use crate::ui::notices::Notices;
use crate::ui::script::{Adopted, ScriptPanel};
use crate::ui::topbar::meant;

/// Scripts larger than this are no scripts, in bytes.
const SCRIPT_BYTES: u64 = 4 << 20;
/// More processes than this at once are asked about first.
const MANY: u32 = 100;

impl App {
    /// Checks, asks where it must, and starts.
    pub(super) fn run(&mut self) {
        if self.alive() {
            return;
        }
        if let Err(invalid) = check(&self.experiment) {
            self.notices.say(invalid.to_string());
            return;
        }
        if !self.file_is_as_shown() {
            return;
        }
        let gil = meant(&self.experiment.python, self.pythons.as_ref())
            .is_none_or(|found| found.gil_enabled);
        if !self.settings.fill_without_asking
            && let Some(why) = fills(&self.experiment, self.cores, gil)
        {
            self.dialog = Some(Dialog::Fill {
                why,
                never_again: false,
            });
            return;
        }
        self.start();
    }

    /// Starts what is shown. What is shown stays until the new run is there: a start may fail.
    pub(super) fn start(&mut self) {
        let shown = match &self.opened {
            Some(opened) => Some(Arc::clone(&opened.run)),
            None => {
                let run = self.controller.shared().run.read();
                run.as_ref()
                    .filter(|run| run.end.is_some())
                    .map(|run| Arc::new(run.clone()))
            }
        };
        self.shown_at_start = shown;
        self.settings.has_run = true;
        self.controller.send(Command::Start(Box::new(Request {
            experiment: self.experiment.clone(),
            record: self.record.clone(),
            input: Input::Empty,
            tap: None,
        })));
        self.keep_settings();
    }

    /// A run has begun: it takes the place of what was shown, which is kept for comparing.
    pub(super) fn show_the_new_run(&mut self) {
        if let Some(shown) = self.shown_at_start.take() {
            self.before = Some(shown);
        }
        self.opened = None;
        self.focus = super::Focus::default();
    }

    /// An own script's file must hold what is shown, for the file is what runs. Saves edits, takes in what
    /// another program wrote, and says where both happened.
    fn file_is_as_shown(&mut self) -> bool {
        let Some(own) = self.experiment.script.clone() else {
            return true;
        };
        let Some(path) = own.path else {
            return true;
        };
        let on_disk = match read_script(&path) {
            Ok(text) => Some(text),
            Err(_) if self.script.unsaved(&self.experiment).is_some() => None,
            Err(why) => {
                self.notices.say(why);
                return false;
            }
        };
        let changed_there = on_disk.is_some() && on_disk.as_deref() != self.script.kept();
        match (self.script.unsaved(&self.experiment), changed_there) {
            (None, false) => true,
            (Some(_), false) => self.save_unsaved(),
            (None, true) => {
                let text = on_disk.unwrap_or_default();
                self.script.saved(path, text.clone());
                if let Some(own) = &mut self.experiment.script {
                    own.text = text;
                }
                true
            }
            (Some(_), true) => {
                self.script.saved(path.clone(), on_disk.unwrap_or_default());
                self.notices.say(format!(
                    "{} was changed by another program since it was opened, and here too. Press Run again to \
                     write what is shown here over it, or save it elsewhere first.",
                    path.display()
                ));
                false
            }
        }
    }

    /// Writes the edited file where it is. Returns whether it could be written.
    pub(super) fn save_unsaved(&mut self) -> bool {
        let Some((path, text)) = self.script.unsaved(&self.experiment) else {
            return true;
        };
        match write_whole(&path, text.as_bytes()) {
            Ok(path) => {
                self.script.saved(path, text);
                true
            }
            Err(why) => {
                self.notices.say(why);
                false
            }
        }
    }

    /// The edited file's text is again what the file holds; one without a file may be put away.
    pub(super) fn forget_edits(&mut self) {
        let edited = self.script.unsaved(&self.experiment).is_some();
        let kept = self.script.kept().map(str::to_owned);
        match (&mut self.experiment.script, kept) {
            (Some(own), Some(kept)) if edited => own.text = kept,
            (Some(own), _) => self.script.copied(own.text.clone()),
            (None, _) => {}
        }
    }

    /// Another experiment takes the place of the one that is shown.
    pub(super) fn load(&mut self, experiment: Experiment) {
        self.experiment = experiment;
        self.controls = ControlsPanel::new(&self.experiment);
        if self.experiment.way != Way::Script {
            self.script = ScriptPanel::new(&self.experiment);
        }
    }

    /// An opened run's experiment takes the place of the one that is shown, but for what a file from
    /// elsewhere may not choose: the interpreter stays, and a script is text and no file's path.
    pub(super) fn adopt(&mut self, adopted: Adopted) {
        match adopted {
            Adopted::Controls(experiment) => {
                let python = self.experiment.python.clone();
                self.load(Experiment {
                    python,
                    ..experiment
                });
            }
            Adopted::Script { .. } => {
                self.experiment = self.script.adopt(&self.experiment, adopted);
                self.controls = ControlsPanel::new(&self.experiment);
            }
        }
    }

    /// Opens a file, or asks first where an edited script would be put away. A run is shown without a
    /// question; only its experiment waits for the answer.
    pub(super) fn open_or_ask(&mut self, path: PathBuf) {
        if is_run(&path) {
            self.open(path);
        } else {
            self.unless_unsaved(Action::Open(Some(path.clone())), |app| app.open(path));
        }
    }

    /// Opens a run or a script, told apart by what is in it.
    pub fn open(&mut self, path: PathBuf) {
        if is_run(&path) {
            self.jobs.start(move || Some(open_run(path)));
            return;
        }
        match read_script(&path) {
            Ok(text) => {
                self.settings.remember(&path);
                let args = self.settings.arguments_of(&path);
                self.experiment = self.script.open(&self.experiment, path, text, args);
                self.keep_settings();
            }
            Err(why) => self.notices.say(why),
        }
    }

    /// Looks what is in the folder of kept runs, for the menu.
    pub(super) fn look_for_kept(&self) {
        self.jobs.start(|| Some(Done::Kept(kept_runs())));
    }

    /// Pins a kept run or lets it go. The list says so at once, and takes it back where it failed.
    pub(super) fn pin(&mut self, path: PathBuf, pinned: bool) {
        self.list_pinned(&path, pinned);
        self.jobs.start(move || {
            let why = store::runs::pin(&path, pinned).err()?;
            Some(Done::NotPinned(path, !pinned, why))
        });
    }

    pub(super) fn list_pinned(&mut self, path: &Path, pinned: bool) {
        for run in self.kept.iter_mut().filter(|run| run.kept.path == path) {
            run.pinned = pinned;
        }
    }

    pub(super) fn write_script(&mut self, path: PathBuf) {
        let text = self.experiment.script().text;
        self.jobs
            .start(move || Some(Done::SavedScript(write_whole(&path, text.as_bytes()), text)));
    }
}

fn kept_runs() -> Vec<KeptRun> {
    let about = |(nth, kept): (usize, Kept)| KeptRun {
        pinned: store::runs::is_pinned(&kept.path),
        broken_off: nth == 0 && store::runs::is_broken_off(&kept.path),
        kept,
    };
    let recent = store::runs::recent().into_iter();
    recent.enumerate().map(about).collect()
}

/// Whether it is a run file, by its name or its first bytes.
fn is_run(path: &Path) -> bool {
    use std::io::Read as _;
    if path.extension().is_some_and(|ending| ending == "gilscope") {
        return true;
    }
    let mut head = [0; 15];
    std::fs::File::open(path)
        .and_then(|mut file| file.read_exact(&mut head))
        .is_ok_and(|()| &head == b"SQLite format 3")
}

/// The text of a script, or what is wrong with it.
fn read_script(path: &Path) -> Result<String, String> {
    let broken = |why: String| format!("{} can't be opened as a script: {why}.", path.display());
    let about = std::fs::metadata(path).map_err(|error| broken(error.to_string()))?;
    // A pipe or a device may have no end.
    if !about.is_file() {
        return Err(broken("it is no file".into()));
    }
    let size = about.len();
    if size > SCRIPT_BYTES {
        return Err(broken(format!(
            "it has {size} bytes, and a script may have {SCRIPT_BYTES}"
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| broken(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| {
        broken(
            "it is not UTF-8 text. Save it as UTF-8, or run it with `gilscope run --script`".into(),
        )
    })
}

/// At the start: the file of the last time may have changed, or be gone.
pub(super) fn reread(experiment: &mut Experiment, notices: &mut Notices) {
    let Some(own) = &mut experiment.script else {
        return;
    };
    let Some(path) = own.path.clone() else {
        return;
    };
    match read_script(&path) {
        Ok(text) => own.text = text,
        Err(why) => {
            own.path = None;
            notices.say(format!("{why} Its text as last seen is shown."));
        }
    }
}

/// Why a run would fill the machine, if it would.
fn fills(e: &Experiment, cores: u32, gil: bool) -> Option<String> {
    let together = match (e.way, e.join) {
        (Way::Script | Way::Turn, _) | (_, Join::Each) => 1,
        _ => e.count,
    };
    let processes = matches!(e.way, Way::Processes | Way::Pool);
    // Threads under a GIL share one core, however many there are, unless their work lets it go.
    let apart = processes || e.way == Way::Interpreters;
    let busy = if apart || !gil || e.work == Work::Hash {
        together
    } else {
        1
    };
    let endless = e.work == Work::Forever;
    let heavy = endless || matches!(e.work, Work::Burn | Work::Hash);
    if heavy && busy >= cores.max(2) {
        let until = match e.limits.time_s {
            Some(time_s) if endless => format!("until the time limit of {time_s} s or Stop"),
            None if endless => "until you press Stop".to_owned(),
            _ => "until their work is done".to_owned(),
        };
        return Some(format!(
            "{busy} workers will keep all {cores} cores of this machine busy {until}. Other programs become slow \
             meanwhile; Stop works all the same."
        ));
    }
    if (apart && together > MANY) || (e.way == Way::Pool && e.count > MANY) {
        return Some(format!(
            "{} {} will be alive at the same time. That takes some gigabytes of memory{}, and makes other \
             programs slow meanwhile; Stop works all the same.",
            e.count,
            if processes {
                "processes"
            } else {
                "interpreters"
            },
            if processes { " with spawn" } else { "" },
        ));
    }
    None
}

fn open_run(path: PathBuf) -> Done {
    let opened = store::open(&path)
        .map(|(run, text)| Opened {
            run: Arc::new(run),
            text,
            path: path.clone(),
        })
        .map_err(|error| error.to_string());
    Done::Opened(path, opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e(way: Way, work: Work, count: u32, join: Join) -> Experiment {
        Experiment {
            way,
            work,
            count,
            join,
            ..Experiment::default()
        }
    }

    #[test]
    fn what_fills_the_machine_is_known_before() {
        let asks = |e: &Experiment, gil| fills(e, 8, gil).is_some();
        assert!(asks(&e(Way::Processes, Work::Forever, 8, Join::End), true));
        assert!(!asks(&e(Way::Processes, Work::Forever, 7, Join::End), true));
        assert!(!asks(
            &e(Way::Processes, Work::Forever, 8, Join::Each),
            true
        ));
        assert!(!asks(&e(Way::Threads, Work::Burn, 64, Join::End), true));
        assert!(asks(&e(Way::Threads, Work::Burn, 64, Join::End), false));
        assert!(asks(&e(Way::Interpreters, Work::Burn, 8, Join::End), true));
        assert!(asks(
            &e(Way::Interpreters, Work::Hello, 500, Join::End),
            true
        ));
        assert!(asks(&e(Way::Threads, Work::Hash, 8, Join::End), true));
        assert!(asks(&e(Way::Processes, Work::Hello, 500, Join::End), true));
        assert!(!asks(
            &e(Way::Processes, Work::Hello, 500, Join::Each),
            true
        ));
        assert!(!asks(&Experiment::default(), true));
    }

    #[test]
    fn a_script_that_is_no_text_is_refused_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.py");
        std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
        let said = read_script(&path).unwrap_err();
        assert!(said.contains("x.py") && said.contains("UTF-8"), "{said}");
        assert!(read_script(&folder.path().join("none.py")).is_err());
        let said = read_script(folder.path()).unwrap_err();
        assert!(said.contains("it is no file"), "{said}");
    }
}

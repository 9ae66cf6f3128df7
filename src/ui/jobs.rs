//! What takes time is done beside the window: dialogs, looking for interpreters, reading and writing files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use eframe::egui;

use crate::engine::calibrate::Speed;
use crate::engine::pythons::{Found, Pythons, Refused};
use crate::run::{Run, TextSource};
use crate::store::runs::Kept;
use crate::store::whole;

/// Answers that may wait. A job that finds the queue full waits with its answer; the window drains it in
/// every frame, and each job wakes the window.
const ANSWERS: usize = 64;
/// A native dialog that is gone sooner than this was never seen: there is none on this system.
const NEVER_SEEN: Duration = Duration::from_millis(400);

/// What a path is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A run or a script to open.
    Open,
    /// An interpreter.
    Python,
    /// The log, in the format of this ending.
    Log(&'static str),
    /// The run file.
    Run,
    /// The script.
    Script,
    /// The picture.
    Picture,
}

/// What a job brought.
pub enum Done {
    /// The interpreters of this machine.
    Pythons(Pythons),
    /// The interpreters that an earlier search found, until this one's answer is there.
    Known(Pythons),
    /// The kept runs, newest first.
    Kept(Vec<KeptRun>),
    /// A run could not be pinned or let go: it is as before, and why.
    NotPinned(PathBuf, bool, String),
    /// A run was measured against the same in turn, which took so many seconds.
    Turn(String, f64),
    /// What a chosen interpreter is.
    Python(Result<Found, Refused>),
    /// Steps of `burn` a second of this interpreter.
    Speed(PathBuf, Option<Speed>),
    /// A path was chosen.
    Picked(Purpose, PathBuf),
    /// No native dialog could be shown; this would have been its suggestion.
    NoDialog(Purpose, String),
    /// A path was asked for, and none was chosen.
    NotPicked,
    /// The script was written there as this text, or why it was not.
    SavedScript(Result<PathBuf, String>, String),
    /// So many processes of a run were ended that a killed program had left.
    Swept(usize),
    /// A run was opened, or why it was not.
    Opened(PathBuf, Result<Opened, String>),
    /// The text of the lines to be copied, and whether it is all that was selected.
    Copied(String, bool),
    /// A file was written, or why it was not.
    Wrote(Result<PathBuf, String>),
}

/// A kept run in the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRun {
    /// What the folder says.
    pub kept: Kept,
    /// Whether it stays when older ones give way.
    pub pinned: bool,
    /// Whether it is the newest, and its recording broke off: it is offered at the start.
    pub broken_off: bool,
}

/// An opened run.
#[derive(Clone)]
pub struct Opened {
    /// What happened.
    pub run: Arc<Run>,
    /// Its text.
    pub text: Arc<dyn TextSource>,
    /// Its file.
    pub path: PathBuf,
}

impl Opened {
    /// Its file's name.
    pub fn name(&self) -> String {
        self.path.file_name().map_or_else(
            || "opened run".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    }
}

/// The threads beside the window.
pub struct Jobs {
    done: Sender<Done>,
    inbox: Receiver<Done>,
    ctx: egui::Context,
}

impl Jobs {
    /// Answers wake this context.
    pub fn new(ctx: egui::Context) -> Self {
        let (done, inbox) = bounded(ANSWERS);
        Self { done, inbox, ctx }
    }

    /// What has been brought since the last call.
    pub fn done(&self) -> Vec<Done> {
        self.inbox.try_iter().collect()
    }

    /// Does something on its own thread; `None` brings nothing.
    pub fn start(&self, job: impl FnOnce() -> Option<Done> + Send + 'static) {
        let (done, ctx) = (self.done.clone(), self.ctx.clone());
        // A thread that can't be started is a machine that is full: the user sees that nothing comes, and
        // what waits for it can be asked for again.
        let _ = std::thread::Builder::new()
            .name("beside the window".into())
            .spawn(move || {
                if let Some(answer) = job() {
                    let _ = done.send(answer);
                    ctx.request_repaint();
                }
            });
    }

    /// Asks for a path with the system's own dialog; `name` is suggested for a new file.
    pub fn ask(&self, purpose: Purpose, name: String, frame: Option<&eframe::Frame>) {
        let mut dialog = rfd::AsyncFileDialog::new().set_title(title(purpose));
        if let Some(frame) = frame {
            dialog = dialog.set_parent(frame);
        }
        for (what, endings) in filters(purpose) {
            dialog = dialog.add_filter(*what, endings);
        }
        // macOS wants the dialog made here, on the main thread; only the waiting is done elsewhere.
        let asked: std::pin::Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>> =
            if matches!(purpose, Purpose::Open | Purpose::Python) {
                Box::pin(dialog.pick_file())
            } else {
                Box::pin(dialog.set_file_name(&name).save_file())
            };
        self.start(move || {
            let begun = Instant::now();
            match pollster::block_on(asked) {
                Some(file) => Some(Done::Picked(
                    purpose,
                    with_ending(purpose, file.path().to_owned()),
                )),
                None if begun.elapsed() < NEVER_SEEN => Some(Done::NoDialog(purpose, name)),
                None => Some(Done::NotPicked),
            }
        });
    }
}

/// The title of the dialog that asks for it.
pub fn title(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Open => "Open a run or a script",
        Purpose::Python => "Choose a Python interpreter",
        Purpose::Log(_) => "Save the log",
        Purpose::Run => "Save the run",
        Purpose::Script => "Save the script",
        Purpose::Picture => "Save the picture",
    }
}

/// The ending of a new file.
pub fn ending(purpose: Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Open | Purpose::Python => None,
        Purpose::Log(ending) => Some(ending),
        Purpose::Run => Some("gilscope"),
        Purpose::Script => Some("py"),
        Purpose::Picture => Some("png"),
    }
}

/// A new file's path, with its ending where none was typed.
pub fn with_ending(purpose: Purpose, path: PathBuf) -> PathBuf {
    match ending(purpose) {
        Some(ending) if path.extension().is_none() => path.with_extension(ending),
        _ => path,
    }
}

fn filters(purpose: Purpose) -> &'static [(&'static str, &'static [&'static str])] {
    match purpose {
        Purpose::Open => &[
            ("Runs and scripts", &["gilscope", "py", "pyw"]),
            ("All files", &["*"]),
        ],
        Purpose::Python => &[],
        Purpose::Log("csv") => &[("Table", &["csv"])],
        Purpose::Log("jsonl") => &[("JSON lines", &["jsonl"])],
        Purpose::Log(_) => &[("Text", &["txt", "log"])],
        Purpose::Run => &[("Gilscope run", &["gilscope"])],
        Purpose::Script => &[("Python", &["py"])],
        Purpose::Picture => &[("Picture", &["png"])],
    }
}

/// Writes a file whole or not at all.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<PathBuf, String> {
    let rights = std::fs::metadata(path).map(|about| about.permissions());
    let written = whole::write(path, |out| out.write_all(bytes));
    if let Ok(rights) = rights {
        // A script that could be executed still can be; where that fails it is still saved.
        let _ = std::fs::set_permissions(path, rights);
    }
    match written {
        Ok(()) => Ok(path.to_owned()),
        Err(error) => Err(format!(
            "{} could not be written: {error}. Nothing was changed; choose another folder.",
            path.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_absent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.py");
        assert_eq!(write_whole(&path, b"print(1)\n"), Ok(path.clone()));
        assert_eq!(std::fs::read(&path).unwrap(), b"print(1)\n");
        let nowhere = folder.path().join("none/a.py");
        let said = write_whole(&nowhere, b"").unwrap_err();
        assert!(said.contains("a.py"), "{said}");
    }

    #[test]
    fn a_new_file_gets_its_ending() {
        assert_eq!(
            with_ending(Purpose::Script, "x".into()),
            PathBuf::from("x.py")
        );
        assert_eq!(
            with_ending(Purpose::Script, "x.pyw".into()),
            PathBuf::from("x.pyw")
        );
        assert_eq!(with_ending(Purpose::Open, "x".into()), PathBuf::from("x"));
    }
}

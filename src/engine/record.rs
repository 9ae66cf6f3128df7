//! Where the events of a run go: the recorder, the run in memory, and whoever listens.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Record, Tap};
use crate::run::{Event, Header, Run, TextSource};
use crate::store::{Recorded, Recorder, as_lost, runs};

/// The book of a run. A failure to write is told once; the run goes on.
pub(super) struct Book {
    recorder: Option<Recorder>,
    text: Arc<dyn TextSource>,
    path: Option<PathBuf>,
    keeps: bool,
    tap: Option<Tap>,
    problem: Option<String>,
}

impl Book {
    /// Opens it. What can't be written to a file stays in memory, with a problem to tell.
    pub(super) fn open(record: Record, tap: Option<Tap>, header: &Header) -> Self {
        let keeps = record == Record::Keep;
        let opened = match record {
            Record::Keep => Recorder::keep(header),
            Record::File(path) => Recorder::create(&path, header).map_err(|e| e.to_string()),
            // Whoever listens has the output already.
            Record::Nothing if tap.is_some() => Ok(Recorder::nowhere()),
            Record::Nothing => Recorder::temporary(header).map_err(|e| e.to_string()),
        };
        let (recorder, problem) = match opened {
            Ok(recorder) => (recorder, None),
            Err(error) => (Recorder::memory(), Some(error)),
        };
        Self {
            text: recorder.text(),
            path: recorder.path().map(ToOwned::to_owned),
            recorder: Some(recorder),
            keeps,
            tap,
            problem,
        }
    }

    /// The run's text.
    pub(super) fn text(&self) -> Arc<dyn TextSource> {
        Arc::clone(&self.text)
    }

    /// The file, where one is written.
    pub(super) fn path(&self) -> Option<PathBuf> {
        self.path.clone()
    }

    /// Whether an output can be taken without waiting for the disk.
    pub(super) fn has_room(&self) -> bool {
        self.recorder.as_ref().is_none_or(Recorder::has_room)
    }

    /// Enters an event; an output that may not or can't be kept is entered as lost.
    pub(super) fn enter(&mut self, event: Event, may_keep: bool, run: &mut Run) {
        let event = match as_lost(&event) {
            Some(lost) if !may_keep => lost,
            _ => event,
        };
        let kept = match self.recorder.as_mut() {
            Some(recorder) => recorder.record(&event),
            None => Recorded::NotKept,
        };
        let event = match kept {
            Recorded::Kept => event,
            Recorded::NotKept => match as_lost(&event) {
                Some(lost) => {
                    if let Some(recorder) = self.recorder.as_mut() {
                        // What is lost is a number, which always fits.
                        let _ = recorder.record(&lost);
                    }
                    lost
                }
                None => event,
            },
        };
        run.apply(&event);
        if let Some(tap) = self.tap.as_mut() {
            tap(run, &event);
        }
    }

    /// The first thing that went wrong, once.
    pub(super) fn take_problem(&mut self) -> Option<String> {
        let recorder = self.recorder.as_mut();
        self.problem
            .take()
            .or_else(|| Some(recorder?.take_error()?.to_string()))
    }

    /// Makes room in the folder of kept runs. Gives the sentence to tell, if older ones went.
    pub(super) fn tidy(&mut self) -> Option<String> {
        if !self.keeps {
            return None;
        }
        let open: Vec<PathBuf> = self.path.iter().cloned().collect();
        let gone = runs::tidy(&open);
        (!gone.is_empty()).then(|| {
            format!(
                "{} older run(s) {}: the newest {} are kept, and pinned ones",
                gone.len(),
                runs::GAVE_WAY,
                runs::KEPT_RUNS
            )
        })
    }

    /// The last chance to tell a problem within the run.
    pub(super) fn settle(&mut self) -> Option<String> {
        self.take_problem()
    }

    /// Writes what is left; a problem that was not told before.
    pub(super) fn close(&mut self) -> Option<String> {
        let error = self.recorder.take()?.finish().err()?;
        Some(error.to_string())
    }
}

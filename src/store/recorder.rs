//! Recording a run: what the controller holds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags, params};

use super::chunk::Builder;
use super::error::{CHOOSE, RecordError, STILL_THERE};
use super::pending::{Pending, State};
use super::schema::{self, MAX_BLOCKS, MAX_CHUNK_BYTES};
use super::text::Texts;
use super::writer::{Place, Writer};
use super::{copy, file, whole};
use crate::private::Private;
use crate::run::{Event, Header, Kind, TextSource};

/// Whether an event's content is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an output that is not kept is to be counted, see as_lost"]
pub enum Recorded {
    /// It is, or will be with the next batch.
    Kept,
    /// This output is not: record and apply what [`as_lost`] makes of it in its place.
    NotKept,
}

/// What stands for an output that is not kept; none for another event.
pub fn as_lost(event: &Event) -> Option<Event> {
    let Kind::Output {
        lane,
        stream,
        bytes,
        ..
    } = &event.kind
    else {
        return None;
    };
    Some(Event {
        t_ns: event.t_ns,
        kind: Kind::Lost {
            lane: *lane,
            stream: *stream,
            bytes: bytes.len() as u64,
            lines: memchr::memchr_iter(b'\n', bytes).count() as u64,
        },
    })
}

/// Pages that a file may have: SQLite's own bound.
const SQLITE_PAGES: u32 = 0xffff_fffe;
/// So often a new name is looked for where others take them at the same moment.
const TRIES: usize = 1000;

/// Records one run. Dropped without [`Recorder::finish`] it still writes what it has.
pub struct Recorder {
    pending: Arc<Pending>,
    texts: Arc<Texts>,
    /// The file; empty where there is none.
    pub(super) file: PathBuf,
    /// Whether the file stays when the recorder and the text are gone.
    lasts: bool,
    writer: Option<JoinHandle<Result<(), String>>>,
    /// Lanes and blocks so far, as the run counts them.
    lanes: u32,
    blocks: u64,
}

impl Recorder {
    /// Records into a new file. A run file of that name gives way unless somebody has it open; any other
    /// file is left alone and an error.
    pub fn create(path: &Path, header: &Header) -> Result<Self, RecordError> {
        Self::into_file(path, header, None).map_err(|why| RecordError {
            path: path.to_owned(),
            why,
            advice: CHOOSE.into(),
        })
    }

    /// Records into a new file among the kept runs, whose folder is made. Other Gilscopes may do so at the same moment.
    pub fn keep(header: &Header) -> Result<Self, String> {
        let folder = super::runs::ready_dir()?;
        Self::keep_in(&folder, header).map_err(|error| error.to_string())
    }

    /// Records into a new file of this folder.
    pub(super) fn keep_in(folder: &Path, header: &Header) -> Result<Self, RecordError> {
        let mut tries = 0;
        loop {
            let path = super::runs::new_path_in(folder, header);
            match Self::into_new_file(&path, header, None, SQLITE_PAGES) {
                // Another was faster with that name.
                Err(_) if path.exists() && tries < TRIES => tries += 1,
                Ok(recorder) => return Ok(recorder),
                Err(why) => {
                    let advice = CHOOSE.into();
                    return Err(RecordError { path, why, advice });
                }
            }
        }
    }

    /// Records into a temporary file that is gone with the last user of the text.
    pub fn temporary(header: &Header) -> Result<Self, RecordError> {
        let failed = |why| RecordError {
            path: std::env::temp_dir(),
            why,
            advice: CHOOSE.into(),
        };
        let folder = Private::create(std::iter::empty()).map_err(|e| failed(e.to_string()))?;
        let path = folder.path().join("run.gilscope");
        let mut recorder = Self::into_file(&path, header, Some(folder)).map_err(failed)?;
        recorder.lasts = false;
        Ok(recorder)
    }

    /// Records into memory, for when no file can be made: the first 64 MiB of text are kept.
    pub fn memory() -> Self {
        Self::without_file(State::Memory)
    }

    /// Records nothing, for when another already has the output (`gilscope run` without `--out`): every
    /// output counts as kept, and its text can't be read.
    pub fn nowhere() -> Self {
        Self::without_file(State::Nowhere)
    }

    /// Records into a file that may grow to so many pages of 4 KiB: a full disk, as SQLite tells it.
    #[cfg(test)]
    pub(super) fn with_pages(path: &Path, header: &Header, pages: u32) -> Result<Self, String> {
        Self::into_new_file(path, header, None, pages)
    }

    fn into_file(path: &Path, header: &Header, folder: Option<Private>) -> Result<Self, String> {
        make_way(path)?;
        Self::into_new_file(path, header, folder, SQLITE_PAGES)
    }

    fn without_file(state: State) -> Self {
        let pending = Arc::new(Pending::new(Path::new(""), state));
        let texts = Texts::new(Some(pending.clone()), PathBuf::new(), None, vec![], None);
        Self {
            pending,
            texts: Arc::new(texts),
            file: PathBuf::new(),
            lasts: false,
            writer: None,
            lanes: 0,
            blocks: 0,
        }
    }

    fn into_new_file(
        path: &Path,
        header: &Header,
        folder: Option<Private>,
        pages: u32,
    ) -> Result<Self, String> {
        let db = make(path, header).map_err(|error| error.to_string())?;
        db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .map_err(|error| error.to_string())?;
        let reader = file::open_again(path).map_err(|error| error.to_string())?;
        let pending = Arc::new(Pending::new(path, State::Writing));
        let texts = Arc::new(Texts::new(
            Some(pending.clone()),
            path.to_owned(),
            Some(reader),
            vec![],
            folder,
        ));
        let writer = Writer {
            db,
            path: path.to_owned(),
            pending: pending.clone(),
            texts: texts.clone(),
            at: Place::default(),
            chunk: Builder::default(),
        };
        let writer = std::thread::Builder::new()
            .name("gilscope-writer".into())
            .spawn(move || {
                let end = AtEnd(writer.pending.clone());
                let done = writer.run();
                drop(end);
                done
            })
            .map_err(|error| error.to_string())?;
        Ok(Self {
            pending,
            texts,
            file: path.to_owned(),
            lasts: true,
            writer: Some(writer),
            lanes: 0,
            blocks: 0,
        })
    }

    /// Takes the next event of the run. Waits only when 16 MiB are not yet on disk; see
    /// [`Recorder::has_room`].
    pub fn record(&mut self, event: &Event) -> Recorded {
        match &event.kind {
            Kind::Opened { lane, .. } if lane.0 == self.lanes => self.lanes += 1,
            // The run would not take these, or a file could not hold them.
            Kind::Output { lane, bytes, .. }
                if lane.0 >= self.lanes
                    || bytes.is_empty()
                    || bytes.len() > MAX_CHUNK_BYTES / 2
                    || self.blocks >= MAX_BLOCKS =>
            {
                return Recorded::NotKept;
            }
            _ => {}
        }
        if !self.pending.push(event) {
            return Recorded::NotKept;
        }
        if matches!(event.kind, Kind::Output { .. }) {
            self.blocks += 1;
        }
        Recorded::Kept
    }

    /// Whether [`Recorder::record`] would take an output without waiting for the disk. Whoever has
    /// commands to listen to leaves output where it is while this is false.
    pub fn has_room(&self) -> bool {
        self.pending.has_room()
    }

    /// The first thing that went wrong, once.
    pub fn take_error(&mut self) -> Option<RecordError> {
        self.pending.lock().error.take()
    }

    /// Reads the text of the run, now and after the end.
    pub fn text(&self) -> Arc<dyn TextSource> {
        self.texts.clone()
    }

    /// The file, where one is kept.
    pub fn path(&self) -> Option<&Path> {
        self.lasts.then_some(&*self.file)
    }

    /// Writes what is left and makes the file one whole. An error that was taken before is told again only where lines
    /// that count as kept are missing in the file, and says how many.
    pub fn finish(mut self) -> Result<(), RecordError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), RecordError> {
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        self.pending.finish();
        if self.pending.wait_ended() {
            let done = writer
                .join()
                .unwrap_or_else(|_| Err("the writer ended by a fault of its own".into()));
            if let Err(why) = done {
                let missing = self.pending.unwritten_lines();
                self.pending.fail(why.clone());
                if missing > 0 {
                    return Err(RecordError {
                        path: self.file.clone(),
                        why: format!(
                            "{why}; the last {missing} line(s) that came before that are not in the file"
                        ),
                        advice: STILL_THERE.into(),
                    });
                }
            }
        } else {
            // It hangs in the disk; it ends with the program.
            self.pending.fail("the disk does not answer");
        }
        self.pending.lock().error.take().map_or(Ok(()), Err)
    }
}

/// Says that the writer is at its end, also when it panicked.
struct AtEnd(Arc<Pending>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.ended();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = self.end();
    }
}

/// Makes sure that a new file may be made at `path`.
fn make_way(path: &Path) -> Result<(), String> {
    let length = match std::fs::metadata(path) {
        Ok(about) => about.len(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e.to_string()),
    };
    if length > 0 {
        file::schema_of(path).map_err(|_| {
            "there is a file of that name that is no Gilscope run, so it is left alone".to_owned()
        })?;
        copy::settle(path)?;
    }
    super::runs::remove(path).map_err(|error| error.to_string())
}

fn make(path: &Path, header: &Header) -> rusqlite::Result<Connection> {
    let failed = |error: std::io::Error| rusqlite::Error::ToSqlConversionFailure(error.into());
    // Under its name it is a run from the first moment on, whenever we are killed.
    let part = whole::part_beside(path).map_err(failed)?.into_temp_path();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(&part, flags)?;
    let begin = db.transaction()?;
    schema::create(&begin)?;
    begin.execute(
        "INSERT INTO run (id, name, started_at, gilscope, python, script, header)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            header.id,
            header.experiment.name(),
            header.started_at,
            header.gilscope,
            header.python.version,
            header.script,
            header_json(header)?
        ],
    )?;
    begin.commit()?;
    // Where WAL can't be had (some network folders), the old journal does.
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.close().map_err(|(_, error)| error)?;
    take_name(part, path).map_err(failed)?;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(file::BUSY)?;
    // A crash of the program loses nothing that is committed; one of the machine at most the newest.
    db.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(db)
}

/// Gives a new file its name, which nobody else's may have.
fn take_name(part: tempfile::TempPath, path: &Path) -> std::io::Result<()> {
    let Err(refused) = part.persist_noclobber(path) else {
        return Ok(());
    };
    if refused.error.kind() == std::io::ErrorKind::AlreadyExists || path.exists() {
        return Err(refused.error);
    }
    // Some file systems can't do it in one step.
    refused.path.persist(path).map_err(|error| error.error)
}

/// A header as JSON. A script's path that is no Unicode is kept as it can be shown.
fn header_json(header: &Header) -> rusqlite::Result<String> {
    serde_json::to_string(header)
        .or_else(|_| {
            use crate::experiment::Python;
            let mut header = header.clone();
            let shown = |path: &Path| PathBuf::from(path.to_string_lossy().into_owned());
            if let Some(script) = &mut header.experiment.script {
                script.path = script.path.as_deref().map(shown);
            }
            if let Python::Path(path) = &mut header.experiment.python {
                *path = shown(path);
            }
            serde_json::to_string(&header)
        })
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

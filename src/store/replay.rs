//! A run file becomes a run again, by letting everything in it happen once more.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, Row, Rows};

use super::chunk::read_meta;
use super::error::OpenError;
use super::file::open_checked;
use super::schema::{MAX_BLOCKS, MAX_NUMBER};
use super::text::Texts;
use crate::run::{Block, BlockId, Event, Header, Kind, LaneId, Run, TextSource};

/// Opens a run file, finished or left by a crash or still being recorded, as it is at this moment.
/// A run whose `end` is none was cut short.
pub fn open(path: &Path) -> Result<(Run, Arc<dyn TextSource>), OpenError> {
    let db = open_checked(path)?;
    let (run, chunks) = {
        // One look at a file that may still grow.
        let look = db
            .unchecked_transaction()
            .map_err(|e| OpenError::sqlite(path, "beginning to read", &e))?;
        replay(&look, path)?
    };
    let texts = Texts::new(None, path.to_owned(), Some(db), chunks, None);
    Ok((run, Arc::new(texts)))
}

type Chunks = Vec<(BlockId, u32)>;

fn replay(db: &Connection, path: &Path) -> Result<(Run, Chunks), OpenError> {
    let sqlite = |doing: &'static str| move |e: rusqlite::Error| OpenError::sqlite(path, doing, &e);
    let header: String = db
        .query_row("SELECT header FROM run", [], |row| row.get(0))
        .map_err(sqlite("reading its header"))?;
    let header: Header = serde_json::from_str(&header)
        .map_err(|e| OpenError::broken(path, format!("its header can't be read: {e}")))?;

    let mut events = db
        .prepare("SELECT id, t_ns, data FROM events ORDER BY id")
        .map_err(sqlite("reading its events"))?;
    let mut samples = db
        .prepare("SELECT id, t_ns, machine_cores, rss_bytes FROM samples ORDER BY id")
        .map_err(sqlite("reading its samples"))?;
    let mut cpu = db
        .prepare("SELECT sample, lane, cpu_ns FROM cpu ORDER BY rowid")
        .map_err(sqlite("reading its CPU times"))?;
    let mut output = db
        .prepare("SELECT first_block, blocks, bytes, meta FROM output ORDER BY first_block")
        .map_err(sqlite("reading its output"))?;
    let mut reader = Reader {
        path,
        budget: Budget::of(path),
        events: events.query([]).map_err(sqlite("reading its events"))?,
        samples: samples.query([]).map_err(sqlite("reading its samples"))?,
        cpu: cpu.query([]).map_err(sqlite("reading its CPU times"))?,
        output: output.query([]).map_err(sqlite("reading its output"))?,
        blocks: Vec::new().into_iter(),
        next_block: 0,
        chunks: Vec::new(),
        next_cpu: None,
        lost: 0,
    };
    let mut run = Run::new(header);
    reader.replay(&mut run)?;
    check(&run).map_err(|what| OpenError::broken(path, what))?;
    Ok((run, reader.chunks))
}

/// What may still be read. Rows of a damaged or hostile file can share their bytes; together they can't
/// honestly be more than the file.
struct Budget {
    bytes: u64,
}

impl Budget {
    fn of(path: &Path) -> Self {
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |about| about.len());
        // A live file may have grown since.
        let slack = 64 << 20;
        Self {
            bytes: size(path) + size(Path::new(&wal)) + slack,
        }
    }

    fn take(&mut self, bytes: usize) -> Result<(), String> {
        self.bytes = self
            .bytes
            .checked_sub(bytes as u64)
            .ok_or("its rows claim more than the file holds")?;
        Ok(())
    }
}

struct Reader<'a> {
    path: &'a Path,
    budget: Budget,
    events: Rows<'a>,
    samples: Rows<'a>,
    cpu: Rows<'a>,
    output: Rows<'a>,
    /// What is left of the chunk that was read last.
    blocks: std::vec::IntoIter<Block>,
    next_block: BlockId,
    chunks: Chunks,
    next_cpu: Option<(u64, LaneId, u64)>,
    /// Bytes and lines lost so far.
    lost: u64,
}

impl Reader<'_> {
    fn replay(&mut self, run: &mut Run) -> Result<(), OpenError> {
        let mut event = self.next_event()?;
        let mut sample = self.next_sample()?;
        self.next_cpu = self.read_cpu()?;
        let mut id = 0;
        loop {
            if let Some((_, happened)) = event.take_if(|(at, _)| *at == id) {
                if let Some(what) = run.wrong_place(&happened.kind) {
                    return self.broken(format!("event {id}: {what}"));
                }
                run.apply(&happened);
                event = self.next_event()?;
            } else if let Some((_, mut taken)) = sample.take_if(|(at, _)| *at == id) {
                if let Kind::Cpu { lanes, .. } = &mut taken.kind {
                    self.cpu_of(id, lanes)?;
                }
                run.apply(&taken);
                sample = self.next_sample()?;
            } else if let Some(block) = self.next_block()? {
                if run.lane(block.lane).is_none() {
                    let (block, lane) = (self.next_block - 1, block.lane.0);
                    return self.broken(format!(
                        "its block {block} is of lane {lane}, which is not there"
                    ));
                }
                run.apply_block(block);
            } else if event.is_some() || sample.is_some() {
                return self.broken(format!("what happened as number {id} is missing"));
            } else if let Some((sample, ..)) = self.next_cpu {
                return self.broken(format!(
                    "its CPU times name sample {sample}, which is not there"
                ));
            } else {
                return Ok(());
            }
            id += 1;
        }
    }

    fn next_event(&mut self) -> Result<Option<(u64, Event)>, OpenError> {
        let Some(row) = step(self.path, "events", &mut self.events)? else {
            return Ok(None);
        };
        let mut read = || {
            let (id, t_ns) = (number(row, 0)?, number(row, 1)?);
            let data = row.get_ref(2).map_err(|e| e.to_string())?;
            let data = data.as_str().map_err(|e| format!("event {id}: {e}"))?;
            self.budget.take(data.len())?;
            let mut kind: Kind =
                serde_json::from_str(data).map_err(|e| format!("event {id}: {e}"))?;
            let mut greatest = 0;
            kind.each_number(|number| greatest = greatest.max(*number));
            if greatest > MAX_NUMBER {
                return Err(format!("event {id}: its {greatest} is out of range"));
            }
            if matches!(kind, Kind::Output { .. } | Kind::Cpu { .. }) {
                return Err(format!(
                    "event {id} is none: output and samples have their own tables"
                ));
            }
            if let Kind::Lost { bytes, lines, .. } = kind {
                let lost = bytes
                    .checked_add(lines)
                    .and_then(|lost| lost.checked_add(self.lost));
                self.lost = lost
                    .filter(|&lost| lost <= MAX_NUMBER)
                    .ok_or_else(|| format!("event {id}: more is lost than can be"))?;
            }
            Ok((id, Event { t_ns, kind }))
        };
        read().map(Some).or_else(|what: String| self.broken(what))
    }

    fn next_sample(&mut self) -> Result<Option<(u64, Event)>, OpenError> {
        let Some(row) = step(self.path, "samples", &mut self.samples)? else {
            return Ok(None);
        };
        let read = || {
            let cores: Option<f64> = row.get(2).map_err(|e| e.to_string())?;
            let kind = Kind::Cpu {
                lanes: Vec::new(),
                machine_cores: cores.map(|cores| cores as f32),
                rss_bytes: number(row, 3)?,
            };
            let t_ns = number(row, 1)?;
            Ok((number(row, 0)?, Event { t_ns, kind }))
        };
        read().map(Some).or_else(|what: String| self.broken(what))
    }

    fn read_cpu(&mut self) -> Result<Option<(u64, LaneId, u64)>, OpenError> {
        let Some(row) = step(self.path, "cpu", &mut self.cpu)? else {
            return Ok(None);
        };
        let mut read = || {
            self.budget.take(4)?;
            let lane = u32::try_from(number(row, 1)?).map_err(|e| format!("its lane: {e}"))?;
            Ok((number(row, 0)?, LaneId(lane), number(row, 2)?))
        };
        read().map(Some).or_else(|what: String| self.broken(what))
    }

    fn cpu_of(&mut self, sample: u64, lanes: &mut Vec<(LaneId, u64)>) -> Result<(), OpenError> {
        while let Some((_, lane, cpu_ns)) = self.next_cpu.take_if(|(of, ..)| *of == sample) {
            lanes.push((lane, cpu_ns));
            self.next_cpu = self.read_cpu()?;
        }
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Block>, OpenError> {
        loop {
            if let Some(block) = self.blocks.next() {
                self.next_block += 1;
                return Ok(Some(block));
            }
            let Some(row) = step(self.path, "output", &mut self.output)? else {
                return Ok(None);
            };
            let mut read = || {
                let (first, blocks, bytes) = (number(row, 0)?, number(row, 1)?, number(row, 2)?);
                if first != self.next_block || blocks == 0 || first + blocks > MAX_BLOCKS {
                    return Err(format!(
                        "the chunk of block {} is missing, or the next one ({first}, with {blocks} blocks) is not its successor",
                        self.next_block
                    ));
                }
                let meta = row.get_ref(3).map_err(|e| e.to_string())?;
                let meta = meta.as_blob().map_err(|e| e.to_string())?;
                self.budget.take(meta.len())?;
                let list = read_meta(meta, blocks, bytes)
                    .map_err(|what| format!("the chunk of block {first}: {what}"))?;
                Ok((first, blocks as u32, list))
            };
            let (first, blocks, list) = read().or_else(|what: String| self.broken(what))?;
            self.chunks.push((first, blocks));
            self.blocks = list.into_iter();
        }
    }

    fn broken<T>(&self, what: impl Into<String>) -> Result<T, OpenError> {
        Err(OpenError::broken(self.path, what))
    }
}

fn step<'r>(
    path: &Path,
    table: &str,
    rows: &'r mut Rows<'_>,
) -> Result<Option<&'r Row<'r>>, OpenError> {
    rows.next()
        .map_err(|e| OpenError::sqlite(path, &format!("reading its table “{table}”"), &e))
}

fn number(row: &Row<'_>, column: usize) -> Result<u64, String> {
    let name = row.as_ref().column_name(column).unwrap_or("?").to_owned();
    let value: i64 = row.get(column).map_err(|e| format!("{name}: {e}"))?;
    u64::try_from(value)
        .ok()
        .filter(|&value| value <= MAX_NUMBER)
        .ok_or_else(|| format!("its {name} {value} is out of range"))
}

/// What the rest of the program relies on and [`Run::apply`] does not look at.
fn check(run: &Run) -> Result<(), String> {
    let lanes = run.lanes.len();
    let there = |lane: LaneId| lane.index() < lanes;
    for lane in &run.lanes {
        let named = lane
            .info
            .parent
            .into_iter()
            .chain(lane.joins.iter().map(|join| join.0));
        if let Some(named) = named.into_iter().find(|&named| !there(named)) {
            return Err(format!(
                "its lane {} names lane {}, which is not there",
                lane.id.0, named.0
            ));
        }
    }
    check_parents(run)
}

/// Nobody may be their own ancestor.
fn check_parents(run: &Run) -> Result<(), String> {
    // 0: not looked at, else the number of the walk that came by.
    let mut seen = vec![0_usize; run.lanes.len()];
    for start in 0..run.lanes.len() {
        let mut at = Some(start);
        while let Some(lane) = at {
            if seen[lane] == start + 1 {
                return Err(format!("its lane {lane} is its own ancestor"));
            }
            if std::mem::replace(&mut seen[lane], start + 1) != 0 {
                break;
            }
            at = run.lanes[lane].info.parent.map(LaneId::index);
        }
    }
    Ok(())
}

//! The writer's thread: takes what is pending and puts it into the file, a transaction a batch.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::{Connection, Transaction, params};

use super::chunk::Builder;
use super::pending::{Pending, cost};
use super::schema::MAX_NUMBER;
use super::text::Texts;
use crate::run::{Block, BlockId, Event, Kind, LaneId};

/// A chunk is closed when it has so much text.
const CHUNK_BYTES: usize = 512 << 10;
/// So much goes into the file in one transaction, as it costs in memory.
const PART_BYTES: usize = 1 << 20;

pub(super) struct Writer {
    pub(super) db: Connection,
    pub(super) path: PathBuf,
    pub(super) pending: Arc<Pending>,
    pub(super) texts: Arc<Texts>,
    pub(super) at: Place,
    pub(super) chunk: Builder,
}

/// How far the file is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// The next id of an event, a sample or a block.
    id: u64,
    /// The next block.
    block: BlockId,
}

impl Writer {
    /// Writes until told to finish; then what went wrong with the last of it.
    pub(super) fn run(mut self) -> Result<(), String> {
        let mut waiting = VecDeque::new();
        loop {
            let (mut batch, last) = self.pending.take();
            waiting.append(&mut batch);
            // After a failure there may be room again, or the folder be back: one more try at the end.
            let done = self.write_all(&mut waiting);
            if let Err(why) = &done {
                self.pending.fail(&**why);
            }
            if last {
                return done.and_then(|()| self.close());
            }
        }
    }

    /// Writes what waits, a part at a time: so much of it is safe where the next does not fit.
    fn write_all(&mut self, waiting: &mut VecDeque<Event>) -> Result<(), String> {
        if self.pending.lock().gap {
            return Err("what came in the meantime is missing".into());
        }
        while !waiting.is_empty() {
            let mut part_cost = 0;
            let mut length = 0;
            while part_cost < PART_BYTES && length < waiting.len() {
                part_cost += cost(&waiting[length]);
                length += 1;
            }
            self.write(waiting.range(..length))?;
            waiting.drain(..length);
            self.pending.committed(part_cost, self.at.block);
        }
        Ok(())
    }

    fn write<'e>(&mut self, part: impl Iterator<Item = &'e Event>) -> Result<(), String> {
        // An unlinked file takes everything and keeps nothing.
        if !self.path.exists() {
            return Err("the file is gone".into());
        }
        let mut at = self.at;
        let mut chunks = Vec::new();
        self.chunk.clear();
        let done = self.db.transaction().and_then(|transaction| {
            for event in part {
                put(&transaction, event, &mut at, &mut self.chunk)?;
                if self.chunk.text.len() >= CHUNK_BYTES {
                    chunks.push(put_chunk(&transaction, at.block, &mut self.chunk)?);
                }
            }
            if self.chunk.blocks > 0 {
                chunks.push(put_chunk(&transaction, at.block, &mut self.chunk)?);
            }
            transaction.commit()
        });
        done.map_err(|error| error.to_string())?;
        self.texts.add_chunks(&chunks);
        self.at = at;
        Ok(())
    }

    /// Leaves the file alone in its folder: no WAL beside it.
    fn close(self) -> Result<(), String> {
        let Self {
            db, texts, path, ..
        } = self;
        texts
            .without_file(|| {
                super::copy::leave_wal(&db)?;
                db.close().map_err(|(_, error)| error)
            })
            .map_err(|error| format!("{error} (closing “{}”)", path.display()))
    }
}

fn put(
    db: &Transaction<'_>,
    event: &Event,
    at: &mut Place,
    chunk: &mut Builder,
) -> rusqlite::Result<()> {
    let t_ns = event.t_ns.min(MAX_NUMBER).cast_signed();
    let id = at.id.cast_signed();
    at.id += 1;
    match &event.kind {
        Kind::Output { bytes, .. } => {
            if let Some(block) = Block::of(event) {
                chunk.push(&block, bytes);
                at.block += 1;
            }
            return Ok(());
        }
        Kind::Cpu {
            lanes,
            machine_cores,
            rss_bytes,
        } => {
            db.prepare_cached("INSERT INTO samples VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![
                    id,
                    t_ns,
                    machine_cores.map(f64::from),
                    (*rss_bytes).min(MAX_NUMBER).cast_signed()
                ])?;
            let mut insert = db.prepare_cached("INSERT INTO cpu VALUES (?1, ?2, ?3)")?;
            for (lane, cpu_ns) in lanes {
                insert.execute(params![id, lane.0, (*cpu_ns).min(MAX_NUMBER).cast_signed()])?;
            }
            return Ok(());
        }
        Kind::RunEnded(end) => {
            db.execute(
                "UPDATE run SET wall_s = ?1, cpu_s = ?2, stopped_by = ?3",
                params![
                    end.wall_ns as f64 / 1e9,
                    end.cpu_ns as f64 / 1e9,
                    end.stopped_by.word()
                ],
            )?;
        }
        _ => {}
    }
    let (kind, lane) = label(&event.kind);
    let data = serde_json::to_string(&event.kind)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    db.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![id, t_ns, kind, lane.map(|lane| lane.0), data])?;
    Ok(())
}

/// Puts a chunk that ends before block `end`; its first block and how many it has.
fn put_chunk(
    db: &Transaction<'_>,
    end: BlockId,
    chunk: &mut Builder,
) -> rusqlite::Result<(BlockId, u32)> {
    let first = end - u64::from(chunk.blocks);
    let (t_first_ns, t_last_ns) = chunk.times_ns.unwrap_or_default();
    let packed = chunk
        .pack()
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    db.prepare_cached("INSERT INTO output VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
        .execute(params![
            first.cast_signed(),
            chunk.blocks,
            t_first_ns.cast_signed(),
            t_last_ns.cast_signed(),
            chunk.text.len().cast_signed(),
            chunk.lines.cast_signed(),
            chunk.meta,
            packed
        ])?;
    let blocks = chunk.blocks;
    chunk.clear();
    Ok((first, blocks))
}

/// An event's word and lane, for the columns that people filter by. The JSON rules.
fn label(kind: &Kind) -> (&'static str, Option<LaneId>) {
    match kind {
        Kind::Opened { lane, .. } => ("opened", Some(*lane)),
        Kind::Learnt { lane, .. } => ("learnt", Some(*lane)),
        Kind::Started { lane } => ("started", Some(*lane)),
        Kind::Interpreter { lane } => ("interpreter", Some(*lane)),
        Kind::Up { lane, .. } => ("up", Some(*lane)),
        Kind::JoinBegan { lane, .. } => ("join_began", Some(*lane)),
        Kind::JoinEnded { lane, .. } => ("join_ended", Some(*lane)),
        Kind::Output { lane, .. } => ("output", Some(*lane)),
        Kind::Lost { lane, .. } => ("lost", Some(*lane)),
        Kind::Cpu { .. } => ("cpu", None),
        Kind::Gil { lane, .. } => ("gil", Some(*lane)),
        Kind::Place { .. } => ("place", None),
        Kind::At { .. } => ("at", None),
        Kind::GilUnknown { lane, .. } => ("gil_unknown", Some(*lane)),
        Kind::SubGils { lane, .. } => ("sub_gils", Some(*lane)),
        Kind::SubGilsUnknown { lane, .. } => ("sub_gils_unknown", Some(*lane)),
        Kind::Did { .. } => ("did", None),
        Kind::Ended { lane, .. } => ("ended", Some(*lane)),
        Kind::StopAsked { .. } => ("stop_asked", None),
        Kind::Signalled { .. } => ("signalled", None),
        Kind::Notice { .. } => ("notice", None),
        Kind::RunEnded(_) => ("run_ended", None),
    }
}

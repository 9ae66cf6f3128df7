//! What a run file is made of: its marks, its tables and the bounds of what is in them.

use rusqlite::{Connection, OptionalExtension};

/// `Gils`: SQLite's `application_id` of a run file, at byte 68 of it.
pub(super) const APPLICATION_ID: u32 = 0x4769_6c73;
/// The newest schema that this program knows: SQLite's `user_version`, at byte 60 of a file.
pub(super) const SCHEMA: u32 = 6;

pub(super) use crate::run::MAX_NUMBER;

/// The longest chunk of text, unpacked, in bytes; so also the longest block.
pub(super) const MAX_CHUNK_BYTES: usize = 64 << 20;
/// The most blocks that a run has: its index in memory costs some 90 bytes a block.
pub(super) const MAX_BLOCKS: u64 = 1 << 25;
/// The longest text or blob that is read from a file, in bytes.
pub(super) const MAX_FIELD_BYTES: i32 = 96 << 20;

/// How the text of a chunk is packed, in the words of its table; and how it was before schema 4.
const FRAME: &str = "a Zstandard frame, as `zstd -d` reads it";
const FRAME_BEFORE_4: &str = "an LZ4 frame, as `lz4 -d` reads it";

/// The tables, each with the very statement that makes it. A file whose tables were made otherwise is
/// refused: what looks like a table may be a view that computes for ever.
pub(super) const TABLES: [(&str, &str); 5] = [
    (
        "run",
        "CREATE TABLE run (
  id TEXT NOT NULL,          -- unique among runs
  name TEXT NOT NULL,        -- such as processes-hello-5
  started_at TEXT NOT NULL,  -- RFC 3339; all other times are nanoseconds since then
  gilscope TEXT NOT NULL,    -- the version that recorded it
  python TEXT NOT NULL,      -- the version that ran, or builtin
  script TEXT NOT NULL,      -- the source that ran
  header TEXT NOT NULL,      -- everything known before the start, as JSON
  wall_s REAL,               -- set at the end of the run
  cpu_s REAL,
  stopped_by TEXT,
  pinned INTEGER NOT NULL DEFAULT 0  -- 1: kept when older runs are removed
)",
    ),
    (
        "events",
        "CREATE TABLE events (
  id INTEGER PRIMARY KEY,    -- counts events, samples and blocks of output alike, from 0
  t_ns INTEGER NOT NULL,
  kind TEXT NOT NULL,
  lane INTEGER,
  data TEXT NOT NULL         -- JSON
)",
    ),
    (
        "samples",
        "CREATE TABLE samples (
  id INTEGER PRIMARY KEY,    -- as in events
  t_ns INTEGER NOT NULL,
  machine_cores REAL,        -- busy cores of the whole machine since the last sample
  rss_bytes INTEGER NOT NULL -- resident memory of the run's tree
)",
    ),
    (
        "cpu",
        "CREATE TABLE cpu (
  sample INTEGER NOT NULL,   -- id of samples
  lane INTEGER NOT NULL,
  cpu_ns INTEGER NOT NULL    -- used since the lane's start, without its children's
)",
    ),
    (
        "output",
        "CREATE TABLE output (
  first_block INTEGER PRIMARY KEY,
  blocks INTEGER NOT NULL,   -- so many blocks, one after the other
  t_first_ns INTEGER NOT NULL,
  t_last_ns INTEGER NOT NULL,
  bytes INTEGER NOT NULL,    -- length of the text, unpacked
  lines INTEGER NOT NULL,    -- newlines in it
  meta BLOB NOT NULL,        -- a block: flags, lane, time since the last, bytes, rows
  text BLOB NOT NULL         -- a Zstandard frame, as `zstd -d` reads it
)",
    ),
];

/// For people only; this program never reads a view.
const VIEWS: &str = "
CREATE VIEW lanes AS
SELECT o.lane,
       json_extract(i.data, '$.info.name') AS name,
       json_extract(i.data, '$.info.kind') AS kind,
       json_extract(i.data, '$.info.pid') AS pid,
       json_extract(i.data, '$.info.tid') AS tid,
       json_extract(i.data, '$.info.args') AS args,
       json_extract(i.data, '$.info.parent') AS parent,
       o.t_ns / 1e9 AS started_s,
       e.t_ns / 1e9 AS ended_s,
       coalesce(e.how, 'alive') AS how,
       e.status,
       coalesce(e.cpu_ns, c.cpu_ns) / 1e9 AS cpu_s
FROM (SELECT lane, min(t_ns) AS t_ns FROM events WHERE kind IN ('opened', 'started') GROUP BY lane) o
LEFT JOIN (SELECT lane, max(id), data FROM events WHERE kind IN ('opened', 'learnt') GROUP BY lane) i
       ON i.lane = o.lane
LEFT JOIN (SELECT lane, min(t_ns) AS t_ns,
                  coalesce(max(nullif(json_extract(data, '$.how.how'), 'unknown')), 'unknown') AS how,
                  max(json_extract(data, '$.how.with')) AS status,
                  max(json_extract(data, '$.cpu_ns')) AS cpu_ns
           FROM events WHERE kind = 'ended' GROUP BY lane) e
       ON e.lane = o.lane
LEFT JOIN (SELECT lane, max(cpu_ns) AS cpu_ns FROM cpu GROUP BY lane) c
       ON c.lane = o.lane
ORDER BY o.lane;
";

/// Makes an empty file's tables.
pub(super) fn create(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "application_id", APPLICATION_ID)?;
    db.pragma_update(None, "user_version", SCHEMA)?;
    for (_, statement) in TABLES {
        db.execute_batch(statement)?;
    }
    db.execute_batch(VIEWS)
}

/// The first table that is not as [`create`] makes it.
pub(super) fn foreign_table(db: &Connection) -> rusqlite::Result<Option<&'static str>> {
    let mut find =
        db.prepare("SELECT sql FROM sqlite_schema WHERE name = ?1 AND type = 'table'")?;
    for (name, statement) in TABLES {
        let sql: Option<Option<String>> = find.query_row([name], |row| row.get(0)).optional()?;
        let sql = sql.flatten().unwrap_or_default();
        if sql != statement && sql != statement.replace(FRAME, FRAME_BEFORE_4) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

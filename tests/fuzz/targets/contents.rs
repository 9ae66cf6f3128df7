//! A run file whose tables are as Gilscope makes them and whose rows are anything: what random changes of a database's
//! pages seldom bring. An input is a row a line: a letter, then fields behind tabs; `\n`, `\t`, `\r`, `\\` and `\xHH`
//! stand for bytes.
//!
//! | letter | fields |
//! |---|---|
//! | `h` | the header as JSON |
//! | `v` | the schema's number |
//! | `e` | `t_ns`, an event as JSON |
//! | `E` | the same behind an id |
//! | `s` | `t_ns`, busy cores, resident bytes |
//! | `c` | lane, CPU nanoseconds: of the sample before |
//! | `b` | flags, lane, nanoseconds since the block before, text: a block of output |
//! | `o` | blocks, bytes, meta, text packed: a chunk of it |

use std::path::Path;

use gilscope::experiment::Experiment;
use gilscope::store::Recorder;
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use super::{header, scratch};

/// Writes what the input says over the file of before; its path.
pub(super) fn write(input: &[u8]) -> std::path::PathBuf {
    let path = scratch("contents.gilscope");
    if !path.exists() {
        Recorder::create(&path, &header(Experiment::default()))
            .and_then(Recorder::finish)
            .unwrap();
    }
    fill(&path, input).unwrap();
    path
}

fn fill(path: &Path, input: &[u8]) -> rusqlite::Result<()> {
    let db = Connection::open(path)?;
    db.execute_batch(
        "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA user_version = 6; BEGIN;
         DELETE FROM run; DELETE FROM events; DELETE FROM samples; DELETE FROM cpu; DELETE FROM output;",
    )?;
    let usual = serde_json::to_string(&header(Experiment::default())).unwrap();
    db.execute(
        "INSERT INTO run VALUES ('', '', '', '', '', '', ?1, 0, 0, '', 0)",
        [usual],
    )?;
    let (mut id, mut block, mut sample) = (0_i64, 0_i64, 0_i64);
    let mut chunk = Chunk::default();
    for line in input.split(|&byte| byte == b'\n') {
        let mut fields = line.split(|&byte| byte == b'\t').map(unescaped);
        let letter = fields.next().unwrap_or_default();
        let mut field = || value(fields.next().unwrap_or_default());
        if letter != b"b" {
            chunk.put(&db, &mut block);
        }
        // What SQLite itself refuses, such as a second row of an id, is left out.
        let _ = match &*letter {
            b"h" => db.execute("UPDATE run SET header = ?1", [field()]),
            b"v" => match field() {
                Value::Integer(version) => {
                    db.pragma_update(None, "user_version", version).map(|()| 0)
                }
                _ => Ok(0),
            },
            b"e" | b"E" => {
                if letter == b"E"
                    && let Value::Integer(given) = field()
                {
                    id = given;
                }
                id = id.wrapping_add(1);
                let row = params![id.wrapping_sub(1), field(), field()];
                db.execute("INSERT INTO events VALUES (?1, ?2, '', 0, ?3)", row)
            }
            b"s" => {
                sample = id;
                id = id.wrapping_add(1);
                let row = params![sample, field(), field(), field()];
                db.execute("INSERT INTO samples VALUES (?1, ?2, ?3, ?4)", row)
            }
            b"c" => db.execute(
                "INSERT INTO cpu VALUES (?1, ?2, ?3)",
                params![sample, field(), field()],
            ),
            b"b" => {
                let [flags, lane, step] = [field(), field(), field()].map(|value| match value {
                    Value::Integer(number) => number.cast_unsigned(),
                    _ => 0,
                });
                id = id.wrapping_add(1);
                chunk.push(flags as u8, lane, step, &bytes(field()));
                Ok(0)
            }
            b"o" => {
                let (blocks, length) = (field(), field());
                let (meta, text) = (bytes(field()), bytes(field()));
                let first = block;
                if let Value::Integer(blocks) = blocks {
                    block = block.wrapping_add(blocks);
                    id = id.wrapping_add(blocks);
                }
                let row = params![first, blocks, length, meta, text];
                db.execute(
                    "INSERT INTO output VALUES (?1, ?2, 0, 0, ?3, 0, ?4, ?5)",
                    row,
                )
            }
            _ => Ok(0),
        };
    }
    chunk.put(&db, &mut block);
    db.execute_batch("COMMIT")
}

/// Blocks of output on their way into the file, as the recorder packs them.
#[derive(Default)]
struct Chunk {
    blocks: i64,
    meta: Vec<u8>,
    text: Vec<u8>,
}

impl Chunk {
    fn push(&mut self, flags: u8, lane: u64, step: u64, text: &[u8]) {
        const OPEN: u8 = 16;
        let open = text.last() != Some(&b'\n');
        let newlines = memchr::memchr_iter(b'\n', text).count();
        let rows = newlines + usize::from(open);
        self.meta
            .push(if open { flags | OPEN } else { flags & !OPEN });
        for mut number in [lane, step, text.len() as u64, rows as u64] {
            while number >= 0x80 {
                self.meta.push(number as u8 | 0x80);
                number >>= 7;
            }
            self.meta.push(number as u8);
        }
        self.text.extend_from_slice(text);
        self.blocks += 1;
    }

    fn put(&mut self, db: &Connection, block: &mut i64) {
        let chunk = std::mem::take(self);
        if chunk.blocks > 0 {
            let packed = zstd::bulk::compress(&chunk.text, 1).unwrap();
            let row = params![
                *block,
                chunk.blocks,
                chunk.text.len() as i64,
                chunk.meta,
                packed
            ];
            let _ = db.execute(
                "INSERT INTO output VALUES (?1, ?2, 0, 0, ?3, 0, ?4, ?5)",
                row,
            );
            *block = block.wrapping_add(chunk.blocks);
        }
    }
}

/// A number where it is one, text where it is UTF-8, nothing where there is none.
fn value(field: Vec<u8>) -> Value {
    match String::from_utf8(field) {
        Ok(text) if text.is_empty() => Value::Null,
        Ok(text) => match (text.parse(), text.parse()) {
            (Ok(whole), _) => Value::Integer(whole),
            (_, Ok(real)) => Value::Real(real),
            _ => Value::Text(text),
        },
        Err(other) => Value::Blob(other.into_bytes()),
    }
}

fn bytes(value: Value) -> Vec<u8> {
    match value {
        Value::Text(text) => text.into_bytes(),
        Value::Blob(bytes) => bytes,
        Value::Integer(number) => number.to_string().into_bytes(),
        Value::Real(number) => number.to_string().into_bytes(),
        Value::Null => Vec::new(),
    }
}

fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some((&escaped, after)) = rest.split_first() else {
            break;
        };
        rest = after;
        out.push(match escaped {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'x' => {
                let hex = rest.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
                let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
                rest = rest.get(2..).unwrap_or_default();
                byte.unwrap_or(b'x')
            }
            other => other,
        });
    }
    out
}

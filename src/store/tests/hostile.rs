//! Files that are damaged, or made to harm: an error or a run, never a panic.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::store::{OpenError, open};

/// A file with something of everything, and its folder.
fn good() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("good.gilscope");
    let mut events: Vec<Event> = (0..4).map(opened).collect();
    for i in 0..300_u64 {
        events.push(output(
            i * 1000,
            (i % 4) as u32,
            format!("line {i}\nand").as_bytes(),
        ));
    }
    for i in 0..50 {
        let kind = Kind::Cpu {
            lanes: (0..4).map(|lane| (LaneId(lane), i * 1000)).collect(),
            machine_cores: Some(1.5),
            rss_bytes: 1 << 20,
        };
        events.push(event(i * 10_000, kind));
        events.push(event(
            i,
            Kind::Notice {
                text: "n".repeat(i as usize),
            },
        ));
    }
    events.push(place(0));
    let at = vec![(LaneId(1), Some(PlaceId(0)), 50, 60)];
    events.push(event(60, Kind::At { at }));
    events.push(end(1_000_000));
    record(&path, &events);
    (folder, path)
}

/// Opens and reads all that can be read, as the window and the exports do.
fn read_all(path: &std::path::Path) -> Result<(Run, usize), OpenError> {
    let (run, text) = open(path)?;
    let blocks = 0..run.log.blocks().len() as u64 + 1;
    let read = blocks.filter(|&block| text.text(block).is_ok()).count();
    let _ = run.figures();
    let _ = stack(
        &run,
        &(0..run.lanes.len()).collect::<Vec<_>>(),
        0,
        1_000_000,
        100,
    );
    let _ = crate::export::to_writer(
        &run,
        &*text,
        crate::export::Format::Jsonl,
        &mut std::io::sink(),
    );
    Ok((run, read))
}

fn says(path: &std::path::Path, words: &str) {
    let error = read_all(path)
        .map(|(run, _)| run.lanes.len())
        .unwrap_err()
        .to_string();
    assert!(error.contains(words), "{error:?} does not say {words:?}");
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(error.contains(name), "{error:?} does not name {name}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn a_damaged_file_is_an_error_or_a_run(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        thread_local! { static GOOD: (tempfile::TempDir, PathBuf) = good(); }
        let mut bytes = GOOD.with(|(_, path)| fs::read(path).unwrap());
        for (at, byte) in changes {
            // The first bytes say what it is; damage there is tried apart.
            let at = 100 + at.index(bytes.len() - 100);
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bad.gilscope");
        fs::write(&path, bytes).unwrap();
        if let Err(error) = read_all(&path) {
            prop_assert!(error.to_string().contains("bad.gilscope"));
        }
    }

    #[test]
    fn numbers_out_of_range_are_an_error_or_a_run(
        which in 0..9_usize,
        row in 0..60_i64,
        value in prop_oneof![any::<i64>(), -2..400_i64, Just(i64::MAX), Just(1 << 53)],
    ) {
        let (_folder, path) = good();
        let (table, column) = [
            ("events", "id"), ("events", "t_ns"), ("samples", "id"), ("samples", "rss_bytes"),
            ("cpu", "sample"), ("cpu", "lane"), ("cpu", "cpu_ns"), ("output", "blocks"), ("output", "bytes"),
        ][which];
        let row = if table == "output" { 0 } else { row };
        let statement = format!(
            "UPDATE OR IGNORE {table} SET {column} = ?1 WHERE rowid = (SELECT rowid FROM {table} LIMIT 1 OFFSET ?2)");
        Connection::open(&path).unwrap().execute(&statement, [value, row]).unwrap();
        let _ = read_all(&path);
    }

    #[test]
    fn metas_of_chance_are_an_error_or_a_run(meta in prop::collection::vec(any::<u8>(), 0..200), blocks in 0..40_i64) {
        let (_folder, path) = good();
        Connection::open(&path).unwrap()
            .execute("UPDATE output SET meta = ?1, blocks = ?2", rusqlite::params![meta, blocks]).unwrap();
        let _ = read_all(&path);
    }
}

fn change(statement: &str) -> (tempfile::TempDir, PathBuf) {
    let (folder, path) = good();
    let db = Connection::open(&path).unwrap();
    db.execute_batch(statement).unwrap();
    (folder, path)
}

#[test]
fn a_newer_file_is_refused_with_a_sentence() {
    let (_folder, path) = change("PRAGMA user_version = 99");
    says(&path, "recorded by a newer Gilscope (file format 99;");
    says(&path, "Update Gilscope");
}

#[test]
fn an_older_file_is_read() {
    for version in [2, 3] {
        let (_folder, path) = change(&format!("PRAGMA user_version = {version}"));
        assert!(read_all(&path).is_ok(), "{version}");
    }
}

#[test]
fn text_that_was_packed_by_lz4_is_read() {
    let (_folder, path) = good();
    let (run, text) = read_all(&path).unwrap();
    let db = Connection::open(&path).unwrap();
    let chunks: Vec<(i64, u64, Vec<u8>)> = db
        .prepare("SELECT first_block, bytes, text FROM output")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(!chunks.is_empty());
    for (first, bytes, packed) in chunks {
        let plain = zstd::bulk::decompress(&packed, bytes as usize).unwrap();
        let mut packer = lz4_flex::frame::FrameEncoder::new(Vec::new());
        std::io::Write::write_all(&mut packer, &plain).unwrap();
        db.execute(
            "UPDATE output SET text = ?1 WHERE first_block = ?2",
            rusqlite::params![packer.finish().unwrap(), first],
        )
        .unwrap();
    }
    db.execute_batch(
        "PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, 'a Zstandard frame, as `zstd -d` reads it',
            'an LZ4 frame, as `lz4 -d` reads it') WHERE name = 'output';
        PRAGMA user_version = 3;",
    )
    .unwrap();
    drop(db);
    let (old, old_text) = read_all(&path).unwrap();
    assert_eq!((old, old_text), (run, text));
}

#[test]
fn what_is_no_run_is_named_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.gilscope");
    says(&path, "can't be read");
    says(folder.path(), "it is no file");
    fs::write(&path, "print('hello')\n").unwrap();
    says(&path, "too short");
    fs::write(&path, "print('hello')\n".repeat(100)).unwrap();
    says(&path, "no SQLite database");
    fs::remove_file(&path).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    says(&path, "another program's database");
}

#[test]
fn what_is_wrong_is_named() {
    for (statement, words) in [
        ("DROP TABLE cpu", "table “cpu”"),
        ("DELETE FROM run", "reading its header"),
        (
            "UPDATE run SET header = '{}'",
            "its header can't be read: missing field",
        ),
        (
            "UPDATE events SET data = '{\"kind\":\"nonsense\"}' WHERE id = 2",
            "event 2: unknown variant `nonsense`",
        ),
        ("DELETE FROM events WHERE id = 305", "number 305 is missing"),
        (
            "UPDATE cpu SET sample = 9999 WHERE sample = (SELECT max(sample) FROM cpu)",
            "CPU times name sample 9999",
        ),
        (
            "UPDATE events SET t_ns = -1 WHERE id = 1",
            "its t_ns -1 is out of range",
        ),
        ("DELETE FROM output", "is missing"),
        (
            "UPDATE output SET bytes = bytes + 1",
            "the chunk of block 0: its blocks have",
        ),
        ("UPDATE output SET blocks = 1000000", "names 1000000 blocks"),
        (
            "UPDATE events SET data = json_set(data, '$.info.parent', 3) WHERE kind = 'opened'",
            "its own ancestor",
        ),
        (
            "UPDATE events SET data = json_set(data, '$.info.parent', 9) WHERE id = 0",
            "names lane 9",
        ),
        (
            "UPDATE events SET data = json_object('kind', 'lost', 'lane', 0, 'stream', 'stdout', 'lines', 0, 'bytes', 18446744073709551615) WHERE kind = 'notice'",
            "invalid",
        ),
        (
            "UPDATE events SET data = json_object('kind', 'lost', 'lane', 0, 'stream', 'stdout', 'lines', 0, 'bytes', 9000000000000000000) WHERE kind = 'notice'",
            "its 9000000000000000000 is out of range",
        ),
        (
            "UPDATE events SET data = json_object('kind', 'lost', 'lane', 0, 'stream', 'stdout', 'lines', 0, 'bytes', 9000000000000000) WHERE kind = 'notice'",
            "more is lost",
        ),
        (
            "UPDATE events SET data = json_set(data, '$.at[0][1]', 7) WHERE kind = 'at'",
            "names place 7, which is not there",
        ),
        (
            "UPDATE events SET data = json_set(data, '$.at[0][0]', 900) WHERE kind = 'at'",
            "names lane 900, which is not there",
        ),
        (
            "UPDATE events SET data = json_set(data, '$.at[0][3]', 1) WHERE kind = 'at'",
            "ends at 1, before it begins",
        ),
        (
            "UPDATE events SET data = json_set(data, '$.id', 4294967295) WHERE kind = 'place'",
            "it is place 4294967295, and 0 would be the next",
        ),
        (
            "UPDATE events SET data = json_set(data, '$.place.line', 0) WHERE kind = 'place'",
            "a line has a number from 1",
        ),
        (
            "UPDATE events SET data = json_set(data, '$.place.line', 4294967296) WHERE kind = 'place'",
            "invalid value",
        ),
        (
            "UPDATE events SET data = json_object('kind', 'output', 'lane', 0, 'stream', 'stdout', 'stamp', 'read', 'continues', json('false'), 'unattributed', json('false')) WHERE id = 351",
            "is none",
        ),
    ] {
        let (_folder, path) = change(statement);
        let error = read_all(&path).map(|(run, _)| run.lanes.len());
        match error {
            Err(error) => assert!(error.to_string().contains(words), "{statement}: {error}"),
            Ok(_) => panic!("{statement}: opened"),
        }
    }
}

#[test]
fn damage_in_the_text_is_an_error_for_its_blocks_only() {
    for (statement, words) in [
        ("UPDATE output SET text = zeroblob(100)", "can't be"),
        (
            "UPDATE output SET text = CAST(substr(text, 1, length(text) - 20) AS BLOB)",
            "its text",
        ),
    ] {
        let (_folder, path) = change(statement);
        let (run, text) = open(&path).unwrap();
        assert_eq!(run.log.blocks().len(), 300);
        let error = text.text(17).unwrap_err();
        assert_eq!(error.block, 17);
        assert!(error.why.contains(words), "{statement}: {error}");
    }
}

#[test]
fn a_view_in_a_tables_place_is_refused_unread() {
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)
        SELECT x AS sample, x AS lane, x AS cpu_ns FROM c";
    let (_folder, path) = change(&format!("DROP TABLE cpu; CREATE VIEW cpu AS {endless}"));
    says(&path, "table “cpu”");
    let (_folder, path) =
        change("DROP TABLE cpu; CREATE TABLE cpu (sample, lane, cpu_ns AS (lane) STORED)");
    says(&path, "table “cpu”");
}

#[test]
fn opening_changes_nothing() {
    let (folder, path) = good();
    let before = fs::read(&path).unwrap();
    let (_, read) = read_all(&path).unwrap();
    assert_eq!(read, 300);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_name_can_be_anything_as_a_uri_too() {
    let (folder, path) = good();
    let odd = folder.path().join("a#b%20 ü&c=1.gilscope");
    fs::rename(path, &odd).unwrap();
    let uri = crate::store::file::immutable(&odd);
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(&uri, flags).unwrap();
    let name: String = db
        .query_row("SELECT name FROM run", [], |row| row.get(0))
        .unwrap();
    assert_eq!(name, "processes-hello-5");
}

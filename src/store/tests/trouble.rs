//! A disk that is full, a folder that is gone: the run goes on.

use std::fs;
use std::time::{Duration, Instant};

use super::*;
use crate::store::open;

/// Gives the recorder output until it keeps no more; how many blocks it took.
fn flood(recorder: &mut Recorder, run: &mut Run) -> u64 {
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut noise = 1_u64;
    for block in 0.. {
        assert!(Instant::now() < deadline, "it never failed");
        // Nothing that packs well.
        let bytes: Vec<u8> = (0..8192)
            .map(|_| {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                noise as u8
            })
            .collect();
        if happen(recorder, run, &output(block, 0, &bytes)) == Recorded::NotKept {
            return block;
        }
    }
    unreachable!()
}

#[test]
fn a_run_that_was_cut_within_a_change_of_its_journal_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.gilscope");
    record(&path, &[opened(0), output(1, 0, b"one\n"), end(2)]);
    // A killed change leaves its journal beside the file, and of the change what was written.
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(
        "PRAGMA cache_size = 1; BEGIN;
         WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 3000)
         INSERT INTO samples SELECT 1000 + n, n, 0.5, 7 FROM many;",
    )
    .unwrap();
    let killed = tempfile::tempdir().unwrap();
    let left = killed.path().join("cut.gilscope");
    std::fs::copy(&path, &left).unwrap();
    std::fs::copy(
        folder.path().join("cut.gilscope-journal"),
        killed.path().join("cut.gilscope-journal"),
    )
    .unwrap();
    drop(db);
    let (run, text) = open(&left).unwrap();
    assert_eq!(&*text.text(0).unwrap(), b"one\n");
    assert!(run.end.is_some());
    assert_eq!(run.machine.len(), 0, "the change did not happen");
}

#[test]
fn a_full_disk_is_told_once_and_what_came_before_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("full.gilscope");
    let mut run = new_run();
    let mut recorder = Recorder::with_pages(&path, &run.header, 300).unwrap();
    assert_eq!(happen(&mut recorder, &mut run, &opened(0)), Recorded::Kept);
    let kept = flood(&mut recorder, &mut run);
    assert!(kept > 10);
    let error = recorder.take_error().unwrap();
    assert_eq!(error.path, path);
    assert!(error.to_string().contains("full"), "{error}");
    assert!(error.to_string().contains("The run goes on"), "{error}");
    assert_eq!(recorder.take_error(), None);

    // Events still come, output is counted.
    assert_eq!(
        happen(&mut recorder, &mut run, &output(9, 0, b"a\nb")),
        Recorded::NotKept
    );
    assert_eq!(happen(&mut recorder, &mut run, &opened(1)), Recorded::Kept);
    let lost = run.lanes[0].lost;
    assert!(lost.0 >= 1 && lost.1 >= 8192 + 3, "{lost:?}");
    assert_eq!(run.log.blocks().len() as u64, kept);

    // All that counts as kept can be read, from the file or from memory.
    let text = recorder.text();
    assert_eq!(all_text(&run, &*text).len() as u64, kept);
    let error = recorder.finish().unwrap_err().to_string();
    assert_eq!(all_text(&run, &*text).len() as u64, kept);

    let (found, source) = open(&path).unwrap();
    let missing: usize = (found.log.blocks().len() as u64..kept)
        .map(|block| text.text(block).unwrap())
        .map(|text| memchr::memchr_iter(b'\n', &text).count())
        .sum();
    assert!(missing > 0, "what did not fit was more than nothing");
    assert!(
        error.contains(&format!("the last {missing} line(s)")),
        "{error}"
    );
    let blocks = found.log.blocks();
    assert!(!blocks.is_empty(), "what was written is there");
    for block in 0..blocks.len() as u64 {
        assert_eq!(source.text(block).unwrap(), text.text(block).unwrap());
    }
}

#[test]
fn a_folder_that_goes_and_comes_back_costs_only_what_came_meanwhile() {
    let outer = tempfile::tempdir().unwrap();
    let (folder, away) = (outer.path().join("here"), outer.path().join("away"));
    fs::create_dir(&folder).unwrap();
    let path = folder.join("run.gilscope");
    let mut run = new_run();
    let mut recorder = Recorder::create(&path, &run.header).unwrap();
    for event in [opened(0), output(1, 0, b"before\n")] {
        assert_eq!(happen(&mut recorder, &mut run, &event), Recorded::Kept);
    }
    // A folder with open files can't be moved everywhere.
    if fs::rename(&folder, &away).is_err() {
        return;
    }
    flood(&mut recorder, &mut run);
    let error = recorder.take_error().unwrap();
    assert!(error.to_string().contains("the file is gone"), "{error}");
    assert_eq!(&*recorder.text().text(0).unwrap(), b"before\n");
    fs::rename(&away, &folder).unwrap();
    assert_eq!(happen(&mut recorder, &mut run, &end(99)), Recorded::Kept);
    recorder.finish().unwrap();
    let (found, source) = open(&path).unwrap();
    assert_eq!(found, run);
    assert!(found.lanes[0].lost.1 > 0);
    assert_eq!(all_text(&found, &*source).len(), run.log.blocks().len());
}

#[test]
fn a_file_that_is_removed_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.gilscope");
    let mut run = new_run();
    let mut recorder = Recorder::create(&path, &run.header).unwrap();
    let _ = happen(&mut recorder, &mut run, &opened(0));
    if fs::remove_file(&path).is_err() {
        return;
    }
    let error = recorder.finish().unwrap_err();
    assert!(error.to_string().contains("the file is gone"), "{error}");
}

#[test]
fn what_cannot_be_made_is_said_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let header = new_run().header;
    let create = |path: &Path| {
        Recorder::create(path, &header)
            .map(drop)
            .unwrap_err()
            .to_string()
    };
    let error = create(&folder.path().join("none").join("run.gilscope"));
    assert!(
        error.contains("none") && error.contains("Choose a folder"),
        "{error}"
    );

    let notes = folder.path().join("notes.txt");
    fs::write(&notes, "mine").unwrap();
    let error = create(&notes);
    assert!(error.contains("left alone"), "{error}");
    assert_eq!(fs::read(&notes).unwrap(), b"mine");
}

#[test]
fn an_earlier_run_gives_way_but_not_one_that_is_being_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.gilscope");
    record(&path, &[opened(0), opened(1)]);
    let mut run = new_run();
    let mut recorder = Recorder::create(&path, &run.header).unwrap();
    let _ = happen(&mut recorder, &mut run, &opened(0));
    let error = Recorder::create(&path, &run.header).map(drop).unwrap_err();
    assert!(
        error.to_string().contains("another program has it open"),
        "{error}"
    );
    recorder.finish().unwrap();
    assert_eq!(open(&path).unwrap().0, run);
}

#[test]
fn without_a_file_text_is_in_memory_as_far_as_it_fits() {
    let mut run = new_run();
    let mut recorder = Recorder::memory();
    let _ = happen(&mut recorder, &mut run, &opened(0));
    let kept = flood(&mut recorder, &mut run);
    assert!(kept > 60 << 20 >> 13, "{kept} blocks");
    assert_eq!(all_text(&run, &*recorder.text()).len() as u64, kept);
    assert_eq!(recorder.take_error(), None);
    recorder.finish().unwrap();

    let mut recorder = Recorder::nowhere();
    assert_eq!(recorder.record(&opened(0)), Recorded::Kept);
    assert_eq!(recorder.record(&output(1, 0, b"x")), Recorded::Kept);
    assert!(recorder.text().text(0).is_err());
}

#[test]
fn a_temporary_file_goes_with_its_last_reader() {
    let mut run = new_run();
    let mut recorder = Recorder::temporary(&run.header).unwrap();
    for event in [opened(0), output(1, 0, b"x")] {
        assert_eq!(happen(&mut recorder, &mut run, &event), Recorded::Kept);
    }
    assert_eq!(recorder.path(), None);
    let file = recorder.file.clone();
    let text = recorder.text();
    recorder.finish().unwrap();
    assert!(file.exists());
    assert_eq!(&*text.text(0).unwrap(), b"x");
    drop(text);
    assert!(!file.exists());
}

#[test]
fn output_of_a_lane_that_was_never_opened_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.gilscope");
    let mut run = new_run();
    let mut recorder = Recorder::create(&path, &run.header).unwrap();
    let _ = happen(&mut recorder, &mut run, &opened(0));
    assert_eq!(
        happen(&mut recorder, &mut run, &output(1, 1, b"x")),
        Recorded::NotKept
    );
    assert_eq!(
        happen(&mut recorder, &mut run, &output(1, 0, b"y")),
        Recorded::Kept
    );
    recorder.finish().unwrap();
    let (found, source) = open(&path).unwrap();
    assert_eq!(found, run);
    assert_eq!(&*source.text(0).unwrap(), b"y");
}

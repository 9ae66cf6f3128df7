//! The folder of kept runs, copies, and what other programs see in a file.

use std::fs;
use std::process::Command;

use super::*;
use crate::experiment::{OwnScript, Way};
use crate::store::runs::{is_broken_off, is_pinned, new_path_in, pin, recent_in, tidy_in};
use crate::store::{open, save_copy};

#[test]
fn names_say_when_and_what_and_are_never_taken_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut header = new_run().header;
    header.started_at = "2026-11-22T14:03:11.5Z".into();
    let first = new_path_in(folder.path(), &header);
    let name = first.file_name().unwrap().to_str().unwrap();
    // The hour is the user's own.
    assert!(name.starts_with("2026-11-2"), "{name}");
    assert!(
        name.ends_with(".03.11 processes-hello-5.gilscope"),
        "{name}"
    );
    fs::write(&first, "").unwrap();
    let second = new_path_in(folder.path(), &header);
    assert!(
        second
            .to_str()
            .unwrap()
            .ends_with("processes-hello-5 (2).gilscope")
    );

    header.experiment.way = Way::Script;
    header.experiment.script = Some(OwnScript {
        path: Some("a/ what? \"is\": this*|<>\\ .py".into()),
        text: String::new(),
        args: vec![],
    });
    let path = new_path_in(folder.path(), &header);
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(
        !name.contains(['?', '"', ':', '*', '|', '<', '>', '/', '\\']),
        "{name}"
    );
    record(&path, &[opened(0)]);
    assert_eq!(recent_in(folder.path()).len(), 2);
}

#[test]
fn a_run_s_facts_are_read_without_letting_it_happen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gilscope");
    record(&path, &[opened(0), output(1, 0, b"x\n"), end(42)]);
    let (header, end) = crate::store::runs::facts(&path).unwrap();
    assert_eq!(header, new_run().header);
    assert_eq!((end.wall_ns, end.stopped_by), (42, StoppedBy::End));
    let path = folder.path().join("cut.gilscope");
    record(&path, &[opened(0), output(1, 0, b"x\n")]);
    assert_eq!(crate::store::runs::facts(&path), None);
    assert_eq!(crate::store::runs::facts(&folder.path().join("none")), None);
}

#[test]
fn a_run_without_an_end_broke_off_unless_somebody_records_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.gilscope");
    let mut run = new_run();
    let mut recorder = Recorder::create(&path, &run.header).unwrap();
    let _ = happen(&mut recorder, &mut run, &opened(0));
    assert!(!is_broken_off(&path), "it is being recorded");
    recorder.finish().unwrap();
    assert!(is_broken_off(&path));
    let whole = folder.path().join("whole.gilscope");
    record(&whole, &[opened(0), end(2)]);
    assert!(!is_broken_off(&whole));
    assert!(!is_broken_off(&folder.path().join("none")));
}

#[test]
fn those_who_record_at_the_same_moment_have_a_file_each() {
    let folder = tempfile::tempdir().unwrap();
    let mut header = new_run().header;
    header.started_at = "2026-11-22T14:03:11.5Z".into();
    let at_once = std::sync::Barrier::new(12);
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                at_once.wait();
                let recorder = Recorder::keep_in(folder.path(), &header).unwrap();
                at_once.wait();
                recorder.finish().unwrap();
            });
        }
    });
    let kept = recent_in(folder.path());
    assert_eq!(kept.len(), 12, "{kept:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 12);
    assert!(kept.iter().all(|kept| open(&kept.path).is_ok()));
}

#[test]
fn an_unfinished_file_goes_once_nobody_can_be_writing_it() {
    let (folder, _) = folder_of(1);
    let part = |name: &str, hours: u64| {
        let file = fs::File::create(folder.path().join(name)).unwrap();
        let at = std::time::SystemTime::now() - std::time::Duration::from_secs(hours * 3600);
        file.set_modified(at).unwrap();
    };
    part(".gilscope-old.part", 25);
    part(".gilscope-new.part", 1);
    part(".other-old.part", 25);
    part(".gilscope-old.part-wal", 25);
    assert_eq!(tidy_in(folder.path(), 5, u64::MAX, &[]), []);
    let names = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names[..2], [".gilscope-new.part", ".other-old.part"]);
    assert_eq!(names.len(), 3);
}

/// A folder with `count` runs, oldest first, each a minute apart.
fn folder_of(count: usize) -> (tempfile::TempDir, Vec<std::path::PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..count)
        .map(|i| {
            let name = format!("2026-11-22 14.{i:02}.00 processes-hello-5.gilscope");
            let path = folder.path().join(name);
            record(&path, &[opened(0), output(1, 0, b"x\n"), end(2)]);
            path
        })
        .collect();
    (folder, paths)
}

#[test]
fn the_newest_stay_and_the_pinned() {
    let (folder, paths) = folder_of(7);
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    fs::write(
        folder.path().join("2026-11-22 13.00.00 other.gilscope"),
        "no run",
    )
    .unwrap();
    pin(&paths[1], true).unwrap();
    pin(&paths[6], true).unwrap();
    let list = recent_in(folder.path());
    assert_eq!(list[0].path, paths[6]);
    assert_eq!(list[0].title, "processes-hello-5");
    assert_eq!(list[0].time, "2026-11-22 14.06.00");
    assert!(list[0].size_bytes > 4096);

    // Of 0, 2, 3, 4, 5 the newest two stay, and 2 because it is open.
    let gone = tidy_in(folder.path(), 2, u64::MAX, &paths[2..3]);
    let gone: Vec<_> = gone.into_iter().map(|kept| kept.path).collect();
    assert_eq!(gone, [paths[3].clone(), paths[0].clone()]);
    let there: Vec<_> = paths.iter().filter(|path| path.exists()).collect();
    assert_eq!(
        there,
        [&paths[1], &paths[2], &paths[4], &paths[5], &paths[6]]
    );
    assert!(is_pinned(&paths[1]) && !is_pinned(&paths[2]));
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        7,
        "nobody else's file is touched"
    );

    // By size: the newest stays, however large.
    pin(&paths[1], false).unwrap();
    assert_eq!(tidy_in(folder.path(), 50, 1, &[]).len(), 3);
    assert!(paths[5].exists() && paths[6].exists());
    assert!(open(&paths[6]).is_ok(), "a pinned file is still a run");
}

#[test]
fn one_that_is_being_recorded_is_not_removed_by_another_program() {
    let (folder, paths) = folder_of(1);
    let live = folder.path().join("2026-11-22 13.00.00 live.gilscope");
    let mut run = new_run();
    let mut recorder = Recorder::create(&live, &run.header).unwrap();
    let _ = happen(&mut recorder, &mut run, &opened(0));
    assert_eq!(tidy_in(folder.path(), 1, u64::MAX, &[]), []);
    recorder.finish().unwrap();
    let gone = tidy_in(folder.path(), 1, u64::MAX, &[]);
    assert_eq!(gone.len(), 1);
    assert!(paths[0].exists() && !live.exists());
}

#[test]
fn a_copy_of_a_live_run_is_whole_and_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.gilscope");
    let mut run = new_run();
    let mut recorder = Recorder::create(&path, &run.header).unwrap();
    for event in [opened(0), output(1, 0, b"one\n")] {
        assert_eq!(happen(&mut recorder, &mut run, &event), Recorded::Kept);
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while open(&path).unwrap().0 != run {
        assert!(std::time::Instant::now() < deadline, "nothing is written");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let other = tempfile::tempdir().unwrap();
    let to = other.path().join("copy.gilscope");
    fs::write(&to, "what was there before").unwrap();
    save_copy(&path, &to).unwrap();
    let (copy, source) = open(&to).unwrap();
    assert_eq!(copy, run);
    assert_eq!(&*source.text(0).unwrap(), b"one\n");
    drop(source);
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1);
    recorder.finish().unwrap();

    let error = save_copy(&path, &other.path().join("none").join("x.gilscope")).unwrap_err();
    assert!(error.to_string().contains("x.gilscope"), "{error}");
    let error = save_copy(&other.path().join("none"), &to).unwrap_err();
    assert!(error.to_string().contains("can't be read"), "{error}");
    assert_eq!(open(&to).unwrap().0, run, "what was there stays");
}

/// What a person finds with Python's own sqlite3.
const PYTHON: &str = r"
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
assert db.execute('PRAGMA application_id').fetchone() == (0x47696c73,)
assert db.execute('PRAGMA integrity_check').fetchone() == ('ok',)
db.row_factory = sqlite3.Row
lanes = [dict(row) for row in db.execute('SELECT * FROM lanes')]
run = dict(db.execute('SELECT * FROM run').fetchone())
bytes = db.execute('SELECT sum(bytes), sum(lines) FROM output').fetchone()
cpu = db.execute('SELECT count(*), max(cpu_ns) FROM cpu JOIN samples ON id = sample').fetchone()
json.dump([lanes, run['name'], run['wall_s'], run['stopped_by'], *bytes, *cpu], sys.stdout)
";

#[test]
fn a_person_can_read_it_with_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.gilscope");
    let cpu = Kind::Cpu {
        lanes: vec![(LaneId(0), 5_000_000), (LaneId(1), 7_000_000)],
        machine_cores: None,
        rss_bytes: 1,
    };
    let learnt = Kind::Learnt {
        lane: LaneId(1),
        info: LaneInfo {
            parent: Some(LaneId(0)),
            ..info(LaneKind::Process, "renamed")
        },
    };
    let ended = |how, cpu_ns| Kind::Ended {
        lane: LaneId(1),
        how,
        cpu_ns,
        peak_rss_bytes: None,
    };
    let events = [
        opened(0),
        opened(1),
        event(11, learnt),
        output(12, 1, b"a\nb\nc"),
        event(13, cpu),
        event(3_000_000_000, ended(Ended::Unknown, None)),
        event(2_000_000_000, ended(Ended::Exited(3), Some(9_000_000))),
        end(4_000_000_000),
    ];
    record(&path, &events);
    let mut python = Command::new("python3");
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PYTHON"))
    {
        python.env_remove(name);
    }
    let output = python.args(["-c", PYTHON]).arg(&path).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = serde_json::json!([
        [
            {"lane": 0, "name": "Process-0", "kind": "process", "pid": 7, "tid": 8, "args": "(0, 'ü')",
             "parent": null, "started_s": 0.0, "ended_s": null, "how": "alive", "status": null, "cpu_s": 0.005},
            {"lane": 1, "name": "renamed", "kind": "process", "pid": 7, "tid": 8, "args": "(0, 'ü')",
             "parent": 0, "started_s": 1e-8, "ended_s": 2.0, "how": "exited", "status": 3, "cpu_s": 0.009},
        ],
        "processes-hello-5", 4.0, "end", 5, 2, 2, 7_000_000
    ]);
    assert_eq!(found, expected);
}

//! Discovery: every interpreter once, newest first, and what can't be used with its reason.

use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::Value;

use crate::common::pythons;
use crate::program::{gilscope, printed};

#[test]
fn a_listed_one_is_found_once_and_a_broken_one_says_why() {
    let home = tempfile::tempdir().unwrap();
    let real = &pythons()[0].path;
    let link = home.path().join("python3.99");
    symlink(real, &link).unwrap();
    let broken = home.path().join("broken");
    std::fs::write(&broken, "#!/bin/sh\necho no shared library >&2; exit 1\n").unwrap();
    std::fs::set_permissions(&broken, PermissionsExt::from_mode(0o755)).unwrap();
    let list = std::env::join_paths([real, &link, &broken]).unwrap();
    let output = gilscope(home.path())
        .env("GILSCOPE_PYTHONS", list)
        .args(["pythons", "--json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let listed: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", printed(&output)));
    let found = listed["found"].as_array().unwrap();
    let same = found
        .iter()
        .filter(|one| {
            let path = std::path::Path::new(one["path"].as_str().unwrap());
            path.canonicalize().unwrap() == real.canonicalize().unwrap()
        })
        .count();
    assert_eq!(same, 1, "{listed}");
    let refused = listed["refused"].as_array().unwrap();
    assert!(
        refused.iter().any(|one| {
            one["path"] == broken.to_string_lossy().as_ref()
                && one["why"].as_str().unwrap().contains("no shared library")
        }),
        "{listed}"
    );
    assert_eq!(
        found.iter().filter(|one| one["default"] == true).count(),
        1,
        "{listed}"
    );
}

#[test]
fn every_one_found_says_what_it_is() {
    for python in pythons() {
        let again = gilscope::engine::pythons::probe(&python.path).unwrap();
        assert_eq!(&again, python);
        assert!(["fork", "spawn", "forkserver"].contains(&python.default_start_method.as_str()));
        assert!(python.free_threaded || python.gil_enabled);
    }
}

#[test]
fn steps_and_rounds_a_second_are_measured() {
    for python in pythons() {
        let speed = gilscope::engine::calibrate::speed(&python.path).unwrap();
        let say = format!("{}: {speed:?}", python.version);
        assert!(
            (200_000.0..500_000_000.0).contains(&speed.steps_per_s),
            "{say}"
        );
        assert!((50.0..50_000.0).contains(&speed.rounds_per_s), "{say}");
        // A system call a line takes more than one for many.
        assert!((1e4..1e8).contains(&speed.line_prints_per_s), "{say}");
        assert!(
            speed.block_prints_per_s > 1.2 * speed.line_prints_per_s,
            "{say}"
        );
    }
}

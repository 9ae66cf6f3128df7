//! Pythons built without a GIL: as they are, with it turned on, and with an import that turns it on.

use std::path::Path;
use std::process::Command;

use gilscope::engine::pythons::Found;
use gilscope::run::{Doing, LaneKind};

use crate::common::{alone, pythons};
use crate::gil::{run_at, share};

fn free() -> Vec<&'static Found> {
    let free: Vec<_> = pythons()
        .iter()
        .filter(|python| !python.gil_enabled)
        .collect();
    if free.is_empty() {
        eprintln!("SKIPPED: no free-threaded Python was found");
    }
    free
}

const BURN: &str = "run(threading.Thread, *[burn] * 4)";

#[test]
fn without_a_gil_there_is_none_to_measure_and_with_it_there_is() {
    let _alone = alone();
    for python in free() {
        let home = tempfile::tempdir().unwrap();
        let (without, figures) = run_at(home.path(), &python.path, BURN, &[]);
        let say = format!("{}: {:?}", python.version, figures.gil);
        assert!(without.gils.is_empty() && !figures.gil.measured, "{say}");
        assert!(
            figures.gil.why.as_ref().unwrap().contains("without a GIL"),
            "{say}"
        );
        let waits = share(&without, LaneKind::Thread, Doing::WaitsForGil);
        assert!(waits.iter().all(|share| *share == 0.0), "{waits:?} {say}");
        // With one core for several threads they wait for it in turn, and still nobody waits for a lock.
        let ran = share(&without, LaneKind::Thread, Doing::Python);
        let core = share(&without, LaneKind::Thread, Doing::WaitsForCore);
        for (ran, core) in ran.iter().zip(&core) {
            assert!(*ran > 0.02 && ran + core > 0.8, "{ran} {core} {say}");
        }
        // Turned on, they take turns again.
        let on = [("PYTHON_GIL", "1")];
        let (_, figures) = run_at(home.path(), &python.path, BURN, &on);
        let say = format!("{}: {:?}", python.version, figures.gil);
        assert!(figures.gil_enabled, "{say}");
        assert!(figures.gil.held_share.unwrap() >= 0.9, "{say}");
        assert!(figures.gil.handoffs.unwrap() > 50, "{say}");
        assert!(figures.gil.wait_share.unwrap() > 0.4, "{say}");
    }
}

/// A module in C that does not say that it can do without a GIL. No headers are needed: what is declared here is what
/// builds without a GIL have had since 3.13.
const MODULE: &str = r#"
typedef struct { unsigned long tid; unsigned short flags; unsigned char mutex, gc; unsigned local; long shared; void *type; } Object;
static struct { Object base; void *init; long index; void *copy; const char *name, *doc; long size; void *rest[5]; }
    module = { .base = { .flags = 4, .local = 0xffffffff }, .name = "wants_gil", .size = -1 };
void *PyModule_Create2(void *, int);
void *PyInit_wants_gil(void) { return PyModule_Create2(&module, 1013); }
"#;

fn build(folder: &Path) -> bool {
    let source = folder.join("wants_gil.c");
    std::fs::write(&source, MODULE).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(folder.join("wants_gil.so"))
        .arg(source)
        .status();
    built.is_ok_and(|status| status.success())
}

#[cfg(target_os = "linux")]
#[test]
fn an_import_that_turns_it_on_is_told() {
    let _alone = alone();
    for python in free() {
        let home = tempfile::tempdir().unwrap();
        if !build(home.path()) {
            eprintln!("SKIPPED: no C compiler");
            return;
        }
        let body = format!("{BURN}; import wants_gil; {BURN}");
        let (run, figures) = run_at(home.path(), &python.path, &body, &[]);
        let say = format!("{}: {:?} {:?}", python.version, figures.gil, run.notices);
        assert!(figures.gil_enabled, "{say}");
        assert_eq!(run.notices.len(), 1, "{say}");
        assert!(
            run.notices[0].text.contains("turned the GIL back on"),
            "{say}"
        );
        // From there on it is measured.
        let gil = run.gils.values().next().expect(&say);
        let from_ns = gil.watched.first().expect(&say).0;
        assert!(
            (1_000_000_000..2_400_000_000).contains(&from_ns),
            "{from_ns} {say}"
        );
        assert!(figures.gil.held_share.unwrap() > 0.9, "{say}");
        let threads = run
            .lanes
            .iter()
            .filter(|lane| lane.info.kind == LaneKind::Thread);
        for lane in threads {
            let waits = lane.did.has(Doing::WaitsForGil);
            assert_eq!(
                waits,
                lane.started_ns > 1_000_000_000,
                "{} {say}",
                lane.info.name
            );
        }
    }
}

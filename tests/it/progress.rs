//! Progress bars, as Python programs print them: one line each in the log, all of it in the export.

use std::path::Path;

use gilscope::run::Filter;
use gilscope::ui::log::{Lines, TextCache, row, states};

use crate::common::{pythons, record};

const SCRIPT: &str = r#"
import sys, time
print("begins")
for n in range(11):
    print(f"{n * 10:3} % done", end="\r", flush=True)
    time.sleep(0.06)
print()
for n in range(11):
    sys.stderr.write(f"\r[{'#' * n:10}]")
    sys.stderr.flush()
    time.sleep(0.06)
sys.stderr.write("\n")
"#;

#[test]
fn a_progress_bar_is_one_line_whose_states_are_all_there() {
    for python in pythons() {
        check(&python.path);
    }
}

fn check(python: &Path) {
    let home = tempfile::tempdir().unwrap();
    let (run, text) = record(home.path(), python, SCRIPT, &[], &[]);
    let lines = Lines::all(&run, Filter::default());
    let mut cache = TextCache::default();
    let rows: Vec<_> = (0..lines.count())
        .map(|nth| row(lines, &mut cache, Some(&*text), nth, 4096).unwrap())
        .collect();
    let mut shown: Vec<String> = rows
        .iter()
        .map(|row| row.text.clone().unwrap().plain())
        .collect();
    // Two pipes are read apart; what follows the bar may be read before its end.
    shown.sort();
    let expected = ["100 % done", "[##########]", "begins"];
    assert_eq!(shown, expected, "{}", python.display());
    for (bar, first) in [
        ("100 % done", "  0 % done"),
        ("[##########]", "[          ]"),
    ] {
        let row = rows
            .iter()
            .find(|row| row.text.as_ref().is_ok_and(|line| line.plain() == bar))
            .unwrap();
        assert!(row.was_other);
        // A line that is open is shown a few times a second: not all of it came at once.
        assert!(run.log.line(row.at.block).len() > 1);
        let (states, before) = states(&run, row, &*text).unwrap();
        assert_eq!((states.len(), before), (11, 0), "{states:?}");
        assert_eq!((&*states[0], &*states[10]), (first, bar));
    }
    let mut export = Vec::new();
    for block in 0..run.log.blocks().len() as u64 {
        export.extend_from_slice(&text.text(block).unwrap());
    }
    let bare = std::process::Command::new(python)
        .args(["-c", SCRIPT])
        .output()
        .unwrap();
    assert_eq!(export.len(), bare.stdout.len() + bare.stderr.len());
}

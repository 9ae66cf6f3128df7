//! Waiting until what was printed is read: told from waiting to write elsewhere.

use gilscope::run::{Doing, LaneKind};

use crate::common::pythons;
use crate::gil::{run_at, share};

/// Writes lines for a second, as fast as they are taken. Beside another thread it is watched from the first.
const FLOOD: &str = r#"
    import os
    threading.Thread(target=time.sleep, args=(1.2,)).start()
    text, end = b"x" * 79 + b"\n", time.perf_counter() + 1.2
    while time.perf_counter() < end:
        os.write(1, text * 800)
"#;

/// Fills a pipe of its own that nobody reads from for a second.
const OWN_PIPE: &str = r#"
    import os
    read, write = os.pipe()
    def slow():
        time.sleep(1.2)
        os.close(read)
    threading.Thread(target=slow).start()
    try:
        while True:
            os.write(write, b"x" * 65536)
    except BrokenPipeError:
        print("x" * 10_000)
"#;

#[test]
fn who_prints_faster_than_is_read_waits_and_that_is_told() {
    // How a thread waits is the system's matter, the same under every Python.
    let Some(python) = pythons().iter().find(|python| python.gil_enabled) else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let (run, figures) = run_at(home.path(), &python.path, FLOOD, &[]);
    let say = format!("{figures:?}");
    assert!(figures.output_wait_s.unwrap() > 0.05, "{say}");
    let waits = share(&run, LaneKind::Root, Doing::WaitsForReader)[0];
    assert!(waits > 0.03, "{waits} {say}");

    let (run, figures) = run_at(home.path(), &python.path, OWN_PIPE, &[]);
    let say = format!("{figures:?}");
    assert_eq!(figures.output_wait_s, Some(0.0), "{say}");
    let blocked = share(&run, LaneKind::Root, Doing::Blocked)[0];
    assert!(blocked > 0.7, "{blocked} {say}");
}

//! What the fuzzer once found stays found: each kept input goes through its target again.
//! `tests/fuzz/run.sh` looks for more.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod targets;

use std::path::Path;

/// More than this is no small corpus, in bytes.
const CORPUS_BYTES: usize = 1 << 20;

#[test]
fn each_kept_input_passes_its_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut bytes = 0;
    for (name, target) in targets::ALL {
        let mut inputs = 0;
        for input in std::fs::read_dir(corpus.join(name)).unwrap() {
            let path = input.unwrap().path();
            let input = std::fs::read(&path).unwrap();
            inputs += 1;
            bytes += input.len();
            let passed = std::panic::catch_unwind(|| target(&input));
            assert!(passed.is_ok(), "{}", path.display());
        }
        assert!(inputs > 0, "{name} has no corpus");
    }
    assert!(
        bytes < CORPUS_BYTES,
        "the corpus has {bytes} bytes: minimise it"
    );
}

//! A file that is opened as a run: a database as it is, or the rows of one (`contents`). It is refused in a sentence
//! that names it, or all of it can be looked at.

use std::path::Path;

use gilscope::store::{open, save_copy};
use gilscope::ui::script::Adopted;

use super::{contents, log, scratch, window};

/// Takes a file.
pub(super) fn take(bytes: &[u8]) {
    let path = if bytes.starts_with(b"SQLite format 3\0") {
        let path = scratch("as-it-is.gilscope");
        std::fs::write(&path, bytes).unwrap();
        path
    } else {
        contents::write(bytes)
    };
    let before = std::fs::read(&path).unwrap();
    look(&path);
    assert!(
        std::fs::read(&path).unwrap() == before,
        "looking changes nothing"
    );
}

fn look(path: &Path) {
    let (run, text) = match open(path) {
        Ok(opened) => opened,
        Err(error) => {
            let said = error.to_string();
            assert!(said.contains(".gilscope”") && said.len() > 60, "{said}");
            return;
        }
    };
    log::check(&run, &text);
    window::look(&run, &text);
    if let Ok(Adopted::Script { args, .. }) = Adopted::of(&run.header, "x") {
        assert!(shlex::try_join(args.iter().map(String::as_str)).is_ok());
    }
    let copy = scratch("copy.gilscope");
    save_copy(path, &copy).unwrap();
    assert!(open(&copy).unwrap().0 == run, "a copy is the same run");
}

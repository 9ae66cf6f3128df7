//! Tidiness is a test: which layer may use which, who alone names what, and how files look.

use std::fs;
use std::path::{Path, PathBuf};

/// A layer, and the layers of this crate that it may use besides itself.
const ARROWS: &[(&str, &[&str])] = &[
    // The performance counter of Windows is read in the platform's file, where unsafe blocks are kept together.
    ("clock", &["engine"]),
    ("private", &[]),
    ("crash", &[]),
    ("experiment", &[]),
    ("run", &["experiment"]),
    ("search", &["run"]),
    ("store", &["clock", "private", "experiment", "run"]),
    ("export", &["clock", "experiment", "run", "store"]),
    (
        "engine",
        &["clock", "private", "crash", "experiment", "run", "store"],
    ),
    (
        "ui",
        &[
            "clock",
            "crash",
            "experiment",
            "run",
            "search",
            "store",
            "export",
            "engine",
        ],
    ),
    (
        "cli",
        &[
            "clock",
            "crash",
            "experiment",
            "run",
            "store",
            "export",
            "engine",
            "ui",
        ],
    ),
];

/// A word of source, and the only places that may hold it: files or folders below `src`.
const OWNERS: &[(&str, &[&str])] = &[
    ("egui", &["ui/"]),
    ("eframe", &["ui/"]),
    ("rfd", &["ui/"]),
    ("sysinfo", &["engine/"]),
    ("nix", &["engine/", "clock.rs", "private.rs"]),
    ("process_wrap", &["engine/"]),
    ("wait4", &["engine/"]),
    ("std::process::Command", &["engine/"]),
    ("std::process::Child", &["engine/"]),
    ("unsafe", &["engine/platform/"]),
    ("rusqlite", &["store/"]),
    ("grep_", &["search/"]),
    ("clap", &["cli"]),
    ("Color32::from_rgb", &["ui/theme.rs"]),
    ("Color32::from_gray", &["ui/theme.rs"]),
    // Deadlines may use it; what is measured is stamped by the one clock.
    ("Instant::now", &["clock.rs", "engine/", "ui/", "cli"]),
];

/// The most lines that a file may have.
const LINES: usize = 450;

struct Source {
    /// Below the crate's root, with `/`.
    path: String,
    text: String,
    /// The text without comments and string contents.
    code: String,
}

impl Source {
    /// The part of the crate it belongs to, such as `run`; none for `lib.rs`, `main.rs` and tests.
    fn layer(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        let layer = below.split('/').next()?.trim_end_matches(".rs");
        ARROWS
            .iter()
            .any(|(name, _)| *name == layer)
            .then_some(layer)
    }

    /// The code that ships: none of a test's file, and of another file what stands before its tests.
    fn shipped(&self) -> &str {
        if self.path.contains("/tests/") || self.path.ends_with("tests.rs") {
            return "";
        }
        let tests = self.code.match_indices("#[cfg(test)]").map(|(at, _)| at);
        let modules = tests.filter(|at| {
            self.code[at + "#[cfg(test)]".len()..]
                .trim_start()
                .starts_with("mod ")
        });
        &self.code[..modules.last().unwrap_or(self.code.len())]
    }

    /// The line, from 1, of a place in `code`, which has the same lines as `text`.
    fn line(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files(&path, ending, into);
        } else if path.extension().is_some_and(|e| e == ending) {
            into.push(path);
        }
    }
}

fn sources(folders: &[&str], ending: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in folders {
        files(&root().join(folder), ending, &mut paths);
    }
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let below = path.strip_prefix(root()).unwrap();
            Source {
                path: below.to_string_lossy().replace('\\', "/"),
                code: code_of(&text),
                text,
            }
        })
        .collect()
}

/// Blanks comments and the contents of strings, and keeps every newline.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let blank = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(end) = raw_string(rest, code.chars().next_back()) {
            end
        } else if first == '"' {
            string(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.extend(rest[..blank].chars().filter(|c| *c == '\n'));
        rest = &rest[blank..];
    }
    code
}

/// The length of the raw string at the start of `rest`, if there is one.
fn raw_string(rest: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_') && before != Some('b') {
        return None;
    }
    let after = rest.strip_prefix('r')?;
    let hashes = after.bytes().take_while(|b| *b == b'#').count();
    let inside = after[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = inside
        .find(&close)
        .map_or(inside.len(), |at| at + close.len());
    Some(1 + hashes + 1 + end)
}

/// The length of the string literal at the start of `rest`.
fn string(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where `word` stands in `code` as whole words. With `stem`, it may go on: `egui_plot` is `egui`'s.
fn places(code: &str, word: &str, stem: bool) -> Vec<usize> {
    code.match_indices(word)
        .map(|(at, _)| at)
        .filter(|at| !code[..*at].chars().next_back().is_some_and(is_word))
        .filter(|at| {
            let next = code[at + word.len()..].chars().next();
            !next.is_some_and(is_word) || (stem && next == Some('_'))
        })
        .collect()
}

/// The names directly below the crate's root that `code` uses, each with its place:
/// `crate::run::Run`, `crate::{run::Run, store}`, and `super::super::run` where that is the root.
fn uses(source: &Source) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for at in places(&source.code, "crate", false) {
        if let Some(after) = source.code[at..].strip_prefix("crate::") {
            found.extend(heads(after).into_iter().map(|name| (name, at)));
        }
    }
    let below = source
        .path
        .trim_start_matches("src/")
        .trim_end_matches("/mod.rs");
    let depth = below.split('/').count();
    let climb = "super::".repeat(depth);
    for (at, _) in source.code.match_indices(&climb) {
        let after = &source.code[at + climb.len()..];
        found.extend(heads(after).into_iter().map(|name| (name, at)));
    }
    found
}

/// The first names of a path or of a group of paths in braces.
fn heads(after: &str) -> Vec<String> {
    let name = |text: &str| {
        text.trim_start()
            .chars()
            .take_while(|c| is_word(*c))
            .collect::<String>()
    };
    let Some(group) = after.trim_start().strip_prefix('{') else {
        return vec![name(after)];
    };
    let mut depth = 1;
    let mut heads = vec![name(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => heads.push(name(&group[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads.retain(|name| !name.is_empty());
    heads
}

fn none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n  {}", wrong.join("\n  "));
}

#[test]
fn a_layer_uses_only_what_stands_before_it() {
    let mut wrong = Vec::new();
    for source in sources(&["src"], "rs") {
        // A layer's own tests may look at it through those behind it.
        if source.path.contains("/tests/") {
            continue;
        }
        let Some(layer) = source.layer() else {
            continue;
        };
        let (_, allowed) = ARROWS.iter().find(|(name, _)| *name == layer).unwrap();
        for (name, at) in uses(&source) {
            let known = ARROWS.iter().any(|(other, _)| *other == name);
            if known && name != layer && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{}:{} uses {name}", source.path, source.line(at)));
            }
        }
    }
    none("arrows that point the wrong way", &wrong);
}

#[test]
fn only_its_owner_names_a_thing() {
    let mut wrong = Vec::new();
    for source in sources(&["src"], "rs") {
        let below = source.path.trim_start_matches("src/");
        for (word, owners) in OWNERS {
            if owners.iter().any(|owner| below.starts_with(owner)) {
                continue;
            }
            for at in places(source.shipped(), word, *word == "egui") {
                wrong.push(format!("{}:{} names {word}", source.path, source.line(at)));
            }
        }
        // `use std::process::{Child, Command}` names them too.
        for (at, path) in source.shipped().match_indices("std::process::{") {
            let names = heads(&source.code[at + path.len() - 1..]);
            let process = names
                .iter()
                .any(|name| name == "Command" || name == "Child");
            if process && source.layer() != Some("engine") {
                wrong.push(format!(
                    "{}:{} names processes",
                    source.path,
                    source.line(at)
                ));
            }
        }
    }
    none("names that belong elsewhere", &wrong);
}

#[test]
fn every_file_says_its_purpose_and_stays_small() {
    let mut wrong = Vec::new();
    for source in sources(&["src", "tests", "benches"], "rs") {
        if !source.text.starts_with("//! ") {
            wrong.push(format!(
                "{} does not begin with //! and its purpose",
                source.path
            ));
        }
        let lines = source.text.lines().count();
        if lines > LINES {
            wrong.push(format!(
                "{} has {lines} lines: more than {LINES}",
                source.path
            ));
        }
    }
    none("files to look after", &wrong);
}

#[test]
fn nothing_is_put_off() {
    let later = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
    ];
    let mut wrong = Vec::new();
    for ending in ["rs", "py", "sh"] {
        for source in sources(&["src", "tests", "benches", "assets", "dist"], ending) {
            for word in later {
                for (at, _) in source.text.match_indices(word) {
                    let line = source.text[..at].matches('\n').count() + 1;
                    wrong.push(format!("{}:{line}: {word}", source.path));
                }
            }
        }
    }
    none("things put off", &wrong);
}

#[test]
fn the_reader_of_sources_sees_through_groups_comments_and_strings() {
    let text = "//! uses crate::ui\nuse crate::{run::{Run, Lane}, store};\nlet s = \"crate::engine\"; // crate::cli\n\
                let r = r#\"crate::ui \"quoted\" \"#; super::super::export::write();";
    let source = Source {
        path: "src/engine/pump.rs".to_owned(),
        text: text.to_owned(),
        code: code_of(text),
    };
    let names: Vec<_> = uses(&source).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["run", "store", "export"]);
    let (_, at) = uses(&source).pop().unwrap();
    assert_eq!(source.line(at), 4);
    assert_eq!(source.layer(), Some("engine"));
}

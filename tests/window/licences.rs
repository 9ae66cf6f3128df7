//! The list of licences in About is what `cargo metadata` says of everything that is built in.
//!
//! `GILSCOPE_WRITE_LICENCES=1 cargo test --test window licences` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

use serde_json::Value;

/// What is built in and is no crate.
const FONTS: &str = "Inter 4.1 (font) — SIL Open Font License 1.1\n\
                     JetBrains Mono 2.2 (font) — SIL Open Font License 1.1\n";

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The systems that the program is built for.
const SYSTEMS: [&str; 3] = [
    "x86_64-unknown-linux-gnu",
    "x86_64-pc-windows-gnu",
    "aarch64-apple-darwin",
];

/// Crates that the program is made of on a system: those only for building or testing left out. None
/// where the other system's crates are not on this machine and may not be fetched.
fn crates(system: &str, fetch: bool) -> Option<BTreeSet<String>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--locked"]);
    cargo.args(["--filter-platform", system]);
    if !fetch {
        cargo.arg("--offline");
    }
    let output = cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata");
    if !output.status.success() {
        return None;
    }
    let all: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let empty = Vec::new();
    let list = |value: &Value| value.as_array().unwrap_or(&empty).clone();
    let packages: BTreeMap<String, Value> = list(&all["packages"])
        .into_iter()
        .map(|package| (text(&package, "id").to_owned(), package))
        .collect();
    let mut needs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in list(&all["resolve"]["nodes"]) {
        let normal = list(&node["deps"]).into_iter().filter(|dep| {
            list(&dep["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"].is_null())
        });
        needs.insert(
            text(&node, "id").to_owned(),
            normal.map(|dep| text(&dep, "pkg").to_owned()).collect(),
        );
    }
    let root = text(&all["resolve"], "root").to_owned();
    let mut seen = BTreeSet::new();
    let mut open = vec![root.clone()];
    while let Some(id) = open.pop() {
        if seen.insert(id.clone()) {
            open.extend(needs.get(&id).cloned().unwrap_or_default());
        }
    }
    seen.remove(&root);
    let lines = seen
        .iter()
        .filter_map(|id| packages.get(id))
        .map(|package| {
            let licence = match text(package, "license") {
                "" => "see its licence file",
                licence => licence,
            };
            format!(
                "{} {} — {licence}",
                text(package, "name"),
                text(package, "version")
            )
        })
        .collect();
    Some(lines)
}

#[test]
fn the_list_is_true() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/licences.txt");
    if std::env::var_os("GILSCOPE_WRITE_LICENCES").is_some() {
        let mut all = BTreeSet::new();
        for system in SYSTEMS {
            all.extend(crates(system, true).expect("crates of every system, fetched"));
        }
        let mut list = String::from(FONTS);
        for line in all {
            let _ = writeln!(list, "{line}");
        }
        std::fs::write(path, &list).expect("assets/licences.txt");
    }
    let kept = std::fs::read_to_string(path).expect("assets/licences.txt");
    let anew = "GILSCOPE_WRITE_LICENCES=1 cargo test --test window licences";
    let listed: BTreeSet<&str> = kept.lines().collect();
    let mut known = 0;
    for system in SYSTEMS {
        for line in crates(system, false).unwrap_or_default() {
            known += 1;
            assert!(
                listed.contains(line.as_str()),
                "{line} is not listed: {anew}"
            );
        }
    }
    assert!(known > 0, "cargo metadata told no crate of any system");
    // What is no longer built in is no longer in the lock file either, or under another version.
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"))
        .expect("Cargo.lock");
    for line in kept.lines().filter(|line| !line.contains("(font)")) {
        let mut words = line.split(' ');
        let (name, version) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let entry = format!("name = \"{name}\"\nversion = \"{version}\"");
        assert!(
            lock.contains(&entry),
            "{name} {version} is listed and not built in: {anew}"
        );
    }
}

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

/// Crates that the program is made of on any system: those only for building or testing left out.
fn crates() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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
    seen.iter()
        .filter_map(|id| packages.get(id))
        .map(|package| {
            let licence = match text(package, "license") {
                "" => "see its licence file",
                licence => licence,
            };
            format!("{} {} — {licence}", text(package, "name"), text(package, "version"))
        })
        .collect()
}

#[test]
fn the_list_is_true() {
    let mut list = String::from(FONTS);
    for line in crates() {
        let _ = writeln!(list, "{line}");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/licences.txt");
    if std::env::var_os("GILSCOPE_WRITE_LICENCES").is_some() {
        std::fs::write(path, &list).expect("assets/licences.txt");
    }
    let kept = std::fs::read_to_string(path).expect("assets/licences.txt");
    assert!(
        kept == list,
        "assets/licences.txt is old: GILSCOPE_WRITE_LICENCES=1 cargo test --test window licences"
    );
}

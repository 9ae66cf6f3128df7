//! What packages must say as the program says it: its libraries, its window's name, its file.

use std::fs;
use std::path::Path;

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What stands in `path` between `before` and `after`.
fn said(path: &str, before: &str, after: &str) -> String {
    let text = text(path);
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{path} has no {before}"));
    rest.split_once(after).unwrap().0.to_owned()
}

#[test]
fn the_deb_depends_on_what_a_window_needs() {
    let needs = said("dist/packages.sh", "window_packages=\"", "\"");
    let depends = said("Cargo.toml", "depends = \"$auto, ", "\"");
    assert_eq!(
        needs.split(' ').collect::<Vec<_>>(),
        depends.split(", ").collect::<Vec<_>>()
    );
    for path in ["README.md", "src/ui/open.rs"] {
        assert!(text(path).contains(&needs), "{path}");
    }
}

#[test]
fn the_menu_entry_is_the_windows() {
    let id = said("src/ui/open.rs", "with_app_id(\"", "\"");
    let entry = text("dist/linux/gilscope.desktop");
    let class = format!("StartupWMClass={id}");
    assert!(entry.lines().any(|line| line == class), "{entry}");
    assert!(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("dist/linux/{id}.desktop"))
            .exists()
    );
}

#[test]
fn the_file_type_is_the_run_files() {
    let id = said("src/store/schema.rs", "APPLICATION_ID: u32 = ", ";").replace('_', "");
    let kind = text("dist/linux/gilscope.xml");
    assert!(
        kind.contains(&format!("offset=\"68\" value=\"{id}\"")),
        "{kind}"
    );
    let ending = gilscope::store::ENDING;
    assert!(kind.contains(&format!("pattern=\"*.{ending}\"")), "{kind}");
    let mime = said("dist/linux/gilscope.xml", "<mime-type type=\"", "\"");
    for path in [
        "dist/linux/gilscope.desktop",
        "dist/linux/org.gilscope.Gilscope.metainfo.xml",
        "dist/macos/Info.plist",
    ] {
        assert!(text(path).contains(&mime), "{path}");
    }
    assert!(text("dist/macos/Info.plist").contains(&format!("<string>{ending}</string>")));
}

//! The man pages and the shells' completions in `dist/cli` are what clap makes of the options.
//!
//! `GILSCOPE_WRITE_PAGES=1 cargo test --lib pages` writes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory, ValueHint};
use clap_complete::Shell;

use super::options::Options;
use crate::experiment::{AtQuota, Buffering, Join, StartMethod, Way, Work};
use crate::export::Format;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/dist/cli");

/// The options, with the words that a shell can offer. The program itself reads them with better sentences.
fn offered() -> Command {
    fn words<T: Copy>(
        command: Command,
        arg: &'static str,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Command {
        let all: Vec<&str> = all.iter().copied().map(word).collect();
        command.mut_arg(arg, |arg| arg.value_parser(PossibleValuesParser::new(all)))
    }
    let all = Options::command();
    Command::new("gilscope")
        .version(env!("CARGO_PKG_VERSION"))
        .args(all.get_arguments().cloned())
        // What is hidden is offered to nobody, either.
        .subcommands(
            all.get_subcommands()
                .filter(|sub| !sub.is_hide_set())
                .cloned(),
        )
        .mut_subcommand("run", |run| {
            let ways: Vec<Way> = Way::ALL
                .iter()
                .copied()
                .filter(|way| *way != Way::Script)
                .collect();
            let run = words(run, "way", &ways, Way::word);
            let run = words(run, "work", Work::ALL, Work::word);
            let run = words(run, "join", Join::ALL, Join::word);
            let run = words(run, "start_method", StartMethod::ALL, StartMethod::word);
            let run = words(run, "buffering", Buffering::ALL, Buffering::word);
            let run = words(run, "at_quota", AtQuota::ALL, AtQuota::word);
            run.mut_arg("args", |arg| arg.value_hint(ValueHint::AnyPath))
        })
        .mut_subcommand("export", |export| {
            words(export, "to", Format::ALL, Format::ending)
        })
}

/// Every file by its name.
fn made() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        let name = match shell {
            Shell::Zsh => "_gilscope".to_owned(),
            shell => format!("gilscope.{shell}"),
        };
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut offered(), "gilscope", &mut text);
        files.insert(name, text);
    }
    let pages = tempfile::tempdir().unwrap();
    clap_mangen::generate_to(Options::command().disable_help_subcommand(true), &pages).unwrap();
    files.extend(kept(pages.path()));
    files
}

fn kept(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn the_pages_are_true() {
    let made = made();
    if std::env::var_os("GILSCOPE_WRITE_PAGES").is_some() {
        let _ = fs::remove_dir_all(FOLDER);
        fs::create_dir_all(FOLDER).unwrap();
        for (name, text) in &made {
            fs::write(Path::new(FOLDER).join(name), text).unwrap();
        }
    }
    let kept = kept(Path::new(FOLDER));
    let anew = "GILSCOPE_WRITE_PAGES=1 cargo test --lib pages";
    assert!(
        made.keys().eq(kept.keys()),
        "dist/cli has other files: {anew}"
    );
    // A checkout on Windows may end its lines otherwise.
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    for (name, bytes) in made {
        assert_eq!(
            text(&kept[&name]),
            text(&bytes),
            "dist/cli/{name} is old: {anew}"
        );
    }
}

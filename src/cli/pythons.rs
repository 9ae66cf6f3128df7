//! `gilscope pythons`: the interpreters found.

use serde::Serialize;
use std::fmt::Write as _;

use super::out;
use crate::engine::pythons::{self, Found, Refused};

#[derive(Serialize)]
struct Listed<'a> {
    schema: u32,
    found: Vec<Python<'a>>,
    refused: &'a [Refused],
}

#[derive(Serialize)]
struct Python<'a> {
    #[serde(flatten)]
    found: &'a Found,
    default: bool,
}

/// Searches anew and prints what is there, newest first. Gives the exit status.
pub(super) fn list(json: bool) -> u8 {
    let pythons = pythons::refresh();
    let default = pythons.newest().map(|python| &python.path);
    if json {
        let listed = Listed {
            schema: 1,
            found: pythons
                .found
                .iter()
                .map(|found| Python {
                    found,
                    default: Some(&found.path) == default,
                })
                .collect(),
            refused: &pythons.refused,
        };
        return out::json(&listed);
    }
    let mut text = String::new();
    for python in &pythons.found {
        let mark = if Some(&python.path) == default {
            "*"
        } else {
            " "
        };
        let gil = match (python.free_threaded, python.gil_enabled) {
            (false, _) => "GIL on",
            (true, false) => "free-threaded, GIL off",
            (true, true) => "free-threaded, GIL on",
        };
        let _ = writeln!(
            text,
            "{mark} {:<10} {gil:<23} {}",
            python.version,
            python.path.display()
        );
    }
    if pythons.found.is_empty() {
        text += "No Python found: runs use the built-in model. Install one from https://www.python.org or your package manager, or name one in GILSCOPE_PYTHONS.\n";
    } else if default.is_some() {
        text += "* runs unless another is chosen\n";
    }
    if !pythons.refused.is_empty() {
        text += "\nNot usable:\n";
        for refused in &pythons.refused {
            let _ = writeln!(text, "  {refused}");
        }
    }
    out::text(&text)
}

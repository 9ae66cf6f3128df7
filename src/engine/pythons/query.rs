//! Asks interpreters what they are, several at a time.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::memo::Memo;
use super::version::{OLDEST, key};
use super::{Candidate, Found, Refused};
use crate::engine::ask::{Answer, ask, said};

/// How long an interpreter may take to say what it is.
const LIMIT: Duration = Duration::from_secs(10);
/// Runs from Python 2.7 on, so that an old one can say how old it is. A line a fact.
const QUESTION: &str = r#"
import sys
print("gilscope-python")
try:
    print(sys.implementation.name)
except AttributeError:
    print("old")
v = sys.version_info
print(".".join(map(str, v[:3])) + {"alpha": "a", "beta": "b", "candidate": "rc"}.get(v[3], "") + (str(v[4]) if v[3] != "final" else ""))
print(sys.executable)
print(sys.prefix)
print(int(getattr(sys, "_is_gil_enabled", lambda: True)()))
print(int("free-threading" in sys.version))
print(int(v[3] == "final"))
try:
    import multiprocessing
    print(multiprocessing.get_all_start_methods()[0])
except Exception:
    print("! " + str(sys.exc_info()[1]).replace("\n", " "))
"#;

/// Asks each of `candidates`, in their order; what `memo` knows is not asked again, and it learns the rest.
pub(super) fn all(candidates: &[Candidate], memo: &mut Memo) -> Vec<Result<Found, Refused>> {
    let answers: Vec<Mutex<Option<Result<Found, Refused>>>> = candidates
        .iter()
        .map(|candidate| Mutex::new(memo.get(candidate)))
        .collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get() * 2);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(candidates.len()) {
            scope.spawn(|| {
                while let Some(i) = Some(next.fetch_add(1, Ordering::Relaxed))
                    && let Some(candidate) = candidates.get(i)
                {
                    if answers[i].lock().is_none() {
                        let answer = query(&candidate.path);
                        *answers[i].lock() = Some(answer);
                    }
                }
            });
        }
    });
    let answers: Vec<_> = candidates
        .iter()
        .zip(answers)
        .map(|(candidate, answer)| {
            answer
                .into_inner()
                .unwrap_or_else(|| refuse(&candidate.path, "it was not asked".to_owned()))
        })
        .collect();
    for (candidate, answer) in candidates.iter().zip(&answers) {
        memo.put(candidate, answer);
    }
    answers
}

/// Asks one.
pub(super) fn query(path: &Path) -> Result<Found, Refused> {
    match path.metadata() {
        Err(error) => return refuse(path, format!("there is no such file: {error}")),
        Ok(file) if file.is_dir() => {
            return refuse(
                path,
                "it is a folder; give the interpreter in it, such as bin/python3".to_owned(),
            );
        }
        Ok(_) if !crate::engine::platform::is_executable(path) => {
            return refuse(path, "it is no program: it may not be executed".to_owned());
        }
        Ok(_) => {}
    }
    let answer = match ask(Command::new(path).args(["-I", "-c", QUESTION]), LIMIT) {
        Ok(answer) => answer,
        Err(error) => return refuse(path, error.to_string()),
    };
    match read(&answer.stdout) {
        Some(facts) => facts.judge(path),
        None => refuse(path, failed(path, &answer)),
    }
}

fn refuse<T>(path: &Path, why: String) -> Result<T, Refused> {
    Err(Refused {
        path: path.to_owned(),
        why,
    })
}

/// What something that did not answer the question is, as far as can be told.
fn failed(path: &Path, answer: &Answer) -> String {
    // Python 2 has no -I.
    if let Ok(version) = ask(Command::new(path).arg("-V"), LIMIT) {
        let text = version.stderr.trim().to_owned() + version.stdout.trim();
        if let Some(number) = text.strip_prefix("Python ")
            && number.starts_with(|c: char| c.is_ascii_digit())
            && (key(number).0, key(number).1) < OLDEST
        {
            return too_old(number);
        }
    }
    let text = if answer.stderr.trim().is_empty() {
        &answer.stdout
    } else {
        &answer.stderr
    };
    let status = said(answer.status);
    match last_lines(text) {
        said if said.is_empty() => {
            format!("it does not answer as a Python does: it ended with {status} and said nothing")
        }
        said => {
            format!("it does not answer as a Python does: it ended with {status} and said: {said}")
        }
    }
}

/// The end of what it said, where the reason stands, on one line.
fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let said = lines[lines.len().saturating_sub(3)..].join(" / ");
    let clean: String = said.chars().filter(|c| !c.is_control()).collect();
    match clean.char_indices().nth(300) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    }
}

fn too_old(version: &str) -> String {
    format!(
        "Python {version} is too old: {}.{} or newer is needed",
        OLDEST.0, OLDEST.1
    )
}

/// What it said of itself.
struct Facts {
    implementation: String,
    multiprocessing: String,
    found: Found,
}

fn read(stdout: &str) -> Option<Facts> {
    let mut lines = stdout.lines();
    lines.find(|line| *line == "gilscope-python")?;
    let implementation = lines.next()?.to_owned();
    let version = lines.next()?.to_owned();
    let path = PathBuf::from(lines.next()?);
    let prefix = PathBuf::from(lines.next()?);
    let mut yes = || Some(lines.next()? == "1");
    let found = Found {
        version,
        path,
        prefix,
        gil_enabled: yes()?,
        free_threaded: yes()?,
        stable: yes()?,
        default_start_method: String::new(),
    };
    Some(Facts {
        implementation,
        multiprocessing: lines.next()?.to_owned(),
        found,
    })
}

impl Facts {
    fn judge(mut self, path: &Path) -> Result<Found, Refused> {
        let (major, minor, ..) = key(&self.found.version);
        if (major, minor) < OLDEST {
            return refuse(path, too_old(&self.found.version));
        }
        if self.implementation != "cpython" {
            return refuse(
                path,
                format!(
                    "it is {}, not CPython, and has no GIL that this could show",
                    self.implementation
                ),
            );
        }
        if let Some(why) = self.multiprocessing.strip_prefix("! ") {
            return refuse(
                path,
                format!(
                    "its standard library is incomplete (multiprocessing: {why}); install the whole of it, such as the package python3"
                ),
            );
        }
        if self.found.path.as_os_str().is_empty() {
            path.clone_into(&mut self.found.path);
        }
        self.found.default_start_method = self.multiprocessing;
        Ok(self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(version: &str, implementation: &str, methods: &str) -> Result<Found, Refused> {
        let text = format!(
            "noise\ngilscope-python\n{implementation}\n{version}\n/p/python\n/p\n1\n0\n1\n{methods}\n"
        );
        read(&text).unwrap().judge(Path::new("/asked"))
    }

    #[test]
    fn what_it_said_becomes_what_it_is_or_a_reason() {
        let found = answer("3.13.0", "cpython", "fork").unwrap();
        assert_eq!(
            (
                found.version.as_str(),
                found.default_start_method.as_str(),
                found.gil_enabled,
                found.free_threaded
            ),
            ("3.13.0", "fork", true, false)
        );
        let why = |version, implementation, methods| {
            answer(version, implementation, methods)
                .unwrap_err()
                .to_string()
        };
        assert!(why("3.7.16", "cpython", "fork").contains("3.7.16 is too old: 3.8"));
        assert!(why("2.7.18", "old", "fork").contains("too old"));
        assert!(why("3.10.1", "pypy", "fork").contains("pypy"));
        assert!(why("3.11.1", "cpython", "! No module named x").contains("No module named x"));
        assert!(read("Hello").is_none());
    }

    #[test]
    fn a_path_that_is_no_python_says_what_it_is() {
        let none = query(Path::new("/nowhere/python3")).unwrap_err();
        assert!(none.why.contains("no such file"), "{none}");
        let folder = query(&std::env::temp_dir()).unwrap_err();
        assert!(folder.why.contains("folder"), "{folder}");
    }
}

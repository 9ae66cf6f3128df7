//! Where in the user's code threads are: `py-spy` reads their stacks from outside, and of each the innermost frame counts
//! that is in the script, or if none is, in another file that is not the standard library's.
//!
//! Nothing is stopped, so a stack may change while it is read: a process whose stacks can't be followed is read again at
//! the next time, and a frame that makes no sense is dropped.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use py_spy::config::{LineNo, LockingStrategy};
use py_spy::{Config, Frame, PythonSpy};
use remoteprocess::Process;

use super::Script;
use super::reader::{Reader, native};
use crate::crash;
use crate::engine::platform;
use crate::run::Place;

/// A search reads what changes meanwhile: it is tried so often.
const TRIES: u32 = 5;
/// So many files' names are remembered.
const FILES: usize = 4096;
/// No line has a greater number in a file that we don't know.
const LINES: u32 = 10_000_000;
/// So much of a function's name is kept, in characters.
const NAME: usize = 120;

/// Whose a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Script,
    Other,
    /// The standard library's, ours, or none at all.
    Library,
}

/// What reads the stacks of one version of Python.
enum Spy {
    /// It is led from process to process: how to read them is the same in all of one version.
    Ready(Box<PythonSpy>),
    /// So often it was not to be had.
    Failed(u32),
}

/// Reads where threads are.
pub(super) struct Code {
    script: Option<Script>,
    spies: HashMap<(u64, u64), Spy>,
    search: Option<Search>,
    files: HashMap<String, Whose>,
}

/// A search under way. It has a thread of its own: no GIL is left unread meanwhile.
struct Search {
    version: (u64, u64),
    /// What was found, and the CPU time that it took, in nanoseconds.
    thread: JoinHandle<(Option<Box<PythonSpy>>, u64)>,
}

impl Code {
    pub(super) fn new(script: Option<Script>) -> Self {
        Self {
            script,
            spies: HashMap::new(),
            search: None,
            files: HashMap::new(),
        }
    }

    /// Whether this process can be read without a search, or at all.
    pub(super) fn knows(&self, reader: &Reader) -> bool {
        match self.spies.get(&reader.version()) {
            Some(Spy::Failed(tries)) => *tries >= TRIES,
            Some(Spy::Ready(_)) => true,
            None => false,
        }
    }

    /// Begins to search this process for how to read it, unless one is being searched.
    pub(super) fn learn(&mut self, reader: &Reader) {
        if self.search.is_some() {
            return;
        }
        let (version, pid) = (reader.version(), native(reader.pid()));
        let thread = std::thread::Builder::new()
            .name("gil-code".into())
            .spawn(move || {
                let config = Config {
                    blocking: LockingStrategy::NonBlocking,
                    lineno: LineNo::LastInstruction,
                    collect_thread_names: false,
                    full_filenames: true,
                    ..Config::default()
                };
                let spy = crash::contained(|| PythonSpy::new(pid, &config).ok()).flatten();
                let spy = spy.map(Box::new);
                (spy, platform::thread_cpu_ns())
            });
        match thread {
            Ok(thread) => self.search = Some(Search { version, thread }),
            Err(_) => self.failed(version),
        }
    }

    /// Takes in a search that is over: the CPU time that it took, in nanoseconds.
    pub(super) fn learned(&mut self) -> Option<u64> {
        let Search { version, thread } =
            self.search.take_if(|search| search.thread.is_finished())?;
        let (spy, cost_ns) = thread.join().unwrap_or_default();
        match spy {
            Some(spy) => {
                self.spies.insert(version, Spy::Ready(spy));
            }
            None => self.failed(version),
        }
        Some(cost_ns)
    }

    fn failed(&mut self, version: (u64, u64)) {
        let spy = self.spies.entry(version).or_insert(Spy::Failed(0));
        if let Spy::Failed(tries) = spy {
            *tries += 1;
        }
    }

    /// Where the threads of a process are, by their numbers in Python: none in no code of the user's. Who could not be
    /// read is missing.
    pub(super) fn read(&mut self, reader: &Reader) -> Vec<(u64, Option<Place>)> {
        let Some(Spy::Ready(spy)) = self.spies.get_mut(&reader.version()) else {
            return Vec::new();
        };
        let mut found: Vec<(u64, Option<Place>)> = Vec::new();
        // A thread may be in several interpreters: where it is in its own code is in a later one.
        for interpreter in reader.interpreters() {
            let Ok(process) = Process::new(native(reader.pid())) else {
                break;
            };
            (spy.process, spy.pid) = (process, native(reader.pid()));
            spy.addresses.interpreter_address = interpreter;
            // Who holds the GIL is read elsewhere.
            spy.addresses.threadstate_address = 0;
            let Some(Ok(stacks)) = crash::contained(|| spy.get_stack_traces()) else {
                continue;
            };
            for stack in stacks {
                let Ok(place) = place(&stack.frames, self.script.as_ref(), &mut self.files) else {
                    continue;
                };
                match found.iter_mut().find(|known| known.0 == stack.thread_id) {
                    Some(known) => known.1 = place.or(known.1.take()),
                    None => found.push((stack.thread_id, place)),
                }
            }
        }
        found
    }
}

/// A stack that makes no sense.
#[derive(Debug, PartialEq, Eq)]
struct Torn;

/// Where a stack is, its innermost frame first; none in no code of the user's.
fn place(
    frames: &[Frame],
    script: Option<&Script>,
    files: &mut HashMap<String, Whose>,
) -> Result<Option<Place>, Torn> {
    if frames.is_empty() {
        return Err(Torn);
    }
    let mut other = None;
    for frame in frames {
        match whose(&frame.filename, script, files) {
            Whose::Script => {
                let lines = script.map_or(LINES, |script| script.lines);
                return at(frame, None, lines).map(Some).ok_or(Torn);
            }
            Whose::Other => other = other.or(Some(frame)),
            // What lies outside of this is a fork's parent's.
            Whose::Library if begins_process(frame) => break,
            Whose::Library => {}
        }
    }
    match other {
        Some(frame) => {
            let file = Some(frame.filename.clone());
            at(frame, file, LINES).map(Some).ok_or(Torn)
        }
        None => Ok(None),
    }
}

fn at(frame: &Frame, file: Option<String>, lines: u32) -> Option<Place> {
    let line = u32::try_from(frame.line).ok()?;
    // Where a function was made says nothing of what it does.
    let name = frame.name.rsplit("<locals>.").next().unwrap_or_default();
    let sound = (1..=lines).contains(&line) && !name.is_empty() && !name.contains(char::is_control);
    sound.then(|| Place {
        file,
        function: name.chars().take(NAME).collect(),
        line,
    })
}

fn begins_process(frame: &Frame) -> bool {
    frame.name.ends_with("_bootstrap")
        && Path::new(&frame.filename).ends_with("multiprocessing/process.py")
}

fn whose(name: &str, script: Option<&Script>, files: &mut HashMap<String, Whose>) -> Whose {
    if let Some(whose) = files.get(name) {
        return *whose;
    }
    if files.len() >= FILES {
        files.clear();
    }
    let path = Path::new(name);
    let whose = if script.is_some_and(|script| is_script(path, &script.path)) {
        Whose::Script
    } else if is_own(path) {
        Whose::Other
    } else {
        Whose::Library
    };
    files.insert(name.to_owned(), whose);
    whose
}

/// Python names a script as its command line does, and in a spawned process by its full path.
fn is_script(path: &Path, script: &Path) -> bool {
    if path.is_absolute() {
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        path == script || (path.file_name() == script.file_name() && real(path) == real(script))
    } else {
        !path.as_os_str().is_empty() && script.ends_with(path.strip_prefix(".").unwrap_or(path))
    }
}

/// Whether a file is neither the standard library's nor ours.
fn is_own(path: &Path) -> bool {
    let is_source = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("py") || ending == "pyw");
    let ours = path.file_name().is_some_and(|name| {
        name == "sitecustomize.py" || name.to_string_lossy().starts_with("_gilscope")
    });
    is_source && !ours && !is_standard(path)
}

/// The standard library lies in `lib/python3.13`, in `Lib` on Windows, or in `python313.zip`; what is installed beside
/// it in `site-packages` is not of it.
fn is_standard(path: &Path) -> bool {
    let parts: Vec<PathBuf> = path
        .components()
        .map(|part| part.as_os_str().into())
        .collect();
    let word = |at: usize| parts.get(at).map(|part| part.to_string_lossy());
    let begins = |at: usize| {
        let is =
            |at: usize, name: &str| word(at).is_some_and(|part| part.eq_ignore_ascii_case(name));
        let version = |part: &str| part.strip_prefix("python").is_some_and(starts_with_digit);
        let unix = word(at).is_some_and(|part| version(&part));
        let zip = unix && word(at).is_some_and(|part| part.ends_with(".zip"));
        let below = unix && at > 0 && (is(at - 1, "lib") || is(at - 1, "lib64"));
        let windows = cfg!(windows) && is(at, "lib");
        let installed = is(at + 1, "site-packages") || is(at + 1, "dist-packages");
        zip || ((below || windows) && !installed)
    };
    (0..parts.len().saturating_sub(1)).any(begins)
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(name: &str, filename: &str, line: i32) -> Frame {
        Frame {
            name: name.to_owned(),
            filename: filename.to_owned(),
            module: None,
            short_filename: None,
            line,
            locals: None,
            is_entry: false,
            is_shim_entry: false,
        }
    }

    type Short = Option<(Option<String>, String, u32)>;

    fn found(frames: &[Frame]) -> Result<Short, Torn> {
        let script = Script {
            path: "/home/me/own.py".into(),
            lines: 20,
        };
        let found = place(frames, Some(&script), &mut HashMap::new())?;
        Ok(found.map(|place| (place.file, place.function, place.line)))
    }

    #[test]
    fn the_innermost_frame_of_the_script_counts_and_then_of_the_users_other_files() {
        let join = frame("Thread.join", "/usr/lib/python3.13/threading.py", 1094);
        let main = frame("<module>", "/home/me/own.py", 12);
        let helper = frame("run.<locals>.helper", "/home/me/helper.py", 3);
        let probe = frame(
            "call",
            "/home/me/.cache/gilscope/probe-1/_gilscope_threads.py",
            3,
        );
        let package = "/usr/lib/python3.13/site-packages/numpy/core.py";
        let top = |line| Ok(Some((None, "<module>".to_owned(), line)));
        assert_eq!(found(&[join.clone(), main.clone()]), top(12));
        assert_eq!(
            found(&[helper.clone(), probe.clone(), main.clone()]),
            top(12)
        );
        let in_helper = (
            Some("/home/me/helper.py".to_owned()),
            "helper".to_owned(),
            3,
        );
        assert_eq!(found(&[join.clone(), helper]), Ok(Some(in_helper)));
        let in_package = (Some(package.to_owned()), "dot".to_owned(), 8);
        let package = frame("dot", package, 8);
        assert_eq!(found(&[package, join.clone()]), Ok(Some(in_package)));
        assert_eq!(found(&[join, probe]), Ok(None));
        assert_eq!(found(&[main, frame("f", "<string>", 1)]), top(12));
    }

    #[test]
    fn what_makes_no_sense_is_dropped() {
        assert_eq!(found(&[]), Err(Torn));
        for (name, line) in [
            ("work", 21),
            ("work", 0),
            ("work", -5),
            ("", 3),
            ("a\0b", 3),
        ] {
            assert_eq!(
                found(&[frame(name, "own.py", line)]),
                Err(Torn),
                "{name} {line}"
            );
        }
    }

    #[test]
    fn what_a_fork_has_from_its_parent_is_not_where_it_is() {
        let file = "/opt/lib/python3.8/multiprocessing/process.py";
        let starts = frame("<module>", "/home/me/own.py", 12);
        let wait = frame("worker", "/opt/lib/python3.8/multiprocessing/pool.py", 114);
        let work = frame("work", "./own.py", 4);
        let begins = |name| frame(name, file, 315);
        let fork = [wait, begins("_bootstrap"), starts.clone()];
        assert_eq!(found(&fork), Ok(None));
        let fork = [work, begins("BaseProcess._bootstrap"), starts];
        assert_eq!(found(&fork), Ok(Some((None, "work".to_owned(), 4))));
    }
}

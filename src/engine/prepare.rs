//! What is settled before a run starts: which interpreter, whether the memory is enough, what the header says.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::launch::{Source, Spec};
use super::platform;
use super::pythons::{self, Found};
use super::{Input, Request};
use crate::clock;
use crate::experiment::{Buffering, Experiment, Invalid, Join, Python, StartMethod, Way, check};
use crate::run::{Header, Machine, PythonInfo};

/// Everything that a start needs.
pub(super) struct Prepared {
    /// The run's header.
    pub header: Header,
    /// What to start.
    pub spec: Spec,
    /// Sentences that belong to the run from its beginning.
    pub notices: Vec<String>,
}

/// Settles it, or says in a sentence why the run can't be.
pub(super) fn prepare(request: &Request) -> Result<Prepared, String> {
    let experiment = &request.experiment;
    check(experiment).map_err(|invalid| invalid.to_string())?;
    let mut notices = Vec::new();
    let python = resolve(experiment, &mut notices)?;
    has_way(experiment, python.as_ref()).map_err(|invalid| invalid.to_string())?;
    if experiment.switch_interval_s.is_some() && python.as_ref().is_some_and(|p| !p.gil_enabled) {
        notices.push(
            "This Python runs without a GIL: the switch interval changes nothing.".to_owned(),
        );
    }
    enough_memory(
        experiment,
        python.as_ref(),
        platform::memory().map(|memory| memory.available_bytes),
    )?;
    enough_tasks(experiment, platform::tasks_left())?;
    if experiment.way == Way::Interpreters && experiment.buffering == Buffering::Block {
        notices.push(
            "In blocks, the interpreters' texts are cut into each other on their way out of the process: whose a \
             line is can't be told."
                .to_owned(),
        );
    }
    let id = id();
    let spec = match &python {
        Some(found) => spec(&id, found, experiment, request.input),
        None => builtin(&id, experiment, request.input)?,
    };
    let header = Header {
        id,
        started_at: jiff::Timestamp::now().to_string(),
        gilscope: env!("CARGO_PKG_VERSION").to_owned(),
        experiment: experiment.clone(),
        script: experiment.script().text,
        python: info(python.as_ref()),
        machine: machine(),
    };
    Ok(Prepared {
        header,
        spec,
        notices,
    })
}

/// Refuses what the interpreter that would run it can't do. Where none can be found, the start itself says so.
pub fn possible(experiment: &Experiment) -> Result<(), Invalid> {
    if experiment.way != Way::Interpreters {
        return Ok(());
    }
    resolve(experiment, &mut Vec::new())
        .map_or(Ok(()), |python| has_way(experiment, python.as_ref()))
}

const NEEDED: &str = "interpreters needs Python 3.14 or newer";

fn has_way(experiment: &Experiment, python: Option<&Found>) -> Result<(), Invalid> {
    if experiment.way != Way::Interpreters {
        return Ok(());
    }
    let why = match python {
        Some(found) if found.has_interpreters() => return Ok(()),
        Some(found) => format!(
            "{NEEDED}, and {} is {}. Choose a newer interpreter, or another way",
            found.path.display(),
            found.version
        ),
        None => format!("{NEEDED}: it is not in the built-in model"),
    };
    Err(Invalid {
        option: "--way",
        why,
    })
}

/// The interpreter that runs it; none for the built-in engine.
fn resolve(experiment: &Experiment, notices: &mut Vec<String>) -> Result<Option<Found>, String> {
    let own = experiment.script.is_some();
    match &experiment.python {
        Python::Path(path) => pythons::known(path)
            .map(Some)
            .map_err(|refused| format!("{refused}. Choose another interpreter")),
        Python::Builtin if own => Err(
            "The built-in model runs the works, not a script: --python builtin can't go with --script. Choose an interpreter"
                .to_owned(),
        ),
        Python::Builtin => Ok(None),
        Python::Newest => {
            let pythons = pythons::find();
            let newest = pythons.newest().cloned();
            if newest.is_none() && own {
                return Err(format!("No Python was found to run the script. {INSTALL}"));
            }
            if newest.is_none() {
                notices.push(format!("{NO_PYTHON}. {INSTALL}"));
            }
            Ok(newest)
        }
    }
}

/// What a run says that had no Python.
pub(crate) const NO_PYTHON: &str =
    "No Python was found: this run is the built-in model, not CPython";
const INSTALL: &str = "Install Python 3.13 from https://www.python.org or with your system's package manager, or name an interpreter in GILSCOPE_PYTHONS";

/// Resident bytes that a worker process adds, measured on CPython 3.8 and 3.13 (`smaps_rollup`: what is
/// its own): 1.2 to 3 MB forked, 6 to 8 MB spawned; with room for what it then does.
const FORKED_BYTES: u64 = 5 << 20;
const SPAWNED_BYTES: u64 = 12 << 20;
/// A sub-interpreter, measured on 3.14 and 3.15: 5 to 6 MB.
const INTERPRETER_BYTES: u64 = 8 << 20;
/// A worker of the built-in engine.
const BUILTIN_BYTES: u64 = 4 << 20;

/// Refuses more processes at once than the free memory can hold, with the estimate.
fn enough_memory(
    experiment: &Experiment,
    python: Option<&Found>,
    available_bytes: Option<u64>,
) -> Result<(), String> {
    let at_once = match (experiment.way, experiment.join) {
        (Way::Processes | Way::Interpreters, Join::Each) => 1,
        (Way::Processes | Way::Pool | Way::Interpreters, _) => u64::from(experiment.count),
        _ => return Ok(()),
    };
    let interpreters = experiment.way == Way::Interpreters;
    let what = if interpreters {
        "interpreters"
    } else {
        "processes"
    };
    let forked = match experiment.start_method {
        Some(StartMethod::Fork | StartMethod::Forkserver) => true,
        Some(StartMethod::Spawn) => false,
        None => python.is_some_and(|python| python.default_start_method != "spawn"),
    };
    let each_bytes = match (python, forked) {
        _ if interpreters => INTERPRETER_BYTES,
        (None, _) => BUILTIN_BYTES,
        (Some(_), true) => FORKED_BYTES,
        (Some(_), false) => SPAWNED_BYTES,
    };
    let wanted = at_once * each_bytes;
    match available_bytes {
        Some(available) if wanted > available => Err(format!(
            "--count: {at_once} {what} at once need about {}, and {} of memory are free. Choose at most {}, join each before the next, or close other programs",
            megabytes(wanted),
            megabytes(available),
            (available / each_bytes).max(1),
        )),
        _ => Ok(()),
    }
}

/// What a process of ours or a worker's helper takes beside the workers themselves.
const OTHER_TASKS: u64 = 8;

/// Refuses more processes or threads than this user may start.
fn enough_tasks(experiment: &Experiment, left: Option<u64>) -> Result<(), String> {
    let at_once = match (experiment.way, experiment.join) {
        (Way::Turn | Way::Script, _) => return Ok(()),
        (Way::Pool | Way::Interpreters, _) | (_, Join::End | Join::Never) => {
            u64::from(experiment.count)
        }
        (Way::Processes | Way::Threads, Join::Each) => 1,
    };
    match left {
        Some(left) if at_once + OTHER_TASKS > left => Err(format!(
            "--count: {at_once} processes or threads at once are more than this user may still start here ({left}; `ulimit -u` or the limit of a container). Choose at most {}, join each before the next, or have that limit raised",
            left.saturating_sub(OTHER_TASKS).max(1),
        )),
        _ => Ok(()),
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

fn spec(id: &str, found: &Found, experiment: &Experiment, input: Input) -> Spec {
    let own = experiment.script.as_ref();
    let path = own.and_then(|own| own.path.clone());
    let folder = match input {
        // On the command line, as `python FILE` there; in the window there is no other folder than its own.
        Input::Ours => None,
        Input::Empty => path.as_deref().and_then(folder_of),
    };
    let script = match path {
        Some(path) => Source::File(match (&folder, path.file_name()) {
            (Some(_), Some(name)) => PathBuf::from(name),
            _ => path,
        }),
        None => Source::Text {
            name: format!("{}.py", experiment.name()),
            text: experiment.script().text,
        },
    };
    Spec {
        run: id.to_owned(),
        program: found.path.clone(),
        options: Vec::new(),
        script,
        args: own.map_or_else(Vec::new, |own| {
            own.args.iter().map(OsString::from).collect()
        }),
        cwd: folder,
        env: None,
        buffering: experiment.buffering,
        priority: experiment.priority,
        turn: experiment.way == Way::Turn,
        input,
    }
}

fn folder_of(file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    (!folder.as_os_str().is_empty()).then(|| folder.to_owned())
}

/// This program itself, as the root of the built-in engine. The experiment goes as one argument of JSON.
fn builtin(id: &str, experiment: &Experiment, input: Input) -> Result<Spec, String> {
    let failed = |why: &dyn std::fmt::Display| format!("The built-in model can't start: {why}");
    let program = match std::env::var_os(super::builtin::PROGRAM) {
        Some(program) => PathBuf::from(program),
        None => std::env::current_exe().map_err(|error| failed(&error))?,
    };
    let json = serde_json::to_string(experiment).map_err(|error| failed(&error))?;
    Ok(Spec {
        run: id.to_owned(),
        program,
        options: vec!["worker".into(), "root".into(), json.into()],
        script: Source::None,
        args: Vec::new(),
        cwd: None,
        env: None,
        buffering: experiment.buffering,
        priority: experiment.priority,
        turn: false,
        input,
    })
}

/// Unique among the runs of this user: the time, this process and a counter.
fn id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{:x}-{next:x}", clock::now_ns(), std::process::id())
}

fn info(python: Option<&Found>) -> PythonInfo {
    match python {
        Some(found) => PythonInfo {
            version: found.version.clone(),
            path: found.path.to_string_lossy().into_owned(),
            gil_enabled: found.gil_enabled,
            default_start_method: found.default_start_method.clone(),
            model: false,
        },
        None => PythonInfo {
            version: "builtin".to_owned(),
            path: String::new(),
            gil_enabled: true,
            default_start_method: "spawn".to_owned(),
            model: true,
        },
    }
}

fn machine() -> Machine {
    let name = sysinfo::System::name().unwrap_or_else(|_| std::env::consts::OS.to_owned());
    let version = sysinfo::System::kernel_version().unwrap_or_default();
    let memory_bytes = sysinfo::System::new().map_or(0, |mut system| {
        system.refresh_memory();
        system.total_memory()
    });
    Machine {
        cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
        system: format!("{name} {version}").trim().to_owned(),
        memory_bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(join: Join, start_method: Option<StartMethod>) -> Experiment {
        Experiment {
            count: 500,
            join,
            start_method,
            ..Experiment::default()
        }
    }

    #[test]
    fn more_processes_than_memory_are_refused_with_the_estimate_and_what_fits() {
        let gib = 1 << 30;
        let said = enough_memory(
            &many(Join::End, Some(StartMethod::Spawn)),
            Some(&python()),
            Some(gib),
        )
        .unwrap_err();
        assert!(
            said.contains("--count") && said.contains("6000 MiB"),
            "{said}"
        );
        assert!(
            said.contains("1024 MiB") && said.contains("at most 85"),
            "{said}"
        );
        let ok = |experiment: &Experiment, bytes| {
            enough_memory(experiment, Some(&python()), bytes).is_ok()
        };
        assert!(ok(&many(Join::Each, Some(StartMethod::Spawn)), Some(gib)));
        assert!(ok(&many(Join::End, Some(StartMethod::Fork)), Some(4 * gib)));
        assert!(ok(&many(Join::End, None), None));
    }

    #[test]
    fn more_processes_than_the_user_may_start_are_refused_with_what_fits() {
        let said = enough_tasks(&many(Join::End, None), Some(120)).unwrap_err();
        assert!(said.contains("500 processes or threads"), "{said}");
        assert!(said.contains("at most 112"), "{said}");
        for (experiment, left) in [
            (many(Join::Each, None), Some(120)),
            (many(Join::End, None), Some(508)),
            (many(Join::End, None), None),
        ] {
            assert_eq!(enough_tasks(&experiment, left), Ok(()));
        }
        let threads = Experiment {
            way: Way::Threads,
            ..many(Join::End, None)
        };
        assert!(enough_tasks(&threads, Some(120)).is_err());
    }

    #[test]
    fn interpreters_are_refused_where_python_is_too_old_and_in_the_model() {
        let experiment = Experiment {
            way: Way::Interpreters,
            ..Experiment::default()
        };
        let of = |version: &str| Found {
            version: version.into(),
            ..python()
        };
        let said = has_way(&experiment, Some(&of("3.13.0")))
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("--way") && said.contains("3.14 or newer") && said.contains("3.13.0"),
            "{said}"
        );
        let said = has_way(&experiment, None).unwrap_err().to_string();
        assert!(said.contains("built-in model"), "{said}");
        assert!(has_way(&experiment, Some(&of("3.14.0a3"))).is_err());
        assert_eq!(has_way(&experiment, Some(&of("3.15.0b1"))), Ok(()));
        assert_eq!(has_way(&Experiment::default(), Some(&python())), Ok(()));
        let many = Experiment {
            way: Way::Interpreters,
            ..many(Join::End, None)
        };
        let said = enough_memory(&many, Some(&of("3.14.0")), Some(1 << 30)).unwrap_err();
        assert!(said.contains("500 interpreters"), "{said}");
    }

    fn python() -> Found {
        Found {
            version: "3.13.0".into(),
            path: "/p".into(),
            prefix: "/".into(),
            gil_enabled: true,
            free_threaded: false,
            stable: true,
            default_start_method: "fork".into(),
        }
    }
}

//! What is settled before a run starts: which interpreter, whether the memory is enough, what the header says.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::launch::{Source, Spec};
use super::platform;
use super::pythons::{self, Found};
use super::{Input, Request};
use crate::clock;
use crate::experiment::{Experiment, Join, Python, StartMethod, Way, check};
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
    enough_memory(
        experiment,
        python.as_ref(),
        platform::available_memory_bytes(),
    )?;
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
                notices.push(format!(
                    "No Python was found: this run is the built-in model, not CPython. {INSTALL}"
                ));
            }
            Ok(newest)
        }
    }
}

const INSTALL: &str = "Install Python 3.13 from https://www.python.org or with your system's package manager, or name an interpreter in GILSCOPE_PYTHONS";

/// Resident bytes that a worker process adds, measured on CPython 3.8 and 3.13 (`smaps_rollup`: what is
/// its own): 1.2 to 3 MB forked, 6 to 8 MB spawned; with room for what it then does.
const FORKED_BYTES: u64 = 5 << 20;
const SPAWNED_BYTES: u64 = 12 << 20;
/// A worker of the built-in engine.
const BUILTIN_BYTES: u64 = 4 << 20;

/// Refuses more processes at once than the free memory can hold, with the estimate.
fn enough_memory(
    experiment: &Experiment,
    python: Option<&Found>,
    available_bytes: Option<u64>,
) -> Result<(), String> {
    let at_once = match (experiment.way, experiment.join) {
        (Way::Processes, Join::Each) => 1,
        (Way::Processes | Way::Pool, _) => u64::from(experiment.count),
        _ => return Ok(()),
    };
    let forked = match experiment.start_method {
        Some(StartMethod::Fork | StartMethod::Forkserver) => true,
        Some(StartMethod::Spawn) => false,
        None => python.is_some_and(|python| python.default_start_method != "spawn"),
    };
    let each_bytes = match (python, forked) {
        (None, _) => BUILTIN_BYTES,
        (Some(_), true) => FORKED_BYTES,
        (Some(_), false) => SPAWNED_BYTES,
    };
    let wanted = at_once * each_bytes;
    match available_bytes {
        Some(available) if wanted > available => Err(format!(
            "--count: {at_once} processes at once need about {}, and {} of memory are free. Choose at most {}, join each before the next, or close other programs",
            megabytes(wanted),
            megabytes(available),
            (available / each_bytes).max(1),
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

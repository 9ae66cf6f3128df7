//! What tests with real interpreters share: all of them, a clean environment, a watched and a bare run.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use gilscope::clock;
use gilscope::engine::Input;
use gilscope::engine::launch::{self, Source, Spec};
use gilscope::engine::pump::Pump;
use gilscope::engine::report::Report;
use gilscope::engine::roster::Roster;
use gilscope::experiment::{Buffering, Experiment, Priority};
use serde_json::Value;

pub(crate) use crate::program::{alone, pythons};
use crate::program::{gilscope, json, said};
use gilscope::run::{
    Ended, Event, Header, Kind, Lane, LaneKind, Machine, PythonInfo, Run, RunEnd, StoppedBy,
    Stream, TextSource,
};

/// Our environment without what would change how a Python runs.
pub(crate) fn environment() -> Vec<(OsString, OsString)> {
    std::env::vars_os()
        .filter(|(name, _)| !name.to_string_lossy().starts_with("PYTHON"))
        .collect()
}

/// The figures, and the run with each lane's stdout, through the run file.
pub(crate) fn kept(python: &Path, words: &str) -> (Value, Run, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("run.gilscope");
    let (figures, status) = json(python, &format!("{words} --out {}", file.display()));
    assert_eq!(status, 0, "{words}: {figures}");
    let (run, text) = gilscope::store::open(&file).unwrap();
    let mut texts = vec![String::new(); run.lanes.len()];
    for (id, block) in run.log.blocks().iter().enumerate() {
        if block.stream == Stream::Stdout {
            let bytes = text.text(id as u64).unwrap();
            texts[block.lane.index()] += &String::from_utf8_lossy(&bytes);
        }
    }
    (figures, run, texts)
}

/// Runs a script of this text on an interpreter, with these words at its end, and opens its run file. In a folder where
/// runs before it left what they learnt.
pub(crate) fn record(
    home: &Path,
    python: &Path,
    text: &str,
    words: &[&str],
    env: &[(&str, &str)],
) -> (Run, Arc<dyn TextSource>) {
    let (script, file) = (home.join("own.py"), home.join("run.gilscope"));
    std::fs::write(&script, text).unwrap();
    let output = gilscope(home)
        .args(["run", "--json", "--python"])
        .arg(python)
        .arg("--out")
        .arg(&file)
        .arg("--script")
        .arg(&script)
        .args(words)
        .envs(env.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    gilscope::store::open(&file).unwrap()
}

/// A run of a script that was watched.
pub(crate) struct Watched {
    /// What the events made.
    pub(crate) run: Run,
    /// All events in their order.
    pub(crate) events: Vec<Event>,
}

/// How to watch.
pub(crate) struct Options {
    /// How output is buffered.
    pub(crate) buffering: Buffering,
    /// Whether calls of `work` are workers.
    pub(crate) turn: bool,
    /// More of the environment.
    pub(crate) env: Vec<(OsString, OsString)>,
    /// `sys.argv[1:]`.
    pub(crate) args: Vec<OsString>,
    /// Where it runs.
    pub(crate) cwd: Option<std::path::PathBuf>,
    /// Kill it after this.
    pub(crate) deadline: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            buffering: Buffering::Line,
            turn: false,
            env: Vec::new(),
            args: Vec::new(),
            cwd: None,
            deadline: Duration::from_secs(60),
        }
    }
}

/// Watches a script's text.
pub(crate) fn watch(python: &Path, script: &str) -> Watched {
    watch_with(
        python,
        Source::Text {
            name: "script.py".into(),
            text: script.into(),
        },
        Options::default(),
    )
}

/// Watches a script.
pub(crate) fn watch_with(python: &Path, script: Source, options: Options) -> Watched {
    let mut env = environment();
    env.extend(options.env);
    let spec = Spec {
        run: "test".into(),
        program: python.to_owned(),
        options: Vec::new(),
        script,
        args: options.args,
        cwd: options.cwd,
        env: Some(env),
        buffering: options.buffering,
        priority: Priority::Usual,
        turn: options.turn,
        input: Input::Empty,
    };
    let mut started = launch::start(&spec).unwrap();
    let (tx, rx) = bounded(1024);
    let mut roster = Roster::new(
        started.zero_ns,
        started.pid,
        &[python.display().to_string()],
    );
    let pump = Pump::start(started.inputs, tx.clone()).unwrap();
    let waiter = {
        let pid = started.pid;
        std::thread::spawn(move || {
            let status = started.child.wait().unwrap();
            let t_ns = clock::now_ns();
            let gone = Report::Gone {
                t_ns,
                pid,
                how: how(status),
                tree_cpu_ns: None,
                peak_rss_bytes: None,
            };
            tx.send(gone).unwrap();
            (t_ns, how(status))
        })
    };
    let mut run = Run::new(header());
    let mut events = Vec::new();
    let mut take = |new: Vec<Event>, run: &mut Run| {
        for event in new {
            run.apply(&event);
            events.push(event);
        }
    };
    take(roster.opening(), &mut run);
    let deadline = Instant::now() + options.deadline;
    let pid = started.pid as i32;
    loop {
        while let Ok(report) = rx.recv_timeout(Duration::from_millis(20)) {
            take(roster.take(report), &mut run);
        }
        if waiter.is_finished() && pump.is_drained() && rx.is_empty() {
            break;
        }
        if Instant::now() > deadline {
            let pid = nix::unistd::Pid::from_raw(pid);
            let _ = nix::sys::signal::killpg(pid, nix::sys::signal::Signal::SIGKILL);
            panic!(
                "{}: not over after {:?}; so far: {:#?}",
                python.display(),
                options.deadline,
                run.lanes
                    .iter()
                    .map(|lane| (&lane.info, lane.ended))
                    .collect::<Vec<_>>()
            );
        }
    }
    let (t_ns, root) = waiter.join().unwrap();
    drop(pump);
    let (cpu_ns, cpu_at_least) = roster.tree_cpu();
    let end = RunEnd {
        wall_ns: t_ns - started.zero_ns,
        cpu_ns,
        cpu_at_least,
        stopped_by: StoppedBy::End,
        root,
    };
    let end = Event {
        t_ns: end.wall_ns,
        kind: Kind::RunEnded(end),
    };
    take(vec![end], &mut run);
    Watched { run, events }
}

fn how(status: std::process::ExitStatus) -> Ended {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Exited(code),
        (None, Some(signal)) => Ended::Killed(signal),
        (None, None) => Ended::Unknown,
    }
}

fn header() -> Header {
    Header {
        id: "test".into(),
        started_at: String::new(),
        gilscope: String::new(),
        experiment: Experiment::default(),
        script: String::new(),
        python: PythonInfo {
            version: String::new(),
            path: String::new(),
            gil_enabled: true,
            default_start_method: String::new(),
            model: false,
        },
        machine: Machine {
            cores: 2,
            system: String::new(),
            memory_bytes: 0,
        },
    }
}

impl Watched {
    /// All text of a lane's stream.
    pub(crate) fn text(&self, lane: &Lane, stream: Stream) -> String {
        let mut text = Vec::new();
        for event in &self.events {
            if let Kind::Output {
                lane: from,
                stream: to,
                bytes,
                ..
            } = &event.kind
                && (*from, *to) == (lane.id, stream)
            {
                text.extend_from_slice(bytes);
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// The lanes, a line each, for a failed assertion.
    pub(crate) fn lanes_said(&self) -> String {
        let lanes = self.run.lanes.iter().map(|lane| {
            let info = &lane.info;
            format!(
                "\n{:?} {} {} ({}) probed {} up {} ended {:?} cpu {:?} lines {}: {:?}",
                info.kind,
                info.pid,
                info.name,
                info.args,
                info.probed,
                lane.up.is_some(),
                lane.ended,
                lane.cpu_final_ns,
                lane.lines,
                self.stdout(lane).chars().take(200).collect::<String>(),
            )
        });
        lanes.collect()
    }

    /// The lane's stdout.
    pub(crate) fn stdout(&self, lane: &Lane) -> String {
        self.text(lane, Stream::Stdout)
    }

    /// The whole run's text of a stream, in the order in which it was told.
    pub(crate) fn all(&self, stream: Stream) -> String {
        let texts = self.events.iter().filter_map(|event| match &event.kind {
            Kind::Output {
                stream: to, bytes, ..
            } if *to == stream => Some(&bytes[..]),
            _ => None,
        });
        String::from_utf8_lossy(&texts.flatten().copied().collect::<Vec<u8>>()).into_owned()
    }

    /// The root's lane.
    pub(crate) fn root(&self) -> &Lane {
        &self.run.lanes[0]
    }

    /// The lanes of a kind.
    pub(crate) fn lanes(&self, kind: LaneKind) -> Vec<&Lane> {
        self.run
            .lanes
            .iter()
            .filter(|lane| lane.info.kind == kind)
            .collect()
    }

    /// How the root ended.
    pub(crate) fn root_ended(&self) -> Ended {
        self.run.end.as_ref().unwrap().root
    }
}

/// A bare run into pipes.
pub(crate) fn bare(python: &Path, script: &Path, env: &[(OsString, OsString)]) -> Output {
    Command::new(python)
        .arg(script)
        .env_clear()
        .envs(environment())
        .envs(env.iter().cloned())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

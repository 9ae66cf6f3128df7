//! Worker processes of the model: started, told what to do, waited for and reaped.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::work::{arguments, shown, work};
use super::{Process, Task};
use crate::clock;
use crate::engine::channel::{Client, What, Whom};
use crate::experiment::Experiment;

/// The main thread's number for the GIL.
pub(super) const MAIN: u64 = 1;

/// Is a worker process.
pub(super) fn run(task: &Task) -> io::Result<()> {
    let args = match task.i {
        Some(i) => shown(arguments(&task.experiment, i)),
        None => String::new(),
    };
    let process = Process::begin(&task.experiment, &task.name, args)?;
    process.gil.take(MAIN);
    let call = |i| work(&task.experiment, i, &process.gil, MAIN, 0, &process.output);
    if let Some(i) = task.i {
        call(i)?;
        return process.output.flush();
    }
    // A process of a pool: a number a task comes in, a line an answer goes back.
    let mut line = String::new();
    let mut tasks = io::stdin().lock();
    while process.gil.without(MAIN, || tasks.read_line(&mut line))? > 0 {
        if let Ok(i) = line.trim().parse() {
            call(i)?;
        }
        line.clear();
        let mut answers = io::stdout().lock();
        answers.write_all(b"done\n")?;
        answers.flush()?;
    }
    process.output.flush()
}

/// A started worker process.
pub(super) struct Started {
    child: Child,
    pid: u32,
    answers: Option<BufReader<ChildStdout>>,
}

/// Starts one and tells so. `i` is none for a process of a pool.
pub(super) fn start(
    client: &mut Client,
    experiment: &Experiment,
    name: &str,
    i: Option<u32>,
) -> io::Result<Started> {
    let began_ns = clock::now_ns();
    let task = Task {
        experiment: experiment.clone(),
        name: name.to_owned(),
        i,
    };
    let json = serde_json::to_string(&task)?;
    let pipe = || {
        if i.is_none() {
            Stdio::piped()
        } else {
            Stdio::null()
        }
    };
    let mut child = Command::new(std::env::current_exe()?)
        .args(["worker", "process", &json])
        .stdin(pipe())
        .stdout(pipe())
        .spawn()?;
    let pid = child.id();
    let args = i.map_or_else(String::new, |i| shown(arguments(experiment, i)));
    let name = name.to_owned();
    client.say_at(began_ns, What::Started { pid, name, args })?;
    let answers = child.stdout.take().map(BufReader::new);
    Ok(Started {
        child,
        pid,
        answers,
    })
}

impl Started {
    /// Gives a process of a pool its next task, and waits until it is done. False where it is gone.
    pub(super) fn call(&mut self, i: u32) -> bool {
        let (Some(tasks), Some(answers)) = (&mut self.child.stdin, &mut self.answers) else {
            return false;
        };
        let mut answer = String::new();
        writeln!(tasks, "{i}").is_ok()
            && answers.read_line(&mut answer).is_ok_and(|bytes| bytes > 0)
    }

    /// Lets a process of a pool end.
    pub(super) fn close(&mut self) {
        self.child.stdin = None;
    }

    /// Waits for it and reaps it, as `join` does.
    pub(super) fn join(self, client: &mut Client) -> io::Result<()> {
        let on = Whom::Process(self.pid);
        client.say(What::JoinBegan { by: 0, on })?;
        let pid = self.pid;
        let used = wait4::Wait4::wait4(self.child)?;
        client.say(What::Reaped {
            pid,
            exited: used.status.code(),
            signal: crate::engine::platform::signal_of(used.status),
            cpu_ns: (used.rusage.utime + used.rusage.stime).as_nanos() as u64,
            rss_bytes: used.rusage.maxrss,
        })?;
        client.say(What::JoinEnded { by: 0, on })
    }
}

//! The root of the model: shares the work out, as the generated script does.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use super::children::{self, MAIN};
use super::output::SLOTS;
use super::stamps::tell_gil;
use super::work::{arguments, shown, work};
use super::{Process, cpu_ns};
use crate::clock;
use crate::engine::channel::{What, Whom};
use crate::engine::platform;
use crate::experiment::{Experiment, Join, Way};

/// Runs the experiment to its end.
pub(super) fn run(experiment: &Experiment) -> io::Result<()> {
    let mut process = Process::begin(experiment, "MainProcess", String::new())?;
    process.gil.take(MAIN);
    match experiment.way {
        Way::Turn => turn(experiment, &mut process)?,
        Way::Threads => threads(experiment, process)?,
        Way::Processes => processes(experiment, &mut process)?,
        Way::Pool => pool(experiment, &mut process)?,
        // The controller has refused them.
        Way::Interpreters | Way::Script => return Err(io::ErrorKind::Unsupported.into()),
    }
    Ok(())
}

fn turn(experiment: &Experiment, process: &mut Process) -> io::Result<()> {
    for i in 0..experiment.count {
        let owner = u64::from(i) + 1;
        process.client.say(What::Call {
            owner,
            cpu_ns: cpu_ns(),
            name: "work".to_owned(),
            args: shown(arguments(experiment, i)),
        })?;
        if i == 0 {
            tell_writers(process)?;
        }
        work(experiment, i, &process.gil, MAIN, owner, &process.output)?;
        process.output.flush()?;
        process.client.say(What::CallEnded {
            owner,
            cpu_ns: cpu_ns(),
            raised: false,
        })?;
    }
    Ok(())
}

fn tell_writers(process: &mut Process) -> io::Result<()> {
    let name = process.output.tell_writers(&process.folder)?;
    process.client.say(What::Ring { name, slots: SLOTS })
}

fn processes(experiment: &Experiment, process: &mut Process) -> io::Result<()> {
    let mut waiting = Vec::new();
    for i in 0..experiment.count {
        let name = format!("Process-{}", i + 1);
        let started = process.gil.without(MAIN, || {
            children::start(&mut process.client, experiment, &name, Some(i))
        })?;
        if experiment.join == Join::Each {
            process
                .gil
                .without(MAIN, || started.join(&mut process.client))?;
        } else {
            waiting.push(started);
        }
    }
    // As Python itself at its exit, where nobody joined them.
    for started in waiting {
        process
            .gil
            .without(MAIN, || started.join(&mut process.client))?;
    }
    Ok(())
}

fn threads(experiment: &Experiment, mut process: Process) -> io::Result<()> {
    tell_writers(&mut process)?;
    let Process {
        client,
        output,
        gil,
        ..
    } = process;
    let client = Mutex::new(client);
    let (client, output, gil) = (&client, &output, &gil);
    std::thread::scope(|scope| {
        let (alive, all_gone) = crossbeam_channel::bounded(0);
        std::thread::Builder::new()
            .spawn_scoped(scope, move || tell_gil(client, gil, &all_gone))?;
        let mut waiting = Vec::new();
        let mut share_out = || {
            for i in 0..experiment.count {
                let owner = u64::from(i) + 1;
                let started_ns = clock::now_ns();
                let (up, is_up) = crossbeam_channel::bounded(1);
                let alive = alive.clone();
                let thread = std::thread::Builder::new().spawn_scoped(scope, move || {
                    let _alive = alive;
                    let begun = client.lock().say(What::Thread {
                        owner,
                        tid: platform::thread_id(),
                        ident: 0,
                        started_ns,
                        name: format!("Thread-{owner} (work)"),
                        target: "__main__:work".to_owned(),
                        args: shown(arguments(experiment, i)),
                    });
                    // `start()` comes back once the thread is there.
                    let _ = up.send(());
                    begun?;
                    let me = owner + MAIN;
                    gil.take(me);
                    let done = work(experiment, i, gil, me, owner, output);
                    gil.let_go(me);
                    client.lock().say(What::ThreadEnded {
                        owner,
                        cpu_ns: platform::thread_cpu_ns(),
                        raised: done.is_err(),
                    })?;
                    done
                })?;
                gil.without(MAIN, || {
                    let _ = is_up.recv();
                });
                waiting.push((owner, thread));
                if experiment.join == Join::Each {
                    join(&mut waiting, client, gil)?;
                }
            }
            match experiment.join {
                Join::Each | Join::End => join(&mut waiting, client, gil),
                // The scope's end waits for them, as Python's own exit does.
                Join::Never => Ok(()),
            }
        };
        let result = share_out();
        // Whoever still runs needs it, also where something failed here.
        gil.let_go(MAIN);
        drop(alive);
        result
    })?;
    output.flush()
}

type Waiting<'a> = Vec<(u64, std::thread::ScopedJoinHandle<'a, io::Result<()>>)>;

fn join(
    waiting: &mut Waiting<'_>,
    client: &Mutex<crate::engine::channel::Client>,
    gil: &super::gil::Gil,
) -> io::Result<()> {
    for (owner, thread) in waiting.drain(..) {
        let on = Whom::Thread(owner);
        client.lock().say(What::JoinBegan { by: 0, on })?;
        let ended = gil.without(MAIN, || thread.join());
        client.lock().say(What::JoinEnded { by: 0, on })?;
        ended.map_err(|_| io::Error::other("a worker panicked"))??;
    }
    Ok(())
}

fn pool(experiment: &Experiment, process: &mut Process) -> io::Result<()> {
    let mut pool = (1..=experiment.count)
        .map(|number| {
            let name = format!("SpawnPoolWorker-{number}");
            children::start(&mut process.client, experiment, &name, None)
        })
        .collect::<io::Result<Vec<_>>>()?;
    let next = AtomicU32::new(0);
    let count = experiment.count;
    process.gil.without(MAIN, || {
        if experiment.join == Join::Each {
            // One after the other, to whoever comes next.
            let members = pool.len();
            for i in 0..count {
                pool[i as usize % members].call(i);
            }
            return;
        }
        std::thread::scope(|scope| {
            for member in &mut pool {
                let next = &next;
                scope.spawn(move || {
                    loop {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        if i >= count || !member.call(i) {
                            return;
                        }
                    }
                });
            }
        });
    });
    for member in &mut pool {
        member.close();
    }
    for member in pool {
        process
            .gil
            .without(MAIN, || member.join(&mut process.client))?;
    }
    Ok(())
}

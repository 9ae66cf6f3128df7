//! `gilscope run`: an experiment from its start to the exit status.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use crossbeam_channel::{Receiver, bounded};

use super::options::{Command as Chosen, Options, Run as Asked};
use super::printer::{Printer, Printing};
use super::{CAN_NOT_RUN, FAILED, UNUSABLE, WELL, listen, out, summary};
use crate::crash;
use crate::engine::{
    Command, Controller, Input, Phase, Record, Request, Shared, Tap, guard, possible,
};
use crate::run::{Ended, Figures, Run, StoppedBy};
use crate::store::runs;

/// Runs what these words after `gilscope run` say.
pub(super) fn run_words(words: &[OsString]) -> u8 {
    let line = ["gilscope".into(), "run".into()]
        .into_iter()
        .chain(words.iter().cloned());
    match Options::try_parse_from(line).map(|options| options.command) {
        Ok(Some(Chosen::Run(asked))) => run(&asked),
        Ok(_) => UNUSABLE,
        Err(error) => {
            out::say(&error.to_string());
            UNUSABLE
        }
    }
}

/// Runs it. Gives the exit status.
pub(super) fn run(asked: &Asked) -> u8 {
    let asked_for = asked.experiment().and_then(|experiment| {
        possible(&experiment)?;
        Ok(experiment)
    });
    let experiment = match asked_for {
        Ok(experiment) => experiment,
        Err(invalid) => {
            out::say(&format!("{invalid} (see gilscope run --help)"));
            return UNUSABLE;
        }
    };
    let (told, woken) = bounded(1);
    let controller = Arc::new(Controller::new(Arc::new(move || {
        // One waiting wake is enough.
        let _ = told.try_send(());
    })));
    let shared = Arc::clone(controller.shared());
    stop_on_interrupt(&controller);
    end_without_guard(&controller);
    end_with_failure(&controller);
    let (tap, printing) = match listener(asked, &controller) {
        Ok(listener) => listener,
        Err(error) => {
            out::say(&format!("a thread could not be started: {error}"));
            return CAN_NOT_RUN;
        }
    };
    controller.send(Command::Start(Box::new(Request {
        experiment,
        record: asked.out.clone().map_or(Record::Nothing, Record::File),
        input: Input::Ours,
        tap: Some(tap),
    })));
    let phase = wait(&shared, &woken);
    if let Phase::Failed(why) = phase {
        out::say(&why);
        return CAN_NOT_RUN;
    }
    // The run is over and its listener gone, and with it the last printer.
    printing.finish();
    let status = report(asked, &shared);
    match crash::take() {
        None => status,
        Some(_) => CAN_NOT_RUN,
    }
}

/// Waits until the run is over or could not be started.
fn wait(shared: &Shared, woken: &Receiver<()>) -> Phase {
    loop {
        let phase = shared.phase.read().clone();
        if matches!(phase, Phase::Over | Phase::Failed(_)) {
            return phase;
        }
        let _ = woken.recv_timeout(Duration::from_millis(200));
    }
}

/// Ctrl-C is Stop; twice, at once. So is being asked to end.
fn stop_on_interrupt(controller: &Arc<Controller>) {
    let controller = Arc::downgrade(controller);
    let set = ctrlc::set_handler(move || {
        if let Some(controller) = controller.upgrade() {
            controller.send(Command::Stop);
        }
    });
    if let Err(error) = set {
        out::say(&format!("Ctrl-C will not stop the run gently: {error}"));
    }
}

/// Where a part of this program fails, the run ends.
fn end_with_failure(controller: &Arc<Controller>) {
    let controller = Arc::downgrade(controller);
    crash::keep_reports(runs::crashes(), move || {
        if let Some(controller) = controller.upgrade() {
            controller.send(Command::Stop);
        }
    });
}

/// Where the guard was killed, the run ends, and what killed programs left goes at the start of another.
fn end_without_guard(controller: &Arc<Controller>) {
    let controller = Arc::downgrade(controller);
    let listens = guard::when_lost(move || {
        if let Some(controller) = controller.upgrade() {
            out::say("the guard of this program is gone: the run ends");
            controller.send(Command::Quit);
        }
    });
    let swept = listens.and_then(|()| {
        std::thread::Builder::new().name("sweep".into()).spawn(|| {
            let ended = guard::sweep();
            if ended > 0 {
                out::say(&guard::swept(ended));
            }
        })
    });
    if let Err(error) = swept {
        out::say(&format!("a thread could not be started: {error}"));
    }
}

/// Who sees the events: for JSON who tells what went wrong, who passes bytes on, or who puts names before lines.
fn listener(asked: &Asked, controller: &Arc<Controller>) -> std::io::Result<(Tap, Printing)> {
    let stop = Arc::downgrade(controller);
    let gone = move || {
        // Whoever read our output has enough, as with `| head`.
        if let Some(controller) = stop.upgrade() {
            controller.send(Command::Stop);
        }
    };
    let (printer, printing) = Printer::start(Arc::clone(controller.shared()), gone)?;
    let tap = if asked.json {
        listen::notices(printer)
    } else if asked.raw {
        listen::raw(printer)
    } else {
        listen::named(printer)
    };
    Ok((tap, printing))
}

/// Says how it went. Gives the exit status.
fn report(asked: &Asked, shared: &Shared) -> u8 {
    let guard = shared.run.read();
    let Some(run) = guard.as_ref() else {
        return CAN_NOT_RUN;
    };
    let file = shared.file.read().clone();
    let figures = Figures {
        file: file.as_ref().map(|file| file.display().to_string()),
        ..run.figures()
    };
    let printed = if asked.json {
        out::json(&figures)
    } else if asked.raw {
        WELL
    } else {
        out::text(&format!(
            "\n{}",
            summary::text(run, &figures, file.as_deref())
        ))
    };
    match status(run, &figures) {
        WELL => printed,
        failed => failed,
    }
}

/// The exit status that a run's end stands for.
fn status(run: &Run, figures: &Figures) -> u8 {
    let (stopped_by, root) = match &run.end {
        Some(end) => (end.stopped_by, end.root),
        None => (StoppedBy::End, Ended::Exited(0)),
    };
    match stopped_by {
        StoppedBy::Error => CAN_NOT_RUN,
        // What it printed is not whole: whoever goes on with it must know.
        StoppedBy::Quota | StoppedBy::Memory | StoppedBy::Disk => FAILED,
        StoppedBy::End if root != Ended::Exited(0) => FAILED,
        _ if figures.failed > 0 => FAILED,
        StoppedBy::End | StoppedBy::Limit | StoppedBy::User => WELL,
    }
}

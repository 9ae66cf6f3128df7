//! Writes the Python source of an experiment, and remembers which line each control stands for.

use super::{Experiment, Join, Way, Work};

/// A control whose value stands in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Control {
    /// How the work is shared out.
    Way,
    /// What each worker does.
    Work,
    /// How many.
    Count,
    /// How much.
    Amount,
    /// The first argument.
    A,
    /// The second argument.
    B,
    /// When the starter waits.
    Join,
    /// How processes are started.
    StartMethod,
    /// `sys.setswitchinterval`.
    SwitchInterval,
}

/// A line that a control stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The control.
    pub control: Control,
    /// The line's index in the text, from 0.
    pub line: usize,
}

/// Python source, and which controls stand in which lines of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The source, with a newline at its end.
    pub text: String,
    /// In the order of their lines.
    pub marks: Vec<Mark>,
}

impl Script {
    /// The lines that `control` stands for, from 0.
    pub fn lines_of(&self, control: Control) -> impl Iterator<Item = usize> + '_ {
        self.marks
            .iter()
            .filter(move |mark| mark.control == control)
            .map(|mark| mark.line)
    }
}

#[derive(Default)]
struct Writer {
    lines: Vec<String>,
    marks: Vec<Mark>,
    indent: usize,
}

impl Writer {
    fn line(&mut self, text: impl AsRef<str>, controls: &[Control]) {
        let line = self.lines.len();
        self.marks
            .extend(controls.iter().map(|&control| Mark { control, line }));
        let text = text.as_ref();
        let indent = if text.is_empty() { 0 } else { self.indent * 4 };
        self.lines.push(format!("{}{text}", " ".repeat(indent)));
    }

    fn blank(&mut self, lines: usize) {
        for _ in 0..lines {
            self.line("", &[]);
        }
    }
}

/// The source of a generated experiment; see [`Experiment::script`] for own scripts too.
pub fn generate(experiment: &Experiment) -> Script {
    let e = experiment;
    let mut w = Writer::default();
    imports(e, &mut w);
    w.blank(2);
    work(e, &mut w);
    w.blank(2);
    match e.way {
        Way::Turn => turn(e, &mut w),
        Way::Threads => started(e, "Thread", &mut w),
        Way::Processes => {
            guard(e, &mut w);
            started(e, "Process", &mut w);
        }
        Way::Pool => {
            guard(e, &mut w);
            pool(e, &mut w);
        }
        Way::Interpreters => {
            guard(e, &mut w);
            interpreters(e, &mut w);
        }
        Way::Script => {}
    }
    let mut text = w.lines.join("\n");
    text.push('\n');
    Script {
        text: text.trim_start_matches('\n').to_owned(),
        marks: shifted(w.marks, &w.lines),
    }
}

/// Marks after the blank lines at the start were taken away.
fn shifted(marks: Vec<Mark>, lines: &[String]) -> Vec<Mark> {
    let blank = lines.iter().take_while(|line| line.is_empty()).count();
    marks
        .into_iter()
        .map(|mark| Mark {
            line: mark.line.saturating_sub(blank),
            ..mark
        })
        .collect()
}

fn imports(e: &Experiment, w: &mut Writer) {
    if e.work == Work::Hash {
        w.line("import hashlib", &[]);
    }
    if e.switch_interval_s.is_some() {
        w.line("import sys", &[]);
    }
    if e.work == Work::Wait {
        w.line("import time", &[]);
    }
    let method = if e.start_method.is_some() {
        ", set_start_method"
    } else {
        ""
    };
    match e.way {
        Way::Threads => w.line("from threading import Thread", &[Control::Way]),
        Way::Processes => w.line(
            format!("from multiprocessing import Process{method}"),
            &[Control::Way],
        ),
        Way::Pool => w.line(
            format!("from multiprocessing import Pool{method}"),
            &[Control::Way],
        ),
        Way::Interpreters => w.line(
            "from concurrent.futures import InterpreterPoolExecutor",
            &[Control::Way],
        ),
        Way::Turn | Way::Script => {}
    }
    if let Some(interval_s) = e.switch_interval_s {
        w.blank(1);
        w.line(
            format!("sys.setswitchinterval({interval_s})"),
            &[Control::SwitchInterval],
        );
    }
}

fn work(e: &Experiment, w: &mut Writer) {
    let parameters = if e.work.takes_arguments() { "n, m" } else { "" };
    w.line(format!("def work({parameters}):"), &[Control::Work]);
    w.indent = 1;
    match e.work {
        Work::Hello => w.line("print(\"Spawned\")", &[Control::Work]),
        Work::Args => w.line("print(n, m)", &[Control::Work]),
        Work::Forever => {
            w.line("while True:", &[Control::Work]);
            w.line("    print(\"Spawned\")", &[Control::Work]);
        }
        Work::Burn => {
            w.line("x = 0", &[Control::Work]);
            w.line(
                format!("for k in range({}):", grouped(e.steps)),
                &[Control::Work, Control::Amount],
            );
            w.line("    x += k * k", &[Control::Work]);
            w.line("print(\"worker\", n, m)", &[Control::Work]);
        }
        Work::Hash => {
            w.line("data = bytes(1_000_000)", &[Control::Work]);
            w.line(
                format!("for k in range({}):", grouped(e.rounds)),
                &[Control::Work, Control::Amount],
            );
            w.line("    hashlib.sha256(data)", &[Control::Work]);
            w.line("print(\"worker\", n, m)", &[Control::Work]);
        }
        Work::Wait => {
            w.line(
                format!("time.sleep({})", e.wait_s),
                &[Control::Work, Control::Amount],
            );
            w.line("print(\"worker\", n, m)", &[Control::Work]);
        }
    }
    w.indent = 0;
}

fn guard(e: &Experiment, w: &mut Writer) {
    w.line("if __name__ == \"__main__\":", &[]);
    w.indent = 1;
    if let Some(method) = e.start_method {
        w.line(
            format!("set_start_method(\"{method}\")"),
            &[Control::StartMethod],
        );
    }
}

fn each_worker(e: &Experiment, w: &mut Writer) {
    w.line(format!("for i in range({}):", e.count), &[Control::Count]);
}

/// `(i + 0, i + 1)`, or nothing for a work without arguments.
fn arguments(e: &Experiment) -> Option<String> {
    let term = |added: i64| {
        if added < 0 {
            format!("i - {}", added.unsigned_abs())
        } else {
            format!("i + {added}")
        }
    };
    e.work
        .takes_arguments()
        .then(|| format!("({}, {})", term(e.a), term(e.b)))
}

fn turn(e: &Experiment, w: &mut Writer) {
    each_worker(e, w);
    let call = arguments(e).unwrap_or_else(|| "()".to_owned());
    w.line(
        format!("    work{call}"),
        &[Control::Way, Control::Join, Control::A, Control::B],
    );
}

fn started(e: &Experiment, class: &str, w: &mut Writer) {
    let keep = e.join == Join::End;
    if keep {
        w.line("workers = []", &[Control::Join]);
    }
    each_worker(e, w);
    w.indent += 1;
    match arguments(e) {
        Some(arguments) => {
            // On a line of its own, so that it fits beside the sliders.
            w.line(format!("w = {class}(target=work,"), &[Control::Way]);
            let under = " ".repeat("w = (".len() + class.len());
            w.line(
                format!("{under}args={arguments})"),
                &[Control::A, Control::B],
            );
        }
        None => w.line(format!("w = {class}(target=work)"), &[Control::Way]),
    }
    w.line("w.start()", &[]);
    match e.join {
        Join::Each => w.line("w.join()", &[Control::Join]),
        Join::End => w.line("workers.append(w)", &[Control::Join]),
        Join::Never => {}
    }
    w.indent -= 1;
    if keep {
        w.line("for w in workers:", &[Control::Join]);
        w.line("    w.join()", &[Control::Join]);
    }
}

fn pool(e: &Experiment, w: &mut Writer) {
    w.line(
        format!("pool = Pool({})", e.count),
        &[Control::Way, Control::Count],
    );
    let arguments = arguments(e).unwrap_or_else(|| "()".to_owned());
    if e.join == Join::Each {
        each_worker(e, w);
        w.line(
            format!("    pool.apply(work, {arguments})"),
            &[Control::Join, Control::A, Control::B],
        );
    } else {
        w.line(
            format!("tasks = [{arguments} for i in range({})]", e.count),
            &[Control::Count, Control::A, Control::B],
        );
        w.line("pool.starmap(work, tasks, chunksize=1)", &[Control::Join]);
    }
    w.line("pool.close()", &[]);
    w.line("pool.join()", &[]);
}

fn interpreters(e: &Experiment, w: &mut Writer) {
    w.line(
        format!("pool = InterpreterPoolExecutor({})", e.count),
        &[Control::Way, Control::Count],
    );
    if e.join == Join::End {
        w.line("tasks = []", &[Control::Join]);
    }
    each_worker(e, w);
    let call = match arguments(e) {
        Some(arguments) => format!("pool.submit(work, {}", &arguments[1..]),
        None => "pool.submit(work)".to_owned(),
    };
    w.indent += 1;
    let controls = [Control::A, Control::B];
    match e.join {
        Join::Each => {
            w.line(format!("t = {call}"), &controls);
            w.line("t.result()", &[Control::Join]);
        }
        Join::End => {
            w.line(format!("t = {call}"), &controls);
            w.line("tasks.append(t)", &[Control::Join]);
        }
        Join::Never => w.line(call, &controls),
    }
    w.indent -= 1;
    if e.join == Join::End {
        w.line("for t in tasks:", &[Control::Join]);
        w.line("    t.result()", &[Control::Join]);
    }
    if e.join != Join::Never {
        w.line("pool.shutdown()", &[]);
    }
}

/// `12_000_000`, as Python allows it.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::StartMethod;

    #[test]
    fn the_tutorials_first_program() {
        let script = generate(&Experiment::default());
        let expected = "from multiprocessing import Process\n\n\ndef work():\n    print(\"Spawned\")\n\n\n\
            if __name__ == \"__main__\":\n    for i in range(5):\n        w = Process(target=work)\n        \
            w.start()\n        w.join()\n";
        assert_eq!(script.text, expected);
        let line = script.lines_of(Control::Join).next().unwrap();
        assert_eq!(script.text.lines().nth(line).unwrap().trim(), "w.join()");
    }

    #[test]
    fn every_mark_points_at_a_line_that_shows_its_value() {
        for &way in Way::ALL.iter().filter(|way| **way != Way::Script) {
            for &work in Work::ALL {
                for &join in Join::ALL {
                    let processes = matches!(way, Way::Processes | Way::Pool);
                    let e = Experiment {
                        way,
                        work,
                        join,
                        count: 37,
                        steps: 1_234_567,
                        rounds: 12_345,
                        wait_s: 0.25,
                        a: 11,
                        b: -22,
                        start_method: processes.then_some(StartMethod::Spawn),
                        switch_interval_s: Some(0.05),
                        ..Experiment::default()
                    };
                    if crate::experiment::check(&e).is_err() {
                        continue;
                    }
                    let script = generate(&e);
                    let lines: Vec<_> = script.text.lines().collect();
                    let shows = |control, part: &str| {
                        let marked: Vec<_> = script.lines_of(control).collect();
                        assert!(
                            !marked.is_empty(),
                            "{control:?} is nowhere in\n{}",
                            script.text
                        );
                        for line in marked {
                            assert!(lines[line].contains(part), "{control:?}: {}", lines[line]);
                        }
                    };
                    shows(Control::Count, "37");
                    shows(Control::SwitchInterval, "0.05");
                    if work.takes_arguments() {
                        shows(Control::A, "i + 11");
                        shows(Control::B, "i - 22");
                    }
                    match work {
                        Work::Burn => shows(Control::Amount, "1_234_567"),
                        Work::Hash => shows(Control::Amount, "12_345"),
                        Work::Wait => shows(Control::Amount, "0.25"),
                        _ => {}
                    }
                    if processes {
                        shows(Control::StartMethod, "spawn");
                    }
                }
            }
        }
    }
}

//! What comes through a program's pipes. Whatever is said on its event pipe and stands in its file of writes, its
//! output keeps every byte in its order, makes nothing but lines of its own, and the run can be kept and opened again.
//!
//! An input is lines, then behind a byte 1e the file of writes. A line that begins with `@` names the program that goes
//! on, `>` and `!` begin its output and its errors (a `\` at the end takes the newline away), `*` is what the system
//! tells: `*g` that it is gone, `*a` that it appeared, `*s` how much CPU all have used. Any other line is said.

use std::sync::Arc;

use gilscope::clock;
use gilscope::engine::channel::{Lines, Said, What, encode, parse};
use gilscope::engine::pump::Ring;
use gilscope::engine::report::Report;
use gilscope::engine::roster::Roster;
use gilscope::experiment::Experiment;
use gilscope::run::{Ended, Event, Kind, Run, RunEnd, StoppedBy, Stream};
use gilscope::store::{Recorded, Recorder, open};

use super::{header, log, scratch, window};

/// Takes what came.
pub(super) fn take(bytes: &[u8]) {
    let split = bytes.iter().position(|&byte| byte == 0x1e);
    let (text, ring) = bytes.split_at(split.unwrap_or(bytes.len()));
    let mut watched = Watched::new(ring.get(1..).unwrap_or_default());
    let mut speaker = 0;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let rest = &line[1..];
        match line[0] {
            b'@' => speaker = usize::from(rest.first().copied().unwrap_or(0)) % PROGRAMS,
            b'>' => watched.writes(speaker, Stream::Stdout, rest),
            b'!' => watched.writes(speaker, Stream::Stderr, rest),
            b'*' => watched.system(speaker, rest),
            _ => watched.says(speaker, line),
        }
    }
    watched.end(text.len() % 8 == 0);
}

const PROGRAMS: usize = 4;
const ROOT: u32 = 1;
/// A process that said nothing.
const OTHER: u32 = 9;

/// A program, as the pump has it.
#[derive(Default)]
struct Program {
    pid: Option<u32>,
    lines: Lines,
    ring: Option<Ring>,
}

struct Watched {
    programs: [Program; PROGRAMS],
    ring: Vec<u8>,
    roster: Roster,
    run: Run,
    events: Vec<Event>,
}

impl Watched {
    fn new(ring: &[u8]) -> Self {
        let zero_ns = clock::now_ns();
        let mut roster = Roster::new(zero_ns, ROOT, &["python".into()]);
        let events = roster.opening();
        let mut watched = Self {
            programs: Default::default(),
            ring: ring.to_vec(),
            roster,
            run: Run::new(header(Experiment::default())),
            events: Vec::new(),
        };
        watched.programs[0].pid = Some(ROOT);
        watched.happened(events);
        watched
    }

    fn says(&mut self, speaker: usize, line: &[u8]) {
        for said in self.programs[speaker].lines.take(clock::now_ns(), line) {
            let Ok(said) = said else { continue };
            said_again(line, &said);
            let program = &mut self.programs[speaker];
            match &said.what {
                What::Hello(hello) => {
                    program.pid.get_or_insert(hello.pid);
                }
                What::Ring { name, slots } => {
                    let folder = scratch("rings");
                    std::fs::create_dir_all(&folder).unwrap();
                    let _ = std::fs::write(folder.join("r.1"), &self.ring);
                    program.ring = Ring::open(&folder, name, *slots);
                }
                _ => {}
            }
            if let Some(pid) = program.pid {
                self.report(Report::Probe { pid, said });
            }
        }
    }

    fn writes(&mut self, speaker: usize, stream: Stream, text: &[u8]) {
        let text = text.strip_suffix(b"\\\n").unwrap_or(text);
        let program = &mut self.programs[speaker];
        let Some(pid) = program.pid.filter(|_| !text.is_empty()) else {
            return;
        };
        let t_ns = clock::now_ns();
        if let Some(ring) = &mut program.ring {
            let what = What::Written(ring.read());
            self.report(Report::Probe {
                pid,
                said: Said { t_ns, what },
            });
        }
        let events = self.report(Report::Bytes {
            t_ns,
            pid,
            stream,
            bytes: Arc::from(text),
        });
        let mut kept = Vec::new();
        for event in &self.events[events..] {
            let Kind::Output {
                lane,
                stream: of,
                bytes,
                ..
            } = &event.kind
            else {
                panic!("output made {event:?}");
            };
            assert_eq!((self.run.lane(*lane).unwrap().info.pid, *of), (pid, stream));
            kept.extend_from_slice(bytes);
        }
        // A process that said another number than its own has no lane under it.
        assert!(
            kept == text
                || kept.is_empty() && self.run.lanes.iter().all(|lane| lane.info.pid != pid)
        );
    }

    fn system(&mut self, speaker: usize, what: &[u8]) {
        let t_ns = clock::now_ns();
        let digits = |byte: &u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
        let number = what.iter().filter_map(digits).fold(0, |all: u64, digit| {
            all.saturating_mul(10).saturating_add(digit)
        }) >> 12;
        let pid = self.programs[speaker].pid.unwrap_or(OTHER);
        self.report(match what.first() {
            Some(b'g') => Report::Gone {
                t_ns,
                pid,
                how: Ended::Exited(number as i32),
                tree_cpu_ns: Some(number),
                peak_rss_bytes: Some(number),
            },
            Some(b'a') => Report::Appeared {
                t_ns,
                pid,
                parent: ROOT,
                args: vec!["sh".into()],
                started_ns: None,
                shares: Some([true, false]),
            },
            _ => Report::Sampled {
                t_ns,
                cpu: self
                    .roster
                    .living()
                    .into_iter()
                    .map(|(task, _)| (task, number))
                    .collect(),
                machine_cores: Some(1.5),
                rss_bytes: number,
            },
        });
    }

    /// Where its events begin.
    fn report(&mut self, report: Report) -> usize {
        let begin = self.events.len();
        let events = self.roster.take(report);
        self.happened(events);
        begin
    }

    fn happened(&mut self, events: Vec<Event>) {
        for event in events {
            assert_eq!(self.run.wrong_place(&event.kind), None);
            self.run.apply(&event);
            self.events.push(event);
        }
    }

    fn end(mut self, keep: bool) {
        let (cpu_ns, cpu_at_least) = self.roster.tree_cpu();
        let end = RunEnd {
            wall_ns: self.run.now_ns,
            cpu_ns,
            cpu_at_least,
            stopped_by: StoppedBy::End,
            root: Ended::Unknown,
        };
        let kind = Kind::RunEnded(end);
        self.happened(vec![Event {
            t_ns: self.run.now_ns,
            kind,
        }]);
        assert!(self.run.now_ns < 1 << 40, "no time is in the future");
        let mut recorder = Recorder::memory();
        let path = scratch("kept.gilscope");
        if keep {
            recorder = Recorder::create(&path, &self.run.header).unwrap();
        }
        for event in &self.events {
            assert_eq!(recorder.record(event), Recorded::Kept);
        }
        let text = recorder.text();
        recorder.finish().unwrap();
        log::check(&self.run, &text);
        if keep {
            window::look(&self.run, &text);
            let (again, _) = open(&path).unwrap();
            assert!(again == self.run, "opened again it is the same run");
        }
    }
}

/// What was read can be said, and is read again as the same.
fn said_again(line: &[u8], said: &Said) {
    // Longer texts are cut when they are written.
    if line.len() < 500
        && parse(line).as_ref() == Ok(said)
        && let Some(again) = encode(said)
    {
        assert_eq!(parse(again.as_bytes()).as_ref(), Ok(said), "{again:?}");
    }
}

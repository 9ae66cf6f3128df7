//! Reads all pipes and channels of a run, on one thread of its own.
//!
//! What a process writes goes this way: its pipe → one read → whole lines → [`Report::Bytes`]. In one
//! pass over a process its output is read first and its event channel and ring of writes afterwards, but
//! these are reported first: whatever a process said before it wrote is known before what it wrote.

mod program;
mod reading;
mod ring;
mod sets;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender};
use mio::{Events, Poll, Token, Waker};

use super::platform::pipes::{Folder, Reader, Set, is_gone};
use super::report::Report;
use crate::clock;
use crate::run::Ended;
use program::{Part, Program};
pub use ring::Ring;
pub(crate) use sets::SPARE;

/// Bytes that the buffers of all our pipes may take together.
const PIPES_BYTES: usize = 16 << 20;
/// While one thing follows another, what comes next is left to gather for so long: each wake takes a core from the
/// workers. Two first lines are told apart from 1 ms on.
const GATHER_NS: u64 = 800_000;
const BUSY_NS: u64 = 3_000_000;
/// How often a process that closed its channel is looked at until it is gone.
const LOOK_NS: u64 = 2_000_000;
const LOOK_LATER_NS: u64 = 50_000_000;
/// A process found gone this soon after its channel closed was gone when it closed.
const SAME_NS: u64 = 30_000_000;

/// What a started root leaves for the pump: the run's directory and the ends of its pipes.
#[derive(Debug)]
pub struct Inputs {
    pub(crate) folder: Folder,
    pub(crate) root: u32,
    pub(crate) stdout: Reader,
    pub(crate) stderr: Reader,
    pub(crate) spare: Vec<Set>,
}

/// The running pump. Dropping it stops the thread, joins it and removes the run's directory.
#[derive(Debug)]
pub struct Pump {
    waker: Waker,
    stop: Arc<AtomicBool>,
    open: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Pump {
    /// Starts to read. `reports` is bounded; when it is full the pump waits, and the workers' full pipes
    /// then make the workers wait: nothing is dropped.
    pub fn start(inputs: Inputs, reports: Sender<Report>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), Token(usize::MAX))?;
        let stop = Arc::new(AtomicBool::new(false));
        // The root's two pipes, until the thread counts them itself.
        let open = Arc::new(AtomicUsize::new(2));
        let mut work = Work {
            poll,
            folder: inputs.folder,
            programs: BTreeMap::new(),
            dirty: BTreeSet::new(),
            leaving: Vec::new(),
            next_set: 1,
            spare: 0,
            counted_ns: 0,
            count_due: true,
            spare_wanted: SPARE,
            full: false,
            full_told: false,
            buffers: 0,
            out: Out {
                reports,
                stop: Arc::clone(&stop),
            },
            open: Arc::clone(&open),
            scratch: vec![0; reading::READ],
        };
        work.root(inputs.root, inputs.stdout, inputs.stderr)?;
        for set in inputs.spare {
            work.adopt(set)?;
        }
        let thread = std::thread::Builder::new()
            .name("pump".into())
            .spawn(move || {
                // `Err` is a stop, or a controller that is gone: either way there is nobody to tell.
                let _ = work.serve();
            })?;
        Ok(Self {
            waker,
            stop,
            open,
            thread: Some(thread),
        })
    }

    /// Whether everything that was written has been read and reported: no pipe of the run has a writer any
    /// more. The controller asks once the whole tree is gone, and then empties its channel of reports.
    pub fn is_drained(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }

    /// Whether its thread has ended although nobody stopped it: nothing is read any more.
    pub fn failed(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // A failed wake only delays: the thread looks at `stop` on each turn.
        let _ = self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The pump was told to stop, or nobody listens any more.
#[derive(Debug)]
struct Stopped;

/// Where reports go.
struct Out {
    reports: Sender<Report>,
    stop: Arc<AtomicBool>,
}

impl Out {
    fn send(&self, mut report: Report) -> Result<(), Stopped> {
        loop {
            match self
                .reports
                .send_timeout(report, Duration::from_millis(100))
            {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Timeout(back)) if !self.stop.load(Ordering::Acquire) => {
                    report = back;
                }
                Err(_) => return Err(Stopped),
            }
        }
    }
}

/// A process whose channel is closed, and which may live on.
struct Leaving {
    pid: u32,
    closed_ns: u64,
    look_ns: u64,
}

/// The thread's own state.
struct Work {
    poll: Poll,
    folder: Folder,
    /// By the number of their set; 0 is the pair of pipes that the root was started with.
    programs: BTreeMap<usize, Program>,
    /// Programs with something to read, now or after a rest.
    dirty: BTreeSet<usize>,
    leaving: Vec<Leaving>,
    next_set: usize,
    /// Sets that nobody claimed yet, as last counted, and when that was.
    spare: usize,
    counted_ns: u64,
    /// Something happened since.
    count_due: bool,
    spare_wanted: usize,
    /// No more sets can be made now, and that was told.
    full: bool,
    full_told: bool,
    /// Bytes of all our pipes' buffers.
    buffers: usize,
    out: Out,
    open: Arc<AtomicUsize>,
    scratch: Vec<u8>,
}

impl Work {
    fn root(&mut self, pid: u32, stdout: Reader, stderr: Reader) -> io::Result<()> {
        let mut program = Program::root(pid, stdout, stderr);
        program.register(self.poll.registry(), 0)?;
        self.programs.insert(0, program);
        Ok(())
    }

    fn serve(&mut self) -> Result<(), Stopped> {
        let mut events = Events::with_capacity(256);
        let (mut woke_ns, mut busy) = (0, false);
        loop {
            if busy && self.dirty.is_empty() {
                std::thread::sleep(Duration::from_nanos(GATHER_NS));
            }
            let timeout = self.next_ns().map(|at_ns| {
                // The poller counts whole milliseconds and rounds up.
                Duration::from_nanos(at_ns.saturating_sub(clock::now_ns()))
            });
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != io::ErrorKind::Interrupted
            {
                return Err(Stopped);
            }
            if self.out.stop.load(Ordering::Acquire) {
                return Err(Stopped);
            }
            self.count_due |= !events.is_empty();
            let wrote = self.heed(&events);
            let now_ns = clock::now_ns();
            if !events.is_empty() {
                busy = now_ns < woke_ns + BUSY_NS;
                woke_ns = now_ns;
            }
            let dirty = std::mem::take(&mut self.dirty);
            let others = dirty.iter().filter(|number| !wrote.contains(number));
            for &number in others.chain(&wrote) {
                self.pass(number, now_ns)?;
            }
            self.provide(now_ns)?;
            self.look(clock::now_ns())?;
            self.count();
        }
    }

    /// Takes in what the poller told. Gives who may have written, in the order in which the poller saw it: within one
    /// pass the times are equal, and the order of the lines is all that tells who was first.
    fn heed(&mut self, events: &Events) -> Vec<usize> {
        let mut wrote = Vec::new();
        for event in events {
            let Token(token) = event.token();
            let (number, part) = (token / 4, Part::of(token % 4));
            let Some(program) = self.programs.get_mut(&number) else {
                continue;
            };
            program.ready(part, event.is_read_closed());
            self.dirty.insert(number);
            // Of one that has not said hello its output is not watched yet.
            let writes = part.stream().is_some() || program.pid().is_none();
            if writes && !wrote.contains(&number) {
                wrote.push(number);
            }
        }
        wrote
    }

    /// When the next thing is due that no event will announce.
    fn next_ns(&self) -> Option<u64> {
        let due = self
            .dirty
            .iter()
            .filter_map(|number| self.programs.get(number)?.due_ns());
        due.chain(self.leaving.iter().map(|process| process.look_ns))
            .chain([self.count_ns()])
            .min()
    }

    /// One pass over a program: see the module's words on order.
    fn pass(&mut self, number: usize, now_ns: u64) -> Result<(), Stopped> {
        let Some(program) = self.programs.get_mut(&number) else {
            return Ok(());
        };
        let room = PIPES_BYTES.saturating_sub(self.buffers);
        self.buffers += program.read_output(now_ns, &mut self.scratch, room);
        let was_claimed = program.pid().is_some();
        let mut said = program.read_events(now_ns, self.folder.path(), &mut self.scratch);
        if !was_claimed && program.pid().is_some() {
            self.spare = self.spare.saturating_sub(1);
            if program
                .register_outputs(self.poll.registry(), number)
                .is_err()
            {
                return Err(Stopped);
            }
            // What it said before it wrote that may have come since.
            self.buffers += program.read_output(now_ns, &mut self.scratch, room);
            said.extend(program.read_events(now_ns, self.folder.path(), &mut self.scratch));
        }
        let Some(pid) = program.pid() else {
            return Ok(());
        };
        for said in said {
            self.out.send(Report::Probe { pid, said })?;
        }
        if let Some(said) = program.read_ring(now_ns) {
            self.out.send(Report::Probe { pid, said })?;
        }
        for (stream, bytes) in program.finished(now_ns) {
            self.out.send(Report::Bytes {
                t_ns: bytes.0,
                pid,
                stream,
                bytes: bytes.1,
            })?;
        }
        let closed = program.closed(self.poll.registry());
        let tidy = program.arrange(self.poll.registry(), number);
        let over = program.is_over();
        if tidy {
            self.dirty.insert(number);
        }
        for part in closed {
            self.close(pid, part, clock::now_ns())?;
        }
        if over && let Some(program) = self.programs.remove(&number) {
            self.offer_again(number, program);
        }
        Ok(())
    }

    /// A pipe has no writer any more.
    fn close(&mut self, pid: u32, part: Part, now_ns: u64) -> Result<(), Stopped> {
        let again = self
            .programs
            .values()
            .any(|program| program.pid() == Some(pid) && program.has(part));
        if part == Part::Events && !again {
            self.leaving.push(Leaving {
                pid,
                closed_ns: now_ns,
                look_ns: now_ns + LOOK_NS,
            });
        }
        // The root's first pipes close as it takes its own: that is no end.
        if again {
            return Ok(());
        }
        self.out.send(Report::Closed {
            t_ns: now_ns,
            pid,
            stream: part.stream(),
        })
    }

    /// Looks at the processes that closed their channels.
    fn look(&mut self, now_ns: u64) -> Result<(), Stopped> {
        let mut gone = Vec::new();
        let programs = &self.programs;
        self.leaving.retain_mut(|process| {
            let reports_again = programs
                .values()
                .any(|program| program.pid() == Some(process.pid) && program.has(Part::Events));
            if reports_again {
                return false; // It ran another program: exec.
            }
            if process.look_ns > now_ns {
                return true;
            }
            if is_gone(process.pid) {
                let t_ns = if now_ns < process.closed_ns + SAME_NS {
                    process.closed_ns
                } else {
                    now_ns
                };
                gone.push((process.pid, t_ns));
                return false;
            }
            let later = now_ns > process.closed_ns + SAME_NS;
            process.look_ns = now_ns + if later { LOOK_LATER_NS } else { LOOK_NS };
            true
        });
        for (pid, t_ns) in gone {
            self.out.send(Report::Gone {
                t_ns,
                pid,
                how: Ended::Unknown,
                tree_cpu_ns: None,
                peak_rss_bytes: None,
            })?;
        }
        Ok(())
    }

    fn count(&mut self) {
        self.buffers = self.programs.values().map(Program::buffers).sum();
        let open: usize = self.programs.values().map(Program::open).sum();
        self.open.store(open, Ordering::Release);
    }
}

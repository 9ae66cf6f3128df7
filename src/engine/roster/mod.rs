//! Makes lanes of processes and threads: [`Report`]s in, [`Event`]s out. Pure: no clock, no system.
//!
//! Reports come in the order in which they were read, which is not that in which things happened: a child's
//! hello may come before or after its parent's word that it started it, and its end before its name. Each
//! report adds what it knows. A lane's CPU is its own: a process lane's is what the operating system accounts
//! to the process, without its reaped children's, and without that of its threads and calls that have lanes
//! of their own; so the lanes' sum is the tree's.

mod cpu;
mod gil;
mod place;
mod process;
mod role;
mod said;

use std::collections::HashMap;
use std::sync::Arc;

use super::attribution::Writer;
use super::report::{Report, Task};
use crate::run::{
    Ended, Event, Kind, LaneId, LaneInfo, LaneKind, MAX_NUMBER, Place, PlaceId, Stamp, Stream,
    total,
};
use process::Process;

/// Who is who in a run.
#[derive(Debug)]
pub struct Roster {
    zero_ns: u64,
    root: u32,
    lanes: Vec<LaneInfo>,
    processes: Vec<Process>,
    /// The newest process of each number, as an index.
    current: HashMap<u32, usize>,
    /// CPU of trees that the engine itself reaped.
    reaped_ns: u64,
    /// Whether it was told that an import turned a GIL on.
    gil_on_told: bool,
    /// The places in the code that were found.
    places: HashMap<Place, PlaceId>,
    out: Vec<Event>,
}

impl Roster {
    /// A run whose root is the process `root`, started at `zero_ns` (absolute); `command` is its command
    /// line. [`Self::opening`] gives its first events.
    pub fn new(zero_ns: u64, root: u32, command: &[String]) -> Self {
        let mut roster = Self {
            zero_ns,
            root,
            lanes: Vec::new(),
            processes: Vec::new(),
            current: HashMap::new(),
            reaped_ns: 0,
            gil_on_told: false,
            places: HashMap::new(),
            out: Vec::new(),
        };
        let index = roster.open(zero_ns, root, None, LaneKind::Root, "MainProcess");
        roster.processes[index].ours = [true; 2];
        roster.lanes[index].args = command.join(" ");
        // The event already holds the lane as it was.
        if let Some(Event {
            kind: Kind::Opened { info, .. },
            ..
        }) = roster.out.last_mut()
        {
            info.args = command.join(" ");
        }
        roster
    }

    /// The root's lane: the first event of a run.
    pub fn opening(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.out)
    }

    /// What a report means.
    pub fn take(&mut self, report: Report) -> Vec<Event> {
        match report {
            Report::Appeared {
                t_ns,
                pid,
                parent,
                args,
                started_ns,
                shares,
            } => {
                self.appeared(started_ns.unwrap_or(t_ns), pid, parent, &args);
                self.shares(t_ns, pid, parent, shares);
            }
            Report::Probe { pid, said } => self.said(pid, said),
            Report::Bytes {
                t_ns,
                pid,
                stream,
                bytes,
            } => self.bytes(t_ns, pid, stream, &bytes),
            Report::Closed { pid, stream, .. } => {
                if let (Some(index), Some(stream)) = (self.find(pid), stream) {
                    self.processes[index].open[slot(stream)] = None;
                }
            }
            Report::Gone {
                t_ns,
                pid,
                how,
                tree_cpu_ns,
                peak_rss_bytes,
            } => {
                if let Some(index) = self.find(pid) {
                    if self.processes[index].tree_ns.is_none() {
                        let more_ns = tree_cpu_ns.unwrap_or(0);
                        self.reaped_ns = self.reaped_ns.saturating_add(more_ns);
                    }
                    self.end(index, t_ns, how, tree_cpu_ns, peak_rss_bytes);
                }
            }
            Report::Gil { t_ns, pid, held } => self.gil(t_ns, pid, held),
            Report::SubGils { t_ns, pid, gils } => self.sub_gils(t_ns, pid, gils),
            Report::SubGilsUnknown { t_ns, pid, why } => {
                if let Some(index) = self.find(pid) {
                    let lane = self.processes[index].lane;
                    self.event(t_ns, Kind::SubGilsUnknown { lane, why });
                }
            }
            Report::GilUnknown { t_ns, pid, why } => {
                if let Some(index) = self.find(pid) {
                    let lane = self.processes[index].lane;
                    self.event(t_ns, Kind::GilUnknown { lane, why });
                }
            }
            Report::Did { t_ns, pid, did } => self.did(t_ns, pid, did),
            Report::At { t_ns, pid, found } => self.found(t_ns, pid, found),
            Report::Trouble { t_ns, text } => self.event(t_ns, Kind::Notice { text }),
            Report::Sampled {
                t_ns,
                cpu,
                machine_cores,
                rss_bytes,
            } => self.sampled(t_ns, &cpu, machine_cores, rss_bytes),
        }
        std::mem::take(&mut self.out)
    }

    /// What the sampler should read: whole processes (`tid` none, all threads together), and each thread that
    /// has a lane. The roster takes the threads' share out of the process's.
    pub fn living(&self) -> Vec<(Task, LaneId)> {
        let mut living = Vec::new();
        for process in self.processes.iter().filter(|p| p.ended.is_none()) {
            let pid = process.pid;
            living.push((Task { pid, tid: None }, process.lane));
            let parts = process.owners.values().filter(|part| part.alive);
            living.extend(parts.filter_map(|part| {
                let tid = Some(part.tid?);
                Some((Task { pid, tid }, part.lane))
            }));
        }
        living
    }

    /// The processes of the run that are not known to be gone.
    pub fn alive_pids(&self) -> Vec<u32> {
        self.processes
            .iter()
            .filter(|process| process.ended.is_none())
            .map(|process| process.pid)
            .collect()
    }

    /// The tree's CPU nanoseconds, and whether some of it could not be accounted for ("at least"), for
    /// [`crate::run::RunEnd`]: what was told of all that we reaped, and of what nobody reaped that tells us,
    /// the last sample.
    pub fn tree_cpu(&self) -> (u64, bool) {
        let mut cpu_ns = self.reaped_ns;
        let mut at_least = false;
        for process in &self.processes {
            if process.tree_ns.is_none() && !self.is_in_unprobed_tree(process) {
                cpu_ns = total([cpu_ns, process.sampled_ns, process.children_ns].into_iter());
                at_least = true;
            }
        }
        (cpu_ns.min(MAX_NUMBER), at_least)
    }

    /// Whether a parent that does not report has reaped this process, and was itself accounted for.
    fn is_in_unprobed_tree(&self, process: &Process) -> bool {
        let parent = process.parent.and_then(|pid| self.find(pid));
        parent.is_some_and(|index| {
            let parent = &self.processes[index];
            !parent.probed && parent.tree_ns.is_some() && process.ended.is_some()
        })
    }

    fn find(&self, pid: u32) -> Option<usize> {
        self.current.get(&pid).copied()
    }

    /// Numbers that no run can have are cut to what can be kept.
    fn event(&mut self, t_ns: u64, mut kind: Kind) {
        kind.each_number(|number| *number = (*number).min(MAX_NUMBER));
        let t_ns = t_ns.saturating_sub(self.zero_ns).min(MAX_NUMBER);
        self.out.push(Event { t_ns, kind });
    }

    fn lane(&mut self, t_ns: u64, info: LaneInfo) -> LaneId {
        let lane = LaneId(self.lanes.len() as u32);
        self.lanes.push(info.clone());
        self.event(t_ns, Kind::Opened { lane, info });
        lane
    }

    /// Opens a process's lane; returns its index in `processes`.
    fn open(
        &mut self,
        t_ns: u64,
        pid: u32,
        parent: Option<u32>,
        kind: LaneKind,
        name: &str,
    ) -> usize {
        let above = parent.and_then(|pid| self.find(pid));
        let lane = self.lane(
            t_ns,
            LaneInfo {
                parent: above.map(|index| self.processes[index].lane),
                kind,
                pid,
                tid: None,
                name: name.to_owned(),
                args: String::new(),
                probed: false,
                encoding: "utf-8".to_owned(),
                gil: None,
                among: None,
            },
        );
        self.processes.push(Process::new(lane, pid, parent));
        self.current.insert(pid, self.processes.len() - 1);
        self.processes.len() - 1
    }

    /// Changes what is known of a lane, and tells if it is news.
    fn learn(&mut self, t_ns: u64, lane: LaneId, change: impl FnOnce(&mut LaneInfo)) {
        let Some(before) = self.lanes.get(lane.index()) else {
            return;
        };
        let mut info = before.clone();
        change(&mut info);
        // Nobody is their own ancestor, whatever is said.
        let mut above = std::iter::successors(info.parent, |of| self.lanes[of.index()].parent);
        if above.any(|of| of == lane) {
            info.parent = before.parent;
        }
        if info != *before {
            self.lanes[lane.index()] = info.clone();
            self.event(t_ns, Kind::Learnt { lane, info });
        }
    }

    fn appeared(&mut self, t_ns: u64, pid: u32, parent: u32, args: &[String]) {
        let (kind, name) = role::of(args);
        let args = args.join(" ");
        match self.find(pid) {
            // What reports itself knows better.
            Some(index) if self.processes[index].ended.is_none() => {
                let process = &mut self.processes[index];
                process.parent.get_or_insert(parent);
                let (lane, named) = (process.lane, process.probed || process.started);
                if !named && pid != self.root {
                    self.learn(t_ns, lane, |info| {
                        (info.kind, info.name, info.args) = (kind, name, args);
                    });
                }
            }
            // Still in the table while its parent has not reaped it.
            Some(index) if self.ended_after(index, t_ns) => {}
            _ => {
                let index = self.open(t_ns, pid, Some(parent), kind, &name);
                let lane = self.processes[index].lane;
                self.learn(t_ns, lane, |info| info.args = args);
            }
        }
    }

    fn bytes(&mut self, t_ns: u64, pid: u32, stream: Stream, bytes: &[u8]) {
        let Some(index) = self.find(pid) else {
            // Pipes have an owner from the first: the root's, or one that said hello.
            return;
        };
        let process = &mut self.processes[index];
        let parts = match process.writes_of(stream) {
            Some(writes) => writes.parts(bytes),
            None => vec![super::attribution::Part {
                range: 0..bytes.len(),
                writer: Writer::Alone,
            }],
        };
        for part in parts {
            let text = &bytes[part.range];
            let mut rest = text;
            // The end of a line that was left open belongs to whoever began it.
            if let Some(lane) = self.processes[index].open[slot(stream)] {
                let end = memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1);
                let (line, others) = text.split_at(end);
                rest = others;
                self.output(index, t_ns, stream, Some(lane), part.writer, line);
            }
            if !rest.is_empty() {
                self.output(index, t_ns, stream, None, part.writer, rest);
            }
        }
    }

    fn output(
        &mut self,
        index: usize,
        read_ns: u64,
        stream: Stream,
        goes_on: Option<LaneId>,
        writer: Writer,
        text: &[u8],
    ) {
        let process = &mut self.processes[index];
        let (lane, t_ns, stamp, unattributed) = match writer {
            Writer::Known { owner, t_ns } => match process.lane_of(owner) {
                // A write can't be later than its read; a stamp that says so is not believed.
                Some(lane) => match t_ns {
                    Some(t_ns) => (lane, t_ns.get().min(read_ns), Stamp::Written, false),
                    None => (lane, read_ns, Stamp::Read, false),
                },
                None => (process.lane, read_ns, Stamp::Read, true),
            },
            who => (process.lane, read_ns, Stamp::Read, who == Writer::Unknown),
        };
        let lane = goes_on.unwrap_or(lane);
        let ends = text.last() == Some(&b'\n');
        process.open[slot(stream)] = (!ends).then_some(lane);
        let kind = Kind::Output {
            lane,
            stream,
            stamp,
            continues: goes_on.is_some(),
            unattributed: unattributed && goes_on.is_none(),
            bytes: Arc::from(text),
        };
        self.event(t_ns, kind);
    }

    /// A process is gone. What is known better comes later or earlier: each call adds to it.
    fn end(
        &mut self,
        index: usize,
        t_ns: u64,
        how: Ended,
        tree_ns: Option<u64>,
        peak_rss_bytes: Option<u64>,
    ) {
        let unprobed_children_ns = self.unaccounted_children_ns(index);
        let process = &mut self.processes[index];
        let how = match how {
            Ended::Killed(signal) if process.terminated => Ended::ByParent(signal),
            how => how,
        };
        let known = process.ended.map_or(Ended::Unknown, |(_, how)| how);
        let how = if known == Ended::Unknown { how } else { known };
        let at_ns = process
            .ended
            .map_or(t_ns, |(before_ns, _)| before_ns.min(t_ns));
        process.ended = Some((at_ns, how));
        process.tree_ns = process.tree_ns.or(tree_ns);
        // What was cut off with the process shares its signal; without one nobody can say how it ended.
        let cut = match how {
            Ended::Killed(_) | Ended::ByParent(_) => how,
            _ => Ended::Unknown,
        };
        let mut parts = Vec::new();
        for part in process.owners.values_mut() {
            if part.alive {
                (part.alive, part.cut) = (false, true);
            }
            if part.cut {
                parts.push((part.lane, part.tid.is_none().then_some(part.cpu_ns)));
            }
        }
        let cpu_ns = tree_ns.map(|tree_ns| process.own_ns(tree_ns, unprobed_children_ns));
        let lane = process.lane;
        for (lane, cpu_ns) in parts {
            let kind = Kind::Ended {
                lane,
                how: cut,
                cpu_ns,
                peak_rss_bytes: None,
            };
            self.event(at_ns, kind);
        }
        let kind = Kind::Ended {
            lane,
            how,
            cpu_ns,
            peak_rss_bytes,
        };
        self.event(t_ns, kind);
    }

    /// What was told of a child only after its parent's end is not the parent's own either: an exit is heard at once, and
    /// what was said before it may still be on its way.
    fn settle(&mut self, index: usize) {
        let unprobed_children_ns = self.unaccounted_children_ns(index);
        let process = &self.processes[index];
        let Some(((at_ns, how), tree_ns)) = process.ended.zip(process.tree_ns) else {
            return;
        };
        let kind = Kind::Ended {
            lane: process.lane,
            how,
            cpu_ns: Some(process.own_ns(tree_ns, unprobed_children_ns)),
            peak_rss_bytes: None,
        };
        self.event(at_ns, kind);
    }

    /// CPU of the children that a process without a probe has reaped: nobody told, so their last samples.
    fn unaccounted_children_ns(&self, index: usize) -> u64 {
        let parent = &self.processes[index];
        if parent.probed {
            return 0;
        }
        let children = self
            .processes
            .iter()
            .filter(|child| child.parent == Some(parent.pid) && child.ended.is_some())
            .filter(|child| child.tree_ns.is_none());
        total(children.flat_map(|child| [child.sampled_ns, child.children_ns]))
    }
}

fn slot(stream: Stream) -> usize {
    match stream {
        Stream::Stdout => 0,
        Stream::Stderr => 1,
    }
}

#[cfg(test)]
mod tests;

//! What a probe's words mean for the lanes.

use super::process::{Part, Python};
use super::{Roster, role};
use crate::engine::attribution::{Attribution, Record};
use crate::engine::channel::{Hello, Owner, Said, What, Whom};
use crate::run::{Ended, Kind, LaneId, LaneInfo, LaneKind};

impl Roster {
    pub(super) fn said(&mut self, pid: u32, said: Said) {
        let t_ns = said.t_ns;
        match said.what {
            What::Hello(hello) => self.hello(t_ns, &hello),
            What::Started {
                pid: child,
                name,
                args,
            } => self.started(t_ns, pid, child, name, args),
            What::Reaped {
                pid: child,
                exited,
                signal,
                cpu_ns,
                rss_bytes,
            } => {
                let how = match (exited, signal) {
                    (Some(status), _) => Ended::Exited(status),
                    (None, Some(signal)) => Ended::Killed(signal),
                    (None, None) => Ended::Unknown,
                };
                self.reaped(t_ns, pid, child, how, cpu_ns, rss_bytes);
            }
            What::Terminated { pid: child } => {
                if let Some(index) = self.find(child) {
                    self.processes[index].terminated = true;
                }
            }
            what => {
                if let Some(index) = self.find(pid) {
                    self.of_itself(index, t_ns, what);
                }
            }
        }
    }

    fn hello(&mut self, t_ns: u64, hello: &Hello) {
        let (kind, name) = if hello.fork {
            (LaneKind::Process, format!("fork {}", hello.pid))
        } else {
            role::of(&hello.args)
        };
        let known = self
            .find(hello.pid)
            .filter(|&index| !self.is_over(index, t_ns));
        let is_root = hello.pid == self.root;
        let index = match known {
            Some(index) => index,
            None => self.open(t_ns, hello.pid, Some(hello.ppid), kind, &name),
        };
        let process = &mut self.processes[index];
        process.probed = true;
        process.python = (hello.ident != 0).then_some(Python {
            tid: hello.tid,
            ident: hello.ident,
            fork: hello.fork,
            since_ns: t_ns,
            gil: hello.gil,
        });
        process.parent = Some(hello.ppid);
        let started_again = process.up;
        process.ours = [hello.taken.contains('o'), hello.taken.contains('e')];
        // A program that another replaced has no threads any more, and what it recorded is over.
        process.writes = None;
        let named = process.started;
        let lane = process.lane;
        let parent = self
            .find(hello.ppid)
            .map(|index| self.processes[index].lane);
        // A program that another replaced starts no second time.
        if !started_again {
            self.event(t_ns, Kind::Interpreter { lane });
        }
        let args = hello.args.join(" ");
        self.learn(t_ns, lane, |info| {
            info.probed = true;
            info.encoding.clone_from(&hello.encoding);
            info.gil = Some(hello.gil);
            info.parent = info.parent.or(parent.filter(|_| !is_root));
            if !is_root && !named {
                info.kind = kind;
                info.name = name;
            }
            if !args.is_empty() && (is_root || !named) {
                info.args = args;
            }
        });
    }

    /// Whether the process that had this number ended before `t_ns`, so that another one has it now.
    fn is_over(&self, index: usize, t_ns: u64) -> bool {
        self.processes[index]
            .ended
            .is_some_and(|(ended_ns, _)| ended_ns < t_ns)
    }

    /// Whether the process ended at or after `t_ns`, so that it is the one meant.
    pub(super) fn ended_after(&self, index: usize, t_ns: u64) -> bool {
        self.processes[index]
            .ended
            .is_some_and(|(ended_ns, _)| ended_ns >= t_ns)
    }

    fn started(&mut self, t_ns: u64, parent: u32, child: u32, name: String, args: String) {
        // One that was started before, and ended, had the same number.
        let known = self
            .find(child)
            .filter(|&index| !(self.processes[index].started && self.is_over(index, t_ns)));
        let index = match known {
            Some(index) => index,
            None => self.open(t_ns, child, Some(parent), LaneKind::Process, &name),
        };
        let process = &mut self.processes[index];
        process.started = true;
        process.parent.get_or_insert(parent);
        let lane = process.lane;
        let above = self.find(parent).map(|index| self.processes[index].lane);
        self.event(t_ns, Kind::Started { lane });
        self.learn(t_ns, lane, |info| {
            info.kind = LaneKind::Process;
            info.parent = above;
            info.name = name;
            if !args.is_empty() || !info.probed {
                info.args = args;
            }
        });
    }

    fn reaped(
        &mut self,
        t_ns: u64,
        parent: u32,
        child: u32,
        how: Ended,
        cpu_ns: u64,
        rss_bytes: u64,
    ) {
        let above = self.find(parent);
        if let Some(above) = above {
            let children_ns = &mut self.processes[above].children_ns;
            *children_ns = children_ns.saturating_add(cpu_ns);
        }
        let known = self
            .find(child)
            .filter(|&index| self.processes[index].tree_ns.is_none());
        // Too short for the process table, and no Python: it lived at least as long as it computed.
        let index = known.unwrap_or_else(|| {
            let began_ns = t_ns.saturating_sub(cpu_ns).max(self.zero_ns);
            let name = format!("process {child}");
            self.open(began_ns, child, Some(parent), LaneKind::Other, &name)
        });
        self.end(index, t_ns, how, Some(cpu_ns), Some(rss_bytes));
        if let Some(above) = above {
            self.settle(above);
        }
    }

    /// Where the output of a process goes that has no pipes of its own: it may have its parent's.
    pub(super) fn shares(&mut self, t_ns: u64, pid: u32, parent: u32, shares: Option<[bool; 2]>) {
        let (Some(shares), Some(index), Some(above)) = (shares, self.find(pid), self.find(parent))
        else {
            return;
        };
        if self.processes[index].probed || pid == self.root {
            return;
        }
        let above = self.processes[above].ours;
        let process = &mut self.processes[index];
        process.ours = [shares[0] && above[0], shares[1] && above[1]];
        let (lane, among) = (process.lane, process.ours != [false; 2]);
        self.learn(t_ns, lane, |info| info.among = Some(among));
    }

    fn of_itself(&mut self, index: usize, t_ns: u64, what: What) {
        let process = &mut self.processes[index];
        let lane = process.lane;
        match what {
            What::Up { cpu_ns, name, args } => {
                let is_root = process.pid == self.root;
                if !std::mem::replace(&mut process.up, true) {
                    self.event(t_ns, Kind::Up { lane, cpu_ns });
                }
                if !is_root && !name.is_empty() {
                    self.learn(t_ns, lane, |info| {
                        info.kind = LaneKind::Process;
                        info.name = name;
                        info.args = args;
                    });
                }
            }
            What::JoinBegan { by, on } => self.join(index, t_ns, by, on, true),
            What::JoinEnded { by, on } => self.join(index, t_ns, by, on, false),
            What::Thread {
                owner,
                tid,
                ident,
                started_ns,
                name,
                target,
                args,
            } => {
                let kind = if role::is_service(&target) {
                    LaneKind::Service
                } else {
                    LaneKind::Thread
                };
                let lane = self.part(
                    index,
                    started_ns,
                    kind,
                    owner,
                    Some((tid, ident)),
                    0,
                    name,
                    args,
                );
                self.event(t_ns, Kind::Up { lane, cpu_ns: 0 });
            }
            What::Call {
                owner,
                cpu_ns,
                name,
                args,
            } => {
                let kind = LaneKind::Call;
                let lane = self.part(index, t_ns, kind, owner, None, cpu_ns, name, args);
                self.event(t_ns, Kind::Up { lane, cpu_ns: 0 });
            }
            What::ThreadEnded {
                owner,
                cpu_ns,
                raised,
            }
            | What::CallEnded {
                owner,
                cpu_ns,
                raised,
            } => {
                let Some(part) = process.owners.get_mut(&owner) else {
                    return;
                };
                part.until_ns = Some(t_ns);
                let lane = part.lane;
                // A thread tells its own CPU; around a call the process's is read twice.
                let cpu_ns = cpu_ns.saturating_sub(part.base_ns);
                process.end_part(owner, cpu_ns);
                let how = if raised {
                    Ended::Raised
                } else {
                    Ended::Returned
                };
                let kind = Kind::Ended {
                    lane,
                    how,
                    cpu_ns: Some(cpu_ns),
                    peak_rss_bytes: None,
                };
                self.event(t_ns, kind);
            }
            What::Held {
                from_ns,
                handoffs,
                spans,
            } => self.held(index, t_ns, from_ns, handoffs, &spans),
            What::GilOn => self.gil_on(index, t_ns),
            What::Ring { .. } => process.writes = Some(<[Attribution; 2]>::default()),
            What::Written(records) => {
                for record in records {
                    let stream = record.stream;
                    if let Some(writes) = process.writes_of(stream) {
                        writes.push(record);
                    }
                }
            }
            What::Wrote(record) => {
                // A thread that is not known, such as one that a sub-interpreter started, is nobody's.
                let owner = process.owner_of(record.owner).unwrap_or(Owner::MAX);
                if let Some(writes) = process.writes_of(record.stream) {
                    writes.push(Record { owner, ..record });
                }
            }
            What::Garbled { why } => {
                let pid = process.pid;
                let text = format!(
                    "Process {pid} said something on its event channel that can't be read ({why}); \
                     what it does may be incomplete here. Its output is not affected."
                );
                self.event(t_ns, Kind::Notice { text });
            }
            // Said of others, and taken above.
            What::Hello(_)
            | What::Started { .. }
            | What::Reaped { .. }
            | What::Terminated { .. } => {}
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a lane's facts, each once")]
    fn part(
        &mut self,
        index: usize,
        t_ns: u64,
        kind: LaneKind,
        owner: Owner,
        thread: Option<(u64, u64)>,
        base_ns: u64,
        name: String,
        args: String,
    ) -> LaneId {
        let process = &self.processes[index];
        let encoding = self.lanes[process.lane.index()].encoding.clone();
        let info = LaneInfo {
            parent: Some(process.lane),
            kind,
            pid: process.pid,
            tid: thread.map(|(tid, _)| tid),
            name,
            args,
            probed: true,
            encoding,
            gil: None,
            among: None,
        };
        let lane = self.lane(t_ns, info);
        let part = Part {
            lane,
            tid: thread.map(|(tid, _)| tid),
            ident: thread.map_or(0, |(_, ident)| ident),
            since_ns: t_ns,
            until_ns: None,
            base_ns,
            cpu_ns: 0,
            alive: true,
            cut: false,
        };
        self.processes[index].owners.insert(owner, part);
        lane
    }

    fn join(&mut self, index: usize, t_ns: u64, by: Owner, on: Whom, begins: bool) {
        let process = &self.processes[index];
        let on = match on {
            Whom::Process(pid) => self.find(pid).map(|index| self.processes[index].lane),
            Whom::Thread(owner) => process.lane_of(owner),
        };
        let (Some(lane), Some(on)) = (process.lane_of(by), on) else {
            return;
        };
        let kind = if begins {
            Kind::JoinBegan { lane, on }
        } else {
            Kind::JoinEnded { lane, on }
        };
        self.event(t_ns, kind);
    }
}

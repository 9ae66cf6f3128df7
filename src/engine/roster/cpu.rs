//! CPU time by lane, as it was sampled.

use std::collections::BTreeMap;

use super::Roster;
use crate::engine::report::Task;
use crate::run::Kind;

impl Roster {
    /// A pass of the sampler: whole processes and threads, whose share is taken out of their process's.
    pub(super) fn sampled(
        &mut self,
        t_ns: u64,
        cpu: &[(Task, u64)],
        machine_cores: Option<f32>,
        rss_bytes: u64,
    ) {
        let mut whole = BTreeMap::new();
        let mut lanes = Vec::new();
        for &(task, cpu_ns) in cpu {
            let Some(index) = self.find(task.pid) else {
                continue;
            };
            let process = &mut self.processes[index];
            match task.tid {
                None => drop(whole.insert(index, cpu_ns)),
                Some(tid) => {
                    let part = process
                        .owners
                        .values_mut()
                        .find(|part| part.alive && part.tid == Some(tid));
                    if let Some(part) = part {
                        part.cpu_ns = part.cpu_ns.max(cpu_ns);
                        lanes.push((part.lane, part.cpu_ns));
                    }
                }
            }
        }
        for (index, all_ns) in whole {
            let process = &mut self.processes[index];
            if process.ended.is_some() {
                continue;
            }
            process.sampled_ns = process.sampled_ns.max(all_ns);
            // Of a call in turn, the process's own CPU since it began is the measure.
            for part in process.owners.values_mut() {
                if part.alive && part.tid.is_none() {
                    part.cpu_ns = part.cpu_ns.max(all_ns.saturating_sub(part.base_ns));
                    lanes.push((part.lane, part.cpu_ns));
                }
            }
            lanes.push((process.lane, process.without_parts(all_ns)));
        }
        let kind = Kind::Cpu {
            lanes,
            machine_cores,
            rss_bytes,
        };
        self.event(t_ns, kind);
    }
}

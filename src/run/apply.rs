//! The only way a run changes.

use super::{
    Block, BlockId, CpuPoint, Ended, Event, Kind, Lane, LaneId, MachinePoint, Notice, Run, Stream,
};

impl Run {
    /// Lets one event happen. Events that name a lane that was never opened change nothing: a broken
    /// file must not panic.
    pub fn apply(&mut self, event: &Event) {
        let t_ns = event.t_ns;
        // A stamp of the watched side may lie before the newest; time itself does not go back.
        self.now_ns = self.now_ns.max(t_ns);
        self.changes.0 += 1;
        match &event.kind {
            Kind::Opened { lane, info } => {
                if lane.index() == self.lanes.len() {
                    self.lanes.push(Lane::new(*lane, info.clone(), t_ns));
                }
            }
            Kind::Learnt { lane, info } => self.on(*lane, |lane| lane.info = info.clone()),
            Kind::Started { lane } => self.on(*lane, |lane| {
                lane.started_ns = lane.started_ns.min(t_ns);
            }),
            Kind::Interpreter { lane } => self.on(*lane, |lane| {
                lane.interpreter_ns.get_or_insert(t_ns);
            }),
            Kind::Up { lane, cpu_ns } => self.on(*lane, |lane| {
                let point = CpuPoint {
                    t_ns,
                    cpu_ns: *cpu_ns,
                };
                lane.up.get_or_insert(point);
                lane.cpu.push(point);
            }),
            Kind::JoinBegan { lane, on } => {
                let on = *on;
                self.on(*lane, |lane| lane.joins.push((on, t_ns, None)));
            }
            Kind::JoinEnded { lane, on } => {
                let on = *on;
                self.on(*lane, |lane| {
                    let open = lane
                        .joins
                        .iter_mut()
                        .rev()
                        .find(|(whom, _, end)| *whom == on && end.is_none());
                    if let Some((_, _, end)) = open {
                        *end = Some(t_ns);
                    }
                });
            }
            Kind::Output { .. } => {
                if let Some(block) = Block::of(event) {
                    self.apply_block(block);
                }
            }
            Kind::Lost {
                lane, bytes, lines, ..
            } => self.on(*lane, |lane| {
                lane.lost.0 += lines;
                lane.lost.1 += bytes;
            }),
            Kind::Cpu {
                lanes,
                machine_cores,
                rss_bytes,
            } => {
                for &(lane, cpu_ns) in lanes {
                    self.on(lane, |lane| lane.cpu.push(CpuPoint { t_ns, cpu_ns }));
                }
                self.machine.push(MachinePoint {
                    t_ns,
                    busy_cores: *machine_cores,
                    rss_bytes: *rss_bytes,
                });
            }
            Kind::Gil {
                lane,
                from_ns,
                reads,
                handoffs,
                holds,
            } => {
                if lane.index() < self.lanes.len() {
                    let gil = self.gils.entry(*lane).or_default();
                    gil.take((*from_ns, t_ns), *reads, *handoffs, holds);
                }
            }
            Kind::GilUnknown { lane, why } => {
                if lane.index() < self.lanes.len() {
                    self.gils.entry(*lane).or_default().unknown = Some(why.clone());
                }
            }
            Kind::SubGils { lane, gils } => {
                if lane.index() < self.lanes.len() {
                    self.apply_sub_gils(*lane, gils);
                }
            }
            Kind::SubGilsUnknown { lane, why } => {
                if lane.index() < self.lanes.len() {
                    self.sub_gils_unknown.insert(*lane, why.clone());
                }
            }
            Kind::Did { did } => {
                for &(lane, doing, from_ns, to_ns) in did {
                    self.on(lane, |lane| lane.did.take(doing, from_ns, to_ns));
                }
            }
            Kind::Place { id, place } => {
                if id.index() == self.places.len() {
                    self.places.push(place.clone());
                }
            }
            Kind::At { at } => self.apply_stays(at),
            Kind::Ended {
                lane,
                how,
                cpu_ns,
                peak_rss_bytes,
            } => {
                let stop_asked = self.stop_asked;
                self.on(*lane, |lane| {
                    let ended = match lane.ended {
                        Some((before_ns, known)) => (
                            before_ns.min(t_ns),
                            if known == Ended::Unknown { *how } else { known },
                        ),
                        None => (t_ns, *how),
                    };
                    lane.ended = Some(ended);
                    lane.judge(stop_asked);
                    lane.peak_rss_bytes = lane.peak_rss_bytes.max(*peak_rss_bytes);
                    if let Some(cpu_ns) = *cpu_ns {
                        lane.cpu_final_ns = Some(cpu_ns);
                        lane.cpu.finish(CpuPoint {
                            t_ns: ended.0,
                            cpu_ns,
                        });
                    }
                });
            }
            Kind::StopAsked { by } => {
                self.stop_asked.get_or_insert((t_ns, *by));
                let next = self.log.blocks().len() as BlockId;
                self.stop_block.get_or_insert(next);
            }
            Kind::Signalled { signal } => self.signalled(t_ns, *signal),
            Kind::Notice { text } => self.notices.push(Notice {
                t_ns,
                text: text.clone(),
            }),
            Kind::RunEnded(end) => self.end = Some(end.clone()),
        }
    }

    /// Lets an output happen of which only the block is at hand, as a run file has it: the same as
    /// [`Run::apply`] of the event that the block was made [`Block::of`].
    pub fn apply_block(&mut self, block: Block) {
        self.now_ns = self.now_ns.max(block.t_ns);
        self.changes.0 += 1;
        let Some(known) = self.lanes.get_mut(block.lane.index()) else {
            return;
        };
        known.first_line_ns.get_or_insert(block.t_ns);
        known.bytes += u64::from(block.bytes);
        // A line counts when its first byte comes; the newline that closes an open one adds none.
        let was_open = std::mem::replace(&mut known.open[stream_index(block.stream)], block.open);
        known.lines += u64::from(block.rows) - u64::from(was_open && block.continues);
        self.log.push(block);
    }

    pub(super) fn on(&mut self, lane: LaneId, change: impl FnOnce(&mut Lane)) {
        if let Some(lane) = self.lanes.get_mut(lane.index()) {
            change(lane);
        }
    }
}

fn stream_index(stream: Stream) -> usize {
    match stream {
        Stream::Stdout => 0,
        Stream::Stderr => 1,
    }
}

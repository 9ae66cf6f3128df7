//! Where the numbers of a run end, so that sums of them can be trusted.

use super::{Kind, SubGil};

/// What JSON's readers and pandas hold exactly. In nanoseconds, 104 days.
pub const MAX_NUMBER: u64 = 1 << 53;

impl Kind {
    /// Each of its times and counts; what only names something is none.
    pub(crate) fn each_number(&mut self, mut see: impl FnMut(&mut u64)) {
        match self {
            Self::Up { cpu_ns, .. } => see(cpu_ns),
            Self::Lost { bytes, lines, .. } => [bytes, lines].into_iter().for_each(see),
            Self::Cpu {
                lanes, rss_bytes, ..
            } => {
                for (_, cpu_ns) in lanes {
                    see(cpu_ns);
                }
                see(rss_bytes);
            }
            Self::Gil {
                from_ns,
                reads,
                handoffs,
                holds,
                ..
            } => {
                [from_ns, reads].into_iter().for_each(&mut see);
                handoffs.iter_mut().for_each(&mut see);
                holds
                    .iter_mut()
                    .flat_map(|of| [&mut of.1, &mut of.2])
                    .for_each(see);
            }
            Self::SubGils { gils, .. } => {
                for of in gils {
                    each_of_sub(of, &mut see);
                }
            }
            Self::Did { did } => {
                did.iter_mut()
                    .flat_map(|of| [&mut of.2, &mut of.3])
                    .for_each(see);
            }
            Self::At { at } => {
                at.iter_mut()
                    .flat_map(|of| [&mut of.2, &mut of.3])
                    .for_each(see);
            }
            Self::Ended {
                cpu_ns,
                peak_rss_bytes,
                ..
            } => cpu_ns.iter_mut().chain(peak_rss_bytes).for_each(see),
            Self::RunEnded(end) => [&mut end.wall_ns, &mut end.cpu_ns]
                .into_iter()
                .for_each(see),
            Self::Opened { .. }
            | Self::Learnt { .. }
            | Self::Started { .. }
            | Self::Interpreter { .. }
            | Self::JoinBegan { .. }
            | Self::JoinEnded { .. }
            | Self::Output { .. }
            | Self::GilUnknown { .. }
            | Self::SubGilsUnknown { .. }
            | Self::Place { .. }
            | Self::StopAsked { .. }
            | Self::Signalled { .. }
            | Self::Notice { .. } => {}
        }
    }
}

fn each_of_sub(of: &mut SubGil, mut see: impl FnMut(&mut u64)) {
    [&mut of.from_ns, &mut of.to_ns, &mut of.reads]
        .into_iter()
        .for_each(&mut see);
    of.handoffs.iter_mut().for_each(&mut see);
    of.holds
        .iter_mut()
        .flat_map(|of| [&mut of.1, &mut of.2])
        .for_each(&mut see);
    of.waits
        .iter_mut()
        .flat_map(|of| [&mut of.1, &mut of.2])
        .for_each(see);
}

/// The sum of numbers that may come from anywhere.
pub(crate) fn total(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

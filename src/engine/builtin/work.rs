//! What a worker of the model does: the works, under the model's GIL.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use super::gil::Gil;
use super::output::Output;
use crate::engine::channel::Owner;
use crate::experiment::{Experiment, Work};

/// A step of CPython's `x += k * k` takes some 65 ns here; so do this many multiplications that each wait
/// for the one before.
const MULTIPLICATIONS: u32 = 50;

/// The arguments of the worker `i`.
pub(super) fn arguments(experiment: &Experiment, i: u32) -> Option<(i64, i64)> {
    experiment
        .work
        .takes_arguments()
        .then(|| (i64::from(i) + experiment.a, i64::from(i) + experiment.b))
}

/// The arguments as the probe tells them.
pub(super) fn shown(arguments: Option<(i64, i64)>) -> String {
    arguments.map_or_else(String::new, |(n, m)| format!("{n}, {m}"))
}

/// Does the work of worker `i` as thread or call `owner`; the caller holds `gil` as `me`.
pub(super) fn work(
    experiment: &Experiment,
    i: u32,
    gil: &Gil,
    me: u64,
    owner: Owner,
    output: &Output,
) -> io::Result<()> {
    let print = |text: &str| gil.without(me, || output.line(owner, text));
    let (n, m) = arguments(experiment, i).unwrap_or_default();
    match experiment.work {
        Work::Hello => print("Spawned"),
        Work::Args => print(&format!("{n} {m}")),
        Work::Forever => loop {
            print("Spawned")?;
            gil.check(me);
        },
        Work::Burn => {
            let mut x = 1_u64;
            for k in 0..experiment.steps {
                for _ in 0..MULTIPLICATIONS {
                    x = black_box(x).wrapping_mul(k | 1);
                }
                gil.check(me);
            }
            black_box(x);
            print(&format!("worker {n} {m}"))
        }
        Work::Wait => {
            let wait = Duration::from_secs_f64(experiment.wait_s.max(0.0));
            gil.without(me, || std::thread::sleep(wait));
            print(&format!("worker {n} {m}"))
        }
    }
}

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

/// Of a round of `hash` CPython's takes some 0.55 ms here.
const MULTIPLICATIONS_A_ROUND: u32 = 680_000;

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
            for k in 0..experiment.steps {
                multiply(k, MULTIPLICATIONS);
                gil.check(me);
            }
            print(&format!("worker {n} {m}"))
        }
        Work::Hash => {
            for k in 0..experiment.rounds {
                gil.without(me, || multiply(k, MULTIPLICATIONS_A_ROUND));
                gil.check(me);
            }
            print(&format!("worker {n} {m}"))
        }
        Work::Wait => {
            let wait = Duration::from_secs_f64(experiment.wait_s.max(0.0));
            gil.without(me, || std::thread::sleep(wait));
            print(&format!("worker {n} {m}"))
        }
    }
}

/// Keeps a core busy.
fn multiply(k: u64, times: u32) {
    let mut x = 1_u64;
    for _ in 0..times {
        x = black_box(x).wrapping_mul(k | 1);
    }
    black_box(x);
}

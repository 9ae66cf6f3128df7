//! What the log costs. No test: it prints, and judges nothing.
//!
//! - `cargo bench --bench log`: what a frame of its panel costs while two processes flood it (bound: 2 ms).
//! - `cargo bench --bench log -- RUN TEXT PATTERN...`: goes through all text of a run file and has `rg` count the same in the
//!   same text as a plain file (from `gilscope export`), in turn. The bound for 50 million lines is twice ripgrep's time.
#![allow(clippy::print_stdout, reason = "it is there to print")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark stops where something is wrong"
)]

mod frames;
mod search;
#[path = "../spent.rs"]
mod spent;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| *word != "--bench")
        .collect();
    match words.as_slice() {
        [] => frames::bench(),
        [run, text, patterns @ ..] => search::bench(run, text, patterns),
        [_] => println!("usage: cargo bench --bench log -- [RUN TEXT PATTERN...]"),
    }
}

//! How fast all text of a run is searched, beside `rg` over the same text as a plain file, in turn.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gilscope::run::{BlockId, Filter, LaneId};
use gilscope::search::{Plain, Query, Scan, Sieve};

const ROUNDS: usize = 5;

/// All is UTF-8.
struct Utf8;

impl Plain for Utf8 {
    fn is_foreign(&self, _: LaneId) -> bool {
        false
    }

    fn shown(&self, _: LaneId, line: &[u8]) -> String {
        String::from_utf8_lossy(line).into_owned()
    }
}

/// Looks for each pattern in a run file, and in its text.
pub(crate) fn bench(run: &str, text: &str, patterns: &[&str]) {
    let begun = Instant::now();
    let (run, source) = gilscope::store::open(Path::new(run)).unwrap();
    let rows = run.log.rows(Filter::default());
    println!("{rows} rows opened in {:.2?}", begun.elapsed());
    for pattern in patterns {
        let query = Query {
            text: (*pattern).to_owned(),
            regex: true,
            case: true,
            word: false,
        };
        let mut ratios = Vec::new();
        for _ in 0..ROUNDS {
            let sieve = Sieve::new(
                Filter::default(),
                vec![(query.pattern().unwrap().unwrap(), true)],
                Arc::new(Utf8),
            );
            let begun = Instant::now();
            let scan = Scan::start(sieve, Arc::clone(&source), || ()).unwrap();
            scan.there_are(run.log.blocks().len() as BlockId);
            while !scan.is_done() {
                std::thread::sleep(Duration::from_millis(1));
            }
            let ours = begun.elapsed();
            let found = scan.found().rows();
            let begun = Instant::now();
            let out = Command::new("rg")
                .args(["-c", pattern, text])
                .output()
                .unwrap();
            let its = begun.elapsed();
            let count = String::from_utf8_lossy(&out.stdout).trim().to_owned();
            let ratio = ours.as_secs_f64() / its.as_secs_f64();
            println!("  {pattern:?}: {found} in {ours:.2?}; rg {count} in {its:.2?}: {ratio:.2}");
            ratios.push(ratio);
        }
        ratios.sort_by(f64::total_cmp);
        println!(
            "{pattern:?}: median {:.2} of ripgrep's time (bound 2)",
            ratios[ROUNDS / 2]
        );
    }
}

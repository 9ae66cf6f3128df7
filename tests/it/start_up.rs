//! What a start costs, split, under each start method.

use crate::common::{kept, pythons};

#[test]
fn a_start_is_split_and_spawn_costs_more_than_fork() {
    for python in [pythons().first(), pythons().last()].into_iter().flatten() {
        let start = |method: &str| {
            let words = format!(
                "--way processes --work hello --count 5 --join end --start-method {method}"
            );
            let (figures, run, _) = kept(&python.path, &words);
            for lane in run.workers() {
                let phases = lane.phases();
                let say = format!("{} {method}: {phases:?}", python.version);
                let all = [
                    phases.interpreter_ns,
                    phases.imports_ns,
                    phases.first_line_ns,
                    phases.exit_ns,
                ];
                let sum: u64 = all.map(|phase| phase.expect(&say)).iter().sum();
                let lived_ns = lane.end_or(0) - lane.started_ns;
                assert_eq!(sum, lived_ns, "{say}");
            }
            let ms = |name: &str| figures["start_up"][name].as_f64().unwrap();
            (ms("interpreter_ms"), ms("imports_ms"), ms("all_ms"))
        };
        let (fork, spawn) = (start("fork"), start("spawn"));
        let say = format!("{}: fork {fork:?}, spawn {spawn:?}", python.version);
        assert!(spawn.0 > fork.0 && spawn.1 > fork.1, "{say}");
        assert!(spawn.2 >= spawn.1 && fork.2 >= fork.1, "{say}");
    }
}

//! A run whose reader dies says so.

use super::*;
use crate::engine::{Input, Record, prepare};
use crate::experiment::{Experiment, OwnScript, Way};

#[test]
fn a_run_without_a_reader_of_its_pipes_is_stopped_with_a_true_sentence() {
    let request = Request {
        experiment: Experiment {
            way: Way::Script,
            script: Some(OwnScript {
                path: None,
                text: "import time\nprint('ready', flush=True)\nwhile True:\n    time.sleep(0.01)\n    print('more', flush=True)\n".to_owned(),
                args: Vec::new(),
            }),
            ..Experiment::default()
        },
        record: Record::Nothing,
        input: Input::Empty,
        tap: Some(Box::new(|_, _| {})),
    };
    let shared = Shared::default();
    let prepared = prepare::prepare(&request).unwrap();
    let mut live = Live::start(request, prepared, &shared).unwrap();
    while shared.run.read().as_ref().unwrap().log.blocks().is_empty() {
        let report = live
            .reports
            .recv_timeout(std::time::Duration::from_secs(30));
        live.take(report.unwrap(), &shared);
    }
    // Nobody takes its reports any more: it ends as it does by any fault of its own.
    live.reports = crossbeam_channel::never();
    let deadline_ns = clock::now_ns() + 30_000_000_000;
    while !live.is_over() {
        assert!(clock::now_ns() < deadline_ns, "{:?}", shared.run.read());
        let due_ns = live.tick(&shared);
        let patience = due_ns.saturating_sub(clock::now_ns());
        if let Ok(report) = live
            .samples
            .recv_timeout(std::time::Duration::from_nanos(patience))
        {
            live.take(report, &shared);
        }
        if live.waits_for_exit()
            && let Ok(t_ns) = live.exit.try_recv()
        {
            live.root_exited(t_ns, &shared);
        }
    }
    live.finish(&shared);
    let guard = shared.run.read();
    let run = guard.as_ref().unwrap();
    assert_eq!(run.end.as_ref().unwrap().stopped_by, StoppedBy::Error);
    let notices: Vec<&str> = run.notices.iter().map(|n| n.text.as_str()).collect();
    assert!(
        notices.len() == 1 && notices[0].contains("its own reader failed"),
        "{notices:?}"
    );
}

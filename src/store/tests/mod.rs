//! What a reader of a run file relies on.

mod equal;
mod hostile;
mod kept;
mod trouble;

use std::path::Path;
use std::sync::Arc;

use super::{Recorded, Recorder, as_lost};
use crate::experiment::Experiment;
use crate::run::tests::header;
use crate::run::*;

pub(crate) fn event(t_ns: u64, kind: Kind) -> Event {
    Event { t_ns, kind }
}

pub(crate) fn info(kind: LaneKind, name: &str) -> LaneInfo {
    LaneInfo {
        parent: None,
        kind,
        pid: 7,
        tid: Some(8),
        name: name.into(),
        args: "(0, 'ü')".into(),
        probed: true,
        encoding: "utf-8".into(),
        gil: None,
        among: None,
    }
}

pub(crate) fn opened(lane: u32) -> Event {
    let kind = Kind::Opened {
        lane: LaneId(lane),
        info: info(LaneKind::Process, &format!("Process-{lane}")),
    };
    event(u64::from(lane) * 10, kind)
}

pub(crate) fn place(id: u32) -> Event {
    let place = Place {
        file: (id > 0).then(|| format!("/home/ü/mod{id}.py")),
        function: "work".into(),
        line: id + 1,
    };
    let id = PlaceId(id);
    event(0, Kind::Place { id, place })
}

pub(crate) fn output(t_ns: u64, lane: u32, bytes: &[u8]) -> Event {
    event(
        t_ns,
        Kind::Output {
            lane: LaneId(lane),
            stream: Stream::Stdout,
            stamp: Stamp::Read,
            continues: false,
            unattributed: false,
            bytes: Arc::from(bytes),
        },
    )
}

pub(crate) fn end(t_ns: u64) -> Event {
    event(
        t_ns,
        Kind::RunEnded(RunEnd {
            wall_ns: t_ns,
            cpu_ns: 5,
            cpu_at_least: false,
            stopped_by: StoppedBy::End,
            root: Ended::Exited(0),
        }),
    )
}

pub(crate) fn new_run() -> Run {
    Run::new(header(Experiment::default()))
}

/// Does what the controller does with each event.
pub(crate) fn happen(recorder: &mut Recorder, run: &mut Run, event: &Event) -> Recorded {
    let recorded = recorder.record(event);
    match recorded {
        Recorded::Kept => run.apply(event),
        Recorded::NotKept => {
            let lost = as_lost(event).unwrap();
            assert_eq!(recorder.record(&lost), Recorded::Kept);
            run.apply(&lost);
        }
    }
    recorded
}

/// Records the events; the live run and all of its text.
pub(crate) fn record(path: &Path, events: &[Event]) -> (Run, Vec<Arc<[u8]>>) {
    let mut run = new_run();
    let mut recorder = Recorder::create(path, &run.header).unwrap();
    for event in events {
        assert_eq!(happen(&mut recorder, &mut run, event), Recorded::Kept);
    }
    let text = recorder.text();
    let before = all_text(&run, &*text);
    recorder.finish().unwrap();
    assert_eq!(
        before,
        all_text(&run, &*text),
        "text before and after the end"
    );
    (run, before)
}

pub(crate) fn all_text(run: &Run, text: &dyn TextSource) -> Vec<Arc<[u8]>> {
    (0..run.log.blocks().len() as u64)
        .map(|block| text.text(block).unwrap())
        .collect()
}

//! A file that is opened again is the run that was recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::store::open;

/// Any event; lanes up to 5 are opened before.
fn any_kind() -> impl Strategy<Value = Kind> {
    let lane = (0..6_u32).prop_map(LaneId);
    let stream = prop_oneof![Just(Stream::Stdout), Just(Stream::Stderr)];
    let small = 0..1_u64 << 40;
    let how = prop_oneof![
        Just(Ended::Unknown),
        any::<i32>().prop_map(Ended::Exited),
        (1..64).prop_map(Ended::Killed),
        (1..64).prop_map(Ended::ByParent),
        Just(Ended::Returned),
        Just(Ended::Raised),
    ];
    let by = prop_oneof![
        Just(StoppedBy::User),
        Just(StoppedBy::Quota),
        Just(StoppedBy::Disk),
        Just(StoppedBy::Limit)
    ];
    let info = (
        any::<String>(),
        any::<String>(),
        any::<u32>(),
        any::<bool>(),
        0..6_u32,
    )
        .prop_map(|(name, args, pid, probed, kind)| LaneInfo {
            parent: None,
            kind: [
                LaneKind::Root,
                LaneKind::Process,
                LaneKind::Thread,
                LaneKind::Call,
                LaneKind::Service,
                LaneKind::Other,
            ][kind as usize],
            pid,
            tid: probed.then_some(u64::from(pid) << 20),
            name,
            args,
            probed,
            encoding: "latin-1".into(),
            gil: probed.then_some(pid % 2 == 0),
            among: (!probed).then_some(pid % 2 == 0),
        });
    let bytes = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 1..200),
        4 => prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'a'), Just(0), Just(0xff)], 1..50),
        2 => prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'a')], 1..4),
        1 => Just(b"\n".to_vec()),
        1 => (1..400_000_usize, any::<u8>()).prop_map(|(n, byte)| vec![byte; n]),
    ];
    let output = (lane.clone(), stream.clone(), any::<[bool; 3]>(), bytes).prop_map(
        |(lane, stream, [written, continues, unattributed], bytes)| Kind::Output {
            lane,
            stream,
            stamp: if written { Stamp::Written } else { Stamp::Read },
            continues,
            unattributed,
            bytes: bytes.into(),
        },
    );
    let at_lane = lane.clone();
    let (sub_lane, why_lane) = (lane.clone(), lane.clone());
    let span = || (lane.clone(), 0..1_u64 << 40, 0..1_u64 << 20);
    let hold = (
        prop::option::of(lane.clone()),
        0..1_u64 << 40,
        0..1_u64 << 20,
    );
    let sub_gil = (
        (1..4_u64, 0..1_u64 << 40, 0..1_u64 << 40, 0..3_u64),
        prop::option::of(0..1_u64 << 40),
        prop::collection::vec(hold, 0..6),
        prop::collection::vec(span(), 0..6),
    )
        .prop_map(
            |((interpreter, from_ns, ns, reads), handoffs, holds, waits)| SubGil {
                interpreter,
                from_ns,
                to_ns: from_ns + ns,
                reads,
                handoffs,
                holds: holds
                    .into_iter()
                    .map(|(by, from_ns, ns)| (by, from_ns, from_ns + ns))
                    .collect(),
                waits: waits
                    .into_iter()
                    .map(|(by, from_ns, ns)| (by, from_ns, from_ns + ns))
                    .collect(),
            },
        );
    let did = (span(), 0..3_usize).prop_map(|((lane, from_ns, ns), doing)| {
        let doing = [Doing::Apart, Doing::WaitsForGil, Doing::Blocked][doing];
        (lane, doing, from_ns, from_ns + ns)
    });
    let machine = prop::option::of(any::<f32>().prop_filter("a number", |f| f.is_finite()));
    prop_oneof![
        6 => output,
        1 => (lane.clone(), info).prop_map(|(lane, info)| Kind::Learnt { lane, info }),
        1 => lane.clone().prop_map(|lane| Kind::Started { lane }),
        1 => lane.clone().prop_map(|lane| Kind::Interpreter { lane }),
        1 => (lane.clone(), small.clone()).prop_map(|(lane, cpu_ns)| Kind::Up { lane, cpu_ns }),
        1 => (lane.clone(), lane.clone()).prop_map(|(lane, on)| Kind::JoinBegan { lane, on }),
        1 => (lane.clone(), lane.clone()).prop_map(|(lane, on)| Kind::JoinEnded { lane, on }),
        1 => (lane.clone(), stream, small.clone(), small.clone())
            .prop_map(|(lane, stream, bytes, lines)| Kind::Lost { lane, stream, bytes, lines }),
        2 => (prop::collection::vec((lane.clone(), small.clone()), 0..6), machine, small.clone())
            .prop_map(|(lanes, machine_cores, rss_bytes)| Kind::Cpu { lanes, machine_cores, rss_bytes }),
        1 => (lane, how, prop::option::of(small.clone()), prop::option::of(small))
            .prop_map(|(lane, how, cpu_ns, peak_rss_bytes)| Kind::Ended { lane, how, cpu_ns, peak_rss_bytes }),
        1 => prop::collection::vec((at_lane, prop::option::of((0..3_u32).prop_map(PlaceId)), 0..1_u64 << 40, 0..1_u64 << 20), 0..6)
            .prop_map(|at| Kind::At { at: at.into_iter().map(|(lane, place, from_ns, ns)| (lane, place, from_ns, from_ns + ns)).collect() }),
        1 => (sub_lane, prop::collection::vec(sub_gil, 0..4)).prop_map(|(lane, gils)| Kind::SubGils { lane, gils }),
        1 => (why_lane, any::<String>()).prop_map(|(lane, why)| Kind::SubGilsUnknown { lane, why }),
        1 => prop::collection::vec(did, 0..4).prop_map(|did| Kind::Did { did }),
        1 => by.prop_map(|by| Kind::StopAsked { by }),
        1 => any::<i32>().prop_map(|signal| Kind::Signalled { signal }),
        1 => any::<String>().prop_map(|text| Kind::Notice { text }),
    ]
}

pub(super) fn any_events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((0..1_u64 << 45, any_kind()), 0..60).prop_map(|list| {
        let opened = (0..6).map(opened);
        opened
            .chain((0..3).map(place))
            .chain(list.into_iter().map(|(t_ns, kind)| event(t_ns, kind)))
            .collect()
    })
}

/// What each stream of each lane wrote, joined.
fn streams(run: &Run, text: &[Arc<[u8]>]) -> BTreeMap<(LaneId, bool), Vec<u8>> {
    let mut streams = BTreeMap::<_, Vec<u8>>::new();
    for (block, text) in run.log.blocks().iter().zip(text) {
        let key = (block.lane, block.stream == Stream::Stderr);
        streams.entry(key).or_default().extend_from_slice(text);
    }
    streams
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_reopened_run_is_the_recorded_one(mut events in any_events(), ended: bool) {
        if ended {
            events.push(end(1 << 46));
        }
        let mut written = BTreeMap::<_, Vec<u8>>::new();
        for event in &events {
            if let Kind::Output { lane, stream, bytes, .. } = &event.kind {
                written.entry((*lane, *stream == Stream::Stderr)).or_default().extend_from_slice(bytes);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ü ?.gilscope");
        let (live, text) = record(&path, &events);
        let (again, source) = open(&path).unwrap();
        prop_assert_eq!(&again, &live);
        let again_text = all_text(&again, &*source);
        prop_assert_eq!(&again_text, &text);
        prop_assert_eq!(streams(&again, &again_text), written);
        prop_assert!(source.text(text.len() as u64).is_err());
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        prop_assert_eq!(files, 1, "a finished file is alone");
    }
}

#[test]
fn a_long_flood_is_bounded_in_memory_and_whole_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flood.gilscope");
    let mut run = new_run();
    let mut recorder = Recorder::create(&path, &run.header).unwrap();
    let _ = happen(&mut recorder, &mut run, &opened(0));
    let line = |i: u64| format!("{i:>7} {}\n", "x".repeat((i % 5000) as usize));
    for i in 0..20_000 {
        let event = output(i, 0, line(i).as_bytes());
        assert_eq!(happen(&mut recorder, &mut run, &event), Recorded::Kept);
    }
    let text = recorder.text();
    for i in [0, 1, 19_999, 3, 10_000, 19_998, 5000] {
        assert_eq!(&*text.text(i).unwrap(), line(i).as_bytes(), "block {i}");
    }
    recorder.finish().unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < 10 << 20, "packed");
    let (again, source) = open(&path).unwrap();
    assert_eq!(again, run);
    for i in (0..20_000).rev().step_by(7) {
        assert_eq!(&*source.text(i).unwrap(), line(i).as_bytes(), "block {i}");
    }
}

#[test]
fn a_line_of_ten_mib_and_many_tiny_blocks_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut events = vec![opened(0), output(1, 0, &vec![b'\\'; 10 << 20])];
    events.extend((0..100_000).map(|i| output(2 + i, 0, b"\n")));
    let path = folder.path().join("a.gilscope");
    let (live, text) = record(&path, &events);
    let (again, source) = open(&path).unwrap();
    assert_eq!(again, live);
    assert_eq!(all_text(&again, &*source), text);
}

#[test]
fn a_run_cut_short_is_readable_up_to_then() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.gilscope");
    let mut run = new_run();
    let mut recorder = Recorder::create(&path, &run.header).unwrap();
    for event in [opened(0), output(5, 0, b"one\n"), output(6, 0, b"two")] {
        assert_eq!(happen(&mut recorder, &mut run, &event), Recorded::Kept);
    }
    // What a crash leaves is what is there before the end: within half a second, all of it.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let (found, source) = loop {
        let (found, source) = open(&path).unwrap();
        if found == run {
            break (found, source);
        }
        assert!(std::time::Instant::now() < deadline, "nothing is written");
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    assert_eq!(&*source.text(1).unwrap(), b"two");
    assert_eq!(found.end, None);
    drop(recorder);
    let (found, _) = open(&path).unwrap();
    assert_eq!(found, run);
}

//! Output in any encoding: shown as what it is where it is text, with a mark for each byte where it is none, and
//! exported without loss. Also makes a run of an input, for `ansi`.
//!
//! An input is the encoding's name, a newline, and blocks of output behind bytes 1e. The first byte of a block says
//! who wrote it (1: stderr, 2: goes on, 4: stamped by its thread, from 8 on: lane).

use std::sync::Arc;

use gilscope::experiment::Experiment;
use gilscope::run::{Event, Kind, LaneId, LaneInfo, LaneKind, Run, Stamp, Stream};
use gilscope::store::Recorder;
use gilscope::ui::log::{Ink, SHOWN_BYTES, line};

use super::{header, log};

/// Takes an encoding and output.
pub(super) fn take(bytes: &[u8]) {
    let (encoding, blocks) = parts(bytes);
    for block in &blocks {
        for text in block[1..].split(|&byte| byte == b'\n') {
            let line = line(text, &encoding, SHOWN_BYTES);
            log::looks(&line);
            assert_eq!(
                line.cut.is_some(),
                text.strip_suffix(b"\r").unwrap_or(text).len() > SHOWN_BYTES
            );
            if line.cut.is_none() {
                decoded(text, &encoding, &line.plain());
            }
        }
    }
    check(&encoding, &blocks);
}

/// The encoding, and the blocks that have text.
pub(super) fn parts(bytes: &[u8]) -> (String, Vec<&[u8]>) {
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let (name, text) = bytes.split_at(end.unwrap_or(0));
    let blocks = text
        .get(1..)
        .unwrap_or_default()
        .split(|&byte| byte == 0x1e);
    (
        String::from_utf8_lossy(name).into_owned(),
        blocks.filter(|block| block.len() > 1).collect(),
    )
}

/// What is printable is shown as it is; of what is no UTF-8 each byte by its number.
fn decoded(text: &[u8], encoding: &str, shown: &str) {
    let plain = |text: &str| {
        !text.contains(|c: char| c.is_control() || ('\u{2000}'..='\u{206f}').contains(&c))
    };
    match encoding {
        "" | "utf-8" | "ascii" => {
            let mark = |byte: &u8| format!("\\x{byte:02x}");
            let marks = |bytes: &[u8]| bytes.iter().map(mark).collect::<Vec<_>>().concat();
            let chunks = text.utf8_chunks();
            let expected: String = chunks
                .map(|chunk| chunk.valid().to_owned() + &marks(chunk.invalid()))
                .collect();
            if plain(&expected) {
                assert_eq!(shown, expected);
            }
        }
        "latin-1" if text.iter().all(|byte| matches!(byte, 0x20..0x7f | 0xa0..)) => {
            assert!(shown.chars().eq(text.iter().map(|&byte| char::from(byte))));
        }
        _ => {}
    }
}

/// Makes a run of blocks of output, and holds its log against them.
pub(super) fn check(encoding: &str, blocks: &[&[u8]]) {
    let mut run = Run::new(header(Experiment::default()));
    let mut recorder = Recorder::memory();
    let mut happen = |t_ns, kind| {
        let event = Event { t_ns, kind };
        let _ = recorder.record(&event);
        run.apply(&event);
    };
    for lane in 0..4 {
        let info = LaneInfo {
            parent: None,
            kind: LaneKind::Process,
            pid: lane + 1,
            tid: None,
            name: format!("=P{lane}"),
            args: String::new(),
            probed: true,
            encoding: encoding.to_owned(),
            gil: None,
            among: None,
        };
        let lane = LaneId(lane);
        happen(0, Kind::Opened { lane, info });
    }
    for (t_ns, block) in blocks.iter().enumerate() {
        let who = block[0];
        let is = |bit: u8| who & bit != 0;
        let kind = Kind::Output {
            lane: LaneId(u32::from(who >> 3 & 3)),
            stream: if is(1) {
                Stream::Stderr
            } else {
                Stream::Stdout
            },
            stamp: if is(4) { Stamp::Written } else { Stamp::Read },
            continues: is(2),
            unattributed: false,
            bytes: Arc::from(&block[1..]),
        };
        happen(t_ns as u64, kind);
    }
    log::check(&run, &recorder.text());
}

/// Whether a line has a mark.
pub(super) fn has_mark(line: &gilscope::ui::log::Line) -> bool {
    line.spans.iter().any(|span| span.ink == Some(Ink::Mark))
}

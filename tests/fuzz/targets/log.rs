//! What holds of the log of any run, whoever wrote it.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gilscope::export::{Format, to_writer};
use gilscope::run::{Filter, LaneId, Run, Stream, TextSource};
use gilscope::search::{Query, Scan};
use gilscope::ui::log::{
    Line, Lines, Places, SHOWN_BYTES, Sifted, TextCache, chosen, line_before, row, states,
};

/// Lines that are looked at.
const LINES: u64 = 300;

type Source = Arc<dyn TextSource>;

/// Holds what is shown, searched, copied and exported against the text of the blocks.
pub(super) fn check(run: &Run, source: &Source) {
    let blocks = run.log.blocks();
    let text = |block| source.text(block as u64);
    let texts: Vec<_> = (0..blocks.len()).map(text).collect();
    for (block, text) in blocks.iter().zip(&texts) {
        match text {
            Ok(text) => assert_eq!(text.len(), block.bytes as usize),
            Err(error) => assert!(!error.why.is_empty()),
        }
    }
    assert!(text(blocks.len()).is_err(), "there is no such block");
    shown(
        run,
        source,
        &texts.iter().map(Result::is_ok).collect::<Vec<_>>(),
    );
    if texts.iter().all(Result::is_ok) {
        let texts: Vec<Vec<u8>> = texts
            .into_iter()
            .flatten()
            .map(|text| text.to_vec())
            .collect();
        exported(run, source, &texts);
        searched(run, source);
    } else {
        let written = to_writer(run, &**source, Format::Txt, &mut std::io::sink());
        assert!(written.is_err(), "an export that lacks a block is told");
    }
}

/// Each line of the list is there, and its text wherever its block's is.
fn shown(run: &Run, source: &Source, there: &[bool]) {
    let mut cache = TextCache::default();
    let rows = |lane, stream| run.log.rows(Filter { lane, stream });
    let all = rows(None, None);
    let by_lane: u64 = (0..run.lanes.len() as u32)
        .map(|lane| rows(Some(LaneId(lane)), None))
        .sum();
    let by_stream = rows(None, Some(Stream::Stdout)) + rows(None, Some(Stream::Stderr));
    assert_eq!((all, all), (by_lane, by_stream), "each line is somebody's");
    let lines = Lines::all(run, Filter::default());
    let mut nths: Vec<u64> = (0..all.min(LINES)).collect();
    nths.extend(all.saturating_sub(9)..all);
    for nth in nths {
        let at = lines.row(nth).expect("a row of each number");
        assert_eq!(lines.number(at), nth);
        let grouped = lines.grouped(true);
        let other = grouped.row(nth).expect("as many in groups");
        assert_eq!(grouped.number(other), nth);
        let shown = row(lines, &mut cache, Some(&**source), nth, SHOWN_BYTES).expect("a row");
        match &shown.text {
            Ok(line) => looks(line),
            Err(_) => assert!(run.log.line(at.block).any(|block| !there[block as usize])),
        }
        let _ = states(run, &shown, &**source);
        let before = line_before(lines, shown.t_ns);
        assert!(before.is_none_or(|before| before < all));
    }
    assert!(lines.row(all).is_none());
    let places = Places::of(lines, false);
    assert!(places.rows() <= all + 1);
    let _ = chosen(lines, 0..=all, true).text(&**source);
}

/// A line can be painted: nothing in it moves, hides or turns what stands around it.
pub(super) fn looks(line: &Line) {
    for span in &line.spans {
        assert!(!span.text.is_empty());
        let hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
        };
        assert!(!span.text.contains(hidden), "{:?}", span.text);
    }
    let same = line.spans.windows(2).any(|pair| pair[0].ink == pair[1].ink);
    assert!(!same, "neighbours of one colour are one");
    let most = SHOWN_BYTES * 9;
    assert!(line.plain().chars().count() <= most, "a line is bounded");
}

/// A stream of a lane, from its rows.
type Streams = BTreeMap<(u64, String), Vec<u8>>;

fn exported(run: &Run, source: &Source, texts: &[Vec<u8>]) {
    let export = |format| {
        let mut out = Vec::new();
        to_writer(run, &**source, format, &mut out).unwrap();
        out
    };
    assert_eq!(export(Format::Txt), texts.concat());
    let mut written = Streams::new();
    for (block, text) in run.log.blocks().iter().zip(texts) {
        let stream = if block.stream == Stream::Stderr {
            "stderr"
        } else {
            "stdout"
        };
        let of = written
            .entry((block.lane.0.into(), stream.to_owned()))
            .or_default();
        of.extend_from_slice(text);
    }
    let mut read = Streams::new();
    for line in String::from_utf8(export(Format::Jsonl)).unwrap().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let lane = row["lane"].as_u64().unwrap();
        let bytes = match row["base64"].as_str() {
            Some(packed) => STANDARD.decode(packed).unwrap(),
            None => text("text").into_bytes(),
        };
        add(
            &mut read,
            (lane, text("stream")),
            &bytes,
            row["newline"] == true,
        );
    }
    assert_eq!(read, written, "JSON lines have every byte");
    let mut read = Streams::new();
    let table = export(Format::Csv);
    for row in csv::Reader::from_reader(&*table).records() {
        let row = row.unwrap();
        let guarded = &row[8];
        assert!(!guarded.starts_with(['=', '+', '-', '@']), "no formula");
        let text = guarded.strip_prefix('\'').unwrap_or(guarded);
        let bytes = if row[9].is_empty() {
            text.as_bytes().to_vec()
        } else {
            STANDARD.decode(&row[9]).unwrap()
        };
        add(
            &mut read,
            (row[2].parse().unwrap(), row[5].to_owned()),
            &bytes,
            &row[7] == "1",
        );
    }
    assert_eq!(read, written, "the table has every byte");
}

fn add(streams: &mut Streams, who: (u64, String), bytes: &[u8], newline: bool) {
    let stream = streams.entry(who).or_default();
    stream.extend_from_slice(bytes);
    if newline {
        stream.push(b'\n');
    }
}

/// A search for anything finds what the list has, and each that it counts.
fn searched(run: &Run, source: &Source) {
    let look = |text: &str| {
        let query = Query {
            text: text.to_owned(),
            ..Query::default()
        };
        let pattern = query.pattern().unwrap().unwrap();
        let sifted =
            Sifted::start(run, source, Filter::default(), vec![(pattern, true)], || ()).unwrap();
        while !sifted.scan().is_done() {
            std::thread::yield_now();
        }
        sifted
    };
    let sifted = look("a");
    let found = Scan::found(sifted.scan()).rows();
    for nth in 0..found.min(LINES) {
        let at = sifted.row(run, nth).expect("each that is counted");
        assert_eq!(sifted.rank(run, at), (nth, true));
    }
}

//! What comes out of an export, read by the programs that people read it with.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;
use crate::run::{Event, Kind, LaneId, Stamp, Stream};
use crate::store::tests as store;

/// Bytes that programs stumble over, as blocks of (lane, stderr, continues, bytes).
fn nasty() -> Vec<Event> {
    let blocks: &[(u32, bool, bool, &[u8])] = &[
        (0, false, false, b"plain\n"),
        (1, false, false, b"\xff\xfe no utf-8\n"),
        (1, true, false, b"nul \0 in it\n\n"),
        (0, false, false, b"\x1b[31mred\x1b[0m\r\n"),
        (0, false, false, b"10%\r20%\r30%"),
        (1, false, false, "h\u{e4}lf \u{1f40d}".as_bytes()),
        (0, false, true, b"\r100%\n"),
        (
            0,
            false,
            false,
            b"=1+1\n+1\n-1\n@x\n'quoted\n\ttab\n\rback\n",
        ),
        (0, false, false, b"\"a\",\"b\";c\n\"\n"),
        (0, true, false, b"\xf0\x9f"),
        (0, true, true, b"\x90\x8d cut in two\n"),
        (0, false, false, "\u{2028}\u{85}\u{feff}\n".as_bytes()),
        (1, false, false, b"no newline at the end"),
    ];
    let mut events = vec![store::opened(0), store::opened(1)];
    let long = [b"1".repeat(10 << 20), b"\n".to_vec()].concat();
    let blocks = blocks.iter().copied().chain([(0, false, false, &*long)]);
    events.extend(
        blocks
            .enumerate()
            .map(|(i, (lane, stderr, continues, bytes))| Event {
                t_ns: 1_000_000_000 + i as u64,
                kind: Kind::Output {
                    lane: LaneId(lane),
                    stream: if stderr {
                        Stream::Stderr
                    } else {
                        Stream::Stdout
                    },
                    stamp: if stderr { Stamp::Written } else { Stamp::Read },
                    continues,
                    unattributed: false,
                    bytes: bytes.into(),
                },
            }),
    );
    events
}

/// Joins rows to streams as the documentation says, and prints them as JSON.
const PYTHON: &str = r#"
import base64, csv, json, sys
csv.field_size_limit(1 << 30)
path, form = sys.argv[1:]
def unguarded(text): return text[1:] if text[:1] == "'" else text
rows = []
if form == 'csv':
    with open(path, newline='', encoding='utf-8') as f:
        for row in csv.DictReader(f):
            assert None not in row and None not in row.values(), row
            assert not row['text'] or row['text'][0] not in '=+-@\t\r', row
            data = base64.b64decode(row['base64']) if row['base64'] else unguarded(row['text']).encode()
            rows.append((row['lane'], row['stream'], data, row['newline'] == '1', float(row['time_s'])))
else:
    with open(path, newline='\n', encoding='utf-8') as f:
        for line in f:
            row = json.loads(line)
            data = base64.b64decode(row['base64']) if 'base64' in row else row['text'].encode()
            rows.append((str(row['lane']), row['stream'], data, row['newline'], row['t_ns'] / 1e9))
streams = {}
for lane, stream, data, newline, time in rows:
    streams.setdefault(lane + ' ' + stream, bytearray()).extend(data + b'\n' * newline)
json.dump({k: v.hex() for k, v in streams.items()}, sys.stdout)
"#;

/// The streams of an export as Python's own modules read it.
fn streams_by_python(path: &Path, format: Format) -> serde_json::Value {
    let mut python = Command::new("python3");
    let named =
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PYTHON"));
    for (name, _) in named {
        python.env_remove(name);
    }
    let mut child = python
        .args([
            std::ffi::OsStr::new("-"),
            path.as_os_str(),
            format.ending().as_ref(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(PYTHON.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn streams_written(events: &[Event]) -> serde_json::Value {
    let mut streams = serde_json::Map::new();
    for event in events {
        if let Kind::Output {
            lane,
            stream,
            bytes,
            ..
        } = &event.kind
        {
            let name = format!(
                "{} {}",
                lane.0,
                if *stream == Stream::Stderr {
                    "stderr"
                } else {
                    "stdout"
                }
            );
            let so_far = streams.entry(name).or_insert_with(|| "".into());
            let mut hex = String::new();
            for byte in bytes.iter() {
                hex += &format!("{byte:02x}");
            }
            *so_far = (so_far.as_str().unwrap().to_owned() + &hex).into();
        }
    }
    streams.into()
}

fn check_with_python(events: &[Event]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.gilscope");
    store::record(&file, events);
    let (run, text) = crate::store::open(&file).unwrap();
    for &format in Format::ALL {
        let path = folder.path().join(format!("log.{format}"));
        to_file(&run, &*text, format, &path).unwrap();
        if format == Format::Txt {
            let all: Vec<u8> = store::all_text(&run, &*text).concat();
            assert!(std::fs::read(&path).unwrap() == all, "txt is the bytes");
        } else {
            assert!(
                streams_by_python(&path, format) == streams_written(events),
                "{format}"
            );
        }
    }
}

#[test]
fn every_byte_survives_as_python_reads_it() {
    check_with_python(&nasty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn bytes_of_chance_survive(blocks in prop::collection::vec(
        (0..2_u32, prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'\r'), Just(b'"'), Just(b',')], 1..60)),
        1..200,
    )) {
        let mut events = vec![store::opened(0), store::opened(1)];
        events.extend(blocks.iter().enumerate().map(|(i, (lane, bytes))| store::output(i as u64, *lane, bytes)));
        check_with_python(&events);
    }
}

#[test]
fn a_csv_is_as_documented() {
    let mut events = vec![store::opened(0)];
    events.push(store::output(1_500_000_000, 0, b"a,b\n=2\npart"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.gilscope");
    store::record(&file, &events);
    let (run, text) = crate::store::open(&file).unwrap();
    let written = |format| {
        let mut out = Vec::new();
        to_writer(&run, &*text, format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(
        written(Format::Csv),
        "time_s,stamp,lane,worker,pid,stream,continues,newline,text,base64\r\n\
         1.500000000,read,0,Process-0,7,stdout,0,1,\"a,b\",\r\n\
         1.500000000,read,0,Process-0,7,stdout,0,1,'=2,\r\n\
         1.500000000,read,0,Process-0,7,stdout,0,0,part,\r\n"
    );
    assert_eq!(
        written(Format::Jsonl).lines().nth(2),
        Some(
            "{\"t_ns\":1500000000,\"stamp\":\"read\",\"lane\":0,\"worker\":\"Process-0\",\"pid\":7,\
             \"stream\":\"stdout\",\"continues\":false,\"newline\":false,\"text\":\"part\"}"
        )
    );
}

/// Has the first of two blocks.
struct Half;

impl TextSource for Half {
    fn text(&self, block: u64) -> Result<std::sync::Arc<[u8]>, TextError> {
        let why = "gone".to_owned();
        if block == 0 {
            Ok(b"one\n".as_slice().into())
        } else {
            Err(TextError { block, why })
        }
    }

    fn stretch(&self, from: u64, _: u64) -> Result<crate::run::Stretch, TextError> {
        let why = "gone".to_owned();
        Err(TextError { block: from, why })
    }
}

#[test]
fn an_export_is_whole_or_absent() {
    let mut run = store::new_run();
    for event in [
        store::opened(0),
        store::output(1, 0, b"one\n"),
        store::output(2, 0, b"two\n"),
    ] {
        run.apply(&event);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.txt");
    std::fs::write(&path, "before").unwrap();
    let error = to_file(&run, &Half, Format::Txt, &path).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("output block 1 can't be read: gone"),
        "{error}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"before");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let nowhere = folder.path().join("no folder").join("log.txt");
    let error = to_file(&run, &Half, Format::Txt, &nowhere).unwrap_err();
    assert!(error.to_string().contains("no folder"), "{error}");
}

#[test]
fn a_name_says_its_format() {
    assert_eq!(Format::of_path(Path::new("a/b.CSV")), Some(Format::Csv));
    assert_eq!(Format::of_path(Path::new("a/csv")), None);
    assert_eq!(
        "xlsx".parse::<Format>().unwrap_err(),
        "“xlsx” is none of txt, csv, jsonl"
    );
}

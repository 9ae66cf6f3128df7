//! What a reader of the log relies on: whose a line is.

use proptest::prelude::*;

use super::*;

fn record(owner: Owner, text: &str) -> Record {
    Record {
        owner,
        t_ns: NonZero::new(owner * 10_000_000),
        stream: Stream::Stdout,
        len: text.len() as u32,
        first: edge(text.bytes()),
        last: edge(text.bytes().skip(text.len().saturating_sub(EDGE))),
    }
}

/// The ends of a text, as the probe packs them: zeros where there is no more.
fn edge(bytes: impl Iterator<Item = u8>) -> [u8; EDGE] {
    let mut edge = [0; EDGE];
    edge.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    edge
}

/// What each part says, and whose it is (99: nobody's, 98: alone).
fn told(attribution: &mut Attribution, bytes: &str) -> Vec<(u64, String)> {
    let parts = attribution.parts(bytes.as_bytes());
    let who = |writer| match writer {
        Writer::Known { owner, .. } => owner,
        Writer::Unknown => 99,
        Writer::Alone => 98,
    };
    parts
        .into_iter()
        .map(|part| (who(part.writer), bytes[part.range].to_owned()))
        .collect()
}

fn with(records: &[(u64, &str)]) -> Attribution {
    let mut attribution = Attribution::default();
    for &(owner, text) in records {
        attribution.push(record(owner, text));
    }
    attribution
}

#[test]
fn a_line_in_which_two_threads_meet_is_the_first_ones() {
    let mut a = with(&[
        (1, "one"),
        (2, "two"),
        (1, "\n"),
        (2, "\n"),
        (2, "end"),
        (2, "\n"),
    ]);
    assert_eq!(
        told(&mut a, "onetwo\n\nend\n"),
        [(1, "onetwo\n".into()), (2, "\nend\n".into())]
    );
}

#[test]
fn a_line_that_comes_in_pieces_keeps_its_writer() {
    let mut a = with(&[(1, "a long line of text\n"), (2, "b\n")]);
    assert_eq!(told(&mut a, "a long"), [(1, "a long".into())]);
    assert_eq!(
        told(&mut a, " line of text\nb\n"),
        [(1, " line of text\n".into()), (2, "b\n".into())]
    );
}

#[test]
fn bytes_of_others_are_nobodys_and_the_next_record_is_found_again() {
    let mut a = with(&[(1, "first"), (1, "\n"), (2, "second"), (2, "\n")]);
    assert_eq!(
        told(&mut a, "early\nfirst\nfrom a shell\nsecond\nlate\n"),
        [
            (98, "early\n".into()),
            (1, "first\n".into()),
            (99, "from a shell\n".into()),
            (2, "second\n".into()),
            (99, "late\n".into()),
        ]
    );
}

#[test]
fn a_write_that_failed_does_not_shift_the_others() {
    let mut a = with(&[
        (1, "ok\n"),
        (1, "never came"),
        (2, "second\n"),
        (1, "third\n"),
    ]);
    assert_eq!(
        told(&mut a, "ok\nsecond\nthird\n"),
        [
            (1, "ok\n".into()),
            (2, "second\n".into()),
            (1, "third\n".into())
        ]
    );
}

#[test]
fn a_print_in_two_writes_that_others_passed_keeps_its_writer() {
    let mut a = with(&[
        (1, "thread 1 line 48"),
        (2, "thread 2 line 9"),
        (2, "\n"),
        (2, "thread 2 line 10"),
        (1, "\n"),
        (2, "\n"),
        (1, "thread 1 line 49"),
        (1, "\n"),
    ]);
    assert_eq!(
        told(
            &mut a,
            "thread 2 line 9\nthread 1 line 48\nthread 2 line 10\nthread 1 line 49\n"
        ),
        [
            (2, "thread 2 line 9\n".into()),
            (1, "thread 1 line 48\n".into()),
            (2, "thread 2 line 10\n".into()),
            (1, "thread 1 line 49\n".into()),
        ]
    );
}

#[test]
fn texts_that_begin_alike_are_told_apart_by_their_lengths() {
    let mut a = with(&[
        (1, "a worker says 7"),
        (2, "a worker says 1234"),
        (2, "\n"),
        (1, "\n"),
    ]);
    assert_eq!(
        told(&mut a, "a worker says 1234\na worker says 7\n"),
        [
            (2, "a worker says 1234\n".into()),
            (1, "a worker says 7\n".into()),
        ]
    );
}

#[test]
fn lines_that_differ_only_at_their_ends_keep_their_writers_when_they_change_places() {
    let mut a = with(&[(1, "tick number 1\n"), (2, "tick number 2\n")]);
    assert_eq!(
        told(&mut a, "tick number 2\ntick number 1\n"),
        [(2, "tick number 2\n".into()), (1, "tick number 1\n".into())]
    );
}

#[test]
fn lines_whose_time_is_not_known_are_not_told_with_lines_of_a_known_time() {
    let mut a = with(&[(1, "one\n")]);
    let known = record(1, "two\n");
    a.push(Record {
        t_ns: None,
        ..known
    });
    let parts = a.parts(b"one\ntwo\n");
    let times: Vec<_> = parts.iter().map(|part| part.writer).collect();
    assert!(
        matches!(
            times[..],
            [
                Writer::Known { t_ns: Some(_), .. },
                Writer::Known { t_ns: None, .. }
            ]
        ),
        "{times:?}"
    );
}

#[test]
fn two_writes_that_changed_places_keep_their_writers() {
    let mut a = with(&[(1, "one\n"), (2, "two\n"), (1, "three\n")]);
    assert_eq!(
        told(&mut a, "two\none\nthree\n"),
        [(2, "two\n".into()), (1, "one\nthree\n".into())]
    );
}

proptest! {
    #[test]
    fn the_bytes_are_covered_whatever_the_records_say(
        records in proptest::collection::vec((0u64..4, 0u32..9, "[ab\n]{0,6}"), 0..40),
        chunks in proptest::collection::vec("[abc\n]{1,20}", 0..10),
    ) {
        let mut attribution = Attribution::default();
        for (owner, len, first) in records {
            let (first, last) = (edge(first.bytes()), edge(first.bytes().rev()));
            attribution.push(Record { owner, t_ns: NonZero::new(1), stream: Stream::Stdout, len, first, last });
        }
        for chunk in chunks {
            let parts = attribution.parts(chunk.as_bytes());
            let mut at = 0;
            for part in parts {
                prop_assert_eq!(part.range.start, at);
                prop_assert!(part.range.end > at);
                at = part.range.end;
            }
            prop_assert_eq!(at, chunk.len());
        }
    }

    #[test]
    fn without_bytes_of_others_every_line_has_the_writer_of_its_first_byte(
        writes in proptest::collection::vec((1u64..4, "[ab\n]{1,15}"), 1..60),
    ) {
        let mut attribution = Attribution::default();
        let mut owners = Vec::new();
        let mut text = String::new();
        for (owner, write) in &writes {
            attribution.push(record(*owner, write));
            text.push_str(write);
            owners.extend(write.bytes().map(|_| *owner));
        }
        let mut expected = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            expected.extend(line.bytes().map(|_| owners[at]));
            at += line.len();
        }
        let mut found = Vec::new();
        for (owner, part) in told(&mut attribution, &text) {
            found.extend(part.bytes().map(|_| owner));
        }
        prop_assert_eq!(found, expected);
    }
}

//! Whatever is written is read again, and whatever comes is read without a panic.

use proptest::prelude::*;

use super::*;

fn whom() -> impl Strategy<Value = Whom> {
    prop_oneof![
        any::<u32>().prop_map(Whom::Process),
        any::<u64>().prop_map(Whom::Thread)
    ]
}

fn what() -> impl Strategy<Value = What> {
    let text = ".{0,40}";
    prop_oneof![
        (
            any::<u32>(),
            text,
            any::<bool>(),
            proptest::collection::vec(".{1,20}", 0..5)
        )
            .prop_map(|(pid, encoding, fork, args)| What::Hello(Box::new(Hello {
                pid,
                fork,
                encoding,
                args,
                version: "3.13.0".into(),
                taken: "oe".into(),
                ..Hello::default()
            }))),
        (any::<u64>(), text, text).prop_map(|(cpu_ns, name, args)| What::Up { cpu_ns, name, args }),
        (any::<u32>(), text, text).prop_map(|(pid, name, args)| What::Started { pid, name, args }),
        (
            any::<u32>(),
            any::<Option<i32>>(),
            any::<Option<i32>>(),
            any::<u64>()
        )
            .prop_map(|(pid, exited, signal, cpu_ns)| What::Reaped {
                pid,
                exited,
                signal,
                cpu_ns,
                rss_bytes: 7
            }),
        (any::<u64>(), whom()).prop_map(|(by, on)| What::JoinBegan { by, on }),
        (any::<u64>(), whom()).prop_map(|(by, on)| What::JoinEnded { by, on }),
        (any::<u64>(), any::<u64>(), text).prop_map(|(owner, tid, name)| What::Thread {
            owner,
            tid,
            ident: tid ^ owner,
            started_ns: 1,
            target: "m:f".into(),
            args: name.clone(),
            name,
        }),
        proptest::collection::vec((any::<u64>(), any::<bool>(), any::<u32>()), 0..40).prop_map(
            |spans| What::Held {
                from_ns: 5,
                handoffs: 6,
                spans: spans
                    .into_iter()
                    .map(|(owner, held, from)| Span {
                        owner,
                        held,
                        from_ns: from.into(),
                        to_ns: u64::from(from) + owner % 9,
                    })
                    .collect(),
            }
        ),
        (any::<u64>(), any::<u64>(), any::<bool>()).prop_map(|(owner, cpu_ns, raised)| {
            What::CallEnded {
                owner,
                cpu_ns,
                raised,
            }
        }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(t_ns in any::<u64>(), what in what()) {
        let said = Said { t_ns, what };
        let line = encode(&said).unwrap();
        prop_assert_eq!(line.matches('\n').count(), 1);
        prop_assert_eq!(parse(line.as_bytes()), Ok(said));
    }

    #[test]
    fn what_a_sub_interpreter_wrote_is_read(t_ns in any::<u64>(), bytes in proptest::collection::vec(any::<u8>(), 1..=EDGE)) {
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        let said = parse(format!("{t_ns}\twrote\t77\te\t{}\t{hex}\t{hex}\n", bytes.len()).as_bytes());
        let Ok(Said { what: What::Wrote(record), .. }) = said else { panic!("{said:?}") };
        prop_assert_eq!(record.t_ns, NonZero::new(t_ns));
        prop_assert_eq!((record.owner, record.stream, record.len as usize), (77, Stream::Stderr, bytes.len()));
        prop_assert_eq!(&record.first[..bytes.len()], &bytes[..]);
        prop_assert_eq!(record.first, record.last);
    }

    #[test]
    fn anything_can_be_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn broken_lines_of_known_verbs_are_refused_or_read(
        verb in "held|hello|up|started|reaped|join|joined|thread|ended|call|returned|ring|terminated|wrote",
        rest in "[\t0-9a-z\\\\-]{0,60}",
    ) {
        let _ = parse(format!("12\t{verb}\t{rest}").as_bytes());
    }

    #[test]
    fn a_line_fits_into_one_atomic_write(name in ".{0,9000}", args in proptest::collection::vec(".{0,3000}", 0..9)) {
        let hello = What::Hello(Box::new(Hello { encoding: name.clone(), args, ..Hello::default() }));
        let thread = What::Thread {
            owner: u64::MAX, tid: u64::MAX, ident: u64::MAX, started_ns: u64::MAX,
            name: name.clone(), target: name.clone(), args: name,
        };
        for what in [hello, thread] {
            let line = encode(&Said { t_ns: u64::MAX, what }).unwrap();
            prop_assert!(line.len() <= super::super::LINE, "{}", line.len());
        }
    }
}

//! Cuts what an event pipe brings into lines, and reads each.

use super::{Broken, LINE, Said, What, parse};

/// The lines of one event pipe.
#[derive(Debug, Default)]
pub struct Lines {
    /// The beginning of a line whose end has not come.
    open: Vec<u8>,
    /// The line that is open is too long: what comes of it is passed over.
    long: bool,
}

impl Lines {
    /// What the lines say that end in `bytes`, read at `now_ns`, or why one can't be read.
    pub fn take(&mut self, now_ns: u64, bytes: &[u8]) -> Vec<Result<Said, Broken>> {
        let mut said = Vec::new();
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let ends = piece.ends_with(b"\n");
            if self.long {
                self.long = !ends;
                continue;
            }
            self.open.extend_from_slice(piece);
            if ends {
                said.push(parse(&self.open).map(|said| until(now_ns, said)));
                self.open.clear();
            } else if self.open.len() > LINE {
                self.open.clear();
                self.long = true;
                said.push(Err(Broken::Long));
            }
        }
        said
    }
}

/// Nothing can be later than it was heard: a stamp that says so is not believed.
fn until(now_ns: u64, mut said: Said) -> Said {
    said.t_ns = said.t_ns.min(now_ns);
    match &mut said.what {
        What::Thread { started_ns, .. } => *started_ns = (*started_ns).min(now_ns),
        What::Held { from_ns, spans, .. } => {
            *from_ns = (*from_ns).min(now_ns);
            for span in spans {
                span.from_ns = span.from_ns.min(now_ns);
                span.to_ns = span.to_ns.min(now_ns);
            }
        }
        _ => {}
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_in_a_line_that_is_too_long_is_no_line() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(9, b"7\tgi"), []);
        assert_eq!(lines.take(9, b"l\n").len(), 1);
        assert_eq!(lines.take(9, &[b'x'; LINE + 1]), [Err(Broken::Long)]);
        assert_eq!(lines.take(9, b"7\tgil"), []);
        let said = lines.take(9, b"\n7\tgil\n");
        assert!(matches!(said[..], [Ok(_)]), "{said:?}");
    }

    #[test]
    fn nothing_is_said_from_the_future() {
        let line = b"99\tthread\t1\t2\t3\t98\tT\tm:f\t\n99\theld\t8\t0\t1:h:7:97\n";
        for said in Lines::default().take(9, line) {
            let said = said.unwrap();
            assert_eq!(said.t_ns, 9);
            match said.what {
                What::Thread { started_ns, .. } => assert_eq!(started_ns, 9),
                What::Held { from_ns, spans, .. } => {
                    assert_eq!((from_ns, spans[0].from_ns, spans[0].to_ns), (8, 7, 9));
                }
                what => panic!("{what:?}"),
            }
        }
    }
}

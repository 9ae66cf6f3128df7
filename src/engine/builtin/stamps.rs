//! What the model's threads stamped of their GIL, told ten times a second.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use parking_lot::Mutex;

use super::children::MAIN;
use super::gil::Gil;
use crate::engine::channel::{Client, Span, What};

const TELL: Duration = Duration::from_millis(100);
/// So many fit into a line.
const SPANS_A_LINE: usize = 64;

/// Tells who held the GIL and who waited for it, until nobody is there who could.
pub(super) fn tell_gil(client: &Mutex<Client>, gil: &Gil, all_gone: &Receiver<()>) {
    loop {
        let goes_on = all_gone.recv_timeout(TELL) == Err(RecvTimeoutError::Timeout);
        let stamps = gil.told();
        let mut from_ns = stamps.from_ns;
        let mut rest = stamps.spans.as_slice();
        // A time in which nobody held it is told of, too.
        loop {
            let (part, others) = rest.split_at(rest.len().min(SPANS_A_LINE));
            rest = others;
            // What is in one line ends before what is in the next.
            let to_ns = match (rest, part) {
                ([_, ..], [.., last]) => last.to_ns,
                _ => stamps.to_ns,
            };
            let spans = part
                .iter()
                .map(|span| Span {
                    owner: span.owner - MAIN,
                    ..*span
                })
                .collect();
            let what = What::Held {
                from_ns,
                handoffs: stamps.handoffs,
                spans,
            };
            // A channel that is gone has nobody to tell.
            let _ = client.lock().say_at(to_ns, what);
            from_ns = to_ns;
            if rest.is_empty() {
                break;
            }
        }
        if !goes_on {
            return;
        }
    }
}

//! Lines that move the cursor, change colours and go back to their beginning. Inputs are as `decoding` has them.

use gilscope::ui::log::{Line, SHOWN_BYTES, line};

use super::{decoding, log};

const ESCAPE: u8 = 0x1b;
/// Steps of a cursor end here.
const COLUMNS: usize = SHOWN_BYTES;

/// Takes an encoding and output.
pub(super) fn take(bytes: &[u8]) {
    let (encoding, blocks) = decoding::parts(bytes);
    for block in &blocks {
        for text in block[1..].split(|&byte| byte == b'\n') {
            for most in [64, SHOWN_BYTES] {
                log::looks(&line(text, &encoding, most));
            }
            if text.len() < SHOWN_BYTES / 2 {
                terminal(text);
            }
        }
    }
    decoding::check(&encoding, &blocks);
}

fn shown(parts: &[&[u8]]) -> Line {
    line(&parts.concat(), "utf-8", SHOWN_BYTES)
}

/// What holds on any terminal.
fn terminal(text: &[u8]) {
    let whole = shown(&[text]);
    let plain = whole.plain();
    // Behind the last column a line is cut.
    if plain.len() < COLUMNS {
        assert_eq!(
            shown(&[plain.as_bytes(), b" "]).plain(),
            plain.clone() + " ",
            "what is shown is plain"
        );
    }
    let (before, after) = text.split_at(text.len() / 2);
    // An escape that is open would take what comes next.
    if !before.contains(&ESCAPE) {
        let again = shown(&[before, b"\r\x1b[2K", after]);
        assert_eq!(
            again.plain(),
            shown(&[b"", after]).plain(),
            "a line that was cleared is gone"
        );
        let still = shown(&[before, b"\x1b[31m\x1b[0m", after]);
        if std::str::from_utf8(before).is_ok() {
            assert_eq!(still, whole, "a colour for nothing changes nothing");
        }
    }
    if !text.iter().any(|byte| matches!(*byte, ESCAPE | b'\r' | 8)) {
        let wide = plain.chars().count();
        let on = shown(&[text, b"\x1b[1Cx"]).plain().chars().count();
        assert_eq!(
            on,
            wide + 1 + usize::from(wide < COLUMNS),
            "a step on never goes back"
        );
        let reds = shown(&[b"\x1b[31m", text, b"\x1b[0m"]);
        let red = reds
            .spans
            .iter()
            .all(|span| span.ink.is_some() || span.text.trim().is_empty());
        assert!(
            red && reds.plain() == plain,
            "text has the colour before it"
        );
        assert!(decoding::has_mark(&reds) == decoding::has_mark(&whole));
    }
}

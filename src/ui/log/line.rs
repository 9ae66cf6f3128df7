//! A line of output as it would look on a terminal: colour codes read, `\r` obeyed, what is no text made
//! visible. The bytes themselves are never changed; the export has them.

use encoding_rs::Encoding;

/// Bytes of a line that are shown; past them it says how many there are.
pub const SHOWN_BYTES: usize = 4096;
/// Columns from one tab stop to the next.
const TAB: usize = 8;

/// The colours that a program may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Of the eight, dark or bright: black, red, green, yellow, blue, magenta, cyan, white.
    Colour(u8),
    /// What stands for a byte that is no text.
    Mark,
}

/// A part of a line in one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Its colour; none for the line's own.
    pub ink: Option<Ink>,
}

/// A line, ready to be painted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// From left to right.
    pub spans: Vec<Span>,
    /// The line's whole length in bytes, where only a part of it is shown.
    pub cut: Option<usize>,
}

impl Line {
    /// Its text without styles.
    pub fn plain(&self) -> String {
        self.spans.iter().map(|span| &*span.text).collect()
    }
}

/// What a line of `bytes` shows, given the encoding that its writer reported; at most `most` bytes of it.
pub fn line(bytes: &[u8], encoding: &str, most: usize) -> Line {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let mut window = bytes;
    let mut cut = None;
    if bytes.len() > most {
        cut = Some(bytes.len());
        // Of a progress bar its last state is wanted, not its first.
        window = match memchr::memrchr(b'\r', bytes) {
            Some(last) => &bytes[last + 1..],
            None => bytes,
        };
        window = &window[..window.len().min(most)];
        window = whole_characters(window);
    }
    let mut cells = Cells::default();
    for piece in pieces(window, encoding) {
        match piece {
            Piece::Text(text) => cells.text(&text),
            Piece::Bytes(bytes) => {
                for byte in bytes {
                    cells.mark(&format!("\\x{byte:02x}"));
                }
            }
        }
    }
    Line {
        spans: cells.spans(),
        cut,
    }
}

/// Without a character of UTF-8 that the end cuts apart.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
        _ => bytes,
    }
}

enum Piece {
    Text(String),
    /// No text in this encoding.
    Bytes(Vec<u8>),
}

/// Python's name of an encoding as the registries have it; none for UTF-8, for ASCII, and for what is unknown.
fn other(encoding: &str) -> Option<&'static Encoding> {
    let name = encoding.to_ascii_lowercase().replace('_', "-");
    if matches!(&*name, "" | "utf-8" | "utf8" | "ascii" | "us-ascii") {
        return None;
    }
    let found = match &*name {
        "latin-1" | "iso8859-1" => Encoding::for_label(b"latin1"),
        name => Encoding::for_label(name.as_bytes())
            .or_else(|| Encoding::for_label(name.replace("iso8859", "iso-8859").as_bytes())),
    };
    // Lines were cut at the byte 10, so what is no superset of ASCII can't be read line by line.
    found.filter(|encoding| encoding.is_ascii_compatible() && *encoding != encoding_rs::UTF_8)
}

fn pieces(bytes: &[u8], encoding: &str) -> Vec<Piece> {
    if let Some(other) = other(encoding) {
        let (text, broken) = other.decode_without_bom_handling(bytes);
        if !broken {
            return vec![Piece::Text(text.into_owned())];
        }
    }
    let mut pieces = Vec::new();
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            pieces.push(Piece::Text(chunk.valid().to_owned()));
        }
        if !chunk.invalid().is_empty() {
            pieces.push(Piece::Bytes(chunk.invalid().to_owned()));
        }
    }
    pieces
}

/// A terminal of one endless line.
#[derive(Default)]
struct Cells {
    row: Vec<(char, Option<Ink>)>,
    at: usize,
    ink: Option<Ink>,
}

impl Cells {
    fn put(&mut self, c: char, ink: Option<Ink>) {
        if self.at < self.row.len() {
            self.row[self.at] = (c, ink);
        } else {
            self.row.resize(self.at, (' ', None));
            self.row.push((c, ink));
        }
        self.at += 1;
    }

    fn mark(&mut self, text: &str) {
        for c in text.chars() {
            self.put(c, Some(Ink::Mark));
        }
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\r' => self.at = 0,
                '\u{8}' => self.at = self.at.saturating_sub(1),
                '\t' => {
                    for _ in self.at % TAB..TAB {
                        self.put(' ', None);
                    }
                }
                '\u{1b}' => rest = self.escape(rest),
                // The bell makes no sign on a terminal.
                '\u{7}' => {}
                c if c.is_control() => self.mark(&format!("\\x{:02x}", u32::from(c))),
                // They turn the direction of the text around them, or are not seen at all.
                '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => {
                    self.mark(&format!("\\u{:04x}", u32::from(c)));
                }
                c => self.put(c, self.ink),
            }
        }
    }

    /// Obeys an escape sequence, of which the escape itself is gone, and gives what comes after it.
    fn escape<'a>(&mut self, rest: &'a str) -> &'a str {
        let mut chars = rest.char_indices();
        match chars.next() {
            Some((_, '[')) => {
                for (i, c) in chars {
                    match c {
                        '0'..='9' | ';' | ':' | '?' | ' '..='/' | '<'..='>' => {}
                        '@'..='~' => {
                            self.control(&rest[1..i], c);
                            return &rest[i + 1..];
                        }
                        _ => return &rest[i..],
                    }
                }
                ""
            }
            // A title or a link: up to the bell or to the string terminator.
            Some((_, ']')) => match rest.find(['\u{7}', '\u{1b}']) {
                Some(end) if rest[end..].starts_with('\u{7}') => &rest[end + 1..],
                Some(end) => rest[end + 1..].strip_prefix('\\').unwrap_or(""),
                None => "",
            },
            Some((_, c)) => &rest[c.len_utf8()..],
            None => "",
        }
    }

    fn control(&mut self, arguments: &str, what: char) {
        match what {
            'm' => self.style(arguments),
            'K' => match arguments {
                "" | "0" => self.row.truncate(self.at),
                "2" => self.row.clear(),
                _ => {}
            },
            'G' => {
                let column = arguments.parse::<usize>().unwrap_or(1);
                self.at = column.clamp(1, SHOWN_BYTES) - 1;
            }
            'C' => {
                let by = arguments.parse::<usize>().unwrap_or(1);
                let most = self.at.max(SHOWN_BYTES);
                self.at = (self.at + by.min(SHOWN_BYTES)).min(most);
            }
            'D' => {
                self.at = self
                    .at
                    .saturating_sub(arguments.parse::<usize>().unwrap_or(1));
            }
            _ => {}
        }
    }

    fn style(&mut self, arguments: &str) {
        let mut codes = arguments
            .split([';', ':'])
            .map(|code| code.parse::<u16>().unwrap_or(0));
        while let Some(code) = codes.next() {
            match code {
                0 | 39 => self.ink = None,
                30..=37 => self.ink = Some(Ink::Colour((code - 30) as u8)),
                90..=97 => self.ink = Some(Ink::Colour((code - 90) as u8)),
                // One of 256, or any: the first sixteen have names, the others keep the line's own colour.
                38 | 48 => match codes.next() {
                    Some(5) => {
                        let colour = codes.next().unwrap_or(0);
                        if code == 38 {
                            self.ink = (colour < 16).then_some(Ink::Colour((colour % 8) as u8));
                        }
                    }
                    Some(2) => {
                        codes.by_ref().take(3).for_each(drop);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn spans(self) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for (c, ink) in self.row {
            match spans.last_mut() {
                Some(span) if span.ink == ink => span.text.push(c),
                _ => spans.push(Span {
                    text: c.to_string(),
                    ink,
                }),
            }
        }
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> String {
        line(bytes, "utf-8", SHOWN_BYTES).plain()
    }

    #[test]
    fn a_line_looks_as_on_a_terminal() {
        for (bytes, text) in [
            (&b"hello\n"[..], "hello"),
            (b"hello\r\n", "hello"),
            (b" 10 %\r 50 %\r100 %", "100 %"),
            (b"100 %\r50", "500 %"),
            (b"long\r\x1b[Kx", "x"),
            (b"a\tb", "a       b"),
            (b"ab\x08c", "ac"),
            (b"\x1b[31mred\x1b[0m plain", "red plain"),
            (b"\x1b]0;title\x07text", "text"),
            (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
            (b"a\0b", "a\\x00b"),
            (b"caf\xe9", "caf\\xe9"),
            ("naïve ✓".as_bytes(), "naïve ✓"),
            ("a\u{202e}b".as_bytes(), "a\\u202eb"),
            (b"\x1b[", ""),
            (b"\x1b[999999999999C!", &format!("{}!", "")),
        ] {
            let got = shown(bytes);
            if bytes.ends_with(b"C!") {
                assert!(got.len() <= SHOWN_BYTES + 1);
            } else {
                assert_eq!(got, text, "{bytes:?}");
            }
        }
    }

    #[test]
    fn a_step_to_the_right_never_goes_back() {
        let tabs = "\t".repeat(SHOWN_BYTES / 8 + 1);
        let far = format!("{tabs}|\x1b[1C!");
        assert_eq!(shown(far.as_bytes()).trim(), "|!");
    }

    #[test]
    fn colours_and_marks_are_told_apart() {
        let line = line(b"\x1b[1;31mred\x1b[0m\xff", "utf-8", SHOWN_BYTES);
        assert_eq!(line.spans[0].ink, Some(Ink::Colour(1)));
        assert_eq!(line.spans[1].ink, Some(Ink::Mark));
        assert_eq!(line.spans.len(), 2);
    }

    #[test]
    fn the_writer_s_encoding_is_used() {
        assert_eq!(line(b"caf\xe9", "latin-1", 99).plain(), "café");
        assert_eq!(line(b"\x80", "cp1252", 99).plain(), "€");
        assert_eq!(line(b"\x82\xa0", "shift_jis", 99).plain(), "あ");
        assert_eq!(line(b"caf\xe9", "no such one", 99).plain(), "caf\\xe9");
    }

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        let long = "ä".repeat(3_000_000);
        let shown = line(long.as_bytes(), "utf-8", SHOWN_BYTES);
        assert_eq!(shown.cut, Some(6_000_000));
        assert_eq!(shown.plain().chars().count(), SHOWN_BYTES / 2);
        let bar = format!("{}\r100 %", " 5 %\r".repeat(10_000));
        assert_eq!(line(bar.as_bytes(), "utf-8", SHOWN_BYTES).plain(), "100 %");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            let _ = line(&bytes, "utf-8", 64);
            let _ = line(&bytes, "shift_jis", 64);
        }
    }
}

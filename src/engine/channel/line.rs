//! The protocol's lines, written and read. Whatever comes in, reading never panics.

use std::num::NonZero;

use super::{Hello, Said, Span, What, Whom};
use crate::engine::attribution::{EDGE, Record};
use crate::run::Stream;

/// Why a line means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Its end does not come.
    #[error("a line is too long")]
    Long,
    /// Not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// A verb that this version does not know.
    #[error("unknown verb {0}")]
    Verb(String),
    /// A field is missing.
    #[error("field {0} is missing")]
    Missing(&'static str),
    /// A field is no number.
    #[error("field {0} is no number")]
    Number(&'static str),
    /// A field is not what it may be.
    #[error("field {0} can't be read")]
    Value(&'static str),
}

/// Text of a field or an item, made so that it holds no separator, and cut after `room` bytes.
fn escape(text: &str, room: usize, into: &mut String) {
    let end = into.len() + room;
    for c in text.chars() {
        if into.len() + 4 > end {
            return;
        }
        match c {
            '\\' => into.push_str("\\\\"),
            '\t' => into.push_str("\\t"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\x1f' => into.push_str("\\s"),
            c => into.push(c),
        }
    }
}

/// The text again. A backslash before anything else stands for itself.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('s') => out.push('\x1f'),
            Some('\\') | None => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
        }
    }
    out
}

struct Fields<'a>(std::str::Split<'a, char>);

impl<'a> Fields<'a> {
    fn raw(&mut self, name: &'static str) -> Result<&'a str, Broken> {
        self.0.next().ok_or(Broken::Missing(name))
    }

    fn text(&mut self, name: &'static str) -> Result<String, Broken> {
        Ok(unescape(self.raw(name)?))
    }

    fn number<T: std::str::FromStr>(&mut self, name: &'static str) -> Result<T, Broken> {
        let raw = self.raw(name)?;
        raw.parse().map_err(|_| Broken::Number(name))
    }

    fn optional<T: std::str::FromStr>(&mut self, name: &'static str) -> Result<Option<T>, Broken> {
        let raw = self.raw(name)?;
        if raw.is_empty() {
            return Ok(None);
        }
        raw.parse().map(Some).map_err(|_| Broken::Number(name))
    }

    fn flag(&mut self, name: &'static str) -> Result<bool, Broken> {
        Ok(self.raw(name)? == "1")
    }

    fn whom(&mut self) -> Result<Whom, Broken> {
        let (pid, owner) = (self.optional("pid")?, self.optional("owner")?);
        pid.map(Whom::Process)
            .or_else(|| owner.map(Whom::Thread))
            .ok_or(Broken::Missing("pid or owner"))
    }
}

/// Reads one line, with or without its newline.
pub fn parse(line: &[u8]) -> Result<Said, Broken> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = std::str::from_utf8(line).map_err(|_| Broken::Encoding)?;
    let mut f = Fields(line.split('\t'));
    let t_ns = f.number("t_ns")?;
    let verb = f.raw("verb")?;
    let what = match verb {
        "hello" => What::Hello(Box::new(hello(&mut f)?)),
        "up" => What::Up {
            cpu_ns: f.number("cpu_ns")?,
            name: f.text("name")?,
            args: f.text("args")?,
        },
        "started" => What::Started {
            pid: f.number("pid")?,
            name: f.text("name")?,
            args: f.text("args")?,
        },
        "terminated" => What::Terminated {
            pid: f.number("pid")?,
        },
        "reaped" => What::Reaped {
            pid: f.number("pid")?,
            exited: f.optional("exited")?,
            signal: f.optional("signal")?,
            cpu_ns: f.number("cpu_ns")?,
            rss_bytes: f.number("rss_bytes")?,
        },
        "join" => What::JoinBegan {
            by: f.number("by")?,
            on: f.whom()?,
        },
        "joined" => What::JoinEnded {
            by: f.number("by")?,
            on: f.whom()?,
        },
        "thread" => What::Thread {
            owner: f.number("owner")?,
            tid: f.number("tid")?,
            ident: f.number("ident")?,
            started_ns: f.number("started_ns")?,
            name: f.text("name")?,
            target: f.text("target")?,
            args: f.text("args")?,
        },
        "ended" => What::ThreadEnded {
            owner: f.number("owner")?,
            cpu_ns: f.number("cpu_ns")?,
            raised: f.flag("raised")?,
        },
        "call" => What::Call {
            owner: f.number("owner")?,
            cpu_ns: f.number("cpu_ns")?,
            name: f.text("name")?,
            args: f.text("args")?,
        },
        "returned" => What::CallEnded {
            owner: f.number("owner")?,
            cpu_ns: f.number("cpu_ns")?,
            raised: f.flag("raised")?,
        },
        "held" => What::Held {
            from_ns: f.number("from_ns")?,
            handoffs: f.number("handoffs")?,
            spans: {
                let raw = f.raw("spans")?;
                let items = raw.split('\x1f').filter(|item| !item.is_empty());
                items
                    .map(|item| span(item).ok_or(Broken::Number("spans")))
                    .collect::<Result<_, _>>()?
            },
        },
        "gil" => What::GilOn,
        "ring" => What::Ring {
            name: f.text("name")?,
            slots: f.number("slots")?,
        },
        "wrote" => What::Wrote(wrote(&mut f, t_ns)?),
        _ => return Err(Broken::Verb(verb.chars().take(40).collect())),
    };
    Ok(Said { t_ns, what })
}

fn span(item: &str) -> Option<Span> {
    let mut parts = item.split(':');
    let owner = parts.next()?.parse().ok()?;
    let held = match parts.next()? {
        "h" => true,
        "w" => false,
        _ => return None,
    };
    let from_ns = parts.next()?.parse().ok()?;
    let to_ns = parts.next()?.parse().ok()?;
    (from_ns <= to_ns).then_some(Span {
        owner,
        held,
        from_ns,
        to_ns,
    })
}

fn wrote(f: &mut Fields<'_>, t_ns: u64) -> Result<Record, Broken> {
    Ok(Record {
        owner: f.number("tid")?,
        t_ns: NonZero::new(t_ns),
        stream: match f.raw("stream")? {
            "o" => Stream::Stdout,
            "e" => Stream::Stderr,
            _ => return Err(Broken::Value("stream")),
        },
        len: f.number("size")?,
        first: edge(f.raw("first")?).ok_or(Broken::Value("first"))?,
        last: edge(f.raw("last")?).ok_or(Broken::Value("last"))?,
    })
}

/// Bytes in hexadecimal; what they leave of the edge is zero.
fn edge(hex: &str) -> Option<[u8; EDGE]> {
    let mut bytes = [0; EDGE];
    if !hex.is_ascii() || hex.len() > 2 * EDGE || hex.len() % 2 == 1 {
        return None;
    }
    for (i, byte) in bytes.iter_mut().enumerate().take(hex.len() / 2) {
        *byte = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

fn hello(f: &mut Fields<'_>) -> Result<Hello, Broken> {
    Ok(Hello {
        pid: f.number("pid")?,
        ppid: f.number("ppid")?,
        tid: f.number("tid")?,
        ident: f.number("ident")?,
        fork: f.raw("how")? == "fork",
        version: f.text("version")?,
        gil: f.flag("gil")?,
        encoding: f.text("encoding")?,
        taken: f.text("taken")?,
        args: {
            let raw = f.raw("args")?;
            let items = raw.split('\x1f').map(unescape);
            if raw.is_empty() {
                Vec::new()
            } else {
                items.collect()
            }
        },
    })
}

/// At most this many bytes of a name or an arguments text, and of a whole command line, escaped.
const TEXT: usize = 600;
const COMMAND: usize = 1_800;

/// Writes one line, newline included; never longer than [`super::LINE`] bytes: long texts are cut.
/// What only the engine says to itself has no line.
pub fn encode(said: &Said) -> Option<String> {
    let mut line = said.t_ns.to_string();
    let mut field = |text: &str| {
        line.push('\t');
        escape(text, TEXT, &mut line);
    };
    macro_rules! fields { ($($value:expr),*) => {{ $( field(&$value.to_string()); )* }} }
    match &said.what {
        What::Hello(h) => {
            let how = if h.fork { "fork" } else { "new" };
            fields!(
                "hello",
                h.pid,
                h.ppid,
                h.tid,
                h.ident,
                how,
                h.version,
                u8::from(h.gil)
            );
            fields!(h.encoding, h.taken);
            let end = line.len() + COMMAND;
            for (i, item) in h.args.iter().enumerate() {
                let room = end.saturating_sub(line.len() + 1);
                if room < 8 {
                    break;
                }
                line.push(if i == 0 { '\t' } else { '\x1f' });
                escape(item, room, &mut line);
            }
            if h.args.is_empty() {
                line.push('\t');
            }
        }
        What::Up { cpu_ns, name, args } => fields!("up", cpu_ns, name, args),
        What::Started { pid, name, args } => fields!("started", pid, name, args),
        What::Terminated { pid } => fields!("terminated", pid),
        What::Reaped {
            pid,
            exited,
            signal,
            cpu_ns,
            rss_bytes,
        } => {
            fields!(
                "reaped",
                pid,
                number(*exited),
                number(*signal),
                cpu_ns,
                rss_bytes
            );
        }
        What::JoinBegan { by, on } | What::JoinEnded { by, on } => {
            let began = matches!(said.what, What::JoinBegan { .. });
            fields!(if began { "join" } else { "joined" }, by);
            match on {
                Whom::Process(pid) => fields!(pid, ""),
                Whom::Thread(owner) => fields!("", owner),
            }
        }
        What::Thread {
            owner,
            tid,
            ident,
            started_ns,
            name,
            target,
            args,
        } => fields!("thread", owner, tid, ident, started_ns, name, target, args),
        What::ThreadEnded {
            owner,
            cpu_ns,
            raised,
        } => fields!("ended", owner, cpu_ns, u8::from(*raised)),
        What::Call {
            owner,
            cpu_ns,
            name,
            args,
        } => fields!("call", owner, cpu_ns, name, args),
        What::CallEnded {
            owner,
            cpu_ns,
            raised,
        } => fields!("returned", owner, cpu_ns, u8::from(*raised)),
        What::Held {
            from_ns,
            handoffs,
            spans,
        } => {
            let items = spans.iter().map(|span| {
                let word = if span.held { 'h' } else { 'w' };
                format!("{}:{word}:{}:{}", span.owner, span.from_ns, span.to_ns)
            });
            fields!("held", from_ns, handoffs);
            line.push('\t');
            line.push_str(&items.collect::<Vec<_>>().join("\x1f"));
        }
        What::GilOn => fields!("gil"),
        What::Ring { name, slots } => fields!("ring", name, slots),
        // Only a probe of Python says it.
        What::Wrote(_) | What::Written(_) | What::Garbled { .. } => return None,
    }
    line.push('\n');
    Some(line)
}

fn number(value: Option<i32>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
mod tests;

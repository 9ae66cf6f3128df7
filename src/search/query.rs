//! What is looked for, as the user says it, and ready to look.

use grep_matcher::Matcher;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{Searcher, SearcherBuilder, Sink, SinkMatch};

/// A pattern may grow to so many bytes when it is made ready; more is refused.
const SIZE_BYTES: usize = 10 << 20;

/// What lines are to have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// The text or the regular expression; empty for nothing.
    pub text: String,
    /// Whether it is a regular expression, in the syntax of Rust's `regex`.
    pub regex: bool,
    /// Whether capital letters count.
    pub case: bool,
    /// Whether it is to stand between the ends of words.
    pub word: bool,
}

/// Why nothing can be looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is no regular expression: {why}")]
pub struct QueryError {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

impl Query {
    /// Makes it ready. None where there is nothing to look for.
    pub fn pattern(&self) -> Result<Option<Pattern>, QueryError> {
        if self.text.is_empty() {
            return Ok(None);
        }
        RegexMatcherBuilder::new()
            .fixed_strings(!self.regex)
            .case_insensitive(!self.case)
            .word(self.word)
            .line_terminator(Some(b'\n'))
            .size_limit(SIZE_BYTES)
            .dfa_size_limit(SIZE_BYTES)
            .build(&self.text)
            .map(|matcher| Some(Pattern { matcher }))
            .map_err(|error| QueryError {
                text: self.text.clone(),
                // What is wrong stands in the last line, below a picture of where.
                why: error
                    .to_string()
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ")
                    .to_owned(),
            })
    }
}

/// A query that is ready.
#[derive(Clone, Debug)]
pub struct Pattern {
    matcher: RegexMatcher,
}

impl Pattern {
    /// Whether a line has it.
    pub fn is_in(&self, line: &[u8]) -> bool {
        // This kind of matcher has no error to give.
        self.matcher.is_match(line).unwrap_or(false)
    }

    /// Where in a line it stands, in bytes, from left to right.
    pub fn places(&self, line: &[u8]) -> Vec<std::ops::Range<usize>> {
        let mut places = Vec::new();
        let _ = self.matcher.find_iter(line, |found| {
            places.push(found.start()..found.end());
            true
        });
        places
    }

    /// The numbers, from 0, of the lines of a text that have it, in order.
    pub(super) fn lines(&self, searcher: &mut Searcher, text: &[u8]) -> Vec<u32> {
        let mut lines = Lines(Vec::new());
        // Neither reading from memory nor this matcher can fail.
        let _ = searcher.search_slice(&self.matcher, text, &mut lines);
        lines.0
    }
}

/// What goes through a text line by line.
pub(super) fn searcher() -> Searcher {
    SearcherBuilder::new()
        .line_number(true)
        .bom_sniffing(false)
        .build()
}

struct Lines(Vec<u32>);

impl Sink for Lines {
    type Error = std::io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> Result<bool, Self::Error> {
        let number = found.line_number().unwrap_or(1);
        self.0.push((number - 1) as u32);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(query: Query, text: &str) -> Vec<u32> {
        let pattern = query.pattern().unwrap().unwrap();
        pattern.lines(&mut searcher(), text.as_bytes())
    }

    fn query(text: &str) -> Query {
        Query {
            text: text.into(),
            ..Query::default()
        }
    }

    #[test]
    fn letters_words_and_expressions_are_told_apart() {
        let text = "Error: a.b\nterror\n\nerror axb\n";
        let regex = |text: &str| Query {
            regex: true,
            ..query(text)
        };
        assert_eq!(lines(query("error"), text), [0, 1, 3]);
        assert_eq!(lines(query("a.b"), text), [0]);
        assert_eq!(lines(regex("a.b"), text), [0, 3]);
        assert_eq!(lines(regex("or$"), text), [1]);
        assert_eq!(lines(regex("^$"), text), [2]);
        assert_eq!(lines(regex(r"\s"), text), [0, 3]);
        let case = Query {
            case: true,
            ..query("error")
        };
        assert_eq!(lines(case, text), [1, 3]);
        let word = Query {
            word: true,
            ..query("error")
        };
        assert_eq!(lines(word, text), [0, 3]);
    }

    #[test]
    fn what_is_no_expression_says_why() {
        let wrong = Query {
            regex: true,
            ..query("a(b")
        };
        let error = wrong.pattern().unwrap_err();
        assert!(error.to_string().contains("unclosed group"), "{error}");
        let huge = Query {
            regex: true,
            ..query(r"(\w{1000}){1000}")
        };
        assert!(huge.pattern().is_err());
        assert!(query("").pattern().unwrap().is_none());
    }

    #[test]
    fn places_are_bytes() {
        let pattern = query("ä").pattern().unwrap().unwrap();
        assert_eq!(pattern.places("xäÄ".as_bytes()), [1..3, 3..5]);
        assert!(pattern.is_in("Ä\n".as_bytes()));
    }
}

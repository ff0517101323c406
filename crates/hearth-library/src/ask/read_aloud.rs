//! Reading an answer aloud: sentence by sentence while it is written, without markup.

use hearth_documents::split_sentences;
use pulldown_cmark::{Event, Options, Parser};

/// Splits a growing answer into finished sentences for speech synthesis.
#[derive(Debug, Default)]
pub struct ReadAloudSplitter {
    /// Complete lines, without code.
    lines: String,
    /// Line in progress.
    line: String,
    /// True if the beginning of `line` is among `lines` already.
    is_begun: bool,
    is_in_code: bool,
    /// Bytes that were returned.
    returned_bytes: usize,
}

impl ReadAloudSplitter {
    /// Takes text that was appended to the answer; returns the sentences that it finishes.
    pub fn push(&mut self, text: &str) -> Vec<String> {
        for piece in text.split_inclusive('\n') {
            self.line.push_str(piece);
            if self.line.ends_with('\n') {
                self.end_line();
            }
        }
        self.take_sentences(false)
    }

    /// Ends the answer; returns the remaining sentences.
    pub fn finish(&mut self) -> Vec<String> {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.take_sentences(true)
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let is_begun = std::mem::take(&mut self.is_begun);
        if !is_begun && line.trim_start().starts_with("```") {
            self.is_in_code = !self.is_in_code;
            // Text before the fence is finished.
            self.lines.push('\n');
        } else if !self.is_in_code {
            self.lines.push_str(&line);
        }
    }

    /// All sentences but the last, which may go on; all of them at the end.
    fn take_sentences(&mut self, is_all: bool) -> Vec<String> {
        // A line that begins like this may become a code fence.
        let is_read = !self.is_in_code && (self.is_begun || !self.line.trim_start().starts_with('`'));
        let mut text = self.lines[self.returned_bytes..].to_owned();
        if is_read {
            text.push_str(&self.line);
        }
        let mut found = split_sentences(&text);
        if !is_all {
            found.pop();
        }
        if let Some(last) = found.last() {
            self.returned_bytes += last.end;
        }
        // Text of the line in progress that was returned is not returned again when the line ends.
        if self.returned_bytes > self.lines.len() {
            self.lines.push_str(&std::mem::take(&mut self.line));
            self.is_begun = true;
        }
        found.into_iter().filter_map(|range| strip_markup(&text[range])).collect()
    }
}

/// A sentence without its markup, or `None` if no word is left.
fn strip_markup(sentence: &str) -> Option<String> {
    // A table row: no parser recognises it without its header.
    let cells = sentence
        .trim()
        .strip_prefix('|')
        .map(|row| row.trim_end_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join(", "));
    let sentence = cells.as_deref().unwrap_or(sentence);
    let mut text = String::new();
    for event in Parser::new_ext(sentence, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH) {
        match event {
            Event::Text(piece) | Event::Code(piece) => text.push_str(&piece),
            Event::InlineMath(formula) | Event::DisplayMath(formula) => {
                text.push_str(&formula.replace(['\\', '{', '}', '$', '^', '_'], " "));
            }
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    // A fence that is not at the beginning of a line is no word.
    let text = text.replace('`', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().any(char::is_alphanumeric).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits an answer that arrives in pieces of `size` characters.
    fn split_in_pieces(answer: &str, size: usize) -> Vec<String> {
        let mut splitter = ReadAloudSplitter::default();
        let letters: Vec<char> = answer.chars().collect();
        let mut sentences: Vec<String> =
            letters.chunks(size).flat_map(|piece| splitter.push(&piece.iter().collect::<String>())).collect();
        sentences.extend(splitter.finish());
        sentences
    }

    #[test]
    fn sentences_come_without_their_markup_however_the_answer_comes() {
        let answer = "# The burner\n\nIt is **cleaned** once a year, see [the manual](http://x). Dr. Ash does it.\n\n\
            - First `stop` it\n- Then *wait*\n\n```rust\nlet x = 1. Then more.\n```\n\n| Part | Age |\n|---|---|\n| Nozzle | 3 years |\n\nDone.";
        let expected = [
            "The burner",
            "It is cleaned once a year, see the manual.",
            "Dr. Ash does it.",
            "First stop it",
            "Then wait",
            "Part, Age",
            "Nozzle, 3 years",
            "Done.",
        ];
        for size in [1, 2, 3, 7, 50, 1000] {
            assert_eq!(split_in_pieces(answer, size), expected, "in pieces of {size}");
        }
    }

    #[test]
    fn a_sentence_comes_once_the_next_begins() {
        let mut splitter = ReadAloudSplitter::default();
        assert!(splitter.push("The burner is cleaned once a year.").is_empty());
        assert_eq!(splitter.push(" The"), ["The burner is cleaned once a year."]);
        assert!(splitter.push(" nozzle").is_empty());
        assert_eq!(splitter.finish(), ["The nozzle"]);
        assert!(splitter.finish().is_empty());
    }

    #[test]
    fn what_has_no_words_is_not_read() {
        assert!(split_in_pieces("***\n\n---\n\n```\ncode\n```\n", 4).is_empty());
        assert_eq!(split_in_pieces("Ends in code: ```", 3), ["Ends in code:"]);
        // A fence is at the beginning of a line, wherever pieces begin.
        let mut splitter = ReadAloudSplitter::default();
        let mut sentences: Vec<String> =
            ["Stop it.", " Run", " this: ", "```cargo test``` and wait.", "\nThen go on."]
                .into_iter()
                .flat_map(|piece| splitter.push(piece))
                .collect();
        sentences.extend(splitter.finish());
        assert_eq!(sentences, ["Stop it.", "Run this: cargo test and wait.", "Then go on."]);
    }
}

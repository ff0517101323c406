//! Sentence segmentation of canonical text.
//!
//! `stops` finds what can end a sentence, `boundary` decides if it does, by `word_before` and `following`; what differs
//! between languages stands in the tables of `languages`. Rules of our own, because the others measured worse on the
//! labelled sentences of `tests/fixtures/sentences` (F1 of the bounds between sentences, German/English/French):
//!
//! - UAX #29 with a list of abbreviations: 0.83/0.89/0.91, and three times slower on prose;
//! - `sentencex` (MIT), told the language: 0.91/0.92/0.85, and the language must be known;
//! - `srx` is a crate for LanguageTool's rules, which are under the LGPL and so do not fit;
//! - these rules, not told the language: 0.997/0.992/0.994.
//!
//! Answers are cut while they are written, so a decision uses no text after the next word.

mod boundary;
mod following;
mod language_guess;
mod languages;
mod stops;
mod vocabulary;
mod word_before;

#[cfg(test)]
mod tests;

use std::ops::Range;

use boundary::Candidate;
use language_guess::LanguageGuess;
use stops::find_stop;
use vocabulary::LanguageIndex;

/// Byte ranges of a text's sentences, without white space around them. The language is that of the text before each
/// full stop. A heading, a list item and a table row are one sentence each; fences and rules are none.
///
/// Text appended later changes the last sentence alone.
pub fn split_sentences(text: &str) -> Vec<Range<usize>> {
    split_sentences_in(text, None)
}

/// [`split_sentences`] of a text in a known language (ISO 639-1); one without rules of its own is treated as unknown.
pub fn split_sentences_in(text: &str, language: Option<&str>) -> Vec<Range<usize>> {
    let language = LanguageGuess::new(language.and_then(LanguageIndex::from_code));
    let mut sentences = Vec::new();
    let mut paragraph: Option<Range<usize>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        let content = line.trim();
        if content.is_empty() || is_rule(content) {
            flush_paragraph(text, &language, &mut paragraph, &mut sentences);
        } else if is_standalone(content) {
            flush_paragraph(text, &language, &mut paragraph, &mut sentences);
            if content.starts_with('|') || content.starts_with('#') {
                sentences.push(trim_range(text, range));
            } else {
                // A list item may continue on the next line.
                paragraph = Some(range);
            }
        } else {
            let start = paragraph.as_ref().map_or(range.start, |range| range.start);
            paragraph = Some(start..range.end);
        }
    }
    flush_paragraph(text, &language, &mut paragraph, &mut sentences);
    sentences
}

/// True for a code fence, a rule or a table's separator line.
fn is_rule(line: &str) -> bool {
    line.starts_with("```") || line.chars().all(|c| matches!(c, '-' | '=' | '*' | '_' | '|' | ':' | ' '))
}

/// True if a line starts a sentence of its own: a heading, a table row, a list item.
fn is_standalone(line: &str) -> bool {
    let is_numbered = line.split_once(['.', ')']).is_some_and(|(number, rest)| {
        !number.is_empty()
            && number.len() <= 3
            && number.bytes().all(|b| b.is_ascii_digit())
            && rest.starts_with(' ')
    });
    line.starts_with('|')
        || line.starts_with('#')
        || line.starts_with("- ")
        || line.starts_with("* ")
        || line.starts_with("• ")
        || is_numbered
}

fn trim_range(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

fn flush_paragraph(
    text: &str,
    language: &LanguageGuess,
    paragraph: &mut Option<Range<usize>>,
    sentences: &mut Vec<Range<usize>>,
) {
    let Some(range) = paragraph.take() else {
        return;
    };
    let text = &text[..range.end];
    let mut start = range.start;
    let mut at = range.start;
    while let Some(stop) = find_stop(text, at) {
        at = stop.end;
        let candidate = Candidate { text, start, stop, language };
        if candidate.is_end() {
            push_sentence(text, start..at, sentences);
            start = at;
        }
    }
    push_sentence(text, start..range.end, sentences);
}

fn push_sentence(text: &str, range: Range<usize>, sentences: &mut Vec<Range<usize>>) {
    let range = trim_range(text, range);
    if !range.is_empty() {
        sentences.push(range);
    }
}

//! Sentence segmentation of canonical text.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// Words after which a full stop does not end a sentence.
const ABBREVIATIONS: &[&str] = &[
    "e.g.", "i.e.", "cf.", "etc.", "vs.", "al.", "fig.", "figs.", "eq.", "eqs.", "sec.", "ch.", "no.",
    "nos.", "vol.", "pp.", "p.", "ed.", "eds.", "dr.", "mr.", "mrs.", "ms.", "prof.", "st.", "inc.", "ltd.",
    "co.", "corp.", "jr.", "sr.", "approx.", "ca.", "resp.", "z.b.", "bzw.", "d.h.", "u.a.", "usw.", "nr.",
    "abb.", "vgl.", "ref.", "refs.", "u.s.", "a.m.", "p.m.",
];

/// Byte ranges of a text's sentences, without white space around them, by the sentence bounds of UAX #29 with
/// abbreviations. A heading, a list item and a table row are one sentence each; fences and rules are none.
pub fn split_sentences(text: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let mut paragraph: Option<Range<usize>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        let content = line.trim();
        if content.is_empty() || is_rule(content) {
            flush_paragraph(text, &mut paragraph, &mut sentences);
        } else if is_standalone(content) {
            flush_paragraph(text, &mut paragraph, &mut sentences);
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
    flush_paragraph(text, &mut paragraph, &mut sentences);
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

fn flush_paragraph(text: &str, paragraph: &mut Option<Range<usize>>, sentences: &mut Vec<Range<usize>>) {
    let Some(range) = paragraph.take() else {
        return;
    };
    // A line break inside a paragraph is a space; same length, so that ranges hold.
    let flat = text[range.clone()].replace('\n', " ");
    let mut start = 0;
    let mut end = 0;
    for part in flat.split_sentence_bounds() {
        end += part.len();
        let sentence = &flat[start..end];
        if is_sentence_end(sentence, &flat[end..]) {
            push_sentence(text, range.start + start..range.start + end, sentences);
            start = end;
        }
    }
    if start < end {
        push_sentence(text, range.start + start..range.start + end, sentences);
    }
}

fn push_sentence(text: &str, range: Range<usize>, sentences: &mut Vec<Range<usize>>) {
    let range = trim_range(text, range);
    if !range.is_empty() {
        sentences.push(range);
    }
}

/// True if a sentence ends at a bound of Unicode's rules; false after an abbreviation or an initial.
fn is_sentence_end(sentence: &str, rest: &str) -> bool {
    let sentence = sentence.trim_end();
    let last = sentence.split_whitespace().next_back().unwrap_or("");
    let lower = last.trim_start_matches(['(', '[', '"', '“']).to_lowercase();
    if ABBREVIATIONS.contains(&lower.as_str()) {
        return false;
    }
    // An initial ("J. Smith"), but not "vitamin C." at the end of the text.
    let is_initial = lower.len() == 2 && lower.ends_with('.') && lower.starts_with(char::is_alphabetic);
    if is_initial && rest.trim_start().starts_with(char::is_uppercase) && last.starts_with(char::is_uppercase)
    {
        return false;
    }
    !rest.trim_start().starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = split_sentences(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn sentences_end_where_readers_see_them_end() {
        check("One is here. Two is there! Three?", &["One is here.", "Two is there!", "Three?"]);
        check(
            "See Fig. 3 for J. Smith et al. 2020. It grew by 3.5 mm.",
            &["See Fig. 3 for J. Smith et al. 2020.", "It grew by 3.5 mm."],
        );
        check("A line\nthat goes on. Next\none.", &["A line\nthat goes on.", "Next\none."]);
        check(
            "# Title\n\nText here.\n- first item\n- second\n",
            &["# Title", "Text here.", "- first item", "- second"],
        );
        check("| a | b |\n| --- | --- |\n| 1 | 2 |\n", &["| a | b |", "| 1 | 2 |"]);
        check("", &[]);
    }
}

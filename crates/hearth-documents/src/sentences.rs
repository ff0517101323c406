//! Where sentences are in canonical text.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

/// Words after which a full stop does not end a sentence.
const ABBREVIATIONS: &[&str] = &[
    "e.g.", "i.e.", "cf.", "etc.", "vs.", "al.", "fig.", "figs.", "eq.", "eqs.", "sec.", "ch.", "no.",
    "nos.", "vol.", "pp.", "p.", "ed.", "eds.", "dr.", "mr.", "mrs.", "ms.", "prof.", "st.", "inc.", "ltd.",
    "co.", "corp.", "jr.", "sr.", "approx.", "ca.", "resp.", "z.b.", "bzw.", "d.h.", "u.a.", "usw.", "nr.",
    "abb.", "vgl.", "ref.", "refs.", "u.s.", "a.m.", "p.m.",
];

/// The byte ranges of a text's sentences, without white space around them. A heading, a list item
/// and a row of a table are each one; fences and rules are none.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut paragraph: Option<Range<usize>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        let content = line.trim();
        if content.is_empty() || is_rule(content) {
            flush(text, &mut paragraph, &mut found);
        } else if stands_alone(content) {
            flush(text, &mut paragraph, &mut found);
            if content.starts_with('|') || content.starts_with('#') {
                found.push(trimmed(text, range));
            } else {
                // A list item may go on in the next line.
                paragraph = Some(range);
            }
        } else {
            let start = paragraph.as_ref().map_or(range.start, |open| open.start);
            paragraph = Some(start..range.end);
        }
    }
    flush(text, &mut paragraph, &mut found);
    found
}

fn is_rule(line: &str) -> bool {
    line.starts_with("```") || line.chars().all(|c| matches!(c, '-' | '=' | '*' | '_' | '|' | ':' | ' '))
}

fn stands_alone(line: &str) -> bool {
    let numbered = line.split_once(['.', ')']).is_some_and(|(number, rest)| {
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
        || numbered
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

fn flush(text: &str, paragraph: &mut Option<Range<usize>>, found: &mut Vec<Range<usize>>) {
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
        if ends(sentence, &flat[end..]) {
            push(text, range.start + start..range.start + end, found);
            start = end;
        }
    }
    if start < end {
        push(text, range.start + start..range.start + end, found);
    }
}

fn push(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let range = trimmed(text, range);
    if !range.is_empty() {
        found.push(range);
    }
}

/// Whether a piece that Unicode's rules end here really ends a sentence.
fn ends(sentence: &str, rest: &str) -> bool {
    let sentence = sentence.trim_end();
    let last = sentence.split_whitespace().next_back().unwrap_or("");
    let bare = last.trim_start_matches(['(', '[', '"', '“']).to_lowercase();
    if ABBREVIATIONS.contains(&bare.as_str()) {
        return false;
    }
    // An initial ("J. Smith"), but not "vitamin C." at the end of everything.
    let initial = bare.len() == 2 && bare.ends_with('.') && bare.starts_with(char::is_alphabetic);
    if initial && rest.trim_start().starts_with(char::is_uppercase) && last.starts_with(char::is_uppercase) {
        return false;
    }
    !rest.trim_start().starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = sentences(text).into_iter().map(|range| &text[range]).collect();
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

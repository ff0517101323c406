//! Comparison of an answer, its quotes and its ranges with what is expected.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// Characters that two ranges must share to overlap; fewer are a full stop or a space.
const MIN_OVERLAP: usize = 3;

/// A text, or several of which all are meant.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(super) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::More(texts) => texts,
        }
    }
}

/// Quote of a citation, with the range of the answer that it supports.
pub(super) struct CitedQuote {
    pub(super) range: Range<usize>,
    pub(super) quote: String,
}

/// Replaces each run of white space by one space.
pub(super) fn squeeze_spaces(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_whitespace() {
            squeezed.push(c);
        } else if !squeezed.ends_with(' ') {
            squeezed.push(' ');
        }
    }
    squeezed
}

/// Reduces a text to what is compared: lower case, one space for all white space, no marks of emphasis.
pub(super) fn flatten_text(text: &str) -> String {
    let compared = text.nfc().filter(|c| !matches!(c, '*' | '`' | '\\'));
    let compared: String = compared.map(|c| if c == '’' { '\'' } else { c }).collect();
    squeeze_spaces(&compared).to_lowercase()
}

/// True if a text contains another one, as they are compared.
pub(super) fn contains_text(text: &str, part: &str) -> bool {
    flatten_text(text).contains(&flatten_text(part))
}

/// True if a text contains all that is expected.
pub(super) fn contains_all(text: &str, expected: &OneOrMore) -> bool {
    expected.as_slice().iter().all(|part| contains_text(text, part))
}

/// True if the opening of a text has this number: no part of a longer number, word, date or fraction.
pub(super) fn opens_with_number(text: &str, number: &str) -> bool {
    let opening: String = text.chars().take(80).collect();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    opening.match_indices(number).any(|(start, found)| {
        let before = opening[..start].chars().next_back();
        let mut after = opening[start + found.len()..].chars();
        let (next, second) = (after.next(), after.next());
        let is_cut_before = before.is_some_and(|c| is_word(c) || matches!(c, '.' | ',' | '/'));
        let is_cut_after = next.is_some_and(|c| {
            is_word(c) || c == '/' || (matches!(c, '.' | ',') && second.is_some_and(char::is_numeric))
        });
        !is_cut_before && !is_cut_after
    })
}

/// Finds a sentence in an answer: its range in characters.
pub(super) fn find_span(answer: &str, sentence: &str) -> Option<Range<usize>> {
    let start = answer[..answer.find(sentence)?].chars().count();
    Some(start..start + sentence.chars().count())
}

pub(super) fn ranges_overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.end.min(b.end) >= a.start.max(b.start) + MIN_OVERLAP
}

/// Range of a JSON object with `start` and `end`.
pub(super) fn read_range(range: &Value) -> Range<usize> {
    let read_offset = |name: &str| range[name].as_u64().unwrap_or_default() as usize;
    read_offset("start")..read_offset("end")
}

/// Text of a range in characters.
pub(super) fn slice_chars(text: &str, range: &Range<usize>) -> String {
    text.chars().skip(range.start).take(range.len()).collect()
}

/// Name of a file without its folder and its ending.
pub(super) fn file_stem(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Text of a field; empty if there is none.
pub(super) fn read_text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}

/// Items of a field; none if there is no list.
pub(super) fn read_list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object[name].as_array().map_or(&[], Vec::as_slice)
}

/// The quote of a citation, and those of its further ranges, whatever their field is called.
pub(super) fn join_quotes(citation: &Value) -> String {
    let mut quotes = vec![read_text(citation, "quote").to_owned()];
    for (name, value) in citation.as_object().into_iter().flatten() {
        if !matches!(name.as_str(), "quote" | "places") {
            collect_quotes(name, value, &mut quotes);
        }
    }
    quotes.join(" \n ")
}

fn collect_quotes(name: &str, value: &Value, quotes: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| collect_quotes(name, value, quotes)),
        Value::Array(items) => items.iter().for_each(|item| collect_quotes(name, item, quotes)),
        Value::String(text) if name.contains("quote") && !quotes.contains(text) => quotes.push(text.clone()),
        _ => {}
    }
}

/// True if a value says something: not null, false, zero or empty.
pub(super) fn has_content(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_compared_without_case_spaces_and_emphasis() {
        assert_eq!(flatten_text("**The**\u{a0}\n  `Pump’s` \\# 5"), "the pump's # 5");
        // A letter with a combining accent is the letter with the accent.
        assert!(contains_text("Le re\u{301}glement", "RÉGLEMENT"));
        let both = OneOrMore::More(vec!["9 bar".into(), "JP-5".into()]);
        assert!(contains_all("The jp-5 makes 9\nbar.", &both));
        assert!(!contains_all("The JP-5 makes 8 bar.", &both));
    }

    #[test]
    fn a_number_is_no_part_of_another() {
        assert!(opens_with_number("15 tools cost more.", "15"));
        assert!(opens_with_number("There are 3, not four.", "3"));
        for text in ["There are 115.", "1.15 bar", "15.5 bar", "15/16", "the 15th"] {
            assert!(!opens_with_number(text, "15"), "{text}");
        }
        assert!(!opens_with_number(&format!("{} 15", "x".repeat(80)), "15"));
    }

    #[test]
    fn ranges_are_counted_in_characters() {
        assert_eq!(find_span("Größe: 5 m. Gut.", "Gut."), Some(12..16));
        assert_eq!(find_span("Gut.", "Schlecht."), None);
        assert_eq!(slice_chars("Größe: 5 m. Gut.", &(7..10)), "5 m");
        assert!(ranges_overlap(&(0..10), &(7..20)));
        assert!(!ranges_overlap(&(0..10), &(8..20)));
        assert!(!ranges_overlap(&(0..10), &(30..40)));
    }

    #[test]
    fn all_quotes_of_a_citation_are_joined() {
        let citation = json!({
            "quote": "first", "places": [{"quote": "no"}], "source_title": "no",
            "more": [{"quote": "second", "at": 1}], "further_quotes": ["third", "first"]
        });
        assert_eq!(join_quotes(&citation), "first \n second \n third");
    }

    #[test]
    fn empty_values_say_nothing() {
        for value in [json!(null), json!(false), json!(0), json!(""), json!([]), json!({})] {
            assert!(!has_content(&value), "{value}");
        }
        for value in [json!(true), json!(1), json!("x"), json!([0]), json!({"a": null})] {
            assert!(has_content(&value), "{value}");
        }
    }

    #[test]
    fn a_stem_is_a_name_without_folder_and_ending() {
        assert_eq!(file_stem("pdf/2305.03393v1-pg9.pdf"), "2305.03393v1-pg9");
        assert_eq!(file_stem("minutes-june"), "minutes-june");
    }
}

//! Names in a question that stand nowhere in its sources: codes, years, dates and proper names.
//!
//! A question about part AX-9999-Z is near to all that is said about part AX-1042-K, and yet not answered by it.
//! Every other word of a question may be said differently in the sources; a name may not.

use std::collections::HashSet;

use hearth_facts::Facts;

use super::question_codes::{contains_code, is_code, split_runs, trim_word};
use crate::Library;
use crate::search::PassageHit;

/// Minimum letters of a proper name: shorter words with a capital are abbreviations.
const MIN_NAME_CHARS: usize = 4;
/// Maximum share of words with a capital in a question whose capitals mark names.
const MAX_CAPITAL_RATIO: f32 = 0.5;
/// Maximum digits or letters of a designation after a name.
const MAX_DESIGNATION_CHARS: usize = 4;
/// Minimum letters of names that may differ in one letter.
const MIN_MISSPELT_CHARS: usize = 6;
/// Years that are names of their time.
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2100;
/// Capitalised words of English that are no proper names: "daily" and "Monday to Friday" cover Tuesday.
const CALENDAR_WORDS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "english",
    "german",
    "french",
    "spanish",
    "italian",
    "easter",
    "christmas",
];

/// Last words of comparisons with a year, which need not stand anywhere.
const COMPARISON_ENDS: &[&str] = &[
    "after", "before", "since", "until", "than", "nach", "vor", "seit", "bis", "als", "après", "avant",
    "depuis", "jusqu'en", "después", "antes", "desde", "hasta",
];
/// Titles before the name of a person.
const PERSON_TITLES: &[&str] = &["herr", "herrn", "frau", "dr", "prof", "familie"];

impl Library {
    /// Names of a question that none of the hits has in its text, its headings or its title, as written.
    pub(crate) fn find_missing_names(&self, question: &str, hits: &[PassageHit]) -> Vec<String> {
        let guessed = self.0.index.analyser().guess_language(question);
        let language = guessed.or_else(|| hits.first()?.row.language.as_deref());
        let known = KnownText::from_hits(hits);
        let words: Vec<&str> =
            question.split_whitespace().map(trim_word).filter(|word| !word.is_empty()).collect();
        let is_compared =
            |at: usize| at > 0 && COMPARISON_ENDS.contains(&words[at - 1].to_lowercase().as_str());
        let mut missing: Vec<String> = words
            .iter()
            .enumerate()
            .filter(|(at, word)| is_code(word) || (is_year(word) && !is_compared(*at)))
            .map(|(_, word)| word)
            .filter(|word| !known.has_code(word))
            .map(|word| (*word).to_owned())
            .collect();
        if missing.is_empty() && known.lacks_date(question, language) {
            missing.push(question.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        for name in proper_names(question, language) {
            let found = name.iter().filter(|word| known.has_word(word)).count();
            if found * 2 < name.len() {
                missing.push(name.join(" "));
            }
        }
        for (name, number) in numbered_names(&words) {
            if missing.is_empty() && known.lacks_numbered(name, number) {
                missing.push(format!("{name} {number}"));
            }
        }
        missing
    }
}

/// Text of all hits, for the lookup of names.
struct KnownText {
    text: String,
    /// Words, folded.
    words: HashSet<String>,
    /// Runs of letters or of digits, in order.
    runs: Vec<String>,
    facts: Facts,
}

impl KnownText {
    fn from_hits(hits: &[PassageHit]) -> Self {
        let mut text = String::new();
        let mut facts = Facts::default();
        for hit in hits {
            let passage = &hit.row.passage;
            for part in passage.section.iter().chain([&hit.row.source_title, &passage.text]) {
                text.push_str(part);
                text.push('\n');
            }
        }
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).map(fold_word).collect();
        facts.merge(&Facts::from_text(&text, hits.first().and_then(|hit| hit.row.language.as_deref())));
        Self { runs: split_runs(&lower), words, text: lower, facts }
    }

    /// True if a code stands in the text, however its parts are joined.
    fn has_code(&self, code: &str) -> bool {
        contains_code(&self.text, &code.to_lowercase())
    }

    /// True if the text has a name with other numbers behind it, and never with this one: "Tourer 9" of a "Tourer 5".
    fn lacks_numbered(&self, name: &str, number: &str) -> bool {
        let folded = fold_word(&name.to_lowercase());
        let is_name = |word: &&String| {
            let known = fold_word(word);
            known == folded
                || (folded.len() >= MIN_NAME_CHARS && (known.ends_with(&folded) || folded.ends_with(&known)))
        };
        let mut numbers =
            self.runs.windows(2).filter(|pair| is_name(&&pair[0])).map(|pair| &pair[1]).peekable();
        let number = number.to_lowercase();
        let is_alike = |run: &String| {
            let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            run.len() <= MAX_DESIGNATION_CHARS && is_digits(run) == is_digits(&number)
        };
        let numbers: Vec<&String> = numbers.by_ref().filter(|run| is_alike(run)).collect();
        !numbers.is_empty() && !numbers.iter().any(|run| **run == number)
    }

    /// True if a word stands in the text, up to its ending, umlauts and one letter.
    fn has_word(&self, word: &str) -> bool {
        let folded = fold_word(&word.to_lowercase());
        let is_same = |known: &String| {
            let (short, long) = if known.len() < folded.len() { (known, &folded) } else { (&folded, known) };
            long == short
                || (short.chars().count() >= MIN_NAME_CHARS && long.starts_with(short.as_str()))
                || (folded.chars().count() > MIN_NAME_CHARS && known.ends_with(&folded))
                || (folded.chars().count() >= MIN_MISSPELT_CHARS && differs_in_one_letter(known, &folded))
        };
        self.words.contains(&folded) || self.words.iter().any(is_same)
    }

    /// True if the question has a date, and the text lacks it.
    fn lacks_date(&self, question: &str, language: Option<&str>) -> bool {
        let dates = Facts::from_text(question, language).dates();
        !dates.is_empty() && !dates.missing_from(&self.facts).is_empty()
    }
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.parse().is_ok_and(|year| YEARS.contains(&year))
}

/// A word in lower case without umlauts, written out or not.
fn fold_word(word: &str) -> String {
    let folded: String = word
        .chars()
        .map(|c| match c {
            'ä' | 'á' | 'à' | 'â' | 'å' => 'a',
            'ö' | 'ó' | 'ò' | 'ô' | 'ø' => 'o',
            'ü' | 'ú' | 'ù' | 'û' => 'u',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' | 'ı' => 'i',
            'ñ' => 'n',
            'ç' => 'c',
            other => other,
        })
        .collect();
    folded.replace('ß', "ss").replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

fn differs_in_one_letter(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    start + end + 1 >= a.len().max(b.len())
}

/// Words with a capital before a number or short capitals: "Tourer 9", "Linie 47", "Flex XL"; no dates.
fn numbered_names<'a>(words: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let is_number = |word: &str| {
        (1..=MAX_DESIGNATION_CHARS).contains(&word.len())
            && (word.bytes().all(|b| b.is_ascii_digit()) || word.bytes().all(|b| b.is_ascii_uppercase()))
    };
    let is_name = |word: &str| {
        word.chars().count() >= MIN_NAME_CHARS
            && word.starts_with(char::is_uppercase)
            && word.chars().all(char::is_alphabetic)
            && !CALENDAR_WORDS.contains(&word.to_lowercase().as_str())
    };
    let pairs = words.windows(2).filter(|pair| is_name(pair[0]) && is_number(pair[1]) && !is_year(pair[1]));
    pairs.map(|pair| (pair[0], pair[1])).collect()
}

/// Proper names of a question: runs of capitalised words inside a sentence. In German, where all nouns have a capital,
/// only those with a number behind them, as addresses have, or a person's title before them.
fn proper_names<'a>(question: &'a str, language: Option<&str>) -> Vec<Vec<&'a str>> {
    let words: Vec<&str> = question.split_whitespace().collect();
    let has_capital = |word: &str| trim_word(word).starts_with(char::is_uppercase);
    let capitals = words.iter().skip(1).filter(|word| has_capital(word)).count();
    if capitals as f32 > MAX_CAPITAL_RATIO * words.len() as f32 {
        return Vec::new();
    }
    let mut names: Vec<Vec<&str>> = Vec::new();
    let mut is_open = false;
    let mut starts_sentence = true;
    for (at, word) in words.iter().enumerate() {
        let bare = trim_word(word);
        let is_name = has_capital(word)
            && !starts_sentence
            && bare.chars().count() >= MIN_NAME_CHARS
            && bare.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’'))
            && !CALENDAR_WORDS.contains(&bare.to_lowercase().as_str());
        let has_number = words.get(at + 1).is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()));
        let has_title = at > 0 && PERSON_TITLES.contains(&trim_word(words[at - 1]).to_lowercase().as_str());
        if is_name && (language != Some("de") || has_number || has_title) {
            match names.last_mut() {
                Some(name) if is_open => name.push(bare),
                _ => names.push(vec![bare]),
            }
            is_open = true;
        } else {
            is_open = false;
        }
        starts_sentence = word.ends_with(['.', '?', '!', ':', '"', '“']);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proper_names_have_a_capital_inside_a_sentence() {
        let names = |question: &str, language: &str| -> Vec<String> {
            proper_names(question, Some(language)).into_iter().map(|name| name.join(" ")).collect()
        };
        assert_eq!(
            names("Who signed the letter from Ostsee Hausverwaltung?", "en"),
            ["Ostsee Hausverwaltung"]
        );
        assert_eq!(names("When does the ferry leave on Tuesday?", "en"), Vec::<String>::new());
        assert_eq!(names("What Is The Yearly Fee?", "en"), Vec::<String>::new());
        assert_eq!(names("Wie hoch ist die Kaution in der Lindenstraße 12?", "de"), ["Lindenstraße"]);
        assert_eq!(names("Was verdient Frau Steinhuber im Monat?", "de"), ["Steinhuber"]);
    }

    #[test]
    fn a_name_with_another_number_is_missing() {
        let text = "The Tourer 5 costs 900 euros. Fahrplan der Buslinie 47".to_lowercase();
        let known =
            KnownText { words: HashSet::new(), runs: split_runs(&text), facts: Facts::default(), text };
        assert!(known.lacks_numbered("Tourer", "9") && known.lacks_numbered("Linie", "63"));
        assert!(!known.lacks_numbered("Tourer", "5") && !known.lacks_numbered("Linie", "47"));
        assert!(!known.lacks_numbered("Costs", "900") && !known.lacks_numbered("Roadster", "9"));
        assert_eq!(numbered_names(&["the", "Tourer", "9", "June", "12", "MX", "5"]), [("Tourer", "9")]);
    }

    #[test]
    fn umlauts_and_one_letter_do_not_matter() {
        assert_eq!(fold_word("müller"), fold_word("mueller"));
        assert_eq!(fold_word("königsstraße"), fold_word("koenigsstrasse"));
        assert!(differs_in_one_letter("castellanos", "castelanos") && differs_in_one_letter("abc", "abd"));
        assert!(!differs_in_one_letter("bergen", "berlin"));
    }
}

//! Names in a question that stand nowhere in its sources: codes, years, dates and proper names.
//!
//! A question about part AX-9999-Z is near to all that is said about part AX-1042-K, and yet not answered by it.
//! Every other word of a question may be said differently in the sources; a name may not.

use hearth_facts::Facts;
use std::collections::HashSet;

use crate::Library;
use crate::search::PassageHit;

/// Minimum letters of a proper name: shorter words with a capital are abbreviations.
const MIN_NAME_CHARS: usize = 4;
/// Maximum share of words with a capital in a question whose capitals mark names.
const MAX_CAPITAL_RATIO: f32 = 0.5;
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

impl Library {
    /// Names of a question that none of the hits has in its text, its headings or its title, as written.
    pub(crate) fn find_missing_names(&self, question: &str, hits: &[PassageHit]) -> Vec<String> {
        let guessed = self.0.index.analyser().guess_language(question);
        let language = guessed.or_else(|| hits.first()?.row.language.as_deref());
        let known = KnownText::from_hits(hits);
        let words: Vec<&str> =
            question.split_whitespace().map(trim_word).filter(|word| !word.is_empty()).collect();
        let mut missing: Vec<String> = words
            .iter()
            .filter(|word| is_code(word) || is_year(word))
            .filter(|word| !known.has_code(word))
            .map(|word| (*word).to_owned())
            .collect();
        if missing.is_empty() && known.lacks_date(question, language) {
            missing.push(question.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        for name in proper_names(question, language) {
            if !name.iter().any(|word| known.has_word(word)) {
                missing.push(name.join(" "));
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
        let lower = code.to_lowercase();
        let runs = split_runs(&lower);
        self.text.contains(&lower) || self.runs.windows(runs.len()).any(|window| window == runs)
    }

    /// True if a word stands in the text, up to its ending, umlauts and one letter.
    fn has_word(&self, word: &str) -> bool {
        let folded = fold_word(&word.to_lowercase());
        let is_same = |known: &String| {
            let (short, long) = if known.len() < folded.len() { (known, &folded) } else { (&folded, known) };
            long == short
                || (short.chars().count() >= MIN_NAME_CHARS && long.starts_with(short.as_str()))
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

fn trim_word(word: &str) -> &str {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word)
}

/// True for a word of letters and digits, or an identifier.
fn is_code(word: &str) -> bool {
    let has_letter = word.chars().any(char::is_alphabetic);
    let has_digit = word.chars().any(|c| c.is_ascii_digit());
    let starts_with_letter = word.starts_with(char::is_alphabetic);
    let is_identifier = word.contains('_') && word.chars().all(|c| c.is_alphanumeric() || c == '_');
    let is_ordinal =
        word.starts_with(|c: char| c.is_ascii_digit()) && word.ends_with(|c: char| c.is_lowercase());
    (has_letter && has_digit && !is_ordinal && (starts_with_letter || word.len() > 3))
        || (has_letter && is_identifier)
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.parse().is_ok_and(|year| YEARS.contains(&year))
}

/// Runs of letters and runs of digits of a text.
fn split_runs(text: &str) -> Vec<String> {
    let mut runs: Vec<String> = Vec::new();
    let mut before = None;
    for c in text.chars() {
        let kind = (c.is_alphabetic(), c.is_ascii_digit());
        if kind == (false, false) {
            before = None;
            continue;
        }
        match runs.last_mut() {
            Some(run) if before == Some(kind) => run.push(c),
            _ => runs.push(c.to_string()),
        }
        before = Some(kind);
    }
    runs
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

/// Proper names of a question: runs of capitalised words inside a sentence. In German, where all nouns have a capital,
/// only those with a number behind them, as addresses have.
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
        if is_name && (language != Some("de") || has_number) {
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
    fn codes_are_words_of_letters_and_digits() {
        for code in
            ["F99", "AX-9999-Z", "BR-77/9", "JP-9", "GB-172-50", "IPX4", "QUILL_REGION", "load_config"]
        {
            assert!(is_code(code), "{code}");
        }
        for word in ["pump", "2019", "11th", "3rd", "12", "12kg", "Wi-Fi", "1.5"] {
            assert!(!is_code(word), "{word}");
        }
        assert!(is_year("2019") && !is_year("1200") && !is_year("12"));
    }

    #[test]
    fn a_code_is_found_however_its_parts_are_joined() {
        let runs = |text: &str| split_runs(&text.to_lowercase());
        assert_eq!(runs("GB-172-24"), ["gb", "172", "24"]);
        assert_eq!(runs("GB 172/24"), runs("gb17224".replace("17224", "172-24").as_str()));
    }

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
    }

    #[test]
    fn umlauts_and_one_letter_do_not_matter() {
        assert_eq!(fold_word("müller"), fold_word("mueller"));
        assert_eq!(fold_word("königsstraße"), fold_word("koenigsstrasse"));
        assert!(differs_in_one_letter("castellanos", "castelanos") && differs_in_one_letter("abc", "abd"));
        assert!(!differs_in_one_letter("bergen", "berlin"));
    }
}

//! A question about the rows of a table, by its closed phrases alone: the operation, and the words that are left.

use super::cell::{find_decimal_sign, parse_number, parse_time};
use super::vocabulary::{
    ABSENCE_PHRASES, AVERAGE_PHRASES, COMPARISONS, EXCLUSION_WORDS, GENERAL_SUPERLATIVES, GENERAL_WORDS,
    LIST_ARTICLES, LIST_WORDS, SUM_PHRASES, SUPERLATIVES,
};
use crate::ask::denial::has_denial;
use crate::ask::quantity::Quantity;
use crate::ask::question_phrases::COUNT_OPENINGS;
use crate::ask::weekdays::weekday_of_word;

/// Maximum words between an article and the word for a list.
const MAX_LIST_DESCRIPTION_WORDS: usize = 4;

/// Endings of superlatives: "teuersten", "chères".
const SUPERLATIVE_ENDINGS: &[&str] = &["", "n", "r", "s", "m"];

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Count,
    Sum,
    Average,
    /// The rows with the highest or the lowest value of a column.
    Extreme {
        highest: bool,
        quantity: Option<Quantity>,
    },
    /// The rows that fit a comparison.
    Rows,
}

/// A comparison with a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Comparison {
    pub(super) is_above: bool,
    /// True if the number itself counts.
    pub(super) inclusive: bool,
    pub(super) value: f64,
    /// True for a time of day; the value is in minutes then.
    pub(super) is_time: bool,
    /// Quantity of the number's unit.
    pub(super) quantity: Option<Quantity>,
}

/// A question about the rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ask) struct TableRequest {
    pub(super) operation: Operation,
    pub(super) comparison: Option<Comparison>,
    /// True if rows of which there are none left are asked for.
    pub(super) wants_absent: bool,
    /// Day of the week, from Monday.
    pub(super) weekday: Option<usize>,
    /// Words that name columns and rows, as written.
    pub(super) words: Vec<String>,
}

impl TableRequest {
    /// The request of a question; `None` if it has none of the phrases. `is_stop_word` knows the words that are common
    /// everywhere.
    pub(in crate::ask) fn from_question(question: &str, is_stop_word: &dyn Fn(&str) -> bool) -> Option<Self> {
        let trimmed = question.trim().trim_end_matches(['?', '.', '!', ' ']);
        let mut rest = format!(
            " {} ",
            trimmed.to_lowercase().replace(['\'', '’'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
        );
        take_list_description(&mut rest);
        let wants_absent = ABSENCE_PHRASES.iter().any(|phrase| take_phrase(&mut rest, phrase));
        let comparison = take_comparison(&mut rest);
        let operation = take_operation(&mut rest, comparison.is_some() || wants_absent)?;
        if has_denial(&rest) {
            return None;
        }
        let (mut words, mut weekday) = (Vec::new(), None);
        for word in rest.split(' ') {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            if EXCLUSION_WORDS.contains(&bare) {
                return None;
            }
            if let Some(day) = weekday_of_word(bare).filter(|_| bare.chars().count() > 3) {
                weekday = Some(day);
            } else if (bare.chars().count() > 1 || is_number(bare))
                && !is_stop_word(bare)
                && !GENERAL_WORDS.contains(&bare)
            {
                words.push(bare.to_owned());
            }
        }
        Some(Self { operation, comparison, wants_absent, weekday, words })
    }
}

/// Takes the words that say which list is meant out of a text: "bike shop's" of "the bike shop's list".
fn take_list_description(text: &mut String) {
    let words: Vec<&str> = text.split(' ').collect();
    let is_list = |word: &&str| LIST_WORDS.contains(&word.trim_matches(|c: char| !c.is_alphanumeric()));
    let Some(list) = words.iter().position(is_list) else { return };
    let article = words[..list].iter().rposition(|word| LIST_ARTICLES.contains(word));
    let Some(start) = article.filter(|start| list - start <= MAX_LIST_DESCRIPTION_WORDS) else { return };
    *text = [&words[..=start], &words[list + 1..]].concat().join(" ");
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

/// Takes a phrase out of a text in lower case between spaces.
fn take_phrase(text: &mut String, phrase: &str) -> bool {
    let Some(at) = text.find(&format!(" {phrase} ")) else {
        return false;
    };
    text.replace_range(at + 1..at + 1 + phrase.len(), "");
    true
}

/// Takes a superlative with any ending out of a text.
fn take_superlative(text: &mut String, phrase: &str) -> bool {
    let Some(at) = text.find(&format!(" {phrase}")) else {
        return false;
    };
    let start = at + 1;
    let ending: usize =
        text[start + phrase.len()..].chars().take_while(|c| c.is_alphabetic()).map(char::len_utf8).sum();
    let end = start + phrase.len() + ending;
    if !SUPERLATIVE_ENDINGS.contains(&&text[start + phrase.len()..end]) {
        return false;
    }
    text.replace_range(start..end, "");
    true
}

fn take_operation(text: &mut String, is_filtered: bool) -> Option<Operation> {
    if COUNT_OPENINGS.iter().any(|opening| take_phrase(text, opening)) {
        return Some(Operation::Count);
    }
    if AVERAGE_PHRASES.iter().any(|phrase| take_phrase(text, phrase)) {
        return Some(Operation::Average);
    }
    if SUM_PHRASES.iter().any(|phrase| take_phrase(text, phrase)) {
        return Some(Operation::Sum);
    }
    for (phrase, highest, quantity) in SUPERLATIVES {
        if take_superlative(text, phrase) {
            return Some(Operation::Extreme { highest: *highest, quantity: Some(*quantity) });
        }
    }
    for (phrase, highest) in GENERAL_SUPERLATIVES {
        if take_superlative(text, phrase) {
            return Some(Operation::Extreme { highest: *highest, quantity: None });
        }
    }
    is_filtered.then_some(Operation::Rows)
}

/// Takes a comparison with a number, its unit included, out of a text.
fn take_comparison(text: &mut String) -> Option<Comparison> {
    for (phrase, is_above, inclusive) in COMPARISONS {
        let Some(at) = text.find(&format!(" {phrase} ")) else { continue };
        let after = at + phrase.len() + 2;
        let Some((value, is_time, quantity, length)) = read_value(&text[after..]) else { continue };
        text.replace_range(at + 1..after + length, "");
        return Some(Comparison { is_above: *is_above, inclusive: *inclusive, value, is_time, quantity });
    }
    None
}

/// A number with its unit at the beginning of a text, and the bytes that they take.
fn read_value(text: &str) -> Option<(f64, bool, Option<Quantity>, usize)> {
    let words: Vec<&str> = text.split(' ').take(2).collect();
    let first = *words.first()?;
    let pair = words.join(" ");
    for time in [pair.as_str(), first] {
        if let Some(minutes) = parse_time(time) {
            return Some((minutes, true, None, time.len()));
        }
    }
    if !first.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '€' | '$' | '£')) {
        return None;
    }
    let (value, _) = parse_number(first, find_decimal_sign([first].into_iter()))?;
    let own_unit = first.trim_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    if let Some(quantity) = Quantity::of_unit(own_unit) {
        return Some((value, false, Some(quantity), first.len()));
    }
    let next = words
        .get(1)
        .map_or("", |word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '€' && c != '°'));
    match Quantity::of_unit(next) {
        Some(quantity) => Some((value, false, Some(quantity), pair.len())),
        None => Some((value, false, None, first.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(question: &str) -> Option<TableRequest> {
        const STOP_WORDS: &[&str] = &[
            "the", "of", "are", "is", "a", "in", "which", "what", "does", "on", "has", "have", "there", "do",
            "am", "welche", "welches", "ist", "sind", "das", "der", "die", "es", "gibt", "quel", "est", "le",
            "la", "les", "de", "all", "me", "it", "for", "at",
        ];
        TableRequest::from_question(question, &|word| STOP_WORDS.contains(&word))
    }

    fn check(question: &str, operation: Operation, words: &[&str]) -> TableRequest {
        let request = parse(question).unwrap_or_else(|| panic!("{question}"));
        assert_eq!(request.operation, operation, "{question}");
        assert_eq!(request.words, words, "{question}");
        request
    }

    #[test]
    fn phrases_say_what_is_computed_and_the_other_words_what_of() {
        let extreme = |highest, quantity| Operation::Extreme { highest, quantity };
        let stock = check("How many parts of the price list are out of stock?", Operation::Count, &["parts"]);
        assert!(stock.wants_absent);
        check("How many items of the bike shop's list are sold out?", Operation::Count, &[]);
        check("Which part of the list is the dearest?", extreme(true, Some(Quantity::Price)), &[]);
        check("Welches Brot ist am günstigsten?", extreme(false, Some(Quantity::Price)), &["brot"]);
        check("Das teuerste Brot", extreme(true, Some(Quantity::Price)), &["brot"]);
        check("Quel est le pain le moins cher ?", extreme(false, Some(Quantity::Price)), &["pain"]);
        check("Which pump has the highest head?", extreme(true, None), &["pump", "head"]);
        check("What is the total of all invoices?", Operation::Sum, &["invoices"]);
        let sunday = check(
            "How many departures has the ferry on a Sunday?",
            Operation::Count,
            &["departures", "ferry"],
        );
        assert_eq!(sunday.weekday, Some(6));
    }

    #[test]
    fn comparisons_have_a_number_and_a_unit() {
        let bolts = check("Which hex bolts cost more than 0.30 euro?", Operation::Rows, &["hex", "bolts"]);
        let expected = Comparison {
            is_above: true,
            inclusive: false,
            value: 0.3,
            is_time: false,
            quantity: Some(Quantity::Price),
        };
        assert_eq!(bolts.comparison, Some(expected));
        let buses = check("How many buses leave after 8 pm?", Operation::Count, &["buses"]);
        assert_eq!(buses.comparison.map(|c| (c.value, c.is_time)), Some((1200.0, true)));
        let pumps = check("Welche Pumpen wiegen mindestens 10,5 kg?", Operation::Rows, &["pumpen"]);
        assert_eq!(pumps.comparison.map(|c| (c.value, c.inclusive)), Some((10.5, true)));
    }

    #[test]
    fn other_questions_and_exclusions_are_not_computed() {
        for question in [
            "What does the warranty not cover?",
            "Which parts are not made of brass?",
            "How many parts without a price?",
            "When is the summer party?",
            "Where is it mostly sunny?",
            "",
        ] {
            assert_eq!(parse(question), None, "{question}");
        }
    }
}

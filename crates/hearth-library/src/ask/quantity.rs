//! Quantities: what a question asks for, what a column of a table measures, and values of it in a text.

mod vocabulary;

use hearth_facts::is_number_word;

pub(super) use vocabulary::Quantity;
use vocabulary::{FREQUENCY_WORDS, QUANTITIES, QuantityWords};

/// Words of a text in lower case, without the marks around them; those of units stay.
fn split_words(text: &str) -> impl Iterator<Item = String> + '_ {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '€' | '$' | '£' | '°');
    text.split_whitespace()
        .map(move |word| word.trim_matches(|c| !is_part(c)).to_lowercase())
        .filter(|word| !word.is_empty())
}

impl Quantity {
    fn words(self) -> Option<&'static QuantityWords> {
        QUANTITIES.iter().find(|words| words.quantity == self)
    }

    /// Quantities that a question asks for.
    pub(super) fn list_asked(question: &str) -> Vec<Self> {
        let words: Vec<String> = split_words(question).collect();
        let is_word = |word: &str, pattern: &str| match pattern.strip_suffix('*') {
            Some(beginning) => word.starts_with(beginning),
            None => word == pattern,
        };
        let has_phrase = |phrase: &&'static str| {
            let phrase: Vec<&str> = phrase.split(' ').collect();
            words
                .windows(phrase.len())
                .any(|window| window.iter().zip(&phrase).all(|(word, pattern)| is_word(word, pattern)))
        };
        let asked = QUANTITIES.iter().filter(|words| words.questions.iter().any(has_phrase));
        asked.map(|words| words.quantity).collect()
    }

    /// Quantity that a unit measures.
    pub(super) fn of_unit(unit: &str) -> Option<Self> {
        let lower = unit.to_lowercase();
        QUANTITIES.iter().find(|words| words.units.contains(&lower.as_str())).map(|words| words.quantity)
    }

    /// True if a column with this name measures the quantity.
    pub(super) fn is_named(self, column: &str) -> bool {
        let Some(own) = self.words() else { return false };
        let lower = column.to_lowercase();
        let mut words =
            lower.split(|c: char| !c.is_alphanumeric() && !matches!(c, '€' | '$' | '£' | '°' | '/'));
        words.any(|word| own.columns.iter().any(|name| word.starts_with(name)) || own.units.contains(&word))
    }

    /// True if a text has a value of the quantity. `language`: ISO 639-1, for number words.
    pub(super) fn is_in_text(self, text: &str, language: Option<&str>) -> bool {
        let Some(own) = self.words() else { return false };
        let words: Vec<String> = split_words(text).collect();
        if self == Self::Frequency && words.iter().any(|word| FREQUENCY_WORDS.contains(&word.as_str())) {
            return true;
        }
        words.iter().enumerate().any(|(at, word)| {
            let digits = word.trim_start_matches(['€', '$', '£']);
            if digits.len() < word.len() && digits.starts_with(|c: char| c.is_ascii_digit()) {
                return self == Self::Price;
            }
            let unit = word
                .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '–' | '/'));
            // "dB(A)" is a decibel.
            let unit = unit.split('(').next().unwrap_or(unit);
            let has_digits = word.starts_with(|c: char| c.is_ascii_digit());
            let next = || words.get(at + 1).is_some_and(|next| own.units.contains(&next.as_str()));
            let before = || self == Self::Price && at > 0 && own.units.contains(&words[at - 1].as_str());
            if has_digits {
                return if unit.is_empty() { next() || before() } else { own.units.contains(&unit) };
            }
            is_number_word(word, language) && next()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_ask_for_quantities() {
        let check = |question: &str, expected: &[Quantity]| {
            assert_eq!(Quantity::list_asked(question), expected, "{question}");
        };
        check("How heavy is the pump?", &[Quantity::Weight]);
        check("Was kostet ein Brot?", &[Quantity::Price]);
        check("Wie viel verdiene ich?", &[Quantity::Price]);
        check("Combien de temps dure le cours ?", &[Quantity::Duration]);
        check("How often does it poll?", &[Quantity::Frequency]);
        check("À quelle température ?", &[Quantity::Temperature]);
        check("Who signed the letter?", &[]);
    }

    #[test]
    fn values_have_a_number_and_a_unit() {
        let check = |quantity: Quantity, text: &str, language: &str, expected: bool| {
            assert_eq!(quantity.is_in_text(text, Some(language)), expected, "{text}");
        };
        check(Quantity::Weight, "It weighs 12.4 kg and has protection class IPX4.", "en", true);
        check(Quantity::Weight, "It has protection class IPX4.", "en", false);
        check(Quantity::Price, "The fence cost €1,085.", "en", true);
        check(Quantity::Price, "EUR 14.50 im Monat", "de", true);
        check(Quantity::Price, "Price EUR: 0.34", "en", true);
        check(Quantity::Duration, "Delivery takes seven weeks from the order.", "en", true);
        check(Quantity::Duration, "Die Probezeit beträgt sechs Monate.", "de", true);
        check(Quantity::Duration, "The weeks after the order.", "en", false);
        check(Quantity::Temperature, "Keep below 25 °C.", "en", true);
        check(Quantity::Loudness, "47dB(A)", "en", true);
        check(Quantity::Frequency, "It is serviced once a year.", "en", true);
    }

    #[test]
    fn units_and_columns_name_their_quantity() {
        assert_eq!(Quantity::of_unit("Euro"), Some(Quantity::Price));
        assert_eq!(Quantity::of_unit("apples"), None);
        assert!(Quantity::Price.is_named("Preis in €") && Quantity::Stock.is_named("In stock"));
        assert!(!Quantity::Weight.is_named("Name"));
    }
}

//! Numbers, dates, times of day and codes of a text, and their comparison over languages and writings.

mod clock;
mod combine;
mod dates;
mod item;
mod lex;
mod months;
mod normal;
mod number;
mod piece;
mod reading;
mod scan;
mod times;
mod units;
mod words;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_fresh;
#[cfg(test)]
mod tests_hard;
#[cfg(test)]
mod tests_more;
#[cfg(test)]
mod tests_third;
#[cfg(test)]
mod tests_words;

use reading::{Fact, Reading};
use scan::Scan;

/// Facts of a text: numbers, dates, times of day and codes, each with all its readings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Facts in the order of the text, each once.
    list: Vec<Fact>,
}

impl Facts {
    /// Facts of a text. `language`: ISO 639-1 code for number words; English without it.
    pub fn from_text(text: &str, language: Option<&str>) -> Facts {
        Facts::extract(normal::normalise(text), language)
    }

    /// Facts of a claim: as `from_text`, without list and step numbers at its beginning and Markdown marks.
    pub fn from_claim(text: &str, language: Option<&str>) -> Facts {
        let chars = normal::strip_claim(&normal::normalise(text), base_language(language).as_deref());
        Facts::extract(chars, language)
    }

    /// True if there is no fact that a quote would have to say.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of facts that a quote would have to say.
    pub fn len(&self) -> usize {
        self.list.iter().filter(|fact| fact.required).count()
    }

    /// Facts of this claim that the quote lacks.
    #[must_use]
    pub fn missing_from(&self, quote: &Facts) -> Facts {
        let lacks = |fact: &&Fact| fact.required && !reading::is_covered(fact, &quote.list);
        Facts { list: self.list.iter().filter(lacks).cloned().collect() }
    }

    /// The dates among the facts.
    #[must_use]
    pub fn dates(&self) -> Facts {
        let is_date = |fact: &&Fact| fact.readings.iter().any(|reading| matches!(reading, Reading::Date(_)));
        Facts { list: self.list.iter().filter(is_date).cloned().collect() }
    }

    /// The first date with its day: year, month and day.
    pub fn first_date(&self) -> Option<(u16, u8, u8)> {
        self.list.iter().flat_map(|fact| &fact.readings).find_map(|reading| match reading {
            Reading::Date(date) => Some((date.year?, date.month, date.day?)),
            _ => None,
        })
    }

    /// True if there is a date, a year or a time of day.
    pub fn has_time(&self) -> bool {
        let is_year = |value: &str| value.len() == 4 && (value.starts_with('1') || value.starts_with("20"));
        self.list.iter().flat_map(|fact| &fact.readings).any(|reading| match reading {
            Reading::Date(_) | Reading::Time { .. } => true,
            Reading::Number(value) => is_year(value),
            Reading::Code(_) | Reading::Digits(_) => false,
        })
    }

    /// Adds the facts of another part of the same text.
    pub fn merge(&mut self, other: &Facts) {
        for fact in &other.list {
            self.add(fact.clone());
        }
    }

    /// Facts of a normalised text.
    fn extract(mut chars: Vec<char>, language: Option<&str>) -> Facts {
        let language = base_language(language);
        let language = language.as_deref();
        normal::mark_groups(&mut chars);
        let mut items = lex::items(&chars, &|word| words::is_number_word(word, language));
        words::replace_words(&mut items, &chars, language);
        let mut facts = Facts::default();
        for fact in combine::facts(&Scan { chars: &chars, items: &items, language }) {
            facts.add(fact);
        }
        facts
    }

    /// Adds a fact unless it is there; it is required if one of the two is.
    fn add(&mut self, fact: Fact) {
        match self.list.iter_mut().find(|known| known.readings == fact.readings) {
            Some(known) => known.required |= fact.required,
            None => self.list.push(fact),
        }
    }
}

/// True for a word that says a number, such as "seven" or "ein". `language`: ISO 639-1 code; English without it.
pub fn is_number_word(word: &str, language: Option<&str>) -> bool {
    let language = base_language(language);
    let language = language.as_deref();
    words::is_number_word(word, language) || words::is_one(word, language.unwrap_or("en"))
}

/// Language part of a language tag in lower case: "de" of "de-AT".
fn base_language(language: Option<&str>) -> Option<String> {
    let tag = language?.split(['-', '_']).next()?;
    Some(tag.to_ascii_lowercase())
}

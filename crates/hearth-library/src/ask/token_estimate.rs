//! Upper bound of the tokens of a text, by the kinds of its characters.
//!
//! The costs are those of the tokenizers of Llama 2, Llama 3, Mistral and GPT-4 (cl100k, which Qwen's is made after, and
//! o200k), whichever needs the most; the test compares with their own counts.

/// Tokens of a lower-case letter in a word, of a letter in a word of capitals, and of one in a mixture of digits, capitals
/// and small letters, as ids and keys have it.
const WORD_LETTER_COST: f32 = 0.46;
const CAPITAL_COST: f32 = 0.66;
const MIXED_LETTER_COST: f32 = 0.93;
/// Tokens of a space between two words, and of one in a run of spaces.
const SPACE_COST: f32 = 0.1;
const REPEATED_SPACE_COST: f32 = 0.35;

/// First character of each range of characters that are no ASCII, and the tokens of each of them.
const CHARACTER_COSTS: &[(char, f32)] = &[
    ('\u{80}', 1.35),   // Latin with marks
    ('\u{250}', 3.0),   // phonetic signs, combining marks
    ('\u{370}', 1.3),   // Greek
    ('\u{400}', 0.75),  // Cyrillic
    ('\u{530}', 3.0),   // Armenian
    ('\u{590}', 1.25),  // Hebrew, Arabic
    ('\u{700}', 3.0),   // Syriac, Thaana
    ('\u{900}', 1.4),   // Devanagari
    ('\u{980}', 1.6),   // other writings of India
    ('\u{e00}', 1.2),   // Thai
    ('\u{e80}', 3.0),   // Lao, Tibetan, Georgian, Ethiopic, Khmer
    ('\u{1e00}', 1.35), // Latin with two marks
    ('\u{1f00}', 1.3),  // Greek with marks
    ('\u{2000}', 2.0),  // punctuation, arrows, boxes, symbols
    ('\u{2e80}', 1.6),  // Chinese
    ('\u{3040}', 1.3),  // kana
    ('\u{3100}', 1.6),  // Chinese
    ('\u{a000}', 3.0),  // Yi and others
    ('\u{ac00}', 2.0),  // Hangul
    ('\u{d7b0}', 3.0),  // rare
    ('\u{f900}', 1.6),  // Chinese
    ('\u{fb00}', 1.25), // forms of Hebrew and Arabic
    ('\u{fe00}', 3.0),  // selectors of emoji, rare signs
    ('\u{fe70}', 1.25), // forms of Arabic
    ('\u{ff00}', 1.6),  // wide forms
    ('\u{ffe0}', 3.6),  // emoji and everything rare
];

/// Maximum tokens of a text.
pub fn estimate_tokens(text: &str) -> u32 {
    estimate_fractional_tokens(text).ceil() as u32
}

/// Maximum tokens of a text, to be summed up.
pub(super) fn estimate_fractional_tokens(text: &str) -> f32 {
    let mut tokens = 0.0;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_ascii_alphanumeric() {
            let mut word = WordCounts::default();
            word.add(c);
            while let Some(next) = rest.next_if(char::is_ascii_alphanumeric) {
                word.add(next);
            }
            tokens += word.cost(c.is_ascii_uppercase());
        } else {
            tokens += match c {
                ' ' if rest.peek() == Some(&' ') => REPEATED_SPACE_COST,
                ' ' => SPACE_COST,
                _ if c.is_ascii() => 1.0,
                _ => character_cost(c),
            };
        }
    }
    tokens
}

fn character_cost(c: char) -> f32 {
    let after = CHARACTER_COSTS.partition_point(|(first, _)| *first <= c);
    CHARACTER_COSTS[after.saturating_sub(1)].1
}

/// Characters of a word of ASCII letters and digits, by kind.
#[derive(Default)]
struct WordCounts {
    capitals: u16,
    small: u16,
    digits: u16,
}

impl WordCounts {
    fn add(&mut self, c: char) {
        let count = match c {
            'A'..='Z' => &mut self.capitals,
            'a'..='z' => &mut self.small,
            _ => &mut self.digits,
        };
        *count = count.saturating_add(1);
    }

    /// Tokens of the word; a digit is one in many tokenizers.
    fn cost(&self, begins_with_capital: bool) -> f32 {
        let letters = f32::from(self.capitals) + f32::from(self.small);
        if letters == 0.0 {
            return f32::from(self.digits);
        }
        let inner_capitals = self.capitals - u16::from(begins_with_capital && self.capitals > 0);
        let letter_cost = match (self.digits, self.small) {
            (1.., _) => MIXED_LETTER_COST,
            (0, 0) if self.capitals > 1 => CAPITAL_COST,
            _ if inner_capitals > 0 => MIXED_LETTER_COST,
            _ => WORD_LETTER_COST,
        };
        (letter_cost * letters).max(1.0) + f32::from(self.digits)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    /// A text with the counts of real tokenizers, by their names.
    #[derive(Deserialize)]
    struct Sample {
        kind: String,
        text: String,
        counts: BTreeMap<String, u32>,
    }

    #[test]
    fn no_tokenizer_needs_more_than_the_estimate() {
        let samples: Vec<Sample> = serde_json::from_str(include_str!("token_estimate/samples.json")).unwrap();
        assert!(samples.len() > 40);
        for Sample { kind, text, counts } in samples {
            let estimate = estimate_tokens(&text);
            let (tokenizer, most) = counts.iter().max_by_key(|(_, count)| **count).unwrap();
            assert!(*most <= estimate, "{kind}: {tokenizer} {most}, estimate {estimate}");
            // A bound far above the truth would leave out passages.
            let is_rare = ["ka", "boxes", "emoji"].contains(&kind.as_str());
            assert!(is_rare || estimate < 2 * most, "{kind}: {tokenizer} {most}, estimate {estimate}");
        }
    }
}

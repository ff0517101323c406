//! The content words of a question, and what a text has of them.
//!
//! How rare a word is, is counted over the passages that were found, not over the library: what other notebooks hold
//! says nothing about this question.

use std::collections::HashSet;

use hearth_index::{Analyser, inverse_document_frequency};

use crate::search::PassageHit;

/// Credit for a word of which a text has a part: a compound's head, another ending.
const PART_CREDIT: f32 = 0.4;
/// Minimum letters that two words share at their beginning or their end.
const MIN_SHARED_CHARS: usize = 5;

/// A content word of a question.
#[derive(Clone, Debug, PartialEq)]
struct QuestionWord {
    /// Stems in the languages of the library, and the word as it is.
    forms: Vec<String>,
    /// Inverse document frequency over the passages found.
    rarity: f32,
}

/// The content words of a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct QuestionTerms {
    words: Vec<QuestionWord>,
    /// Sum of the rarities.
    total: f32,
}

/// What a text has of a question's words: for each word its credit from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct WordCredits(Vec<f32>);

impl WordCredits {
    /// The better credit of each word.
    pub(super) fn join_credits(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(own, other)| own.max(*other)).collect())
    }
}

impl QuestionTerms {
    /// Terms of a question whose passages were found. `languages`: those of the library and of the question.
    pub(super) fn from_question(
        question: &str,
        languages: &[String],
        analyser: &Analyser,
        passages: &[HashSet<String>],
    ) -> Self {
        let is_meaningful = |form: &String| form.chars().count() > 1 || form.parse::<u32>().is_ok();
        // A stem is a stop word in its own language only: "bees" is no form of "be".
        let language = analyser.guess_language(question);
        let tokens = analyser.tokenise_text(question, language);
        let are_stop_words = tokens.iter().map(|token| analyser.is_stop_word(&token.text, language));
        let mut all_forms: Vec<Vec<String>> = Vec::new();
        for (forms, is_stop_word) in analyser.stem_words(question, languages).into_iter().zip(are_stop_words)
        {
            if !is_stop_word && forms.iter().any(is_meaningful) && !all_forms.contains(&forms) {
                all_forms.push(forms);
            }
        }
        let words: Vec<QuestionWord> = all_forms
            .into_iter()
            .map(|forms| {
                let found = passages.iter().filter(|tokens| forms.iter().any(|form| tokens.contains(form)));
                QuestionWord {
                    rarity: inverse_document_frequency(passages.len() as u64, found.count() as f32),
                    forms,
                }
            })
            .collect();
        let total = words.iter().map(|word| word.rarity).sum();
        Self { words, total }
    }

    /// What a text has of the words.
    pub(super) fn credit_words(&self, tokens: &HashSet<String>) -> WordCredits {
        let credit = |word: &QuestionWord| {
            if word.forms.iter().any(|form| tokens.contains(form)) {
                1.0
            } else if word.forms.iter().any(|form| tokens.iter().any(|token| shares_part(form, token))) {
                PART_CREDIT
            } else {
                0.0
            }
        };
        WordCredits(self.words.iter().map(credit).collect())
    }

    /// Share of the words, by rarity, from 0 to 1.
    pub(super) fn measure_share(&self, credits: &WordCredits) -> f32 {
        let sum: f32 = self.words.iter().zip(&credits.0).map(|(word, credit)| word.rarity * credit).sum();
        sum / self.total.max(f32::EPSILON)
    }
}

/// Tokens of a passage with its headings and its title.
pub(super) fn collect_hit_tokens(analyser: &Analyser, hit: &PassageHit) -> HashSet<String> {
    let passage = &hit.row.passage;
    let mut text = passage.text.clone();
    for heading in passage.section.iter().chain([&hit.row.source_title]) {
        text.push('\n');
        text.push_str(heading);
    }
    let tokens = analyser.tokenise_text(&text, hit.row.language.as_deref());
    tokens.into_iter().map(|token| token.text).collect()
}

/// True if two words share a part: nearly all of the shorter one, at the beginning or at the end.
pub(super) fn shares_part(word: &str, token: &str) -> bool {
    if word.len() < MIN_SHARED_CHARS || token.len() < MIN_SHARED_CHARS {
        return false;
    }
    let (word, token): (Vec<char>, Vec<char>) = (word.chars().collect(), token.chars().collect());
    let shorter = word.len().min(token.len());
    let head = word.iter().zip(&token).take_while(|(a, b)| a == b).count();
    let tail = word.iter().rev().zip(token.iter().rev()).take_while(|(a, b)| a == b).count();
    (head >= MIN_SHARED_CHARS && head + 1 >= shorter) || (tail >= MIN_SHARED_CHARS && tail + 1 >= shorter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> HashSet<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn terms(question: &str, passages: &[&str]) -> QuestionTerms {
        let passages: Vec<_> = passages.iter().map(|text| tokens(text)).collect();
        QuestionTerms::from_question(question, &["de".to_owned()], &Analyser::default(), &passages)
    }

    #[test]
    fn words_count_by_their_rarity_among_the_passages_found() {
        let found =
            terms("What is the pressure of the boiler pump?", &["boiler pump", "boiler tank", "boiler"]);
        let share = |text: &str| found.measure_share(&found.credit_words(&tokens(text)));
        assert!((share("boiler pump pressure") - 1.0).abs() < 1e-6);
        assert!(share("boiler") < share("pump") && share("pump") < share("pressure"), "{found:?}");
        assert!(share("tank") < 1e-6 && terms("What is the?", &[]) == QuestionTerms::default());
    }

    #[test]
    fn a_part_of_a_compound_counts_in_part() {
        let found = terms("Wie hoch sind die Betriebskosten?", &["nebenkosten miete"]);
        let share = found.measure_share(&found.credit_words(&tokens("nebenkosten")));
        assert!(share < 1e-6, "the words share less than one of them");
        let found = terms("Wo ist der Hausschlüssel?", &["miete"]);
        assert!((found.measure_share(&found.credit_words(&tokens("schlussel"))) - PART_CREDIT).abs() < 1e-6);
        assert!(shares_part("kundig", "kundigung") && shares_part("storage", "storag"));
        assert!(!shares_part("bank", "bankrupt") && !shares_part("contract", "contrast"));
    }

    #[test]
    fn umlauts_may_be_written_out() {
        let found = terms("Was vermietet Mueller?", &["muller"]);
        assert!(found.measure_share(&found.credit_words(&tokens("muller vermietet"))) > 0.99, "{found:?}");
    }
}

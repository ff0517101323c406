//! The answer that a question asks for: a value of some quantity, or a date or time; and its detection in a sentence.

use super::evidence::Sentence;
use super::quantity::Quantity;
use super::question_codes::{contains_code, list_codes};

/// Phrases of questions for a date or a time, in lower case.
const TIME_PHRASES: &[&str] = &[
    "when",
    "what time",
    "what year",
    "which year",
    "what date",
    "which date",
    "what month",
    "what day",
    "which day",
    "what century",
    "since when",
    "until when",
    "by when",
    "wann",
    "um wie viel uhr",
    "um wieviel uhr",
    "welchem jahr",
    "welchem tag",
    "an welchem tag",
    "quand",
    "à quelle heure",
    "quel jour",
    "quelle date",
    "quelle année",
    "cuándo",
    "a qué hora",
    "qué día",
    "qué fecha",
    "qué año",
    "quando",
    "che ora",
    "che giorno",
    "wanneer",
    "hoe laat",
];

/// Words of questions for a reason, a place or a person: the quantity that they name is not asked for.
const OTHER_QUESTION_WORDS: &[&str] = &[
    "why", "where", "who", "whom", "whose", "warum", "wieso", "weshalb", "wo", "wohin", "woher", "wer",
    "wem", "wen", "wessen", "pourquoi", "où", "qui", "por qué", "dónde", "quién", "quiénes", "perché",
    "dove", "chi", "waarom", "waar",
];
/// Words of questions for the one who signed or wrote.
const SIGNATURE_WORDS: &[&str] = &[
    "signed",
    "signs",
    "signature",
    "wrote",
    "unterschrieben",
    "unterzeichnet",
    "unterschrift",
    "unterschreibt",
    "schrieb",
    "geschrieben",
    "signé",
    "signe",
    "écrit",
    "firmó",
    "firma",
    "escribió",
    "firmato",
    "ondertekend",
];
/// What an answer must have to be one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ExpectedAnswer {
    quantities: Vec<Quantity>,
    is_time: bool,
    is_signature: bool,
    /// Codes of the question, in lower case.
    codes: Vec<String>,
}

impl ExpectedAnswer {
    /// The answer that a question asks for.
    pub(super) fn from_question(question: &str) -> Self {
        let lower = question.to_lowercase();
        let words: Vec<&str> =
            lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let has_phrase = |phrase: &str| {
            let phrase: Vec<&str> = phrase.split(' ').collect();
            words.windows(phrase.len()).any(|window| window == phrase.as_slice())
        };
        let asks_otherwise = OTHER_QUESTION_WORDS.iter().any(|phrase| has_phrase(phrase));
        Self {
            quantities: if asks_otherwise { Vec::new() } else { Quantity::list_asked(question) },
            is_time: TIME_PHRASES.iter().any(|phrase| has_phrase(phrase)),
            is_signature: words.iter().any(|word| SIGNATURE_WORDS.contains(word)),
            codes: list_codes(&lower).into_iter().map(str::to_owned).collect(),
        }
    }

    /// True if a sentence has a value of the quantity that is asked for. `language`: ISO 639-1.
    pub(super) fn has_quantity(&self, sentence: &Sentence, language: Option<&str>) -> bool {
        self.quantities.iter().any(|quantity| quantity.is_in_text(sentence.standalone_text(), language))
    }

    /// True if the one who signed or wrote is asked for.
    pub(super) fn is_signature(&self) -> bool {
        self.is_signature
    }

    /// Share of the question's codes that the sentence has.
    pub(super) fn code_share(&self, sentence: &Sentence) -> f32 {
        if self.codes.is_empty() {
            return 0.0;
        }
        let lower = sentence.standalone_text().to_lowercase();
        let found = self.codes.iter().filter(|code| contains_code(&lower, code)).count();
        found as f32 / self.codes.len() as f32
    }

    /// True if a date or a time is asked for, and the sentence has one.
    pub(super) fn has_time(&self, sentence: &Sentence) -> bool {
        self.is_time && sentence.facts.has_time()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_say_what_answers_them() {
        let check = |question: &str, quantities: &[Quantity], is_time: bool| {
            let expected =
                ExpectedAnswer { quantities: quantities.to_vec(), is_time, ..ExpectedAnswer::default() };
            assert_eq!(ExpectedAnswer::from_question(question), expected, "{question}");
        };
        check("In what year was it built?", &[], true);
        check("Bis wann muss gekündigt werden?", &[], true);
        check("When is the rent paid?", &[Quantity::Price], true);
        check("How loud is it?", &[Quantity::Loudness], false);
        check("Who repaired the pump?", &[], false);
        check("Why did the price rise?", &[], false);
    }
}

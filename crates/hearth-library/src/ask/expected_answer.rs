//! Kinds of answers: the kind that a question asks for, and its detection in a sentence.

/// Kind of answer that a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExpectedAnswer {
    /// A year, a month, a century.
    Time,
    /// A number, in digits or in words.
    Number,
    /// A name that is not in the question.
    Name,
    Anything,
}

/// Openings of questions, in lower case, and the kind of answer they ask for.
const QUESTION_OPENINGS: &[(&str, ExpectedAnswer)] = &[
    ("when", ExpectedAnswer::Time),
    ("what year", ExpectedAnswer::Time),
    ("which year", ExpectedAnswer::Time),
    ("what date", ExpectedAnswer::Time),
    ("what month", ExpectedAnswer::Time),
    ("what day", ExpectedAnswer::Time),
    ("what century", ExpectedAnswer::Time),
    ("wann", ExpectedAnswer::Time),
    ("welchem jahr", ExpectedAnswer::Time),
    ("quand", ExpectedAnswer::Time),
    ("how many", ExpectedAnswer::Number),
    ("how much", ExpectedAnswer::Number),
    ("how old", ExpectedAnswer::Number),
    ("how long", ExpectedAnswer::Number),
    ("how far", ExpectedAnswer::Number),
    ("how large", ExpectedAnswer::Number),
    ("how big", ExpectedAnswer::Number),
    ("how tall", ExpectedAnswer::Number),
    ("how often", ExpectedAnswer::Number),
    ("what percent", ExpectedAnswer::Number),
    ("what number", ExpectedAnswer::Number),
    ("wie viel", ExpectedAnswer::Number),
    ("wie viele", ExpectedAnswer::Number),
    ("wie lang", ExpectedAnswer::Number),
    ("wie alt", ExpectedAnswer::Number),
    ("wie hoch", ExpectedAnswer::Number),
    ("wie groß", ExpectedAnswer::Number),
    ("combien", ExpectedAnswer::Number),
    ("who", ExpectedAnswer::Name),
    ("whom", ExpectedAnswer::Name),
    ("whose", ExpectedAnswer::Name),
    ("where", ExpectedAnswer::Name),
    ("what city", ExpectedAnswer::Name),
    ("what country", ExpectedAnswer::Name),
    ("which city", ExpectedAnswer::Name),
    ("which country", ExpectedAnswer::Name),
    ("wer", ExpectedAnswer::Name),
    ("wem", ExpectedAnswer::Name),
    ("wo", ExpectedAnswer::Name),
    ("qui", ExpectedAnswer::Name),
    ("où", ExpectedAnswer::Name),
];

const MONTH_WORDS: &[&str] = &[
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
    "januar",
    "februar",
    "märz",
    "mai",
    "juni",
    "juli",
    "oktober",
    "dezember",
    "century",
    "jahrhundert",
];

const NUMBER_WORDS: &[&str] = &[
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "hundred", "thousand", "million", "billion", "half", "third", "quarter", "percent", "zwei", "drei",
    "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "hundert", "tausend", "prozent", "hälfte",
];

impl ExpectedAnswer {
    /// Kind of answer of a question, by the first opening that occurs in it.
    pub(super) fn from_question(question: &str) -> Self {
        let lower = question.to_lowercase();
        let words: Vec<&str> = split_words(&lower).collect();
        let contains_phrase = |phrase: &str| {
            let phrase_words: Vec<&str> = phrase.split(' ').collect();
            words.windows(phrase_words.len()).any(|window| window == phrase_words.as_slice())
        };
        QUESTION_OPENINGS
            .iter()
            .find(|(phrase, _)| contains_phrase(phrase))
            .map_or(Self::Anything, |(_, expected)| *expected)
    }

    /// True if a sentence has this kind of answer.
    pub(super) fn is_in_sentence(self, sentence: &str, question: &str) -> bool {
        let lower = sentence.to_lowercase();
        match self {
            Self::Anything => false,
            Self::Time => split_words(&lower).any(|word| is_year(word) || MONTH_WORDS.contains(&word)),
            Self::Number => {
                lower.contains(|c: char| c.is_ascii_digit())
                    || split_words(&lower).any(|word| NUMBER_WORDS.contains(&word))
            }
            Self::Name => {
                let question_words = question.to_lowercase();
                let question_words: Vec<&str> = split_words(&question_words).collect();
                // The first word is capitalised anyway.
                split_words(sentence).skip(1).any(|word| {
                    word.starts_with(char::is_uppercase)
                        && !question_words.contains(&word.to_lowercase().as_str())
                })
            }
        }
    }
}

fn split_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn is_year(word: &str) -> bool {
    word.len() == 4
        && (word.starts_with('1') || word.starts_with("20"))
        && word.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_say_what_answers_them() {
        let check = |question: &str, sentence: &str, expected: ExpectedAnswer, has: bool| {
            assert_eq!(ExpectedAnswer::from_question(question), expected, "{question}");
            assert_eq!(expected.is_in_sentence(sentence, question), has, "{sentence}");
        };
        check("In what year was it built?", "It was built in 1887.", ExpectedAnswer::Time, true);
        check("When was it built?", "It was built by hand.", ExpectedAnswer::Time, false);
        check("How many rooms are there?", "There are seven rooms.", ExpectedAnswer::Number, true);
        check("Who repaired Newton's pump?", "The pump was repaired by Kuechly.", ExpectedAnswer::Name, true);
        check("Who repaired Newton's pump?", "The pump was repaired by Newton.", ExpectedAnswer::Name, false);
        check("Wie viele Zimmer gibt es?", "Es gibt drei.", ExpectedAnswer::Number, true);
        check("Wie viel kostet es?", "Es kostet 3 Euro.", ExpectedAnswer::Number, true);
        check("Why is it cold?", "It is cold.", ExpectedAnswer::Anything, false);
    }
}

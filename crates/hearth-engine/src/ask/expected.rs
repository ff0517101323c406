//! What kind of answer a question asks for, and whether a sentence has one of that kind.

/// What answers a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// A year, a month, a century.
    Time,
    /// A number, in digits or in words.
    Number,
    /// A name that the question does not have itself.
    Name,
    Anything,
}

/// Beginnings of questions, in lower case, and what they ask for.
const ASKING: &[(&str, Expected)] = &[
    ("when", Expected::Time),
    ("what year", Expected::Time),
    ("which year", Expected::Time),
    ("what date", Expected::Time),
    ("what month", Expected::Time),
    ("what day", Expected::Time),
    ("what century", Expected::Time),
    ("wann", Expected::Time),
    ("welchem jahr", Expected::Time),
    ("quand", Expected::Time),
    ("how many", Expected::Number),
    ("how much", Expected::Number),
    ("how old", Expected::Number),
    ("how long", Expected::Number),
    ("how far", Expected::Number),
    ("how large", Expected::Number),
    ("how big", Expected::Number),
    ("how tall", Expected::Number),
    ("how often", Expected::Number),
    ("what percent", Expected::Number),
    ("what number", Expected::Number),
    ("wie viel", Expected::Number),
    ("wie viele", Expected::Number),
    ("wie lang", Expected::Number),
    ("wie alt", Expected::Number),
    ("wie hoch", Expected::Number),
    ("wie groß", Expected::Number),
    ("combien", Expected::Number),
    ("who", Expected::Name),
    ("whom", Expected::Name),
    ("whose", Expected::Name),
    ("where", Expected::Name),
    ("what city", Expected::Name),
    ("what country", Expected::Name),
    ("which city", Expected::Name),
    ("which country", Expected::Name),
    ("wer", Expected::Name),
    ("wem", Expected::Name),
    ("wo", Expected::Name),
    ("qui", Expected::Name),
    ("où", Expected::Name),
];

const MONTHS: &[&str] = &[
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

const NUMBERS: &[&str] = &[
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "hundred", "thousand", "million", "billion", "half", "third", "quarter", "percent", "zwei", "drei",
    "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "hundert", "tausend", "prozent", "hälfte",
];

impl Expected {
    pub(super) fn of(question: &str) -> Self {
        let lower = question.to_lowercase();
        let words: Vec<&str> = words(&lower).collect();
        let asks = |phrase: &str| {
            let wanted: Vec<&str> = phrase.split(' ').collect();
            words.windows(wanted.len()).any(|found| found == wanted.as_slice())
        };
        ASKING.iter().find(|(phrase, _)| asks(phrase)).map_or(Self::Anything, |(_, expected)| *expected)
    }

    /// Whether a sentence has what is asked for.
    pub(super) fn stands_in(self, sentence: &str, question: &str) -> bool {
        let lower = sentence.to_lowercase();
        match self {
            Self::Anything => false,
            Self::Time => words(&lower).any(|word| is_year(word) || MONTHS.contains(&word)),
            Self::Number => {
                lower.contains(|c: char| c.is_ascii_digit())
                    || words(&lower).any(|word| NUMBERS.contains(&word))
            }
            Self::Name => {
                let asked = question.to_lowercase();
                let asked: Vec<&str> = words(&asked).collect();
                // The first word has a capital anyway.
                words(sentence).skip(1).any(|word| {
                    word.starts_with(char::is_uppercase) && !asked.contains(&word.to_lowercase().as_str())
                })
            }
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
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
        let check = |question: &str, sentence: &str, expected: Expected, has: bool| {
            assert_eq!(Expected::of(question), expected, "{question}");
            assert_eq!(expected.stands_in(sentence, question), has, "{sentence}");
        };
        check("In what year was it built?", "It was built in 1887.", Expected::Time, true);
        check("When was it built?", "It was built by hand.", Expected::Time, false);
        check("How many rooms are there?", "There are seven rooms.", Expected::Number, true);
        check("Who repaired Newton's pump?", "The pump was repaired by Kuechly.", Expected::Name, true);
        check("Who repaired Newton's pump?", "The pump was repaired by Newton.", Expected::Name, false);
        check("Wie viele Zimmer gibt es?", "Es gibt drei.", Expected::Number, true);
        check("Wie viel kostet es?", "Es kostet 3 Euro.", Expected::Number, true);
        check("Why is it cold?", "It is cold.", Expected::Anything, false);
    }
}

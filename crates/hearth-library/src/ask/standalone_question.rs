//! Standalone questions: a question that points back is completed from the question before it.
//!
//! Only what points back is completed: pronouns, "and the …?", a bare noun phrase. Several readings are searched, and
//! the one that finds most is taken.

/// Words that refer to an earlier question or answer.
const PRONOUNS: &[&str] = &[
    "it", "its", "they", "them", "their", "that", "this", "those", "these", "he", "she", "him", "her",
    "there", "one", "es", "er", "sie", "das", "dies", "diese", "dieser", "dieses", "davon", "dazu", "damit",
    "dafür", "dort", "ihre", "ihr", "sein", "seine", "ihn", "ihm", "il", "elle", "ils", "elles", "cela",
    "ça", "leur", "celui", "celle", "y", "en", "ellos", "ella", "él", "esto", "eso", "ello", "lui", "lei",
    "esso", "questo", "quello", "hij", "zij", "ze", "dit", "dat", "ele", "ela", "isso", "isto",
];
/// Pronouns that are articles or conjunctions, too: they refer only at the end of a question or before a verb.
const AMBIGUOUS_PRONOUNS: &[&str] = &[
    "that", "this", "those", "these", "das", "diese", "dieser", "dieses", "sie", "ihre", "ihr", "sein",
    "seine", "her", "their", "its", "y", "en", "there", "one", "dit", "dat",
];
/// Openings of a question that goes on from the one before.
const CONTINUATIONS: &[&str] = &[
    "and what about",
    "and how about",
    "and",
    "what about",
    "how about",
    "und was ist mit",
    "und wie ist es mit",
    "und",
    "was ist mit",
    "wie ist es mit",
    "wie steht es mit",
    "et qu'en est-il de",
    "et pour",
    "et",
    "y qué hay de",
    "y",
    "e",
    "en hoe zit het met",
    "en",
    "or",
    "oder",
    "ou",
    "but",
    "aber",
    "mais",
];
/// Words that open a question.
const QUESTION_WORDS: &[&str] = &[
    "what", "which", "who", "whom", "whose", "when", "where", "why", "how", "is", "are", "was", "were", "do",
    "does", "did", "can", "could", "may", "must", "should", "will", "would", "has", "have", "list", "was",
    "welche", "welcher", "welches", "welchen", "wer", "wem", "wen", "wann", "wo", "warum", "wieso", "wie",
    "ist", "sind", "hat", "haben", "kann", "darf", "muss", "soll", "wird", "worum", "bis", "ab", "seit",
    "qui", "que", "quel", "quelle", "quels", "quelles", "quand", "où", "pourquoi", "comment", "combien",
    "est", "sont", "peut", "qué", "quién", "cuándo", "dónde", "cómo", "cuánto", "cuál", "chi", "che",
    "quando", "dove", "perché", "come", "quanto", "quale", "wat", "wie", "waar", "waarom", "hoe", "quem",
    "onde", "como",
];
/// Maximum words of a bare noun phrase.
const MAX_PHRASE_WORDS: usize = 5;

/// Readings of a question after another one, each to be searched; only the question itself if it stands on its own.
pub(super) fn list_readings(question: &str, previous: Option<&str>) -> Vec<String> {
    let Some(previous) = previous else {
        return vec![question.to_owned()];
    };
    let Some(pointer) = find_pointer(question) else {
        return vec![question.to_owned()];
    };
    let mut readings = Vec::new();
    match pointer {
        Pointer::Pronoun(at) => readings.extend(replace_pronoun(question, at, previous)),
        Pointer::Phrase(phrase) => readings.extend(replace_topic(previous, &phrase)),
    }
    readings.push(format!("{previous} {question}"));
    readings.push(question.to_owned());
    readings
}

/// True if a question depends on its conversation.
pub(super) fn points_back(question: &str) -> bool {
    find_pointer(question).is_some()
}

/// What points back.
enum Pointer {
    /// Index of a pronoun among the words.
    Pronoun(usize),
    /// A phrase in place of the earlier topic.
    Phrase(String),
}

fn bare_word(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn find_pointer(question: &str) -> Option<Pointer> {
    let trimmed = question.trim().trim_end_matches(['?', '.', '!', ' ', '？']);
    let lower = trimmed.to_lowercase();
    let opening = CONTINUATIONS
        .iter()
        .find(|opening| lower.strip_prefix(**opening).is_some_and(|rest| rest.starts_with([' ', ','])));
    let rest = opening.map_or(trimmed, |opening| trimmed.get(opening.len()..).unwrap_or(trimmed));
    let rest = rest.trim_start_matches([' ', ',']);
    let words: Vec<&str> = trimmed.split_whitespace().collect();
    let opens_question = |text: &str| {
        text.split_whitespace().next().is_some_and(|word| QUESTION_WORDS.contains(&bare_word(word).as_str()))
    };
    let has_verb_form = opens_question(rest)
        || words.iter().any(|word| QUESTION_WORDS[..4].contains(&bare_word(word).as_str()));
    if !has_verb_form && rest.split_whitespace().count() <= MAX_PHRASE_WORDS {
        return Some(Pointer::Phrase(rest.to_owned()));
    }
    let pronoun = words.iter().enumerate().skip(1).position(|(at, word)| {
        let bare = bare_word(word);
        let is_last = at + 1 == words.len();
        PRONOUNS.contains(&bare.as_str()) && (is_last || !AMBIGUOUS_PRONOUNS.contains(&bare.as_str()))
    });
    match pronoun {
        Some(at) => Some(Pointer::Pronoun(at + 1)),
        None => opening.is_some().then(|| Pointer::Phrase(rest.to_owned())).filter(|_| !opens_question(rest)),
    }
}

/// Words of the topic of a question: its last run of names and codes, or its last word.
fn find_topic(words: &[&str]) -> Option<std::ops::Range<usize>> {
    let is_name = |at: usize| {
        let word = words[at].trim_matches(|c: char| !c.is_alphanumeric());
        let has_digit = word.chars().any(|c| c.is_ascii_digit()) && word.chars().any(char::is_alphabetic);
        at > 0 && (has_digit || word.starts_with(char::is_uppercase))
    };
    let Some(last) = (0..words.len()).rev().find(|at| is_name(*at)) else {
        return words.len().checked_sub(1).map(|last| last..last + 1);
    };
    let first = (0..=last).rev().take_while(|at| is_name(*at)).last().unwrap_or(last);
    Some(first..last + 1)
}

/// The earlier question about another topic.
fn replace_topic(previous: &str, phrase: &str) -> Option<String> {
    let previous = previous.trim().trim_end_matches(['?', '.', '!', ' ']);
    let words: Vec<&str> = previous.split_whitespace().collect();
    let topic = find_topic(&words)?;
    let phrase_words: Vec<&str> = phrase.split_whitespace().collect();
    // An article stands before the topic already.
    let has_article = phrase_words.len() > 1
        && phrase_words[0].chars().count() <= 3
        && phrase_words[0].starts_with(char::is_lowercase);
    let phrase_words = if has_article { &phrase_words[1..] } else { &phrase_words[..] };
    let replaced = [&words[..topic.start], phrase_words, &words[topic.end..]].concat().join(" ");
    Some(format!("{replaced}?"))
}

/// The question about the earlier topic by name.
fn replace_pronoun(question: &str, at: usize, previous: &str) -> Option<String> {
    let previous = previous.trim().trim_end_matches(['?', '.', '!', ' ']);
    let earlier: Vec<&str> = previous.split_whitespace().collect();
    let topic = find_topic(&earlier)?;
    let mut words: Vec<&str> = question.split_whitespace().collect();
    words.splice(at..=at, earlier[topic].iter().copied());
    Some(words.join(" "))
}

/// A question without search syntax: its quotation marks and dashes are removed.
pub(crate) fn strip_search_syntax(question: &str) -> String {
    question
        .split_whitespace()
        .map(|word| word.trim_start_matches('-').replace(['"', '“', '”', '„'], ""))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_points_back_is_completed() {
        let check = |question: &str, points: bool| assert_eq!(points_back(question), points, "{question}");
        check("And in children?", true);
        check("And the Pedrex 4SR?", true);
        check("And F75?", true);
        check("Und die Vorauszahlung?", true);
        check("How much does it weigh?", true);
        check("Wie schwer ist sie?", true);
        check("The yearly fee?", true);
        check("What does the ferry cost for an adult?", false);
        check("Who signed the letter?", false);
        check("How long is it?", true);
        check("Which splint is used after a repair of the flexor tendon pulley?", false);
        check("Wie lange dauert die Behandlung nach einer Verletzung im Durchschnitt?", false);
        check("Combien coûte l'entrée ?", false);
        check("What happens to that part of the pump?", false);
    }

    #[test]
    fn the_first_reading_has_the_topic_in_its_place() {
        let first = |question: &str, previous: &str| list_readings(question, Some(previous)).swap_remove(0);
        assert_eq!(first("And F75?", "What does F29 mean?"), "What does F75 mean?");
        assert_eq!(first("And the Pedrex 4SR?", "What is the Grunwald JP-5?"), "What is the Pedrex 4SR?");
        assert_eq!(
            first("Und die Vorauszahlung?", "Wie hoch ist die Nettokaltmiete?"),
            "Wie hoch ist die Vorauszahlung?"
        );
        assert_eq!(
            first("How much does it weigh?", "What is the Grunwald JP-5?"),
            "How much does Grunwald JP-5 weigh?"
        );
        assert_eq!(list_readings("What is new?", Some("What is the Grunwald JP-5?")).len(), 1);
        assert_eq!(list_readings("And F75?", None), ["And F75?"]);
    }
}

//! Kinds of questions: most ask for a fact, some for sources as wholes, for their number, or for all of something.
//!
//! Only closed phrases of the languages decide, never a topic: what is left of the question names the things that are
//! searched for.

mod vocabulary;

use std::collections::HashSet;

use super::comparison::Comparison;
use super::question_phrases::{COUNT_OPENINGS, OR_WORDS};
use vocabulary::{
    COUNT_WORDS, DOCUMENT_WORDS, LIST_OPENINGS, MENTION_STEMS, OVERVIEW_WORDS, SOURCE_WORDS, WHICH_WORDS,
};

/// Kind of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum QuestionKind {
    /// Asks for a fact.
    Fact,
    /// Asks what sources are about: "summarise this", "tl;dr".
    Overview,
    /// Asks for the number of sources.
    SourceCount,
    /// Asks which sources mention something: the words of the thing; any of them is enough if `any`.
    Mentions { words: Vec<String>, any: bool },
    /// Asks for all rows or items of a list.
    List,
    /// Compares two things.
    Comparison(Comparison),
}

impl QuestionKind {
    /// Kind of a question. `titles` are those of its sources; `is_stop_word` knows the words that are common everywhere.
    /// `has_history` is true inside a conversation, in which "summarise that" is about an answer.
    pub(super) fn from_question(
        question: &str,
        titles: &[String],
        has_history: bool,
        is_stop_word: &dyn Fn(&str) -> bool,
    ) -> Self {
        let lower = question.to_lowercase().replace("tl;dr", "tldr");
        let words: Vec<&str> =
            lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let joined = words.join(" ");
        // Single letters are left of an apostrophe: "what's".
        let is_content = |word: &&str| word.chars().count() > 1 && !is_stop_word(word);
        let content: Vec<&str> = words.iter().copied().filter(is_content).collect();
        let is_source_word = |word: &&&str| SOURCE_WORDS.contains(*word);
        if COUNT_OPENINGS.iter().any(|opening| joined.starts_with(opening))
            && words.iter().filter(is_source_word).count() == 1
            && content.iter().all(|word| is_count_word(word) || SOURCE_WORDS.contains(word))
        {
            return Self::SourceCount;
        }
        if let Some(kind) = find_mentions(&words, &content) {
            return kind;
        }
        if LIST_OPENINGS
            .iter()
            .any(|opening| joined == *opening || joined.starts_with(&format!("{opening} ")))
        {
            return Self::List;
        }
        if let Some(comparison) = Comparison::from_question(question) {
            return Self::Comparison(comparison);
        }
        let names_source = words.iter().any(|word| is_document_word(word)) || names_title(&words, titles);
        if (names_source || !has_history) && is_overview(&words, &content, titles) {
            Self::Overview
        } else {
            Self::Fact
        }
    }
}

/// True for a word for sources or for a kind of documents.
fn is_document_word(word: &str) -> bool {
    SOURCE_WORDS.contains(&word) || DOCUMENT_WORDS.contains(&word)
}

/// True for the small words of a question for a number.
fn is_count_word(word: &str) -> bool {
    COUNT_WORDS.contains(&word)
}

fn find_mentions(words: &[&str], content: &[&str]) -> Option<QuestionKind> {
    let which = words.iter().take(3).position(|word| WHICH_WORDS.contains(word))?;
    words.get(which + 1).filter(|word| SOURCE_WORDS.contains(word))?;
    let is_verb = |word: &str| MENTION_STEMS.iter().any(|stem| word.starts_with(stem));
    words.iter().find(|word| is_verb(word))?;
    let thing = |word: &&&str| {
        !SOURCE_WORDS.contains(*word)
            && !WHICH_WORDS.contains(*word)
            && !is_verb(word)
            && !OR_WORDS.contains(*word)
    };
    let thing: Vec<String> = content.iter().filter(thing).map(|word| (*word).to_owned()).collect();
    let any = words.iter().any(|word| OR_WORDS.contains(word));
    (!thing.is_empty()).then_some(QuestionKind::Mentions { words: thing, any })
}

/// True if a question has nothing but words for an overview, for sources, and of their titles.
fn is_overview(words: &[&str], content: &[&str], titles: &[String]) -> bool {
    let title_words: HashSet<String> = titles.iter().flat_map(|title| split_title(title)).collect();
    let is_general = |word: &str| OVERVIEW_WORDS.contains(&word) || is_document_word(word);
    words.iter().any(|word| is_general(word))
        && content.iter().all(|word| is_general(word) || title_words.contains(*word))
}

/// True if a question has a longer word of a title.
fn names_title(words: &[&str], titles: &[String]) -> bool {
    let mut title_words = titles.iter().flat_map(|title| split_title(title));
    title_words.any(|title_word| title_word.chars().count() > 3 && words.contains(&title_word.as_str()))
}

/// Words of a title, in lower case.
pub(super) fn split_title(title: &str) -> Vec<String> {
    let lower = title.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(question: &str, expected: &QuestionKind) {
        const STOP_WORDS: &[&str] = &[
            "ich", "the", "this", "a", "is", "in", "what", "do", "i", "all", "of", "which", "are", "es",
            "im", "das", "wie", "in", "ce", "de", "que", "dieses", "diese", "me", "my", "how", "to", "und",
            "welche", "les", "were", "on", "cette",
        ];
        let titles = ["boiler-manual".to_owned(), "Mietvertrag".to_owned()];
        let found = QuestionKind::from_question(question, &titles, false, &|word| STOP_WORDS.contains(&word));
        assert_eq!(&found, expected, "{question}");
    }

    #[test]
    fn questions_for_wholes_are_told_from_questions_for_facts() {
        for question in [
            "Summarise the boiler manual",
            "tl;dr",
            "What is in here?",
            "Summarise this source",
            "What is this about?",
            "what's this about?",
            "Résume cette lettre",
            "Worum geht es im Mietvertrag?",
            "Fasse dieses Dokument zusammen",
            "résume ce document",
        ] {
            check(question, &QuestionKind::Overview);
        }
        for question in ["What is the pressure of the boiler?", "thanks", "How many keys are there?", "asdf"]
        {
            check(question, &QuestionKind::Fact);
        }
        check("How many minutes?", &QuestionKind::Fact);
        check("How many sources do I have?", &QuestionKind::SourceCount);
        check("Wie viele Dokumente habe ich?", &QuestionKind::SourceCount);
        check("List all error codes of the boiler", &QuestionKind::List);
    }

    #[test]
    fn in_a_conversation_a_summary_is_of_what_was_said() {
        let titles = ["boiler-manual".to_owned()];
        let kind = |question| QuestionKind::from_question(question, &titles, true, &|word| word == "that");
        assert_eq!(kind("Summarise that"), QuestionKind::Fact);
        assert_eq!(kind("Summarise boiler manual"), QuestionKind::Overview);
    }

    #[test]
    fn what_is_mentioned_is_what_the_phrases_leave() {
        let mentions = |words: &[&str], any| QuestionKind::Mentions {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            any,
        };
        check("Which documents mention Nguyen?", &mentions(&["nguyen"], false));
        check(
            "Which documents mention a guarantee or warranty?",
            &mentions(&["guarantee", "warranty"], true),
        );
        check("Welche Dokumente erwähnen die Kaution?", &mentions(&["die", "kaution"], false));
    }
}

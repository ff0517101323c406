//! Phrases that several kinds of questions have, in the languages of the interface and its neighbours.

/// Openings of a question for a number of things.
pub(super) const COUNT_OPENINGS: &[&str] = &[
    "how many",
    "number of",
    "wie viele",
    "wieviele",
    "anzahl der",
    "combien de",
    "combien d",
    "nombre de",
    "cuántos",
    "cuántas",
    "quanti",
    "quante",
    "hoeveel",
    "quantos",
    "quantas",
];
/// Words between two things of which one is meant.
pub(super) const OR_WORDS: &[&str] = &["or", "oder", "ou", "o"];

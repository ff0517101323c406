//! Look-up of what the languages' tables say of a word.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::languages::{DATE_WORDS, LANGUAGES, LETTERED_NOUNS, NAME_PARTICLES, ORDINAL_CUES};

/// What a full stop after an abbreviation means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AbbreviationKind {
    Inner,
    Numbered,
    Open,
    Closing,
}

/// A language of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LanguageIndex(pub(super) usize);

impl LanguageIndex {
    pub(super) fn from_code(code: &str) -> Option<Self> {
        let primary = code.split(['-', '_']).next().unwrap_or(code);
        LANGUAGES.iter().position(|words| words.code.eq_ignore_ascii_case(primary)).map(Self)
    }

    pub(super) fn has_ordinals(self) -> bool {
        LANGUAGES[self.0].has_ordinals
    }
}

#[derive(Clone, Copy)]
struct Entry {
    language: usize,
    kind: AbbreviationKind,
    needs_capital: bool,
    is_own: bool,
}

struct Vocabulary {
    abbreviations: HashMap<String, Vec<Entry>>,
    function_words: HashMap<&'static str, u32>,
    starters: HashSet<&'static str>,
    ordinal_cues: HashSet<&'static str>,
    date_words: HashSet<&'static str>,
    lettered_nouns: HashSet<&'static str>,
    name_particles: HashSet<&'static str>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let mut abbreviations: HashMap<String, Vec<Entry>> = HashMap::new();
    let mut function_words: HashMap<&str, u32> = HashMap::new();
    let mut starters = HashSet::new();
    for (language, words) in LANGUAGES.iter().enumerate() {
        let own: HashSet<&str> = words.own.split_whitespace().collect();
        let kinds = [
            (AbbreviationKind::Inner, words.inner),
            (AbbreviationKind::Numbered, words.numbered),
            (AbbreviationKind::Open, words.open),
            (AbbreviationKind::Closing, words.closing),
        ];
        for (kind, list) in kinds {
            for word in list.split_whitespace() {
                let lower = word.to_lowercase();
                let needs_capital = word.starts_with(char::is_uppercase);
                let is_own = own.contains(lower.as_str());
                abbreviations.entry(lower).or_default().push(Entry { language, kind, needs_capital, is_own });
            }
        }
        for word in words.function_words.split_whitespace() {
            *function_words.entry(word).or_default() |= 1 << language;
        }
        starters.extend(words.starters.split_whitespace());
    }
    let set = |list: &'static str| list.split_whitespace().collect();
    Vocabulary {
        abbreviations,
        function_words,
        starters,
        ordinal_cues: set(ORDINAL_CUES),
        date_words: set(DATE_WORDS),
        lettered_nouns: set(LETTERED_NOUNS),
        name_particles: set(NAME_PARTICLES),
    }
});

/// The kind of an abbreviation in lower case, without its last full stop. `language` is asked only where the
/// languages differ; where it is unknown, a word of one language alone counts as open.
pub(super) fn find_abbreviation(
    lower: &str,
    is_capital: bool,
    language: impl FnOnce() -> Option<LanguageIndex>,
) -> Option<AbbreviationKind> {
    let entries = VOCABULARY.abbreviations.get(lower)?;
    let mut matching = entries.iter().filter(|entry| is_capital || !entry.needs_capital).peekable();
    let first = **matching.peek()?;
    if matching.clone().all(|entry| entry.kind == first.kind && !entry.is_own) {
        return Some(first.kind);
    }
    let language = language();
    if let Some(LanguageIndex(known)) = language
        && let Some(entry) = matching.clone().find(|entry| entry.language == known)
    {
        return Some(entry.kind);
    }
    if let Some(entry) = matching.clone().find(|entry| !entry.is_own) {
        return Some(entry.kind);
    }
    match language {
        Some(_) => None,
        None if matching.any(|entry| entry.kind == AbbreviationKind::Numbered) => {
            Some(AbbreviationKind::Numbered)
        }
        None => Some(AbbreviationKind::Open),
    }
}

/// True for a word that begins sentences, in lower case.
pub(super) fn is_starter(lower: &str) -> bool {
    VOCABULARY.starters.contains(lower)
}

pub(super) fn is_ordinal_cue(lower: &str) -> bool {
    VOCABULARY.ordinal_cues.contains(lower)
}

pub(super) fn is_date_word(lower: &str) -> bool {
    VOCABULARY.date_words.contains(lower)
}

pub(super) fn is_lettered_noun(lower: &str) -> bool {
    VOCABULARY.lettered_nouns.contains(lower)
}

pub(super) fn is_name_particle(lower: &str) -> bool {
    VOCABULARY.name_particles.contains(lower)
}

/// Adds to each language's score the function words of a text that are its own.
pub(super) fn score_languages(text: &str) -> [u32; LANGUAGES.len()] {
    let mut scores = [0; LANGUAGES.len()];
    let mut lower = String::new();
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| (1..=12).contains(&word.len())) {
        lower.clear();
        lower.extend(word.chars().flat_map(char::to_lowercase));
        let mut languages = VOCABULARY.function_words.get(lower.as_str()).copied().unwrap_or(0);
        while languages != 0 {
            scores[languages.trailing_zeros() as usize] += 1;
            languages &= languages - 1;
        }
    }
    scores
}

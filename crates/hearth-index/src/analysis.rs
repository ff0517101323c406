//! Text analysis. Tokens are words in lower case, without accents, stemmed in the text's language;
//! character bigrams in scripts without spaces between words.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use crate::stop_words::STOP_WORDS;

/// Languages that share small words with others, those with more speakers first (ISO 639-1).
const LANGUAGES_BY_SPEAKERS: &[&str] = &["en", "es", "fr", "pt", "de", "it", "nl", "ro", "sv", "da", "no"];

/// Languages whose stop words are those of NLTK (ISO 639-1).
const OTHER_STOP_WORD_LANGUAGES: &[&str] =
    &["ru", "ar", "sv", "no", "da", "fi", "ro", "hu", "tr", "el", "he", "ta", "pl", "cs", "uk", "hi"];

/// A token and its byte range in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub start: usize,
    pub end: usize,
}

/// Text analyser by language; text of unknown language is folded but not stemmed.
pub struct Analyser {
    stemmers: HashMap<&'static str, Stemmer>,
    /// Stop words by language, as tokens; made when they are first needed, not at each start.
    stop_words: OnceLock<HashMap<&'static str, HashSet<String>>>,
}

impl Default for Analyser {
    fn default() -> Self {
        let stemmers = [
            ("en", Algorithm::English),
            ("de", Algorithm::German),
            ("fr", Algorithm::French),
            ("es", Algorithm::Spanish),
            ("it", Algorithm::Italian),
            ("pt", Algorithm::Portuguese),
            ("nl", Algorithm::Dutch),
            ("sv", Algorithm::Swedish),
            ("no", Algorithm::Norwegian),
            ("da", Algorithm::Danish),
            ("fi", Algorithm::Finnish),
            ("ru", Algorithm::Russian),
            ("ro", Algorithm::Romanian),
            ("hu", Algorithm::Hungarian),
            ("tr", Algorithm::Turkish),
            ("ar", Algorithm::Arabic),
            ("el", Algorithm::Greek),
            ("ta", Algorithm::Tamil),
        ];
        let stemmers = stemmers.into_iter().map(|(code, algorithm)| (code, Stemmer::create(algorithm)));
        Self { stemmers: stemmers.collect(), stop_words: OnceLock::new() }
    }
}

impl Analyser {
    fn stop_word_lists(&self) -> &HashMap<&'static str, HashSet<String>> {
        self.stop_words.get_or_init(|| {
            let own_lists = STOP_WORDS.iter().map(|(language, words)| (*language, (*words).to_owned()));
            let other_lists = OTHER_STOP_WORD_LANGUAGES
                .iter()
                .filter_map(|language| Some((*language, stop_words::lookup(language)?.join(" "))));
            let tokenised = own_lists.chain(other_lists).map(|(language, words)| {
                let tokens = self.tokenise_text(&words, Some(language));
                (language, tokens.into_iter().map(|token| token.text).collect())
            });
            tokenised.collect()
        })
    }

    /// True if a token is a stop word of a language; a language without a list counts as English.
    pub fn is_stop_word(&self, token: &str, language: Option<&str>) -> bool {
        let lists = self.stop_word_lists();
        let stop_words = language.and_then(|code| lists.get(code)).or_else(|| lists.get("en"));
        stop_words.is_some_and(|words| words.contains(token))
    }

    /// True if a text has nothing but stop words of a language.
    pub fn has_only_stop_words(&self, text: &str, language: Option<&str>) -> bool {
        self.tokenise_text(text, language).iter().all(|token| self.is_stop_word(&token.text, language))
    }

    /// Language of a short text (ISO 639-1): the one with most stop words in it; of several with as many, the one that
    /// comes first in [`LANGUAGES_BY_SPEAKERS`]. `None` without any stop word.
    pub fn guess_language(&self, text: &str) -> Option<&'static str> {
        let count_stop_words = |language: &str| {
            let tokens = self.tokenise_text(text, Some(language));
            tokens.iter().filter(|token| self.is_stop_word(&token.text, Some(language))).count()
        };
        let place = |language: &str| LANGUAGES_BY_SPEAKERS.iter().position(|known| *known == language);
        let counts = self.stop_word_lists().keys().map(|language| (count_stop_words(language), *language));
        let best = counts.filter(|(count, _)| *count > 0).max_by_key(|(count, language)| {
            (*count, std::cmp::Reverse(place(language).unwrap_or(usize::MAX)), *language)
        });
        best.map(|(_, language)| language)
    }

    /// Words of a text, each as its stems in several languages and as its unstemmed form, in both with umlauts that are
    /// written out ("ue") as one letter, too.
    pub fn stem_words(&self, text: &str, languages: &[String]) -> Vec<Vec<String>> {
        let mut words: Vec<Vec<String>> = Vec::new();
        for language in languages.iter().map(|language| Some(language.as_str())).chain([None]) {
            // The division into words does not depend on the language.
            for (index, token) in self.tokenise_text(text, language).into_iter().enumerate() {
                if words.len() <= index {
                    words.push(Vec::new());
                }
                let joined = join_umlauts(&token.text);
                for form in [Some(token.text), joined].into_iter().flatten() {
                    if !words[index].contains(&form) {
                        words[index].push(form);
                    }
                }
            }
        }
        words
    }

    /// Tokens of a text in a language (ISO 639-1), in order.
    pub fn tokenise_text(&self, text: &str, language: Option<&str>) -> Vec<Token> {
        let stemmer = language.and_then(|code| self.stemmers.get(code));
        let mut tokens = Vec::new();
        let words = text
            .unicode_word_indices()
            .flat_map(|(start, word)| split_word(word).map(move |range| (start + range.start, &word[range])));
        for (start, word) in words {
            if word.chars().any(is_unspaced) {
                push_bigrams(word, start, &mut tokens);
                continue;
            }
            let lower: String = word.nfkc().flat_map(char::to_lowercase).collect();
            // Of a word with apostrophes the longest part counts: "hearth" of "Hearth's", "amour" of "l'amour".
            let lower = lower.replace('’', "'");
            let longest_part = lower.split('\'').max_by_key(|part| part.len()).unwrap_or(&lower);
            let stem = stemmer.map_or_else(|| longest_part.into(), |stemmer| stemmer.stem(longest_part));
            let folded: String = stem.nfd().filter(|c| !is_combining_mark(*c)).collect();
            let text = folded.replace('ß', "ss");
            if !text.is_empty() {
                tokens.push(Token { text, start, end: start + word.len() });
            }
        }
        tokens
    }
}

/// A token with "ae", "oe" and "ue" as the letters that they are written for; `None` without any.
fn join_umlauts(token: &str) -> Option<String> {
    let joined = token.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    (joined != token).then_some(joined)
}

/// Byte ranges of the parts of a Unicode word: `Super_Bowl_50`, `notes.txt` and `10:30` are searched for by
/// their parts; `3.5` is one number.
fn split_word(word: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut rest = Some(0);
    std::iter::from_fn(move || {
        let start = rest?;
        let end = word[start..].match_indices(['_', '.', ':']).map(|(at, _)| start + at).find(|&at| {
            let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            !(word[at..].starts_with('.')
                && is_digit(word[..at].chars().next_back())
                && is_digit(word[at + 1..].chars().next()))
        });
        rest = end.map(|at| at + 1);
        Some(start..end.unwrap_or(word.len()))
    })
    .filter(|range| !range.is_empty())
}

/// True for characters of scripts that are written without spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff
        | 0x0e00..=0x0e7f | 0x20000..=0x2ffff)
}

/// Adds the character bigrams of a word; a single character stands alone. Bigrams across words are too few
/// to matter: segmentation gives runs of one script.
fn push_bigrams(word: &str, start: usize, tokens: &mut Vec<Token>) {
    let chars: Vec<(usize, char)> = word.char_indices().collect();
    if let [(_, character)] = chars.as_slice() {
        // A lone ideograph pairs with the one before it, when they touch.
        if let Some(last) = tokens.last()
            && last.end == start
            && last.text.chars().all(is_unspaced)
        {
            let joined: String = last.text.chars().next_back().into_iter().chain([*character]).collect();
            let from = last.end - last.text.chars().next_back().map_or(0, char::len_utf8);
            if last.text.chars().count() == 1 {
                // The character before stood alone only until this neighbour came.
                tokens.pop();
            }
            tokens.push(Token { text: joined, start: from, end: start + word.len() });
            return;
        }
        tokens.push(Token { text: word.to_owned(), start, end: start + word.len() });
        return;
    }
    for pair in chars.windows(2) {
        let end = pair[1].0 + pair[1].1.len_utf8();
        tokens.push(Token {
            text: [pair[0].1, pair[1].1].iter().collect(),
            start: start + pair[0].0,
            end: start + end,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_language_meet_their_stems() {
        let analyser = Analyser::default();
        let check = |text: &str, language: Option<&str>, expected: &[&str]| {
            let tokens = analyser.tokenise_text(text, language);
            let found: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
            assert_eq!(found, expected);
        };
        check("Connections, connected!", Some("en"), &["connect", "connect"]);
        check("Hearth's naïve café", Some("en"), &["hearth", "naiv", "cafe"]);
        check("Straße Häuser", Some("de"), &["strass", "haus"]);
        check("Connections", None, &["connections"]);
        check("3.5 mm x-ray", None, &["3.5", "mm", "x", "ray"]);
        check("Super_Bowl_50.notes.txt 10:30", None, &["super", "bowl", "50", "notes", "txt", "10", "30"]);
    }

    fn token_texts(text: &str, language: Option<&str>) -> Vec<String> {
        let tokens = Analyser::default().tokenise_text(text, language);
        tokens.into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_of_other_scripts_lose_case_and_marks() {
        // Cyrillic with its stems, Greek accents, Hebrew points, Arabic vowel signs.
        assert_eq!(token_texts("Книги КНИГА", Some("ru")), ["книг", "книг"]);
        assert_eq!(token_texts("ΆΝΘΡΩΠΟΣ άνθρωπος", None), ["ανθρωποσ", "ανθρωπος"]);
        assert_eq!(token_texts("שָׁלוֹם", None), ["שלום"]);
        assert_eq!(token_texts("كِتَاب", None), ["كتاب"]);
        assert_eq!(token_texts("İstanbul ＡＢＣ ﬁne", None), ["istanbul", "abc", "fine"]);
    }

    #[test]
    fn scripts_without_spaces_are_pairs_of_characters() {
        assert_eq!(token_texts("東京タワー", Some("ja")), ["東京", "タワ", "ワー"]);
        assert_eq!(token_texts("한국어 책", Some("ko")), ["한국", "국어", "책"]);
        assert_eq!(token_texts("水", Some("zh")), ["水"]);
        assert_eq!(token_texts("GPU加速", Some("zh")), ["gpu", "加速"]);
    }

    #[test]
    fn each_token_knows_its_bytes_in_the_text() {
        let text = "L'été à Straße_2, 東京で 3.5 мм: naïve\u{301}…";
        let tokens = Analyser::default().tokenise_text(text, Some("fr"));
        let words: Vec<&str> = tokens.iter().map(|token| &text[token.start..token.end]).collect();
        let expect = ["L'été", "à", "Straße", "2", "東京", "京で", "3.5", "мм", "naïve\u{301}"];
        assert_eq!(words, expect);
        assert!(tokens.is_sorted_by_key(|token| token.start));
    }

    #[test]
    fn text_without_words_has_no_tokens() {
        for text in ["", " \t\n", "…—!?", "_._:.", "\u{1f}", "'’'"] {
            assert_eq!(token_texts(text, Some("en")), Vec::<String>::new(), "{text:?}");
        }
    }

    #[test]
    fn common_words_are_known_as_tokens_of_their_language() {
        let analyser = Analyser::default();
        let content_words = |text: &str, language: &str| -> Vec<String> {
            let tokens = analyser.tokenise_text(text, Some(language)).into_iter().map(|token| token.text);
            tokens.filter(|token| !analyser.is_stop_word(token, Some(language))).collect()
        };
        assert_eq!(content_words("When must the water be refilled?", "en"), ["water", "refil"]);
        assert_eq!(content_words("Wann muss das Wasser nachgefüllt werden?", "de"), ["wass", "nachgefullt"]);
        assert_eq!(content_words("When did the war end?", "en"), ["war", "end"]);
        assert_eq!(content_words("Où est l'eau ?", "fr"), ["eau"]);
        assert!(analyser.has_only_stop_words("cette", Some("fr")) && analyser.has_only_stop_words("", None));
        assert!(!analyser.has_only_stop_words("cette eau", Some("fr")));
    }

    #[test]
    fn the_language_of_a_question_is_that_of_its_small_words() {
        let analyser = Analyser::default();
        assert_eq!(analyser.guess_language("Was bedeutet der Fehlercode F83?"), Some("de"));
        assert_eq!(analyser.guess_language("What does error code F83 mean?"), Some("en"));
        assert_eq!(analyser.guess_language("Combien coûte la carte de la patinoire ?"), Some("fr"));
        assert_eq!(analyser.guess_language("Résume cette lettre"), Some("fr"));
        assert_eq!(analyser.guess_language("asdf qwer zxcv"), None);
    }

    #[test]
    fn ideographs_are_found_in_pairs() {
        let analyser = Analyser::default();
        let tokens =
            |text| analyser.tokenise_text(text, Some("zh")).into_iter().map(|t| t.text).collect::<Vec<_>>();
        let text = tokens("机器学习");
        for pair in tokens("学习") {
            assert!(text.contains(&pair), "{pair} in {text:?}");
        }
    }
}

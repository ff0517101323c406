//! Number words: finds them with text2num and puts number items in their place.

use std::borrow::Cow;
use std::sync::LazyLock;

use text2num::{Language, Occurence, Token, find_numbers, get_interpreter_for, text2digits};

use super::item::{Item, Kind, Number};
use super::normal::is_space;
use super::number::from_float;
use super::reading::Reading;
use super::units::{denominator, listed, multiplier};

/// Interpreters of the languages that have number words.
static LANGUAGES: LazyLock<Vec<(&str, Language)>> = LazyLock::new(|| {
    let codes = ["en", "de", "fr", "es", "it", "nl", "pt", "da"];
    codes.into_iter().filter_map(|code| Some((code, get_interpreter_for(code)?))).collect()
});

/// Words that text2num takes for numbers and that mostly are something else.
const NEVER: [(&str, &str); 5] = [("en", "o"), ("it", "non"), ("de", "und"), ("nl", "en"), ("da", "og")];

/// Lone words that say a number only in some sentences: units of time, prepositions, vague plurals.
const UNCERTAIN: &str = " second seconds seconde secondes segundo segunda segundos segundas secondo seconda \
    secondi \
    hundreds thousands millions billions hunderte tausende millionen milliarden cientos miles millones \
    centinaia \
    migliaia milioni honderden duizenden centaines milliers milhares milhões prima prime prochain quarto \
    quarta \
    quarti quartos quarts cuarto cuarta \
    terça quinta sexta ";

/// Words for one that text2num does not know or leaves to its caller.
const ONES: [(&str, &str); 8] = [
    ("de", " ein eine einen einem einer eines "),
    ("fr", " un une "),
    ("es", " un una uno "),
    ("it", " un uno una "),
    ("nl", " een één "),
    ("pt", " um uma "),
    ("da", " en et én ét "),
    ("en", " one "),
];

/// Words of a percentage before and after the word for hundred: "pour cent", "por ciento", "per cento".
const PER_HUNDRED: [(&str, &str); 6] = [
    ("pour", "cent"),
    ("por", "ciento"),
    ("por", "cien"),
    ("per", "cento"),
    ("por", "cento"),
    ("per", "cent"),
];

/// English words before an "and" within one number.
const BEFORE_AND: [&str; 8] =
    ["hundred", "thousand", "million", "billion", "hundreds", "thousands", "millions", "billions"];

/// Word of the text as text2num sees it.
struct WordToken<'a> {
    /// The word in lower case; empty for another item.
    text: &'a str,
    /// Something other than white space or a hyphen stands before it.
    apart: bool,
    /// It is no part of a number.
    never: bool,
    /// It multiplies the number in digits before it.
    multiplies: bool,
}

impl Token for WordToken<'_> {
    fn text(&self) -> Cow<'_, str> {
        self.text.into()
    }

    fn text_lowercase(&self) -> Cow<'_, str> {
        self.text.into()
    }

    fn nt_separated(&self, _previous: &Self) -> bool {
        self.apart
    }

    fn not_a_number_part(&self) -> bool {
        self.never
    }
}

/// Interpreter of a language with its code; English without a language.
fn interpreter(language: Option<&str>) -> Option<&'static (&'static str, Language)> {
    let wanted = language.unwrap_or("en");
    LANGUAGES.iter().find(|(code, _)| *code == wanted)
}

/// True if the hyphenated word is one number of the language.
pub(crate) fn is_number_word(word: &str, language: Option<&str>) -> bool {
    interpreter(language).is_some_and(|(_, interpreter)| text2digits(word, interpreter).is_ok())
}

/// True for a word for one that is an article, too.
pub(crate) fn is_one(word: &str, language: &str) -> bool {
    ONES.iter().any(|(code, list)| *code == language && listed(list, word))
}

/// Puts number items in the place of number words.
pub(crate) fn replace_words(items: &mut Vec<Item>, chars: &[char], language: Option<&str>) {
    let Some((code, interpreter)) = interpreter(language) else {
        return;
    };
    let mut tokens = tokens(items, chars, code);
    for token in &mut tokens {
        token.text = without_times(token.text, code, interpreter);
    }
    let found = find_numbers(tokens.into_iter(), interpreter, 0.0);
    for occurrence in found.iter().rev() {
        let Some(words) = items.get(occurrence.start..occurrence.end) else {
            continue;
        };
        let (Some(first), Some(last)) = (words.first(), words.last()) else {
            continue;
        };
        let (start, end) = (first.start, last.end);
        let number = number(occurrence, items, code);
        items.splice(occurrence.start..occurrence.end, [Item { start, end, kind: Kind::Number(number) }]);
    }
    offer_ones(items, code);
}

/// Number word of a German or Dutch multiple: "drei" of "dreimal" and "dreifach"; else the word itself.
fn without_times<'a>(word: &'a str, code: &str, interpreter: &Language) -> &'a str {
    let endings: &[&str] = match code {
        "de" => &["mal", "fach", "fache", "fachen"],
        "nl" => &["maal", "voudig"],
        _ => &[],
    };
    let stem = endings.iter().find_map(|ending| word.strip_suffix(ending));
    stem.filter(|stem| text2digits(stem, interpreter).is_ok()).unwrap_or(word)
}

/// Makes the remaining words for one numbers that only satisfy a claim.
fn offer_ones(items: &mut [Item], code: &str) {
    let Some((_, ones)) = ONES.iter().find(|(language, _)| *language == code) else {
        return;
    };
    for item in items {
        if let Kind::Word { text, .. } = &item.kind
            && listed(ones, text)
        {
            item.kind = Kind::Number(Number {
                plain: Some(1),
                offered: true,
                readings: vec![Reading::Number("1".to_string())],
                ..Number::default()
            });
        }
    }
}

/// Tokens of all items; those without words separate numbers.
fn tokens<'a>(items: &'a [Item], chars: &[char], code: &str) -> Vec<WordToken<'a>> {
    let mut out = Vec::with_capacity(items.len());
    let mut previous_end = 0;
    for (index, item) in items.iter().enumerate() {
        let gap = chars.get(previous_end..item.start).unwrap_or_default();
        let apart = !gap.iter().all(|c| is_space(*c) || *c == '-');
        previous_end = item.end;
        let text = word_text(items, index);
        // A multiplier of digits, as in "2.5 million", is left to its number.
        let multiplies =
            !apart && follows_number(items, index, &out) && multiplier(text, Some(code)).is_some();
        let never = text.is_empty() || multiplies || is_other_word(items, index, code);
        out.push(WordToken { text, apart, never, multiplies });
    }
    out
}

/// True if the word is no number word where it stands.
fn is_other_word(items: &[Item], index: usize, code: &str) -> bool {
    let text = word_text(items, index);
    let before = index.checked_sub(1).map_or("", |i| word_text(items, i));
    let number_before = index > 0 && matches!(items[index - 1].kind, Kind::Number(_));
    let counted = || number_before || ONES.iter().any(|(_, list)| listed(list, before)) || before == "a";
    NEVER.contains(&(code, text))
        || (code == "en" && text == "and" && !joins_number(items, index))
        || PER_HUNDRED.contains(&(before, text))
        // A weekday such as "quinta-feira".
        || (code == "pt" && word_text(items, index + 1) == "feira")
        // The month in "12 sept. 2026".
        || (code == "fr" && text == "sept" && number_before)
        || denominator(text).is_some_and(|d| d.plural || counted())
}

/// True if the item before is a number in digits or a multiplier of one.
fn follows_number(items: &[Item], index: usize, before: &[WordToken]) -> bool {
    let Some(previous) = index.checked_sub(1) else {
        return false;
    };
    let number = matches!(items.get(previous).map(|item| &item.kind), Some(Kind::Number(_)));
    number || before.last().is_some_and(|token| token.multiplies)
}

/// Word at an index; empty if there is none.
fn word_text(items: &[Item], index: usize) -> &str {
    match items.get(index).map(|item| &item.kind) {
        Some(Kind::Word { text, .. }) => text,
        _ => "",
    }
}

/// True if an English "and" stands within one number: "two hundred and five", not "and two hundred".
fn joins_number(items: &[Item], index: usize) -> bool {
    let before = index.checked_sub(1).map_or("", |i| word_text(items, i));
    let second_hundred = before == word_text(items, index + 2);
    BEFORE_AND.contains(&before) && !second_hundred
}

/// Number item of an occurrence of number words.
fn number(occurrence: &Occurence, items: &[Item], code: &str) -> Number {
    let value = from_float(occurrence.value);
    let lone = occurrence.end == occurrence.start + 1;
    let word = word_text(items, occurrence.start);
    let next = word_text(items, occurrence.end);
    let doubtful = listed(UNCERTAIN, word)
        || (code == "fr" && word == "neuf" && !next.ends_with(['s', 'x']))
        || (code == "it" && word == "sei" && !next.ends_with(['i', 'e']));
    Number {
        plain: value.parse().ok(),
        offered: value == "1" || (lone && doubtful),
        readings: vec![Reading::Number(value)],
        ..Number::default()
    }
}

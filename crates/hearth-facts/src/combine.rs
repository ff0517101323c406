//! Turns items into facts; joins numbers with multipliers, fractions and signs.

use super::dates::date_at;
use super::lex::{Item, Kind, Number};
use super::normal::is_space;
use super::number::{fraction, from_float};
use super::reading::{Fact, Reading};
use super::times::time_at;
use super::units::{denominator, multiplier};

/// Items of a text with their places.
pub(crate) struct Scan<'a> {
    /// Normalised text.
    pub(crate) chars: &'a [char],
    /// Items in order.
    pub(crate) items: &'a [Item],
    /// ISO 639-1 code of the language.
    pub(crate) language: Option<&'a str>,
}

/// Facts that begin at an item, and the index of the item after them.
pub(crate) type Found = (usize, Vec<Fact>);

impl Scan<'_> {
    /// Characters between an item and the next; a mark that nothing allows if they overlap or at the end.
    pub(crate) fn gap(&self, index: usize) -> &[char] {
        let range = match (self.items.get(index), self.items.get(index + 1)) {
            (Some(a), Some(b)) => self.chars.get(a.end..b.start),
            _ => None,
        };
        range.unwrap_or(&['\0'])
    }

    /// True if the characters after an item are white space and the allowed marks, at most four.
    pub(crate) fn gap_has_only(&self, index: usize, marks: &str) -> bool {
        let gap = self.gap(index);
        gap.len() <= 4 && gap.iter().all(|c| is_space(*c) || marks.contains(*c))
    }

    /// True if only white space stands after an item.
    pub(crate) fn is_spaced(&self, index: usize) -> bool {
        self.gap_has_only(index, "")
    }

    /// Word at an index; empty if there is none.
    pub(crate) fn word(&self, index: usize) -> &str {
        match self.items.get(index).map(|item| &item.kind) {
            Some(Kind::Word { text, .. }) => text,
            _ => "",
        }
    }

    /// Number at an index.
    pub(crate) fn number(&self, index: usize) -> Option<&Number> {
        match self.items.get(index).map(|item| &item.kind) {
            Some(Kind::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// Index of the number after a range sign or a word such as "to" or "and".
    pub(crate) fn range_end(&self, index: usize) -> Option<usize> {
        let marked = self.gap(index).iter().any(|c| matches!(c, '-' | '–' | ',' | '&'));
        if marked && self.gap_has_only(index, "-–,.&") {
            return Some(index + 1);
        }
        let word = matches!(
            self.word(index + 1),
            "to" | "and"
                | "until"
                | "till"
                | "bis"
                | "auf"
                | "und"
                | "à"
                | "au"
                | "et"
                | "a"
                | "al"
                | "y"
                | "e"
                | "tot"
                | "en"
                | "or"
                | "oder"
                | "ou"
                | "o"
                | "til"
                | "og"
                | "до"
                | "и"
                | "do"
        );
        let article =
            matches!(self.word(index + 2), "the" | "den" | "dem" | "zum" | "le" | "el" | "il" | "de");
        let end = index + 2 + usize::from(article && self.is_spaced(index + 2));
        (word && self.gap_has_only(index, ".") && self.is_spaced(index + 1)).then_some(end)
    }
}

/// Facts of all items.
pub(crate) fn facts(scan: &Scan) -> Vec<Fact> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < scan.items.len() {
        let found = date_at(scan, at).or_else(|| time_at(scan, at)).or_else(|| number_at(scan, at));
        let (next, facts) = found.unwrap_or_else(|| (at + 1, plain(scan, at)));
        out.extend(facts);
        at = next.max(at + 1);
    }
    out
}

/// Facts of an item alone.
fn plain(scan: &Scan, at: usize) -> Vec<Fact> {
    match scan.items.get(at).map(|item| &item.kind) {
        Some(Kind::Number(number)) => vec![fact(number)],
        Some(Kind::Fixed(readings)) => vec![Fact { readings: readings.clone(), required: true }],
        _ => Vec::new(),
    }
}

/// Fact of a number.
pub(crate) fn fact(number: &Number) -> Fact {
    Fact { readings: number.readings.clone(), required: !number.offered }
}

/// Number with its sign in words, a fraction after it and its multipliers.
fn number_at(scan: &Scan, at: usize) -> Option<Found> {
    let mut number = scan.number(at)?.clone();
    let mut next = at + 1;
    if let Some(sum) = mixed_fraction(scan, at) {
        number.readings = vec![Reading::Number(sum)];
        number.plain = None;
        next += 1;
    }
    if let Some(year) = spoken_year(scan, at) {
        number.readings = vec![Reading::Number(year)];
        number.plain = None;
        next += 1;
    }
    if let Some(value) = words_fraction(scan, at) {
        number.readings.insert(0, Reading::Number(value));
        number.plain = None;
        next += 1;
    }
    while scan.is_spaced(next - 1) {
        let Some(places) = multiplier(scan.word(next), scan.language) else {
            break;
        };
        number.scale(places);
        number.offered = false;
        next += 1;
    }
    if at > 0 && is_minus(scan, at - 1) {
        number.negate();
    } else if next == at + 1 {
        number.readings.extend(spaced_code(scan, at));
    }
    Some((next, vec![fact(&number)]))
}

/// Sum of a whole number and the fraction directly after it, as in "1 1/2" and "1½".
fn mixed_fraction(scan: &Scan, at: usize) -> Option<String> {
    let whole = scan.number(at)?.plain?;
    let part = scan.number(at + 1).filter(|n| n.fraction && scan.gap(at).len() <= 1 && scan.is_spaced(at))?;
    match part.readings.first()? {
        Reading::Number(value) => Some(from_float(f64::from(whole) + value.parse::<f64>().ok()?)),
        _ => None,
    }
}

/// Code written with a space, as in "LH 1234": up to four capitals before a whole number.
fn spaced_code(scan: &Scan, at: usize) -> Option<Reading> {
    let letters = scan.items.get(at.checked_sub(1)?)?;
    let digits = scan.items.get(at)?;
    let range = scan.chars.get(letters.start..letters.end)?;
    let capitals = range.len() <= 4 && range.iter().all(char::is_ascii_uppercase);
    let whole = scan.number(at)?.digits > 0 && scan.is_spaced(at - 1);
    let parts = range.iter().chain(scan.chars.get(digits.start..digits.end)?);
    (capitals && whole).then(|| Reading::Code(parts.map(char::to_ascii_lowercase).collect()))
}

/// English year in words: "nineteen eighty-four", "twenty twenty-five".
fn spoken_year(scan: &Scan, at: usize) -> Option<String> {
    let word = |index: usize| scan.number(index).filter(|n| n.digits == 0 && !n.offered)?.plain;
    let (century, rest) = (word(at)?, word(at + 1)?);
    let english = scan.language.is_none_or(|l| l == "en") && scan.gap_has_only(at, "-");
    let year = english && (11..=20).contains(&century) && (10..100).contains(&rest);
    year.then(|| (century * 100 + rest).to_string())
}

/// Value of a number with a denominator in words, as in "two thirds".
fn words_fraction(scan: &Scan, at: usize) -> Option<String> {
    let top = scan.number(at)?.plain.filter(|n| scan.gap_has_only(at, "-") && (1..10).contains(n))?;
    let bottom = denominator(scan.word(at + 1))?.value;
    fraction(top, bottom).filter(|_| top < bottom)
}

/// True if the word at the index is a minus and no difference of two numbers.
fn is_minus(scan: &Scan, at: usize) -> bool {
    let word = matches!(scan.word(at), "minus" | "минус") && scan.is_spaced(at);
    let difference = at > 0 && scan.number(at - 1).is_some() && scan.is_spaced(at - 1);
    word && !difference
}

//! Turns items into facts; joins numbers with multipliers, fractions and signs.

use super::dates::date_at;
use super::item::Kind;
use super::number::{fraction, from_float};
use super::reading::{Fact, Reading};
use super::scan::{Found, Scan, fact};
use super::times::time_at;
use super::units::{denominator, multiplier};

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

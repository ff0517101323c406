//! Raised numbers: `^1`, `¹²`.

use super::bracket::read_bracket;
use super::cursor::{Cursor, Parse, Stop};
use super::form::{Element, Form, Place, add};
use super::numbers::Numbers;

/// Reads `^1`, `^1^`, `^[1]`.
pub(super) fn read_caret(cur: &mut Cursor<'_>, place: Place<'_>, found: &mut Vec<Element>) -> Parse<()> {
    cur.expect('^')?;
    if cur.peek()? == Some('[') {
        read_bracket(cur, place, found)?;
        cur.take('^')?;
    } else {
        let mut numbers = Numbers::default();
        let mut number = 0;
        let digits = cur.skip(|c| c.is_ascii_digit())?;
        cur.at -= digits;
        for _ in 0..digits.min(3) {
            number = number * 10 + cur.next()?.to_digit(10).unwrap_or(0);
        }
        numbers.list.push(number);
        cur.take('^')?;
        if !(1..=3).contains(&digits) || number == 0 || number > 200 || continues_number(cur)? {
            return Err(Stop::No);
        }
        add(cur, numbers, Form::Raised, found);
    }
    if let Some(last) = found.last_mut() {
        last.form = Form::Raised;
        last.end = cur.at;
    }
    Ok(())
}

/// True if a number goes on here, as a word or a decimal.
fn continues_number(cur: &Cursor<'_>) -> Parse<bool> {
    let mut next = *cur;
    let is_point = next.take_if(|c| ".,".contains(c))?;
    let c = next.peek()?;
    Ok(c.is_some_and(|c| c.is_ascii_digit() || (!is_point && (c.is_ascii_alphabetic() || c == '_'))))
}

/// Reads raised digits: one number if that passage exists, or else one number a digit.
pub(super) fn read_raised(cur: &mut Cursor<'_>, place: Place<'_>, found: &mut Vec<Element>) -> Parse<()> {
    let mut digits = Vec::new();
    while let Some(digit) = cur.peek()?.and_then(raised_digit) {
        cur.at += 1;
        digits.push(digit);
    }
    if cur.peek()?.is_some_and(|c| "⁺⁻⁼ⁿⁱ".contains(c)) {
        return Err(Stop::No);
    }
    let number = digits.iter().fold(0u32, |sum, digit| sum.saturating_mul(10).saturating_add(*digit));
    let list = if number <= place.passages { vec![number] } else { digits };
    let list = list.into_iter().filter(|number| *number > 0).collect();
    add(cur, Numbers { list, is_named: true, is_several: false }, Form::Raised, found);
    Ok(())
}

/// Value of a raised digit.
pub(super) fn raised_digit(c: char) -> Option<u32> {
    match c {
        '⁰' => Some(0),
        '¹' => Some(1),
        '²' => Some(2),
        '³' => Some(3),
        '⁴'..='⁹' => Some(c as u32 - '⁰' as u32),
        _ => None,
    }
}

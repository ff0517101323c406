//! Splits a text into words, numbers, dates, times and codes.

use super::item::{Item, Kind, Number, lower, word};
use super::normal::{digit_run, is_space};
use super::number::{HARD_GROUP, PLAIN_GROUP};
use super::piece;
use super::reading::Reading;

/// Items of a normalised text; `whole_word` tells which hyphenated words stay in one.
pub(crate) fn items(chars: &[char], whole_word: &dyn Fn(&str) -> bool) -> Vec<Item> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        if let Some((digits, end)) = phone(chars, at) {
            out.push(Item { start: at, end, kind: Kind::Fixed(vec![Reading::Digits(digits)]) });
            at = end;
        } else if let Some(value) = vulgar_fraction(c) {
            out.push(Item { start: at, end: at + 1, kind: Kind::Number(fraction_number(value)) });
            at += 1;
        } else if is_piece_char(c) || starts_with_point(chars, at) {
            let end = piece_end(chars, at);
            push_piece(chars, at, end, whole_word, &mut out);
            at = end;
        } else {
            at += 1;
        }
    }
    out
}

/// Number item of a fraction sign.
fn fraction_number(value: &str) -> Number {
    Number { readings: vec![Reading::Number(value.to_string())], fraction: true, ..Number::default() }
}

/// Value of a fraction sign.
fn vulgar_fraction(c: char) -> Option<&'static str> {
    let value = match c {
        '½' => "0.5",
        '¼' => "0.25",
        '¾' => "0.75",
        '⅓' => "0.333333",
        '⅔' => "0.666667",
        '⅛' => "0.125",
        '⅜' => "0.375",
        '⅝' => "0.625",
        '⅞' => "0.875",
        '⅕' => "0.2",
        _ => return None,
    };
    Some(value)
}

/// True for a decimal without a digit before its point, such as ".5", after white space.
fn starts_with_point(chars: &[char], at: usize) -> bool {
    let before = at == 0 || is_space(chars[at - 1]) || chars[at - 1] == '(';
    chars[at] == '.' && before && digit_run(chars, at + 1) > 0
}

/// True for a character of a word or number: ASCII digit or letter of a script that has codes.
fn is_piece_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || (c.is_alphabetic() && matches!(u32::from(c), 0xAA..0x530 | 0x1E00..0x2000))
}

/// Index after the piece that begins at `start`: letters and digits, and joining marks between them.
fn piece_end(chars: &[char], start: usize) -> usize {
    let mut end = start + 1;
    while end < chars.len() {
        let next = chars.get(end + 1).copied().unwrap_or(' ');
        let joined = is_piece_char(next) && joins(chars, end, next);
        if is_piece_char(chars[end]) || (chars[end] == '-' && chars[end - 1] == '^' && next.is_ascii_digit())
        {
            end += 1;
        } else if joined {
            end += 2;
        } else {
            break;
        }
    }
    end
}

/// True if the mark at `at` joins its neighbours to one piece.
fn joins(chars: &[char], at: usize, next: char) -> bool {
    let before = chars[at - 1];
    let digits = before.is_ascii_digit() && next.is_ascii_digit();
    match chars[at] {
        '-' | '_' | '/' => is_piece_char(before),
        '^' => is_piece_char(before) && next.is_ascii_digit(),
        '.' | ',' | ':' | HARD_GROUP | PLAIN_GROUP => digits,
        '\'' => digits && digit_run(chars, at + 1) == 3,
        _ => false,
    }
}

/// True if the minus at `at` is a sign: after white space, an opening bracket or the beginning.
pub(crate) fn is_sign(chars: &[char], at: usize) -> bool {
    let free = match at.checked_sub(1) {
        None => true,
        Some(i) => is_space(chars[i]) || matches!(chars[i], '(' | '[' | '{' | '"' | '„' | '“' | '«'),
    };
    chars[at] == '-' && free
}

/// Items of one piece.
fn push_piece(chars: &[char], start: usize, end: usize, whole: &dyn Fn(&str) -> bool, out: &mut Vec<Item>) {
    if chars[start..end].iter().any(char::is_ascii_digit) {
        let negative = start > 0 && is_sign(chars, start - 1);
        let first = out.len();
        piece::classify(chars, start, end, negative, out);
        if chars.get(end) != Some(&'.') {
            out.iter_mut().skip(first).for_each(drop_day_and_month);
        }
        return;
    }
    let text = lower(&chars[start..end]);
    if text.contains('-') && whole(&text) {
        out.push(word(chars, start, end));
        return;
    }
    let mut from = start;
    for at in start..=end {
        if at == end || !is_piece_char(chars[at]) {
            out.push(word(chars, from, at));
            from = at + 1;
        }
    }
}

/// Drops the reading "13 January" of "13.1", which needs a point behind it.
fn drop_day_and_month(item: &mut Item) {
    if let Kind::Number(number) = &mut item.kind {
        number.readings.retain(|r| !matches!(r, Reading::Date(date) if date.day.is_some()));
    }
}

/// Phone number that begins at `at` with "+" or a zero: its digits and the index after it.
fn phone(chars: &[char], at: usize) -> Option<(String, usize)> {
    let plus = chars[at] == '+';
    let first = at + usize::from(plus);
    let open =
        at > 0 && (is_piece_char(chars[at - 1]) || matches!(chars[at - 1], '.' | ',' | ':' | '/' | '^'));
    let leading_zero = chars.get(first) == Some(&'0') && digit_run(chars, first) >= 2;
    if open || !(leading_zero || (plus && digit_run(chars, first) > 0)) {
        return None;
    }
    let piece: String = chars[first..piece_end(chars, first)].iter().collect();
    if piece::is_date(&piece) {
        return None;
    }
    let mut digits = String::from(if plus { "+" } else { "" });
    let mut end = first;
    let mut next = Some(first);
    while let Some(group) = next {
        let run = digit_run(chars, group);
        if !is_free_group(chars, group + run) {
            break;
        }
        // "(0)" after a country code is not dialled with it.
        let trunk = plus && run == 1 && chars[group] == '0' && chars.get(group.wrapping_sub(1)) == Some(&'(');
        if !trunk {
            digits.extend(&chars[group..group + run]);
        }
        end = group + run;
        next = next_group(chars, end);
    }
    let enough = if plus { 8 } else { 6 };
    (digits.len() >= enough).then_some((digits, end))
}

/// True if the digits that end at `end` are a group of their own: no letter, decimal or clock follows.
fn is_free_group(chars: &[char], end: usize) -> bool {
    let after = chars.get(end).copied().unwrap_or(' ');
    let mark = matches!(after, '.' | ',' | ':') && digit_run(chars, end + 1) > 0;
    !is_piece_char(after) && !mark
}

/// Start of the next digit group of a phone number after a space, slash, hyphen or brackets.
fn next_group(chars: &[char], end: usize) -> Option<usize> {
    let marks = chars
        .iter()
        .skip(end)
        .take_while(|c| matches!(**c, ' ' | '/' | '-' | '–' | '(' | ')' | HARD_GROUP | PLAIN_GROUP));
    let width = marks.count();
    ((1..=3).contains(&width) && digit_run(chars, end + width) > 0).then_some(end + width)
}

//! Classifies a piece of letters and digits without spaces: number, date, time, unit or code.

use super::clock::{clock, half_day, hour_minute};
use super::item::{Item, Kind, Number, is_numeric, number, word};
use super::number::{PLAIN_GROUP, canonical, fraction, is_separator, power_of_ten, readings};
use super::reading::{Date, Reading};
use super::units::{is_ordinal_ending, is_unit, multiplier};

/// Currency codes that may stand directly before an amount.
const CURRENCIES: [&str; 8] = ["EUR", "USD", "CHF", "GBP", "DKK", "SEK", "NOK", "Rs"];

/// Appends the items of one piece of the text.
pub(crate) fn classify(chars: &[char], start: usize, end: usize, negative: bool, out: &mut Vec<Item>) {
    let text: String = chars[start..end].iter().collect();
    if let Some(kinds) = simple(&text, negative) {
        out.extend(kinds.into_iter().map(|kind| Item { start, end, kind }));
        return;
    }
    let part_list = |mark: &[char]| parts(chars, start, end, mark);
    for mark in ['T', '/', '-', 'x'] {
        let parts = part_list(&[mark]);
        let texts: Vec<String> = parts.iter().map(|(a, b)| chars[*a..*b].iter().collect()).collect();
        if parts.len() > 1 && splits(mark, &texts) {
            for (index, (from, to)) in parts.into_iter().enumerate() {
                push_part(chars, from, to, negative && index == 0, out);
            }
            return;
        }
    }
    if is_numeric(&text) && text.contains([',', '\'']) {
        for (from, to) in part_list(&[',', '\'']) {
            push_part(chars, from, to, negative && from == start, out);
        }
        return;
    }
    if let Some(at) = word_border(&chars[start..end]) {
        push_part(chars, start, start + at, negative, out);
        push_part(chars, start + at + 1, end, false, out);
        return;
    }
    out.push(match text.split_once('^') {
        // A footnote mark behind a word.
        Some((base, _)) if base.chars().all(char::is_alphabetic) => {
            word(chars, start, start + base.chars().count())
        }
        _ => Item { start, end, kind: Kind::Fixed(vec![Reading::Code(code(&text))]) },
    });
}

/// Index of a hyphen between a code and a word, as in "F75-Pumpe" and "pre-F75"; none if there is none.
fn word_border(piece: &[char]) -> Option<usize> {
    let is_word = |part: &[char]| {
        let rest_small = part.iter().skip(1).all(|c| c.is_lowercase());
        part.len() >= 4 && rest_small && part.iter().all(|c| c.is_alphabetic())
    };
    let first = piece.iter().position(|c| *c == '-')?;
    let last = piece.iter().rposition(|c| *c == '-')?;
    if is_word(&piece[last + 1..]) { Some(last) } else { Some(first).filter(|at| is_word(&piece[..*at])) }
}

/// Ranges between the marks.
fn parts(chars: &[char], start: usize, end: usize, marks: &[char]) -> Vec<(usize, usize)> {
    let mut from = start;
    let pieces = chars[start..end].split(|c| marks.contains(c));
    pieces
        .map(|piece| {
            let range = (from, from + piece.len());
            from = range.1 + 1;
            range
        })
        .collect()
}

/// Appends one part of a split piece: a word or again a piece.
fn push_part(chars: &[char], from: usize, to: usize, negative: bool, out: &mut Vec<Item>) {
    if from == to {
        return;
    }
    if chars[from..to].iter().any(char::is_ascii_digit) {
        classify(chars, from, to, negative, out);
    } else {
        out.push(word(chars, from, to));
    }
}

/// True if the parts of a piece are values and words of their own and no code.
fn splits(mark: char, texts: &[String]) -> bool {
    let value = |t: &String| simple(t, false).is_some() && !is_code(t);
    let has_digit = |t: &String| t.contains(|c: char| c.is_ascii_digit());
    if mark == 'T' {
        return texts.len() == 2 && is_date(&texts[0]) && value(&texts[1]);
    }
    if mark == 'x' {
        return texts.iter().all(|t| has_digit(t) && value(t));
    }
    let mixed = |t: &String| has_digit(t) && t.contains(|c: char| c.is_alphabetic());
    if mark == '/' && texts.iter().all(mixed) {
        return true;
    }
    let unit = |t: &str| mark == '/' && is_unit(t);
    let leads = texts.first().is_some_and(|t| has_digit(t) || is_long_word(t) || unit(t));
    let rest_fits = |t: &String| if has_digit(t) { value(t) } else { is_unit(t) || is_word(t) };
    leads && texts.iter().all(rest_fits)
}

/// True for a part that only a code has: letters and digits that are no value.
fn is_code(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
}

/// True for letters that look like a word: small ones after the first, or many.
fn is_word(text: &str) -> bool {
    let rest_small = text.chars().skip(1).all(char::is_lowercase);
    let single_capital = text.chars().count() == 1 && text.chars().all(char::is_uppercase);
    (rest_small && !single_capital) || text.chars().count() >= 5
}

/// True for letters before a number that are a word and no letters of a code.
fn is_long_word(text: &str) -> bool {
    let count = text.chars().count();
    let rest_small = text.chars().skip(1).all(char::is_lowercase);
    count >= 5 || (count >= 3 && rest_small)
}

/// Kinds of a piece that needs no splitting; none if it has to be split or is a code.
fn simple(text: &str, negative: bool) -> Option<Vec<Kind>> {
    if let Some(dates) = dates(text) {
        return Some(vec![Kind::Fixed(dates)]);
    }
    if text.contains('-') || text.contains('/') {
        return joined(text);
    }
    let digits = text.find(|c: char| !(c.is_ascii_digit() || is_separator(c) || c == ':' || c == '^'));
    let (numeric, suffix) = text.split_at(digits.unwrap_or(text.len()));
    if numeric.is_empty() {
        let amount = CURRENCIES.iter().find_map(|c| text.strip_prefix(c)).filter(|amount| is_numeric(amount));
        if let Some(amount) = amount {
            return plain_number(amount, negative);
        }
        return is_unit(text).then(Vec::new);
    }
    if numeric.contains('^') {
        let value = power_of_ten(numeric).filter(|_| suffix.is_empty())?;
        return Some(vec![Kind::Number(number(vec![value], negative))]);
    }
    if numeric.contains(':') {
        return clock(numeric, suffix);
    }
    with_suffix(numeric, suffix, negative)
}

/// Number, time or list from digits with an ending.
fn with_suffix(numeric: &str, suffix: &str, negative: bool) -> Option<Vec<Kind>> {
    let small = suffix.to_lowercase();
    let mut kinds = plain_number(numeric, negative)?;
    if suffix.is_empty() {
        return Some(kinds);
    }
    if let Some(time) = half_day(numeric, &small).or_else(|| hour_minute(numeric, &small)) {
        return Some(vec![Kind::Fixed(vec![time])]);
    }
    let Some(Kind::Number(value)) = kinds.first_mut() else {
        return None;
    };
    if small == "uhr" || small == "h" {
        let hour = value.plain.and_then(|h| Reading::time(h, 0));
        value.readings.extend(hour);
        return Some(kinds);
    }
    if let Some(places) = glued_multiplier(suffix) {
        value.scale(places);
        value.readings.push(Reading::Code(code(&format!("{numeric}{suffix}"))));
        return Some(kinds);
    }
    if let Some(decimals) = suffix.strip_prefix('m').filter(|d| d.len() == 2 && is_numeric(d)) {
        // A height such as "1m80".
        return plain_number(&format!("{numeric}.{decimals}"), negative);
    }
    (is_unit(suffix) || is_ordinal_ending(suffix) || is_multiple(suffix)).then_some(kinds)
}

/// Power of ten of a multiplier directly behind a number: "3bn", "5M", "1.5k".
fn glued_multiplier(suffix: &str) -> Option<usize> {
    match suffix {
        "k" => Some(3),
        "M" => Some(6),
        _ => multiplier(&suffix.to_lowercase(), None).filter(|places| *places > 3),
    }
}

/// True for the ending of a multiple or of a decade.
fn is_multiple(suffix: &str) -> bool {
    matches!(suffix, "X" | "mal" | "er" | "fach")
}

/// Kinds of digits with decimal marks and thousands separators.
fn plain_number(text: &str, negative: bool) -> Option<Vec<Kind>> {
    let pointed = format!("0{text}");
    let text = if text.starts_with('.') { pointed.as_str() } else { text };
    let pure = text.bytes().all(|b| b.is_ascii_digit());
    if pure && text.len() >= 3 && text.starts_with('0') {
        return Some(vec![Kind::Fixed(vec![Reading::Digits(text.to_string())])]);
    }
    let values = readings(text);
    if values.is_empty() {
        return None;
    }
    let mut value = number(values, negative);
    if pure {
        value.plain = text.parse().ok().filter(|_| !negative);
        value.digits = text.len();
    } else if !negative {
        value.readings.extend(pointed_readings(text));
    }
    let mut kinds = vec![Kind::Number(value)];
    for group in text.split(PLAIN_GROUP).filter(|_| text.contains(PLAIN_GROUP)) {
        let mut part = number(readings(group), false);
        part.offered = true;
        kinds.push(Kind::Number(part));
    }
    Some(kinds)
}

/// Time, day and month, or month and year that digits with one point may be.
fn pointed_readings(text: &str) -> Vec<Reading> {
    let Some((left, right)) = text.split_once('.').filter(|(_, r)| r.bytes().all(|b| b.is_ascii_digit()))
    else {
        return Vec::new();
    };
    let (Ok(a), Ok(b)) = (left.parse::<u32>(), right.parse::<u32>()) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    if right.len() == 2 && left.len() <= 2 {
        out.extend(Reading::time(a, b));
    }
    if right.len() == 4 && left.len() <= 2 {
        out.extend(date(Some(b), a, None));
    } else if right.len() <= 2 && left.len() <= 2 {
        out.extend(date(None, b, Some(a)));
    }
    out
}

/// Kinds of digits joined by hyphens or slashes: fraction, digit group; none if they are several values.
fn joined(text: &str) -> Option<Vec<Kind>> {
    if is_unit(text) {
        return Some(Vec::new());
    }
    let pure = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if let Some((digits, ending)) = text.split_once('-').filter(|(a, _)| pure(a)) {
        // "10-го", an ordinal.
        if is_ordinal_ending(ending) {
            return plain_number(digits, false);
        }
    }
    if let Some((a, b)) = text.split_once('/').filter(|(a, b)| pure(a) && pure(b)) {
        let (a, b): (u32, u32) = (a.parse().ok()?, b.parse().ok()?);
        let small = a > 0 && a < b && (b <= 16 || matches!(b, 20 | 24 | 25 | 32 | 50 | 64 | 100));
        let value = fraction(a, b).filter(|_| small)?;
        let value = Number { fraction: true, ..number(vec![value], false) };
        return Some(vec![Kind::Number(value)]);
    }
    let groups: Vec<&str> = text.split(['-', '/']).collect();
    let digits = groups.concat();
    if groups.len() < 3 || digits.len() < 7 || !groups.iter().all(|g| pure(g)) {
        return None;
    }
    let mut kinds = vec![Kind::Fixed(vec![Reading::Digits(digits)])];
    for group in groups {
        let part = Number { offered: true, ..number(vec![canonical(group, "")], false) };
        kinds.push(Kind::Number(part));
    }
    Some(kinds)
}

/// True if the piece is a date.
pub(crate) fn is_date(text: &str) -> bool {
    dates(text).is_some()
}

/// Date readings of a piece of digits; none if it is no date.
fn dates(text: &str) -> Option<Vec<Reading>> {
    let mark = text.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '-' | '.' | '/'))?;
    let fields: Vec<&str> = text.split(mark).collect();
    if !fields.iter().all(|f| (1..=4).contains(&f.len()) && f.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let value = |i: usize| fields.get(i).and_then(|f| f.parse::<u32>().ok());
    let found: Vec<Reading> = match (fields.len(), fields[0].len()) {
        (3, 4) => date(value(0), value(1)?, value(2)).into_iter().collect(),
        (3, _) => day_first(mark, &fields)?,
        (2, 1 | 2) if mark != '.' && fields[1].len() == 4 => {
            date(value(1), value(0)?, None).into_iter().collect()
        }
        (2, 4) if mark == '-' && fields[1].len() == 2 => {
            date(value(0), value(1)?, None).into_iter().filter(|_| value(1) <= Some(12)).collect()
        }
        _ => Vec::new(),
    };
    (!found.is_empty()).then_some(found)
}

/// Readings of day, month and year, with a slash or hyphen also of month, day and year.
fn day_first(mark: char, fields: &[&str]) -> Option<Vec<Reading>> {
    let (a, b, year): (u32, u32, u32) =
        (fields[0].parse().ok()?, fields[1].parse().ok()?, fields[2].parse().ok()?);
    let years: Vec<u32> = match fields[2].len() {
        4 => vec![year],
        2 if fields[0].len() <= 2 => vec![2000 + year, 1900 + year],
        _ => return None,
    };
    let mut out = Vec::new();
    for year in years {
        out.extend(date(Some(year), b, Some(a)));
        if mark != '.' && a != b {
            out.extend(date(Some(year), a, Some(b)));
        }
    }
    if mark == '.' && fields[2].len() == 2 && !out.is_empty() {
        // It may be a version as well.
        out.push(Reading::Code(fields.join(".")));
    }
    Some(out)
}

/// Date reading if month, day and year are possible.
pub(crate) fn date(year: Option<u32>, month: u32, day: Option<u32>) -> Option<Reading> {
    let year = year.map(u16::try_from).transpose().ok()?;
    let fits = (1..=12).contains(&month) && day.is_none_or(|d| (1..=31).contains(&d));
    let era = year.is_none_or(|y| (1000..3000).contains(&y));
    let day = day.map(u8::try_from).transpose().ok()?;
    (fits && era).then_some(Reading::Date(Date { year, month: u8::try_from(month).ok()?, day }))
}

/// Code in lower case without hyphens, slashes and the letter of a version.
fn code(text: &str) -> String {
    let small: String = text.to_lowercase().chars().filter(|c| !matches!(c, '-' | '/' | '_')).collect();
    match small.strip_prefix('v') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains('.') => {
            rest.to_string()
        }
        _ => small,
    }
}

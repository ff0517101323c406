//! Uniform characters: digits of all scripts, signs, superscripts, thousands spaces; openings of claims.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::months::month_of;
use super::number::{HARD_GROUP, PLAIN_GROUP};

/// Zeros of the decimal digits of scripts other than Latin.
const ZEROS: [u32; 19] = [
    0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50, 0x0ED0,
    0x0F20, 0x1040, 0x17E0, 0x1810, 0xFF10, 0x07C0,
];

/// No-break or thin space of which is not known yet whether it stands between thousands.
const RAW_HARD: char = '\u{2009}';

/// Words that open a numbered step.
const STEP_WORDS: [&str; 15] = [
    "step",
    "schritt",
    "étape",
    "etape",
    "paso",
    "passo",
    "passaggio",
    "stap",
    "trin",
    "steg",
    "krok",
    "шаг",
    "fase",
    "phase",
    "passos",
];

/// Characters of the text in uniform writing.
pub(crate) fn normalise(text: &str) -> Vec<char> {
    let composed: Vec<char> = if is_nfc(text) { text.chars().collect() } else { text.nfc().collect() };
    let mut out = Vec::with_capacity(composed.len() + 8);
    for (index, &c) in composed.iter().enumerate() {
        if let Some(digit) = superscript(c) {
            let follows = index > 0 && superscript(composed[index - 1]).is_some();
            if !follows && out.last().is_some_and(|p: &char| p.is_alphanumeric()) {
                out.push('^');
            }
            out.push(digit);
        } else if let Some(c) = uniform(c) {
            out.push(c);
        }
    }
    out
}

/// Digit or minus that a superscript stands for.
fn superscript(c: char) -> Option<char> {
    match c {
        '¹' => Some('1'),
        '²' => Some('2'),
        '³' => Some('3'),
        '⁻' => Some('-'),
        '⁰' | '⁴'..='⁹' => char::from_digit(u32::from(c) - 0x2070, 10),
        _ => None,
    }
}

/// Uniform writing of one character; none for a character that is not seen.
fn uniform(c: char) -> Option<char> {
    let code = u32::from(c);
    let mapped = match c {
        '\u{20}'..='\u{7e}' => c,
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => {
            return None;
        }
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => RAW_HARD,
        '\u{2010}' | '\u{2011}' | '\u{2212}' | '\u{fe63}' => '-',
        '\u{2012}'..='\u{2015}' => '–',
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => '\'',
        '\u{2044}' => '/',
        '\u{66b}' => '.',
        '\u{66c}' => ',',
        '₀'..='₉' => char::from_digit(code - 0x2080, 10)?,
        '\u{3000}' => ' ',
        _ => match ZEROS.iter().find(|zero| code >= **zero && code < **zero + 10) {
            Some(zero) => char::from_digit(code - zero, 10)?,
            None if (0xFF01..=0xFF5E).contains(&code) => char::from_u32(code - 0xFEE0)?,
            None => c,
        },
    };
    Some(mapped)
}

/// True for a space of any kind, grouping spaces included.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// Marks the spaces between thousands and makes all other no-break and thin spaces plain.
pub(crate) fn mark_groups(chars: &mut [char]) {
    let mut at = 0;
    while at < chars.len() {
        let run = digit_run(chars, at);
        if run == 0 {
            at += 1;
            continue;
        }
        at = if starts_number(chars, at) { mark_run(chars, at, run) } else { at + run };
    }
    for c in chars.iter_mut().filter(|c| **c == RAW_HARD) {
        *c = ' ';
    }
}

/// Number of ASCII digits from `at` on.
pub(crate) fn digit_run(chars: &[char], at: usize) -> usize {
    chars.iter().skip(at).take_while(|c| c.is_ascii_digit()).count()
}

/// True if the digits at `at` are not the tail of a code, a date or a decimal.
fn starts_number(chars: &[char], at: usize) -> bool {
    let Some(&before) = at.checked_sub(1).and_then(|i| chars.get(i)) else {
        return true;
    };
    let joined = matches!(before, '-' | '/' | '.' | ',' | ':' | '\'' | '^' | '_');
    let inner = joined && at >= 2 && chars[at - 2].is_alphanumeric();
    !before.is_alphanumeric() && !inner
}

/// Marks the spaces of one run of digit groups if it is a grouped number; position after the run.
fn mark_run(chars: &mut [char], start: usize, first: usize) -> usize {
    let mut spaces = Vec::new();
    let mut grouped = first <= 3 && chars[start] != '0';
    let mut end = start + first;
    while end + 1 < chars.len() && matches!(chars[end], ' ' | RAW_HARD) {
        let run = digit_run(chars, end + 1);
        let clock = matches!(chars.get(end + 1 + run), Some(':' | '/'));
        if run == 0 || clock {
            break;
        }
        grouped &= run == 3;
        spaces.push(end);
        end += 1 + run;
    }
    for space in spaces {
        chars[space] = match (grouped, chars[space]) {
            (true, ' ') => PLAIN_GROUP,
            (true, _) => HARD_GROUP,
            (false, _) => ' ',
        };
    }
    end
}

/// Removes what is no statement at the beginning of a claim, and Markdown marks.
pub(crate) fn strip_claim(chars: &[char], language: Option<&str>) -> Vec<char> {
    let clean = strip_marks(chars);
    let mut rest = clean.as_slice();
    for _ in 0..4 {
        rest = strip_bullet(rest);
        match strip_opening(rest, language) {
            Some(shorter) => rest = shorter,
            None => break,
        }
    }
    rest.to_vec()
}

/// Text without emphasis marks, code marks and link targets.
fn strip_marks(chars: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(chars.len());
    let word = |at: Option<usize>| at.and_then(|i| chars.get(i)).is_some_and(|c| c.is_alphanumeric());
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let run = chars[at..].iter().take_while(|x| **x == c).count();
        let inner = word(at.checked_sub(1)) && word(Some(at + run));
        match c {
            '*' | '_' if run >= 2 || !inner => at += run,
            '`' | '\\' => at += 1,
            ']' if chars.get(at + 1) == Some(&'(') => {
                at += chars[at..].iter().position(|x| *x == ')').map_or(1, |end| end + 1);
            }
            _ => {
                out.push(c);
                at += 1;
            }
        }
    }
    out
}

/// Text without white space, heading, quote and bullet marks at its beginning.
fn strip_bullet(chars: &[char]) -> &[char] {
    let mut rest = chars;
    while let Some((&c, tail)) = rest.split_first() {
        let bullet = matches!(c, '-' | '+' | '–') && tail.first().is_some_and(|n| is_space(*n));
        if !(is_space(c) || bullet || matches!(c, '#' | '>' | '•' | '◦' | '▪' | '·')) {
            break;
        }
        rest = tail;
    }
    rest
}

/// Text after a list or step number at its beginning; none if there is none.
fn strip_opening<'a>(chars: &'a [char], language: Option<&str>) -> Option<&'a [char]> {
    let letters = chars.iter().take_while(|c| c.is_alphabetic()).count();
    if letters > 0 {
        return strip_step(chars, letters);
    }
    let bracket = usize::from(chars.first() == Some(&'('));
    let mut end = bracket;
    loop {
        let run = digit_run(chars, end);
        if run == 0 || run > 2 {
            return None;
        }
        end += run;
        let more = chars.get(end) == Some(&'.') && digit_run(chars, end + 1) > 0;
        if !more {
            break;
        }
        end += 1;
    }
    let mark = chars[end..].iter().take_while(|c| matches!(c, '.' | ')')).count();
    let closed = mark > 0 && (bracket == 0 || chars[end] == ')');
    let rest = &chars[end + mark..];
    let spaced = rest.first().is_none_or(|c| is_space(*c));
    (closed && spaced && !continues_date(rest, language)).then_some(rest)
}

/// Text after an opening such as "Step 4:"; `letters` is the length of the first word.
fn strip_step(chars: &[char], letters: usize) -> Option<&[char]> {
    let word: String = chars[..letters].iter().flat_map(|c| c.to_lowercase()).collect();
    if !STEP_WORDS.contains(&word.as_str()) {
        return None;
    }
    let digits_at = letters + chars[letters..].iter().take_while(|c| is_space(**c)).count();
    let run = digit_run(chars, digits_at);
    let rest = chars.get(digits_at + run..)?;
    let spaces = rest.iter().take_while(|c| is_space(**c)).count();
    let rest = &rest[spaces..];
    let Some((mark, tail)) = rest.split_first() else {
        return (run > 0).then_some(rest);
    };
    let separator =
        matches!(mark, ':' | '.' | ')' | '–' | '-') && tail.first().is_none_or(|c| !c.is_ascii_digit());
    (run > 0 && separator).then_some(tail)
}

/// True if the text after "2." makes the number the day of a date: a month, or a range of days.
fn continues_date(rest: &[char], language: Option<&str>) -> bool {
    let rest: String = rest.iter().collect();
    let mut words = rest.split_whitespace();
    let first = words.next().unwrap_or_default();
    let name = first.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    let second_is_number = words.next().is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit()));
    let range = first.starts_with(['-', '–']) || matches!(first, "bis" | "und" | "to" | "and");
    month_of(&name, true, language).is_some() || (range && second_is_number)
}

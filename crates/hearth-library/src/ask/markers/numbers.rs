//! What stands inside the brackets of a marker: names, numbers, ranges, and what is ignored after them.

use super::cursor::{Cursor, Parse, Stop, is_blank};
use super::words::{CONJUNCTIONS, PLACE_WORDS, STRONG_NAMES, WEAK_NAMES};

/// Largest number in a marker: years and large numbers in brackets are text.
const MAX_NUMBER: u32 = 200;
/// Longest range of passages.
pub(super) const MAX_RANGE: u32 = 20;

/// Numbers that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Numbers as written; a range is spelled out.
    pub(super) list: Vec<u32>,
    /// True with the name of a passage or a sign such as `#`.
    pub(super) is_named: bool,
    /// True for a list or range.
    pub(super) is_several: bool,
}

/// Names that are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// Any name or none: square brackets.
    Free,
    /// A name that is hardly used otherwise must come first: round brackets.
    Required,
}

/// Reads the inside of brackets and the bracket `close`.
pub(super) fn read_inside(cur: &mut Cursor<'_>, close: char, naming: Naming) -> Parse<Numbers> {
    let mut found = Numbers::default();
    cur.skip_blanks()?;
    read_item(cur, &mut found, naming)?;
    loop {
        let blanks = cur.skip_blanks()?;
        let is_escaped = close == ']' && cur.take('\\')?;
        if cur.take(close)? {
            return Ok(found);
        }
        if is_escaped {
            return Err(Stop::No);
        }
        if cur.take('†')? {
            cur.skip(|c| c != '\n' && c != close && !",;[]".contains(c))?;
            continue;
        }
        if cur.attempt(|cur| read_remark(cur, blanks > 0, close))?.is_some() {
            continue;
        }
        if cur.attempt(read_place)?.is_some() {
            continue;
        }
        read_separator(cur)?;
        cur.skip_blanks()?;
        if cur.attempt(read_place)?.is_none() {
            read_item(cur, &mut found, Naming::Free)?;
            found.is_several = true;
        }
    }
}

/// Reads the separator of two items.
fn read_separator(cur: &mut Cursor<'_>) -> Parse<()> {
    let has_comma = cur.take_if(|c| ",;，、；،؛&+".contains(c))?;
    cur.skip_blanks()?;
    let has_word = cur.attempt(|cur| cur.listed_word(&[CONJUNCTIONS]))?.is_some();
    if has_comma || has_word { Ok(()) } else { Err(Stop::No) }
}

/// Reads `: the manual` or ` – the manual` after a number, up to the closing bracket.
fn read_remark(cur: &mut Cursor<'_>, has_blank: bool, close: char) -> Parse<()> {
    let is_colon = cur.take_if(|c| c == ':' || c == '：')?;
    let is_dash = !is_colon && has_blank && cur.take_if(|c| "-–—|".contains(c))?;
    if !is_colon && !is_dash {
        return Err(Stop::No);
    }
    cur.skip_blanks()?;
    let is_start =
        |c: char| c.is_alphabetic() || "\"“„«'‘*_".contains(c) || (close == '】' && c.is_numeric());
    if !cur.take_if(is_start)? {
        return Err(Stop::No);
    }
    cur.skip(|c| c != '\n' && c != close && !"[]<".contains(c))?;
    Ok(())
}

/// Reads a page, line or section, which is ignored: `p. 4`, `§ 3.2`.
fn read_place(cur: &mut Cursor<'_>) -> Parse<()> {
    if !cur.take('§')? {
        cur.listed_word(&[PLACE_WORDS])?;
    }
    cur.skip(|c| is_blank(c) || c == '.' || c == ':')?;
    if !cur.take_if(|c| c.is_ascii_digit())? {
        return Err(Stop::No);
    }
    cur.skip(|c| c.is_ascii_digit() || "-–.".contains(c))?;
    // A letter may follow the number, as in `p. 4f.`
    cur.skip(|c| c.is_ascii_lowercase())?;
    cur.take('.')?;
    cur.attempt(|cur| {
        cur.skip_blanks()?;
        cur.listed_word(&["f ff"])?;
        cur.take('.')
    })?;
    Ok(())
}

/// Reads names, a number, and perhaps the end of a range.
fn read_item(cur: &mut Cursor<'_>, found: &mut Numbers, naming: Naming) -> Parse<()> {
    found.is_named |= read_names(cur, naming)?;
    let first = read_number(cur)?;
    cur.take('^')?;
    let end = cur.attempt(|cur| {
        cur.skip_blanks()?;
        if !cur.take_if(|c| "-–—‑".contains(c))? {
            return Err(Stop::No);
        }
        cur.skip_blanks()?;
        read_names(cur, Naming::Free)?;
        read_number(cur)
    })?;
    let last = end.unwrap_or(first);
    // Passages count from 1: `[0, 1]` is an interval.
    if first == 0 || last > MAX_NUMBER || last < first || last - first > MAX_RANGE {
        return Err(Stop::No);
    }
    found.is_several |= end.is_some();
    found.list.extend(first..=last);
    Ok(())
}

/// Reads the names and signs before a number; true if there are any.
fn read_names(cur: &mut Cursor<'_>, naming: Naming) -> Parse<bool> {
    let is_sign = |c: char| "#№^".contains(c);
    let mut is_named = cur.skip(is_sign)? > 0;
    if is_named {
        cur.skip_blanks()?;
    }
    if naming == Naming::Required && is_named {
        return Err(Stop::No);
    }
    for round in 0..2 {
        let is_strict = naming == Naming::Required && round == 0;
        let lists: &[&str] = if is_strict { &[STRONG_NAMES] } else { &[STRONG_NAMES, WEAK_NAMES] };
        if is_strict {
            cur.listed_word(lists)?;
        } else if cur.attempt(|cur| cur.listed_word(lists))?.is_none() {
            break;
        }
        is_named = true;
        cur.skip(|c| is_blank(c) || is_sign(c) || ":：._-°".contains(c))?;
    }
    Ok(is_named)
}

/// Reads a whole number that is not part of a decimal or a word.
fn read_number(cur: &mut Cursor<'_>) -> Parse<u32> {
    let mut number = 0u32;
    let mut digits = 0;
    while let Some(digit) = cur.peek()?.and_then(|c| c.to_digit(10)) {
        cur.at += 1;
        number = number * 10 + digit;
        digits += 1;
        if digits > 3 {
            return Err(Stop::No);
        }
    }
    let is_glued = cur.peek()?.is_some_and(|c| c == '.' || c == '_' || c.is_alphabetic());
    if digits == 0 || is_glued { Err(Stop::No) } else { Ok(number) }
}

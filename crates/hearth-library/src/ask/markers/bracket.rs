//! Markers in square brackets, with a link after them.

use super::cursor::{Cursor, Parse, Stop};
use super::form::{Element, Form, Place, add};
use super::numbers::{Naming, read_inside};
use super::words::{LEAD_INS, STRONG_NAMES};

/// Longest link after a marker that is read as part of it; the rest of a longer one is passed over later.
const MAX_LINK_CHARS: usize = 40;

/// Reads `[1]`, `【1†source】`, `[[1], [2]]`, `[Source: [1]]`, with a link after it.
pub(super) fn read_bracket(cur: &mut Cursor<'_>, place: Place<'_>, found: &mut Vec<Element>) -> Parse<()> {
    let open = cur.next()?;
    let close = match open {
        '［' => '］',
        '【' => '】',
        '〔' => '〕',
        _ => ']',
    };
    if let Some(mut numbers) = cur.attempt(|cur| read_inside(cur, close, Naming::Free))? {
        numbers.is_named |= open == '【';
        add(cur, numbers, Form::Bracket, found);
    } else {
        let mut inner = Vec::new();
        read_words(cur)?;
        (place.read_inner)(cur, place.inside(), &mut inner)?;
        cur.skip_blanks()?;
        cur.expect(close)?;
        if !inner.iter().any(|element| element.is_sure) {
            return Err(Stop::No);
        }
        for element in &mut inner {
            element.form = Form::Bracket;
        }
        found.append(&mut inner);
    }
    let is_open = cur.attempt(read_link)?;
    if let Some(last) = found.last_mut() {
        last.end = cur.at;
        last.has_open_link = is_open == Some(true);
    }
    Ok(())
}

/// Reads the address of a link in parentheses; true if it is long and goes on.
fn read_link(cur: &mut Cursor<'_>) -> Parse<bool> {
    cur.expect('(')?;
    let mut address = String::new();
    while cur.peek()?.is_some_and(|c| !c.is_whitespace() && !"()".contains(c)) {
        address.push(cur.next()?);
        if address.len() >= MAX_LINK_CHARS && is_address(&address) {
            return Ok(true);
        }
    }
    if cur.skip_blanks()? > 0 {
        cur.expect('"')?;
        cur.skip(|c| c != '"' && c != '\n')?;
        cur.expect('"')?;
    }
    cur.expect(')')?;
    let is_file = address.contains('.') && !address.ends_with('.');
    if address.is_empty() || is_address(&address) || is_file || address.bytes().all(|b| b.is_ascii_digit()) {
        Ok(false)
    } else {
        Err(Stop::No)
    }
}

/// True for the beginning of an address.
pub(super) fn is_address(text: &str) -> bool {
    ["#", "/", "http://", "https://", "www."].iter().any(|start| text.starts_with(start))
}

/// Reads words that lead in a marker in square brackets, up to a colon.
fn read_words(cur: &mut Cursor<'_>) -> Parse<()> {
    cur.skip_blanks()?;
    if !cur.peek()?.is_some_and(char::is_alphabetic) {
        return Ok(());
    }
    for _ in 0..3 {
        cur.listed_word(&[LEAD_INS, STRONG_NAMES])?;
        cur.skip_blanks()?;
        if cur.take_if(|c| c == ':' || c == '：')? {
            cur.skip_blanks()?;
            return Ok(());
        }
    }
    Err(Stop::No)
}

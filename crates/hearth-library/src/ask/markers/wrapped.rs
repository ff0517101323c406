//! Forms around markers: parentheses, emphasis, tags.

use super::cursor::{Cursor, Parse, Stop, is_blank};
use super::form::{Element, Form, Place, add};
use super::numbers::{Naming, read_inside};
use super::words::{LEAD_INS, PLACE_WORDS, STRONG_NAMES};

/// Reads `([1], [2])`, `(see [1])`, `(Source 1)`, `(see Source 1, p. 4)`.
pub(super) fn read_parenthesis(
    cur: &mut Cursor<'_>,
    place: Place<'_>,
    found: &mut Vec<Element>,
) -> Parse<()> {
    let close = if cur.next()? == '（' { '）' } else { ')' };
    let mut has_lead = false;
    for _ in 0..6 {
        cur.skip_blanks()?;
        if let Some(numbers) = cur.attempt(|cur| read_inside(cur, close, Naming::Required))? {
            add(cur, numbers, Form::Parenthesis, found);
            return Ok(());
        }
        if cur.attempt(read_word)?.is_none() {
            break;
        }
        has_lead = true;
    }
    let mut inner = Vec::new();
    (place.read_inner)(cur, Place { is_in_parenthesis: true, ..place.inside() }, &mut inner)?;
    cur.attempt(read_places)?;
    cur.skip_blanks()?;
    cur.take('.')?;
    cur.expect(close)?;
    if inner.iter().any(|element| element.form == Form::Raised)
        || !(has_lead || inner.iter().any(|element| element.is_sure))
    {
        return Err(Stop::No);
    }
    for mut element in inner {
        element.form = Form::Parenthesis;
        element.is_sure = true;
        element.end = cur.at;
        found.push(element);
    }
    Ok(())
}

/// Reads `, p. 4` after markers in a parenthesis.
fn read_places(cur: &mut Cursor<'_>) -> Parse<()> {
    cur.skip_blanks()?;
    cur.take(',')?;
    cur.skip_blanks()?;
    cur.listed_word(&[PLACE_WORDS])?;
    cur.skip(|c| is_blank(c) || c == '.')?;
    if cur.skip(|c| c.is_ascii_digit() || "-–.".contains(c))? == 0 {
        return Err(Stop::No);
    }
    cur.skip(|c| c.is_ascii_lowercase() || c == '.')?;
    Ok(())
}

/// Reads one word that leads in a marker and its punctuation.
pub(super) fn read_word(cur: &mut Cursor<'_>) -> Parse<()> {
    cur.listed_word(&[LEAD_INS, STRONG_NAMES])?;
    cur.skip(|c| is_blank(c) || ".:：,".contains(c))?;
    Ok(())
}

/// Reads `**[1]**` and the like.
pub(super) fn read_emphasis(cur: &mut Cursor<'_>, place: Place<'_>, found: &mut Vec<Element>) -> Parse<()> {
    let mark = cur.peek()?.ok_or(Stop::No)?;
    let count = cur.skip(|c| c == mark)?;
    let row = usize::from(mark == '_');
    if count > 3 || place.closes(row, count) {
        return Err(Stop::No);
    }
    let mut inner = Vec::new();
    let mut inside = Place { takes_raised: place.takes_raised, ..place.inside() };
    inside.emphasis[row] = true;
    (place.read_inner)(cur, inside, &mut inner)?;
    for _ in 0..count {
        cur.expect(mark)?;
    }
    if cur.peek()? == Some(mark) || inner.iter().any(|element| element.has_open_link) {
        return Err(Stop::No);
    }
    for mut element in inner {
        element.end = cur.at;
        found.push(element);
    }
    Ok(())
}

/// Reads `<sup>1</sup>`, `<sup>[1]</sup>`, `<cite>1</cite>`.
pub(super) fn read_tag(cur: &mut Cursor<'_>, place: Place<'_>, found: &mut Vec<Element>) -> Parse<()> {
    cur.expect('<')?;
    let name = cur.listed_word(&["sup cite ref citation source"])?;
    // Attributes of the tag say nothing that the text does not.
    if cur.peek()? == Some(' ') {
        cur.skip(|c| !"<>\n".contains(c))?;
    }
    cur.expect('>')?;
    let is_power = name == "sup" && !place.takes_raised();
    let numbers = if is_power { None } else { cur.attempt(|cur| read_inside(cur, '<', Naming::Free))? };
    if let Some(numbers) = numbers {
        read_closing(cur, &name)?;
        add(cur, numbers, Form::Raised, found);
        return Ok(());
    }
    let mut inner = Vec::new();
    (place.read_inner)(cur, Place { takes_raised: false, ..place.inside() }, &mut inner)?;
    cur.skip_blanks()?;
    cur.expect('<')?;
    read_closing(cur, &name)?;
    for mut element in inner {
        element.form = Form::Raised;
        element.is_sure = true;
        element.end = cur.at;
        found.push(element);
    }
    Ok(())
}

/// Reads the rest of a closing tag after its `<`.
fn read_closing(cur: &mut Cursor<'_>, name: &str) -> Parse<()> {
    cur.expect('/')?;
    cur.expect_text(name)?;
    cur.expect('>')
}

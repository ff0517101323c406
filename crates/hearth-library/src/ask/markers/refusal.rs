//! The fixed token by which the model says that the sources do not answer.

use super::cursor::{Cursor, Parse, Stop};

/// Token by which the model says that the sources do not answer.
pub(crate) const REFUSAL_TOKEN: &str = "NOT_IN_SOURCES";

/// Marks that may stand around the token, each with its counterpart.
const WRAPPERS: &[(char, &[char])] = &[
    ('[', &[']']),
    ('(', &[')']),
    ('*', &['*']),
    ('_', &['_']),
    ('`', &['`']),
    ('"', &['"']),
    ('\'', &['\'']),
    ('“', &['”']),
    ('„', &['“', '”']),
    ('‘', &['’']),
    ('«', &['»']),
    ('»', &['«']),
    ('「', &['」']),
];

/// Reads white space and the token with the marks around it; returns the count of the white space.
pub(super) fn read_refusal(cur: &mut Cursor<'_>, is_in_word: bool) -> Parse<usize> {
    let blanks = cur.skip(char::is_whitespace)?;
    if is_in_word && blanks == 0 && cur.peek()? == Some('N') {
        return Err(Stop::No);
    }
    let mut closers = Vec::new();
    while let Some(c) = cur.peek()? {
        let Some((_, closer)) = WRAPPERS.iter().find(|(open, _)| *open == c) else {
            break;
        };
        if closers.len() == 6 {
            return Err(Stop::No);
        }
        closers.push(*closer);
        cur.at += 1;
    }
    for c in REFUSAL_TOKEN.chars() {
        cur.expect(c)?;
    }
    let is_wrapped = !closers.is_empty();
    cur.take_if(is_stop)?;
    while let Some(closer) = closers.pop() {
        if !cur.take_if(|c| closer.contains(&c))? {
            return Err(Stop::No);
        }
    }
    if is_wrapped {
        cur.take_if(is_stop)?;
    } else if cur.peek()?.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return Err(Stop::No);
    }
    Ok(blanks)
}

/// True for a full stop or colon.
fn is_stop(c: char) -> bool {
    ".:。：".contains(c)
}

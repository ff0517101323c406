//! Forms of a single marker: brackets, raised numbers, tags, emphasis around them, and parentheses.

use super::bracket::read_bracket;
use super::cursor::{Cursor, Parse, Stop};
use super::form::{Element, Place};
use super::raised::{raised_digit, read_caret, read_raised};
use super::wrapped::{read_emphasis, read_parenthesis, read_tag};

/// Deepest nesting of forms, such as `(**[1]**)`.
const MAX_DEPTH: usize = 3;

/// Reads one marker of any form; a form around several adds them all.
pub(super) fn read_element(cur: &mut Cursor<'_>, place: Place, found: &mut Vec<Element>) -> Parse<()> {
    if place.depth > MAX_DEPTH {
        return Err(Stop::No);
    }
    match cur.peek()?.ok_or(Stop::No)? {
        '\\' => {
            cur.at += 1;
            if cur.peek()? == Some('[') { read_bracket(cur, place, found) } else { Err(Stop::No) }
        }
        '[' | '［' | '【' | '〔' => read_bracket(cur, place, found),
        '(' | '（' if !place.is_in_parenthesis => read_parenthesis(cur, place, found),
        '*' | '_' => read_emphasis(cur, place, found),
        '<' => read_tag(cur, place, found),
        '^' if place.takes_raised() => read_caret(cur, place, found),
        c if raised_digit(c).is_some_and(|digit| digit > 0) && place.takes_raised() => {
            read_raised(cur, place, found)
        }
        _ => Err(Stop::No),
    }
}

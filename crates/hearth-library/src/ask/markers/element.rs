//! Forms of a single marker: brackets, raised numbers, tags, emphasis around them, and parentheses.

use super::before::Before;
use super::cursor::{Cursor, Parse, Stop};
use super::numbers::{Naming, Numbers, read_inside};
use super::raised::{raised_digit, read_caret, read_raised};
use super::sequence::read_sequence;
use super::words::{LEAD_INS, STRONG_NAMES};
use super::wrapped::{read_emphasis, read_parenthesis, read_tag};

/// Deepest nesting of forms, such as `(**[1]**)`.
const MAX_DEPTH: usize = 3;
/// Longest link after a marker that is read as part of it; the rest of a longer one is passed over later.
const MAX_LINK_CHARS: usize = 40;

/// What a form needs to know of its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Count of the passages.
    pub(super) passages: u32,
    /// Text before the outermost form.
    pub(super) before: Option<&'a Before>,
    /// True if a raised number here is no power, whatever stands before.
    pub(super) takes_raised: bool,
    /// True inside emphasis by `*` and by `_`.
    pub(super) emphasis: [bool; 2],
    /// True inside a parenthesis that may be a marker.
    pub(super) is_in_parenthesis: bool,
    /// Count of the forms around.
    pub(super) depth: usize,
}

impl<'a> Place<'a> {
    /// Place after the text `before`; without one, raised numbers are markers and emphasis only opens.
    pub(super) fn new(passages: u32, before: Option<&'a Before>) -> Self {
        Place {
            passages,
            before,
            takes_raised: before.is_none(),
            emphasis: [false; 2],
            is_in_parenthesis: false,
            depth: 0,
        }
    }

    /// Place inside a form.
    pub(super) fn inside(self) -> Self {
        Place { takes_raised: true, depth: self.depth + 1, ..self }
    }

    /// True if a raised number here is no power.
    pub(super) fn takes_raised(self) -> bool {
        self.takes_raised || self.before.is_some_and(Before::takes_raised)
    }

    /// True if `count` of the mark of emphasis in `row` would close emphasis here.
    pub(super) fn closes(self, row: usize, count: usize) -> bool {
        self.emphasis[row] || self.before.is_some_and(|before| before.open_emphasis()[row][count - 1])
    }
}

/// Way in which a marker is written, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Square or similar brackets.
    Bracket,
    /// Number above the line.
    Raised,
    /// In round brackets.
    Parenthesis,
}

/// Marker that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Numbers as written.
    pub(super) numbers: Vec<u32>,
    /// True for anything but a list or range without a name.
    pub(super) is_sure: bool,
    /// Way in which it is written.
    pub(super) form: Form,
    /// Position after it.
    pub(super) end: usize,
    /// True if a long link follows whose rest must be passed over.
    pub(super) has_open_link: bool,
}

impl Element {
    /// True for a list or range without a name that has a number of no passage.
    pub(super) fn is_beyond(&self, passages: u32) -> bool {
        !self.is_sure && self.numbers.iter().any(|&number| number > passages)
    }
}

/// True for the first character of a marker.
pub(super) fn begins_marker(c: char) -> bool {
    "\\[［【〔(（*_<^¹²³⁴⁵⁶⁷⁸⁹".contains(c)
}

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

/// Adds an element that ends here.
pub(super) fn add(cur: &Cursor<'_>, numbers: Numbers, form: Form, found: &mut Vec<Element>) {
    let is_sure = numbers.is_named || !numbers.is_several || form != Form::Bracket;
    let numbers = numbers.list;
    found.push(Element { numbers, is_sure, form, end: cur.at, has_open_link: false });
}

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
        read_sequence(cur, place.inside(), &mut inner)?;
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

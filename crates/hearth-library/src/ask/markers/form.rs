//! A marker, and its place among the forms around it.

use super::before::Before;
use super::cursor::{Cursor, Parse};
use super::numbers::Numbers;

/// Reader of markers: forms contain each other, so that each gets the reader of what may stand inside it.
pub(super) type ReadMarkers =
    for<'c, 'p, 'e> fn(&'c mut Cursor<'_>, Place<'p>, &'e mut Vec<Element>) -> Parse<()>;

/// What a form needs to know of its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Reader of the markers inside a form.
    pub(super) read_inner: ReadMarkers,
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
    pub(super) fn new(read_inner: ReadMarkers, passages: u32, before: Option<&'a Before>) -> Self {
        Place {
            read_inner,
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

/// Adds an element that ends here.
pub(super) fn add(cur: &Cursor<'_>, numbers: Numbers, form: Form, found: &mut Vec<Element>) {
    let is_sure = numbers.is_named || !numbers.is_several || form != Form::Bracket;
    let numbers = numbers.list;
    found.push(Element { numbers, is_sure, form, end: cur.at, has_open_link: false });
}

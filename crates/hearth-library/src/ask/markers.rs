//! Takes citation markers out of a stream of text, in all the forms that models write, together with the
//! model's own list of sources, echoes of the prompt's passages, and the token of a refusal.
//!
//! Every form is read by a cursor that answers "yes", "no" or "not yet decided" from the characters alone, so
//! that the result does not depend on where the stream is cut. Text is held back only while it is undecided.

mod before;
mod bracket;
mod code;
mod cursor;
mod echo;
mod element;
mod form;
mod numbers;
mod raised;
mod refusal;
mod sequence;
mod sources;
mod words;
mod wrapped;

use before::Before;
use code::Code;
use cursor::{Cursor, MAX_HELD_CHARS, Stop, is_blank};
use echo::EchoScan;
pub(crate) use refusal::REFUSAL_TOKEN;
use sequence::Verdict;
use sources::SourcesScan;

/// Longest white space and tag of an echo.
const MAX_TAG_CHARS: usize = 160;

/// Longest white space, rule and label of a list of sources.
const MAX_LABEL_CHARS: usize = 300;

/// Part of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StreamPiece {
    /// Text without markers.
    Text(String),
    /// Passage numbers of a marker; each exists.
    Marker(Vec<u32>),
    /// A marker that stands for a noun ("According to [1], …"): the caller writes the source's title.
    NounMarker(Vec<u32>),
    /// A list or range in brackets that is a marker only if the passages support the text before it.
    Doubtful {
        /// Its text, with the white space before it, to be shown otherwise.
        written: String,
        /// Passage numbers; each exists.
        numbers: Vec<u32>,
    },
    /// The model says by [`REFUSAL_TOKEN`] that the sources do not answer.
    Refusal,
}

/// Filter of one stream; fed with [`MarkerFilter::push`], ended with [`MarkerFilter::finish`].
#[derive(Debug, Default)]
pub(crate) struct MarkerFilter {
    /// Count of the passages.
    passages: u32,
    /// Titles of their sources.
    titles: Vec<String>,
    /// Characters that are not decided yet, after those that were taken in this push.
    held: Vec<char>,
    /// Position of the first held character in `held`.
    start: usize,
    /// True when the stream has ended.
    ended: bool,
    /// Text given out so far.
    before: Before,
    /// Code that is open there.
    code: Code,
    /// Something long that is being searched for its end.
    scan: Option<Scan>,
    /// White space before something that was taken away and whose white space after it is still to come.
    gap: Option<Vec<char>>,
    /// True inside the rest of a long link that is passed over.
    skips_link: bool,
    /// True directly after such a link.
    follows_link: bool,
    /// Count of the next characters in which no echo opens.
    plain_echo: usize,
    /// The same for lists of sources.
    plain_sources: usize,
}

/// Search for the end of something long.
#[derive(Debug)]
enum Scan {
    /// List of sources.
    Sources(SourcesScan),
    /// Echo of the prompt.
    Echo(EchoScan),
}

/// What is to be done after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Something was taken from the held text.
    Done,
    /// Nothing of the kind is here.
    Nothing,
    /// More of the stream is needed.
    Wait,
}

impl MarkerFilter {
    /// Filter for answers from `passages` passages, numbered from 1, of sources with these titles.
    pub(crate) fn new(passages: u32, titles: Vec<String>) -> Self {
        MarkerFilter { passages, titles, ..MarkerFilter::default() }
    }

    /// Takes part of the stream, cut anywhere; returns the pieces that are certain.
    pub(crate) fn push(&mut self, text: &str) -> Vec<StreamPiece> {
        self.held.extend(text.chars());
        self.drain()
    }

    /// Ends the stream; decides what is held.
    pub(crate) fn finish(&mut self) -> Vec<StreamPiece> {
        self.ended = true;
        self.drain()
    }

    /// Gives out all that is decided.
    fn drain(&mut self) -> Vec<StreamPiece> {
        let mut out = Vec::new();
        while self.start < self.held.len() || (self.ended && (self.scan.is_some() || self.gap.is_some())) {
            if self.step(&mut out) == Step::Wait {
                break;
            }
        }
        self.held.drain(..self.start);
        self.start = 0;
        out
    }

    /// Takes one form or character from the held text.
    fn step(&mut self, out: &mut Vec<StreamPiece>) -> Step {
        if self.scan.is_some() {
            return self.advance_scan();
        }
        if self.gap.is_some() {
            return self.close_gap();
        }
        let Some(&c) = self.held.get(self.start) else {
            return Step::Wait;
        };
        if self.skips_link {
            self.skips_link = !c.is_whitespace() && c != ')';
            self.follows_link = c == ')';
            if !c.is_whitespace() {
                self.consume(1);
            }
            return Step::Done;
        }
        if self.follows_link {
            return self.join_link();
        }
        let is_code = self.code.covers(c);
        if c.is_ascii_alphanumeric() && c != 'N' {
            self.emit(1, out);
            return Step::Done;
        }
        if !self.code.is_fenced() && (c.is_whitespace() || "N[(*_`\"'“„‘«»「".contains(c)) {
            let step = self.step_refusal(out);
            if step != Step::Nothing {
                return step;
            }
        }
        if self.ended && !is_code && self.before.has_content && is_unfinished_marker(&self.held[self.start..])
        {
            self.consume(self.held.len() - self.start);
            return Step::Done;
        }
        if !is_code && (c.is_whitespace() || form::begins_marker(c)) {
            for form in [Self::step_sources, Self::step_echo, Self::step_marker] {
                let step = form(self, out);
                if step != Step::Nothing {
                    return step;
                }
            }
        }
        self.emit(1, out);
        Step::Done
    }

    /// Takes away what joins the marker of a long link to the next one.
    fn join_link(&mut self) -> Step {
        let joined = sequence::read_join(&mut self.cursor(MAX_HELD_CHARS), self.passages);
        if joined == Err(Stop::More) {
            return Step::Wait;
        }
        self.consume(joined.unwrap_or(0));
        self.follows_link = false;
        Step::Done
    }

    /// Cursor over the held text.
    fn cursor(&self, limit: usize) -> Cursor<'_> {
        Cursor::new(&self.held[self.start..], self.ended, limit)
    }

    /// Takes a refusal.
    fn step_refusal(&mut self, out: &mut Vec<StreamPiece>) -> Step {
        let is_in_word = self.before.last().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let mut cur = self.cursor(MAX_HELD_CHARS);
        match refusal::read_refusal(&mut cur, is_in_word) {
            Ok(blanks) => {
                let end = cur.at;
                self.gap = Some(self.held[self.start..self.start + blanks].to_vec());
                self.consume(end);
                out.push(StreamPiece::Refusal);
                Step::Done
            }
            Err(stop) => Step::from(stop),
        }
    }

    /// Finds the label of a list of sources.
    fn step_sources(&mut self, _: &mut Vec<StreamPiece>) -> Step {
        if self.plain_sources > 0 || !self.before.has_content {
            return Step::Nothing;
        }
        match sources::read_label(&mut self.cursor(MAX_LABEL_CHARS)) {
            Ok(scan) => {
                self.scan = Some(Scan::Sources(scan));
                Step::Done
            }
            Err(stop) => Step::from(stop),
        }
    }

    /// Takes a tag of the prompt's passages.
    fn step_echo(&mut self, _: &mut Vec<StreamPiece>) -> Step {
        match echo::read_tag(&mut self.cursor(MAX_TAG_CHARS)) {
            Ok(tag) if tag.opens && self.plain_echo == 0 => {
                self.scan = Some(Scan::Echo(EchoScan::new(tag)));
                Step::Done
            }
            Ok(tag) => {
                self.gap = Some(self.held[self.start..self.start + tag.start].to_vec());
                self.consume(tag.end);
                Step::Done
            }
            Err(stop) => Step::from(stop),
        }
    }

    /// Takes markers.
    fn step_marker(&mut self, out: &mut Vec<StreamPiece>) -> Step {
        let mut cur = self.cursor(MAX_HELD_CHARS);
        let verdict = match sequence::read_markers(&mut cur, &self.before, self.passages) {
            Ok(verdict) => verdict,
            Err(stop) => return Step::from(stop),
        };
        let blanks = self.held[self.start..].iter().take_while(|c| is_blank(**c)).count();
        match verdict {
            Verdict::Text(end) => self.emit(end, out),
            Verdict::Markers { lists, end, keeps_blank, has_open_link } => {
                if keeps_blank {
                    self.emit(blanks, out);
                }
                self.consume(if keeps_blank { end - blanks } else { end });
                self.before.has_content |= !lists.is_empty();
                out.extend(lists.into_iter().map(StreamPiece::Marker));
                self.skips_link = has_open_link;
            }
            Verdict::Noun { numbers, end, has_open_link } => {
                self.emit(blanks, out);
                self.consume(end - blanks);
                // The title that the caller writes counts as a word.
                "Title".chars().for_each(|c| self.before.feed(c));
                out.push(StreamPiece::NounMarker(numbers));
                self.skips_link = has_open_link;
            }
            Verdict::Doubtful { numbers, end } => {
                let written = self.held[self.start..self.start + end].iter().collect();
                self.consume(end);
                out.push(StreamPiece::Doubtful { written, numbers });
            }
        }
        Step::Done
    }

    /// Goes on with the search for the end of something long.
    fn advance_scan(&mut self) -> Step {
        let held = &self.held[self.start..];
        let end = match &mut self.scan {
            Some(Scan::Sources(scan)) => {
                scan.advance(held, self.ended, self.passages, &self.titles).map(|()| held.len())
            }
            Some(Scan::Echo(scan)) => scan.advance(held, self.ended),
            None => return Step::Nothing,
        };
        if end == Err(Stop::More) {
            return Step::Wait;
        }
        match (self.scan.take(), end) {
            (Some(Scan::Echo(scan)), Ok(end)) => {
                self.gap = Some(held[..scan.tag.start].to_vec());
                self.consume(end);
            }
            (_, Ok(end)) => self.consume(end),
            (Some(Scan::Echo(scan)), Err(_)) => {
                let tag = scan.tag;
                self.held.drain(self.start + tag.start..self.start + tag.end);
                self.plain_echo = tag.start + scan.contents();
            }
            (Some(Scan::Sources(scan)), Err(_)) => self.plain_sources = scan.label_end,
            (None, Err(_)) => {}
        }
        Step::Done
    }

    /// Joins the white space on both sides of something that was taken away.
    fn close_gap(&mut self) -> Step {
        let mut cur = self.cursor(MAX_HELD_CHARS);
        let (after, next) = match cur.skip(char::is_whitespace).and_then(|after| Ok((after, cur.peek()?))) {
            Ok(found) => found,
            Err(Stop::More) => return Step::Wait,
            Err(Stop::No) => (cur.at, Some(' ')),
        };
        let before = self.gap.take().unwrap_or_default();
        let breaks = |blanks: &[char]| blanks.iter().filter(|c| **c == '\n').count();
        let after_blanks = &self.held[self.start..self.start + after];
        let is_dropped = next.is_none() || self.before.drops_blank();
        let keeps_before = breaks(&before) > breaks(after_blanks)
            || (after == 0 && next.is_some_and(|c| c.is_alphanumeric() || "*_`[(\"“„«".contains(c)));
        if is_dropped || keeps_before {
            let kept = if is_dropped { Vec::new() } else { before };
            self.plain_echo += kept.len();
            self.plain_sources += if self.plain_sources > 0 { kept.len() } else { 0 };
            self.held.splice(self.start..self.start + after, kept);
        }
        Step::Done
    }

    /// Gives out the first characters of the held text.
    fn emit(&mut self, count: usize, out: &mut Vec<StreamPiece>) {
        if count == 0 {
            return;
        }
        if !matches!(out.last(), Some(StreamPiece::Text(_))) {
            out.push(StreamPiece::Text(String::new()));
        }
        for &c in &self.held[self.start..self.start + count] {
            let is_mark = c == '`' || c == '~';
            self.code.feed(c, is_mark && self.before.opens_line());
            self.before.feed(c);
            if let Some(StreamPiece::Text(text)) = out.last_mut() {
                text.push(c);
            }
        }
        self.consume(count);
    }

    /// Passes over the first characters of the held text.
    fn consume(&mut self, count: usize) {
        self.start += count;
        self.plain_echo = self.plain_echo.saturating_sub(count);
        self.plain_sources = self.plain_sources.saturating_sub(count);
    }
}

impl From<Stop> for Step {
    /// Step where a form was not read.
    fn from(stop: Stop) -> Step {
        match stop {
            Stop::More => Step::Wait,
            Stop::No => Step::Nothing,
        }
    }
}

/// True for an opening bracket with nothing but numbers behind it, at the end of an answer that was cut.
fn is_unfinished_marker(rest: &[char]) -> bool {
    let bare = rest.iter().position(|c| !c.is_whitespace()).map_or(&[][..], |at| &rest[at..]);
    bare.first() == Some(&'[') && bare.iter().all(|c| c.is_ascii_digit() || "[,; ".contains(*c))
}

#[cfg(test)]
mod tests;

//! Takes citation markers out of a stream of text, in all the forms that models write.
//!
//! Recognised: `[1]` `[1, 2]` `[1-3]` `[1][2]` `【1】` `【1†source】` `[Source 1]` `[^1]` `(Source 1)` and
//! `word.^1`; never inside code. White space before a marker goes with it, so that no gap is left. Text is
//! held back only while it may still become a marker.

/// Maximum characters of a marker; anything longer is text.
const MAX_MARKER_CHARS: usize = 80;
/// Largest number in a marker: years and large numbers in brackets are text.
const MAX_MARKER_NUMBER: u32 = 200;

/// Part of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamPiece {
    Text(String),
    /// Passage numbers of a marker, as written; they may not exist.
    Marker(Vec<u32>),
}

/// Classification of held-back text.
enum Verdict {
    Text,
    Unfinished,
    Marker(Vec<u32>),
}

/// Filter of one stream; fed with [`MarkerFilter::push`], ended with [`MarkerFilter::finish`].
#[derive(Debug, Default)]
pub struct MarkerFilter {
    held: String,
    /// Length of the run of back-ticks that opened the current code.
    code: Option<usize>,
    ticks: usize,
    /// Last characters of the output.
    before: [Option<char>; 2],
    letters: usize,
}

impl MarkerFilter {
    /// Takes part of the stream, cut anywhere; returns the pieces that are certain.
    pub fn push(&mut self, text: &str) -> Vec<StreamPiece> {
        let mut out = Vec::new();
        for c in text.chars() {
            self.push_char(c, &mut out);
        }
        out
    }

    /// Ends the stream; held-back text becomes a marker or text.
    pub fn finish(&mut self) -> Vec<StreamPiece> {
        let mut out = Vec::new();
        let held = std::mem::take(&mut self.held);
        match parse_marker(held.trim_start(), self.is_after_word()) {
            Some(numbers) => out.push(StreamPiece::Marker(numbers)),
            None => self.emit_text(&held, &mut out),
        }
        out
    }

    fn push_char(&mut self, c: char, out: &mut Vec<StreamPiece>) {
        if c == '`' {
            self.release_held(out);
            self.ticks += 1;
            self.emit_text("`", out);
            return;
        }
        if self.ticks > 0 {
            let run = std::mem::take(&mut self.ticks);
            self.code = match self.code {
                None => Some(run),
                Some(open) if run >= open => None,
                open => open,
            };
        }
        // A single back-tick that is never closed must not turn all that follows into code.
        if self.code.is_some_and(|open| open < 3) && c == '\n' {
            self.code = None;
        }
        if self.code.is_some() {
            self.emit_text(&c.to_string(), out);
            return;
        }
        self.held.push(c);
        loop {
            match self.classify_held() {
                Verdict::Unfinished => return,
                Verdict::Marker(numbers) => {
                    // The marker is certain only with the character after it, which stays.
                    let next_char = self.held.pop();
                    self.held.clear();
                    out.push(StreamPiece::Marker(numbers));
                    self.held.extend(next_char);
                }
                Verdict::Text => {
                    // The first character is text; the rest may still begin a marker.
                    let first = self.held.remove(0);
                    self.emit_text(&first.to_string(), out);
                    if self.held.is_empty() {
                        return;
                    }
                }
            }
        }
    }

    fn classify_held(&self) -> Verdict {
        let body = self.held.trim_start();
        if body.is_empty() {
            // White space goes with the marker that may follow it; a line break does not.
            let is_text = self.held.ends_with('\n') || self.held.chars().count() > 3;
            return if is_text { Verdict::Text } else { Verdict::Unfinished };
        }
        if self.held.len() > body.len() && self.held[..self.held.len() - body.len()].contains('\n') {
            return Verdict::Text;
        }
        let Some(last) = body.chars().next_back() else {
            return Verdict::Text;
        };
        let candidate = &body[..body.len() - last.len_utf8()];
        if let Some(numbers) = parse_marker(candidate, self.is_after_word()) {
            // `[1](address)` is a link; `^1` goes on while digits come.
            let is_continued = (last == '(' && candidate.ends_with(']'))
                || (last == ':' && candidate.starts_with("[^"))
                || (candidate.starts_with('^') && last.is_ascii_digit());
            if !is_continued {
                return Verdict::Marker(numbers);
            }
            if last != '(' && last != ':' {
                return Verdict::Unfinished;
            }
            return Verdict::Text;
        }
        if can_become_marker(body, self.is_after_word()) { Verdict::Unfinished } else { Verdict::Text }
    }

    /// True if a caret here would mark a note and not a power: after a word or its full stop.
    fn is_after_word(&self) -> bool {
        match self.before {
            [_, Some('.' | ',' | ';' | ':' | '!' | '?' | ')' | '"' | '”' | '’')] => true,
            [_, Some(last)] if last.is_alphabetic() => self.letters >= 4,
            _ => false,
        }
    }

    fn release_held(&mut self, out: &mut Vec<StreamPiece>) {
        let held = std::mem::take(&mut self.held);
        match parse_marker(held.trim_start(), self.is_after_word()) {
            Some(numbers) => out.push(StreamPiece::Marker(numbers)),
            None => self.emit_text(&held, out),
        }
    }

    fn emit_text(&mut self, text: &str, out: &mut Vec<StreamPiece>) {
        if text.is_empty() {
            return;
        }
        for c in text.chars() {
            self.before = [self.before[1], Some(c)];
            self.letters = if c.is_alphabetic() { self.letters + 1 } else { 0 };
        }
        match out.last_mut() {
            Some(StreamPiece::Text(last)) => last.push_str(text),
            _ => out.push(StreamPiece::Text(text.to_owned())),
        }
    }
}

/// Numbers of a complete marker.
fn parse_marker(body: &str, after_word: bool) -> Option<Vec<u32>> {
    if let Some(digits) = body.strip_prefix('^') {
        let number = digits.parse().ok()?;
        return (after_word && digits.len() <= 3).then(|| vec![number]);
    }
    for (open, close) in [('[', ']'), ('【', '】')] {
        if let Some(inner) = body.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            return parse_numbers(inner, false);
        }
    }
    let inner = body.strip_prefix('(')?.strip_suffix(')')?;
    parse_numbers(inner, true)
}

/// Numbers in a marker's brackets; round brackets need a name for them.
fn parse_numbers(inner: &str, must_name: bool) -> Option<Vec<u32>> {
    let mut found = Vec::new();
    let mut named = false;
    let inner = inner.replace(" and ", ",").replace('&', ",");
    for item in inner.split([',', ';']) {
        let item = item.split('†').next().unwrap_or(item).trim();
        let word: String = item.chars().take_while(|c| c.is_alphabetic()).collect();
        if !word.is_empty() {
            if !PASSAGE_NAMES.contains(&word.to_lowercase().as_str()) {
                return None;
            }
            named = true;
        }
        let rest = item[word.len()..].trim_start_matches([' ', '#', ':', '^', '.', '_', '-']);
        let (first, last) = rest.split_once(['-', '–']).unwrap_or((rest, rest));
        let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        // Passages count from 1: `[0, 1]` is an interval.
        if first == 0 || last > MAX_MARKER_NUMBER || last < first || last - first > 20 {
            return None;
        }
        found.extend(first..=last);
    }
    (named || !must_name).then_some(found)
}

/// Names that models give to a numbered passage.
const PASSAGE_NAMES: &[&str] = &[
    "source",
    "sources",
    "passage",
    "passages",
    "document",
    "documents",
    "doc",
    "ref",
    "reference",
    "references",
    "citation",
    "cite",
    "excerpt",
    "context",
    "quelle",
    "quellen",
    "s",
];

/// True if more text could make this a marker.
fn can_become_marker(body: &str, after_word: bool) -> bool {
    if body.chars().count() > MAX_MARKER_CHARS {
        return false;
    }
    let mut chars = body.chars();
    match chars.next() {
        Some('^') => after_word && body.len() <= 4 && chars.all(|c| c.is_ascii_digit()),
        Some('[') => can_close_marker(chars.as_str(), ']'),
        Some('【') => can_close_marker(chars.as_str(), '】'),
        Some('(') => {
            let rest = chars.as_str();
            let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
            let lower = word.to_lowercase();
            let is_prefix = PASSAGE_NAMES.iter().any(|name| name.starts_with(&lower));
            let is_name = PASSAGE_NAMES.contains(&lower.as_str());
            (is_prefix && word.len() == rest.len()) || (is_name && can_close_marker(rest, ')'))
        }
        _ => false,
    }
}

fn can_close_marker(inner: &str, close: char) -> bool {
    let Some(end) = inner.find(close) else {
        // A cheap and wide check: names, digits and their separators.
        return inner.chars().all(|c| {
            c.is_ascii_digit()
                || c.is_alphabetic()
                || matches!(c, ' ' | ',' | ';' | '-' | '–' | '#' | ':' | '^' | '†' | '&' | '.' | '_')
        }) && has_passage_names(inner);
    };
    // Closed, and the character after it is still to come.
    end + close.len_utf8() == inner.len() && parse_numbers(inner.trim_end_matches(close), false).is_some()
}

/// True if the words so far are, or begin, names of passages.
fn has_passage_names(inner: &str) -> bool {
    let head = inner.split('†').next().unwrap_or(inner);
    let mut words = head.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let lower = word.to_lowercase();
        let is_last = words.peek().is_none() && head.ends_with(word);
        let is_known = lower == "and" || PASSAGE_NAMES.contains(&lower.as_str());
        let is_prefix = is_last
            && ("and".starts_with(&lower) || PASSAGE_NAMES.iter().any(|name| name.starts_with(&lower)));
        if !is_known && !is_prefix {
            return false;
        }
    }
    true
}

#[cfg(test)]
#[path = "markers_tests.rs"]
mod tests;

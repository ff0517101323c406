//! Takes citation markers out of a stream of text, in all the forms that models write them.
//!
//! Recognised: `[1]` `[1, 2]` `[1-3]` `[1][2]` `【1】` `【1†source】` `[Source 1]` `[^1]` `(Source 1)`
//! and `word.^1`; never inside code. White space before a marker goes with it, so that no gap is
//! left. Text is held back only while it may still become a marker.

/// Longest marker; what is longer is text.
const LONGEST: usize = 80;
/// Numbers that brackets may hold and still be a marker: years and large numbers are text.
const LARGEST: u32 = 200;

/// A part of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// The passage numbers that a marker names, as written; they may not exist.
    Marker(Vec<u32>),
}

/// What held-back text is.
enum Verdict {
    Text,
    Unfinished,
    Marker(Vec<u32>),
}

/// The filter; feed it with [`MarkerFilter::push`] and end it with [`MarkerFilter::finish`].
#[derive(Debug, Default)]
pub struct MarkerFilter {
    held: String,
    /// The length of the run of back-ticks that opened the code we are in.
    code: Option<usize>,
    ticks: usize,
    /// The last characters that were given out.
    before: [Option<char>; 2],
    letters: usize,
}

impl MarkerFilter {
    /// Takes some of the stream, cut anywhere, and gives what is certain.
    pub fn push(&mut self, text: &str) -> Vec<Piece> {
        let mut out = Vec::new();
        for c in text.chars() {
            self.take(c, &mut out);
        }
        out
    }

    /// The stream has ended: what is held back is what it looks like.
    pub fn finish(&mut self) -> Vec<Piece> {
        let mut out = Vec::new();
        let held = std::mem::take(&mut self.held);
        match closed(held.trim_start(), self.follows_word()) {
            Some(numbers) => out.push(Piece::Marker(numbers)),
            None => self.give(&held, &mut out),
        }
        out
    }

    fn take(&mut self, c: char, out: &mut Vec<Piece>) {
        if c == '`' {
            self.release(out);
            self.ticks += 1;
            self.give("`", out);
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
            self.give(&c.to_string(), out);
            return;
        }
        self.held.push(c);
        loop {
            match self.judge() {
                Verdict::Unfinished => return,
                Verdict::Marker(numbers) => {
                    // The marker is certain only with the character after it, which stays.
                    let kept = self.held.pop();
                    self.held.clear();
                    out.push(Piece::Marker(numbers));
                    self.held.extend(kept);
                }
                Verdict::Text => {
                    // The first character is text; the rest may still begin a marker.
                    let first = self.held.remove(0);
                    self.give(&first.to_string(), out);
                    if self.held.is_empty() {
                        return;
                    }
                }
            }
        }
    }

    fn judge(&self) -> Verdict {
        let body = self.held.trim_start();
        if body.is_empty() {
            // White space goes with the marker that may follow it; a line break does not.
            let keeps = self.held.ends_with('\n') || self.held.chars().count() > 3;
            return if keeps { Verdict::Text } else { Verdict::Unfinished };
        }
        if self.held.len() > body.len() && self.held[..self.held.len() - body.len()].contains('\n') {
            return Verdict::Text;
        }
        let Some(last) = body.chars().next_back() else {
            return Verdict::Text;
        };
        let done = &body[..body.len() - last.len_utf8()];
        if let Some(numbers) = closed(done, self.follows_word()) {
            // `[1](address)` is a link; `^1` goes on while digits come.
            let goes_on = (last == '(' && done.ends_with(']'))
                || (last == ':' && done.starts_with("[^"))
                || (done.starts_with('^') && last.is_ascii_digit());
            if !goes_on {
                return Verdict::Marker(numbers);
            }
            if last != '(' && last != ':' {
                return Verdict::Unfinished;
            }
            return Verdict::Text;
        }
        if may_become(body, self.follows_word()) { Verdict::Unfinished } else { Verdict::Text }
    }

    /// Whether a caret here would be a note's and not a power's: after a word or its full stop.
    fn follows_word(&self) -> bool {
        match self.before {
            [_, Some('.' | ',' | ';' | ':' | '!' | '?' | ')' | '"' | '”' | '’')] => true,
            [_, Some(last)] if last.is_alphabetic() => self.letters >= 4,
            _ => false,
        }
    }

    fn release(&mut self, out: &mut Vec<Piece>) {
        let held = std::mem::take(&mut self.held);
        match closed(held.trim_start(), self.follows_word()) {
            Some(numbers) => out.push(Piece::Marker(numbers)),
            None => self.give(&held, out),
        }
    }

    fn give(&mut self, text: &str, out: &mut Vec<Piece>) {
        if text.is_empty() {
            return;
        }
        for c in text.chars() {
            self.before = [self.before[1], Some(c)];
            self.letters = if c.is_alphabetic() { self.letters + 1 } else { 0 };
        }
        match out.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => out.push(Piece::Text(text.to_owned())),
        }
    }
}

/// The numbers of a whole marker.
fn closed(body: &str, after_word: bool) -> Option<Vec<u32>> {
    if let Some(digits) = body.strip_prefix('^') {
        let number = digits.parse().ok()?;
        return (after_word && digits.len() <= 3).then(|| vec![number]);
    }
    for (open, close) in [('[', ']'), ('【', '】')] {
        if let Some(inner) = body.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            return numbers(inner, false);
        }
    }
    let inner = body.strip_prefix('(')?.strip_suffix(')')?;
    numbers(inner, true)
}

/// The numbers in a marker's brackets; round brackets must name what they number.
fn numbers(inner: &str, must_name: bool) -> Option<Vec<u32>> {
    let mut found = Vec::new();
    let mut named = false;
    let inner = inner.replace(" and ", ",").replace('&', ",");
    for item in inner.split([',', ';']) {
        let item = item.split('†').next().unwrap_or(item).trim();
        let word: String = item.chars().take_while(|c| c.is_alphabetic()).collect();
        if !word.is_empty() {
            if !NAMES.contains(&word.to_lowercase().as_str()) {
                return None;
            }
            named = true;
        }
        let rest = item[word.len()..].trim_start_matches([' ', '#', ':', '^', '.', '_', '-']);
        let (first, last) = rest.split_once(['-', '–']).unwrap_or((rest, rest));
        let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        // Passages count from 1: `[0, 1]` is an interval.
        if first == 0 || last > LARGEST || last < first || last - first > 20 {
            return None;
        }
        found.extend(first..=last);
    }
    (named || !must_name).then_some(found)
}

/// What models call a numbered passage.
const NAMES: &[&str] = &[
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

/// Whether more text could make this a marker.
fn may_become(body: &str, after_word: bool) -> bool {
    if body.chars().count() > LONGEST {
        return false;
    }
    let mut chars = body.chars();
    match chars.next() {
        Some('^') => after_word && body.len() <= 4 && chars.all(|c| c.is_ascii_digit()),
        Some('[') => inside_may(chars.as_str(), ']'),
        Some('【') => inside_may(chars.as_str(), '】'),
        Some('(') => {
            let rest = chars.as_str();
            let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
            let lower = word.to_lowercase();
            let begun = NAMES.iter().any(|name| name.starts_with(&lower));
            let whole = NAMES.contains(&lower.as_str());
            (begun && word.len() == rest.len()) || (whole && inside_may(rest, ')'))
        }
        _ => false,
    }
}

fn inside_may(inner: &str, close: char) -> bool {
    let Some(end) = inner.find(close) else {
        // Cheap and wide: names, digits and what joins them.
        return inner.chars().all(|c| {
            c.is_ascii_digit()
                || c.is_alphabetic()
                || matches!(c, ' ' | ',' | ';' | '-' | '–' | '#' | ':' | '^' | '†' | '&' | '.' | '_')
        }) && words_fit(inner);
    };
    // Closed, and the character after it is still to come.
    end + close.len_utf8() == inner.len() && numbers(inner.trim_end_matches(close), false).is_some()
}

/// Whether the words so far are, or begin, names of passages.
fn words_fit(inner: &str) -> bool {
    let head = inner.split('†').next().unwrap_or(inner);
    let mut words = head.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let lower = word.to_lowercase();
        let last = words.peek().is_none() && head.ends_with(word);
        let known = lower == "and" || NAMES.contains(&lower.as_str());
        let begun = last && ("and".starts_with(&lower) || NAMES.iter().any(|name| name.starts_with(&lower)));
        if !known && !begun {
            return false;
        }
    }
    true
}

#[cfg(test)]
#[path = "markers_tests.rs"]
mod tests;

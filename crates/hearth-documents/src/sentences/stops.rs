//! Finding of full stops and of what belongs to them.

use std::ops::Range;

/// A full stop, question mark or the like, with the marks after it that belong to the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// Of the stops themselves: ".", "?!", "...".
    pub(super) marks: Range<usize>,
    /// After the closing quotes and brackets.
    pub(super) end: usize,
    pub(super) kind: StopKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopKind {
    /// "." alone.
    Period,
    /// "..." or "…".
    Ellipsis,
    /// "!", "?" and those of scripts with spaces.
    Mark,
    /// "。" and the like, after which no space is needed.
    Ideographic,
}

/// The next stop of a text at or after `from`.
pub(super) fn find_stop(text: &str, from: usize) -> Option<Stop> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        let byte = bytes[at];
        let length = match byte {
            b'.' | b'!' | b'?' => 1,
            // Lead bytes of the blocks that have stops.
            0xCD | 0xD6 | 0xD8 | 0xDB | 0xDC | 0xE0..=0xE3 | 0xEF => non_ascii_stop_length(&text[at..]),
            _ => 0,
        };
        if length > 0 {
            return Some(read_stop(text, at));
        }
        at += 1;
    }
    None
}

/// Length of the stop that a text begins with, or 0. A byte within a character is none.
fn non_ascii_stop_length(text: &str) -> usize {
    text.chars().next().filter(|&c| stop_kind(c).is_some()).map_or(0, char::len_utf8)
}

fn stop_kind(c: char) -> Option<StopKind> {
    match c {
        '.' => Some(StopKind::Period),
        '…' => Some(StopKind::Ellipsis),
        '。' | '！' | '？' | '｡' | '．' => Some(StopKind::Ideographic),
        '!' | '?' | '\u{37e}' | '\u{589}' | '\u{61d}'..='\u{61f}' | '\u{6d4}' | '\u{700}'..='\u{702}' => {
            Some(StopKind::Mark)
        }
        '\u{964}' | '\u{965}' | '\u{104a}' | '\u{104b}' | '\u{1362}' | '\u{1367}' | '\u{1368}' => {
            Some(StopKind::Mark)
        }
        '\u{17d4}' | '\u{17d5}' | '\u{203c}' | '\u{203d}' | '\u{2047}'..='\u{2049}' | '\u{2e2e}' => {
            Some(StopKind::Mark)
        }
        _ => None,
    }
}

fn read_stop(text: &str, start: usize) -> Stop {
    let mut end = start;
    let mut kind = StopKind::Period;
    let mut rest = &text[start..];
    while let Some(c) = rest.chars().next() {
        let Some(next) = stop_kind(c) else {
            break;
        };
        kind = match (kind, next) {
            _ if end == start => next,
            (StopKind::Period | StopKind::Ellipsis, StopKind::Period | StopKind::Ellipsis) => {
                StopKind::Ellipsis
            }
            (StopKind::Ideographic, _) | (_, StopKind::Ideographic) => StopKind::Ideographic,
            _ => StopKind::Mark,
        };
        end = text.len() - rest.len() + c.len_utf8();
        rest = skip_space_before_mark(&text[end..]);
    }
    Stop { marks: start..end, end: skip_closers(text, end, kind), kind }
}

/// A text without its first space if marks follow that no word begins with: ". . .", "... !", but not " .NET".
fn skip_space_before_mark(text: &str) -> &str {
    let Some(rest) = text.strip_prefix([' ', '\u{a0}', '\u{202f}']) else {
        return text;
    };
    let word = rest.trim_start_matches(['.', '!', '?', '…']);
    let is_word = word.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '-'));
    if word.len() < rest.len() && !is_word { rest } else { text }
}

/// The end of the quotes, brackets and emphasis that close after a stop.
fn skip_closers(text: &str, from: usize, kind: StopKind) -> usize {
    let mut end = from;
    loop {
        let rest = &text[end..];
        let Some(c) = rest.chars().next() else {
            return end;
        };
        // A German closing quote opens quotes elsewhere.
        let is_german_quote = matches!(c, '“' | '‘') && end == from && kind != StopKind::Ideographic;
        if is_closer(c) || is_german_quote || is_superscript(c) {
            end += c.len_utf8();
        } else if let Some(length) = footnote_length(rest).or_else(|| spaced_guillemet_length(rest)) {
            end += length;
        } else {
            return end;
        }
    }
}

fn is_closer(c: char) -> bool {
    matches!(
        c,
        ')' | ']'
            | '}'
            | '"'
            | '\''
            | '”'
            | '’'
            | '»'
            | '«'
            | '›'
            | '‹'
            | '」'
            | '』'
            | '）'
            | '】'
            | '》'
            | '〉'
            | '〕'
            | '*'
            | '_'
            | '`'
            | '~'
    )
}

fn is_superscript(c: char) -> bool {
    matches!(c, '¹' | '²' | '³' | '\u{2070}'..='\u{2079}')
}

/// Length of a number in brackets, as of a footnote: "[12]".
fn footnote_length(text: &str) -> Option<usize> {
    let number = text.strip_prefix('[')?;
    let digits = number.bytes().take(4).take_while(u8::is_ascii_digit).count();
    (digits > 0 && number[digits..].starts_with(']')).then_some(digits + 2)
}

/// Length of a French closing quote after its space: " »". A German one opens a quote and has none after it.
fn spaced_guillemet_length(text: &str) -> Option<usize> {
    let mut chars = text.chars();
    let space = chars.next().filter(|c| c.is_whitespace() && *c != '\n')?;
    chars.next().filter(|&c| c == '»')?;
    let is_closing = chars.next().is_none_or(|c| !c.is_alphanumeric());
    is_closing.then_some(space.len_utf8() + '»'.len_utf8())
}

//! The text that stands before a place of the stream, with the questions about it that markers need.

use super::cursor::{is_blank, is_word_char};
use super::words;

/// Characters kept at least.
const KEPT_CHARS: usize = 1000;

/// End of the text given out so far.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// Its last characters.
    tail: Vec<char>,
    /// True when something visible was given out.
    pub(super) has_content: bool,
}

impl Before {
    /// Adds a character that was given out.
    pub(super) fn feed(&mut self, c: char) {
        if self.tail.len() >= 2 * KEPT_CHARS {
            self.tail.drain(..KEPT_CHARS);
        }
        self.tail.push(c);
        self.has_content |= !c.is_whitespace();
    }

    /// Last character.
    pub(super) fn last(&self) -> Option<char> {
        self.tail.last().copied()
    }

    /// Last character that is no white space.
    pub(super) fn last_visible(&self) -> Option<char> {
        self.tail.iter().rev().copied().find(|c| !c.is_whitespace())
    }

    /// True at the start of the text or of a line.
    pub(super) fn opens_raw_line(&self) -> bool {
        self.line().iter().all(|&c| is_blank(c))
    }

    /// True if only marks of a list, a heading or a quotation stand before in the line.
    pub(super) fn opens_line(&self) -> bool {
        let line = self.line();
        let is_mark = |&c: &char| is_blank(c) || c.is_ascii_digit() || "-*+_#>.)•–".contains(c);
        line.len() < 20 && line.iter().all(is_mark) && line.last().is_none_or(|&c| !c.is_ascii_digit())
    }

    /// True where white space that follows would be left over: at the start of a line or after an opening
    /// bracket, quotation mark or emphasis.
    pub(super) fn drops_blank(&self) -> bool {
        if self.opens_raw_line() {
            return true;
        }
        match self.last() {
            Some('(' | '[' | '{' | '„' | '¿' | '¡' | '（') => true,
            Some(mark @ ('*' | '_')) => {
                let count = self.tail.iter().rev().take_while(|&&c| c == mark).count();
                (1..=3).contains(&count) && self.open_emphasis()[usize::from(mark == '_')][count - 1]
            }
            Some(c) => is_blank(c),
            None => true,
        }
    }

    /// Runs of `*` and of `_`, by their length less one, that were opened in the line and not closed.
    pub(super) fn open_emphasis(&self) -> [[bool; 3]; 2] {
        let line = self.line();
        let mut open = [[false; 3]; 2];
        let mut at = 0;
        for run in line.chunk_by(|a, b| a == b) {
            let is_bullet = at == 0 || is_blank(line[at - 1]);
            at += run.len();
            let is_bullet = is_bullet && line.get(at).is_some_and(|&c| is_blank(c));
            let row = usize::from(run[0] == '_');
            if (row == 1 || run[0] == '*') && run.len() <= 3 && !is_bullet {
                open[row][run.len() - 1] ^= true;
            }
        }
        open
    }

    /// True after a list in square brackets and a comma.
    pub(super) fn ends_with_list(&self) -> bool {
        let text = self.trimmed();
        text.ends_with(&[']', ',']) || text.ends_with(&[']', ';'])
    }

    /// True if the text ends with `words`, in any case, and perhaps a colon.
    pub(super) fn ends_with_words(&self, words: &str) -> bool {
        let text = self.trimmed();
        let text = text.strip_suffix(&[':']).unwrap_or(text);
        let Some(start) = text.len().checked_sub(words.chars().count()) else {
            return false;
        };
        let is_whole = start == 0 || !text[start - 1].is_alphanumeric();
        is_whole && text[start..].iter().flat_map(|c| c.to_lowercase()).eq(words.chars())
    }

    /// True inside a parenthesis of the current line.
    pub(super) fn is_in_parenthesis(&self) -> bool {
        let mut depth = 0usize;
        for c in self.line() {
            match c {
                '(' | '（' => depth += 1,
                ')' | '）' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        depth > 0
    }

    /// True directly after the end of a sentence, white space aside.
    pub(super) fn ends_sentence(&self) -> bool {
        let visible = self.trimmed();
        let closers = visible.iter().rev().take_while(|c| "\"”“’'»«)*_」』）".contains(**c)).count();
        let body = &visible[..visible.len() - closers];
        match body.last() {
            Some('.') => {
                let word = word_at_end(&body[..body.len() - 1]);
                !words::is_listed(words::ABBREVIATIONS, &word) && word.chars().count() != 1
            }
            Some(c) => "!?…。！？؟۔।".contains(*c),
            None => false,
        }
    }

    /// True where a sentence opens; `has_gap` says whether white space follows the text so far.
    pub(super) fn opens_sentence(&self, has_gap: bool) -> bool {
        let has_gap = has_gap || self.last().is_none_or(char::is_whitespace);
        self.opens_line() || (has_gap && self.ends_sentence())
    }

    /// Last word of the sentence in lower case, marks of emphasis and opening quotation marks aside.
    pub(super) fn word(&self) -> String {
        let blanks = self.tail.iter().rev().take_while(|c| is_blank(**c)).count();
        let visible = &self.tail[..self.tail.len() - blanks];
        let marks = visible.iter().rev().take_while(|c| "*_\"“„«:".contains(**c)).count();
        word_at_end(&visible[..visible.len() - marks])
    }

    /// Word before the last one, in lower case.
    pub(super) fn word_before_last(&self) -> String {
        let mut words = self.sentence_words();
        words.pop();
        words.pop().unwrap_or_default()
    }

    /// Words of the current sentence in lower case.
    pub(super) fn sentence_words(&self) -> Vec<String> {
        let end = |&c: &char| ".!?…。！？;\n|".contains(c);
        let start = self.tail.iter().rposition(end).map_or(0, |at| at + 1);
        let text: String = self.tail[start..].iter().collect();
        let words = text.split(|c: char| !is_word_char(c) && !c.is_ascii_digit());
        words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
    }

    /// True if a bracket here, with no white space before it, is an index of an identifier.
    pub(super) fn is_identifier(&self) -> bool {
        let mut end = self.tail.len();
        while end > 0 && self.tail[end - 1] == ']' {
            let open = self.tail[..end].iter().rposition(|&c| c == '[');
            end = open.unwrap_or(0);
        }
        let text = &self.tail[..end];
        let length = text.iter().rev().take_while(|c| c.is_alphanumeric() || **c == '_').count();
        let (head, word) = text.split_at(text.len() - length);
        let (Some(first), Some(last)) = (word.first(), word.last()) else {
            return false;
        };
        if *last == '_' && word.iter().all(|c| *c == '_') {
            return false;
        }
        let name: String = word.iter().collect();
        let is_variable = first.is_ascii_lowercase() && word.iter().any(char::is_ascii_digit);
        let is_letter = word.len() == 1 && first.is_ascii_alphabetic() && !ends_with_number(head);
        let is_snake = !first.eq(&'_') && *last != '_' && word.contains(&'_');
        is_variable || is_letter || is_snake || words::is_listed(words::CODE_WORDS, &name)
    }

    /// True if a raised number here would be a marker and not a power.
    pub(super) fn takes_raised(&self) -> bool {
        let marks = self.tail.iter().rev().take_while(|c| "*_".contains(**c)).count();
        let text = &self.tail[..self.tail.len() - marks];
        let Some((&last, head)) = text.split_last() else {
            return false;
        };
        let letters = |text: &[char]| text.iter().rev().take_while(|c| c.is_alphabetic()).count();
        if ".,;:!?…。！？、，؟،।".contains(last) {
            return true;
        }
        if ")]\"”“’»«」』）".contains(last) {
            return letters(head) >= 3 || head.last().is_some_and(|c| ".!?…。".contains(*c));
        }
        if !last.is_alphabetic() {
            return false;
        }
        let is_uncased = !last.is_lowercase() && !last.is_uppercase();
        // Three letters behind a number are a unit: "3 ans".
        let is_word = match letters(text) {
            0..=2 => false,
            3 => !ends_with_number(&text[..text.len() - 3]),
            _ => true,
        };
        is_uncased || (is_word && !words::is_listed(words::UNITS, &word_at_end(text)))
    }

    /// Text since the last line break.
    fn line(&self) -> &[char] {
        let start = self.tail.iter().rposition(|&c| c == '\n').map_or(0, |at| at + 1);
        &self.tail[start..]
    }

    /// Text without white space at its end.
    fn trimmed(&self) -> &[char] {
        let blanks = self.tail.iter().rev().take_while(|c| c.is_whitespace()).count();
        &self.tail[..self.tail.len() - blanks]
    }
}

/// Word at the end of `text`, in lower case; empty if it does not end with a letter.
fn word_at_end(text: &[char]) -> String {
    let length = text.iter().rev().take_while(|c| is_word_char(**c)).count();
    text[text.len() - length..].iter().flat_map(|c| c.to_lowercase()).collect()
}

/// True if `text` ends with a number and perhaps white space.
fn ends_with_number(text: &[char]) -> bool {
    text.iter().rev().find(|c| !is_blank(**c)).is_some_and(char::is_ascii_digit)
}

//! Reader over the held text that knows "not yet decided" from "no".

use super::words::{begins_listed, is_listed};

/// Maximum characters held for a marker; anything longer is text.
pub(super) const MAX_HELD_CHARS: usize = 80;

/// Reason why a form was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The text so far may still become the form.
    More,
    /// The text is not of the form, whatever follows.
    No,
}

/// Result of reading a form.
pub(super) type Parse<T> = Result<T, Stop>;

/// Position in the held text. What it answers depends only on the characters read and never on where the
/// stream was cut, so that the filter's result does not either.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    /// The held text.
    chars: &'a [char],
    /// Index of the next character.
    pub(super) at: usize,
    /// True if the stream ends with the held text.
    ended: bool,
    /// Position from which on every form is a `No`.
    limit: usize,
}

impl<'a> Cursor<'a> {
    /// Cursor at the start of `chars`; `ended` is true if the stream ends with them.
    pub(super) fn new(chars: &'a [char], ended: bool, limit: usize) -> Self {
        Cursor { chars, at: 0, ended, limit }
    }

    /// Next character; none at the end of the stream.
    pub(super) fn peek(&self) -> Parse<Option<char>> {
        if self.at >= self.limit {
            return Err(Stop::No);
        }
        match self.chars.get(self.at) {
            Some(&c) => Ok(Some(c)),
            None if self.ended => Ok(None),
            None => Err(Stop::More),
        }
    }

    /// Next character, which is passed; `No` at the end of the stream.
    pub(super) fn next(&mut self) -> Parse<char> {
        let c = self.peek()?.ok_or(Stop::No)?;
        self.at += 1;
        Ok(c)
    }

    /// Passes `c` if it comes next.
    pub(super) fn take(&mut self, c: char) -> Parse<bool> {
        self.take_if(|next| next == c)
    }

    /// Passes the next character if it is accepted.
    pub(super) fn take_if(&mut self, accept: impl Fn(char) -> bool) -> Parse<bool> {
        let is_next = self.peek()?.is_some_and(accept);
        if is_next {
            self.at += 1;
        }
        Ok(is_next)
    }

    /// Passes `c`, which must come next.
    pub(super) fn expect(&mut self, c: char) -> Parse<()> {
        if self.take(c)? { Ok(()) } else { Err(Stop::No) }
    }

    /// Passes `text`, letters in any case, which must come next.
    pub(super) fn expect_text(&mut self, text: &str) -> Parse<()> {
        for c in text.chars() {
            if !self.take_if(|next| next == c || next.to_ascii_lowercase() == c)? {
                return Err(Stop::No);
            }
        }
        Ok(())
    }

    /// Passes the characters that are accepted; returns their count.
    pub(super) fn skip(&mut self, accept: impl Fn(char) -> bool) -> Parse<usize> {
        let start = self.at;
        while self.take_if(&accept)? {}
        Ok(self.at - start)
    }

    /// Passes white space within the line; returns its count.
    pub(super) fn skip_blanks(&mut self) -> Parse<usize> {
        self.skip(is_blank)
    }

    /// Reads a word of letters in lower case that is in one of the lists; stops as soon as it can be none.
    pub(super) fn listed_word(&mut self, lists: &[&str]) -> Parse<String> {
        let mut word = String::new();
        loop {
            match self.peek() {
                Ok(Some(c)) if is_word_char(c) => {
                    word.extend(c.to_lowercase());
                    self.at += 1;
                }
                Ok(_) | Err(Stop::No) => break,
                Err(Stop::More) if word.is_empty() => return Err(Stop::More),
                Err(Stop::More) => {
                    let is_open = lists.iter().any(|list| begins_listed(list, &word));
                    return Err(if is_open { Stop::More } else { Stop::No });
                }
            }
        }
        if lists.iter().any(|list| is_listed(list, &word)) { Ok(word) } else { Err(Stop::No) }
    }

    /// Reads with `form`; on `No` the position stays and the result is none.
    pub(super) fn attempt<T>(&mut self, form: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<Option<T>> {
        let start = *self;
        match form(self) {
            Ok(value) => Ok(Some(value)),
            Err(Stop::More) => Err(Stop::More),
            Err(Stop::No) => {
                *self = start;
                Ok(None)
            }
        }
    }
}

/// True for white space within a line.
pub(super) fn is_blank(c: char) -> bool {
    c != '\n' && c != '\r' && c.is_whitespace()
}

/// True for the letters of a word and the apostrophe in it.
pub(super) fn is_word_char(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\'' | '’')
}

//! The word after a stop.

use super::vocabulary::is_starter;

/// What follows a stop, behind white space and opening quotes.
pub(super) struct Following<'t> {
    pub(super) first: char,
    /// True if the sentence goes on: a small letter follows that opens no code.
    pub(super) is_lower: bool,
    /// Letters and digits from `first` on.
    pub(super) word: &'t str,
    /// True if something stands after the word: it grows no longer.
    pub(super) is_complete: bool,
    pub(super) is_before_period: bool,
    is_before_apostrophe: bool,
}

impl<'t> Following<'t> {
    /// Reads the text after a stop; `None` if nothing but opening quotes stands there yet.
    pub(super) fn read(rest: &'t str) -> Option<Self> {
        // A line after an opening quote may become a list item, so that nothing follows the quote.
        let mut is_opened = false;
        let word_and_more = rest.trim_start_matches(|c: char| {
            is_opened |= is_opener(c);
            is_opener(c) || c.is_whitespace() && !(is_opened && c == '\n')
        });
        let openers = &rest[..rest.len() - word_and_more.len()];
        let first = word_and_more.chars().next()?;
        let length = word_and_more.find(|c: char| !c.is_alphanumeric()).unwrap_or(word_and_more.len());
        let (word, after) = word_and_more.split_at(length);
        let mut after = after.chars();
        let next = after.next();
        Some(Self {
            first,
            is_lower: first.is_lowercase() && !openers.contains(['`', '¿', '¡']),
            word,
            is_complete: next.is_some(),
            is_before_period: next == Some('.'),
            is_before_apostrophe: matches!(next, Some('\'' | '’')),
        })
    }

    pub(super) fn lower(&self) -> String {
        self.word.to_lowercase()
    }

    /// True for a word that begins sentences.
    pub(super) fn is_starter(&self) -> bool {
        if !self.is_complete || !self.first.is_uppercase() {
            return false;
        }
        // "L'eau", but not "D. Miller" and "Il".
        let is_letter = self.word.chars().nth(1).is_none();
        if is_letter && (self.is_before_period || !self.is_before_apostrophe && !is_lone_starter(self.first))
        {
            return false;
        }
        // Not "OG", which is a Danish first word in small letters.
        self.word.chars().skip(1).all(char::is_lowercase) && is_starter(&self.lower())
    }

    /// "B." after "z.".
    pub(super) fn is_letter_before_period(&self) -> bool {
        (self.is_before_period || !self.is_complete)
            && self.first.is_alphabetic()
            && self.word.chars().nth(1).is_none()
    }

    /// True for what "no." stands before: a number, "IV", "A5", "B"; also if that is not yet known.
    pub(super) fn is_label(&self) -> bool {
        !self.is_complete
            || self.first.is_ascii_digit()
            || self.first == '§'
            || self.word.chars().all(|c| matches!(c, 'I' | 'V' | 'X' | 'L' | 'C'))
            || self.word.chars().skip(1).all(|c| c.is_ascii_digit())
    }
}

fn is_lone_starter(c: char) -> bool {
    matches!(c, 'A' | 'I' | 'U' | 'À' | 'Y' | 'O' | 'E' | 'È' | 'É' | 'W' | 'Z')
        || matches!(c, '\u{400}'..='\u{42f}')
}

fn is_opener(c: char) -> bool {
    matches!(
        c,
        '(' | '['
            | '{'
            | '"'
            | '\''
            | '“'
            | '”'
            | '„'
            | '‚'
            | '‘'
            | '’'
            | '«'
            | '»'
            | '‹'
            | '›'
            | '¿'
            | '¡'
            | '「'
            | '『'
            | '（'
            | '【'
            | '《'
            | '*'
            | '_'
            | '`'
            | '~'
            | '#'
            | '-'
            | '–'
            | '—'
            | '•'
    )
}

/// True for the characters of scripts that put no spaces between words.
pub(super) fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '「' | '『' | '“' | '（' | '《')
}

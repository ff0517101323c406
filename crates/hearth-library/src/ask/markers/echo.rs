//! Tags of the prompt's passages, which a model may repeat with their contents.

use super::cursor::{Cursor, Parse, Stop};

/// Maximum characters between the tags; a longer stretch is text of the answer.
pub(super) const MAX_ECHO_CHARS: usize = 8000;

/// Tag of the prompt that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// Position of its `<`.
    pub(super) start: usize,
    /// Position after its `>`.
    pub(super) end: usize,
    /// True for `<passages>`, false for `<passage>`.
    is_plural: bool,
    /// True for a tag whose contents follow.
    pub(super) opens: bool,
}

/// Reads white space and a tag of the prompt.
pub(super) fn read_tag(cur: &mut Cursor<'_>) -> Parse<Tag> {
    cur.skip(char::is_whitespace)?;
    let start = cur.at;
    cur.expect('<')?;
    let is_closing = cur.take('/')?;
    cur.expect_text("passage")?;
    let is_plural = cur.take_if(|c| c.eq_ignore_ascii_case(&'s'))?;
    if cur.peek()?.is_some_and(char::is_alphabetic) {
        return Err(Stop::No);
    }
    let mut last = '<';
    while cur.peek()?.is_some_and(|c| !"<>\n".contains(c)) {
        last = cur.next()?;
    }
    cur.expect('>')?;
    Ok(Tag { start, end: cur.at, is_plural, opens: !is_closing && last != '/' })
}

/// Search for the end of an echo in the held text.
#[derive(Debug)]
pub(super) struct EchoScan {
    /// Tag that opened it.
    pub(super) tag: Tag,
    /// Position up to which there is no closing tag.
    scanned: usize,
}

impl EchoScan {
    /// Search after an opening tag.
    pub(super) fn new(tag: Tag) -> Self {
        EchoScan { tag, scanned: tag.end }
    }

    /// Position after the closing tag; `No` if the stretch is too long or the stream ends without it.
    pub(super) fn advance(&mut self, held: &[char], ended: bool) -> Parse<usize> {
        let close = if self.tag.is_plural { "</passages>" } else { "</passage>" };
        while self.scanned < held.len() {
            if self.scanned - self.tag.end >= MAX_ECHO_CHARS {
                return Err(Stop::No);
            }
            self.scanned += 1;
            let body = &held[self.tag.end..self.scanned];
            if body.last() == Some(&'>') && ends_with(body, close) {
                return Ok(self.scanned);
            }
        }
        Err(if ended { Stop::No } else { Stop::More })
    }

    /// Characters of the contents that were searched.
    pub(super) fn contents(&self) -> usize {
        self.scanned - self.tag.end
    }
}

/// True if `text` ends with `tag`, in any case.
fn ends_with(text: &[char], tag: &str) -> bool {
    let Some(start) = text.len().checked_sub(tag.len()) else {
        return false;
    };
    text[start..].iter().map(char::to_ascii_lowercase).eq(tag.chars())
}

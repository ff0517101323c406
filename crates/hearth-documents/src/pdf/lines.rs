//! Grouping of characters into lines, each with its box and the right edges of its characters.

use std::collections::{HashMap, HashSet};

use hearth_domain::{Area, LineBox};

use super::characters::{Character, PageCharacters, Rect};

/// Line of text, or its part in one column.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) page: u32,
    pub(super) text: String,
    /// Box on the displayed page, in points.
    pub(super) rect: Rect,
    /// Right edge of each character of `text`, in points.
    edges: Vec<f32>,
    /// Largest font size in points.
    pub(super) size: f32,
    /// True if the line ends with a hyphen of hyphenation.
    pub(super) hyphenated: bool,
    page_width: f32,
    page_height: f32,
}

impl Line {
    /// Height of the line's box, in points.
    pub(super) fn height(&self) -> f32 {
        self.rect[3] - self.rect[1]
    }

    /// Vertical position of the line's middle on its page, from 0 (top) to 1.
    pub(super) fn vertical_position(&self) -> f32 {
        f32::midpoint(self.rect[1], self.rect[3]) / self.page_height.max(1.0)
    }

    /// Box of the line for the layout, with the edges of the first `chars` characters of its text.
    pub(super) fn line_box(&self, chars: usize) -> LineBox {
        let (w, h) = (self.page_width.max(1.0), self.page_height.max(1.0));
        let width = (self.rect[2] - self.rect[0]).max(0.01);
        let edges = self.edges[..chars.min(self.edges.len())]
            .iter()
            .map(|edge| ((edge - self.rect[0]) / width * 65535.0).clamp(0.0, 65535.0) as u16)
            .collect();
        LineBox {
            page: self.page,
            area: Area {
                x: (self.rect[0] / w).clamp(0.0, 1.0),
                y: (self.rect[1] / h).clamp(0.0, 1.0),
                width: (width / w).clamp(0.0, 1.0),
                height: (self.height() / h).clamp(0.0, 1.0),
            },
            edges,
        }
    }
}

/// Line under construction.
struct LineDraft {
    units: Vec<u16>,
    /// Right edge of each UTF-16 unit, in points.
    edges: Vec<f32>,
    rect: Rect,
    size: f32,
    hyphenated: bool,
}

/// Lines of a page, in drawing order.
pub(super) fn extract_lines(page_characters: &PageCharacters, page: u32) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut draft: Option<LineDraft> = None;
    for character in &page_characters.characters {
        if character.generated && matches!(character.code, 10 | 13) {
            finish_line(&mut lines, draft.take(), page_characters, page);
            continue;
        }
        if is_outside(character, page_characters) {
            continue;
        }
        if draft.as_ref().is_some_and(|draft| is_new_line(draft, character)) {
            finish_line(&mut lines, draft.take(), page_characters, page);
        }
        append_character(&mut draft, character);
        if character.hyphen {
            finish_line(&mut lines, draft.take(), page_characters, page);
        }
    }
    finish_line(&mut lines, draft, page_characters, page);
    join_pieces(lines)
}

fn is_blank(character: &Character) -> bool {
    matches!(character.code, 0x20 | 0xa0 | 9)
}

/// True if a character lies outside of the displayed page or has no finite box.
fn is_outside(character: &Character, page_characters: &PageCharacters) -> bool {
    let [left, top, right, bottom] = character.rect;
    !character.rect.iter().all(|edge| edge.is_finite())
        || right < 0.0
        || bottom < 0.0
        || left > page_characters.width
        || top > page_characters.height
}

/// True if a character belongs to another line or column than the open line.
fn is_new_line(draft: &LineDraft, character: &Character) -> bool {
    if is_blank(character) {
        return false;
    }
    let em = draft.size.max(character.size).max(1.0);
    let [left, top, right, bottom] = character.rect;
    left > draft.rect[2] + 1.5 * em
        || right < draft.rect[0] - em
        || top > draft.rect[3]
        || bottom < draft.rect[1]
}

fn append_character(draft: &mut Option<LineDraft>, character: &Character) {
    let blank = is_blank(character);
    if blank && draft.is_none() {
        return;
    }
    let line = draft.get_or_insert_with(|| LineDraft {
        units: Vec::new(),
        edges: Vec::new(),
        rect: character.rect,
        size: character.size,
        hyphenated: false,
    });
    if !blank {
        let [left, top, right, bottom] = character.rect;
        line.rect = [
            line.rect[0].min(left),
            line.rect[1].min(top),
            line.rect[2].max(right),
            line.rect[3].max(bottom),
        ];
        line.size = line.size.max(character.size);
    }
    let code = match character.code {
        2 if character.hyphen => u32::from(b'-'),
        0xfffe | 0xffff => 0xfffd,
        code if code < 0x20 && code != 9 => 0xfffd,
        code => code,
    };
    line.hyphenated |= character.hyphen;
    let mut pair = [0; 2];
    match char::from_u32(code) {
        Some(c) => {
            for &mut unit in c.encode_utf16(&mut pair) {
                line.units.push(unit);
                line.edges.push(character.rect[2]);
            }
        }
        // Half of a surrogate pair: the other half is the next character.
        None => {
            line.units.push(code as u16);
            line.edges.push(character.rect[2]);
        }
    }
}

fn finish_line(lines: &mut Vec<Line>, draft: Option<LineDraft>, page_characters: &PageCharacters, page: u32) {
    let Some(draft) = draft else {
        return;
    };
    let (mut text, mut edges) = (String::new(), Vec::new());
    let mut at = 0;
    for decoded in char::decode_utf16(draft.units.iter().copied()) {
        let c = decoded.unwrap_or('\u{fffd}');
        let edge = draft.edges[at];
        at += c.len_utf16();
        let blank = c.is_whitespace() || c == '\u{ad}';
        if blank && (text.is_empty() || text.ends_with(' ')) {
            continue;
        }
        text.push(if blank { ' ' } else { c });
        edges.push(edge);
    }
    if text.ends_with(' ') {
        text.pop();
        edges.pop();
    }
    if text.is_empty() {
        return;
    }
    lines.push(Line {
        page,
        text,
        rect: draft.rect,
        edges,
        size: draft.size,
        hyphenated: draft.hyphenated,
        page_width: page_characters.width,
        page_height: page_characters.height,
    });
}

/// Joins consecutive pieces of one line that a superscript or a change of font separated: they overlap in
/// height and touch.
fn join_pieces(pieces: Vec<Line>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for piece in pieces {
        let Some(last) = lines.last_mut() else {
            lines.push(piece);
            continue;
        };
        let overlap = last.rect[3].min(piece.rect[3]) - last.rect[1].max(piece.rect[1]);
        let gap = piece.rect[0] - last.rect[2];
        let em = last.size.max(piece.size).max(1.0);
        let touches = gap > -0.3 * em && gap < 0.7 * em;
        if last.hyphenated || !touches || overlap < 0.4 * last.height().min(piece.height()) {
            lines.push(piece);
            continue;
        }
        if gap > 0.15 * em {
            last.text.push(' ');
            last.edges.push(piece.rect[0]);
        }
        last.text.push_str(&piece.text);
        last.edges.extend(&piece.edges);
        last.rect = [
            last.rect[0].min(piece.rect[0]),
            last.rect[1].min(piece.rect[1]),
            last.rect[2].max(piece.rect[2]),
            last.rect[3].max(piece.rect[3]),
        ];
        last.size = last.size.max(piece.size);
        last.hyphenated = piece.hyphenated;
    }
    lines
}

/// Minimum number of pages on which a line at the edge repeats to count as a header or footer.
const MIN_REPEATED_PAGES: usize = 3;

/// Removes headers and footers: lines at the edge of the page that repeat, numbers ignored. The first
/// occurrence of one with text stays, because a letterhead contains an address.
pub(super) fn remove_running_heads(pages: &mut [Vec<Line>]) {
    let repeat_key = |line: &Line| -> Option<String> {
        if (0.09..0.91).contains(&line.vertical_position()) || line.text.chars().count() > 120 {
            return None;
        }
        let shape: String = line
            .text
            .chars()
            .map(|c| if c.is_numeric() { '#' } else { c })
            .filter(|c| !c.is_whitespace())
            .collect();
        let shape = shape.replace("##", "#").replace("##", "#");
        Some(format!("{shape}{}", (line.vertical_position() * 25.0).round()))
    };
    let mut page_counts: HashMap<String, usize> = HashMap::new();
    for page in pages.iter() {
        let mut keys: Vec<String> = page.iter().filter_map(repeat_key).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            *page_counts.entry(key).or_default() += 1;
        }
    }
    let has_text = |line: &Line| line.text.chars().filter(|c| c.is_alphabetic()).count() > 3;
    let mut first_occurrences: HashSet<String> = HashSet::new();
    for page in pages {
        page.retain(|line| {
            repeat_key(line).is_none_or(|key| {
                page_counts[&key] < MIN_REPEATED_PAGES || (has_text(line) && first_occurrences.insert(key))
            })
        });
    }
}

#[cfg(test)]
impl Line {
    /// Line of a page of 600 by 800 points; its characters are half as wide as high.
    pub(super) fn new(page: u32, text: &str, (left, top): (f32, f32), size: f32) -> Self {
        let edges: Vec<f32> = (1..=text.chars().count()).map(|at| left + at as f32 * size / 2.0).collect();
        Self {
            page,
            text: text.to_owned(),
            rect: [left, top, edges.last().copied().unwrap_or(left), top + size],
            edges,
            size,
            hyphenated: text.ends_with('-'),
            page_width: 600.0,
            page_height: 800.0,
        }
    }
}

#[cfg(test)]
mod tests;

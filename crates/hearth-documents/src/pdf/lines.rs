//! Characters become lines, each with its box and where its characters end.

use std::collections::{HashMap, HashSet};

use hearth_domain::{Area, LineBox};

use super::characters::{Character, Rect, Sheet};

/// A line, or the part of one that stands in one column.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) page: u32,
    pub(super) text: String,
    /// As displayed, in points.
    pub(super) rect: Rect,
    /// Right edge of each character of `text`, in points.
    edges: Vec<f32>,
    pub(super) size: f32,
    /// Ends with a hyphen that only the line break made.
    pub(super) hyphenated: bool,
    page_width: f32,
    page_height: f32,
}

impl Line {
    pub(super) fn height(&self) -> f32 {
        self.rect[3] - self.rect[1]
    }

    /// Where on its page the line stands, from 0 (top) to 1.
    pub(super) fn depth(&self) -> f32 {
        f32::midpoint(self.rect[1], self.rect[3]) / self.page_height.max(1.0)
    }

    /// The line's box for the layout, for the first `chars` characters of its text.
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

/// A line being put together.
struct Draft {
    units: Vec<u16>,
    /// Right edge for each UTF-16 unit.
    edges: Vec<f32>,
    rect: Rect,
    size: f32,
    hyphenated: bool,
}

/// The lines of a page, in the order in which they were drawn.
pub(super) fn lines(sheet: &Sheet, page: u32) -> Vec<Line> {
    let mut done = Vec::new();
    let mut draft: Option<Draft> = None;
    for character in &sheet.characters {
        if character.generated && matches!(character.code, 10 | 13) {
            finish(&mut done, draft.take(), sheet, page);
            continue;
        }
        if is_outside(character, sheet) {
            continue;
        }
        if draft.as_ref().is_some_and(|open| starts_anew(open, character)) {
            finish(&mut done, draft.take(), sheet, page);
        }
        add(&mut draft, character);
        if character.hyphen {
            finish(&mut done, draft.take(), sheet, page);
        }
    }
    finish(&mut done, draft, sheet, page);
    joined(done)
}

fn is_blank(character: &Character) -> bool {
    matches!(character.code, 0x20 | 0xa0 | 9)
}

fn is_outside(character: &Character, sheet: &Sheet) -> bool {
    let [left, top, right, bottom] = character.rect;
    !character.rect.iter().all(|edge| edge.is_finite())
        || right < 0.0
        || bottom < 0.0
        || left > sheet.width
        || top > sheet.height
}

/// Whether a character stands in another line or column than the open one.
fn starts_anew(open: &Draft, character: &Character) -> bool {
    if is_blank(character) {
        return false;
    }
    let em = open.size.max(character.size).max(1.0);
    let [left, top, right, bottom] = character.rect;
    left > open.rect[2] + 1.5 * em || right < open.rect[0] - em || top > open.rect[3] || bottom < open.rect[1]
}

fn add(draft: &mut Option<Draft>, character: &Character) {
    let blank = is_blank(character);
    if blank && draft.is_none() {
        return;
    }
    let open = draft.get_or_insert_with(|| Draft {
        units: Vec::new(),
        edges: Vec::new(),
        rect: character.rect,
        size: character.size,
        hyphenated: false,
    });
    if !blank {
        let [left, top, right, bottom] = character.rect;
        open.rect = [
            open.rect[0].min(left),
            open.rect[1].min(top),
            open.rect[2].max(right),
            open.rect[3].max(bottom),
        ];
        open.size = open.size.max(character.size);
    }
    let code = match character.code {
        2 if character.hyphen => u32::from(b'-'),
        0xfffe | 0xffff => 0xfffd,
        code if code < 0x20 && code != 9 => 0xfffd,
        code => code,
    };
    open.hyphenated |= character.hyphen;
    let mut pair = [0; 2];
    match char::from_u32(code) {
        Some(c) => {
            for &mut unit in c.encode_utf16(&mut pair) {
                open.units.push(unit);
                open.edges.push(character.rect[2]);
            }
        }
        // Half of a pair: the other half is the next character.
        None => {
            open.units.push(code as u16);
            open.edges.push(character.rect[2]);
        }
    }
}

fn finish(done: &mut Vec<Line>, draft: Option<Draft>, sheet: &Sheet, page: u32) {
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
    done.push(Line {
        page,
        text,
        rect: draft.rect,
        edges,
        size: draft.size,
        hyphenated: draft.hyphenated,
        page_width: sheet.width,
        page_height: sheet.height,
    });
}

/// Puts pieces together that a superscript or a change of font tore apart: they overlap in height
/// and touch.
fn joined(pieces: Vec<Line>) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for piece in pieces {
        let Some(last) = out.last_mut() else {
            out.push(piece);
            continue;
        };
        let overlap = last.rect[3].min(piece.rect[3]) - last.rect[1].max(piece.rect[1]);
        let gap = piece.rect[0] - last.rect[2];
        let em = last.size.max(piece.size).max(1.0);
        let touches = gap > -0.3 * em && gap < 0.7 * em;
        if last.hyphenated || !touches || overlap < 0.4 * last.height().min(piece.height()) {
            out.push(piece);
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
    out
}

/// Pages on which a line at the edge comes back, for it to be a header or footer.
const COMES_BACK: usize = 3;

/// Takes out headers and footers: lines at the edge of the page that come back, numbers apart. The
/// first of them stays when it says something: a letterhead is somebody's address.
pub(super) fn drop_running_heads(pages: &mut [Vec<Line>]) {
    let key = |line: &Line| -> Option<String> {
        if (0.09..0.91).contains(&line.depth()) || line.text.chars().count() > 120 {
            return None;
        }
        let shape: String = line
            .text
            .chars()
            .map(|c| if c.is_numeric() { '#' } else { c })
            .filter(|c| !c.is_whitespace())
            .collect();
        let shape = shape.replace("##", "#").replace("##", "#");
        Some(format!("{shape}{}", (line.depth() * 25.0).round()))
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    for page in pages.iter() {
        let mut keys: Vec<String> = page.iter().filter_map(key).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            *seen.entry(key).or_default() += 1;
        }
    }
    let says = |line: &Line| line.text.chars().filter(|c| c.is_alphabetic()).count() > 3;
    let mut kept: HashSet<String> = HashSet::new();
    for page in pages {
        page.retain(|line| {
            key(line).is_none_or(|key| seen[&key] < COMES_BACK || (says(line) && kept.insert(key)))
        });
    }
}

//! Lines become paragraphs and headings.

use hearth_domain::Mark;

use super::lines::Line;
use crate::document::Builder;

/// Writes all pages: a block a paragraph, a section a heading, a mark a line.
pub(super) fn write(builder: &mut Builder, pages: &[Vec<Line>]) {
    let body = body_size(pages);
    let mut sizes: Vec<u32> = Vec::new();
    let mut open: Vec<&Line> = Vec::new();
    let lines: Vec<&Line> = pages.iter().flatten().collect();
    for line in &lines {
        if is_heading(line, body) {
            let size = (line.size * 2.0).round() as u32;
            if !sizes.contains(&size) {
                sizes.push(size);
            }
        }
    }
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    for line in lines {
        if builder.is_full() {
            return;
        }
        if open.last().is_some_and(|last| !continues(last, line, body)) {
            flush(builder, &mut open, body, &sizes);
        }
        open.push(line);
    }
    flush(builder, &mut open, body, &sizes);
}

/// The size that most characters have.
fn body_size(pages: &[Vec<Line>]) -> f32 {
    let mut weights: Vec<(u32, usize)> = Vec::new();
    for line in pages.iter().flatten() {
        let size = (line.size * 2.0).round() as u32;
        match weights.iter_mut().find(|(known, _)| *known == size) {
            Some((_, weight)) => *weight += line.text.len(),
            None => weights.push((size, line.text.len())),
        }
    }
    let most = weights.into_iter().max_by_key(|&(_, weight)| weight);
    most.map_or(1.0, |(size, _)| (size as f32 / 2.0).max(1.0))
}

fn is_heading(line: &Line, body: f32) -> bool {
    let letters = line.text.chars().filter(|c| c.is_alphabetic()).count();
    line.size > 1.15 * body && letters >= 3 && line.text.chars().count() <= 150
}

/// Whether a line goes on with the paragraph that `last` is in.
fn continues(last: &Line, line: &Line, body: f32) -> bool {
    let same_kind = (last.size - line.size).abs() < 0.12 * last.size.max(line.size)
        && is_heading(last, body) == is_heading(line, body);
    if !same_kind || starts_item(&line.text) {
        return false;
    }
    let ended = last.text.ends_with(['.', '!', '?', ':', '。']);
    if last.page != line.page || line.rect[1] < last.rect[1] - last.height() {
        // The next column or page: a sentence that has not ended goes on there.
        return !ended && !is_heading(line, body) && line.text.starts_with(|c: char| !c.is_uppercase());
    }
    let gap = line.rect[1] - last.rect[3];
    let height = last.height().max(line.height()).max(1.0);
    if gap > 0.6 * height {
        return false;
    }
    // On one line, side by side: cells of a row.
    let beside = line.rect[1] < last.rect[3] - 0.5 * height;
    if beside {
        return true;
    }
    // A first line that is indented after a line that ends a sentence early.
    let indented = line.rect[0] > last.rect[0] + 0.8 * body && ended;
    !indented
}

fn starts_item(text: &str) -> bool {
    let mut chars = text.chars();
    matches!(chars.next(), Some('•' | '▪' | '◦' | '‣' | '●' | '■' | '–'))
        && chars.next().is_some_and(char::is_whitespace)
}

fn flush(builder: &mut Builder, open: &mut Vec<&Line>, body: f32, sizes: &[u32]) {
    let lines = std::mem::take(open);
    let Some(first) = lines.first() else {
        return;
    };
    if is_heading(first, body) {
        let size = (first.size * 2.0).round() as u32;
        let level = sizes.iter().position(|&known| known == size).unwrap_or(0) + 1;
        let title: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        builder.separate();
        builder.section(level.min(6) as u8, &title.join(" "));
        builder.push(&"#".repeat(level.min(6)));
        builder.push(" ");
    } else {
        builder.separate();
    }
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1);
        let word_goes_on =
            line.hyphenated && next.is_some_and(|next| next.text.starts_with(char::is_lowercase));
        let text = match (word_goes_on, line.text.strip_suffix('-')) {
            (true, Some(part)) => part,
            _ => line.text.as_str(),
        };
        let chars = text.chars().count();
        builder.marked(text, Some(Mark::Line(line.line_box(chars))));
        if next.is_some() && !word_goes_on {
            builder.push(" ");
        }
    }
}

//! Grouping of lines into paragraphs and headings.

use hearth_domain::Mark;

use super::lines::Line;
use crate::document::DocumentBuilder;

/// Writes all pages: a block per paragraph, a section per heading, a mark per line.
pub(super) fn write_pages(builder: &mut DocumentBuilder, pages: &[Vec<Line>]) {
    let body = body_size(pages);
    let mut sizes: Vec<u32> = Vec::new();
    let mut paragraph: Vec<&Line> = Vec::new();
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
        if paragraph.last().is_some_and(|last| !is_continuation(last, line, body)) {
            flush_paragraph(builder, &mut paragraph, body, &sizes);
        }
        paragraph.push(line);
    }
    flush_paragraph(builder, &mut paragraph, body, &sizes);
}

/// Most frequent font size by text length, in points, at least 1.
fn body_size(pages: &[Vec<Line>]) -> f32 {
    let mut weights: Vec<(u32, usize)> = Vec::new();
    for line in pages.iter().flatten() {
        let size = (line.size * 2.0).round() as u32;
        match weights.iter_mut().find(|(known, _)| *known == size) {
            Some((_, weight)) => *weight += line.text.len(),
            None => weights.push((size, line.text.len())),
        }
    }
    let most_frequent = weights.into_iter().max_by_key(|&(_, weight)| weight);
    most_frequent.map_or(1.0, |(size, _)| (size as f32 / 2.0).max(1.0))
}

/// True for a line of at most 150 characters in a larger font than the body text.
fn is_heading(line: &Line, body: f32) -> bool {
    let letters = line.text.chars().filter(|c| c.is_alphabetic()).count();
    line.size > 1.15 * body && letters >= 3 && line.text.chars().count() <= 150
}

/// True if a line continues the paragraph of `last`.
fn is_continuation(last: &Line, line: &Line, body: f32) -> bool {
    let same_kind = (last.size - line.size).abs() < 0.12 * last.size.max(line.size)
        && is_heading(last, body) == is_heading(line, body);
    if !same_kind || is_list_item(&line.text) {
        return false;
    }
    let ends_sentence = last.text.ends_with(['.', '!', '?', ':', '。']);
    if last.page != line.page || line.rect[1] < last.rect[1] - last.height() {
        // Next column or page: an unfinished sentence continues there.
        return !ends_sentence
            && !is_heading(line, body)
            && line.text.starts_with(|c: char| !c.is_uppercase());
    }
    let gap = line.rect[1] - last.rect[3];
    let height = last.height().max(line.height()).max(1.0);
    if gap > 0.6 * height {
        return false;
    }
    // Side by side on one line: cells of a row.
    let is_side_by_side = line.rect[1] < last.rect[3] - 0.5 * height;
    if is_side_by_side {
        return true;
    }
    // An indented line after the end of a sentence starts a new paragraph.
    let indented = line.rect[0] > last.rect[0] + 0.8 * body && ends_sentence;
    !indented
}

/// True if a line starts with a bullet.
fn is_list_item(text: &str) -> bool {
    let mut chars = text.chars();
    matches!(chars.next(), Some('•' | '▪' | '◦' | '‣' | '●' | '■' | '–'))
        && chars.next().is_some_and(char::is_whitespace)
}

/// Writes the open lines as a paragraph or a heading, words joined across hyphenation.
fn flush_paragraph(builder: &mut DocumentBuilder, paragraph: &mut Vec<&Line>, body: f32, sizes: &[u32]) {
    let lines = std::mem::take(paragraph);
    let Some(first) = lines.first() else {
        return;
    };
    if is_heading(first, body) {
        let size = (first.size * 2.0).round() as u32;
        let level = sizes.iter().position(|&known| known == size).unwrap_or(0) + 1;
        let title: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        builder.start_block();
        builder.start_section(level.min(6) as u8, &title.join(" "));
        builder.push_text(&"#".repeat(level.min(6)));
        builder.push_text(" ");
    } else {
        builder.start_block();
    }
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1);
        let continues_word =
            line.hyphenated && next.is_some_and(|next| next.text.starts_with(char::is_lowercase));
        let text = match (continues_word, line.text.strip_suffix('-')) {
            (true, Some(part)) => part,
            _ => line.text.as_str(),
        };
        let chars = text.chars().count();
        builder.push_marked(text, Some(Mark::Line(line.line_box(chars))));
        if next.is_some() && !continues_word {
            builder.push_text(" ");
        }
    }
}

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
        // Before a capital letter or a digit the hyphen is that of a compound: Baden-Baden, COVID-19.
        let is_compound =
            line.hyphenated && next.is_some_and(|next| next.text.starts_with(char::is_alphanumeric));
        if next.is_some() && !is_compound {
            builder.push_text(" ");
        }
    }
}

#[cfg(test)]
mod tests {
    use hearth_domain::{CharRange, Place};

    use super::*;
    use crate::document::{Document, ReadOptions};

    /// Writes pages of lines (text, left, top, size).
    fn write_lines(pages: &[&[(&str, f32, f32, f32)]]) -> Document {
        let pages: Vec<Vec<Line>> = (1..)
            .zip(pages)
            .map(|(page, lines)| {
                lines
                    .iter()
                    .map(|(text, left, top, size)| Line::new(page, text, (*left, *top), *size))
                    .collect()
            })
            .collect();
        let mut builder = DocumentBuilder::new(&ReadOptions::default());
        write_pages(&mut builder, &pages);
        let document = builder.finish(None, None);
        assert!(document.revision.is_valid());
        document
    }

    #[test]
    fn a_gap_and_an_indented_line_start_a_paragraph() {
        let document = write_lines(&[&[
            ("The first line of a", 50.0, 100.0, 10.0),
            ("paragraph ends here.", 50.0, 112.0, 10.0),
            ("An indented line starts", 70.0, 124.0, 10.0),
            ("the next one", 50.0, 136.0, 10.0),
            ("after a gap", 50.0, 170.0, 10.0),
        ]]);
        assert_eq!(
            document.revision.text,
            "The first line of a paragraph ends here.\n\nAn indented line starts the next one\n\nafter a gap"
        );
    }

    #[test]
    fn a_hyphenated_word_is_joined_and_its_parts_keep_their_lines() {
        let document = write_lines(&[&[
            ("a light-", 50.0, 100.0, 10.0),
            ("house in Baden-", 50.0, 112.0, 10.0),
            ("Baden", 50.0, 124.0, 10.0),
        ]]);
        // Before a capital letter the hyphen belongs to the word.
        assert_eq!(document.revision.text, "a lighthouse in Baden-Baden");
        let places = document.revision.layout.places_in_range(CharRange::new(2, 12));
        let [Place::Page { page: 1, boxes }] = places.as_slice() else {
            panic!("one page expected: {places:?}");
        };
        // "light" is characters 2 to 7 of a line of 8; "house" is the first third of the next line.
        assert_eq!(boxes.len(), 2);
        assert!((boxes[0].x - 60.0 / 600.0).abs() < 1e-4 && (boxes[0].width - 25.0 / 600.0).abs() < 1e-4);
        assert!((boxes[1].x - 50.0 / 600.0).abs() < 1e-4 && (boxes[1].width - 25.0 / 600.0).abs() < 1e-4);
    }

    #[test]
    fn font_sizes_above_the_text_are_levels_of_headings() {
        let text = "Text of the chapter, which is longer than all of its headings together.";
        let document = write_lines(&[&[
            ("7", 50.0, 20.0, 24.0),
            ("A chapter with", 50.0, 60.0, 20.0),
            ("a long title", 50.0, 82.0, 20.0),
            ("Its first part", 50.0, 120.0, 14.0),
            (text, 50.0, 150.0, 10.0),
        ]]);
        // A single number is no heading, however large.
        let headings = "# A chapter with a long title\n\n## Its first part";
        assert_eq!(document.revision.text, format!("7\n\n{headings}\n\n{text}"));
        let sections: Vec<_> = document
            .revision
            .sections
            .iter()
            .map(|section| (section.level, section.title.as_str()))
            .collect();
        assert_eq!(sections, [(1, "A chapter with a long title"), (2, "Its first part")]);
    }

    #[test]
    fn an_unfinished_sentence_continues_on_the_next_page() {
        let document = write_lines(&[
            &[("It goes on", 50.0, 760.0, 10.0)],
            &[("over the page.", 50.0, 40.0, 10.0)],
            &[("and a new one", 50.0, 40.0, 10.0)],
        ]);
        assert_eq!(document.revision.text, "It goes on over the page.\n\nand a new one");
        let places = document.revision.layout.places_in_range(CharRange::new(0, 20));
        let pages: Vec<_> = places
            .iter()
            .map(|place| match place {
                Place::Page { page, .. } => *page,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(pages, [1, 2]);
    }

    #[test]
    fn each_item_of_a_list_is_a_paragraph() {
        let document = write_lines(&[&[
            ("Bring:", 50.0, 100.0, 10.0),
            ("• a lamp and", 50.0, 112.0, 10.0),
            ("oil", 60.0, 124.0, 10.0),
            ("• a rope", 50.0, 136.0, 10.0),
        ]]);
        assert_eq!(document.revision.text, "Bring:\n\n• a lamp and oil\n\n• a rope");
    }
}

//! Tests of lines, on pages of a few characters.

use super::*;

const PAGE_WIDTH: f32 = 200.0;
const PAGE_HEIGHT: f32 = 100.0;

fn character(code: u32, left: f32, top: f32) -> Character {
    let rect = [left, top, left + 5.0, top + 10.0];
    Character { code, rect, size: 10.0, generated: false, hyphen: false, unmapped: false }
}

/// Characters of ten points, each five points wide.
fn characters(text: &str, left: f32, top: f32) -> Vec<Character> {
    (0_u16..).zip(text.chars()).map(|(at, c)| character(c.into(), left + 5.0 * f32::from(at), top)).collect()
}

fn extract(characters: Vec<Character>) -> Vec<Line> {
    extract_lines(&PageCharacters { width: PAGE_WIDTH, height: PAGE_HEIGHT, characters }, 1)
}

fn texts(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn a_line_has_its_box_as_fractions_of_the_page() {
    let lines = extract(characters("abcd", 100.0, 50.0));
    assert_eq!(texts(&lines), ["abcd"]);
    let line_box = lines[0].line_box(4);
    let Area { x, y, width, height } = line_box.area;
    assert_eq!((line_box.page, x, y), (1, 0.5, 0.5));
    assert!((width - 0.1).abs() < 1e-6 && (height - 0.1).abs() < 1e-6);
    // Right ends at a quarter, a half, three quarters and all of the box.
    assert_eq!(line_box.edges, [16383, 32767, 49151, 65535]);
    assert_eq!(lines[0].line_box(2).edges, [16383, 32767]);
}

#[test]
fn halves_of_a_character_are_joined() {
    // PDFium returns characters beyond U+FFFF as two UTF-16 units.
    let pair = vec![character(0xd83d, 10.0, 0.0), character(0xde00, 10.0, 0.0), character(0x61, 15.0, 0.0)];
    let lines = extract(pair);
    assert_eq!(texts(&lines), ["😀a"]);
    assert_eq!(lines[0].line_box(2).edges, [32767, 65535]);
    assert_eq!(
        texts(&extract(vec![character(0xd83d, 10.0, 0.0), character(0x61, 15.0, 0.0)])),
        ["\u{fffd}a"]
    );
}

/// Line end that PDFium inserts.
fn line_end() -> Character {
    Character { generated: true, ..character(13, 0.0, 0.0) }
}

#[test]
fn a_line_ends_at_a_line_end_a_column_and_a_new_height() {
    // The loose boxes of neighbouring lines overlap.
    let mut all = characters("one", 10.0, 10.0);
    all.push(line_end());
    all.extend(characters("two", 10.0, 18.0));
    all.extend(characters("column", 100.0, 18.0));
    all.extend(characters("below", 10.0, 40.0));
    assert_eq!(texts(&extract(all)), ["one", "two", "column", "below"]);
}

#[test]
fn spaces_are_single_and_none_is_at_the_ends() {
    assert_eq!(texts(&extract(characters("  a \u{a0} b\t ", 0.0, 0.0))), ["a b"]);
    assert!(extract(characters(" \t ", 0.0, 0.0)).is_empty());
}

#[test]
fn a_hyphen_at_the_end_of_a_line_ends_it() {
    let mut all = characters("light", 10.0, 10.0);
    all.push(Character { hyphen: true, ..character(2, 35.0, 10.0) });
    all.extend(characters("house", 40.0, 10.0));
    let lines = extract(all);
    assert_eq!(texts(&lines), ["light-", "house"]);
    assert!(lines[0].hyphenated && !lines[1].hyphenated);
}

#[test]
fn an_exponent_belongs_to_its_line() {
    // PDFium ends a line before and after the exponent, which reaches above the line.
    let exponent =
        Character { rect: [20.0, 8.0, 23.0, 14.0], size: 6.0, ..character(u32::from('9'), 20.0, 8.0) };
    let mut all = characters("10", 10.0, 10.0);
    all.extend([line_end(), exponent, line_end()]);
    all.extend(characters("m", 23.0, 10.0));
    all.push(line_end());
    // A gap of three points is a space.
    all.extend(characters("high", 31.0, 10.0));
    let lines = extract(all);
    assert_eq!(texts(&lines), ["109m high"]);
    let expected = [10.0, 8.0, 51.0, 20.0];
    assert!(lines[0].rect.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.001), "{:?}", lines[0].rect);
    assert_eq!(lines[0].line_box(9).edges.len(), 9);
}

#[test]
fn what_lies_outside_of_the_page_is_left_out() {
    let mut all = characters("seen", 10.0, 10.0);
    all.extend(characters("left", -50.0, 10.0));
    all.extend(characters("below", 10.0, 150.0));
    all.push(character(0x78, f32::NAN, 10.0));
    assert_eq!(texts(&extract(all)), ["seen"]);
}

#[test]
fn characters_without_a_meaning_are_replaced() {
    let codes = [0x61, 0x1, 0xffff, 0x62];
    let all =
        codes.iter().zip([10.0, 15.0, 20.0, 25.0]).map(|(&code, left)| character(code, left, 0.0)).collect();
    assert_eq!(texts(&extract(all)), ["a\u{fffd}\u{fffd}b"]);
}

/// Pages with a header, a text of their own, and their number.
fn numbered_pages(count: u32) -> Vec<Vec<Line>> {
    (1..=count)
        .map(|page| {
            vec![
                Line::new(page, "Annual report", (50.0, 20.0), 10.0),
                Line::new(page, "Sales rose.", (50.0, 400.0), 10.0),
                Line::new(page, &format!("Page {page}"), (50.0, 780.0), 10.0),
                Line::new(page, &format!("{page} / {count}"), (300.0, 780.0), 10.0),
            ]
        })
        .collect()
}

#[test]
fn running_heads_stay_once_and_page_numbers_never() {
    let mut pages = numbered_pages(12);
    remove_running_heads(&mut pages);
    // The same text in the middle of each page is no running head.
    assert_eq!(texts(&pages[0]), ["Annual report", "Sales rose.", "Page 1"]);
    assert!(pages[1..].iter().all(|page| texts(page) == ["Sales rose."]));
}

#[test]
fn a_line_at_the_edge_of_two_pages_is_no_running_head() {
    let mut pages = numbered_pages(2);
    remove_running_heads(&mut pages);
    assert!(pages.iter().all(|page| page.len() == 4));
}

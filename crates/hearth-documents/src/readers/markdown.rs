//! Reader of Markdown: the text as written, with sections from its headings. Embedded HTML is converted to
//! text.

use std::borrow::Cow;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use hearth_domain::{CharRange, ProblemCode, Section, TextIndex};

use super::html;
use super::text::decode_text;
use crate::document::{Document, DocumentBuilder, ReadOptions, collapse_whitespace};

/// Reads a Markdown text; its title is the first heading, if that is of level 1.
pub(super) fn read_markdown(bytes: &[u8], options: &ReadOptions) -> Document {
    let (text, had_errors) = decode_text(bytes);
    let text = strip_front_matter(&text).trim_end();
    let mut builder = DocumentBuilder::new(options);
    if had_errors {
        builder.add_problem(ProblemCode::Encoding, "some characters could not be decoded", None);
    }
    builder.push_text(&convert_html(text, options));
    let mut document = builder.finish(None, None);
    document.revision.sections = parse_sections(&document.revision.text);
    document.title = document
        .revision
        .sections
        .first()
        .filter(|section| section.level == 1)
        .map(|section| section.title.clone());
    document
}

/// Text after a leading block of `---` front matter. Before an empty line, `---` is a thematic break (as in
/// Pandoc).
fn strip_front_matter(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("---\n").filter(|rest| !rest.starts_with('\n')) else {
        return text;
    };
    match rest.find("\n---\n") {
        Some(end) => rest[end + 5..].trim_start_matches('\n'),
        None => text,
    }
}

/// Text with HTML blocks converted by the HTML reader and inline tags removed; code stays as it is.
fn convert_html<'a>(text: &'a str, options: &ReadOptions) -> Cow<'a, str> {
    let mut out = String::new();
    let mut copied_until = 0;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let replacement = match event {
            Event::Start(Tag::HtmlBlock) => {
                let block_options = ReadOptions { article: false, address: None, ..options.clone() };
                let block_text =
                    html::read_html(text[range.clone()].as_bytes(), &block_options).revision.text;
                if block_text.trim().is_empty() {
                    String::new()
                } else {
                    format!("{}\n", block_text.trim_end())
                }
            }
            Event::InlineHtml(tag) if tag.to_ascii_lowercase().starts_with("<br") => " ".to_owned(),
            Event::InlineHtml(_) => String::new(),
            _ => continue,
        };
        if range.start < copied_until {
            continue;
        }
        out.push_str(&text[copied_until..range.start]);
        out.push_str(&replacement);
        copied_until = range.end;
    }
    if copied_until == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied_until..]);
    Cow::Owned(out)
}

/// Sections of a Markdown text; each ends at the next heading of its level or above.
fn parse_sections(text: &str) -> Vec<Section> {
    let index = TextIndex::new(text);
    let mut sections: Vec<Section> = Vec::new();
    let mut title: Option<String> = None;
    let mut start = 0;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                title = Some(String::new());
                start = index.char_offset(range.start).0;
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some(title) = title.as_mut() {
                    title.push_str(&part);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(title) = title.as_mut() {
                    title.push(' ');
                }
            }
            Event::End(TagEnd::Heading(level)) => {
                let title = collapse_whitespace(&title.take().unwrap_or_default());
                if !title.is_empty() {
                    sections.push(Section { title, range: CharRange::new(start, start), level: level as u8 });
                }
            }
            _ => {}
        }
    }
    let end = index.len();
    for at in 0..sections.len() {
        let (level, begin) = (sections[at].level, sections[at].range.start.0);
        let next = sections[at + 1..]
            .iter()
            .find(|later| later.level <= level)
            .map_or(end, |later| later.range.start.0);
        sections[at].range = CharRange::new(begin, next);
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_inside_becomes_what_it_says() {
        let text = "# A\n\nIt is **<b>warm</b>**,<br>as `<b>` shows.\n\n<ul>\n<li>One</li>\n<li>Two<ul><li>Three</li></ul></li>\n\
            </ul>\n\n<!-- nothing\n\nto see -->\n\n```\n<i>code</i>\n```\n";
        let converted = read_markdown(text.as_bytes(), &ReadOptions::default()).revision.text;
        assert!(converted.contains("It is **warm**, as `<b>` shows."), "{converted}");
        assert!(
            converted.contains("- One") && converted.contains("- Three") && !converted.contains("<li>"),
            "{converted}"
        );
        assert!(!converted.contains("nothing") && converted.contains("<i>code</i>"), "{converted}");
    }

    #[test]
    fn headings_make_nested_sections() {
        let text = "---\ntitle: x\n---\n# One\n\ntext\n\n## *Two* `b`\n\nmore\n\n# Three\n";
        let document = read_markdown(text.as_bytes(), &ReadOptions::default());
        let sections: Vec<_> = document
            .revision
            .sections
            .iter()
            .map(|s| (s.title.as_str(), s.level, s.range.slice(&document.revision.text).unwrap()))
            .collect();
        assert_eq!(sections[0].0, "One");
        assert!(sections[0].2.ends_with("more\n\n"));
        assert_eq!((sections[1].0, sections[1].1), ("Two b", 2));
        assert_eq!(sections[2].2, "# Three");
        assert_eq!(document.title.as_deref(), Some("One"));
    }

    /// Titles, levels and texts of the sections.
    fn read_sections(text: &str) -> Vec<(String, u8, String)> {
        let revision = read_markdown(text.as_bytes(), &ReadOptions::default()).revision;
        assert!(revision.is_valid());
        let text = |section: &Section| section.range.slice(&revision.text).unwrap().to_owned();
        revision
            .sections
            .iter()
            .map(|section| (section.title.clone(), section.level, text(section)))
            .collect()
    }

    #[test]
    fn a_thematic_break_at_the_start_is_no_front_matter() {
        let text = "---\n\nWritten in May.\n\n---\n\nThe end.";
        assert_eq!(read_markdown(text.as_bytes(), &ReadOptions::default()).revision.text, text);
        let text = "---\r\ntags: [a]\r\n---\r\n\r\nText.";
        assert_eq!(read_markdown(text.as_bytes(), &ReadOptions::default()).revision.text, "Text.");
    }

    #[test]
    fn an_underlined_heading_may_have_two_lines() {
        // CommonMark, 4.3: the content of a setext heading is a paragraph.
        let sections = read_sections("Größe und\nGewicht\n=======\n\nText.\n\nNext\n---\n");
        assert_eq!(sections[0].0, "Größe und Gewicht");
        assert!(sections[0].2.ends_with("Next\n---"), "{sections:?}");
        assert_eq!((sections[1].0.as_str(), sections[1].1), ("Next", 2));
        assert_eq!(sections[1].2, "Next\n---");
    }

    #[test]
    fn a_number_sign_in_code_is_no_heading() {
        let sections =
            read_sections("# Setup\n\n```sh\n# install\nmake\n```\n\n    # indented\n\n#no-space\n");
        let titles: Vec<_> = sections.iter().map(|section| section.0.as_str()).collect();
        assert_eq!(titles, ["Setup"]);
    }

    #[test]
    fn words_on_both_sides_of_a_line_break_tag_stay_apart() {
        let text = "one<br>two<BR/>three<b>four</b>";
        let found = read_markdown(text.as_bytes(), &ReadOptions::default()).revision.text;
        assert_eq!(found, "one two threefour");
    }

    #[test]
    fn a_first_heading_of_level_two_is_no_title() {
        assert_eq!(read_markdown(b"## Part\n\n# Late\n", &ReadOptions::default()).title, None);
    }
}

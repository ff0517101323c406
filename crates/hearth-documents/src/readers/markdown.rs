//! Markdown: the text as its author wrote it, with the sections its headings make. HTML inside of it becomes what it
//! says.

use std::borrow::Cow;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use hearth_domain::{CharRange, ProblemCode, Section, TextIndex};

use super::html;
use super::text::decode;
use crate::document::{Builder, Document, ReadOptions, squeezed};

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Document {
    let (text, had_errors) = decode(bytes);
    let text = without_front_matter(&text).trim_end();
    let mut builder = Builder::new(options);
    if had_errors {
        builder.problem(ProblemCode::Encoding, "some bytes belong to no known encoding", None);
    }
    builder.push(&without_html(text, options));
    let mut document = builder.finish(None, None);
    document.revision.sections = sections(&document.revision.text);
    document.title = document
        .revision
        .sections
        .first()
        .filter(|section| section.level == 1)
        .map(|section| section.title.clone());
    document
}

/// The text after a leading block of `---` metadata.
fn without_front_matter(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("---\n") else {
        return text;
    };
    match rest.find("\n---\n") {
        Some(end) => rest[end + 5..].trim_start_matches('\n'),
        None => text,
    }
}

/// The text with HTML blocks read as HTML, and tags inside of paragraphs left out; code stays as it is.
fn without_html<'a>(text: &'a str, options: &ReadOptions) -> Cow<'a, str> {
    let mut out = String::new();
    let mut kept = 0;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let replacement = match event {
            Event::Start(Tag::HtmlBlock) => {
                let plain = ReadOptions { article: false, address: None, ..options.clone() };
                let said = html::read(text[range.clone()].as_bytes(), &plain).revision.text;
                if said.trim().is_empty() { String::new() } else { format!("{}\n", said.trim_end()) }
            }
            Event::InlineHtml(tag) if tag.starts_with("<br") => " ".to_owned(),
            Event::InlineHtml(_) => String::new(),
            _ => continue,
        };
        if range.start < kept {
            continue;
        }
        out.push_str(&text[kept..range.start]);
        out.push_str(&replacement);
        kept = range.end;
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

fn sections(text: &str) -> Vec<Section> {
    let index = TextIndex::new(text);
    let mut sections: Vec<Section> = Vec::new();
    let mut title: Option<String> = None;
    let mut start = 0;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                title = Some(String::new());
                start = index.offset(range.start).0;
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some(title) = title.as_mut() {
                    title.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(level)) => {
                let title = squeezed(&title.take().unwrap_or_default());
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
        let read = read(text.as_bytes(), &ReadOptions::default()).revision.text;
        assert!(read.contains("It is **warm**, as `<b>` shows."), "{read}");
        assert!(read.contains("- One") && read.contains("- Three") && !read.contains("<li>"), "{read}");
        assert!(!read.contains("nothing") && read.contains("<i>code</i>"), "{read}");
    }

    #[test]
    fn headings_make_nested_sections() {
        let text = "---\ntitle: x\n---\n# One\n\ntext\n\n## *Two* `b`\n\nmore\n\n# Three\n";
        let document = read(text.as_bytes(), &ReadOptions::default());
        let seen: Vec<_> = document
            .revision
            .sections
            .iter()
            .map(|s| (s.title.as_str(), s.level, s.range.slice(&document.revision.text).unwrap()))
            .collect();
        assert_eq!(seen[0].0, "One");
        assert!(seen[0].2.ends_with("more\n\n"));
        assert_eq!((seen[1].0, seen[1].1), ("Two b", 2));
        assert_eq!(seen[2].2, "# Three");
        assert_eq!(document.title.as_deref(), Some("One"));
    }
}

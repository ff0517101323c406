//! Markdown: the text as its author wrote it, with the sections its headings make.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use hearth_domain::{CharRange, ProblemCode, Section, TextIndex};

use super::text::decode;
use crate::document::{Builder, Document, ReadOptions, squeezed};

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Document {
    let (text, had_errors) = decode(bytes);
    let text = without_front_matter(&text).trim_end();
    let mut builder = Builder::new(options);
    if had_errors {
        builder.problem(ProblemCode::Encoding, "some bytes belong to no known encoding", None);
    }
    builder.push(text);
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

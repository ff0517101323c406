//! Addresses of pages that open at a passage or a note.

use hearth_domain::{CharRange, NoteId, NotebookId, RevisionId, SourceId};
use hearth_wire::SearchHit;

/// Target that a notebook's page opens at.
#[derive(Clone, Debug, PartialEq)]
pub enum OpenTarget {
    Passage { source: SourceId, revision: RevisionId, range: CharRange },
    Note(NoteId),
}

/// Address of the page that opens a hit.
pub fn hit_address(notebook: NotebookId, hit: &SearchHit) -> String {
    match (&hit.passage, &hit.note) {
        (Some(passage), _) => format!(
            "/notebook/{notebook}?source={}&revision={}&start={}&end={}",
            passage.source_id, passage.revision, passage.range.start.0, passage.range.end.0
        ),
        (_, Some(note)) => format!("/notebook/{notebook}?note={}", note.id),
        _ => format!("/notebook/{notebook}"),
    }
}

/// Parses the target of a page's query; `None` if it is incomplete.
pub fn parse_open_target(field: impl Fn(&str) -> Option<String>) -> Option<OpenTarget> {
    if let Some(note) = field("note") {
        return Some(OpenTarget::Note(note.parse().ok()?));
    }
    Some(OpenTarget::Passage {
        source: field("source")?.parse().ok()?,
        revision: field("revision")?.parse().ok()?,
        range: CharRange::new(field("start")?.parse().ok()?, field("end")?.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_what_is_opened() {
        let id = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
        let field = |name: &str| match name {
            "source" | "revision" => Some(id.to_owned()),
            "start" => Some("3".to_owned()),
            "end" => Some("9".to_owned()),
            _ => None,
        };
        let expect = OpenTarget::Passage {
            source: id.parse().unwrap(),
            revision: id.parse().unwrap(),
            range: CharRange::new(3, 9),
        };
        assert_eq!(parse_open_target(field), Some(expect));
        assert_eq!(
            parse_open_target(|name| (name == "note").then(|| id.to_owned())),
            Some(OpenTarget::Note(id.parse().unwrap()))
        );
        assert_eq!(parse_open_target(|name| (name == "source").then(|| id.to_owned())), None);
    }
}

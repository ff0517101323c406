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

    const ID: &str = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";

    /// Target that the page of an address opens.
    fn open_address(address: &str) -> Option<OpenTarget> {
        let query = address.split_once('?')?.1;
        let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        parse_open_target(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_page_of_a_hit_opens_at_the_hit() {
        let passage = serde_json::json!({
            "kind": "passage", "source_title": "a", "score": 1.0, "matches": [], "passage": {
                "id": "p", "source_id": ID, "revision": ID, "ordinal": 0, "text": "t", "start": 3, "end": 9,
                "section": [], "places": []
            }
        });
        let note = serde_json::json!({
            "kind": "note", "source_title": "a", "score": 1.0, "matches": [], "note": {
                "id": ID, "notebook_id": ID, "title": "a", "body": "b", "citations": [],
                "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"
            }
        });
        let open =
            |hit| open_address(&hit_address(ID.parse().unwrap(), &serde_json::from_value(hit).unwrap()));
        let id = ID.parse().unwrap();
        let range = CharRange::new(3, 9);
        let expect = OpenTarget::Passage { source: id, revision: ID.parse().unwrap(), range };
        assert_eq!(open(passage), Some(expect));
        assert_eq!(open(note), Some(OpenTarget::Note(ID.parse().unwrap())));
    }

    #[test]
    fn a_query_with_a_damaged_part_opens_nothing() {
        let address = |start: &str| format!("/notebook/{ID}?source={ID}&revision={ID}&start={start}&end=9");
        assert!(open_address(&address("3")).is_some());
        for start in ["", "-1", "x", "99999999999"] {
            assert_eq!(open_address(&address(start)), None, "{start}");
        }
        assert_eq!(open_address("/notebook/x?note=../../etc"), None);
    }

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

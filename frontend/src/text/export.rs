//! A note as a Markdown file of its own: markers in brackets, their quotes below.

use hearth_domain::{Citation, Note};

/// Formats a note with its title, its markers and its quotes.
pub fn to_markdown(note: &Note) -> String {
    let mut body = note.body.clone();
    let mut numbered = Vec::new();
    let mut citations: Vec<_> = note.citations.iter().collect();
    // By the markers: their offsets in the answer are not those in an edited note.
    citations.sort_by_key(|citation| note.body.find(&format_marker(citation)));
    for citation in citations {
        let marker = format_marker(citation);
        if !body.contains(&marker) {
            continue;
        }
        let is_same_quote =
            |other: &&Citation| other.source_id == citation.source_id && other.range == citation.range;
        let number = match numbered.iter().position(is_same_quote) {
            Some(at) => at + 1,
            None => {
                numbered.push(citation);
                numbered.len()
            }
        };
        body = body.replace(&marker, &format!("[^{number}]"));
    }
    let mut out = format!("# {}\n\n{}\n", note.title, body.trim_end());
    for (number, citation) in (1..).zip(numbered) {
        let quote: Vec<&str> = citation.quote.split_whitespace().collect();
        out.push_str(&format!("\n[^{number}]: {}: “{}”", citation.source_title, quote.join(" ")));
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Marker of a citation in the body.
fn format_marker(citation: &Citation) -> String {
    format!("[^{}]", citation.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST_ID: &str = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
    const SECOND_ID: &str = "01a1ffe2-4995-773f-9a82-45a4d6c23e93";

    /// Citation of the source's characters from `at` on, at the same offset of the answer.
    fn make_citation(id: &str, at: u32, quote: &str) -> serde_json::Value {
        serde_json::json!({
            "id": id, "number": 7, "at": at, "covers": {"start": 0, "end": at}, "source_id": SECOND_ID,
            "revision": SECOND_ID, "source_title": "handbook.md", "start": at, "end": at + 4, "quote": quote,
            "places": [], "found_by": "model"
        })
    }

    fn make_note(body: &str, citations: &[serde_json::Value]) -> Note {
        serde_json::from_value(serde_json::json!({
            "id": FIRST_ID, "notebook_id": FIRST_ID, "title": "Burner", "body": body, "citations": citations,
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"
        }))
        .unwrap()
    }

    #[test]
    fn numbers_follow_the_text_and_quotes_stand_below() {
        let body = format!("Once a year[^{FIRST_ID}]. Gone: [^x].");
        let citations =
            [make_citation(SECOND_ID, 9, "unused"), make_citation(FIRST_ID, 11, "Clean\nthe burner.")];
        let expect = "# Burner\n\nOnce a year[^1]. Gone: [^x].\n\n[^1]: handbook.md: “Clean the burner.”\n";
        assert_eq!(to_markdown(&make_note(&body, &citations)), expect);
    }

    #[test]
    fn a_sentence_that_was_moved_in_the_note_takes_its_number_along() {
        let body = format!("Late[^{SECOND_ID}]. Early[^{FIRST_ID}].");
        let citations = [make_citation(FIRST_ID, 5, "early"), make_citation(SECOND_ID, 40, "late")];
        let expect =
            "# Burner\n\nLate[^1]. Early[^2].\n\n[^1]: handbook.md: “late”\n[^2]: handbook.md: “early”\n";
        assert_eq!(to_markdown(&make_note(&body, &citations)), expect);
    }

    #[test]
    fn the_same_quote_has_one_number_however_often_it_is_cited() {
        let body = format!("One[^{FIRST_ID}], again[^{FIRST_ID}], and by another[^{SECOND_ID}].\n\n");
        let citations = [make_citation(FIRST_ID, 5, "quote"), make_citation(SECOND_ID, 5, "quote")];
        let expect = "# Burner\n\nOne[^1], again[^1], and by another[^1].\n\n[^1]: handbook.md: “quote”\n";
        assert_eq!(to_markdown(&make_note(&body, &citations)), expect);
        assert_eq!(to_markdown(&make_note("Nothing cited.", &[])), "# Burner\n\nNothing cited.\n");
    }
}

//! A note as a Markdown file of its own: markers in brackets, their quotes below.

use hearth_domain::Note;

/// Formats a note with its title, its markers and its quotes.
pub fn to_markdown(note: &Note) -> String {
    let mut body = note.body.clone();
    let mut numbered = Vec::new();
    let mut citations: Vec<_> = note.citations.iter().collect();
    citations.sort_by_key(|citation| citation.at);
    for citation in citations {
        let marker = format!("[^{}]", citation.id);
        if !body.contains(&marker) {
            continue;
        }
        let is_same_quote = |other: &&hearth_domain::Citation| {
            other.source_id == citation.source_id && other.range == citation.range
        };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_text_and_quotes_stand_below() {
        let id = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
        let other = "01a1ffe2-4995-773f-9a82-45a4d6c23e93";
        let citation = |id: &str, at: u32, quote: &str| {
            serde_json::json!({
                "id": id, "number": 7, "at": at, "covers": {"start": 0, "end": at}, "source_id": other, "revision": other,
                "source_title": "handbook.md", "start": at, "end": at + 4, "quote": quote, "places": [], "found_by": "model"
            })
        };
        let note: Note = serde_json::from_value(serde_json::json!({
            "id": id, "notebook_id": id, "title": "Burner", "body": format!("Once a year[^{id}]. Gone: [^x]."),
            "citations": [citation(other, 9, "unused"), citation(id, 11, "Clean\nthe burner.")],
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"
        }))
        .unwrap();
        let expect = "# Burner\n\nOnce a year[^1]. Gone: [^x].\n\n[^1]: handbook.md: “Clean the burner.”\n";
        assert_eq!(to_markdown(&note), expect);
    }
}

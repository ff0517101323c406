//! An answer for display: its Markdown with citation markers and unsupported sentences; and as text to copy.

use hearth_domain::{Citation, CitationId, Turn};

use super::markdown::{MarkdownNode, Overlay, parse_markdown};
use super::offsets::byte_offsets;

/// Nodes of an answer. Markers are positions in its citations, marks its unsupported ranges.
pub fn answer_nodes(turn: &Turn) -> Vec<MarkdownNode> {
    let overlay = Overlay {
        cites: turn.citations.iter().map(|citation| citation.at).collect(),
        marks: turn.unsupported.iter().copied().enumerate().collect(),
    };
    parse_markdown(&turn.answer, &overlay)
}

/// Formats an answer for copying: markers in brackets, and their quotes below.
pub fn format_answer_for_copy(turn: &Turn) -> String {
    let mut marked =
        insert_markers(&turn.answer, &turn.citations, |citation| format!("[{}]", citation.number));
    let mut numbers: Vec<&Citation> = turn.citations.iter().collect();
    numbers.sort_by_key(|citation| citation.number);
    numbers.dedup_by_key(|citation| citation.number);
    if !numbers.is_empty() {
        marked.push('\n');
    }
    for citation in numbers {
        marked.push_str(&format!("\n[{}] {}: “{}”", citation.number, citation.source_title, citation.quote));
    }
    marked
}

/// Nodes of a note's body, with each `[^id]` replaced by a citation marker.
pub fn note_nodes(body: &str, citations: &[Citation]) -> Vec<MarkdownNode> {
    let mut text = String::new();
    let mut cites = vec![None; citations.len()];
    let mut repeated = Vec::new();
    let mut rest = body;
    while let Some(start) = rest.find("[^") {
        let marker = &rest[start + 2..];
        let marker_match = marker.find(']').and_then(|end| {
            let id: CitationId = marker[..end].parse().ok()?;
            Some((citations.iter().position(|citation| citation.id == id)?, end))
        });
        let Some((index, end)) = marker_match else {
            text.push_str(&rest[..start + 2]);
            rest = marker;
            continue;
        };
        text.push_str(&rest[..start]);
        let at = hearth_domain::CharOffset(text.chars().count() as u32);
        match &mut cites[index] {
            empty @ None => *empty = Some(at),
            Some(_) => repeated.push((index, at)),
        }
        rest = &marker[end + 1..];
    }
    text.push_str(rest);
    let mut order: Vec<usize> = Vec::new();
    let mut offsets = Vec::new();
    for (index, at) in
        cites.into_iter().enumerate().filter_map(|(index, at)| Some((index, at?))).chain(repeated)
    {
        order.push(index);
        offsets.push(at);
    }
    let mut nodes = parse_markdown(&text, &Overlay { cites: offsets, marks: Vec::new() });
    renumber_markers(&mut nodes, &order);
    nodes
}

fn renumber_markers(nodes: &mut [MarkdownNode], order: &[usize]) {
    for node in nodes {
        match node {
            MarkdownNode::Cite(indices) => indices.iter_mut().for_each(|index| *index = order[*index]),
            MarkdownNode::Element(_, children) | MarkdownNode::Link(_, children) => {
                renumber_markers(children, order);
            }
            _ => {}
        }
    }
}

fn insert_markers(text: &str, citations: &[Citation], marker: impl Fn(&Citation) -> String) -> String {
    let mut sorted: Vec<&Citation> = citations.iter().collect();
    sorted.sort_by_key(|citation| citation.at);
    let bytes = byte_offsets(text, sorted.iter().map(|citation| citation.at));
    let mut out = String::new();
    let mut start = 0;
    for (citation, byte) in sorted.into_iter().zip(bytes) {
        out.push_str(&text[start..byte]);
        out.push_str(&marker(citation));
        start = byte;
    }
    out.push_str(&text[start..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST_ID: &str = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
    const SECOND_ID: &str = "01a1ffe2-4995-773f-9a82-45a4d6c23e93";

    fn make_citation(id: &str, number: u32, at: u32) -> Citation {
        serde_json::from_value(serde_json::json!({
            "id": id, "number": number, "at": at, "covers": {"start": 0, "end": at}, "source_id": FIRST_ID, "revision": FIRST_ID,
            "source_title": "handbook.md", "start": 0, "end": 4, "quote": format!("quote {number}"), "places": [], "found_by": "model"
        }))
        .unwrap()
    }

    fn make_turn(answer: &str, citations: Vec<Citation>) -> Turn {
        let mut turn: Turn = serde_json::from_value(serde_json::json!({
            "id": FIRST_ID, "notebook_id": FIRST_ID, "conversation_id": FIRST_ID, "question": "?", "state": "done", "mode": "chat",
            "answer": answer, "citations": [], "unsupported": [], "passages_used": 0, "passages_left_out": 0,
            "timings": {"retrieve_ms": 0, "total_ms": 0}, "follow_ups": [], "created_at": "2026-01-01T00:00:00Z"
        }))
        .unwrap();
        turn.citations = citations;
        turn
    }

    #[test]
    fn a_copy_says_each_quote_once() {
        let citations = vec![
            make_citation(SECOND_ID, 2, 9),
            make_citation(FIRST_ID, 1, 4),
            make_citation(FIRST_ID, 1, 9),
        ];
        let copied = format_answer_for_copy(&make_turn("Früh. Spät.", citations));
        let expect = "Früh[1]. Spä[2][1]t.\n\n[1] handbook.md: “quote 1”\n[2] handbook.md: “quote 2”";
        assert_eq!(copied, expect);
        assert_eq!(format_answer_for_copy(&make_turn("Nothing cited.", Vec::new())), "Nothing cited.");
    }

    #[test]
    fn markers_of_a_note_become_numbers_and_others_stay_text() {
        let citations = [make_citation(FIRST_ID, 1, 0), make_citation(SECOND_ID, 2, 0)];
        let body = format!("Später[^{SECOND_ID}] früh[^{FIRST_ID}] nochmals[^{SECOND_ID}] fremd[^x] offen[^");
        let flat = flatten_nodes(&note_nodes(&body, &citations));
        assert_eq!(flat, "Später<1> früh<0> nochmals<1> fremd[^x] offen[^");
    }

    #[test]
    fn a_marker_after_an_open_bracket_and_one_in_code_are_found() {
        let citations = [make_citation(FIRST_ID, 1, 0)];
        let flat = flatten_nodes(&note_nodes(&format!("offen [^[^{FIRST_ID}] Ende"), &citations));
        assert_eq!(flat, "offen [^<0> Ende");
        let nodes = note_nodes(&format!("```\nx[^{FIRST_ID}]\n```"), &citations);
        assert_eq!(nodes, [MarkdownNode::Code(String::new(), "x\n".into()), MarkdownNode::Cite(vec![0])]);
    }

    #[test]
    fn a_copy_has_markers_past_the_end_at_the_end() {
        let citations = vec![make_citation(FIRST_ID, 1, 99)];
        let copied = format_answer_for_copy(&make_turn("Kurz 𝄞", citations));
        assert_eq!(copied, "Kurz 𝄞[1]\n\n[1] handbook.md: “quote 1”");
    }

    #[test]
    fn unsupported_sentences_are_marked_by_their_number() {
        let mut turn = make_turn("Früh. Spät.", Vec::new());
        turn.unsupported = vec![hearth_domain::CharRange::new(6, 11)];
        let children = vec![MarkdownNode::Text("Früh. ".into()), MarkdownNode::Mark(0, "Spät.".into())];
        let paragraph = MarkdownNode::Element(crate::text::markdown::Tag::Paragraph, children);
        assert_eq!(answer_nodes(&turn), [paragraph]);
    }

    /// Text of the nodes, with markers as positions in the citations.
    fn flatten_nodes(nodes: &[MarkdownNode]) -> String {
        let node_text = |node: &MarkdownNode| match node {
            MarkdownNode::Text(text) | MarkdownNode::Mark(_, text) => text.clone(),
            MarkdownNode::Element(_, children) | MarkdownNode::Link(_, children) => flatten_nodes(children),
            MarkdownNode::Cite(indices) => indices.iter().map(|index| format!("<{index}>")).collect(),
            _ => String::new(),
        };
        nodes.iter().map(node_text).collect()
    }
}

//! An answer for showing: its Markdown with numbers and unsupported sentences, and as text to copy.

use hearth_domain::{Citation, CitationId, Turn};

use super::markdown::{Node, Overlay, markdown};
use super::offsets::bytes_of;

/// The blocks of an answer. Numbers are positions in its citations, marks its unsupported ranges.
pub fn blocks(turn: &Turn) -> Vec<Node> {
    let overlay = Overlay {
        cites: turn.citations.iter().map(|citation| citation.at).collect(),
        marks: turn.unsupported.iter().copied().enumerate().collect(),
    };
    markdown(&turn.answer, &overlay)
}

/// An answer as it is copied: numbers in brackets, and what they mean below.
pub fn to_copy(turn: &Turn) -> String {
    let mut marked = insert(&turn.answer, &turn.citations, |citation| format!("[{}]", citation.number));
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

/// A note's body with numbers that can be shown: `[^id]` taken out, and where each stood.
pub fn note_blocks(body: &str, citations: &[Citation]) -> Vec<Node> {
    let mut text = String::new();
    let mut cites = vec![None; citations.len()];
    let mut twice = Vec::new();
    let mut rest = body;
    while let Some(start) = rest.find("[^") {
        let marker = &rest[start + 2..];
        let known = marker.find(']').and_then(|end| {
            let id: CitationId = marker[..end].parse().ok()?;
            Some((citations.iter().position(|citation| citation.id == id)?, end))
        });
        let Some((which, end)) = known else {
            text.push_str(&rest[..start + 2]);
            rest = marker;
            continue;
        };
        text.push_str(&rest[..start]);
        let at = hearth_domain::CharOffset(text.chars().count() as u32);
        match &mut cites[which] {
            empty @ None => *empty = Some(at),
            Some(_) => twice.push((which, at)),
        }
        rest = &marker[end + 1..];
    }
    text.push_str(rest);
    let mut order: Vec<usize> = Vec::new();
    let mut offsets = Vec::new();
    for (which, at) in cites.into_iter().enumerate().filter_map(|(which, at)| Some((which, at?))).chain(twice)
    {
        order.push(which);
        offsets.push(at);
    }
    let mut nodes = markdown(&text, &Overlay { cites: offsets, marks: Vec::new() });
    renumber(&mut nodes, &order);
    nodes
}

fn renumber(nodes: &mut [Node], order: &[usize]) {
    for node in nodes {
        match node {
            Node::Cite(which) => which.iter_mut().for_each(|which| *which = order[*which]),
            Node::Element(_, children) | Node::Link(_, children) => renumber(children, order),
            _ => {}
        }
    }
}

fn insert(text: &str, citations: &[Citation], marker: impl Fn(&Citation) -> String) -> String {
    let mut sorted: Vec<&Citation> = citations.iter().collect();
    sorted.sort_by_key(|citation| citation.at);
    let bytes = bytes_of(text, sorted.iter().map(|citation| citation.at));
    let mut out = String::new();
    let mut from = 0;
    for (citation, byte) in sorted.into_iter().zip(bytes) {
        out.push_str(&text[from..byte]);
        out.push_str(&marker(citation));
        from = byte;
    }
    out.push_str(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
    const TWO: &str = "01a1ffe2-4995-773f-9a82-45a4d6c23e93";

    fn citation(id: &str, number: u32, at: u32) -> Citation {
        serde_json::from_value(serde_json::json!({
            "id": id, "number": number, "at": at, "covers": {"start": 0, "end": at}, "source_id": ONE, "revision": ONE,
            "source_title": "handbook.md", "start": 0, "end": 4, "quote": format!("quote {number}"), "places": [], "found_by": "model"
        }))
        .unwrap()
    }

    fn turn(answer: &str, citations: Vec<Citation>) -> Turn {
        let mut turn: Turn = serde_json::from_value(serde_json::json!({
            "id": ONE, "notebook_id": ONE, "conversation_id": ONE, "question": "?", "state": "done", "mode": "chat",
            "answer": answer, "citations": [], "unsupported": [], "passages_used": 0, "passages_left_out": 0,
            "timings": {"retrieve_ms": 0, "total_ms": 0}, "follow_ups": [], "created_at": "2026-01-01T00:00:00Z"
        }))
        .unwrap();
        turn.citations = citations;
        turn
    }

    #[test]
    fn a_copy_says_each_quote_once() {
        let citations = vec![citation(TWO, 2, 9), citation(ONE, 1, 4), citation(ONE, 1, 9)];
        let copied = to_copy(&turn("Früh. Spät.", citations));
        let expect = "Früh[1]. Spä[2][1]t.\n\n[1] handbook.md: “quote 1”\n[2] handbook.md: “quote 2”";
        assert_eq!(copied, expect);
        assert_eq!(to_copy(&turn("Nothing cited.", Vec::new())), "Nothing cited.");
    }

    #[test]
    fn markers_of_a_note_become_numbers_and_others_stay_text() {
        let citations = [citation(ONE, 1, 0), citation(TWO, 2, 0)];
        let body = format!("Später[^{TWO}] früh[^{ONE}] nochmals[^{TWO}] fremd[^x] offen[^");
        let flat = flatten(&note_blocks(&body, &citations));
        assert_eq!(flat, "Später<1> früh<0> nochmals<1> fremd[^x] offen[^");
    }

    /// Text, with numbers as positions in the citations.
    fn flatten(nodes: &[Node]) -> String {
        let one = |node: &Node| match node {
            Node::Text(text) | Node::Mark(_, text) => text.clone(),
            Node::Element(_, inside) | Node::Link(_, inside) => flatten(inside),
            Node::Cite(which) => which.iter().map(|which| format!("<{which}>")).collect(),
            _ => String::new(),
        };
        nodes.iter().map(one).collect()
    }
}

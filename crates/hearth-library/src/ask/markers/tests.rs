//! Hard streams: each is given whole and split at every character, with the same result.

mod complete;
mod forms;
mod fresh;
mod places;

use super::{MarkerFilter, StreamPiece};

/// Stream and its pieces as text: `⟨1,2⟩` marker, `⟪1⟫` noun, `⟦ [1-2]|1,2⟧` doubtful, `⊘` refusal.
type Case = (&'static str, &'static str);

/// Count of the passages in all cases.
const PASSAGES: u32 = 12;

/// Filter as all cases use it.
fn new_filter() -> MarkerFilter {
    MarkerFilter::new(PASSAGES, vec!["The manual".to_owned(), "Mietvertrag 2021".to_owned()])
}

/// Numbers between commas.
fn join(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// Text with its pieces marked.
fn format_pieces(pieces: Vec<StreamPiece>) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            StreamPiece::Text(text) => out.push_str(&text),
            StreamPiece::Marker(numbers) => out.push_str(&format!("⟨{}⟩", join(&numbers))),
            StreamPiece::NounMarker(numbers) => out.push_str(&format!("⟪{}⟫", join(&numbers))),
            StreamPiece::Doubtful { written, numbers } => {
                out.push_str(&format!("⟦{written}|{}⟧", join(&numbers)));
            }
            StreamPiece::Refusal => out.push('⊘'),
        }
    }
    out
}

/// Result for a stream in parts.
fn filter_parts<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut filter = new_filter();
    let mut pieces = Vec::new();
    for part in parts {
        pieces.extend(filter.push(part));
    }
    pieces.extend(filter.finish());
    format_pieces(pieces)
}

/// Checks the cases; lists all that are wrong.
fn check(cases: &[Case]) {
    let mut wrong = String::new();
    for (stream, expected) in cases {
        let whole = filter_parts(std::iter::once(*stream));
        if whole != *expected {
            wrong.push_str(&format!("\n  {stream:?}\n    is  {whole:?}\n    not {expected:?}"));
        }
        let one_by_one = filter_parts(stream.split("").filter(|part| !part.is_empty()));
        assert_eq!(one_by_one, whole, "by character: {stream}");
        if stream.len() > 2000 {
            continue;
        }
        for (at, _) in stream.char_indices() {
            let (a, b) = stream.split_at(at);
            assert_eq!(filter_parts([a, b].into_iter()), whole, "split at {at}: {stream}");
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases are wrong:{wrong}",
        wrong.matches("\n    is").count(),
        cases.len()
    );
}

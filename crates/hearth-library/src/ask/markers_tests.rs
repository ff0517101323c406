//! Hard streams: each is given whole and split at every character, with the same result.

use super::{MarkerFilter, StreamPiece};

/// Text with its markers as `⟨1,2⟩`.
fn format_pieces(pieces: Vec<StreamPiece>) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            StreamPiece::Text(text) => out.push_str(&text),
            StreamPiece::Marker(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
                out.push_str(&format!("⟨{}⟩", numbers.join(",")));
            }
        }
    }
    out
}

fn filter_parts<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut filter = MarkerFilter::default();
    let mut pieces = Vec::new();
    for part in parts {
        pieces.extend(filter.push(part));
    }
    pieces.extend(filter.finish());
    format_pieces(pieces)
}

const MARKER_CASES: &[(&str, &str)] = &[
    ("Six weeks [1].", "Six weeks⟨1⟩."),
    ("Six weeks[1].", "Six weeks⟨1⟩."),
    ("Six weeks. [1]", "Six weeks.⟨1⟩"),
    ("Six weeks.[1] Then", "Six weeks.⟨1⟩ Then"),
    ("Both [1, 2].", "Both⟨1,2⟩."),
    ("Both [1,2].", "Both⟨1,2⟩."),
    ("Both [1; 2].", "Both⟨1,2⟩."),
    ("Both [1][2].", "Both⟨1⟩⟨2⟩."),
    ("Both [1] [2].", "Both⟨1⟩⟨2⟩."),
    ("All [1-3].", "All⟨1,2,3⟩."),
    ("All [1–3].", "All⟨1,2,3⟩."),
    ("One [1] and two [2].", "One⟨1⟩ and two⟨2⟩."),
    ("Both [1 and 2].", "Both⟨1,2⟩."),
    ("Both [1 & 2].", "Both⟨1,2⟩."),
    ("So 【1】.", "So⟨1⟩."),
    ("So【1†source】.", "So⟨1⟩."),
    ("So【1†L3-L5】.", "So⟨1⟩."),
    ("So【1】【2】.", "So⟨1⟩⟨2⟩."),
    ("So [Source 1].", "So⟨1⟩."),
    ("So [source 1].", "So⟨1⟩."),
    ("So [Sources 1, 2].", "So⟨1,2⟩."),
    ("So [Sources 1 and 2].", "So⟨1,2⟩."),
    ("So [Source 1, Source 2].", "So⟨1,2⟩."),
    ("So [Source: 1].", "So⟨1⟩."),
    ("So [Source #1].", "So⟨1⟩."),
    ("So [Passage 12].", "So⟨12⟩."),
    ("So [Document 3].", "So⟨3⟩."),
    ("So [Ref. 3].", "So⟨3⟩."),
    ("So [Quelle 2].", "So⟨2⟩."),
    ("So (Source 1).", "So⟨1⟩."),
    ("So (source 1, 2).", "So⟨1,2⟩."),
    ("So [^1].", "So⟨1⟩."),
    ("It ended.^1 Then", "It ended.⟨1⟩ Then"),
    ("It ended.^12", "It ended.⟨12⟩"),
    ("the weeks^2 after", "the weeks⟨2⟩ after"),
    ("Number out of range [99].", "Number out of range⟨99⟩."),
    ("# Title [1]\n\nText [2].\n", "# Title⟨1⟩\n\nText⟨2⟩.\n"),
    ("- item [1]\n- item [2]", "- item⟨1⟩\n- item⟨2⟩"),
    ("| a [1] | b |", "| a⟨1⟩ | b |"),
    ("**bold** [1]", "**bold**⟨1⟩"),
    ("“quoted” [1]", "“quoted”⟨1⟩"),
    ("Grüße [1] 中文【2】。", "Grüße⟨1⟩ 中文⟨2⟩。"),
    ("end [1]", "end⟨1⟩"),
    ("[1] start", "⟨1⟩ start"),
    // Not markers:
    ("x^2 is a square", "x^2 is a square"),
    ("10^6 cells", "10^6 cells"),
    ("in [2024] and [1999]", "in [2024] and [1999]"),
    ("a [link](http://x)", "a [link](http://x)"),
    ("a [1](http://x) b", "a [1](http://x) b"),
    ("- [ ] todo\n- [x] done", "- [ ] todo\n- [x] done"),
    ("[sic] and [emphasis added]", "[sic] and [emphasis added]"),
    ("(see 1) and (1)", "(see 1) and (1)"),
    ("(sources say so)", "(sources say so)"),
    ("`a[1]` is code", "`a[1]` is code"),
    ("``x[1] ` y[2]`` z [3]", "``x[1] ` y[2]`` z⟨3⟩"),
    ("```rust\nlet x = a[1];\n``` \nDone [1].", "```rust\nlet x = a[1];\n``` \nDone⟨1⟩."),
    ("an odd ` tick\nand [1]", "an odd ` tick\nand⟨1⟩"),
    ("[", "["),
    ("[1", "[1"),
    ("open [Sour", "open [Sour"),
    ("[] [,] [-]", "[] [,] [-]"),
    ("[1-900] [5-2]", "[1-900] [5-2]"),
    ("spaces   stay  here", "spaces   stay  here"),
    ("line\n\n[1] next", "line\n\n⟨1⟩ next"),
    ("trailing space ", "trailing space "),
    ("[[1]]", "[⟨1⟩]"),
    ("interval (0, 1] and [0, 1)", "interval (0, 1] and [0, 1)"),
    ("a value in [0, 1] or [0,255]", "a value in [0, 1] or [0,255]"),
];

#[test]
fn hard_streams_come_out_right_however_they_are_split() {
    assert!(MARKER_CASES.len() >= 60);
    for (stream, expected) in MARKER_CASES {
        assert_eq!(filter_parts(std::iter::once(*stream)), *expected, "whole: {stream}");
        for (at, _) in stream.char_indices() {
            let (a, b) = stream.split_at(at);
            assert_eq!(filter_parts([a, b].into_iter()), *expected, "split at {at}: {stream}");
        }
        let one_by_one = stream.split("").filter(|part| !part.is_empty());
        assert_eq!(filter_parts(one_by_one), *expected, "by character: {stream}");
    }
}

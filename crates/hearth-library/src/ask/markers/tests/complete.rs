//! Lists of sources, echoes, refusals, and the filter's speed.

use super::super::StreamPiece;
use super::{Case, check, filter_parts, new_filter};

/// Lists of sources of rule 6.
const SOURCES: &[Case] = &[
    ("It is so [1].\n\nSources:\n[1] The manual", "It is so⟨1⟩."),
    ("It is so [1].\n\n**Sources:**\n- [1] The manual\n- [2] Other\n", "It is so⟨1⟩."),
    ("It is so.\n\n---\n\n## References\n\n1. The manual\n2. Other", "It is so."),
    ("Gilt [1].\n\nQuellen: [1], [2]", "Gilt⟨1⟩."),
    ("Gilt [1].\nQuelle: Mietvertrag 2021, S. 3\n", "Gilt⟨1⟩."),
    ("Gilt.\n\n**Quellenangaben**\n* The manual", "Gilt."),
    ("Vrai.\n\nRéférences :\n[1] Manuel", "Vrai."),
    ("Cierto.\n\n*Fuentes:*\n- [1]", "Cierto."),
    ("Vero.\n\nFonti:\n1) manuale", "Vero."),
    ("Waar.\n\nBronnen:\n- https://example.org", "Waar."),
    ("Verdade.\n\n### Fontes\n- [Manual](https://example.org)", "Verdade."),
    ("Prawda.\n\nŹródła:\n[1]", "Prawda."),
    ("Верно.\n\nИсточники:\n[1] Руководство", "Верно."),
    ("对。\n\n参考文献：\n[1] 手册", "对。"),
    ("正しい。\n\n出典: [1]", "正しい。"),
    ("נכון.\n\nמקורות:\n[1] מדריך", "נכון."),
    ("صحيح.\n\nالمصادر:\n[1] الدليل", "صحيح."),
    ("It is so.\n\n📚 **Sources**\nSource 1: manual", "It is so."),
    ("It is so.\nCitations:\n【1†source】", "It is so."),
    (
        "It is so.\n\nSources:\n[1] The manual\n\nI hope it helps.",
        "It is so.\n\nSources:\n⟨1⟩The manual\n\nI hope it helps.",
    ),
    ("Sources:\n[1] The manual", "Sources:\n⟨1⟩The manual"),
    ("Two kinds.\nSources: the manual says it", "Two kinds."),
    ("Two kinds.\nSources: of all kinds", "Two kinds.\nSources: of all kinds"),
    ("Two kinds.\nSources of error are many.", "Two kinds.\nSources of error are many."),
    ("It is so.\n\nSources\n[1] The manual", "It is so.\n\nSources\n⟨1⟩The manual"),
    ("It is so.\n\n# Sources\n1 The manual\n2 Mietvertrag 2021", "It is so."),
    ("It is so.\n\nSources:\n3 weeks", "It is so.\n\nSources:\n3 weeks"),
    ("* rivers\n* sources", "* rivers\n* sources"),
    ("```\na\nSources:\n[1]\n```", "```\na\nSources:\n[1]\n```"),
    ("One.\n\nSources:\n[1] a\n\nTwo.\n\nSources:\n[2] b", "One.\n\nSources:\n⟪1⟫ a\n\nTwo."),
];

/// Echoes of rule 7.
const ECHOES: &[Case] = &[
    ("It is so. <passage id=\"1\">text [1]</passage> Then", "It is so. Then"),
    ("<passage 1>\ntext\n</passage>\n\nIt is so [1].", "It is so⟨1⟩."),
    ("It is so.\n\n<passages>\n<passage 1>a</passage>\n</passages>\n", "It is so."),
    ("It is so.</passage> Then", "It is so. Then"),
    ("It is so.</passages>", "It is so."),
    ("It is <passage 1>so [1].", "It is so⟨1⟩."),
    ("A passage > B <passages-x", "A passage > B <passages-x"),
    ("`<passage 1>a</passage>` stays", "`<passage 1>a</passage>` stays"),
    ("<passenger>", "<passenger>"),
];

/// Refusals of rule 8.
const REFUSALS: &[Case] = &[
    ("NOT_IN_SOURCES", "⊘"),
    ("NOT_IN_SOURCES.", "⊘"),
    ("NOT_IN_SOURCES\n\nThe sources say nothing.", "⊘The sources say nothing."),
    ("[NOT_IN_SOURCES] Nothing.", "⊘Nothing."),
    ("**NOT_IN_SOURCES**: Nothing.", "⊘Nothing."),
    ("`NOT_IN_SOURCES`", "⊘"),
    ("\"NOT_IN_SOURCES.\"", "⊘"),
    ("„NOT_IN_SOURCES“.", "⊘"),
    ("It is so. NOT_IN_SOURCES", "It is so.⊘"),
    ("It is so NOT_IN_SOURCES but not that.", "It is so⊘ but not that."),
    ("It is so.\n\nNOT_IN_SOURCES\n\nMore.", "It is so.⊘\n\nMore."),
    ("```\nNOT_IN_SOURCES\n```", "```\nNOT_IN_SOURCES\n```"),
    ("NOT_IN_SOURCES_X and XNOT_IN_SOURCES", "NOT_IN_SOURCES_X and XNOT_IN_SOURCES"),
    ("NOT_IN_SOUR", "NOT_IN_SOUR"),
    ("**`NOT_IN_SOURCES`**", "⊘"),
    ("NOT_IN_SOURCES [1]", "⊘⟨1⟩"),
];

#[test]
fn lists_of_sources_are_taken_away() {
    check(SOURCES);
}

#[test]
fn echoes_are_taken_away() {
    check(ECHOES);
}

#[test]
fn refusals_are_found() {
    check(REFUSALS);
}

#[test]
fn a_long_echo_is_released() {
    let body = "word ".repeat(1700);
    let stream = format!("A <passage 1>{body}[1]</passage> b");
    let mut filter = new_filter();
    let mut pieces = filter.push(&stream);
    pieces.extend(filter.finish());
    let expected = format!("A {}⟨1⟩ b", body.trim_end());
    assert_eq!(super::format_pieces(pieces), expected);
}

#[test]
fn little_text_is_held() {
    let stream = "Some text ([Source 1 and so on *x* <b> [2, the [1, 2, 3, 4, 5, 6, 7, 8, 9, 10".repeat(20);
    let mut filter = new_filter();
    let (mut given, mut pushed) = (0, 0);
    for c in stream.chars() {
        pushed += 1;
        for piece in filter.push(&c.to_string()) {
            if let StreamPiece::Text(text) = piece {
                given += text.chars().count();
            }
        }
        assert!(pushed - given <= 80);
    }
}

/// Bytes of a long stream; fewer where the code is not optimized.
const LONG: usize = if cfg!(debug_assertions) { 10_000 } else { 100_000 };

/// Shortest of three times in milliseconds for a long stream of `sample`, in parts of `size` characters.
fn time_of(sample: &str, size: usize) -> u128 {
    let stream: Vec<char> = sample.repeat(LONG / sample.len()).chars().collect();
    let mut best = u128::MAX;
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let mut filter = new_filter();
        for part in stream.chunks(size) {
            filter.push(&part.iter().collect::<String>());
        }
        filter.finish();
        best = best.min(start.elapsed().as_millis());
    }
    best
}

#[test]
fn time_is_linear() {
    let text = "The pump of the boiler is loud, (see below) and heavy. ";
    let time = time_of(text, 4);
    assert!(time < 50, "text: {time}");
    let hard = [
        "[Source ",
        "* ` \n",
        "((*_<[1, ",
        "\n",
        " \n ",
        "\nSources:\n[1] a\nfoo bar\n",
        "<passage 1> a ",
        "a NOT_IN_SOURCES ",
        "It is [1], [2] so. ",
        "</passage> a",
        "``` ",
        "**",
        "¹",
        "(see (see ",
        "\nSources:\n",
        "a [1](https://x.org/) ",
    ];
    for sample in hard.into_iter().chain([text]) {
        for size in [4, LONG] {
            let time = time_of(sample, size);
            assert!(time < 500, "{sample:?} in parts of {size}: {time} ms");
        }
    }
}

/// Parts of which random streams are made.
const PARTS: &[&str] = &[
    "[1]",
    "[2, 3]",
    " [1-4]",
    "[99]",
    "[",
    "]",
    "(",
    ")",
    "(see ",
    "**",
    "*",
    "_",
    "`",
    "```",
    "\n",
    "\n\n",
    " ",
    ", ",
    ".",
    "!",
    "word",
    "in",
    " by ",
    "Sources:",
    "Quelle",
    "<passage 1>",
    "</passage>",
    "<sup>",
    "1",
    "</sup>",
    "¹",
    "^",
    "【1†",
    "】",
    "NOT_IN_SOURCES",
    "\"",
    "#1",
    "[1](",
    "https://x.org",
    ":",
    "; ",
    " and ",
    "The manual",
    "- ",
    "---",
    "| ",
    "是",
    "。",
    "[^1]",
    "(Source 2)",
    "\\",
];

#[test]
fn random_streams_do_not_depend_on_their_cuts() {
    let mut state = 12345u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for _ in 0..(LONG / 4) {
        let count = 2 + random(14);
        let stream: String = (0..count).map(|_| PARTS[random(PARTS.len())]).collect();
        let whole = filter_parts(std::iter::once(stream.as_str()));
        let one_by_one = filter_parts(stream.split("").filter(|part| !part.is_empty()));
        assert_eq!(one_by_one, whole, "by character: {stream:?}");
    }
}

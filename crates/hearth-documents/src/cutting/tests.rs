//! Tests of cutting, with words as tokens.

use hearth_domain::{CharOffset, Layout, LayoutSpan, Mark, Place, Section};
use proptest::prelude::*;

use super::*;

/// Tokenizer whose tokens are words.
struct WordTokens;

impl TokenSpans for WordTokens {
    fn token_spans(&self, text: &str) -> Vec<Range<usize>> {
        let base = text.as_ptr() as usize;
        text.split_whitespace()
            .map(|word| {
                let start = word.as_ptr() as usize - base;
                start..start + word.len()
            })
            .collect()
    }
}

const CUTTING: Cutting = Cutting { version: 1, target_tokens: 20, max_tokens: 30, overlap_tokens: 4 };

fn cut_text(text: &str, sections: Vec<Section>) -> Vec<Passage> {
    cut(&Revision { text: text.to_owned(), sections, ..Revision::default() }, CUTTING)
}

fn cut(revision: &Revision, cutting: Cutting) -> Vec<Passage> {
    cut_revision(&CuttingInput {
        source: SourceId(<_>::default()),
        revision_id: RevisionId(<_>::default()),
        revision,
        cutting,
        tokens: &WordTokens,
    })
}

proptest! {
    #[test]
    fn ranges_are_exact_and_nothing_is_lost(text in "[a-zé中.!? \n|#-]{0,600}") {
        let passages = cut_text(&text, Vec::new());
        let mut is_covered = vec![false; text.chars().count()];
        for passage in &passages {
            prop_assert_eq!(passage.range.slice(&text), Some(passage.text.as_str()));
            prop_assert!(WordTokens.token_spans(&passage.text).len() <= 30);
            for at in passage.range.start.0..passage.range.end.0 {
                is_covered[at as usize] = true;
            }
        }
        for (at, c) in text.chars().enumerate() {
            // Rules and fences carry no words.
            prop_assert!(is_covered[at] || !c.is_alphanumeric(), "{} at {} is in no passage", c, at);
        }
        let second_cut = cut_text(&text, Vec::new());
        prop_assert_eq!(passages, second_cut);
    }
}

#[test]
fn rules_between_sentences_count() {
    let text = "a\n-\nb\n---\n| c |\n|\n|\n".repeat(12);
    for passage in cut_text(&text, Vec::new()) {
        let tokens = WordTokens.token_spans(&passage.text).len();
        assert!(tokens <= 30, "{tokens}: {}", passage.text);
    }
}

#[test]
fn no_passage_crosses_a_section() {
    let text = "# A\n\nfirst words here.\n\n# B\n\nsecond words here.";
    let at = text.chars().position(|c| c == 'B').map(|b| b as u32 - 2).expect("a heading");
    let section = |title: &str, start, end| Section {
        title: title.to_owned(),
        range: CharRange::new(start, end),
        level: 1,
    };
    let end = text.chars().count() as u32;
    let passages = cut_text(text, vec![section("A", 0, at), section("B", at, end)]);
    assert_eq!(passages.len(), 2);
    assert_eq!(passages[1].section, ["B"]);
    assert_eq!(passages[1].range.start, CharOffset(at));
}

#[test]
fn a_table_that_is_cut_keeps_its_header() {
    let rows: Vec<String> = (0..20).map(|row| format!("| item {row} | {row} euro |")).collect();
    let text = format!("| name | price |\n| --- | --- |\n{}", rows.join("\n"));
    let passages = cut_text(&text, Vec::new());
    assert!(passages.len() > 2);
    assert!(passages[0].section.is_empty());
    for passage in &passages[1..] {
        assert_eq!(passage.section, ["| name | price |"]);
    }
}

/// Sentence of so many words; `name` is the first.
fn sentence(name: &str, words: usize) -> String {
    format!("{name}{}. ", " word".repeat(words - 1))
}

/// First word of each sentence of the passages.
fn sentence_names(passages: &[Passage]) -> Vec<Vec<&str>> {
    passages
        .iter()
        .map(|passage| passage.text.split(". ").filter_map(|sentence| sentence.split(' ').next()).collect())
        .collect()
}

#[test]
fn a_passage_repeats_the_end_of_its_predecessor() {
    // Eight sentences of four words: five fill the target of 20 tokens, and one fits into the overlap of 4. The
    // other three (12 tokens) are more than the limit of 30 leaves.
    let text: String = "ABCDEFGH".chars().map(|name| sentence(&name.to_string(), 4)).collect();
    let passages = cut_text(text.trim_end(), Vec::new());
    assert_eq!(sentence_names(&passages), [vec!["A", "B", "C", "D", "E"], vec!["E", "F", "G", "H"]]);
}

#[test]
fn a_small_remainder_joins_the_last_passage() {
    // Seven sentences of four words are 28 tokens: above the target, and within the limit of 30.
    let text: String = "ABCDEFG".chars().map(|name| sentence(&name.to_string(), 4)).collect();
    assert_eq!(cut_text(text.trim_end(), Vec::new()).len(), 1);
}

#[test]
fn no_passage_is_a_part_of_another() {
    // B fits into the overlap, but B and C are above the target together.
    let text: String = [("A", 10), ("B", 4), ("C", 18), ("D", 18), ("E", 18)]
        .map(|(name, words)| sentence(name, words))
        .concat();
    let passages = cut_text(text.trim_end(), Vec::new());
    assert_eq!(sentence_names(&passages), [vec!["A", "B"], vec!["C"], vec!["D"], vec!["E"]]);
}

#[test]
fn a_sentence_above_the_limit_is_cut_at_tokens() {
    let passages = cut_text(sentence("A", 70).trim_end(), Vec::new());
    let counts: Vec<_> = passages.iter().map(|passage| WordTokens.token_spans(&passage.text).len()).collect();
    assert_eq!(counts, [20, 20, 30]);
    // 70 words are more bytes than 30 tokens may have; no word is cut there.
    let words = passages.iter().flat_map(|passage| passage.text.split(' '));
    assert!(words.into_iter().all(|word| ["A", "word", "word."].contains(&word)), "{passages:?}");
}

#[test]
fn a_text_without_any_space_is_cut_between_characters() {
    // One token for this tokenizer, however long. 8 bytes per token of the limit of 30 are 80 characters of 3
    // bytes; 20 of such parts are a passage, and 4 are repeated.
    let passages = cut_text(&"語".repeat(4000), Vec::new());
    let ranges: Vec<_> =
        passages.iter().map(|passage| (passage.range.start.0, passage.range.end.0)).collect();
    assert_eq!(ranges, [(0, 1600), (1280, 2880), (2560, 4000)]);
}

#[test]
fn passages_have_the_headings_above_and_the_rows_that_they_cover() {
    let text = "# Tea\n\n## Green\n\n| sencha | 3 |\n| matcha | 5 |";
    let section = |title: &str, level, start| Section {
        title: title.to_owned(),
        range: CharRange::new(start, 46),
        level,
    };
    let row = |row, start, end| LayoutSpan {
        range: CharRange::new(start, end),
        mark: Mark::Row { sheet: None, row },
    };
    let revision = Revision {
        text: text.to_owned(),
        sections: vec![section("Tea", 1, 0), section("Green", 2, 7)],
        layout: Layout { spans: vec![row(4, 17, 31), row(5, 32, 46)] },
    };
    let passages = cut(&revision, CUTTING);
    let paths: Vec<_> = passages.iter().map(|passage| passage.section.clone()).collect();
    assert_eq!(paths, [vec!["Tea"], vec!["Tea", "Green"]]);
    assert!(passages[0].places.is_empty());
    assert_eq!(passages[1].places, [Place::Rows { sheet: None, first: 4, last: 5 }]);
    assert_eq!((passages[0].ordinal, passages[1].ordinal), (0, 1));
}

#[test]
fn an_id_depends_on_the_source_the_cutting_and_the_range() {
    let (source, revision) = (SourceId(<_>::default()), RevisionId(<_>::default()));
    let id = passage_id(source, revision, CUTTING, CharRange::new(0, 5));
    assert_eq!(id.0.len(), 32);
    assert_eq!(passage_id(source, revision, CUTTING, CharRange::new(0, 5)), id);
    let others = [
        passage_id(source, revision, CUTTING, CharRange::new(0, 6)),
        passage_id(source, revision, CUTTING, CharRange::new(1, 5)),
        passage_id(source, revision, Cutting { version: 2, ..CUTTING }, CharRange::new(0, 5)),
        passage_id(source, revision, Cutting { overlap_tokens: 5, ..CUTTING }, CharRange::new(0, 5)),
    ];
    assert!(others.iter().all(|other| *other != id));
}

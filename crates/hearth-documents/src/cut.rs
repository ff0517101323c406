//! Cutting a revision into passages that follow its structure.

use std::ops::Range;

use hearth_domain::{
    CharRange, Cutting, Passage, PassageId, Revision, RevisionId, SourceId, TextIndex, TokenSpans,
};
use sha2::{Digest, Sha256};

use crate::sentences;

/// What is cut, and how.
pub struct Cut<'a> {
    pub source: SourceId,
    pub revision_id: RevisionId,
    pub revision: &'a Revision,
    pub cutting: Cutting,
    pub tokens: &'a dyn TokenSpans,
}

/// A piece that is never cut unless it is too long by itself: a sentence, a row, a list item.
struct Atom {
    bytes: Range<usize>,
    tokens: usize,
    /// Tokens between it and the one before: rules and fences, which are in a passage that holds both.
    before: usize,
}

impl Atom {
    /// Tokens that it adds to a passage that holds the one before.
    fn more(&self) -> usize {
        self.before + self.tokens
    }
}

/// The id of a passage: a digest of all that it follows from.
pub fn passage_id(source: SourceId, revision: RevisionId, cutting: Cutting, range: CharRange) -> PassageId {
    let mut digest = Sha256::new();
    digest.update(source.0.as_bytes());
    digest.update(revision.0.as_bytes());
    for number in [cutting.version, cutting.target_tokens, cutting.max_tokens, cutting.overlap_tokens] {
        digest.update(number.to_le_bytes());
    }
    digest.update(range.start.0.to_le_bytes());
    digest.update(range.end.0.to_le_bytes());
    PassageId(digest.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect())
}

/// All passages of a revision, in order. None crosses a section; together they hold all text.
pub fn cut(job: &Cut<'_>) -> Vec<Passage> {
    let text = &job.revision.text;
    let index = TextIndex::new(text);
    let mut passages = Vec::new();
    for part in parts(job.revision, &index) {
        let atoms = atoms(job, part.clone());
        let mut tables = Tables::new(text, part.start);
        for bytes in packed(&atoms, job.cutting) {
            let range = CharRange { start: index.offset(bytes.start), end: index.offset(bytes.end) };
            let mut section = job.revision.section_path(range.start);
            section.extend(tables.header(bytes.start));
            passages.push(Passage {
                id: passage_id(job.source, job.revision_id, job.cutting, range),
                source_id: job.source,
                revision: job.revision_id,
                ordinal: passages.len() as u32,
                text: text[bytes].to_owned(),
                range,
                section,
                places: job.revision.layout.places(range),
            });
        }
    }
    passages
}

/// The byte ranges between the starts of sections.
fn parts(revision: &Revision, index: &TextIndex<'_>) -> Vec<Range<usize>> {
    let mut starts: Vec<usize> = revision
        .sections
        .iter()
        .flat_map(|section| [section.range.start, section.range.end])
        .filter_map(|offset| index.byte(offset))
        .chain([0, revision.text.len()])
        .collect();
    starts.sort_unstable();
    starts.dedup();
    starts.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

fn atoms(job: &Cut<'_>, part: Range<usize>) -> Vec<Atom> {
    let text = &job.revision.text[part.clone()];
    let most = usize::from(job.cutting.max_tokens);
    let mut atoms = Vec::new();
    let pieces =
        sentences(text).into_iter().flat_map(|sentence| pieces(text, sentence, most * CHARS_A_TOKEN));
    for sentence in pieces {
        let spans = job.tokens.token_spans(&text[sentence.clone()]);
        let base = part.start + sentence.start;
        if spans.len() <= most {
            atoms.push(Atom { bytes: base..part.start + sentence.end, tokens: spans.len(), before: 0 });
            continue;
        }
        // A sentence that is too long: a list of numbers, a text without full stops.
        for chunk in spans.chunks(usize::from(job.cutting.target_tokens)) {
            let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
                continue;
            };
            let bytes = base + first.start..base + last.end.max(first.start);
            if job.revision.text.is_char_boundary(bytes.start)
                && job.revision.text.is_char_boundary(bytes.end)
                && !bytes.is_empty()
            {
                atoms.push(Atom { bytes, tokens: chunk.len(), before: 0 });
            }
        }
    }
    for at in 1..atoms.len() {
        let between = job.revision.text.get(atoms[at - 1].bytes.end..atoms[at].bytes.start);
        if let Some(between) = between.map(str::trim).filter(|between| !between.is_empty()) {
            atoms[at].before = job.tokens.token_spans(between).len();
        }
    }
    atoms
}

/// A stretch without spaces is one token to some tokenizers, however long: more characters than
/// this a token are cut.
const CHARS_A_TOKEN: usize = 8;

/// A sentence in parts of at most so many bytes, cut between characters.
fn pieces(text: &str, sentence: Range<usize>, most: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = sentence.start;
    while sentence.end - start > most {
        let mut end = start + most;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        parts.push(start..end);
        start = end;
    }
    parts.push(start..sentence.end);
    parts
}

/// Groups of atoms of about the target, each starting with the end of the one before when that is
/// short enough to be repeated.
fn packed(atoms: &[Atom], cutting: Cutting) -> Vec<Range<usize>> {
    let (target, overlap) = (usize::from(cutting.target_tokens), usize::from(cutting.overlap_tokens));
    let mut groups = Vec::new();
    let mut first = 0;
    while first < atoms.len() {
        let mut tokens = 0;
        let mut end = first;
        while end < atoms.len() && (end == first || tokens + atoms[end].more() <= target) {
            tokens += if end == first { atoms[end].tokens } else { atoms[end].more() };
            end += 1;
        }
        // A small rest joins the last group rather than standing alone.
        let rest: usize = atoms[end..].iter().map(Atom::more).take(64).sum();
        if end < atoms.len() && atoms.len() - end < 64 && tokens + rest <= usize::from(cutting.max_tokens) {
            end = atoms.len();
        }
        groups.push(atoms[first].bytes.start..atoms[end - 1].bytes.end);
        if end == atoms.len() {
            break;
        }
        let again = atoms[first + 1..end]
            .iter()
            .rev()
            .scan(0, |sum, atom| {
                *sum += atom.more();
                (*sum <= overlap).then_some(())
            })
            .count();
        first = end - again;
    }
    groups
}

/// Finds the header of the table that a passage starts inside of. Asked in ascending order, so that no row is
/// looked at twice.
struct Tables<'a> {
    text: &'a str,
    /// Where the last question was, and what was answered.
    last: usize,
    header: Option<&'a str>,
}

impl<'a> Tables<'a> {
    fn new(text: &'a str, from: usize) -> Self {
        Self { text, last: from, header: None }
    }

    fn header(&mut self, start: usize) -> Option<String> {
        // Inside of a row that is too long: there is nothing to learn here.
        if start > 0 && !self.text[..start].ends_with('\n') {
            return None;
        }
        self.header = self.found(start);
        self.last = start;
        self.header.map(str::to_owned)
    }

    fn found(&self, start: usize) -> Option<&'a str> {
        if !self.text[start..].starts_with('|') {
            return None;
        }
        let before = self.text[self.last..start].trim_end_matches([' ', '\n']);
        let mut header = None;
        for line in before.lines().rev() {
            if !line.starts_with('|') {
                return header;
            }
            header = Some(line);
        }
        // All rows since the last question: the table of its answer goes on.
        self.header.or(header)
    }
}

#[cfg(test)]
mod tests {
    use hearth_domain::{CharOffset, Section};
    use proptest::prelude::*;

    use super::*;

    /// Words as tokens.
    struct Words;

    impl TokenSpans for Words {
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
        let revision = Revision { text: text.to_owned(), sections, ..Revision::default() };
        cut(&Cut {
            source: SourceId(<_>::default()),
            revision_id: RevisionId(<_>::default()),
            revision: &revision,
            cutting: CUTTING,
            tokens: &Words,
        })
    }

    proptest! {
        #[test]
        fn ranges_are_exact_and_nothing_is_lost(text in "[a-zé中.!? \n|#-]{0,600}") {
            let passages = cut_text(&text, Vec::new());
            let mut held = vec![false; text.chars().count()];
            for passage in &passages {
                prop_assert_eq!(passage.range.slice(&text), Some(passage.text.as_str()));
                prop_assert!(Words.token_spans(&passage.text).len() <= 30);
                for at in passage.range.start.0..passage.range.end.0 {
                    held[at as usize] = true;
                }
            }
            for (at, c) in text.chars().enumerate() {
                // Rules and fences carry no words.
                prop_assert!(held[at] || !c.is_alphanumeric(), "{} at {} is in no passage", c, at);
            }
            let again = cut_text(&text, Vec::new());
            prop_assert_eq!(passages, again);
        }
    }

    #[test]
    fn rules_between_sentences_count() {
        let text = "a\n-\nb\n---\n| c |\n|\n|\n".repeat(12);
        for passage in cut_text(&text, Vec::new()) {
            let tokens = Words.token_spans(&passage.text).len();
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
}

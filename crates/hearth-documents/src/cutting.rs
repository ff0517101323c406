//! Cutting (chunking) of a revision into passages that follow its structure.

use std::ops::Range;

use hearth_domain::{
    CharRange, Cutting, Passage, PassageId, Revision, RevisionId, SourceId, TextIndex, TokenSpans,
};
use sha2::{Digest, Sha256};

use crate::split_sentences;

/// Revision to cut, the cutting parameters and the tokenizer.
pub struct CuttingInput<'a> {
    pub source: SourceId,
    pub revision_id: RevisionId,
    pub revision: &'a Revision,
    pub cutting: Cutting,
    pub tokens: &'a dyn TokenSpans,
}

/// Unit that is cut only if it exceeds the token limit by itself: a sentence, a table row, a list item.
struct Atom {
    bytes: Range<usize>,
    tokens: usize,
    /// Tokens between the atom and its predecessor: rules and fences, part of a passage that holds both.
    gap_tokens: usize,
}

impl Atom {
    /// Tokens that the atom adds to a passage that holds its predecessor.
    fn added_tokens(&self) -> usize {
        self.gap_tokens + self.tokens
    }
}

/// Id of a passage: the first 16 bytes, in hex, of a SHA-256 over source, revision, cutting and range.
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

/// Cuts a revision into its passages, in text order. No passage crosses a section; together they hold all
/// text.
pub fn cut_revision(input: &CuttingInput<'_>) -> Vec<Passage> {
    let text = &input.revision.text;
    let index = TextIndex::new(text);
    let mut passages = Vec::new();
    for section_range in section_ranges(input.revision, &index) {
        let atoms = split_atoms(input, section_range.clone());
        let mut table_headers = TableHeaders::new(text, section_range.start);
        for bytes in pack_atoms(&atoms, input.cutting) {
            let range =
                CharRange { start: index.char_offset(bytes.start), end: index.char_offset(bytes.end) };
            let mut section = input.revision.section_path(range.start);
            section.extend(table_headers.header_at(bytes.start));
            passages.push(Passage {
                id: passage_id(input.source, input.revision_id, input.cutting, range),
                source_id: input.source,
                revision: input.revision_id,
                ordinal: passages.len() as u32,
                text: text[bytes].to_owned(),
                range,
                section,
                places: input.revision.layout.places_in_range(range),
            });
        }
    }
    passages
}

/// Byte ranges between the boundaries of sections, in order.
fn section_ranges(revision: &Revision, index: &TextIndex<'_>) -> Vec<Range<usize>> {
    let mut starts: Vec<usize> = revision
        .sections
        .iter()
        .flat_map(|section| [section.range.start, section.range.end])
        .filter_map(|offset| index.byte_offset(offset))
        .chain([0, revision.text.len()])
        .collect();
    starts.sort_unstable();
    starts.dedup();
    starts.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

/// Atoms of one section's byte range; a sentence above the token limit becomes several.
fn split_atoms(input: &CuttingInput<'_>, section_range: Range<usize>) -> Vec<Atom> {
    let text = &input.revision.text[section_range.clone()];
    let max_tokens = usize::from(input.cutting.max_tokens);
    let mut atoms = Vec::new();
    let pieces = split_sentences(text)
        .into_iter()
        .flat_map(|sentence| split_long_sentence(text, sentence, max_tokens * MAX_BYTES_PER_TOKEN));
    for sentence in pieces {
        let spans = input.tokens.token_spans(&text[sentence.clone()]);
        let base = section_range.start + sentence.start;
        if spans.len() <= max_tokens {
            atoms.push(Atom {
                bytes: base..section_range.start + sentence.end,
                tokens: spans.len(),
                gap_tokens: 0,
            });
            continue;
        }
        // Sentence above the limit: a list of numbers, a text without full stops.
        for chunk in spans.chunks(usize::from(input.cutting.target_tokens)) {
            let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
                continue;
            };
            let bytes = base + first.start..base + last.end.max(first.start);
            if input.revision.text.is_char_boundary(bytes.start)
                && input.revision.text.is_char_boundary(bytes.end)
                && !bytes.is_empty()
            {
                atoms.push(Atom { bytes, tokens: chunk.len(), gap_tokens: 0 });
            }
        }
    }
    for at in 1..atoms.len() {
        let between = input.revision.text.get(atoms[at - 1].bytes.end..atoms[at].bytes.start);
        if let Some(between) = between.map(str::trim).filter(|between| !between.is_empty()) {
            atoms[at].gap_tokens = input.tokens.token_spans(between).len();
        }
    }
    atoms
}

/// Maximum bytes per token of a sentence before it is cut: some tokenizers count any run without spaces
/// as one token, however long.
const MAX_BYTES_PER_TOKEN: usize = 8;

/// Byte ranges of a sentence in parts of at most `max_bytes` bytes, cut between words where there are spaces, else
/// between characters.
fn split_long_sentence(text: &str, sentence: Range<usize>, max_bytes: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = sentence.start;
    while sentence.end - start > max_bytes {
        let mut end = start + max_bytes;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let space = text[start..end].char_indices().rfind(|&(at, c)| at > 0 && c.is_whitespace());
        let (part_end, next) = space.map_or((end, end), |(at, c)| (start + at, start + at + c.len_utf8()));
        parts.push(start..part_end);
        start = next;
    }
    parts.push(start..sentence.end);
    parts
}

/// Byte ranges of passages: atoms packed up to the target tokens. A passage repeats the last atoms of its
/// predecessor, as far as they fit into the overlap tokens.
fn pack_atoms(atoms: &[Atom], cutting: Cutting) -> Vec<Range<usize>> {
    let (target, overlap) = (usize::from(cutting.target_tokens), usize::from(cutting.overlap_tokens));
    let mut groups = Vec::new();
    let mut first = 0;
    while first < atoms.len() {
        let mut tokens = 0;
        let mut end = first;
        while end < atoms.len() && (end == first || tokens + atoms[end].added_tokens() <= target) {
            tokens += if end == first { atoms[end].tokens } else { atoms[end].added_tokens() };
            end += 1;
        }
        // A small remainder joins the last passage instead of becoming one of its own.
        let remaining_tokens: usize = atoms[end..].iter().map(Atom::added_tokens).take(64).sum();
        if end < atoms.len()
            && atoms.len() - end < 64
            && tokens + remaining_tokens <= usize::from(cutting.max_tokens)
        {
            end = atoms.len();
        }
        groups.push(atoms[first].bytes.start..atoms[end - 1].bytes.end);
        if end == atoms.len() {
            break;
        }
        // The atom after them must fit as well: a passage of repeated atoms alone would add nothing.
        let max_repeated = overlap.min(target.saturating_sub(atoms[end].added_tokens()));
        let repeated_atoms = atoms[first + 1..end]
            .iter()
            .rev()
            .scan(0, |sum, atom| {
                *sum += atom.added_tokens();
                (*sum <= max_repeated).then_some(())
            })
            .count();
        first = end - repeated_atoms;
    }
    groups
}

/// Lookup of the header of the table in which a passage starts. Calls must come in ascending order, so that
/// no row is read twice.
struct TableHeaders<'a> {
    text: &'a str,
    /// Byte position of the last lookup; `header` is its result.
    last_start: usize,
    header: Option<&'a str>,
}

impl<'a> TableHeaders<'a> {
    fn new(text: &'a str, from: usize) -> Self {
        Self { text, last_start: from, header: None }
    }

    /// Header row of the table that goes on at byte `start`, or `None` outside of a table or in its first
    /// row.
    fn header_at(&mut self, start: usize) -> Option<String> {
        // Inside of a row that was cut because of its length: no line starts here.
        if start > 0 && !self.text[..start].ends_with('\n') {
            return None;
        }
        self.header = self.find_header(start);
        self.last_start = start;
        self.header.map(str::to_owned)
    }

    fn find_header(&self, start: usize) -> Option<&'a str> {
        if !self.text[start..].starts_with('|') {
            return None;
        }
        let before = self.text[self.last_start..start].trim_end_matches([' ', '\n']);
        let mut header = None;
        for line in before.lines().rev() {
            if !line.starts_with('|') {
                return header;
            }
            header = Some(line);
        }
        // All lines since the last lookup are rows: its table goes on.
        self.header.or(header)
    }
}

#[cfg(test)]
mod tests;

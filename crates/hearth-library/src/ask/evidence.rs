//! Evidence: the sentences of the packed passages, ready for comparison with a question or a claim.

use std::collections::HashSet;

use hearth_documents::split_sentences;
use hearth_domain::{CharRange, TextIndex, TextRole};
use hearth_facts::Facts;
use hearth_index::Analyser;

use super::packing::PackedPassage;
use super::tables::split_cells;
use crate::{Library, LibraryError};

/// A sentence of a packed passage.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    /// Index of the sentence's passage among the packed ones.
    pub(crate) passage: usize,
    /// Range in the revision.
    pub(crate) range: CharRange,
    pub(crate) text: String,
    /// The cells of a table row with their column names; other sentences have none.
    pub(crate) labelled_row: Option<String>,
    pub(crate) words: HashSet<String>,
    pub(crate) facts: Facts,
    pub(crate) vector: Vec<f32>,
    /// Number of the speaker, in a recording.
    pub(crate) speaker: Option<String>,
    /// True for a heading or a table's header: a label names things and states nothing about them.
    pub(crate) is_label: bool,
}

impl Sentence {
    /// The text by itself: that of a table row has its column names.
    pub(crate) fn standalone_text(&self) -> &str {
        self.labelled_row.as_deref().unwrap_or(&self.text)
    }
}

/// What a passage's sentences are about: its title, headings and table headers.
#[derive(Clone, Debug, Default)]
pub(crate) struct PassageContext {
    pub(crate) language: Option<String>,
    pub(crate) words: HashSet<String>,
    pub(crate) facts: Facts,
}

/// Sentences of all packed passages, and the contexts of the passages.
pub(crate) struct Evidence {
    pub(crate) sentences: Vec<Sentence>,
    pub(crate) contexts: Vec<PassageContext>,
}

/// Dot product; the cosine of unit vectors.
pub(crate) fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// Content words of a text, stemmed; words that are common everywhere are left out.
pub(crate) fn content_words(analyser: &Analyser, text: &str, language: Option<&str>) -> HashSet<String> {
    let language = language.or(Some("en"));
    analyser
        .tokenise_text(text, language)
        .into_iter()
        .map(|token| token.text)
        .filter(|word| {
            !analyser.is_stop_word(word, language) && (word.len() > 1 || word.parse::<u32>().is_ok())
        })
        .collect()
}

impl Library {
    /// Prepares packed passages for comparison: one vector per sentence.
    pub(crate) async fn prepare_evidence(&self, packed: &[PackedPassage]) -> Result<Evidence, LibraryError> {
        let mut evidence = self.collect_evidence(packed);
        let texts = evidence.sentences.iter().map(|sentence| sentence.standalone_text().to_owned());
        let vectors = self.embed_sentences(texts.collect()).await?;
        for (sentence, vector) in evidence.sentences.iter_mut().zip(vectors) {
            sentence.vector = vector;
        }
        Ok(evidence)
    }

    /// Vectors of sentences as passages; those that were made before are not made again.
    pub(crate) async fn embed_sentences(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, LibraryError> {
        let embedder = self.0.embedder();
        let id = embedder.info().id.clone();
        let mut vectors = self.0.sentence_vectors.find_known(&id, &texts);
        let missing = texts.iter().zip(&vectors).filter(|(_, vector)| vector.is_none());
        let mut unknown: Vec<String> = missing.map(|(text, _)| text.clone()).collect();
        unknown.sort_unstable();
        unknown.dedup();
        if !unknown.is_empty() {
            let made = embedder.embed(TextRole::Passage, unknown.clone()).await?;
            self.0.sentence_vectors.insert(&id, &unknown, &made);
            for (text, slot) in texts.iter().zip(&mut vectors).filter(|(_, slot)| slot.is_none()) {
                *slot = unknown.binary_search(text).ok().and_then(|at| made.get(at)).cloned();
            }
        }
        Ok(vectors.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// The sentences of packed passages, without vectors.
    pub(crate) fn collect_evidence(&self, packed: &[PackedPassage]) -> Evidence {
        let analyser = self.0.index.analyser();
        let mut sentences = Vec::new();
        let mut contexts = Vec::new();
        for (at, passage) in packed.iter().enumerate() {
            let language = passage.hit.row.language.as_deref();
            let heading = passage.title_and_headings();
            let mut context = PassageContext {
                language: language.map(str::to_owned),
                words: content_words(analyser, &heading, language),
                facts: Facts::from_text(&heading, language),
            };
            for sentence in split_passage(analyser, passage, at) {
                if sentence.is_label {
                    context.facts.merge(&sentence.facts);
                    context.words.extend(sentence.words.iter().cloned());
                }
                sentences.push(sentence);
            }
            contexts.push(context);
        }
        Evidence { sentences, contexts }
    }
}

/// The sentences of a passage, without vectors.
fn split_passage(analyser: &Analyser, passage: &PackedPassage, at: usize) -> Vec<Sentence> {
    let index = TextIndex::new(&passage.text);
    let language = passage.hit.row.language.as_deref();
    // The header of a table that begins before the passage is its last heading.
    let mut header = passage.section.last().map(|heading| split_cells(heading)).unwrap_or_default();
    let mut sentences = Vec::new();
    for bytes in split_sentences(&passage.text) {
        let text = &passage.text[bytes.clone()];
        let range = CharRange { start: index.char_offset(bytes.start), end: index.char_offset(bytes.end) };
        let range = range.shifted_by(passage.range.start.0);
        let is_row = text.starts_with('|');
        let is_table_header = is_row && passage.text[bytes.end..].trim_start().starts_with("| ---");
        if is_table_header {
            header = split_cells(text);
        }
        sentences.push(Sentence {
            passage: at,
            range,
            text: text.to_owned(),
            labelled_row: (is_row && !is_table_header).then(|| label_cells(&header, &split_cells(text))),
            words: content_words(analyser, text, language),
            facts: Facts::from_text(text, language),
            vector: Vec::new(),
            speaker: passage.speakers.speaker_at(range.start).map(str::to_owned),
            is_label: text.starts_with('#') || is_table_header,
        });
    }
    sentences
}

/// The cells of a row, each with the name of its column.
pub(super) fn label_cells(header: &[String], row: &[String]) -> String {
    let cells = row.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
    let labelled = cells.map(|(column, cell)| match header.get(column) {
        Some(name) if !name.is_empty() => format!("{name}: {cell}"),
        _ => cell.clone(),
    });
    labelled.collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_the_names_of_their_columns() {
        let header = split_cells("| Part | Price EUR | |");
        let label = |row: &str| label_cells(&header, &split_cells(row));
        assert_eq!(label("| M8 bolt | 0.34 | in stock |"), "Part: M8 bolt · Price EUR: 0.34 · in stock");
        assert_eq!(label("| M8 bolt |  |"), "Part: M8 bolt");
        assert_eq!(label_cells(&[], &split_cells("| M8 bolt | 0.34 |")), "M8 bolt · 0.34");
    }
}

//! Support of a claim: the range of a passage that supports a sentence, by meaning, shared words, and numbers
//! and names that must agree.

use std::collections::HashSet;

use hearth_documents::split_sentences;
use hearth_domain::{CharOffset, CharRange, TextIndex, TextRole};
use hearth_index::Analyser;

use super::contradiction::{has_all_numbers, is_consistent};
use super::packing::PackedPassage;
use super::speakers::strip_speaker_numbers;
use crate::{Library, LibraryError};

/// Threshold of support for a citation without a marker. Chosen high: a wrong citation costs more trust than
/// a missing one.
const UNMARKED_SUPPORT_THRESHOLD: f32 = 0.68;
/// Weight of the cosine; the rest is the weight of shared words.
const COSINE_WEIGHT: f32 = 0.6;
/// Threshold of support for a passage that the model marked.
const MARKED_SUPPORT_THRESHOLD: f32 = 0.25;
/// Threshold below which even a marked passage's best sentence is doubtful, and more of the passage is
/// quoted.
const PRECISE_QUOTE_THRESHOLD: f32 = 0.4;

/// A sentence of a packed passage.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    /// Index of the sentence's passage among the packed ones.
    pub(crate) passage: usize,
    /// Range in the revision.
    pub(crate) range: CharRange,
    pub(crate) text: String,
    pub(crate) words: HashSet<String>,
    pub(crate) vector: Vec<f32>,
    /// Number of the speaker, in a recording.
    pub(crate) speaker: Option<String>,
    /// True for a heading or a table's header: a label names things and states nothing about them.
    pub(crate) is_label: bool,
}

/// Sentences of all packed passages, ready for comparison.
pub(crate) struct Evidence {
    pub(crate) sentences: Vec<Sentence>,
}

/// A quote that supports a claim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Support {
    pub(crate) passage: usize,
    pub(crate) range: CharRange,
    pub(crate) score: f32,
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

/// Content words of a text, each once, in order.
fn ordered_content_words(analyser: &Analyser, text: &str) -> Vec<String> {
    let words = content_words(analyser, text, None);
    let mut found: Vec<String> = Vec::new();
    for token in analyser.tokenise_text(text, Some("en")) {
        if words.contains(&token.text) && !found.contains(&token.text) {
            found.push(token.text);
        }
    }
    found
}

impl Library {
    /// Prepares packed passages for comparison: one vector per sentence.
    pub(crate) async fn prepare_evidence(&self, packed: &[PackedPassage]) -> Result<Evidence, LibraryError> {
        let analyser = self.0.index.analyser();
        let mut found = Vec::new();
        for (at, passage) in packed.iter().enumerate() {
            let index = TextIndex::new(&passage.text);
            for bytes in split_sentences(&passage.text) {
                let text = &passage.text[bytes.clone()];
                let range =
                    CharRange { start: index.char_offset(bytes.start), end: index.char_offset(bytes.end) };
                let range = range.shifted_by(passage.range.start.0);
                found.push(Sentence {
                    passage: at,
                    range,
                    text: text.to_owned(),
                    words: content_words(analyser, text, passage.hit.row.language.as_deref()),
                    vector: Vec::new(),
                    speaker: passage.speakers.speaker_at(range.start).map(str::to_owned),
                    is_label: text.starts_with('#')
                        || (text.starts_with('|')
                            && passage.text[bytes.end..].trim_start().starts_with("| ---")),
                });
            }
        }
        let texts = found.iter().map(|sentence| sentence.text.clone()).collect();
        let vectors = self.0.embedder().embed(TextRole::Passage, texts).await?;
        for (sentence, vector) in found.iter_mut().zip(vectors) {
            sentence.vector = vector;
        }
        Ok(Evidence { sentences: found })
    }

    /// Finds the support of a claim: within one passage if the model marked it, else anywhere and only if it
    /// is certain.
    pub(crate) async fn find_support(
        &self,
        claim: &str,
        evidence: &Evidence,
        marked_passage: Option<usize>,
    ) -> Result<Option<Support>, LibraryError> {
        let words = content_words(self.0.index.analyser(), claim, None);
        let texts = vec![claim.to_owned()];
        let vector = self.0.embedder().embed(TextRole::Passage, texts).await?.pop().unwrap_or_default();
        let mut best: Option<(usize, f32)> = None;
        for (at, sentence) in evidence.sentences.iter().enumerate() {
            if marked_passage.is_some_and(|passage| passage != sentence.passage) {
                continue;
            }
            let score = support_score(&words, &vector, sentence);
            if best.is_none_or(|(_, other)| score > other) {
                best = Some((at, score));
            }
        }
        let Some((at, score)) = best else {
            return Ok(None);
        };
        let sentence = &evidence.sentences[at];
        let range = if score < PRECISE_QUOTE_THRESHOLD {
            widen_range(evidence, at)
        } else {
            complete_range(&words, evidence, at)
        };
        // Numbers of the cited speakers are no numbers of the claim; any other speaker's number is, and
        // disagrees.
        let is_cited = |other: &&Sentence| {
            other.passage == sentence.passage
                && range.start <= other.range.start
                && other.range.start < range.end
        };
        let speakers: Vec<&str> =
            evidence.sentences.iter().filter(is_cited).filter_map(|other| other.speaker.as_deref()).collect();
        let claimed = strip_speaker_numbers(claim, &speakers);
        let is_supported = match marked_passage {
            // A marker is a claim of the model, not a proof: the passage must at least treat the same things,
            // and have the claim's numbers.
            Some(passage) => {
                let own = evidence.sentences.iter().filter(|other| other.passage == passage);
                let passage_texts: Vec<&str> = own.map(|other| other.text.as_str()).collect();
                score >= MARKED_SUPPORT_THRESHOLD && has_all_numbers(&claimed, &passage_texts.join(" "))
            }
            None => {
                let analyser = self.0.index.analyser();
                let stems = |text: &str| ordered_content_words(analyser, text);
                score >= UNMARKED_SUPPORT_THRESHOLD
                    && is_consistent(&claimed, &sentence.text, &stems(&claimed), &stems(&sentence.text))
            }
        };
        if !is_supported {
            return Ok(None);
        }
        Ok(Some(Support { passage: sentence.passage, range, score }))
    }
}

/// Range of a sentence, with its neighbour if that one has what the sentence leaves open.
fn complete_range(words: &HashSet<String>, evidence: &Evidence, at: usize) -> CharRange {
    let own = &evidence.sentences[at];
    let missing: HashSet<&String> = words.difference(&own.words).collect();
    let beside = [at.checked_sub(1), Some(at + 1)]
        .into_iter()
        .flatten()
        .filter_map(|other| evidence.sentences.get(other))
        .filter(|other| other.passage == own.passage);
    let best = beside
        .map(|other| (missing.iter().filter(|word| other.words.contains(**word)).count(), other))
        .max_by_key(|(count, _)| *count);
    match best {
        Some((count, other)) if count >= 2 && count * 3 >= words.len() => join_ranges(own.range, other.range),
        _ => own.range,
    }
}

fn widen_range(evidence: &Evidence, at: usize) -> CharRange {
    let own = &evidence.sentences[at];
    match evidence.sentences.get(at + 1) {
        Some(next) if next.passage == own.passage => join_ranges(own.range, next.range),
        _ => own.range,
    }
}

fn join_ranges(a: CharRange, b: CharRange) -> CharRange {
    CharRange { start: CharOffset(a.start.0.min(b.start.0)), end: CharOffset(a.end.0.max(b.end.0)) }
}

/// Score of support from 0 to 1: cosine, and the share of the claim's words that the sentence has.
fn support_score(words: &HashSet<String>, vector: &[f32], sentence: &Sentence) -> f32 {
    let cosine: f32 = vector.iter().zip(&sentence.vector).map(|(a, b)| a * b).sum();
    let shared = words.intersection(&sentence.words).count() as f32 / words.len().max(1) as f32;
    COSINE_WEIGHT * cosine.max(0.0) + (1.0 - COSINE_WEIGHT) * shared
}

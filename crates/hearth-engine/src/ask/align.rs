//! Which words of a passage support a sentence: meaning, shared words, and the numbers and names
//! that must agree.

use std::collections::HashSet;

use hearth_documents::sentences;
use hearth_domain::{CharOffset, CharRange, TextIndex, TextRole};
use hearth_index::Analyser;

use super::agree::{agrees, numbers_agree};
use super::pack::Packed;
use super::speakers::without_speakers;
use crate::{Engine, EngineError};

/// Support that is sure enough to cite without the model's word. Chosen high: a wrong citation
/// costs more trust than a missing one.
const SURE: f32 = 0.68;
/// What meaning counts beside shared words.
const MEANING: f32 = 0.6;
/// Support that a passage which the model named must have at least.
const NAMED: f32 = 0.25;
/// Support below which even a marked passage's sentence is only the best of a bad lot, and more of
/// the passage is quoted.
const LIKELY: f32 = 0.4;

/// A sentence of a packed passage.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    /// Index of its passage among the packed ones.
    pub(crate) passage: usize,
    /// In the revision.
    pub(crate) range: CharRange,
    pub(crate) text: String,
    pub(crate) words: HashSet<String>,
    pub(crate) vector: Vec<f32>,
    /// The number of who says it, in a recording.
    pub(crate) speaker: Option<String>,
    /// A heading or a table's header: it names things and says nothing of them.
    pub(crate) is_label: bool,
}

/// The sentences of all packed passages, ready to be compared.
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

/// Content words of a text, stemmed; words that stand everywhere are left out.
pub(crate) fn content_words(analyser: &Analyser, text: &str, language: Option<&str>) -> HashSet<String> {
    let language = language.or(Some("en"));
    analyser
        .tokens(text, language)
        .into_iter()
        .map(|token| token.text)
        .filter(|word| !analyser.is_common(word, language) && (word.len() > 1 || word.parse::<u32>().is_ok()))
        .collect()
}

/// Content words of a text, each once, in order.
fn ordered_words(analyser: &Analyser, text: &str) -> Vec<String> {
    let wanted = content_words(analyser, text, None);
    let mut found: Vec<String> = Vec::new();
    for token in analyser.tokens(text, Some("en")) {
        if wanted.contains(&token.text) && !found.contains(&token.text) {
            found.push(token.text);
        }
    }
    found
}

impl Engine {
    /// Prepares packed passages for comparison: one vector a sentence.
    pub(crate) async fn evidence(&self, packed: &[Packed]) -> Result<Evidence, EngineError> {
        let analyser = self.0.index.analyser();
        let mut found = Vec::new();
        for (at, passage) in packed.iter().enumerate() {
            let index = TextIndex::new(&passage.text);
            for bytes in sentences(&passage.text) {
                let text = &passage.text[bytes.clone()];
                let range = CharRange { start: index.offset(bytes.start), end: index.offset(bytes.end) };
                let range = range.shifted(passage.range.start.0);
                found.push(Sentence {
                    passage: at,
                    range,
                    text: text.to_owned(),
                    words: content_words(analyser, text, passage.hit.row.language.as_deref()),
                    vector: Vec::new(),
                    speaker: passage.speakers.at(range.start).map(str::to_owned),
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

    /// The support of a claim: within one passage when the model named it, else anywhere, and
    /// then only when it is sure.
    pub(crate) async fn support(
        &self,
        claim: &str,
        evidence: &Evidence,
        named: Option<usize>,
    ) -> Result<Option<Support>, EngineError> {
        let words = content_words(self.0.index.analyser(), claim, None);
        let texts = vec![claim.to_owned()];
        let vector = self.0.embedder().embed(TextRole::Passage, texts).await?.pop().unwrap_or_default();
        let mut best: Option<(usize, f32)> = None;
        for (at, sentence) in evidence.sentences.iter().enumerate() {
            if named.is_some_and(|passage| passage != sentence.passage) {
                continue;
            }
            let score = likeness(&words, &vector, sentence);
            if best.is_none_or(|(_, other)| score > other) {
                best = Some((at, score));
            }
        }
        let Some((at, score)) = best else {
            return Ok(None);
        };
        let sentence = &evidence.sentences[at];
        let range = if score < LIKELY { wider(evidence, at) } else { completed(&words, evidence, at) };
        // Those who say what is cited are no numbers of the claim's; anyone else is, and disagrees.
        let is_cited = |other: &&Sentence| {
            other.passage == sentence.passage
                && range.start <= other.range.start
                && other.range.start < range.end
        };
        let speakers: Vec<&str> =
            evidence.sentences.iter().filter(is_cited).filter_map(|other| other.speaker.as_deref()).collect();
        let claimed = without_speakers(claim, &speakers);
        let enough = match named {
            // A marker is a claim of the model's, not a proof: the passage must at least speak of
            // the same things, and have the claim's numbers.
            Some(passage) => {
                let own = evidence.sentences.iter().filter(|other| other.passage == passage);
                let said: Vec<&str> = own.map(|other| other.text.as_str()).collect();
                score >= NAMED && numbers_agree(&claimed, &said.join(" "))
            }
            None => {
                let analyser = self.0.index.analyser();
                let stems = |text: &str| ordered_words(analyser, text);
                score >= SURE && agrees(&claimed, &sentence.text, &stems(&claimed), &stems(&sentence.text))
            }
        };
        if !enough {
            return Ok(None);
        }
        Ok(Some(Support { passage: sentence.passage, range, score }))
    }
}

/// The sentence and the one beside it, when that one says what the first leaves open.
fn completed(words: &HashSet<String>, evidence: &Evidence, at: usize) -> CharRange {
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
        Some((count, other)) if count >= 2 && count * 3 >= words.len() => joined(own.range, other.range),
        _ => own.range,
    }
}

fn wider(evidence: &Evidence, at: usize) -> CharRange {
    let own = &evidence.sentences[at];
    match evidence.sentences.get(at + 1) {
        Some(next) if next.passage == own.passage => joined(own.range, next.range),
        _ => own.range,
    }
}

fn joined(a: CharRange, b: CharRange) -> CharRange {
    CharRange { start: CharOffset(a.start.0.min(b.start.0)), end: CharOffset(a.end.0.max(b.end.0)) }
}

/// From 0 to 1: meaning, and the share of the claim's words that the sentence has.
fn likeness(words: &HashSet<String>, vector: &[f32], sentence: &Sentence) -> f32 {
    let cosine: f32 = vector.iter().zip(&sentence.vector).map(|(a, b)| a * b).sum();
    let shared = words.intersection(&sentence.words).count() as f32 / words.len().max(1) as f32;
    MEANING * cosine.max(0.0) + (1.0 - MEANING) * shared
}

//! Answers without a language model: the sentences that answer best, as they stand.

use std::collections::{HashMap, HashSet};

use hearth_domain::TextRole;

use super::align::{Evidence, content_words};
use super::pack::Packed;
use crate::{Engine, EngineError};

/// Weights of a sentence's meaning, its words (BM25 among the candidates), and its passage's rank.
const MEANING: f32 = 0.35;
const WORDS: f32 = 0.40;
const PASSAGE: f32 = 0.25;

impl Engine {
    /// The sentences that answer a question best: indexes into the evidence, best first, with a
    /// score from 0 to 1.
    pub(crate) async fn extracts(
        &self,
        question: &str,
        packed: &[Packed],
        evidence: &Evidence,
    ) -> Result<Vec<(usize, f32)>, EngineError> {
        let words = content_words(self.0.index.analyser(), question, None);
        let texts = vec![question.to_owned()];
        let vector = self.0.embedder().embed(TextRole::Query, texts).await?.pop().unwrap_or_default();
        let lexical = bm25(&words, evidence);
        let highest = lexical.iter().copied().fold(1e-6, f32::max);
        let mut scored: Vec<(usize, f32)> = evidence
            .sentences
            .iter()
            .enumerate()
            .filter(|(_, sentence)| !sentence.is_label && sentence.words.len() > 1)
            .map(|(at, sentence)| {
                let cosine: f32 = vector.iter().zip(&sentence.vector).map(|(a, b)| a * b).sum();
                let passage = packed[sentence.passage].hit.score;
                (at, MEANING * cosine.max(0.0) + WORDS * lexical[at] / highest + PASSAGE * passage)
            })
            .collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(distinct(scored, evidence))
    }
}

/// BM25 of each sentence, with document frequencies among the sentences.
fn bm25(words: &HashSet<String>, evidence: &Evidence) -> Vec<f32> {
    let total = evidence.sentences.len() as f32;
    let average = evidence.sentences.iter().map(|s| s.words.len()).sum::<usize>() as f32 / total.max(1.0);
    let rarity: HashMap<&String, f32> = words
        .iter()
        .map(|word| {
            let having = evidence.sentences.iter().filter(|s| s.words.contains(word)).count() as f32;
            (word, (1.0 + (total - having + 0.5) / (having + 0.5)).ln())
        })
        .collect();
    evidence
        .sentences
        .iter()
        .map(|sentence| {
            let norm = 0.9 * (1.0 - 0.4 + 0.4 * sentence.words.len() as f32 / average.max(1.0));
            rarity
                .iter()
                .filter(|(word, _)| sentence.words.contains(**word))
                .map(|(_, rarity)| rarity * 1.9 / (1.0 + norm))
                .sum()
        })
        .collect()
}

/// Without sentences that say what a better one says.
fn distinct(scored: Vec<(usize, f32)>, evidence: &Evidence) -> Vec<(usize, f32)> {
    let mut kept: Vec<(usize, f32)> = Vec::new();
    for (at, score) in scored {
        let own = &evidence.sentences[at].words;
        let said = kept.iter().any(|(other, _)| {
            let other = &evidence.sentences[*other].words;
            own.intersection(other).count() * 10 > 8 * own.len().max(other.len())
        });
        if !said {
            kept.push((at, score));
        }
    }
    kept
}

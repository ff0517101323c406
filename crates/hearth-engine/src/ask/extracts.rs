//! Answers without a language model: the sentences that answer best, as they stand.
//!
//! The weights were chosen on XQuAD's English questions, the whole collection as one notebook
//! (`hearth eval extracts`).

use std::collections::{HashMap, HashSet};

use hearth_domain::TextRole;

use super::align::Evidence;
use super::expected::Expected;
use super::pack::Packed;
use crate::{Engine, EngineError};

/// Cosine of the sentence alone, and under its title and headings.
const ALONE: f32 = 0.14;
const TITLED: f32 = 1.04;
/// BM25 among the sentences, and the share of the question's words by rarity.
const WORDS: f32 = 0.25;
const COVERED: f32 = 0.12;
/// Share of the question's pairs of neighbouring words.
const PAIRS: f32 = 0.49;
/// How good its passage is.
const PASSAGE: f32 = 1.06;
/// Whether it has the kind of thing that is asked for.
const EXPECTED: f32 = 0.11;
/// Sentences that are read with what stands around them.
const CLOSELY: usize = 48;

/// What of a question is compared with sentences.
struct Asked {
    /// Each word's forms and rarity.
    words: Vec<(Vec<String>, f32)>,
    pairs: HashSet<(String, String)>,
}

impl Engine {
    /// The sentences that answer a question best: indexes into the evidence, best first, with a
    /// score that is comparable within one result.
    pub(crate) async fn extracts(
        &self,
        question: &str,
        packed: &[Packed],
        evidence: &Evidence,
    ) -> Result<Vec<(usize, f32)>, EngineError> {
        let texts = vec![question.to_owned()];
        let vector = self.0.embedder().embed(TextRole::Query, texts).await?.pop().unwrap_or_default();
        let languages = self.0.store.languages().await?;
        let asked = Asked {
            words: self.0.index.rarities(question, &languages)?,
            pairs: pairs(&self.stems(question, languages.first().map(String::as_str))).collect(),
        };
        let stems: Vec<Vec<String>> = evidence
            .sentences
            .iter()
            .map(|sentence| self.stems(&sentence.text, packed[sentence.passage].hit.row.language.as_deref()))
            .collect();
        let (lexical, covered) = by_words(&asked, &stems);
        let highest = lexical.iter().copied().fold(1e-6, f32::max);
        let expected = Expected::of(question);
        let cosine = |other: &[f32]| -> f32 { vector.iter().zip(other).map(|(a, b)| a * b).sum() };
        let mut scored: Vec<(usize, f32)> = evidence
            .sentences
            .iter()
            .enumerate()
            .filter(|(_, sentence)| !sentence.is_label && sentence.words.len() > 1)
            .map(|(at, sentence)| {
                let paired = pairs(&stems[at]).collect::<HashSet<_>>();
                let shared = asked.pairs.intersection(&paired).count() as f32;
                let score = ALONE * cosine(&sentence.vector)
                    + WORDS * lexical[at] / highest
                    + COVERED * covered[at]
                    + PAIRS * shared / asked.pairs.len().max(1) as f32
                    + PASSAGE * packed[sentence.passage].hit.score
                    + if expected.stands_in(&sentence.text, question) { EXPECTED } else { 0.0 };
                (at, score)
            })
            .collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        scored.truncate(CLOSELY);
        let closely: Vec<usize> = scored.iter().map(|(at, _)| *at).collect();
        for ((_, score), titled) in scored.iter_mut().zip(self.titled(packed, evidence, &closely).await?) {
            *score += TITLED * cosine(&titled);
        }
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(distinct(scored, evidence))
    }

    fn stems(&self, text: &str, language: Option<&str>) -> Vec<String> {
        self.0.index.analyser().tokens(text, language).into_iter().map(|token| token.text).collect()
    }

    /// The vectors of sentences under the title and the headings that they stand under.
    async fn titled(
        &self,
        packed: &[Packed],
        evidence: &Evidence,
        sentences: &[usize],
    ) -> Result<Vec<Vec<f32>>, EngineError> {
        let texts = sentences.iter().map(|at| {
            let own = &evidence.sentences[*at];
            format!("{}: {}", packed[own.passage].heading().replace('_', " "), own.text)
        });
        Ok(self.0.embedder().embed(TextRole::Passage, texts.collect()).await?)
    }
}

fn pairs(stems: &[String]) -> impl Iterator<Item = (String, String)> + '_ {
    stems.windows(2).map(|pair| (pair[0].clone(), pair[1].clone()))
}

/// For each sentence BM25, and the share of the question's words that it has.
fn by_words(asked: &Asked, sentences: &[Vec<String>]) -> (Vec<f32>, Vec<f32>) {
    let total: f32 = asked.words.iter().map(|(_, rarity)| rarity).sum();
    let average = sentences.iter().map(Vec::len).sum::<usize>() as f32 / sentences.len().max(1) as f32;
    let mut scores = Vec::new();
    let mut covered = Vec::new();
    for sentence in sentences {
        let mut counts: HashMap<&str, f32> = HashMap::new();
        for stem in sentence {
            *counts.entry(stem).or_default() += 1.0;
        }
        let norm = 0.9 * (1.0 - 0.4 + 0.4 * sentence.len() as f32 / average.max(1.0));
        let (mut score, mut share) = (0.0, 0.0);
        for (forms, rarity) in &asked.words {
            let count: f32 = forms.iter().filter_map(|form| counts.get(form.as_str())).sum();
            if count > 0.0 {
                score += rarity * count * 1.9 / (count + norm);
                share += rarity;
            }
        }
        scores.push(score);
        covered.push(share / total.max(1e-6));
    }
    (scores, covered)
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

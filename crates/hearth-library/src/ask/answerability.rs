//! Answerability: the relation of the passages found to the question. "I don't find that in your sources" is
//! an answer, too.
//!
//! Where the embedder knows the language of the text, a passage's cosine decides together with the share of the question's
//! content words that it has. Where it does not, cosines have no scale: then the words decide, together with how far the
//! best passage stands out from the others. Measured on everyday questions, with halves of XQuAD in five languages, and by
//! asking XQuAD's questions of SciFact and the other way round (`hearth eval everyday`, `hearth eval refusal`).

use std::collections::{HashMap, HashSet};

use super::question_codes::{contains_code, list_codes};
use super::question_terms::{QuestionTerms, WordCredits, collect_hit_tokens};
use crate::search::{PassageHit, SearchScope};
use crate::{Library, LibraryError};

/// Score of passages that have a code of the question.
const CODE_SCORE: f32 = 0.5;
/// Weight of the share of the question's words beside a cosine.
const WORD_WEIGHT: f32 = 0.5;
/// Number of passages for which [`ThresholdRange::small_scope`] was chosen.
const SMALL_SCOPE_PASSAGES: f32 = 40.0;
/// Growth of a threshold with the logarithm of the number of passages: the best of many is near by chance, too.
const THRESHOLD_SLOPE: f32 = 0.15;
/// Threshold of cosine and words.
const KNOWN_THRESHOLDS: ThresholdRange = ThresholdRange { lowest: 0.25, small_scope: 0.33, highest: 0.58 };
/// Threshold of prominence and words, in text whose language the embedder does not know.
const FOREIGN_THRESHOLDS: ThresholdRange = ThresholdRange { lowest: 0.2, small_scope: 0.38, highest: 0.56 };
/// Share of the passages found, the best ones, that the others are compared with.
const BEST_PASSAGES_RATIO: f32 = 0.25;

impl Library {
    /// True if one of the passages may answer the question.
    pub(crate) async fn is_answerable(
        &self,
        question: &str,
        hits: &[PassageHit],
        scope: &SearchScope,
    ) -> Result<bool, LibraryError> {
        Ok(self.score_answerability(question, hits, scope).await? >= 0.0)
    }

    /// Score of the passages that were found in a scope, above its threshold: 0 and more if they may answer the
    /// question.
    pub(super) async fn score_answerability(
        &self,
        question: &str,
        hits: &[PassageHit],
        scope: &SearchScope,
    ) -> Result<f32, LibraryError> {
        if hits.is_empty() {
            return Ok(-1.0);
        }
        // Without an embedder, lexical search alone found these, and they are all there is.
        if hits.iter().all(|hit| hit.cosine.is_none()) {
            return Ok(0.0);
        }
        // A code is found or not, whatever the language and the words around it.
        let lower = question.to_lowercase();
        let codes = list_codes(&lower);
        let has_code = |hit: &PassageHit| {
            let text = hit.row.passage.text.to_lowercase();
            codes.iter().any(|code| contains_code(&text, code))
        };
        if hits.iter().any(has_code) {
            return Ok(CODE_SCORE);
        }
        let analyser = self.0.index.analyser();
        let languages = self.list_question_languages(question).await?;
        let tokens: Vec<HashSet<String>> = hits.iter().map(|hit| collect_hit_tokens(analyser, hit)).collect();
        let terms = QuestionTerms::from_question(question, &languages, analyser, &tokens);
        let credits: Vec<WordCredits> = tokens.iter().map(|tokens| terms.credit_words(tokens)).collect();
        let shares = share_with_neighbours(&terms, hits, &credits);
        let embedder = self.0.embedder();
        let known = &embedder.info().languages;
        let is_foreign = |hit: &PassageHit| {
            hit.row.language.as_ref().is_some_and(|language| !known.is_empty() && !known.contains(language))
        };
        let sources = self.resolve_scope(scope).await?;
        let passages = self.0.index.count_passages(sources.as_ref());
        let best = |foreign: bool, score: &dyn Fn(&PassageHit, f32) -> f32| {
            let own = hits.iter().zip(&shares).filter(|(hit, _)| is_foreign(hit) == foreign);
            own.map(|(hit, share)| score(hit, *share)).fold(-1.0, f32::max)
        };
        let known_score = best(false, &|hit, share| hit.cosine.unwrap_or(0.0) + WORD_WEIGHT * share);
        let prominence = measure_prominence(hits);
        let foreign_score = best(true, &|_, share| prominence + share);
        Ok((known_score - KNOWN_THRESHOLDS.choose_threshold(passages))
            .max(foreign_score - FOREIGN_THRESHOLDS.choose_threshold(passages)))
    }

    /// Languages of the library and that of a question (ISO 639-1).
    pub(super) async fn list_question_languages(&self, question: &str) -> Result<Vec<String>, LibraryError> {
        let mut languages = self.0.store.list_languages().await?;
        let guessed = self.0.index.analyser().guess_language(question);
        if let Some(guessed) = guessed.filter(|guessed| !languages.iter().any(|language| language == guessed))
        {
            languages.push(guessed.to_owned());
        }
        Ok(languages)
    }
}

/// Thresholds of a score by the size of the scope.
struct ThresholdRange {
    lowest: f32,
    small_scope: f32,
    highest: f32,
}

impl ThresholdRange {
    /// Threshold in a scope with this many passages.
    fn choose_threshold(&self, passages: usize) -> f32 {
        let growth = THRESHOLD_SLOPE * (passages.max(1) as f32 / SMALL_SCOPE_PASSAGES).ln();
        (self.small_scope + growth).clamp(self.lowest, self.highest)
    }
}

/// Distance of the highest cosine from the mean of the others.
fn measure_prominence(hits: &[PassageHit]) -> f32 {
    let mut cosines: Vec<f32> = hits.iter().filter_map(|hit| hit.cosine).collect();
    cosines.sort_by(|a, b| b.total_cmp(a));
    let others = &cosines[(cosines.len() as f32 * BEST_PASSAGES_RATIO) as usize..];
    let highest = cosines.first().copied().unwrap_or(0.0);
    highest - others.iter().sum::<f32>() / others.len().max(1) as f32
}

/// Share of the question's words that each passage has together with its neighbours: a cut may divide them.
fn share_with_neighbours(terms: &QuestionTerms, hits: &[PassageHit], credits: &[WordCredits]) -> Vec<f32> {
    let place = |hit: &PassageHit, offset: i64| {
        (hit.row.passage.revision, i64::from(hit.row.passage.ordinal) + offset)
    };
    let by_place: HashMap<_, _> =
        hits.iter().zip(credits).map(|(hit, credits)| (place(hit, 0), credits)).collect();
    let shares = hits.iter().zip(credits).map(|(hit, own)| {
        let neighbours = [-1, 1].into_iter().filter_map(|offset| by_place.get(&place(hit, offset)));
        terms.measure_share(&neighbours.fold(own.clone(), |joined, neighbour| joined.join_credits(neighbour)))
    });
    shares.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_grows_with_the_passages_up_to_a_limit() {
        let range = KNOWN_THRESHOLDS;
        let thresholds = [1, 10, 40, 150, 1000, 100_000].map(|passages| range.choose_threshold(passages));
        assert!(thresholds.is_sorted(), "{thresholds:?}");
        assert!((thresholds[2] - range.small_scope).abs() < 1e-6);
        assert_eq!((thresholds[0], thresholds[5]), (range.lowest, range.highest));
    }
}

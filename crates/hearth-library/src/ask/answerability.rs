//! Answerability: the relation of the passages found to the question. "I don't find that in your sources" is
//! an answer, too.
//!
//! Measured by asking XQuAD's questions of the SciFact collection and the other way round
//! (`hearth eval refusal`): a passage's cosine, the share of the question's content words that it has, by
//! their rarity in the library, and the share that the best passages have together.

use std::collections::HashSet;

use crate::search::PassageHit;
use crate::{Library, LibraryError};

/// Weight of the words of one passage, beside its cosine.
const WORD_WEIGHT: f32 = 0.3;
/// Weight of the words that the best passages have together.
const COMBINED_WORD_WEIGHT: f32 = 0.2;
/// Number of best passages whose words count together.
const COMBINED_PASSAGES: usize = 3;
/// Threshold that the score of at least one passage must reach.
const ANSWERABLE_THRESHOLD: f32 = 0.612;
/// Threshold in text whose language the embedder does not know.
const FOREIGN_TEXT_THRESHOLD: f32 = 0.525;

/// Minimum passages of a library that can judge the rarity of a word: in a small one nearly every word of a
/// paraphrased question is missing.
const MIN_RARITY_PASSAGES: u64 = 1000;

impl Library {
    /// True if one of the passages may answer the question.
    pub(crate) async fn is_answerable(
        &self,
        question: &str,
        hits: &[PassageHit],
    ) -> Result<bool, LibraryError> {
        Ok(self.score_answerability(question, hits).await? >= 0.0)
    }

    /// Score of the passage that answers the question best, above its threshold: 0 and more if it may answer it.
    pub(super) async fn score_answerability(
        &self,
        question: &str,
        hits: &[PassageHit],
    ) -> Result<f32, LibraryError> {
        if hits.is_empty() {
            return Ok(-1.0);
        }
        // Without an embedder, lexical search alone found these, and they are all there is.
        if hits.iter().all(|hit| hit.cosine.is_none()) {
            return Ok(0.0);
        }
        let index = &self.0.index;
        let languages = self.0.store.list_languages().await?;
        let analyser = index.analyser();
        let query_languages = || languages.iter().map(|language| Some(language.as_str())).chain([None]);
        let is_meaningful = |form: &String| form.len() > 1 || form.parse::<u32>().is_ok();
        let mut words = index.weigh_words(question, &languages, MIN_RARITY_PASSAGES)?;
        words.retain(|(forms, _)| {
            forms.iter().any(is_meaningful)
                && !forms
                    .iter()
                    .any(|form| query_languages().any(|language| analyser.is_stop_word(form, language)))
        });
        let total = words.iter().map(|(_, rarity)| rarity).sum::<f32>().max(1e-6);
        let share = |has: &dyn Fn(usize) -> bool| -> f32 {
            let had = words.iter().enumerate().filter(|(at, _)| has(*at));
            had.map(|(_, (_, rarity))| rarity).sum::<f32>() / total
        };
        let word_matches: Vec<Vec<bool>> = hits.iter().map(|hit| self.match_words(hit, &words)).collect();
        let combined_share = share(&|word| word_matches.iter().take(COMBINED_PASSAGES).any(|has| has[word]));
        let embedder = self.0.embedder();
        let known = &embedder.info().languages;
        let scores = hits.iter().zip(&word_matches).map(|(hit, has)| {
            let foreign = hit
                .row
                .language
                .as_ref()
                .is_some_and(|language| !known.is_empty() && !known.contains(language));
            let threshold = if foreign { FOREIGN_TEXT_THRESHOLD } else { ANSWERABLE_THRESHOLD };
            let score = hit.cosine.unwrap_or(0.0) + WORD_WEIGHT * share(&|word| has[word]);
            score + COMBINED_WORD_WEIGHT * combined_share - threshold
        });
        Ok(scores.fold(-1.0, f32::max))
    }

    /// For each word, true if a hit has it in its text, its headings or its title.
    fn match_words(&self, hit: &PassageHit, words: &[(Vec<String>, f32)]) -> Vec<bool> {
        let passage = &hit.row.passage;
        let mut text = passage.text.clone();
        for heading in passage.section.iter().chain([&hit.row.source_title]) {
            text.push('\n');
            text.push_str(heading);
        }
        let tokens = self.0.index.analyser().tokenise_text(&text, hit.row.language.as_deref());
        let own: HashSet<String> = tokens.into_iter().map(|token| token.text).collect();
        words.iter().map(|(forms, _)| forms.iter().any(|form| own.contains(form))).collect()
    }
}

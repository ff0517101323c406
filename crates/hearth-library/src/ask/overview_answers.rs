//! Extracts that answer for sources as wholes: overviews, mentions, lists and counts.

use std::collections::HashSet;

use hearth_domain::{RefusalReason, Source, SourceId, TurnEvent, TurnRefusal};

use super::RunningTurn;
use super::evidence::{Evidence, Sentence, dot};
use super::letter_frame::is_letter_frame;
use super::list_items::is_list_item;
use super::packing::PackedPassage;
use super::refusal::refuse_turn;
use crate::{Library, LibraryError};

/// Maximum sentences of an overview.
const MAX_OVERVIEW_SENTENCES: usize = 10;
/// Maximum rows or items of a list.
const MAX_LISTED: usize = 40;
/// Weight of the distance from the sentences chosen before.
const NOVELTY_WEIGHT: f32 = 1.0;
/// Minimum words of a sentence that tells what a section is about.
const MIN_OVERVIEW_WORDS: usize = 3;

impl Library {
    /// Sentences of an overview, in the order of the sources: of each passage those that are nearest to its middle in
    /// meaning and differ from each other; as many of each as the overview has room for.
    pub(super) async fn choose_overview(
        &self,
        packed: &[PackedPassage],
        evidence: &Evidence,
    ) -> Result<Vec<usize>, LibraryError> {
        let is_statement = |sentence: &Sentence| {
            !sentence.is_label
                && sentence.words.len() >= MIN_OVERVIEW_WORDS
                && !is_letter_frame(&sentence.text)
        };
        let has_prose = |passage: usize| {
            let mut own = evidence.sentences.iter().filter(|sentence| sentence.passage == passage);
            own.any(|sentence| is_statement(sentence) && sentence.labelled_row.is_none())
        };
        let prose: Vec<bool> = (0..packed.len()).map(has_prose).collect();
        // One row of a table says little about it; beside prose none is taken.
        let is_candidate = |sentence: &Sentence| {
            is_statement(sentence) && (sentence.labelled_row.is_none() || !prose[sentence.passage])
        };
        let candidates: Vec<usize> =
            (0..evidence.sentences.len()).filter(|at| is_candidate(&evidence.sentences[*at])).collect();
        let texts =
            candidates.iter().map(|at| evidence.sentences[*at].standalone_text().to_owned()).collect();
        let vectors = self.embed_sentences(texts).await?;
        let per_passage = (MAX_OVERVIEW_SENTENCES / packed.len().max(1)).max(1);
        let mut chosen = Vec::new();
        for passage in 0..packed.len() {
            let own: Vec<usize> = (0..candidates.len())
                .filter(|n| evidence.sentences[candidates[*n]].passage == passage)
                .collect();
            let mut best = choose_central(&own, &vectors, per_passage);
            best.sort_unstable();
            chosen.extend(best.into_iter().map(|n| candidates[n]));
        }
        chosen.truncate(MAX_OVERVIEW_SENTENCES);
        Ok(chosen)
    }
}

/// Indexes of the vectors that are near to all and far from those chosen before (maximal marginal relevance).
fn choose_central(own: &[usize], vectors: &[Vec<f32>], count: usize) -> Vec<usize> {
    let centrality = |n: usize| -> f32 {
        own.iter().map(|other| dot(&vectors[n], &vectors[*other])).sum::<f32>() / own.len().max(1) as f32
    };
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < count {
        let score = |n: usize| {
            let nearest = chosen.iter().map(|other| dot(&vectors[n], &vectors[*other])).fold(0.0, f32::max);
            centrality(n) - NOVELTY_WEIGHT * nearest
        };
        let left = own.iter().copied().filter(|n| !chosen.contains(n));
        match left.max_by(|a, b| score(*a).total_cmp(&score(*b))) {
            Some(best) => chosen.push(best),
            None => break,
        }
    }
    chosen
}

/// The best sentence of each source, in the order of the ranking.
pub(super) fn choose_one_per_source(
    ranked: &[usize],
    packed: &[PackedPassage],
    evidence: &Evidence,
) -> Vec<usize> {
    let mut seen: HashSet<SourceId> = HashSet::new();
    let source = |at: usize| packed[evidence.sentences[at].passage].source_id;
    ranked.iter().copied().filter(|at| seen.insert(source(*at))).collect()
}

/// All rows or items beside the best one; the best sentences as they are if it is neither.
pub(super) fn choose_list(
    ranked: Vec<usize>,
    evidence: &Evidence,
    question_words: &HashSet<String>,
) -> Vec<usize> {
    let Some(best) = find_list_start(&ranked, evidence, question_words) else {
        return ranked;
    };
    let is_item = |at: usize| is_row_or_item(&evidence.sentences[at]) && !evidence.sentences[at].is_label;
    let is_same = |at: usize| evidence.sentences[at].passage == evidence.sentences[best].passage;
    let mut first = best;
    while first > 0 && is_same(first - 1) && is_item(first - 1) {
        first -= 1;
    }
    (first..evidence.sentences.len()).take_while(|at| is_same(*at) && is_item(*at)).take(MAX_LISTED).collect()
}

/// True for a table row or an item of a list.
fn is_row_or_item(sentence: &Sentence) -> bool {
    sentence.text.starts_with('|') || is_list_item(&sentence.text)
}

/// A row or item of the list that is asked for: under a heading that the question names, or the best sentence.
fn find_list_start(ranked: &[usize], evidence: &Evidence, question_words: &HashSet<String>) -> Option<usize> {
    let headings = evidence.sentences.iter().enumerate().filter(|(_, sentence)| {
        sentence.text.starts_with('#')
            && !sentence.words.is_empty()
            && sentence.words.is_subset(question_words)
    });
    let below = headings.filter_map(|(at, heading)| {
        let mut after = (at + 1..evidence.sentences.len())
            .take_while(|next| evidence.sentences[*next].passage == heading.passage)
            .take_while(|next| !evidence.sentences[*next].text.starts_with('#'));
        after.find(|next| is_row_or_item(&evidence.sentences[*next]) && !evidence.sentences[*next].is_label)
    });
    let best = || ranked.first().copied().filter(|at| is_row_or_item(&evidence.sentences[*at]));
    below.min().or_else(best)
}

/// Answers with the number of the sources and their titles.
pub(super) fn answer_with_count(running: &RunningTurn, sources: &[Source]) {
    if sources.is_empty() {
        return refuse_turn(running, TurnRefusal::new(RefusalReason::NoSources));
    }
    let titles: Vec<String> = sources.iter().map(|source| format!("- {}", source.title)).collect();
    let text = format!("{}\n\n{}", sources.len(), titles.join("\n"));
    running.push_event(TurnEvent::Text { text: text.clone() }, |turn| turn.answer.push_str(&text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overview_does_not_repeat_itself() {
        let vectors = [vec![1.0, 0.0], vec![0.99, 0.1], vec![0.0, 1.0], vec![0.7, 0.7]];
        let own = [0, 1, 2, 3];
        assert_eq!(choose_central(&own, &vectors, 1), [3]);
        let two = choose_central(&own, &vectors, 3);
        assert!(two.contains(&2) && !(two.contains(&0) && two.contains(&1)), "{two:?}");
        assert_eq!(choose_central(&own[..1], &vectors, 3), [0]);
        assert!(choose_central(&[], &vectors, 3).is_empty());
    }
}

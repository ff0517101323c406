//! Extracts that answer for sources as wholes: overviews, mentions, lists and counts.

use std::collections::HashSet;

use hearth_domain::{RefusalReason, Source, SourceId, TextRole, TurnEvent, TurnRefusal};

use super::RunningTurn;
use super::evidence::{Evidence, Sentence};
use super::packing::PackedPassage;
use super::refusal::refuse_turn;
use crate::{Library, LibraryError};

/// Maximum sentences of an overview.
const MAX_OVERVIEW_SENTENCES: usize = 10;
/// Maximum rows or items of a list.
const MAX_LISTED: usize = 40;
/// Minimum words of a sentence that tells what a section is about.
const MIN_OVERVIEW_WORDS: usize = 3;

impl Library {
    /// Sentences of an overview, in the order of the sources: of each passage the one nearest to the passage's middle
    /// in meaning.
    pub(super) async fn choose_overview(
        &self,
        packed: &[PackedPassage],
        evidence: &Evidence,
    ) -> Result<Vec<usize>, LibraryError> {
        let is_candidate =
            |sentence: &Sentence| !sentence.is_label && sentence.words.len() >= MIN_OVERVIEW_WORDS;
        let candidates: Vec<usize> =
            (0..evidence.sentences.len()).filter(|at| is_candidate(&evidence.sentences[*at])).collect();
        let texts =
            candidates.iter().map(|at| evidence.sentences[*at].standalone_text().to_owned()).collect();
        let vectors = self.0.embedder().embed(TextRole::Passage, texts).await?;
        let mut chosen = Vec::new();
        for passage in 0..packed.len() {
            let own: Vec<usize> = (0..candidates.len())
                .filter(|n| evidence.sentences[candidates[*n]].passage == passage)
                .collect();
            let centrality =
                |n: usize| -> f32 { own.iter().map(|other| dot(&vectors[n], &vectors[*other])).sum() };
            let best = own.iter().copied().max_by(|a, b| centrality(*a).total_cmp(&centrality(*b)));
            chosen.extend(best.map(|n| candidates[n]));
        }
        chosen.truncate(MAX_OVERVIEW_SENTENCES);
        Ok(chosen)
    }
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
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
    let is_item = |at: usize| is_list_item(&evidence.sentences[at]) && !evidence.sentences[at].is_label;
    let is_same = |at: usize| evidence.sentences[at].passage == evidence.sentences[best].passage;
    let mut first = best;
    while first > 0 && is_same(first - 1) && is_item(first - 1) {
        first -= 1;
    }
    (first..evidence.sentences.len()).take_while(|at| is_same(*at) && is_item(*at)).take(MAX_LISTED).collect()
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
        after.find(|next| is_list_item(&evidence.sentences[*next]) && !evidence.sentences[*next].is_label)
    });
    let best = || ranked.first().copied().filter(|at| is_list_item(&evidence.sentences[*at]));
    below.min().or_else(best)
}

/// True for a table row or a list item.
fn is_list_item(sentence: &Sentence) -> bool {
    let text = sentence.text.trim_start();
    let is_numbered = text.split_once(['.', ')']).is_some_and(|(number, rest)| {
        !number.is_empty()
            && number.len() <= 3
            && number.bytes().all(|b| b.is_ascii_digit())
            && rest.starts_with(' ')
    });
    is_numbered || text.starts_with(['|', '•']) || text.starts_with("- ") || text.starts_with("* ")
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

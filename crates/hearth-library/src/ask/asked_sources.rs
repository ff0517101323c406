//! Passages for questions about sources as wholes: overviews, and what mentions something.

use std::collections::{HashMap, HashSet};

use hearth_domain::{Source, SourceId, SourceStatus, Turn};
use hearth_store::PassageRow;

use super::comparison::Comparison;
use super::question_kind::{QuestionKind, split_title};
use super::standalone_question::strip_search_syntax;
use crate::search::{PassageHit, RetrievalMode, RetrievalRequest, SearchScope};
use crate::{Library, LibraryError};

/// Maximum passages of an overview of one source, spread over its sections.
const MAX_OVERVIEW_PASSAGES: usize = 16;
/// Maximum sources of an overview.
const MAX_OVERVIEW_SOURCES: usize = 12;
/// Passages of each side of a comparison.
const SIDE_PASSAGES: usize = 12;
/// Passages that are searched for what is mentioned.
const MENTION_PASSAGES: usize = 400;

impl Library {
    /// Sources that a turn asks, ready ones only.
    pub(super) async fn list_asked_sources(
        &self,
        turn: &Turn,
        scope: &SearchScope,
    ) -> Result<Vec<Source>, LibraryError> {
        let mut sources = self.0.store.list_sources(turn.notebook_id).await?;
        let allowed: Option<Vec<SourceId>> = match scope {
            SearchScope::Sources(ids) => Some(ids.clone()),
            SearchScope::Selection(id) => Some(self.0.store.list_selected_sources(*id).await?),
            SearchScope::Notebook(_) | SearchScope::Everything => None,
        };
        sources.retain(|source| {
            source.status == SourceStatus::Ready
                && allowed.as_ref().is_none_or(|ids| ids.contains(&source.id))
        });
        Ok(sources)
    }

    /// Kind of a turn's question.
    pub(super) fn classify_question(
        &self,
        question: &str,
        sources: &[Source],
        has_history: bool,
    ) -> QuestionKind {
        let analyser = self.0.index.analyser();
        let language = analyser.guess_language(question);
        let titles: Vec<String> = sources.iter().map(|source| source.title.clone()).collect();
        QuestionKind::from_question(question, &titles, has_history, &|word| {
            analyser.has_only_stop_words(word, language) || analyser.has_only_stop_words(word, None)
        })
    }

    /// Passages of an overview: those that open the sections of each source that the question names, or of all.
    pub(super) async fn find_overview_passages(
        &self,
        question: &str,
        sources: &[Source],
    ) -> Result<Vec<PassageHit>, LibraryError> {
        let asked: HashSet<String> = split_title(question).into_iter().collect();
        let is_named = |source: &&Source| split_title(&source.title).iter().any(|word| asked.contains(word));
        let named: Vec<&Source> = sources.iter().filter(is_named).collect();
        let chosen = if named.is_empty() { sources.iter().collect() } else { named };
        let count = chosen.len().clamp(1, MAX_OVERVIEW_SOURCES);
        let mut hits = Vec::new();
        for source in chosen.into_iter().take(MAX_OVERVIEW_SOURCES) {
            let rows = self.0.store.list_passages(source.id).await?;
            hits.extend(
                spread_over_sections(rows, (MAX_OVERVIEW_PASSAGES / count).max(1))
                    .into_iter()
                    .map(row_to_hit),
            );
        }
        Ok(hits)
    }

    /// Passages of both sides of a comparison in turns, then those of the question itself.
    pub(super) async fn find_side_passages(
        &self,
        comparison: &Comparison,
        hits: Vec<PassageHit>,
        scope: &SearchScope,
    ) -> Result<Vec<PassageHit>, LibraryError> {
        let search = |side: &str| {
            let request = RetrievalRequest {
                query: strip_search_syntax(side),
                mode: RetrievalMode::Hybrid,
                scope: scope.clone(),
                limit: SIDE_PASSAGES,
            };
            async move { self.search_passages(&request).await }
        };
        let [left, right] = &comparison.sides;
        let (left, right) = tokio::try_join!(search(left), search(right))?;
        let mut in_turns = Vec::new();
        for n in 0..left.len().max(right.len()) {
            in_turns.extend([left.get(n), right.get(n)].into_iter().flatten().cloned());
        }
        let mut seen: HashSet<i64> = HashSet::new();
        Ok(in_turns.into_iter().chain(hits).filter(|hit| seen.insert(hit.row.key)).collect())
    }

    /// Best passage of each source that mentions words: one of them if `any`, else all of them.
    pub(super) async fn find_mentions(
        &self,
        words: &[String],
        any: bool,
        scope: &SearchScope,
    ) -> Result<Vec<PassageHit>, LibraryError> {
        let request = RetrievalRequest {
            query: words.join(" "),
            mode: RetrievalMode::Lexical,
            scope: scope.clone(),
            limit: MENTION_PASSAGES,
        };
        let analyser = self.0.index.analyser();
        let mut best: Vec<PassageHit> = Vec::new();
        let mut found_words: HashMap<SourceId, HashSet<usize>> = HashMap::new();
        for hit in self.search_passages(&request).await? {
            let language = hit.row.language.as_deref();
            let stem = |text: &str| -> HashSet<String> {
                analyser.tokenise_text(text, language).into_iter().map(|token| token.text).collect()
            };
            let own = stem(&hit.row.passage.text);
            let matched =
                (0..words.len()).filter(|at| stem(&words[*at]).iter().all(|form| own.contains(form)));
            let matched: HashSet<usize> = matched.collect();
            if matched.is_empty() {
                continue;
            }
            let source = hit.row.passage.source_id;
            if !found_words.contains_key(&source) {
                best.push(hit);
            }
            found_words.entry(source).or_default().extend(matched);
        }
        best.retain(|hit| any || found_words[&hit.row.passage.source_id].len() == words.len());
        Ok(best)
    }
}

/// The first passages of sections, evenly spread if there are too many.
fn spread_over_sections(rows: Vec<PassageRow>, limit: usize) -> Vec<PassageRow> {
    let mut openings: Vec<PassageRow> = Vec::new();
    let mut before: Option<Vec<String>> = None;
    for row in rows {
        if before.as_ref() != Some(&row.passage.section) {
            before = Some(row.passage.section.clone());
            openings.push(row);
        }
    }
    let count = openings.len();
    let is_chosen = |at: usize| count <= limit || at * limit / count != (at + 1) * limit / count || at == 0;
    openings
        .into_iter()
        .enumerate()
        .filter(|(at, _)| is_chosen(*at))
        .map(|(_, row)| row)
        .take(limit)
        .collect()
}

fn row_to_hit(row: PassageRow) -> PassageHit {
    PassageHit { row, score: 1.0, cosine: None, lexical: None, lexical_rank: None, vector_rank: None }
}

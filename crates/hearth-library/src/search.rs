//! Passage search: lexical and vector search together.

use std::collections::{HashMap, HashSet};

use hearth_domain::{CharRange, EmbedError, NotebookId, SourceId, TextRole};
use hearth_index::{Candidate, SearchRequest, fuse_scores};
use hearth_store::PassageRow;

use crate::{Library, LibraryError};

/// Candidates from each index.
const CANDIDATES_PER_INDEX: usize = 120;
/// Weight of vector against lexical search, if the embedder knows the language of the text. Measured with
/// `hearth eval retrieval`, like the next one.
const VECTOR_WEIGHT: f32 = 0.6;
/// Weight of vector search if the embedder does not know the language of the text.
const FOREIGN_TEXT_VECTOR_WEIGHT: f32 = 0.5;
/// Best lexical candidates whose languages decide the weight.
const LANGUAGE_CANDIDATES: usize = 10;
/// Share of common words from which two passages are duplicates.
const DUPLICATE_RATIO: f32 = 0.9;

/// Method of a passage search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RetrievalMode {
    #[default]
    Hybrid,
    Lexical,
    Vector,
}

/// Sources to search.
#[derive(Clone, Debug, Default)]
pub enum SearchScope {
    #[default]
    Everything,
    Notebook(NotebookId),
    /// Selected sources of a notebook, which questions use.
    Selection(NotebookId),
    Sources(Vec<SourceId>),
}

/// A passage search.
#[derive(Clone, Debug, Default)]
pub struct RetrievalRequest {
    pub query: String,
    pub mode: RetrievalMode,
    pub scope: SearchScope,
    pub limit: usize,
}

/// Candidates before ranking.
#[derive(Default)]
struct Candidates {
    found: Vec<Candidate>,
    /// Vector of the query, and the id of its embedder.
    query_vector: Option<(Vec<f32>, String)>,
}

/// The library's embedder changed during a search.
struct EmbedderChanged;

/// A passage that was found.
#[derive(Clone, Debug)]
pub struct PassageHit {
    pub row: PassageRow,
    /// Score from 0 to 1, comparable within one result.
    pub score: f32,
    /// Cosine to the query.
    pub cosine: Option<f32>,
    /// BM25.
    pub lexical: Option<f32>,
    pub lexical_rank: Option<u32>,
    pub vector_rank: Option<u32>,
}

impl Library {
    /// Searches passages, best first; duplicates are folded into the first.
    pub async fn search_passages(&self, request: &RetrievalRequest) -> Result<Vec<PassageHit>, LibraryError> {
        let query = request.query.trim();
        if query.is_empty() {
            return Err(LibraryError::Invalid("the search is empty; type some words".into()));
        }
        let mut candidates = self.retrieve_candidates(query, request).await?;
        if let Err(EmbedderChanged) = candidates {
            candidates = self.retrieve_candidates(query, request).await?;
        }
        // Changed twice within one search: nothing is found this once.
        let Candidates { mut found, query_vector } = candidates.unwrap_or_default();
        let weight = match request.mode {
            RetrievalMode::Hybrid => self.choose_vector_weight(&found).await?,
            RetrievalMode::Lexical => 0.0,
            RetrievalMode::Vector => 1.0,
        };
        let mut fused = fuse_scores(&found, weight);
        if let (Some((best, _)), Some((vector, embedder)), RetrievalMode::Hybrid) =
            (fused.first(), query_vector, request.mode)
        {
            self.0.index.apply_relevance_feedback(&vector, &embedder, best, &mut found);
            fused = fuse_scores(&found, weight);
        }
        let hits = self.load_hits(fused, request.limit).await?;
        let mut distinct = fold_duplicates(hits);
        distinct.truncate(request.limit);
        Ok(distinct)
    }

    /// Candidates of lexical and vector search; the inner error if the library changed its embedder between
    /// embedding the query and searching.
    async fn retrieve_candidates(
        &self,
        query: &str,
        request: &RetrievalRequest,
    ) -> Result<Result<Candidates, EmbedderChanged>, LibraryError> {
        let shared = self.0.clone();
        let embedder = shared.embedder();
        let vector = match request.mode {
            RetrievalMode::Lexical => None,
            _ => match embedder.embed(TextRole::Query, vec![query.to_owned()]).await {
                // Lexical search alone finds a good deal until the embedder is there.
                Err(EmbedError::Missing(_)) if request.mode == RetrievalMode::Hybrid => None,
                vectors => vectors?.pop(),
            },
        };
        let allowed = self.resolve_scope(&request.scope).await?;
        let languages = shared.store.list_languages().await?;
        let text = query.to_owned();
        let by_words = request.mode != RetrievalMode::Vector;
        let id = embedder.info().id.clone();
        let found = self.0.tasks.spawn_blocking(move || {
            let found = shared.index.search(&SearchRequest {
                query: &text,
                vector: vector.as_deref(),
                embedder: &id,
                by_words,
                sources: allowed.as_ref(),
                languages: &languages,
                limit: CANDIDATES_PER_INDEX,
            })?;
            if vector.is_some() && shared.embedder_id() != id {
                return Ok::<_, LibraryError>(Err(EmbedderChanged));
            }
            Ok(Ok(Candidates { found, query_vector: vector.map(|vector| (vector, id)) }))
        });
        found.await?
    }

    pub(crate) async fn resolve_scope(
        &self,
        scope: &SearchScope,
    ) -> Result<Option<HashSet<i64>>, LibraryError> {
        let store = &self.0.store;
        let keys = match scope {
            SearchScope::Everything => return Ok(None),
            SearchScope::Notebook(id) => store.list_notebook_source_keys(*id, false).await?,
            SearchScope::Selection(id) => store.list_notebook_source_keys(*id, true).await?,
            SearchScope::Sources(ids) => store.list_source_keys(ids).await?,
        };
        Ok(Some(keys.into_iter().collect()))
    }

    /// Passages of the best candidates: some more than wanted, as some are duplicates.
    async fn load_hits(
        &self,
        fused: Vec<(Candidate, f32)>,
        limit: usize,
    ) -> Result<Vec<PassageHit>, LibraryError> {
        let row_limit = limit + limit / 2 + 10;
        let best: Vec<_> = fused.into_iter().take(row_limit).collect();
        let keys: Vec<i64> = best.iter().map(|(candidate, _)| candidate.key).collect();
        let mut rows: HashMap<i64, PassageRow> = HashMap::new();
        for row in self.0.store.get_passages_by_key(&keys).await? {
            rows.insert(row.key, row);
        }
        Ok(best
            .into_iter()
            .filter_map(|(candidate, score)| {
                Some(PassageHit {
                    row: rows.remove(&candidate.key)?,
                    score,
                    cosine: candidate.cosine,
                    lexical: candidate.lexical,
                    lexical_rank: candidate.lexical_rank,
                    vector_rank: candidate.vector_rank,
                })
            })
            .collect())
    }

    /// Weight of vector search: less in languages that the embedder does not know.
    async fn choose_vector_weight(&self, candidates: &[Candidate]) -> Result<f32, LibraryError> {
        let embedder = self.0.embedder();
        let known = &embedder.info().languages;
        let best = candidates
            .iter()
            .filter(|c| c.lexical_rank.is_some_and(|rank| rank as usize <= LANGUAGE_CANDIDATES));
        let sources: Vec<i64> = best.map(|candidate| candidate.source).collect();
        if known.is_empty() || sources.is_empty() {
            return Ok(VECTOR_WEIGHT);
        }
        let languages = self.0.store.list_source_languages(&sources).await?;
        let foreign = sources
            .iter()
            .filter(|source| languages.get(source).is_some_and(|language| !known.contains(language)))
            .count();
        let share = foreign as f32 / sources.len() as f32;
        Ok(VECTOR_WEIGHT + (FOREIGN_TEXT_VECTOR_WEIGHT - VECTOR_WEIGHT) * share)
    }

    /// Ranges of a hit's text with words of the query.
    pub fn find_match_ranges(&self, query: &str, hit: &PassageHit) -> Vec<CharRange> {
        let (text, language) = (&hit.row.passage.text, hit.row.language.as_deref());
        let analyser = self.0.index.analyser();
        let query_words: HashSet<String> =
            analyser.tokenise_text(query, language).into_iter().map(|t| t.text).collect();
        let index = hearth_domain::TextIndex::new(text);
        analyser
            .tokenise_text(text, language)
            .into_iter()
            .filter(|token| query_words.contains(&token.text))
            .map(|token| CharRange {
                start: index.char_offset(token.start),
                end: index.char_offset(token.end),
            })
            .collect()
    }
}

/// Removes passages that repeat a better one.
fn fold_duplicates(hits: Vec<PassageHit>) -> Vec<PassageHit> {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut distinct: Vec<(Vec<u32>, PassageHit)> = Vec::new();
    for hit in hits {
        let mut words: Vec<u32> = Vec::new();
        for word in hit.row.passage.text.split_whitespace() {
            let next = numbers.len() as u32;
            words.push(*numbers.entry(word.to_lowercase()).or_insert(next));
        }
        words.sort_unstable();
        words.dedup();
        let is_duplicate = distinct.iter().any(|(better_words, better)| {
            let same_place = better.row.passage.revision == hit.row.passage.revision
                && better.row.passage.range.overlaps(hit.row.passage.range);
            !same_place
                && count_common(&words, better_words) as f32
                    > DUPLICATE_RATIO * words.len().max(better_words.len()) as f32
        });
        if !is_duplicate {
            distinct.push((words, hit));
        }
    }
    distinct.into_iter().map(|(_, hit)| hit).collect()
}

/// Count of numbers that two ascending lists have in common.
fn count_common(left: &[u32], right: &[u32]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        count += usize::from(a == b);
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    count
}

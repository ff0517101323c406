//! Finding passages: words and meaning together.

use std::collections::{HashMap, HashSet};

use hearth_domain::{CharRange, EmbedError, NotebookId, SourceId, TextRole};
use hearth_index::{Candidate, Search, fuse};
use hearth_store::PassageRow;

use crate::{Engine, EngineError};

/// Candidates from each side.
const CANDIDATES: usize = 120;
/// What meaning counts against words, where the embedder knows the language of the text, and
/// where it does not. Measured: see `hearth eval retrieval`.
const MEANING: f32 = 0.6;
const MEANING_IN_FOREIGN_TEXT: f32 = 0.5;
/// Passages by whose languages the question's kind of text is judged.
const JUDGED: usize = 10;
/// Share of common words from which two passages say the same.
const SAME: f32 = 0.9;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindMode {
    #[default]
    Hybrid,
    Lexical,
    Vector,
}

/// Where to look.
#[derive(Clone, Debug, Default)]
pub enum Scope {
    #[default]
    Everything,
    Notebook(NotebookId),
    /// The sources of a notebook that questions use.
    Selection(NotebookId),
    Sources(Vec<SourceId>),
}

/// What to find.
#[derive(Clone, Debug, Default)]
pub struct FindRequest {
    pub query: String,
    pub mode: FindMode,
    pub scope: Scope,
    pub limit: usize,
}

/// What was found before it is ranked.
#[derive(Default)]
struct Candidates {
    found: Vec<Candidate>,
    /// The query's vector, and the embedder that made it.
    query: Option<(Vec<f32>, String)>,
}

/// The library's embedder changed in the middle of a search.
struct ChangedMeanwhile;

/// A passage that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    pub row: PassageRow,
    /// 0 to 1, comparable within one result.
    pub score: f32,
    /// Cosine to the query.
    pub cosine: Option<f32>,
    /// BM25.
    pub lexical: Option<f32>,
    pub lexical_rank: Option<u32>,
    pub vector_rank: Option<u32>,
}

impl Engine {
    /// The best passages, best first; passages that say the same are folded into the first.
    pub async fn find(&self, request: &FindRequest) -> Result<Vec<Hit>, EngineError> {
        let query = request.query.trim();
        if query.is_empty() {
            return Err(EngineError::Invalid("nothing was asked for; type some words".into()));
        }
        let mut candidates = self.candidates(query, request).await?;
        if let Err(ChangedMeanwhile) = candidates {
            candidates = self.candidates(query, request).await?;
        }
        // Changed twice within one search: words alone will do this once.
        let Candidates { mut found, query: asked } = candidates.unwrap_or_default();
        let weight = match request.mode {
            FindMode::Hybrid => self.weight(&found).await?,
            FindMode::Lexical => 0.0,
            FindMode::Vector => 1.0,
        };
        let mut fused = fuse(&found, weight);
        if let (Some((best, _)), Some((vector, embedder)), FindMode::Hybrid) =
            (fused.first(), asked, request.mode)
        {
            self.0.index.draw_near(&vector, &embedder, best, &mut found);
            fused = fuse(&found, weight);
        }
        let hits = self.hits(fused, request.limit).await?;
        let mut distinct = folded(hits);
        distinct.truncate(request.limit);
        Ok(distinct)
    }

    /// Candidates by words and by meaning; an error when the library changed its embedder between
    /// embedding the question and searching.
    async fn candidates(
        &self,
        query: &str,
        request: &FindRequest,
    ) -> Result<Result<Candidates, ChangedMeanwhile>, EngineError> {
        let shared = self.0.clone();
        let embedder = shared.embedder();
        let vector = match request.mode {
            FindMode::Lexical => None,
            _ => match embedder.embed(TextRole::Query, vec![query.to_owned()]).await {
                // Words alone find a good deal until the embedder is there.
                Err(EmbedError::Missing(_)) if request.mode == FindMode::Hybrid => None,
                vectors => vectors?.pop(),
            },
        };
        let allowed = self.allowed(&request.scope).await?;
        let languages = shared.store.languages().await?;
        let text = query.to_owned();
        let by_words = request.mode != FindMode::Vector;
        let id = embedder.info().id.clone();
        let found = tokio::task::spawn_blocking(move || {
            let found = shared.index.search(&Search {
                query: &text,
                vector: vector.as_deref(),
                embedder: &id,
                by_words,
                sources: allowed.as_ref(),
                languages: &languages,
                limit: CANDIDATES,
            })?;
            if vector.is_some() && shared.embedder_id() != id {
                return Ok::<_, EngineError>(Err(ChangedMeanwhile));
            }
            Ok(Ok(Candidates { found, query: vector.map(|vector| (vector, id)) }))
        });
        found.await?
    }

    async fn allowed(&self, scope: &Scope) -> Result<Option<HashSet<i64>>, EngineError> {
        let store = &self.0.store;
        let keys = match scope {
            Scope::Everything => return Ok(None),
            Scope::Notebook(id) => store.source_keys_of(*id, false).await?,
            Scope::Selection(id) => store.source_keys_of(*id, true).await?,
            Scope::Sources(ids) => store.source_keys(ids).await?,
        };
        Ok(Some(keys.into_iter().collect()))
    }

    /// The best candidates with their passages: some more than wanted, as some say the same.
    async fn hits(&self, fused: Vec<(Candidate, f32)>, wanted: usize) -> Result<Vec<Hit>, EngineError> {
        let looked_up = wanted + wanted / 2 + 10;
        let best: Vec<_> = fused.into_iter().take(looked_up).collect();
        let keys: Vec<i64> = best.iter().map(|(candidate, _)| candidate.key).collect();
        let mut rows: HashMap<i64, PassageRow> = HashMap::new();
        for row in self.0.store.passages_by_key(&keys).await? {
            rows.insert(row.key, row);
        }
        Ok(best
            .into_iter()
            .filter_map(|(candidate, score)| {
                Some(Hit {
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

    /// What meaning counts: less where the text is in languages that the embedder does not know.
    async fn weight(&self, candidates: &[Candidate]) -> Result<f32, EngineError> {
        let embedder = self.0.embedder();
        let known = &embedder.info().languages;
        let best = candidates.iter().filter(|c| c.lexical_rank.is_some_and(|rank| rank as usize <= JUDGED));
        let sources: Vec<i64> = best.map(|candidate| candidate.source).collect();
        if known.is_empty() || sources.is_empty() {
            return Ok(MEANING);
        }
        let languages = self.0.store.languages_of(&sources).await?;
        let foreign = sources
            .iter()
            .filter(|source| languages.get(source).is_some_and(|language| !known.contains(language)))
            .count();
        let share = foreign as f32 / sources.len() as f32;
        Ok(MEANING + (MEANING_IN_FOREIGN_TEXT - MEANING) * share)
    }

    /// Where words of a query stand in the text of a hit.
    pub fn matches(&self, query: &str, hit: &Hit) -> Vec<CharRange> {
        let (text, language) = (&hit.row.passage.text, hit.row.language.as_deref());
        let analyser = self.0.index.analyser();
        let wanted: HashSet<String> = analyser.tokens(query, language).into_iter().map(|t| t.text).collect();
        let index = hearth_domain::TextIndex::new(text);
        analyser
            .tokens(text, language)
            .into_iter()
            .filter(|token| wanted.contains(&token.text))
            .map(|token| CharRange { start: index.offset(token.start), end: index.offset(token.end) })
            .collect()
    }
}

/// Leaves out passages that say what a better one says already.
fn folded(hits: Vec<Hit>) -> Vec<Hit> {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut kept: Vec<(Vec<u32>, Hit)> = Vec::new();
    for hit in hits {
        let mut own: Vec<u32> = Vec::new();
        for word in hit.row.passage.text.split_whitespace() {
            let next = numbers.len() as u32;
            own.push(*numbers.entry(word.to_lowercase()).or_insert(next));
        }
        own.sort_unstable();
        own.dedup();
        let said = kept.iter().any(|(other, better)| {
            let same_place = better.row.passage.revision == hit.row.passage.revision
                && better.row.passage.range.overlaps(hit.row.passage.range);
            !same_place && common(&own, other) as f32 > SAME * own.len().max(other.len()) as f32
        });
        if !said {
            kept.push((own, hit));
        }
    }
    kept.into_iter().map(|(_, hit)| hit).collect()
}

/// How many numbers two ascending lists have in common.
fn common(one: &[u32], other: &[u32]) -> usize {
    let (mut at, mut beside, mut count) = (0, 0, 0);
    while let (Some(a), Some(b)) = (one.get(at), other.get(beside)) {
        count += usize::from(a == b);
        at += usize::from(a <= b);
        beside += usize::from(b <= a);
    }
    count
}

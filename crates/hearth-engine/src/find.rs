//! Finding passages: words and meaning together.

use std::collections::{HashMap, HashSet};

use hearth_domain::{CharRange, NotebookId, SourceId, TextRole};
use hearth_index::{Candidate, Search, fuse};
use hearth_store::PassageRow;

use crate::{Engine, EngineError};

/// Candidates from each side.
const CANDIDATES: usize = 120;
/// What meaning counts against words, where the embedder knows the language of the text, and
/// where it does not. Measured: see `cargo xtask eval retrieval`.
const MEANING: f32 = 0.55;
const MEANING_IN_FOREIGN_TEXT: f32 = 0.4;
/// Share of common words from which two passages say the same.
const SAME: f32 = 0.9;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindMode {
    #[default]
    Hybrid,
    Lexical,
    Vector,
}

/// What to find.
#[derive(Clone, Debug, Default)]
pub struct FindRequest {
    pub query: String,
    pub mode: FindMode,
    pub notebook: Option<NotebookId>,
    /// Only these sources; goes before `notebook`.
    pub sources: Option<Vec<SourceId>>,
    pub limit: usize,
}

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
    /// Where words of the query stand in the passage's text.
    pub matches: Vec<CharRange>,
}

impl Engine {
    /// The best passages, best first; passages that say the same are folded into the first.
    pub async fn find(&self, request: &FindRequest) -> Result<Vec<Hit>, EngineError> {
        let query = request.query.trim();
        if query.is_empty() {
            return Err(EngineError::Invalid("nothing was asked for; type some words".into()));
        }
        let shared = self.0.clone();
        let vector = match request.mode {
            FindMode::Lexical => None,
            _ => {
                let texts = vec![query.to_owned()];
                shared.embedding.embedder.embed(TextRole::Query, texts).await?.pop()
            }
        };
        let allowed = self.allowed(request).await?;
        let languages = shared.store.languages().await?;
        let (text, unit) = (query.to_owned(), vector.clone());
        let stems = languages.clone();
        let found = tokio::task::spawn_blocking(move || {
            shared.index.search(&Search {
                query: &text,
                vector: unit.as_deref(),
                sources: allowed.as_ref(),
                languages: &stems,
                limit: CANDIDATES,
            })
        })
        .await??;
        let lexical = if request.mode == FindMode::Vector { Vec::new() } else { found.lexical };
        let hits = self.fused(&lexical, &found.vector, vector.as_deref(), request.mode).await?;
        let mut distinct = folded(hits);
        distinct.truncate(request.limit);
        for hit in &mut distinct {
            hit.matches = self.matches(query, &hit.row.passage.text, hit.row.language.as_deref());
        }
        Ok(distinct)
    }

    async fn allowed(&self, request: &FindRequest) -> Result<Option<HashSet<i64>>, EngineError> {
        let ids = match (&request.sources, request.notebook) {
            (Some(ids), _) => ids.clone(),
            (None, Some(notebook)) => {
                let sources = self.0.store.sources_of(notebook).await?;
                sources.into_iter().map(|source| source.id).collect()
            }
            (None, None) => return Ok(None),
        };
        let keys = self.0.store.source_keys(&ids).await?;
        Ok(Some(keys.into_iter().collect()))
    }

    async fn fused(
        &self,
        lexical: &[(i64, f32)],
        vector: &[(i64, f32)],
        query: Option<&[f32]>,
        mode: FindMode,
    ) -> Result<Vec<Hit>, EngineError> {
        let shared = &self.0;
        let mut keys: Vec<i64> = lexical.iter().chain(vector).map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut cosines: HashMap<i64, f32> = HashMap::new();
        if let Some(query) = query {
            for (key, vector) in shared.store.vectors_by_key(&keys, shared.embedder_id()).await? {
                cosines.insert(key, vector.iter().zip(query).map(|(a, b)| a * b).sum());
            }
        }
        let words: HashMap<i64, f32> = lexical.iter().copied().collect();
        let mut rows: HashMap<i64, PassageRow> = HashMap::new();
        for row in shared.store.passages_by_key(&keys).await? {
            rows.insert(row.key, row);
        }
        let candidates: Vec<Candidate> = keys
            .iter()
            .filter(|key| rows.contains_key(key))
            .map(|key| Candidate {
                key: *key,
                lexical: words.get(key).copied(),
                cosine: cosines.get(key).copied(),
            })
            .collect();
        let weight = match mode {
            FindMode::Hybrid => self.weight(lexical, &rows),
            FindMode::Lexical => 0.0,
            FindMode::Vector => 1.0,
        };
        let rank =
            |list: &[(i64, f32)], key| list.iter().position(|(k, _)| *k == key).map(|at| at as u32 + 1);
        Ok(fuse(&candidates, weight)
            .into_iter()
            .filter_map(|(key, score)| {
                Some(Hit {
                    row: rows.remove(&key)?,
                    score,
                    cosine: cosines.get(&key).copied(),
                    lexical: words.get(&key).copied(),
                    lexical_rank: rank(lexical, key),
                    vector_rank: rank(vector, key),
                    matches: Vec::new(),
                })
            })
            .collect())
    }

    /// What meaning counts: less where the text is in languages that the embedder does not know.
    fn weight(&self, lexical: &[(i64, f32)], rows: &HashMap<i64, PassageRow>) -> f32 {
        let known = &self.0.embedding.embedder.info().languages;
        if known.is_empty() {
            return MEANING;
        }
        let best: Vec<&PassageRow> = lexical.iter().take(10).filter_map(|(key, _)| rows.get(key)).collect();
        if best.is_empty() {
            return MEANING;
        }
        let foreign = best
            .iter()
            .filter(|row| row.language.as_ref().is_some_and(|language| !known.contains(language)))
            .count();
        let share = foreign as f32 / best.len() as f32;
        MEANING + (MEANING_IN_FOREIGN_TEXT - MEANING) * share
    }

    /// Where words of a query stand in a text.
    fn matches(&self, query: &str, text: &str, language: Option<&str>) -> Vec<CharRange> {
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
    let words = |hit: &Hit| -> HashSet<String> {
        hit.row.passage.text.split_whitespace().map(str::to_lowercase).collect()
    };
    let mut kept: Vec<(HashSet<String>, Hit)> = Vec::new();
    for hit in hits {
        let own = words(&hit);
        let said = kept.iter().any(|(other, better)| {
            let common = own.intersection(other).count() as f32;
            let same_place = better.row.passage.revision == hit.row.passage.revision
                && better.row.passage.range.overlaps(hit.row.passage.range);
            !same_place && common > SAME * own.len().max(other.len()) as f32
        });
        if !said {
            kept.push((own, hit));
        }
    }
    kept.into_iter().map(|(_, hit)| hit).collect()
}

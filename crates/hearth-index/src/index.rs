//! The search index: the lexical and the vector index together.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rayon::prelude::*;
use tantivy::TantivyError;
use tantivy::directory::error::OpenWriteError;

use crate::analysis::Analyser;
use crate::fusion::Candidate;
use crate::lexical::{LexicalEntry, LexicalIndex, LexicalQuery};
use crate::query::ParsedQuery;
use crate::vectors::{KeyedVector, Neighbour, VectorIndex};

/// Weight of the best passage's vector in relevance feedback. Measured with `hearth eval retrieval`: SciFact
/// gains 0.005 of nDCG@10, and about as much from 0.1 to 0.4; XQuAD stays as it is.
const FEEDBACK_WEIGHT: f32 = 0.2;

/// Error of the search index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("the search index failed: {0}")]
    Lexical(#[from] TantivyError),
    #[error("the search index's folder could not be used: {0}")]
    Io(#[from] std::io::Error),
}

impl IndexError {
    /// True if the disk is full.
    pub fn is_disk_full(&self) -> bool {
        let is_full = |error: &std::io::Error| {
            matches!(
                error.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
            )
        };
        match self {
            Self::Io(error) => is_full(error),
            Self::Lexical(TantivyError::IoError(error)) => is_full(error),
            Self::Lexical(TantivyError::OpenWriteError(OpenWriteError::IoError { io_error, .. })) => {
                is_full(io_error)
            }
            // tantivy reports the cause in words only, or only that the thread is gone.
            Self::Lexical(TantivyError::ErrorInThread(_)) => true,
            Self::Lexical(_) => false,
        }
    }
}

/// A passage to index.
#[derive(Clone, Debug)]
pub struct PassageEntry<'a> {
    pub key: i64,
    pub source: i64,
    pub title: &'a str,
    pub section: &'a [String],
    pub text: &'a str,
    pub language: Option<&'a str>,
}

/// Request of a search: query, scope and limit.
#[derive(Clone, Debug, Default)]
pub struct SearchRequest<'a> {
    pub query: &'a str,
    /// Unit vector of the query, or `None` to search the lexical index only.
    pub vector: Option<&'a [f32]>,
    /// Id of the embedder that made `vector`; vectors of another one are not searched.
    pub embedder: &'a str,
    /// True if the lexical index is searched.
    pub by_words: bool,
    /// Keys of the sources to search, or `None` for all.
    pub sources: Option<&'a HashSet<i64>>,
    /// Languages in which the query is stemmed (ISO 639-1).
    pub languages: &'a [String],
    /// Limit of candidates from each of the two indexes.
    pub limit: usize,
}

/// Search index of a library.
pub struct SearchIndex {
    folder: PathBuf,
    analyser: Analyser,
    lexical: LexicalIndex,
    vectors: RwLock<VectorIndex>,
    /// Held during a change of the vectors, so that a search never waits for the disk.
    update_lock: Mutex<()>,
}

fn read_lock<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write_lock<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the vector index of an embedder, which has a folder of its own.
fn open_vector_index(folder: &Path, embedder: &str, dimensions: usize) -> std::io::Result<VectorIndex> {
    let name: String = embedder
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    VectorIndex::open(&folder.join("vectors").join(name), embedder, dimensions)
}

impl SearchIndex {
    /// Opens the index in a folder, with the vectors of an embedder; files that are damaged or of another
    /// version are discarded.
    pub fn open(folder: &Path, embedder: &str, dimensions: usize) -> Result<Self, IndexError> {
        let lexical_folder = folder.join("words");
        let lexical = match LexicalIndex::open(&lexical_folder) {
            Ok(lexical) => lexical,
            Err(error @ TantivyError::LockFailure(..)) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "the search index cannot be used and is rebuilt");
                std::fs::remove_dir_all(&lexical_folder)?;
                LexicalIndex::open(&lexical_folder)?
            }
        };
        Ok(Self {
            folder: folder.to_owned(),
            analyser: Analyser::default(),
            lexical,
            vectors: RwLock::new(open_vector_index(folder, embedder, dimensions)?),
            update_lock: Mutex::default(),
        })
    }

    /// Folder of the index.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Text analyser of the index.
    pub fn analyser(&self) -> &Analyser {
        &self.analyser
    }

    /// Replaces the text of sources in the lexical index; durable and visible on return.
    pub fn index_text<'a, E>(&self, sources: &[(i64, E)]) -> Result<(), IndexError>
    where
        E: AsRef<[PassageEntry<'a>]>,
    {
        let analysed: Vec<(i64, Vec<LexicalEntry>)> = sources
            .iter()
            .map(|(source, entries)| {
                (*source, entries.as_ref().par_iter().map(|entry| self.analyse_entry(entry)).collect())
            })
            .collect();
        Ok(self.lexical.replace_sources(&analysed)?)
    }

    fn analyse_entry(&self, entry: &PassageEntry<'_>) -> LexicalEntry {
        let tokenise = |text: &str| -> Vec<String> {
            let tokens = self.analyser.tokenise_text(text, entry.language);
            tokens.into_iter().map(|token| token.text).collect()
        };
        let mut heading = tokenise(entry.title);
        for title in entry.section {
            heading.extend(tokenise(title));
        }
        let mut body = tokenise(entry.text);
        body.extend(heading.iter().cloned());
        LexicalEntry { key: entry.key, source: entry.source, body, heading }
    }

    /// Replaces the vectors of sources; durable and searchable on return. Vectors of another embedder than
    /// the index's are left out.
    pub fn index_vectors<V>(&self, embedder: &str, sources: &[(i64, V)]) -> Result<(), IndexError>
    where
        V: AsRef<[KeyedVector]>,
    {
        let _update_guard = self.update_lock.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut index = write_lock(&self.vectors);
            if index.embedder() != embedder {
                return Ok(());
            }
            for (source, vectors) in sources {
                index.replace_source(*source, vectors.as_ref())?;
            }
        }
        // Searches go on while the disk syncs.
        read_lock(&self.vectors).sync()?;
        Ok(write_lock(&self.vectors).commit_synced()?)
    }

    /// Vector index of another embedder, to be filled while the present one is in use.
    pub fn prepare_vector_index(&self, embedder: &str, dimensions: usize) -> Result<VectorIndex, IndexError> {
        Ok(open_vector_index(&self.folder, embedder, dimensions)?)
    }

    /// Replaces the vector index in use and removes the files of the previous one.
    pub fn replace_vector_index(&self, vectors: VectorIndex) {
        let _update_guard = self.update_lock.lock().unwrap_or_else(PoisonError::into_inner);
        let previous = std::mem::replace(&mut *write_lock(&self.vectors), vectors);
        let folder = previous.folder().to_owned();
        drop(previous);
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            tracing::warn!(%error, "the old vectors could not be removed");
        }
    }

    /// Removes a source; it is not found any more on return.
    pub fn remove_source(&self, source: i64) -> Result<(), IndexError> {
        {
            let _update_guard = self.update_lock.lock().unwrap_or_else(PoisonError::into_inner);
            write_lock(&self.vectors).remove_source(source)?;
        }
        self.index_text(&[(source, [])])
    }

    /// Sources in the lexical index, by key: number of passages, and sum of the passages' keys.
    pub fn text_indexed_sources(&self) -> Result<HashMap<i64, (i64, i64)>, IndexError> {
        Ok(self.lexical.summarise_sources()?)
    }

    /// Sources in the vector index, by key: number of vectors, and sum of their passages' keys.
    pub fn vector_indexed_sources(&self) -> HashMap<i64, (i64, i64)> {
        read_lock(&self.vectors).summarise_sources()
    }

    /// Number of passages of sources that have vectors; of all sources if `None`.
    pub fn count_passages(&self, sources: Option<&HashSet<i64>>) -> usize {
        read_lock(&self.vectors).count_source_vectors(sources)
    }

    /// Number of vectors.
    pub fn count_vectors(&self) -> usize {
        read_lock(&self.vectors).len()
    }

    /// Candidates for a query from both indexes, each with its exact cosine, in no order.
    pub fn search(&self, search: &SearchRequest<'_>) -> Result<Vec<Candidate>, IndexError> {
        let parsed = ParsedQuery::parse(search.query);
        let mut words: Vec<Vec<String>> = Vec::new();
        for forms in self.analyser.stem_words(&parsed.text, search.languages) {
            if !words.contains(&forms) {
                words.push(forms);
            }
        }
        let phrases: Vec<Vec<Vec<String>>> =
            parsed.phrases.iter().map(|phrase| self.stem_phrase(phrase, search.languages)).collect();
        let excluded: Vec<String> = parsed
            .excluded
            .iter()
            .flat_map(|word| self.stem_phrase(word, search.languages))
            .flatten()
            .collect();
        let lexical_query = LexicalQuery {
            words: if search.by_words { &words } else { &[] },
            phrases: &phrases,
            excluded: &excluded,
            sources: search.sources,
            limit: search.limit,
        };
        // Only the lexical index can check phrases and excluded words.
        let query = search.vector.filter(|_| phrases.is_empty() && excluded.is_empty());
        let vectors = read_lock(&self.vectors);
        let (query, vector) =
            if vectors.embedder() == search.embedder { (query, search.vector) } else { (None, None) };
        let (lexical_hits, neighbours) = rayon::join(
            || self.lexical.search(&lexical_query),
            || query.map_or_else(Vec::new, |query| vectors.search(query, search.sources, search.limit)),
        );
        let mut candidates: HashMap<i64, Candidate> = HashMap::new();
        for (rank, hit) in (1..).zip(lexical_hits?) {
            let cosine = vector.and_then(|query| vectors.cosine(query, hit.source, hit.key));
            candidates.insert(
                hit.key,
                Candidate {
                    key: hit.key,
                    source: hit.source,
                    lexical: Some(hit.score),
                    cosine,
                    feedback_cosine: None,
                    lexical_rank: Some(rank),
                    vector_rank: None,
                },
            );
        }
        for (rank, Neighbour { key, source, cosine }) in (1..).zip(neighbours) {
            let candidate = Candidate {
                key,
                source,
                lexical: None,
                cosine: Some(cosine),
                feedback_cosine: None,
                lexical_rank: None,
                vector_rank: None,
            };
            candidates.entry(key).or_insert(candidate).vector_rank = Some(rank);
        }
        Ok(candidates.into_values().collect())
    }

    /// Relevance feedback (Rocchio) with the best candidate: moves the query's vector a little towards it and
    /// sets the candidates' cosines to the result, because passages similar to the best are likely relevant.
    pub fn apply_relevance_feedback(
        &self,
        query: &[f32],
        embedder: &str,
        best: &Candidate,
        candidates: &mut [Candidate],
    ) {
        let vectors = read_lock(&self.vectors);
        let Some(best_vector) =
            vectors.get_vector(best.source, best.key).filter(|_| vectors.embedder() == embedder)
        else {
            return;
        };
        let mut moved_query: Vec<f32> =
            query.iter().zip(best_vector).map(|(query, best)| query + FEEDBACK_WEIGHT * best).collect();
        let norm = moved_query.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
        for value in &mut moved_query {
            *value /= norm;
        }
        for candidate in candidates {
            candidate.feedback_cosine = vectors.cosine(&moved_query, candidate.source, candidate.key);
        }
    }

    /// Passages nearest to a unit vector of the index's embedder, best first; of all `sources` if `None`.
    pub fn find_nearest(
        &self,
        vector: &[f32],
        sources: Option<&HashSet<i64>>,
        limit: usize,
    ) -> Vec<Neighbour> {
        read_lock(&self.vectors).search(vector, sources, limit)
    }

    /// Stem sequences of a text, one per language and one unstemmed, each once.
    fn stem_phrase(&self, text: &str, languages: &[String]) -> Vec<Vec<String>> {
        let mut sequences: Vec<Vec<String>> = Vec::new();
        for language in languages.iter().map(|language| Some(language.as_str())).chain([None]) {
            let tokens = self.analyser.tokenise_text(text, language);
            let sequence: Vec<String> = tokens.into_iter().map(|token| token.text).collect();
            if !sequence.is_empty() && !sequences.contains(&sequence) {
                sequences.push(sequence);
            }
        }
        sequences
    }
}

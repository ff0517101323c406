//! Both indexes as one thing.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rayon::prelude::*;
use tantivy::TantivyError;
use tantivy::directory::error::OpenWriteError;

use crate::analysis::Analyser;
use crate::fusion::Candidate;
use crate::lexical::{Lexical, LexicalEntry, Wanted};
use crate::query::ParsedQuery;
use crate::vectors::{KeyedVector, Near, VectorIndex};

/// How far a query is drawn towards the best passage. Measured with `hearth eval retrieval`: SciFact gains 0.005 of
/// nDCG@10, and about as much from 0.1 to 0.4; XQuAD stays as it is.
const FEEDBACK: f32 = 0.2;

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("the search index failed: {0}")]
    Lexical(#[from] TantivyError),
    #[error("the search index's folder could not be used: {0}")]
    Io(#[from] std::io::Error),
}

impl IndexError {
    /// Whether there was no room on the disk.
    pub fn is_full(&self) -> bool {
        let full = |error: &std::io::Error| {
            matches!(
                error.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
            )
        };
        match self {
            Self::Io(error) => full(error),
            Self::Lexical(TantivyError::IoError(error)) => full(error),
            // It tells what happened in words only, or that its thread is gone.
            Self::Lexical(TantivyError::OpenWriteError(OpenWriteError::IoError { io_error, .. })) => {
                full(io_error)
            }
            Self::Lexical(TantivyError::ErrorInThread(_)) => true,
            Self::Lexical(_) => false,
        }
    }
}

/// One passage to be found.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub key: i64,
    pub source: i64,
    pub title: &'a str,
    pub section: &'a [String],
    pub text: &'a str,
    pub language: Option<&'a str>,
}

/// What to find, and where.
#[derive(Clone, Debug, Default)]
pub struct Search<'a> {
    pub query: &'a str,
    /// The query's unit vector; without it, words alone count.
    pub vector: Option<&'a [f32]>,
    /// Which embedder made it; vectors of another one are not looked at.
    pub embedder: &'a str,
    /// Whether words count.
    pub by_words: bool,
    /// Only in these sources.
    pub sources: Option<&'a HashSet<i64>>,
    /// Languages whose stems are tried.
    pub languages: &'a [String],
    /// Candidates from each side.
    pub limit: usize,
}

/// The library's search index.
pub struct Index {
    folder: PathBuf,
    analyser: Analyser,
    lexical: Lexical,
    vectors: RwLock<VectorIndex>,
    /// Held by whoever changes the vectors; a search waits for no disk.
    changing: Mutex<()>,
}

fn reading<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn writing<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// Each embedder has a folder of its own.
fn open_vectors(folder: &Path, embedder: &str, dimensions: usize) -> std::io::Result<VectorIndex> {
    let name: String = embedder
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    VectorIndex::open(&folder.join("vectors").join(name), embedder, dimensions)
}

impl Index {
    /// Opens the index in a folder, with the vectors of an embedder; what is damaged or of another
    /// version is thrown away.
    pub fn open(folder: &Path, embedder: &str, dimensions: usize) -> Result<Self, IndexError> {
        let words = folder.join("words");
        let lexical = match Lexical::open(&words) {
            Ok(lexical) => lexical,
            Err(error @ TantivyError::LockFailure(..)) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "the search index is unusable and is made anew");
                std::fs::remove_dir_all(&words)?;
                Lexical::open(&words)?
            }
        };
        Ok(Self {
            folder: folder.to_owned(),
            analyser: Analyser::default(),
            lexical,
            vectors: RwLock::new(open_vectors(folder, embedder, dimensions)?),
            changing: Mutex::default(),
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn analyser(&self) -> &Analyser {
        &self.analyser
    }

    /// Replaces the words of sources; durable and visible when it returns.
    pub fn put_words<'a, E>(&self, sources: &[(i64, E)]) -> Result<(), IndexError>
    where
        E: AsRef<[Entry<'a>]>,
    {
        let analysed: Vec<(i64, Vec<LexicalEntry>)> = sources
            .iter()
            .map(|(source, entries)| {
                (*source, entries.as_ref().par_iter().map(|entry| self.analysed(entry)).collect())
            })
            .collect();
        Ok(self.lexical.replace(&analysed)?)
    }

    fn analysed(&self, entry: &Entry<'_>) -> LexicalEntry {
        let words = |text: &str| -> Vec<String> {
            let tokens = self.analyser.tokens(text, entry.language);
            tokens.into_iter().map(|token| token.text).collect()
        };
        let mut heading = words(entry.title);
        for title in entry.section {
            heading.extend(words(title));
        }
        let mut body = words(entry.text);
        body.extend(heading.iter().cloned());
        LexicalEntry { key: entry.key, source: entry.source, body, heading }
    }

    /// Replaces the vectors of sources by ones of an embedder; durable and findable when it returns. Those of
    /// another embedder than the index's are left out.
    pub fn put_vectors<V>(&self, embedder: &str, sources: &[(i64, V)]) -> Result<(), IndexError>
    where
        V: AsRef<[KeyedVector]>,
    {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut own = writing(&self.vectors);
            if own.embedder() != embedder {
                return Ok(());
            }
            for (source, vectors) in sources {
                own.put(*source, vectors.as_ref())?;
            }
        }
        // Questions go on while the disk takes what was written.
        reading(&self.vectors).sync()?;
        Ok(writing(&self.vectors).count_synced()?)
    }

    /// The vectors of another embedder, to be filled while the present ones are in use.
    pub fn prepare_vectors(&self, embedder: &str, dimensions: usize) -> Result<VectorIndex, IndexError> {
        Ok(open_vectors(&self.folder, embedder, dimensions)?)
    }

    /// Uses other vectors from now on, and removes the files of those before.
    pub fn replace_vectors(&self, vectors: VectorIndex) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *writing(&self.vectors), vectors);
        let folder = before.folder().to_owned();
        drop(before);
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            tracing::warn!(%error, "the old vectors could not be removed");
        }
    }

    /// Takes a source out; it is not findable when this returns.
    pub fn remove_source(&self, source: i64) -> Result<(), IndexError> {
        {
            let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
            writing(&self.vectors).remove(source)?;
        }
        self.put_words(&[(source, [])])
    }

    /// How many passages of each source the words know, and the sum of their numbers.
    pub fn worded_sources(&self) -> Result<HashMap<i64, (i64, i64)>, IndexError> {
        Ok(self.lexical.sources()?)
    }

    /// How many vectors of each source there are, and the sum of their passages' numbers.
    pub fn vector_sources(&self) -> HashMap<i64, (i64, i64)> {
        reading(&self.vectors).sources()
    }

    /// How many vectors there are.
    pub fn vector_count(&self) -> usize {
        reading(&self.vectors).len()
    }

    /// Candidates for a query from both sides, each with its exact cosine, in no order.
    pub fn search(&self, search: &Search<'_>) -> Result<Vec<Candidate>, IndexError> {
        let parsed = ParsedQuery::parse(search.query);
        let mut words: Vec<Vec<String>> = Vec::new();
        for forms in self.forms(&parsed.text, search.languages) {
            if !words.contains(&forms) {
                words.push(forms);
            }
        }
        let phrases: Vec<Vec<Vec<String>>> =
            parsed.phrases.iter().map(|phrase| self.alternatives(phrase, search.languages)).collect();
        let without: Vec<String> = parsed
            .without
            .iter()
            .flat_map(|word| self.alternatives(word, search.languages))
            .flatten()
            .collect();
        let wanted = Wanted {
            words: if search.by_words { &words } else { &[] },
            phrases: &phrases,
            without: &without,
            sources: search.sources,
            limit: search.limit,
        };
        // What must or must not stand there word for word is for words alone to say.
        let query = search.vector.filter(|_| phrases.is_empty() && without.is_empty());
        let vectors = reading(&self.vectors);
        let (query, vector) =
            if vectors.embedder() == search.embedder { (query, search.vector) } else { (None, None) };
        let (worded, near) = rayon::join(
            || self.lexical.search(&wanted),
            || query.map_or_else(Vec::new, |query| vectors.search(query, search.sources, search.limit)),
        );
        let mut found: HashMap<i64, Candidate> = HashMap::new();
        for (rank, hit) in (1..).zip(worded?) {
            let cosine = vector.and_then(|query| vectors.cosine(query, hit.source, hit.key));
            found.insert(
                hit.key,
                Candidate {
                    key: hit.key,
                    source: hit.source,
                    lexical: Some(hit.score),
                    cosine,
                    drawn: None,
                    lexical_rank: Some(rank),
                    vector_rank: None,
                },
            );
        }
        for (rank, Near { key, source, cosine }) in (1..).zip(near) {
            let unknown = Candidate {
                key,
                source,
                lexical: None,
                cosine: Some(cosine),
                drawn: None,
                lexical_rank: None,
                vector_rank: None,
            };
            found.entry(key).or_insert(unknown).vector_rank = Some(rank);
        }
        Ok(found.into_values().collect())
    }

    /// Draws a query's vector a little towards the best passage (Rocchio's relevance feedback, with what is most
    /// likely relevant) and notes the cosines of the candidates to that: what is like the best is likely good.
    pub fn draw_near(&self, query: &[f32], embedder: &str, best: &Candidate, candidates: &mut [Candidate]) {
        let vectors = reading(&self.vectors);
        let Some(towards) =
            vectors.vector_of(best.source, best.key).filter(|_| vectors.embedder() == embedder)
        else {
            return;
        };
        let mut drawn: Vec<f32> =
            query.iter().zip(towards).map(|(query, best)| query + FEEDBACK * best).collect();
        let norm = drawn.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
        for value in &mut drawn {
            *value /= norm;
        }
        for candidate in candidates {
            candidate.drawn = vectors.cosine(&drawn, candidate.source, candidate.key);
        }
    }

    /// The passages most like a unit vector of the embedder, best first.
    pub fn nearest(&self, vector: &[f32], sources: Option<&HashSet<i64>>, limit: usize) -> Vec<Near> {
        reading(&self.vectors).search(vector, sources, limit)
    }

    /// Each word of a text as the stems under which it may stand, with its rarity in the library
    /// (Robertson and Spärck Jones), as if that had `at_least` so many passages; a word that stands nowhere is as
    /// rare as can be.
    pub fn rarities(
        &self,
        text: &str,
        languages: &[String],
        at_least: u64,
    ) -> Result<Vec<(Vec<String>, f32)>, IndexError> {
        let mut words = self.forms(text, languages);
        words.sort();
        words.dedup();
        Ok(self.lexical.rarities(words, at_least)?)
    }

    /// Each word of a text as the stems that it has in some languages, and as it is.
    fn forms(&self, text: &str, languages: &[String]) -> Vec<Vec<String>> {
        let mut words: Vec<Vec<String>> = Vec::new();
        for language in languages.iter().map(|language| Some(language.as_str())).chain([None]) {
            // Where the words are divided does not depend on the language.
            for (at, token) in self.analyser.tokens(text, language).into_iter().enumerate() {
                if words.len() <= at {
                    words.push(Vec::new());
                }
                if !words[at].contains(&token.text) {
                    words[at].push(token.text);
                }
            }
        }
        words
    }

    /// A text as sequences of stems, one a language.
    fn alternatives(&self, text: &str, languages: &[String]) -> Vec<Vec<String>> {
        let mut found: Vec<Vec<String>> = Vec::new();
        for language in languages.iter().map(|language| Some(language.as_str())).chain([None]) {
            let tokens = self.analyser.tokens(text, language);
            let form: Vec<String> = tokens.into_iter().map(|token| token.text).collect();
            if !form.is_empty() && !found.contains(&form) {
                found.push(form);
            }
        }
        found
    }
}

//! Both indexes as one thing.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::analysis::Analyser;
use crate::lexical::{Lexical, LexicalEntry, Wanted};
use crate::query::ParsedQuery;
use crate::vectors::VectorIndex;

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("the search index failed: {0}")]
    Lexical(#[from] tantivy::TantivyError),
    #[error("the search index's folder could not be used: {0}")]
    Io(#[from] std::io::Error),
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
    /// Only in these sources.
    pub sources: Option<&'a HashSet<i64>>,
    /// Languages whose stems are tried.
    pub languages: &'a [String],
    /// Candidates from each side.
    pub limit: usize,
}

/// Candidates by words and by meaning, each best first.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// (number, BM25)
    pub lexical: Vec<(i64, f32)>,
    /// (number, approximate cosine)
    pub vector: Vec<(i64, f32)>,
}

/// The library's search index.
pub struct Index {
    folder: PathBuf,
    analyser: Analyser,
    lexical: RwLock<Lexical>,
    vectors: RwLock<VectorIndex>,
}

fn reading<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn writing<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl Index {
    /// Opens the index in a folder; one that is damaged or of another version is thrown away. The
    /// vectors are empty until [`Index::put_vectors`].
    pub fn open(folder: &Path, dimensions: usize) -> Result<Self, IndexError> {
        let words = folder.join("words");
        let lexical = match Lexical::open(&words) {
            Ok(lexical) => lexical,
            Err(error @ tantivy::TantivyError::LockFailure(..)) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "the search index is unusable and is made anew");
                std::fs::remove_dir_all(&words)?;
                Lexical::open(&words)?
            }
        };
        Ok(Self {
            folder: folder.to_owned(),
            analyser: Analyser::default(),
            lexical: RwLock::new(lexical),
            vectors: RwLock::new(VectorIndex::new(dimensions)),
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn analyser(&self) -> &Analyser {
        &self.analyser
    }

    /// Replaces what is known of a source by these passages; durable and visible when it returns.
    pub fn put_source(
        &self,
        source: i64,
        entries: &[Entry<'_>],
        vectors: &[(i64, Vec<f32>)],
    ) -> Result<(), IndexError> {
        self.stage_words(source, entries)?;
        writing(&self.lexical).commit()?;
        self.put_vectors(source, vectors);
        Ok(())
    }

    /// Replaces a source's words without making them visible yet; [`Index::commit`] does.
    pub fn stage_words(&self, source: i64, entries: &[Entry<'_>]) -> Result<(), IndexError> {
        let lexical = reading(&self.lexical);
        lexical.remove(source);
        for entry in entries {
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
            lexical.add(&LexicalEntry { key: entry.key, source, body, heading })?;
        }
        Ok(())
    }

    pub fn commit(&self) -> Result<(), IndexError> {
        Ok(writing(&self.lexical).commit()?)
    }

    /// Replaces a source's vectors.
    pub fn put_vectors(&self, source: i64, vectors: &[(i64, Vec<f32>)]) {
        let mut index = writing(&self.vectors);
        index.remove(source);
        for (key, vector) in vectors {
            index.add(*key, source, vector);
        }
    }

    /// Replaces all vectors at once, by those of another embedder.
    pub fn replace_vectors(&self, vectors: VectorIndex) {
        *writing(&self.vectors) = vectors;
    }

    /// Takes a source out; it is not findable when this returns.
    pub fn remove_source(&self, source: i64) -> Result<(), IndexError> {
        writing(&self.vectors).remove(source);
        let mut lexical = writing(&self.lexical);
        lexical.remove(source);
        Ok(lexical.commit()?)
    }

    /// How many passages of each source the words know, and the sum of their numbers.
    pub fn sources(&self) -> Result<HashMap<i64, (i64, i64)>, IndexError> {
        Ok(reading(&self.lexical).sources()?)
    }

    /// How many vectors there are.
    pub fn vector_count(&self) -> usize {
        reading(&self.vectors).len()
    }

    /// Candidates for a query from both sides.
    pub fn search(&self, search: &Search<'_>) -> Result<Found, IndexError> {
        let parsed = ParsedQuery::parse(search.query);
        let stems = |text: &str| -> Vec<Vec<String>> {
            let mut forms: Vec<Vec<String>> = Vec::new();
            let languages = search.languages.iter().map(|l| Some(l.as_str())).chain([None]);
            for language in languages {
                let tokens = self.analyser.tokens(text, language);
                let form: Vec<String> = tokens.into_iter().map(|token| token.text).collect();
                if !form.is_empty() && !forms.contains(&form) {
                    forms.push(form);
                }
            }
            forms
        };
        let mut terms: Vec<String> = stems(&parsed.text).into_iter().flatten().collect();
        terms.sort_unstable();
        terms.dedup();
        let phrases: Vec<Vec<Vec<String>>> = parsed.phrases.iter().map(|phrase| stems(phrase)).collect();
        let without: Vec<String> = parsed.without.iter().flat_map(|word| stems(word)).flatten().collect();
        let lexical = reading(&self.lexical).search(&Wanted {
            terms: &terms,
            phrases: &phrases,
            without: &without,
            sources: search.sources,
            limit: search.limit,
        })?;
        let vector = match search.vector {
            // What must or must not stand there word for word is for words alone to say.
            Some(vector) if phrases.is_empty() && without.is_empty() => {
                reading(&self.vectors).search(vector, search.sources, search.limit)
            }
            _ => Vec::new(),
        };
        Ok(Found { lexical, vector })
    }
}

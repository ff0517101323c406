//! Vectors of sentences that were compared before: the questions to a notebook meet the same sentences again and again,
//! and vectors take most of the time of an answer.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

/// Maximum vectors in memory: 12 MB with 384 values each.
const MAX_CACHED_VECTORS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(8191);

/// Cache of the vectors that were used last.
pub(crate) struct SentenceVectors(Mutex<CachedVectors>);

struct CachedVectors {
    /// Id of the embedder that made the vectors.
    embedder: String,
    vectors: LruCache<String, Vec<f32>>,
}

impl Default for SentenceVectors {
    fn default() -> Self {
        let vectors = LruCache::new(MAX_CACHED_VECTORS);
        Self(Mutex::new(CachedVectors { embedder: String::new(), vectors }))
    }
}

impl SentenceVectors {
    /// The vectors of an embedder that are known, by text.
    pub(crate) fn find_known(&self, embedder: &str, texts: &[String]) -> Vec<Option<Vec<f32>>> {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.embedder != embedder {
            embedder.clone_into(&mut cached.embedder);
            cached.vectors.clear();
        }
        texts.iter().map(|text| cached.vectors.get(text).cloned()).collect()
    }

    /// Adds vectors of an embedder, unless another one is in use by now.
    pub(crate) fn insert(&self, embedder: &str, texts: &[String], vectors: &[Vec<f32>]) {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.embedder == embedder {
            for (text, vector) in texts.iter().zip(vectors) {
                cached.vectors.put(text.clone(), vector.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_those_of_their_embedder() {
        let cache = SentenceVectors::default();
        let texts = ["a".to_owned(), "b".to_owned()];
        assert_eq!(cache.find_known("one", &texts), [None, None]);
        cache.insert("one", &texts[..1], &[vec![1.0]]);
        assert_eq!(cache.find_known("one", &texts), [Some(vec![1.0]), None]);
        cache.insert("two", &texts, &[vec![2.0], vec![2.0]]);
        assert_eq!(cache.find_known("one", &texts), [Some(vec![1.0]), None], "not in use");
        assert_eq!(cache.find_known("two", &texts), [None, None]);
    }
}

//! An embedder that is computed from words: texts with the same words are near each other.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use hearth_domain::{
    EmbedError, Embedder, EmbedderCatalogue, EmbedderInfo, EmbeddingModel, TextRole, TokenSpans,
};

/// Values of a vector.
const DIMENSIONS: usize = 256;
/// Characters by which two forms of a word are the same.
const STEM_CHARS: usize = 5;
/// Words that carry no meaning.
const IGNORED_WORDS: [&str; 14] =
    ["the", "a", "is", "are", "of", "in", "to", "and", "how", "what", "when", "where", "which", "does"];

/// Embedder that counts words.
pub struct WordEmbedder {
    info: EmbedderInfo,
}

impl WordEmbedder {
    /// An embedder with an id; embedders of different ids give different vectors.
    pub fn new(id: &str) -> Self {
        let info = EmbedderInfo {
            id: id.to_owned(),
            dimensions: DIMENSIONS,
            max_tokens: 256,
            languages: Vec::new(),
        };
        Self { info }
    }

    fn embed_text(&self, text: &str) -> Vec<f32> {
        let mut vector = vec![0.0; DIMENSIONS];
        for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
            if word.is_empty() || IGNORED_WORDS.contains(&word) {
                continue;
            }
            let stem: String = word.chars().take(STEM_CHARS).collect();
            let mut hasher = DefaultHasher::new();
            (&self.info.id, stem).hash(&mut hasher);
            vector[hasher.finish() as usize % DIMENSIONS] = 1.0;
        }
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
        vector.iter().map(|value| value / length).collect()
    }
}

#[async_trait]
impl Embedder for WordEmbedder {
    fn info(&self) -> &EmbedderInfo {
        &self.info
    }

    async fn load(&self) -> Result<(), EmbedError> {
        Ok(())
    }

    async fn embed(&self, _role: TextRole, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        Ok(texts.iter().map(|text| self.embed_text(text)).collect())
    }
}

impl TokenSpans for WordEmbedder {
    /// Each word is a token.
    fn token_spans(&self, text: &str) -> Vec<Range<usize>> {
        let start_of = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
        text.split_whitespace().map(|word| start_of(word)..start_of(word) + word.len()).collect()
    }
}

/// Catalogue that has a [`WordEmbedder`] of every id but `missing`.
pub struct WordEmbedders;

impl EmbedderCatalogue for WordEmbedders {
    fn embedding_model(&self, id: &str) -> Result<EmbeddingModel, EmbedError> {
        if id == "missing" {
            return Err(EmbedError::Unknown(id.to_owned()));
        }
        let embedder = Arc::new(WordEmbedder::new(id));
        Ok(EmbeddingModel { embedder: Arc::clone(&embedder) as Arc<dyn Embedder>, token_spans: embedder })
    }
}

//! Evaluation: the parts that answer questions, one at a time.

use crate::ask::{PassageBudget, strip_search_syntax};
use crate::search::{RetrievalMode, RetrievalRequest, SearchScope};
use crate::{Library, LibraryError};

/// Passages that are retrieved, as when a question is answered.
const RETRIEVED_PASSAGES: usize = 40;
/// Maximum packed passages.
const MAX_PACKED_PASSAGES: usize = 24;
/// Maximum characters of packed passages.
const MAX_PACKED_CHARS: f32 = 12_000.0;

impl Library {
    /// True if a question would be answered, false if it is refused as unrelated to the sources.
    pub async fn can_answer_question(
        &self,
        question: &str,
        scope: SearchScope,
    ) -> Result<bool, LibraryError> {
        let hits = self.retrieve_passages(question, scope.clone()).await?;
        self.is_answerable(question, &hits, &scope).await
    }

    /// Sentences that answer a question, best first.
    pub async fn find_best_sentences(
        &self,
        question: &str,
        scope: SearchScope,
    ) -> Result<Vec<String>, LibraryError> {
        let hits = self.retrieve_passages(question, scope).await?;
        let package = self
            .pack_passages(hits, PassageBudget::Characters(MAX_PACKED_CHARS), MAX_PACKED_PASSAGES)
            .await?;
        let evidence = self.collect_evidence(&package.passages);
        let best = self.rank_extracts(question, &package.passages, &evidence).await?;
        Ok(best.into_iter().map(|(at, _)| evidence.sentences[at].text.clone()).collect())
    }

    /// Quote of a claim without a marker, or `None` if nothing supports it.
    pub async fn find_supporting_quote(
        &self,
        claim: &str,
        scope: SearchScope,
    ) -> Result<Option<String>, LibraryError> {
        let hits = self.retrieve_passages(claim, scope).await?;
        let package = self
            .pack_passages(hits, PassageBudget::Characters(MAX_PACKED_CHARS), MAX_PACKED_PASSAGES)
            .await?;
        let evidence = self.prepare_evidence(&package.passages).await?;
        let supports = self.find_supports(claim, None, Some("en"), &evidence, None).await?;
        let Some(support) = supports.first() else {
            return Ok(None);
        };
        let packed = &package.passages[support.passage];
        let revision = self.load_revision(packed.source_id, packed.revision).await?;
        Ok(support.range.slice(&revision.text).map(str::to_owned))
    }

    async fn retrieve_passages(
        &self,
        question: &str,
        scope: SearchScope,
    ) -> Result<Vec<crate::PassageHit>, LibraryError> {
        let query = strip_search_syntax(question);
        self.search_passages(&RetrievalRequest {
            query,
            mode: RetrievalMode::Hybrid,
            scope,
            limit: RETRIEVED_PASSAGES,
        })
        .await
    }
}

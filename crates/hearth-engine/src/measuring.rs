//! What evaluations ask of an engine: the same parts that answer questions, one at a time.

use crate::ask::plain_words;
use crate::find::{FindMode, FindRequest, Scope};
use crate::{Engine, EngineError};

/// Passages that are looked for and packed, and tokens for them: as when a question is answered.
const RETRIEVED: usize = 40;
const PASSAGES: usize = 24;
const ROOM: u32 = 4000;

impl Engine {
    /// Whether a question would be answered, or refused as none of the sources' business.
    pub async fn would_answer(&self, question: &str, scope: Scope) -> Result<bool, EngineError> {
        let hits = self.found(question, scope).await?;
        self.answerable(question, &hits).await
    }

    /// The sentences that answer a question best, best first.
    pub async fn best_sentences(&self, question: &str, scope: Scope) -> Result<Vec<String>, EngineError> {
        let hits = self.found(question, scope).await?;
        let package = self.pack(hits, ROOM, PASSAGES).await?;
        let evidence = self.evidence(&package.passages).await?;
        let best = self.extracts(question, &package.passages, &evidence).await?;
        Ok(best.into_iter().map(|(at, _)| evidence.sentences[at].text.clone()).collect())
    }

    /// The quote that a claim without a marker is given, if any.
    pub async fn aligned(&self, claim: &str, scope: Scope) -> Result<Option<String>, EngineError> {
        let hits = self.found(claim, scope).await?;
        let package = self.pack(hits, ROOM, PASSAGES).await?;
        let evidence = self.evidence(&package.passages).await?;
        let Some(support) = self.support(claim, &evidence, None).await? else {
            return Ok(None);
        };
        let packed = &package.passages[support.passage];
        let revision = self.revision(packed.source_id, packed.revision).await?;
        Ok(support.range.slice(&revision.text).map(str::to_owned))
    }

    async fn found(&self, question: &str, scope: Scope) -> Result<Vec<crate::Hit>, EngineError> {
        let query = plain_words(question);
        self.find(&FindRequest { query, mode: FindMode::Hybrid, scope, limit: RETRIEVED }).await
    }
}

//! Passages that earlier answers of a conversation cited: "translate that", "shorter, please" are about them.

use std::collections::HashSet;

use hearth_domain::{CharRange, RevisionId, SourceId, Turn};

use crate::search::PassageHit;
use crate::{Library, LibraryError};

/// Maximum passages of earlier answers in a prompt.
const MAX_EARLIER_PASSAGES: usize = 6;
/// Score of such a passage: it is packed first.
const EARLIER_SCORE: f32 = 1.0;

impl Library {
    /// Puts the passages that an earlier turn cited before those that were found.
    pub(super) async fn add_earlier_passages(
        &self,
        earlier: &Turn,
        found: Vec<PassageHit>,
    ) -> Result<Vec<PassageHit>, LibraryError> {
        let mut cited: Vec<(SourceId, RevisionId, CharRange)> = Vec::new();
        for citation in &earlier.citations {
            cited.push((citation.source_id, citation.revision, citation.range));
        }
        let sources: HashSet<SourceId> = cited.iter().map(|(source, ..)| *source).collect();
        let mut hits: Vec<PassageHit> = Vec::new();
        for source in sources {
            for row in self.0.store.list_passages(source).await? {
                let is_cited = cited.iter().any(|(_, revision, range)| {
                    *revision == row.passage.revision && range.overlaps(row.passage.range)
                });
                if is_cited && hits.len() < MAX_EARLIER_PASSAGES {
                    hits.push(PassageHit {
                        row,
                        score: EARLIER_SCORE,
                        cosine: None,
                        lexical: None,
                        lexical_rank: None,
                        vector_rank: None,
                    });
                }
            }
        }
        let keys: HashSet<i64> = hits.iter().map(|hit| hit.row.key).collect();
        hits.extend(found.into_iter().filter(|hit| !keys.contains(&hit.row.key)));
        Ok(hits)
    }
}

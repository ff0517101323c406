//! Search.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use hearth_engine::{FindMode, FindRequest, Scope};
use hearth_wire::{Hit, HitKind, SearchMode, SearchQuery, SearchResult};

use crate::app::App;
use crate::extract::{Answer, Params};

const LIMIT: u32 = 20;
const MOST: u32 = 200;

pub(crate) async fn search(
    State(app): State<App>,
    Params(query): Params<SearchQuery>,
) -> Answer<Json<SearchResult>> {
    let started = Instant::now();
    let found = app
        .engine
        .find(&FindRequest {
            query: query.q,
            mode: match query.mode.unwrap_or_default() {
                SearchMode::Hybrid => FindMode::Hybrid,
                SearchMode::Lexical => FindMode::Lexical,
                SearchMode::Vector => FindMode::Vector,
            },
            scope: query.notebook_id.map_or(Scope::Everything, Scope::Notebook),
            limit: query.limit.unwrap_or(LIMIT).clamp(1, MOST) as usize,
        })
        .await?;
    let mut hits = Vec::new();
    for hit in found {
        let mut passage = hit.row.passage;
        let revision = app.engine.revision(passage.source_id, passage.revision).await?;
        passage.places = revision.layout.places(passage.range);
        hits.push(Hit {
            kind: HitKind::Passage,
            passage: Some(passage),
            note: None,
            source_title: hit.row.source_title,
            score: hit.score,
            lexical_rank: hit.lexical_rank,
            vector_rank: hit.vector_rank,
            matches: hit.matches,
        });
    }
    Ok(Json(SearchResult { hits, took_ms: started.elapsed().as_millis() as u32 }))
}

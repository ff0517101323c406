//! Search.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use hearth_library::{LibraryHit, LibrarySearch, RetrievalMode};
use hearth_wire::{SearchHit, SearchHitKind, SearchMode, SearchQuery, SearchResult};

use crate::app::App;
use crate::extractors::{QueryParams, RouteResult};

const DEFAULT_RESULTS: u32 = 20;
const MAX_RESULTS: u32 = 200;

pub(crate) async fn search_library(
    State(app): State<App>,
    QueryParams(query): QueryParams<SearchQuery>,
) -> RouteResult<Json<SearchResult>> {
    let started = Instant::now();
    let search = LibrarySearch {
        query: query.q,
        mode: match query.mode.unwrap_or_default() {
            SearchMode::Hybrid => RetrievalMode::Hybrid,
            SearchMode::Lexical => RetrievalMode::Lexical,
            SearchMode::Vector => RetrievalMode::Vector,
        },
        notebook: query.notebook_id,
        limit: query.limit.unwrap_or(DEFAULT_RESULTS).clamp(1, MAX_RESULTS) as usize,
    };
    let hits = app.library.search_library(&search).await?.into_iter().map(to_wire_hit).collect();
    Ok(Json(SearchResult { hits, took_ms: started.elapsed().as_millis() as u32 }))
}

fn to_wire_hit(hit: LibraryHit) -> SearchHit {
    match hit {
        LibraryHit::Passage(hit) => SearchHit {
            kind: SearchHitKind::Passage,
            passage: Some(hit.passage),
            note: None,
            notebook_ids: hit.notebook_ids,
            source_title: hit.source_title,
            score: hit.score,
            lexical_rank: hit.lexical_rank,
            vector_rank: hit.vector_rank,
            matches: hit.matches,
        },
        LibraryHit::Note(hit) => SearchHit {
            kind: SearchHitKind::Note,
            passage: None,
            source_title: hit.note.title.clone(),
            notebook_ids: vec![hit.note.notebook_id],
            note: Some(hit.note),
            score: hit.score,
            lexical_rank: None,
            vector_rank: None,
            matches: hit.matches,
        },
    }
}

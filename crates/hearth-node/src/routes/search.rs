//! Search.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use hearth_domain::SourceId;
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
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, MOST) as usize;
    let mode = query.mode.unwrap_or_default();
    let notes = match mode {
        SearchMode::Vector => Vec::new(),
        _ => app.engine.find_notes(&query.q, query.notebook_id, limit).await?,
    };
    let found = app
        .engine
        .find(&FindRequest {
            query: query.q.clone(),
            mode: match mode {
                SearchMode::Hybrid => FindMode::Hybrid,
                SearchMode::Lexical => FindMode::Lexical,
                SearchMode::Vector => FindMode::Vector,
            },
            scope: query.notebook_id.map_or(Scope::Everything, Scope::Notebook),
            limit,
        })
        .await?;
    let mut hits = Vec::new();
    let sources: Vec<SourceId> = found.iter().map(|hit| hit.row.passage.source_id).collect();
    let holders = app.engine.store().notebooks_of(&sources).await?;
    for hit in found {
        let matches = app.engine.matches(&query.q, &hit);
        let mut passage = hit.row.passage;
        let notebook_ids = holders.get(&passage.source_id).cloned().unwrap_or_default();
        let revision = app.engine.revision(passage.source_id, passage.revision).await?;
        passage.places = revision.layout.places(passage.range);
        hits.push(Hit {
            kind: HitKind::Passage,
            passage: Some(passage),
            note: None,
            notebook_ids,
            source_title: hit.row.source_title,
            score: hit.score,
            lexical_rank: hit.lexical_rank,
            vector_rank: hit.vector_rank,
            matches,
        });
    }
    hits.extend(notes.into_iter().map(|found| Hit {
        kind: HitKind::Note,
        passage: None,
        source_title: found.note.title.clone(),
        notebook_ids: vec![found.note.notebook_id],
        note: Some(found.note),
        score: found.score,
        lexical_rank: None,
        vector_rank: None,
        matches: found.matches,
    }));
    // Stable: of equals, passages go first.
    hits.sort_by(|a, b| b.score.total_cmp(&a.score));
    hits.truncate(limit);
    Ok(Json(SearchResult { hits, took_ms: started.elapsed().as_millis() as u32 }))
}

//! Sources: what they are, what they say, and where it stands.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse;
use hearth_documents::{Input, sentences};
use hearth_domain::{CharRange, NotebookId, Place, Source, SourceId, SourceKind, TextIndex};
use hearth_engine::EngineError;
use hearth_wire::{
    ErrorCode, PageImageQuery, PageQuery, PassageList, PlaceList, PlacesQuery, RevisionQuery, SourceChange,
    SourceList, SourceText, TranscriptLine, TranscriptLines,
};
use tower_http::services::ServeFile;

use super::paged;
use crate::app::App;
use crate::extract::{Answer, Content, Id, Ids, Params, Raw};
use crate::failure::Failure;

/// How long a page waits for others to be drawn.
const PAGE_PATIENCE: Duration = Duration::from_secs(20);
const PAGE_WIDTH: u32 = 1200;
const WIDEST_PAGE: u32 = 2400;

pub(crate) async fn list(
    State(app): State<App>,
    Id(id): Id<NotebookId>,
    Params(query): Params<PageQuery>,
) -> Answer<Json<SourceList>> {
    let sources = app.engine.store().sources_of(id).await?;
    let (sources, next_cursor) = paged(sources, &query, |source| source.id.to_string());
    Ok(Json(SourceList { sources, next_cursor }))
}

pub(crate) async fn get(State(app): State<App>, Id(id): Id<SourceId>) -> Answer<Json<Source>> {
    Ok(Json(app.engine.store().source(id).await?))
}

pub(crate) async fn change(
    State(app): State<App>,
    Id(id): Id<SourceId>,
    Content(change): Content<SourceChange>,
) -> Answer<Json<Source>> {
    let store = app.engine.store();
    let source = match change.title.as_deref().map(str::trim) {
        Some("") => return Err(Failure::invalid("the title is empty; give it one")),
        Some(title) => app.engine.rename_source(id, title).await?,
        None => store.source(id).await?,
    };
    Ok(Json(source))
}

pub(crate) async fn delete(State(app): State<App>, Id(id): Id<SourceId>) -> Answer<StatusCode> {
    app.engine.delete_source(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn remove(
    State(app): State<App>,
    Ids(notebook, source): Ids<NotebookId, SourceId>,
) -> Answer<StatusCode> {
    app.engine.remove_source(notebook, source).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn text(
    State(app): State<App>,
    Id(id): Id<SourceId>,
    Params(query): Params<RevisionQuery>,
) -> Answer<Json<SourceText>> {
    let (revision, content) = app.engine.store().revision(id, query.revision).await?;
    Ok(Json(SourceText { revision, text: content.text, sections: content.sections }))
}

pub(crate) async fn places(
    State(app): State<App>,
    Id(id): Id<SourceId>,
    Params(query): Params<PlacesQuery>,
) -> Answer<Json<PlaceList>> {
    let (_, revision) = app.engine.store().revision(id, query.revision).await?;
    let places = revision.layout.places(CharRange::new(query.start, query.end));
    Ok(Json(PlaceList { places }))
}

pub(crate) async fn transcript(
    State(app): State<App>,
    Id(id): Id<SourceId>,
    Params(query): Params<RevisionQuery>,
) -> Answer<Json<TranscriptLines>> {
    let (revision, content) = app.engine.store().revision(id, query.revision).await?;
    let index = TextIndex::new(&content.text);
    let timed = sentences(&content.text).into_iter().filter_map(|sentence| {
        let [start, end] = [sentence.start, sentence.end].map(|byte| index.offset(byte).0);
        let range = CharRange::new(start, end);
        match (content.layout.places(range).first()?, content.layout.places(range).last()?) {
            (Place::Time { start_ms, speaker, .. }, Place::Time { end_ms, .. }) => Some(TranscriptLine {
                start: range.start.0,
                end: range.end.0,
                start_ms: *start_ms,
                end_ms: *end_ms,
                speaker: speaker.clone(),
            }),
            _ => None,
        }
    });
    let lines = timed.collect();
    let loudness = app.engine.store().loudness(id).await?;
    Ok(Json(TranscriptLines { revision, lines, loudness }))
}

pub(crate) async fn passages(State(app): State<App>, Id(id): Id<SourceId>) -> Answer<Json<PassageList>> {
    let store = app.engine.store();
    store.source(id).await?;
    let rows = store.passages_of(id).await?;
    if rows.is_empty() {
        return Ok(Json(PassageList { passages: Vec::new() }));
    }
    let (_, revision) = store.revision(id, None).await?;
    let passages = rows
        .into_iter()
        .map(|row| {
            let mut passage = row.passage;
            passage.places = revision.layout.places(passage.range);
            passage
        })
        .collect();
    Ok(Json(PassageList { passages }))
}

/// The bytes as they came. A browser must never run them: they are somebody's document, not our
/// page.
pub(crate) async fn original(State(app): State<App>, Id(id): Id<SourceId>, request: Request<Body>) -> Raw {
    let source = app.engine.store().source(id).await?;
    let path = app.engine.store().blobs().file(&source.sha256)?;
    let mut response = ServeFile::new(path)
        .try_call(request)
        .await
        .map_err(|error| Failure::new(ErrorCode::Internal, error.to_string()))?
        .map(Body::new);
    let shown = matches!(source.kind, SourceKind::Pdf | SourceKind::Text | SourceKind::Image);
    let media_type = match source.kind {
        SourceKind::Text | SourceKind::Markdown | SourceKind::Csv => "text/plain; charset=utf-8",
        _ => source.media_type.as_str(),
    };
    let title: String =
        source.title.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\')).collect();
    let how = if shown { "inline" } else { "attachment" };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(media_type) {
        headers.insert(CONTENT_TYPE, value);
    }
    if let Ok(value) = HeaderValue::from_str(&format!("{how}; filename=\"{title}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    headers.insert("content-security-policy", HeaderValue::from_static("sandbox; default-src 'none'"));
    Ok(response.into_response())
}

pub(crate) async fn page_image(
    State(app): State<App>,
    Ids(id, page): Ids<SourceId, u32>,
    Params(query): Params<PageImageQuery>,
) -> Raw {
    let source = app.engine.store().source(id).await?;
    if !matches!(source.kind, SourceKind::Pdf | SourceKind::Image) {
        return Err(Failure::new(
            ErrorCode::UnsupportedMedia,
            format!("{} has no pages to show", source.title),
        ));
    }
    if page == 0 || source.pages.is_some_and(|pages| page > pages) {
        return Err(Failure::not_found("page"));
    }
    // A strip of pages asks for many at once; each is a process with the whole document.
    let permit = app.pages.acquire();
    let _permit = tokio::time::timeout(PAGE_PATIENCE, permit).await.map_err(|_| {
        Failure::new(ErrorCode::Overloaded, "too many pages are being drawn; try again in a moment")
    })?;
    let width = query.width.unwrap_or(PAGE_WIDTH).clamp(16, WIDEST_PAGE);
    let original = Input::File(app.engine.store().blobs().open_blob(&source.sha256).await?);
    let image = app
        .engine
        .reader()
        .page_image(source.kind, original, page, width)
        .await
        .map_err(EngineError::from)?;
    let headers = [(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "private, max-age=31536000, immutable")];
    Ok((headers, image).into_response())
}

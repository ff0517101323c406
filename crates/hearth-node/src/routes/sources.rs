//! Sources: their texts, places, transcripts, passages, originals and page images.

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse;
use hearth_domain::{CharRange, Job, NotebookId, Source, SourceId, SourceKind};
use hearth_library::{Original, TimedSentence};
use hearth_wire::{
    ErrorCode, PageImageQuery, PageQuery, PassageList, PlaceList, PlacesQuery, RevisionQuery, SourceChange,
    SourceList, SourceText, TranscriptLine, TranscriptLines,
};
use tower_http::services::ServeFile;

use super::paginate_items;
use crate::app::App;
use crate::extractors::{JsonBody, PathId, PathIds, QueryParams, ResponseResult, RouteResult};
use crate::route_error::RouteError;

/// Default width of a page image, in pixels.
const DEFAULT_PAGE_WIDTH: u32 = 1200;
/// Largest width of a page image, in pixels.
const MAX_PAGE_WIDTH: u32 = 2400;

pub(crate) async fn list_sources(
    State(app): State<App>,
    PathId(id): PathId<NotebookId>,
    QueryParams(query): QueryParams<PageQuery>,
) -> RouteResult<Json<SourceList>> {
    let sources = app.library.list_sources(id).await?;
    let (sources, next_cursor) = paginate_items(sources, &query, |source| source.id.to_string());
    Ok(Json(SourceList { sources, next_cursor }))
}

pub(crate) async fn get_source(
    State(app): State<App>,
    PathId(id): PathId<SourceId>,
) -> RouteResult<Json<Source>> {
    Ok(Json(app.library.get_source(id).await?))
}

pub(crate) async fn change_source(
    State(app): State<App>,
    PathId(id): PathId<SourceId>,
    JsonBody(change): JsonBody<SourceChange>,
) -> RouteResult<Json<Source>> {
    Ok(Json(match change.title {
        Some(title) => app.library.rename_source(id, &title).await?,
        None => app.library.get_source(id).await?,
    }))
}

pub(crate) async fn delete_source(
    State(app): State<App>,
    PathId(id): PathId<SourceId>,
) -> RouteResult<StatusCode> {
    app.library.delete_source(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn read_source_again(
    State(app): State<App>,
    PathId(id): PathId<SourceId>,
) -> RouteResult<(StatusCode, Json<Job>)> {
    Ok((StatusCode::ACCEPTED, Json(app.library.read_source_again(id).await?)))
}

pub(crate) async fn remove_source(
    State(app): State<App>,
    PathIds(notebook, source): PathIds<NotebookId, SourceId>,
) -> RouteResult<StatusCode> {
    app.library.remove_source(notebook, source).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn get_source_text(
    State(app): State<App>,
    PathId(id): PathId<SourceId>,
    QueryParams(query): QueryParams<RevisionQuery>,
) -> RouteResult<Json<SourceText>> {
    let (revision, content) = app.library.get_revision(id, query.revision).await?;
    Ok(Json(SourceText { revision, text: content.text, sections: content.sections }))
}

pub(crate) async fn get_places(
    State(app): State<App>,
    PathId(id): PathId<SourceId>,
    QueryParams(query): QueryParams<PlacesQuery>,
) -> RouteResult<Json<PlaceList>> {
    let (_, revision) = app.library.get_revision(id, query.revision).await?;
    let places = revision.layout.places_in_range(CharRange::new(query.start, query.end));
    Ok(Json(PlaceList { places }))
}

pub(crate) async fn get_transcript(
    State(app): State<App>,
    PathId(id): PathId<SourceId>,
    QueryParams(query): QueryParams<RevisionQuery>,
) -> RouteResult<Json<TranscriptLines>> {
    let (revision, transcript) = app.library.get_transcript(id, query.revision).await?;
    let to_line = |sentence: TimedSentence| TranscriptLine {
        start: sentence.range.start.0,
        end: sentence.range.end.0,
        start_ms: sentence.start_ms,
        end_ms: sentence.end_ms,
        speaker: sentence.speaker,
    };
    let lines = transcript.sentences.into_iter().map(to_line).collect();
    Ok(Json(TranscriptLines { revision, lines, loudness: transcript.loudness }))
}

pub(crate) async fn list_passages(
    State(app): State<App>,
    PathId(id): PathId<SourceId>,
) -> RouteResult<Json<PassageList>> {
    Ok(Json(PassageList { passages: app.library.list_passages(id).await? }))
}

/// Sends a source's original. A browser must never run it: it is a foreign document, not the node's page.
pub(crate) async fn get_original(
    State(app): State<App>,
    PathId(id): PathId<SourceId>,
    request: Request<Body>,
) -> ResponseResult {
    let Original { source, path } = app.library.get_original(id).await?;
    let mut response = ServeFile::new(path)
        .try_call(request)
        .await
        .map_err(|error| RouteError::new(ErrorCode::Internal, error.to_string()))?
        .map(Body::new);
    let is_inline = matches!(source.kind, SourceKind::Pdf | SourceKind::Text | SourceKind::Image);
    let media_type = match source.kind {
        SourceKind::Text | SourceKind::Markdown | SourceKind::Csv => "text/plain; charset=utf-8",
        _ => source.media_type.as_str(),
    };
    let title: String =
        source.title.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\')).collect();
    let disposition = if is_inline { "inline" } else { "attachment" };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(media_type) {
        headers.insert(CONTENT_TYPE, value);
    }
    if let Ok(value) = HeaderValue::from_str(&format!("{disposition}; filename=\"{title}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    headers.insert("content-security-policy", HeaderValue::from_static("sandbox; default-src 'none'"));
    Ok(response.into_response())
}

pub(crate) async fn get_page_image(
    State(app): State<App>,
    PathIds(id, page): PathIds<SourceId, u32>,
    QueryParams(query): QueryParams<PageImageQuery>,
) -> ResponseResult {
    let width = query.width.unwrap_or(DEFAULT_PAGE_WIDTH).clamp(16, MAX_PAGE_WIDTH);
    let image = app.library.render_page(id, page, width).await?;
    let headers = [(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "private, max-age=31536000, immutable")];
    Ok((headers, image).into_response())
}

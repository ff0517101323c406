//! Notebooks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::{Notebook, NotebookId};
use hearth_library::NotebookEdit;
use hearth_wire::{NewNotebook, NotebookChange, NotebookList, PageQuery, Selection};

use super::parse_page_query;
use crate::app::App;
use crate::extractors::{JsonBody, PathId, QueryParams, RouteResult};

pub(crate) async fn list_notebooks(
    State(app): State<App>,
    QueryParams(query): QueryParams<PageQuery>,
) -> RouteResult<Json<NotebookList>> {
    let (limit, after) = parse_page_query::<NotebookId>(&query)?;
    let mut notebooks = app.library.list_notebooks(limit + 1, after).await?;
    let has_more = notebooks.len() > limit as usize;
    notebooks.truncate(limit as usize);
    let next_cursor = notebooks.last().filter(|_| has_more).map(|last| last.id.to_string());
    Ok(Json(NotebookList { notebooks, next_cursor }))
}

pub(crate) async fn create_notebook(
    State(app): State<App>,
    JsonBody(new): JsonBody<NewNotebook>,
) -> RouteResult<(StatusCode, Json<Notebook>)> {
    let notebook = app.library.create_notebook(&new.title, new.emoji.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(notebook)))
}

pub(crate) async fn get_notebook(
    State(app): State<App>,
    PathId(id): PathId<NotebookId>,
) -> RouteResult<Json<Notebook>> {
    Ok(Json(app.library.get_notebook(id).await?))
}

pub(crate) async fn change_notebook(
    State(app): State<App>,
    PathId(id): PathId<NotebookId>,
    JsonBody(change): JsonBody<NotebookChange>,
) -> RouteResult<Json<Notebook>> {
    let NotebookChange { title, emoji, description } = change;
    Ok(Json(app.library.change_notebook(id, NotebookEdit { title, emoji, description }).await?))
}

pub(crate) async fn delete_notebook(
    State(app): State<App>,
    PathId(id): PathId<NotebookId>,
) -> RouteResult<StatusCode> {
    app.library.delete_notebook(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn get_selection(
    State(app): State<App>,
    PathId(id): PathId<NotebookId>,
) -> RouteResult<Json<Selection>> {
    let source_ids = app.library.list_selected_sources(id).await?;
    Ok(Json(Selection { source_ids }))
}

pub(crate) async fn choose_selection(
    State(app): State<App>,
    PathId(id): PathId<NotebookId>,
    JsonBody(chosen): JsonBody<Selection>,
) -> RouteResult<Json<Selection>> {
    app.library.select_sources(id, &chosen.source_ids).await?;
    Ok(Json(chosen))
}

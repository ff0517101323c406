//! Notebooks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::{Notebook, NotebookId};
use hearth_engine::LibraryEvent;
use hearth_wire::{NewNotebook, NotebookChange, NotebookList, PageQuery, Selection};
use uuid::Uuid;

use super::page;
use crate::app::App;
use crate::extract::{Answer, Content, Id, Params};
use crate::failure::Failure;

/// What a notebook is given that has none of its own.
const EMOJI: &str = "📓";

fn titled(title: &str) -> Answer<String> {
    let title = title.trim();
    match title.chars().count() {
        0 => Err(Failure::invalid("the title is empty; give it one")),
        1..=200 => Ok(title.to_owned()),
        _ => Err(Failure::invalid("the title is longer than 200 characters")),
    }
}

pub(crate) async fn list(
    State(app): State<App>,
    Params(query): Params<PageQuery>,
) -> Answer<Json<NotebookList>> {
    let (limit, after) = page::<NotebookId>(&query)?;
    let mut notebooks = app.engine.store().notebooks(limit + 1, after).await?;
    let more = notebooks.len() > limit as usize;
    notebooks.truncate(limit as usize);
    let next_cursor = notebooks.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(NotebookList { notebooks, next_cursor }))
}

pub(crate) async fn create(
    State(app): State<App>,
    Content(new): Content<NewNotebook>,
) -> Answer<(StatusCode, Json<Notebook>)> {
    let title = titled(&new.title)?;
    let emoji = new.emoji.as_deref().unwrap_or(EMOJI);
    let id = NotebookId(Uuid::now_v7());
    let notebook = app.engine.store().create_notebook(id, &title, emoji).await?;
    app.engine.tell(LibraryEvent::Notebook(id));
    Ok((StatusCode::CREATED, Json(notebook)))
}

pub(crate) async fn get(State(app): State<App>, Id(id): Id<NotebookId>) -> Answer<Json<Notebook>> {
    Ok(Json(app.engine.store().notebook(id).await?))
}

pub(crate) async fn change(
    State(app): State<App>,
    Id(id): Id<NotebookId>,
    Content(change): Content<NotebookChange>,
) -> Answer<Json<Notebook>> {
    let title = change.title.as_deref().map(titled).transpose()?;
    let notebook = app
        .engine
        .store()
        .change_notebook(id, title.as_deref(), change.emoji.as_deref(), change.description.as_deref())
        .await?;
    app.engine.tell(LibraryEvent::Notebook(id));
    Ok(Json(notebook))
}

pub(crate) async fn delete(State(app): State<App>, Id(id): Id<NotebookId>) -> Answer<StatusCode> {
    app.engine.delete_notebook(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn selection(State(app): State<App>, Id(id): Id<NotebookId>) -> Answer<Json<Selection>> {
    let source_ids = app.engine.store().selection(id).await?;
    Ok(Json(Selection { source_ids }))
}

pub(crate) async fn select(
    State(app): State<App>,
    Id(id): Id<NotebookId>,
    Content(chosen): Content<Selection>,
) -> Answer<Json<Selection>> {
    app.engine.store().select(id, &chosen.source_ids).await?;
    app.engine.tell(LibraryEvent::Notebook(id));
    Ok(Json(chosen))
}

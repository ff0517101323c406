//! Notes.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::{Note, NoteId, NotebookId};
use hearth_library::NoteDraft;
use hearth_wire::{NewNote, NoteChange, NoteList, PageQuery};

use super::paginate_items;
use crate::app::App;
use crate::extractors::{JsonBody, PathId, QueryParams, RouteResult};

pub(crate) async fn list_notes(
    State(app): State<App>,
    PathId(id): PathId<NotebookId>,
    QueryParams(query): QueryParams<PageQuery>,
) -> RouteResult<Json<NoteList>> {
    let notes = app.library.list_notes(id).await?;
    let (notes, next_cursor) = paginate_items(notes, &query, |note| note.id.to_string());
    Ok(Json(NoteList { notes, next_cursor }))
}

pub(crate) async fn create_note(
    State(app): State<App>,
    PathId(notebook): PathId<NotebookId>,
    JsonBody(new): JsonBody<NewNote>,
) -> RouteResult<(StatusCode, Json<Note>)> {
    let NewNote { title, body, from_turn } = new;
    let note = app.library.create_note(notebook, NoteDraft { title, body, from_turn }).await?;
    Ok((StatusCode::CREATED, Json(note)))
}

pub(crate) async fn get_note(State(app): State<App>, PathId(id): PathId<NoteId>) -> RouteResult<Json<Note>> {
    Ok(Json(app.library.get_note(id).await?))
}

pub(crate) async fn change_note(
    State(app): State<App>,
    PathId(id): PathId<NoteId>,
    JsonBody(change): JsonBody<NoteChange>,
) -> RouteResult<Json<Note>> {
    Ok(Json(app.library.change_note(id, change.title, change.body).await?))
}

pub(crate) async fn delete_note(
    State(app): State<App>,
    PathId(id): PathId<NoteId>,
) -> RouteResult<StatusCode> {
    app.library.delete_note(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

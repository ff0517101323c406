//! Notes.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::{Note, NoteId, NotebookId, Turn};
use hearth_engine::LibraryEvent;
use hearth_wire::{NewNote, NoteChange, NoteList, PageQuery};
use uuid::Uuid;

use super::paged;
use crate::app::App;
use crate::extract::{Answer, Content, Id, Params};

pub(crate) async fn list(
    State(app): State<App>,
    Id(id): Id<NotebookId>,
    Params(query): Params<PageQuery>,
) -> Answer<Json<NoteList>> {
    let notes = app.engine.store().notes(id).await?;
    let (notes, next_cursor) = paged(notes, &query, |note| note.id.to_string());
    Ok(Json(NoteList { notes, next_cursor }))
}

pub(crate) async fn create(
    State(app): State<App>,
    Id(notebook): Id<NotebookId>,
    Content(new): Content<NewNote>,
) -> Answer<(StatusCode, Json<Note>)> {
    let now = app.engine.clock().now();
    let mut note = Note {
        id: NoteId(Uuid::now_v7()),
        notebook_id: notebook,
        title: new.title,
        body: new.body,
        citations: Vec::new(),
        created_at: now,
        updated_at: now,
    };
    if let Some(turn) = new.from_turn {
        take_over(&mut note, app.engine.turn(turn).await?);
    }
    let note = app.engine.store().put_note(&note).await?;
    app.engine.tell(LibraryEvent::Note(note.id));
    app.engine.tell(LibraryEvent::Notebook(notebook));
    Ok((StatusCode::CREATED, Json(note)))
}

/// An answer's text with its citations written `[^id]`, which stay live.
fn take_over(note: &mut Note, turn: Turn) {
    let mut body: Vec<char> = turn.answer.chars().collect();
    let mut citations = turn.citations;
    citations.sort_by_key(|citation| citation.at);
    // From the end, so that earlier places stay where they are.
    for citation in citations.iter().rev() {
        let at = (citation.at.0 as usize).min(body.len());
        body.splice(at..at, format!("[^{}]", citation.id).chars());
    }
    if note.body.is_empty() {
        note.body = body.into_iter().collect();
    }
    if note.title.is_empty() {
        note.title = turn.question.chars().take(120).collect();
    }
    note.citations = citations;
}

pub(crate) async fn get(State(app): State<App>, Id(id): Id<NoteId>) -> Answer<Json<Note>> {
    Ok(Json(app.engine.store().note(id).await?))
}

pub(crate) async fn change(
    State(app): State<App>,
    Id(id): Id<NoteId>,
    Content(change): Content<NoteChange>,
) -> Answer<Json<Note>> {
    let mut note = app.engine.store().note(id).await?;
    note.title = change.title.unwrap_or(note.title);
    note.body = change.body.unwrap_or(note.body);
    let note = app.engine.store().put_note(&note).await?;
    app.engine.tell(LibraryEvent::Note(id));
    Ok(Json(note))
}

pub(crate) async fn delete(State(app): State<App>, Id(id): Id<NoteId>) -> Answer<StatusCode> {
    let note = app.engine.store().note(id).await?;
    app.engine.store().delete_note(id).await?;
    app.engine.tell(LibraryEvent::Note(id));
    app.engine.tell(LibraryEvent::Notebook(note.notebook_id));
    Ok(StatusCode::NO_CONTENT)
}

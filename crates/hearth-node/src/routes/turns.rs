//! Turns and conversations.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use futures::StreamExt;
use hearth_domain::{Conversation, ConversationId, NotebookId, Turn, TurnId};
use hearth_engine::AskRequest;
use hearth_wire::{ConversationChange, ConversationList, PageQuery, Question};

use super::paged;
use crate::app::App;
use crate::extract::{Answer, Content, Id, Params, Raw};
use crate::failure::Failure;
use crate::stream::{Item, events as stream};

/// Longest question in characters.
const LONGEST: usize = 20_000;

pub(crate) async fn ask(
    State(app): State<App>,
    Id(notebook): Id<NotebookId>,
    Content(question): Content<Question>,
) -> Answer<(StatusCode, Json<Turn>)> {
    if question.question.chars().count() > LONGEST {
        return Err(Failure::invalid(format!(
            "the question is longer than {LONGEST} characters; add the text as a source"
        )));
    }
    let request = AskRequest {
        question: question.question,
        conversation: question.conversation_id,
        sources: question.source_ids,
        model: question.model,
        length: question.length.unwrap_or_default(),
        mode: question.mode,
        told: Vec::new(),
    };
    let turn = app.engine.ask(notebook, request).await?;
    Ok((StatusCode::CREATED, Json(turn)))
}

pub(crate) async fn get(State(app): State<App>, Id(id): Id<TurnId>) -> Answer<Json<Turn>> {
    Ok(Json(app.engine.turn(id).await?))
}

pub(crate) async fn events(State(app): State<App>, Id(id): Id<TurnId>, headers: HeaderMap) -> Raw {
    let after = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok())
        .unwrap_or(0);
    let items = app.engine.turn_events(id, after).await?.map(|stored| Item {
        id: Some(stored.seq.to_string()),
        name: stored.event.name(),
        data: stored.event,
    });
    Ok(stream(&app, items))
}

pub(crate) async fn cancel(State(app): State<App>, Id(id): Id<TurnId>) -> Answer<Json<Turn>> {
    Ok(Json(app.engine.cancel_turn(id).await?))
}

pub(crate) async fn conversations(
    State(app): State<App>,
    Id(id): Id<NotebookId>,
    Params(query): Params<PageQuery>,
) -> Answer<Json<ConversationList>> {
    let all = app.engine.store().conversations(id).await?;
    let (conversations, next_cursor) = paged(all, &query, |conversation| conversation.id.to_string());
    Ok(Json(ConversationList { conversations, next_cursor }))
}

pub(crate) async fn conversation(
    State(app): State<App>,
    Id(id): Id<ConversationId>,
) -> Answer<Json<Conversation>> {
    Ok(Json(app.engine.store().conversation(id).await?))
}

pub(crate) async fn rename(
    State(app): State<App>,
    Id(id): Id<ConversationId>,
    Content(change): Content<ConversationChange>,
) -> Answer<Json<Conversation>> {
    let store = app.engine.store();
    Ok(Json(match change.title.as_deref().map(str::trim) {
        Some("") => return Err(Failure::invalid("the title is empty; give it one")),
        Some(title) => store.rename_conversation(id, title).await?,
        None => store.conversation(id).await?,
    }))
}

pub(crate) async fn delete(State(app): State<App>, Id(id): Id<ConversationId>) -> Answer<StatusCode> {
    app.engine.store().delete_conversation(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

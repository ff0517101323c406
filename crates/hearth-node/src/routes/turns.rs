//! Turns and conversations.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use futures::StreamExt;
use hearth_domain::{Conversation, ConversationId, NotebookId, Turn, TurnId};
use hearth_library::AskRequest;
use hearth_wire::{ConversationChange, ConversationList, NewQuestion, PageQuery};

use super::paginate_items;
use crate::app::App;
use crate::event_stream::{StreamEvent, stream_events as stream};
use crate::extractors::{JsonBody, PathId, QueryParams, ResponseResult, RouteResult};

pub(crate) async fn ask_question(
    State(app): State<App>,
    PathId(notebook): PathId<NotebookId>,
    JsonBody(question): JsonBody<NewQuestion>,
) -> RouteResult<(StatusCode, Json<Turn>)> {
    let request = AskRequest {
        question: question.question,
        conversation: question.conversation_id,
        sources: question.source_ids,
        model: question.model,
        length: question.length.unwrap_or_default(),
        mode: question.mode,
        ..AskRequest::default()
    };
    let turn = app.library.ask_question(notebook, request).await?;
    Ok((StatusCode::CREATED, Json(turn)))
}

pub(crate) async fn get_turn(State(app): State<App>, PathId(id): PathId<TurnId>) -> RouteResult<Json<Turn>> {
    Ok(Json(app.library.get_turn(id).await?))
}

pub(crate) async fn stream_turn_events(
    State(app): State<App>,
    PathId(id): PathId<TurnId>,
    headers: HeaderMap,
) -> ResponseResult {
    let after = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok())
        .unwrap_or(0);
    let items = app.library.stream_turn_events(id, after).await?.map(|stored| StreamEvent {
        id: Some(stored.seq.to_string()),
        name: stored.event.event_name(),
        data: stored.event,
    });
    Ok(stream(&app, items))
}

pub(crate) async fn cancel_turn(
    State(app): State<App>,
    PathId(id): PathId<TurnId>,
) -> RouteResult<Json<Turn>> {
    Ok(Json(app.library.cancel_turn(id).await?))
}

pub(crate) async fn list_conversations(
    State(app): State<App>,
    PathId(id): PathId<NotebookId>,
    QueryParams(query): QueryParams<PageQuery>,
) -> RouteResult<Json<ConversationList>> {
    let all = app.library.list_conversations(id).await?;
    let (conversations, next_cursor) =
        paginate_items(all, &query, |conversation| conversation.id.to_string());
    Ok(Json(ConversationList { conversations, next_cursor }))
}

pub(crate) async fn get_conversation(
    State(app): State<App>,
    PathId(id): PathId<ConversationId>,
) -> RouteResult<Json<Conversation>> {
    Ok(Json(app.library.get_conversation(id).await?))
}

pub(crate) async fn change_conversation(
    State(app): State<App>,
    PathId(id): PathId<ConversationId>,
    JsonBody(change): JsonBody<ConversationChange>,
) -> RouteResult<Json<Conversation>> {
    Ok(Json(match change.title {
        Some(title) => app.library.rename_conversation(id, &title).await?,
        None => app.library.get_conversation(id).await?,
    }))
}

pub(crate) async fn delete_conversation(
    State(app): State<App>,
    PathId(id): PathId<ConversationId>,
) -> RouteResult<StatusCode> {
    app.library.delete_conversation(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

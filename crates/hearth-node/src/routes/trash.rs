//! The trash: deleted things, restoring them, emptying it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_library::TrashKind;
use hearth_wire::{TrashList, TrashedItem, TrashedItemKind};

use crate::app::App;
use crate::extractors::{PathId, RouteResult};

pub(crate) async fn list_trash(State(app): State<App>) -> RouteResult<Json<TrashList>> {
    let things = app.library.list_trash().await?.into_iter().map(|thing| TrashedItem {
        id: thing.id,
        kind: match thing.kind {
            TrashKind::Notebook => TrashedItemKind::Notebook,
            TrashKind::Source => TrashedItemKind::Source,
            TrashKind::Note => TrashedItemKind::Note,
        },
        title: thing.title,
        deleted_at: thing.deleted_at,
    });
    Ok(Json(TrashList { things: things.collect() }))
}

pub(crate) async fn restore_from_trash(
    State(app): State<App>,
    PathId(id): PathId<String>,
) -> RouteResult<StatusCode> {
    app.library.restore_from_trash(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn empty_trash(State(app): State<App>) -> RouteResult<StatusCode> {
    app.library.empty_trash(app.library.clock().now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

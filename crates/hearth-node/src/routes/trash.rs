//! What was deleted, and having it back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_store::TrashKind;
use hearth_wire::{TrashList, TrashedKind, TrashedThing};

use crate::app::App;
use crate::extract::{Answer, Id};

pub(crate) async fn list(State(app): State<App>) -> Answer<Json<TrashList>> {
    let things = app.engine.store().trash().await?.into_iter().map(|thing| TrashedThing {
        id: thing.id,
        kind: match thing.kind {
            TrashKind::Notebook => TrashedKind::Notebook,
            TrashKind::Source => TrashedKind::Source,
            TrashKind::Note => TrashedKind::Note,
        },
        title: thing.title,
        deleted_at: thing.deleted_at,
    });
    Ok(Json(TrashList { things: things.collect() }))
}

pub(crate) async fn restore(State(app): State<App>, Id(id): Id<String>) -> Answer<StatusCode> {
    app.engine.restore(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn empty(State(app): State<App>) -> Answer<StatusCode> {
    let store = app.engine.store();
    store.empty_trash(app.engine.clock().now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Backups of the library.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_library::{BackupFile, BackupManifest};
use hearth_wire::{Backup, BackupCheck, BackupList};

use crate::app::App;
use crate::extractors::{PathId, RouteResult};

fn to_wire_backup(file: BackupFile) -> Backup {
    Backup {
        id: file.id,
        bytes: file.bytes,
        created_at: file.created_at,
        path: file.path.display().to_string(),
    }
}

pub(crate) async fn list_backups(State(app): State<App>) -> RouteResult<Json<BackupList>> {
    Ok(Json(BackupList { backups: app.library.list_backups().into_iter().map(to_wire_backup).collect() }))
}

pub(crate) async fn create_backup(State(app): State<App>) -> RouteResult<(StatusCode, Json<Backup>)> {
    Ok((StatusCode::CREATED, Json(to_wire_backup(app.library.create_backup().await?))))
}

fn to_backup_check(id: String, contents: &BackupManifest, message: &str) -> Json<BackupCheck> {
    Json(BackupCheck {
        id,
        notebooks: contents.notebooks,
        sources: contents.sources,
        originals: contents.originals,
        message: message.to_owned(),
    })
}

pub(crate) async fn verify_stored_backup(
    State(app): State<App>,
    PathId(id): PathId<String>,
) -> RouteResult<Json<BackupCheck>> {
    let contents = app.library.verify_backup(&id).await?;
    Ok(to_backup_check(id, &contents, ""))
}

pub(crate) async fn restore_backup(
    State(app): State<App>,
    PathId(id): PathId<String>,
) -> RouteResult<Json<BackupCheck>> {
    let contents = app.library.restore_backup(&id).await?;
    let message = "Restart Hearth to use this library; the present one is kept beside it.";
    Ok(to_backup_check(id, &contents, message))
}

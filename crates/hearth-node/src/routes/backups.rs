//! Backups: whole libraries in one file each, in the data directory's `backups`.

use std::path::{Path, PathBuf};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_store::{BackupContents, prepare_restore, verify_backup};
use hearth_wire::{Backup, BackupCheck, BackupList};
use jiff::Timestamp;

use crate::app::App;
use crate::extract::{Answer, Id};
use crate::failure::Failure;

const ENDING: &str = "hearthbackup";

fn folder(app: &App) -> PathBuf {
    app.engine.store().folder().join("backups")
}

fn shown(path: &Path) -> Option<Backup> {
    let meta = std::fs::metadata(path).ok()?;
    let is_backup = meta.is_file() && path.extension().is_some_and(|ending| ending == ENDING);
    is_backup.then_some(())?;
    Some(Backup {
        id: path.file_stem()?.to_str()?.to_owned(),
        bytes: meta.len(),
        created_at: meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or_default(),
        path: path.display().to_string(),
    })
}

/// The file of a backup of that name, which is a name and no path.
fn file(app: &App, id: &str) -> Answer<PathBuf> {
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let path = folder(app).join(format!("{id}.{ENDING}"));
    if !plain || !path.is_file() {
        return Err(Failure::not_found("backup"));
    }
    Ok(path)
}

pub(crate) async fn list(State(app): State<App>) -> Answer<Json<BackupList>> {
    let entries = std::fs::read_dir(folder(&app)).into_iter().flatten().flatten();
    let mut backups: Vec<Backup> = entries.filter_map(|entry| shown(&entry.path())).collect();
    backups.sort_by(|a, b| b.id.cmp(&a.id));
    Ok(Json(BackupList { backups }))
}

pub(crate) async fn create(State(app): State<App>) -> Answer<(StatusCode, Json<Backup>)> {
    let Ok(_only) = app.backing_up.try_lock() else {
        return Err(Failure::new(hearth_wire::ErrorCode::Conflict, "a backup is being written already"));
    };
    let folder = folder(&app);
    std::fs::create_dir_all(&folder).map_err(hearth_store::StoreError::from)?;
    let name = app.engine.clock().now().strftime("%Y%m%d-%H%M%S-%3f").to_string();
    let path = folder.join(format!("{name}.{ENDING}"));
    app.engine.store().write_backup(&path).await?;
    let backup = shown(&path).ok_or_else(|| Failure::not_found("backup"))?;
    Ok((StatusCode::CREATED, Json(backup)))
}

fn checked(id: String, contents: &BackupContents, message: &str) -> Json<BackupCheck> {
    Json(BackupCheck {
        id,
        notebooks: contents.notebooks,
        sources: contents.sources,
        originals: contents.originals,
        message: message.to_owned(),
    })
}

pub(crate) async fn verify(State(app): State<App>, Id(id): Id<String>) -> Answer<Json<BackupCheck>> {
    let _only = app.backing_up.lock().await;
    let contents = verify_backup(&file(&app, &id)?, &folder(&app)).await?;
    Ok(checked(id, &contents, ""))
}

pub(crate) async fn restore(State(app): State<App>, Id(id): Id<String>) -> Answer<Json<BackupCheck>> {
    let _only = app.backing_up.lock().await;
    let contents = prepare_restore(&file(&app, &id)?, app.engine.store().folder()).await?;
    let message = "Restart Hearth to use this library; the present one is kept beside it.";
    Ok(checked(id, &contents, message))
}

//! What was said and has not become text.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::IntoResponse;
use hearth_domain::DictationId;
use hearth_store::StoreError;
use hearth_wire::{DictationList, LeftDictation, WriteRequest, WrittenDictation};
use tokio_util::io::ReaderStream;

use crate::app::App;
use crate::extract::{Answer, Content, Id, Raw};

pub(crate) async fn list(State(app): State<App>) -> Answer<Json<DictationList>> {
    let all = app.engine.dictations().await.into_iter();
    let dictations = all.map(|one| LeftDictation { id: one.id, at: one.at, seconds: one.seconds }).collect();
    Ok(Json(DictationList { dictations }))
}

pub(crate) async fn get(State(app): State<App>, Id(id): Id<DictationId>) -> Raw {
    let file = app.engine.open_dictation(id).await?;
    let bytes = file.metadata().await.map_err(StoreError::Io)?.len();
    let headers = [(CONTENT_TYPE, "audio/wav".to_owned()), (CONTENT_LENGTH, bytes.to_string())];
    Ok((headers, Body::from_stream(ReaderStream::new(file))).into_response())
}

pub(crate) async fn write(
    State(app): State<App>,
    Id(id): Id<DictationId>,
    Content(request): Content<WriteRequest>,
) -> Answer<Json<WrittenDictation>> {
    Ok(Json(WrittenDictation { text: app.engine.write_dictation(id, request.notebook_id).await? }))
}

pub(crate) async fn delete(State(app): State<App>, Id(id): Id<DictationId>) -> Answer<StatusCode> {
    app.engine.delete_dictation(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

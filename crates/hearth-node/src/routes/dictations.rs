//! What was said and has not become text.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::IntoResponse;
use hearth_domain::DictationId;
use hearth_store::StoreError;
use hearth_wire::{DictationList, WriteRequest, WrittenDictation};
use tower_http::services::ServeFile;

use crate::app::App;
use crate::extract::{Answer, Content, Id, Raw};
use crate::failure::Failure;

pub(crate) async fn list(State(app): State<App>) -> Answer<Json<DictationList>> {
    Ok(Json(DictationList { dictations: app.engine.dictations().await }))
}

pub(crate) async fn get(State(app): State<App>, Id(id): Id<DictationId>, request: Request<Body>) -> Raw {
    let served = ServeFile::new(app.engine.dictation_file(id)).try_call(request).await;
    let mut response = served.map_err(StoreError::Io)?.map(Body::new).into_response();
    if response.status() == StatusCode::NOT_FOUND {
        return Err(Failure::not_found("dictation"));
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    // Whoever deletes it wants it to be gone.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
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

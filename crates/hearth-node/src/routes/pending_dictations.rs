//! Pending dictations: recorded, not yet text.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::IntoResponse;
use hearth_domain::DictationId;
use hearth_machine::MachineError;
use hearth_wire::{PendingDictationList, TranscribeDictationRequest, TranscribedDictation};
use tower_http::services::ServeFile;

use crate::app::App;
use crate::composition::LocalDictationLibrary;
use crate::extractors::{JsonBody, PathId, ResponseResult, RouteResult};
use crate::route_error::RouteError;

pub(crate) async fn list_pending_dictations(
    State(app): State<App>,
) -> RouteResult<Json<PendingDictationList>> {
    Ok(Json(PendingDictationList { dictations: app.machine.list_pending_dictations().await }))
}

pub(crate) async fn get_pending_dictation(
    State(app): State<App>,
    PathId(id): PathId<DictationId>,
    request: Request<Body>,
) -> ResponseResult {
    let served = ServeFile::new(app.machine.pending_dictation_path(id)).try_call(request).await;
    let mut response = served.map_err(MachineError::from)?.map(Body::new).into_response();
    if response.status() == StatusCode::NOT_FOUND {
        return Err(RouteError::not_found("dictation"));
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    // A deleted dictation must not survive in a cache.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

pub(crate) async fn transcribe_pending_dictation(
    State(app): State<App>,
    PathId(id): PathId<DictationId>,
    JsonBody(request): JsonBody<TranscribeDictationRequest>,
) -> RouteResult<Json<TranscribedDictation>> {
    Ok(Json(TranscribedDictation {
        text: app
            .machine
            .transcribe_pending_dictation(
                id,
                request.notebook_id,
                &LocalDictationLibrary(app.library.clone()),
            )
            .await?,
    }))
}

pub(crate) async fn delete_pending_dictation(
    State(app): State<App>,
    PathId(id): PathId<DictationId>,
) -> RouteResult<StatusCode> {
    app.machine.delete_pending_dictation(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Errors as responses.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use hearth_engine::EngineError;
use hearth_store::StoreError;
use hearth_wire::{ApiError, ErrorBody, ErrorCode};

/// An error on its way out; the request id is added by the guard.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) ApiError, Option<u64>);

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(ApiError::new(code, message), None)
    }

    /// Says when to try again, in seconds.
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self(self.0, Some(seconds))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("there is no such {what}"))
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let name = error.code();
        let code =
            ErrorCode::ALL.iter().copied().find(|code| code.as_str() == name).unwrap_or(ErrorCode::Internal);
        if code == ErrorCode::Internal {
            tracing::error!(%error, "a request failed");
        }
        Self::new(code, error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        EngineError::from(error).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(ErrorBody { error: self.0.clone() })).into_response();
        if let Some(seconds) = self.1 {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        // The guard writes the body anew with the request's id.
        response.extensions_mut().insert(ErrorBody { error: self.0 });
        response
    }
}

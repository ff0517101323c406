//! Errors of routes as responses.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use hearth_library::{LibraryError, StagingError};
use hearth_machine::MachineError;
use hearth_wire::{ApiError, ErrorBody, ErrorCode, http_status};

/// Error that becomes a response; the guard adds the request id.
#[derive(Debug)]
pub(crate) struct RouteError(pub(crate) ApiError, Option<u64>);

impl RouteError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(ApiError::new(code, message), None)
    }

    /// Adds a `Retry-After` header, in seconds.
    pub(crate) fn with_retry_after(self, seconds: u64) -> Self {
        Self(self.0, Some(seconds))
    }

    /// Names the field of the request that is at fault.
    pub(crate) fn with_param(self, param: &str) -> Self {
        Self(self.0.with_param(param), self.1)
    }

    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }

    pub(crate) fn not_found(noun: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("there is no such {noun}"))
    }
}

impl From<LibraryError> for RouteError {
    fn from(error: LibraryError) -> Self {
        let code = error.error_code();
        if code == ErrorCode::Internal {
            tracing::error!(%error, "a request failed");
        }
        Self::new(code, error.to_string())
    }
}

impl From<MachineError> for RouteError {
    fn from(error: MachineError) -> Self {
        let code = error.error_code();
        if code == ErrorCode::Internal {
            tracing::error!(%error, "a request failed");
        }
        Self::new(code, error.to_string())
    }
}

impl From<StagingError> for RouteError {
    fn from(error: StagingError) -> Self {
        LibraryError::from(error).into()
    }
}

impl IntoResponse for RouteError {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(http_status(self.0.code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(ErrorBody { error: self.0.clone() })).into_response();
        if let Some(seconds) = self.1 {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        // The guard rewrites the body with the request id.
        response.extensions_mut().insert(ErrorBody { error: self.0 });
        response
    }
}

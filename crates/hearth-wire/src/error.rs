//! Errors as they travel, and the HTTP status of each code.

use hearth_domain::ErrorCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// HTTP status of the response that carries an error of this code.
pub fn http_status(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::InvalidRequest => 400,
        ErrorCode::Unauthorized => 401,
        ErrorCode::Forbidden => 403,
        ErrorCode::NotFound | ErrorCode::ModelNotFound | ErrorCode::NoShell => 404,
        ErrorCode::Conflict => 409,
        ErrorCode::TooLarge => 413,
        ErrorCode::UnsupportedMedia => 415,
        ErrorCode::RateLimitExceeded => 429,
        ErrorCode::InferenceFailed | ErrorCode::Internal => 500,
        ErrorCode::UpstreamUnavailable => 502,
        ErrorCode::ModelNotLoaded
        | ErrorCode::ModelLoadFailed
        | ErrorCode::MicrophoneUnavailable
        | ErrorCode::ResourceExhausted
        | ErrorCode::Overloaded => 503,
    }
}

/// An error on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApiError {
    pub code: ErrorCode,
    /// Text for people: the problem, its object, and the remedy.
    pub message: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request_id: String,
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub details: serde_json::Value,
}

impl ApiError {
    /// An error without request id and details.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), request_id: String::new(), details: serde_json::Value::Null }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.code.as_str())
    }
}

impl std::error::Error for ApiError {}

/// The body of every failed response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorBody {
    pub error: ApiError,
}

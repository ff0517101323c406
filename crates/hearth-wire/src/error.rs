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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_code_has_the_status_of_the_design() {
        // DESIGN.md, section 4.
        let documented = [
            ("INVALID_REQUEST", 400),
            ("UNAUTHORIZED", 401),
            ("FORBIDDEN", 403),
            ("NOT_FOUND", 404),
            ("MODEL_NOT_FOUND", 404),
            ("CONFLICT", 409),
            ("TOO_LARGE", 413),
            ("UNSUPPORTED_MEDIA", 415),
            ("RATE_LIMIT_EXCEEDED", 429),
            ("INFERENCE_FAILED", 500),
            ("INTERNAL", 500),
            ("UPSTREAM_UNAVAILABLE", 502),
            ("MODEL_NOT_LOADED", 503),
            ("MODEL_LOAD_FAILED", 503),
            ("RESOURCE_EXHAUSTED", 503),
            ("OVERLOADED", 503),
            ("NO_SHELL", 404),
        ];
        for (name, status) in documented {
            assert_eq!(ErrorCode::parse(name).map(http_status), Some(status), "{name}");
        }
    }

    #[test]
    fn no_error_invites_to_repeat_a_request_that_stays_wrong() {
        // A client that retries by the status alone must not do so where the code says that it is useless.
        for code in ErrorCode::ALL {
            let status = http_status(*code);
            assert!(status >= 400, "{code:?}");
            assert!(!code.can_retry() || status == 429 || status >= 500, "{code:?}");
        }
    }

    #[test]
    fn an_error_has_the_documented_form() {
        let mut error = ApiError::new(ErrorCode::ModelNotFound, "there is no model \"x\"");
        let body = |error: &ApiError| serde_json::to_value(ErrorBody { error: error.clone() }).ok();
        let short = json!({"error": {"code": "MODEL_NOT_FOUND", "message": "there is no model \"x\""}});
        assert_eq!(body(&error), Some(short.clone()));
        assert_eq!(serde_json::from_value(short).ok(), Some(ErrorBody { error: error.clone() }));
        error.request_id = "r1".to_owned();
        error.details = json!({"known": ["y"]});
        let full = json!({"error": {
            "code": "MODEL_NOT_FOUND", "message": "there is no model \"x\"", "request_id": "r1",
            "details": {"known": ["y"]},
        }});
        assert_eq!(body(&error), Some(full));
    }

    #[test]
    fn fields_of_a_newer_node_are_ignored() {
        let newer = json!({"error": {"code": "CONFLICT", "message": "m", "hint": "h"}, "trace": 1});
        let error = ApiError::new(ErrorCode::Conflict, "m");
        assert_eq!(serde_json::from_value(newer).ok(), Some(ErrorBody { error }));
    }
}

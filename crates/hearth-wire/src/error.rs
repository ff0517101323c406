//! The closed table of error codes. Faces switch on the code, never on the text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $status:literal, retry: $retry:literal;)*) => {
        /// Why a request failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl ErrorCode {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The HTTP status that it comes with.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// Whether the same request may succeed later.
            pub fn can_retry(self) -> bool {
                match self { $(Self::$variant => $retry,)* }
            }
        }
    };
}

error_codes! {
    /// The request is not of the operation's form.
    InvalidRequest = "INVALID_REQUEST", 400, retry: false;
    /// No valid credentials came with it.
    Unauthorized = "UNAUTHORIZED", 401, retry: false;
    /// The credentials do not allow it, or it came from a foreign page.
    Forbidden = "FORBIDDEN", 403, retry: false;
    NotFound = "NOT_FOUND", 404, retry: false;
    ModelNotFound = "MODEL_NOT_FOUND", 404, retry: false;
    /// No desktop program is attached to this node.
    NoShell = "NO_SHELL", 404, retry: false;
    Conflict = "CONFLICT", 409, retry: false;
    TooLarge = "TOO_LARGE", 413, retry: false;
    UnsupportedMedia = "UNSUPPORTED_MEDIA", 415, retry: false;
    RateLimitExceeded = "RATE_LIMIT_EXCEEDED", 429, retry: true;
    InferenceFailed = "INFERENCE_FAILED", 500, retry: true;
    Internal = "INTERNAL", 500, retry: false;
    /// Another server that this one needs did not answer as it should.
    UpstreamUnavailable = "UPSTREAM_UNAVAILABLE", 502, retry: true;
    ModelNotLoaded = "MODEL_NOT_LOADED", 503, retry: true;
    ModelLoadFailed = "MODEL_LOAD_FAILED", 503, retry: false;
    /// Disk or memory is full.
    ResourceExhausted = "RESOURCE_EXHAUSTED", 503, retry: true;
    Overloaded = "OVERLOADED", 503, retry: true;
}

/// An error as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApiError {
    pub code: ErrorCode,
    /// What happened, to what, and what to do.
    pub message: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request_id: String,
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub details: serde_json::Value,
}

impl ApiError {
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
    use super::*;

    #[test]
    fn names_on_the_wire_are_the_serialised_ones() {
        for code in ErrorCode::ALL {
            let written = serde_json::to_value(code).expect("a unit variant serialises");
            assert_eq!(written, code.as_str());
        }
    }
}

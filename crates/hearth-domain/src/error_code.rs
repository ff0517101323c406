//! The closed table of error codes. Every face decides by the code, never by the message.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, retry: $retry:literal;)*) => {
        /// Kind of an error, with a stable name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl ErrorCode {
            /// All codes, in the order of their HTTP status.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name that is serialised.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// True if the same request may succeed later.
            pub fn can_retry(self) -> bool {
                match self { $(Self::$variant => $retry,)* }
            }
        }
    };
}

error_codes! {
    /// The request does not have the operation's form.
    InvalidRequest = "INVALID_REQUEST", retry: false;
    /// The request has no valid credentials.
    Unauthorized = "UNAUTHORIZED", retry: false;
    /// The credentials do not allow the request, or it comes from another site's page.
    Forbidden = "FORBIDDEN", retry: false;
    /// The item is missing or in the trash.
    NotFound = "NOT_FOUND", retry: false;
    /// No such model is known.
    ModelNotFound = "MODEL_NOT_FOUND", retry: false;
    /// No desktop program is attached to this node.
    NoShell = "NO_SHELL", retry: false;
    /// The item was changed by another request, or its state does not allow this one.
    Conflict = "CONFLICT", retry: false;
    /// The request or document exceeds a limit.
    TooLarge = "TOO_LARGE", retry: false;
    /// The file is of a format that cannot be read.
    UnsupportedMedia = "UNSUPPORTED_MEDIA", retry: false;
    /// The key made more requests than it may.
    RateLimitExceeded = "RATE_LIMIT_EXCEEDED", retry: true;
    /// A model failed on its input.
    InferenceFailed = "INFERENCE_FAILED", retry: true;
    /// A fault of Hearth itself.
    Internal = "INTERNAL", retry: false;
    /// Another server that this one needs did not answer as it should.
    UpstreamUnavailable = "UPSTREAM_UNAVAILABLE", retry: true;
    /// The model's files are not on this machine yet.
    ModelNotLoaded = "MODEL_NOT_LOADED", retry: true;
    /// The model's files cannot be loaded.
    ModelLoadFailed = "MODEL_LOAD_FAILED", retry: false;
    /// The microphone cannot be opened, or was lost.
    MicrophoneUnavailable = "MICROPHONE_UNAVAILABLE", retry: true;
    /// Disk or memory is full.
    ResourceExhausted = "RESOURCE_EXHAUSTED", retry: true;
    /// Too many requests wait already.
    Overloaded = "OVERLOADED", retry: true;
}

impl ErrorCode {
    /// The code of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_serialised_ones_and_are_parsed() {
        for code in ErrorCode::ALL {
            let name = serde_json::to_value(code).expect("a unit variant serialises");
            assert_eq!(name, code.as_str());
            assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
        }
        assert_eq!(ErrorCode::parse("NOTHING"), None);
    }
}

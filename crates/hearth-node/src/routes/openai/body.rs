//! JSON bodies of OpenAI's API, whose errors name the field at fault.

use axum::body::{Body, Bytes};
use axum::extract::FromRequest;
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse;
use hearth_wire::ErrorCode;
use serde::de::DeserializeOwned;

use super::refuse_param;
use crate::route_error::RouteError;

/// A JSON body; its media type is not checked, as some clients leave it out.
pub(crate) struct OpenAiBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OpenAiBody<T> {
    type Rejection = RouteError;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, RouteError> {
        let bytes = Bytes::from_request(request, state).await.map_err(|error| {
            let message = error.body_text();
            match error.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => RouteError::new(ErrorCode::TooLarge, message),
                _ => RouteError::invalid_request(message),
            }
        })?;
        parse_body(&bytes).map(Self)
    }
}

fn parse_body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RouteError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner();
        if reason.is_syntax() || reason.is_eof() {
            return RouteError::invalid_request(format!("the body is not valid JSON: {reason}"));
        }
        let reason = reason.to_string();
        let param = match (path.as_str(), reason.split('`').nth(1)) {
            (".", Some(field)) => field.to_owned(),
            _ => path,
        };
        let reason = match reason.as_str() {
            text if text.contains("untagged enum") => "it has a type that OpenAI's API does not allow there",
            text => text,
        };
        refuse_param(&param, format!("{param}: {reason}"))
    })?;
    deserializer
        .end()
        .map_err(|error| RouteError::invalid_request(format!("the body is not valid JSON: {error}")))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use hearth_wire::openai::{ChatRequest, OpenAiError};

    use super::*;

    fn parse_error(body: &str) -> OpenAiError {
        let Err(error) = parse_body::<ChatRequest>(body.as_bytes()) else {
            unreachable!("{body} was accepted");
        };
        OpenAiError::from(&error.0)
    }

    #[test]
    fn the_field_at_fault_is_named() {
        for (body, param) in [
            (r#"{"messages": []}"#, "model"),
            (r#"{"model": 1, "messages": []}"#, "model"),
            (
                r#"{"model": "m", "messages": [{"role": "user", "content": "a"}, {"content": "b"}]}"#,
                "messages[1]",
            ),
            (r#"{"model": "m", "messages": [{"role": "user", "content": 7}]}"#, "messages[0].content"),
            (r#"{"model": "m", "messages": [], "max_tokens": -1}"#, "max_tokens"),
        ] {
            let error = parse_error(body);
            assert!(error.param.as_deref().unwrap().starts_with(param), "{body}: {error:?}");
            assert_eq!(error.kind, "invalid_request_error");
        }
    }

    #[test]
    fn what_is_no_json_names_no_field() {
        for body in ["", "{", "model=m", r#"{"model": "m", "messages": []} x"#] {
            let error = parse_error(body);
            assert_eq!(error.param, None, "{body}");
            assert!(error.message.contains("JSON"), "{error:?}");
        }
    }
}

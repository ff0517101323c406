//! One call of an operation of the table.

use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use hearth_wire::operation::{Method, Operation, RequestBody, ResponseBody};
use hearth_wire::{ApiError, ErrorBody, ErrorCode, PageQuery};
use serde::de::DeserializeOwned;

/// Calls an operation that answers JSON or nothing. `parameters` fill the path.
pub async fn call<O: Operation>(
    parameters: &[&str],
    query: &O::Query,
    body: &<O::Request as RequestBody>::Value,
) -> Result<<O::Response as ResponseBody>::Value, ApiError>
where
    <O::Response as ResponseBody>::Value: DeserializeOwned,
{
    let method = match O::INFO.method {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Put => HttpMethod::PUT,
        Method::Patch => HttpMethod::PATCH,
        Method::Delete => HttpMethod::DELETE,
    };
    let pairs = pairs(query);
    let request = RequestBuilder::new(&O::INFO.path_with(parameters))
        .method(method)
        .query(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let request = match O::INFO.request_media {
        Some(_) => request.json(body).map_err(unexpected)?,
        None => request.build().map_err(unexpected)?,
    };
    let response = request.send().await.map_err(away)?;
    let text = response.text().await.map_err(away)?;
    read(response.ok(), &text)
}

/// A file of the interface that holds JSON.
pub async fn file<T: DeserializeOwned>(path: &str) -> Result<T, ApiError> {
    let response = RequestBuilder::new(path).send().await.map_err(away)?;
    let text = response.text().await.map_err(away)?;
    read(response.ok(), &text)
}

/// What an answer says.
pub(super) fn read<T: DeserializeOwned>(ok: bool, text: &str) -> Result<T, ApiError> {
    if ok {
        let text = if text.is_empty() { "null" } else { text };
        return serde_json::from_str(text).map_err(unexpected);
    }
    Err(match serde_json::from_str::<ErrorBody>(text) {
        Ok(body) => body.error,
        Err(error) => unexpected(error),
    })
}

/// The node did not answer at all: a code that may be tried again, without words of its own.
pub(super) fn away(_: impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::UpstreamUnavailable, "")
}

pub(super) fn unexpected(error: impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::Internal, error.to_string())
}

/// A query as names and values.
pub(super) fn pairs(query: &impl serde::Serialize) -> Vec<(String, String)> {
    let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(query) else {
        return Vec::new();
    };
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    fields.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// As long a part of a list as a node gives at once.
pub fn page_of(cursor: Option<String>) -> PageQuery {
    PageQuery { limit: Some(1000), cursor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_becomes_names_and_values() {
        let query = PageQuery { limit: Some(5), cursor: Some("a b".into()) };
        let expect = [("limit".to_owned(), "5".to_owned()), ("cursor".to_owned(), "a b".to_owned())];
        assert_eq!(pairs(&query), expect);
        assert!(pairs(&()).is_empty());
    }

    #[test]
    fn a_refusal_keeps_its_code() {
        let text = r#"{"error":{"code":"NOT_FOUND","message":"gone"}}"#;
        let error = read::<()>(false, text).unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (ErrorCode::NotFound, "gone"));
        assert_eq!(read::<()>(true, ""), Ok(()));
        assert_eq!(read::<()>(false, "<html>").unwrap_err().code, ErrorCode::Internal);
    }
}

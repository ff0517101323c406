//! One call of an operation of the table in `hearth-wire`.

use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use hearth_wire::operation::{Method, Operation, RequestBody, ResponseBody};
use hearth_wire::{ApiError, ErrorBody, ErrorCode, PageQuery};
use serde::de::DeserializeOwned;

/// Calls an operation whose response is JSON or empty. `parameters` fill the path.
pub async fn call_operation<O: Operation>(
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
    let pairs = query_pairs(query);
    let request = RequestBuilder::new(&O::INFO.format_path(parameters))
        .method(method)
        .query(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let request = match O::INFO.request_media {
        Some(_) => request.json(body).map_err(internal_error)?,
        None => request.build().map_err(internal_error)?,
    };
    let response = request.send().await.map_err(unreachable_error)?;
    let text = response.text().await.map_err(unreachable_error)?;
    parse_response(response.ok(), &text)
}

/// Fetches a JSON file of the interface from the node.
pub async fn fetch_json<T: DeserializeOwned>(path: &str) -> Result<T, ApiError> {
    let response = RequestBuilder::new(path).send().await.map_err(unreachable_error)?;
    let text = response.text().await.map_err(unreachable_error)?;
    parse_response(response.ok(), &text)
}

/// Parses a response body: the value if `ok`, else the error that the node sent.
pub(super) fn parse_response<T: DeserializeOwned>(ok: bool, text: &str) -> Result<T, ApiError> {
    if ok {
        let text = if text.is_empty() { "null" } else { text };
        return serde_json::from_str(text).map_err(internal_error);
    }
    Err(match serde_json::from_str::<ErrorBody>(text) {
        Ok(body) => body.error,
        Err(error) => internal_error(error),
    })
}

/// Error for a node that did not respond: a retryable code, without a message of its own.
pub(super) fn unreachable_error(_: impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::UpstreamUnavailable, "")
}

/// Internal error with the message of another error.
pub(super) fn internal_error(error: impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::Internal, error.to_string())
}

/// Formats a query as pairs of name and value.
pub(super) fn query_pairs(query: &impl serde::Serialize) -> Vec<(String, String)> {
    let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(query) else {
        return Vec::new();
    };
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    fields.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// Query for one page of a list, with the largest page that a node returns (1,000 items).
pub fn page_query(cursor: Option<String>) -> PageQuery {
    PageQuery { limit: Some(1000), cursor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_becomes_names_and_values() {
        let query = PageQuery { limit: Some(5), cursor: Some("a b".into()) };
        let expect = [("limit".to_owned(), "5".to_owned()), ("cursor".to_owned(), "a b".to_owned())];
        assert_eq!(query_pairs(&query), expect);
        assert!(query_pairs(&()).is_empty());
    }

    #[test]
    fn a_refusal_keeps_its_code() {
        let text = r#"{"error":{"code":"NOT_FOUND","message":"gone"}}"#;
        let error = parse_response::<()>(false, text).unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (ErrorCode::NotFound, "gone"));
        assert_eq!(parse_response::<()>(true, ""), Ok(()));
        assert_eq!(parse_response::<()>(false, "<html>").unwrap_err().code, ErrorCode::Internal);
    }
}

//! Extractors of request parts, with errors in the wire's form.

use std::str::FromStr;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path, Query};
use axum::http::Request;
use axum::http::request::Parts;
use axum::response::Response;
use serde::de::DeserializeOwned;

use crate::route_error::RouteError;

/// Query of the URL.
pub(crate) struct QueryParams<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParams<T> {
    type Rejection = RouteError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, RouteError> {
        let Query(value) = Query::from_request_parts(parts, state)
            .await
            .map_err(|error| RouteError::invalid_request(error.body_text()))?;
        Ok(Self(value))
    }
}

/// A JSON body.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = RouteError;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, RouteError> {
        let axum::Json(value) = axum::Json::from_request(request, state)
            .await
            .map_err(|error| RouteError::invalid_request(error.body_text()))?;
        Ok(Self(value))
    }
}

/// One id in the path.
pub(crate) struct PathId<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PathId<T> {
    type Rejection = RouteError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, RouteError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|error| RouteError::invalid_request(error.body_text()))?;
        text.parse()
            .map(Self)
            // Text that is no id cannot name anything.
            .map_err(|_| RouteError::not_found("item"))
    }
}

/// Two parameters in the path.
pub(crate) struct PathIds<A, B>(pub(crate) A, pub(crate) B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for PathIds<A, B> {
    type Rejection = RouteError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, RouteError> {
        let Path((first, second)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|error| RouteError::invalid_request(error.body_text()))?;
        match (first.parse(), second.parse()) {
            (Ok(first), Ok(second)) => Ok(Self(first, second)),
            _ => Err(RouteError::not_found("item")),
        }
    }
}

/// Result of a route handler.
pub(crate) type RouteResult<T> = Result<T, RouteError>;
/// Result of a route handler whose response is no JSON.
pub(crate) type ResponseResult = Result<Response, RouteError>;

//! Reading requests, with errors in the wire's form.

use std::str::FromStr;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path, Query};
use axum::http::Request;
use axum::http::request::Parts;
use axum::response::Response;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// A query.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Query(value) = Query::from_request_parts(parts, state)
            .await
            .map_err(|error| Failure::invalid(error.body_text()))?;
        Ok(Self(value))
    }
}

/// A JSON body.
pub(crate) struct Content<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Content<T> {
    type Rejection = Failure;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, Failure> {
        let axum::Json(value) = axum::Json::from_request(request, state)
            .await
            .map_err(|error| Failure::invalid(error.body_text()))?;
        Ok(Self(value))
    }
}

/// One id in the path.
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|error| Failure::invalid(error.body_text()))?;
        text.parse()
            .map(Self)
            // What is no id names nothing.
            .map_err(|_| Failure::not_found("thing"))
    }
}

/// Two parameters in the path.
pub(crate) struct Ids<A, B>(pub(crate) A, pub(crate) B);

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Ids<A, B> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path((first, second)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|error| Failure::invalid(error.body_text()))?;
        match (first.parse(), second.parse()) {
            (Ok(first), Ok(second)) => Ok(Self(first, second)),
            _ => Err(Failure::not_found("thing")),
        }
    }
}

/// What a route answers.
pub(crate) type Answer<T> = Result<T, Failure>;
/// A response that is no JSON.
pub(crate) type Raw = Result<Response, Failure>;

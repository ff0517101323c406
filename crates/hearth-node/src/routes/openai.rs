//! Operations compatible with OpenAI's API: models, embeddings, chat completions, responses. The model `notebook:ID`
//! answers from a notebook; other names are models of the language model server.

pub(crate) mod body;
pub(crate) mod chat;
mod completion;
mod completion_task;
pub(crate) mod embeddings;
pub(crate) mod models;
mod request_checks;
pub(crate) mod responses;

use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use hearth_wire::ErrorCode;

use crate::guard::ModelUsed;
use crate::route_error::RouteError;

/// Prefix of the model ids that answer from a notebook.
const NOTEBOOK_PREFIX: &str = "notebook:";

fn model_not_found(id: &str) -> RouteError {
    let message = format!("there is no model {id}; GET /v1/models lists the available models");
    RouteError::new(ErrorCode::ModelNotFound, message).with_param("model")
}

/// Refuses a field of a request.
fn refuse_param(param: &str, message: impl Into<String>) -> RouteError {
    RouteError::invalid_request(message).with_param(param)
}

fn with_model_used(mut response: Response, model: &str) -> Response {
    response.extensions_mut().insert(ModelUsed(model.to_owned()));
    response
}

/// Handles OpenAI's endpoints that Hearth does not have.
pub(crate) async fn refuse_endpoint(uri: Uri) -> Response {
    let message = match uri.path() {
        "/v1/completions" => {
            "completions without messages are not supported; use POST /v1/chat/completions".to_owned()
        }
        path => format!("{path} is not supported; /docs lists the OpenAI-compatible operations"),
    };
    RouteError::new(ErrorCode::NotFound, message).into_response()
}

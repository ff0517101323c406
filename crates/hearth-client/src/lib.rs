//! A typed client of a node, made from the operation table; used by the command line, tests and other
//! nodes.

mod events;
mod files;

use std::path::Path;

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use hearth_domain::NotebookId;
use hearth_wire::operation::{Method, Operation, RequestBody, ResponseBody};
use hearth_wire::operations::AddSources;

use hearth_wire::{AddedSources, ApiError, ErrorBody, ErrorCode, NewSources};
use reqwest::multipart::{Form, Part};
use reqwest::{Client as Http, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use tokio_util::io::ReaderStream;

pub use files::list_files_under;

/// A failed call of a node.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the node at {address} does not answer: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("{}", .0.message)]
    Refused(ApiError),
    #[error("the node sent an unexpected response: {0}")]
    Unexpected(String),
    #[error("{path} could not be read: {reason}")]
    File { path: String, reason: String },
}

impl ClientError {
    /// The error code of a refusal; `None` for other failures.
    pub fn error_code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(error) => Some(error.code),
            _ => None,
        }
    }
}

/// A client of one node.
#[derive(Clone, Debug)]
pub struct Client {
    address: String,
    token: String,
    http: Http,
}

impl Client {
    /// A client for `http://host:port`, with a bearer token.
    pub fn new(address: &str, token: &str) -> Result<Self, ClientError> {
        let http =
            Http::builder().no_proxy().build().map_err(|error| ClientError::Unexpected(error.to_string()))?;
        Ok(Self { address: address.trim_end_matches('/').to_owned(), token: token.to_owned(), http })
    }

    /// A client for `https://host:port` that trusts exactly this certificate (PEM), or one that it signed.
    pub fn with_certificate(address: &str, token: &str, certificate: &[u8]) -> Result<Self, ClientError> {
        let to_client_error = |error: reqwest::Error| ClientError::Unexpected(error.to_string());
        let certificate = reqwest::Certificate::from_pem(certificate).map_err(to_client_error)?;
        let http = Http::builder()
            .no_proxy()
            .tls_built_in_root_certs(false)
            .add_root_certificate(certificate)
            .build()
            .map_err(to_client_error)?;
        Ok(Self { address: address.trim_end_matches('/').to_owned(), token: token.to_owned(), http })
    }

    fn build_request<O: Operation>(&self, parameters: &[&str]) -> RequestBuilder {
        let url = format!("{}{}", self.address, O::INFO.format_path(parameters));
        let method = match O::INFO.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        self.http.request(method, url).bearer_auth(&self.token)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = request.send().await.map_err(|error| ClientError::Unreachable {
            address: self.address.clone(),
            reason: if error.is_connect() {
                "nothing is listening at this address".into()
            } else {
                error.to_string()
            },
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = response.bytes().await.unwrap_or_default();
        Err(match serde_json::from_slice::<ErrorBody>(&body) {
            Ok(body) => ClientError::Refused(body.error),
            Err(_) => ClientError::Unexpected(format!("{status}: {}", String::from_utf8_lossy(&body))),
        })
    }

    /// Calls an operation that responds with JSON or nothing. `parameters` fill the path.
    pub async fn call<O: Operation>(
        &self,
        parameters: &[&str],
        query: &O::Query,
        body: &<O::Request as RequestBody>::Value,
    ) -> Result<<O::Response as ResponseBody>::Value, ClientError>
    where
        <O::Response as ResponseBody>::Value: DeserializeOwned,
    {
        let mut request = self.build_request::<O>(parameters).query(query);
        if O::INFO.request_media.is_some() {
            request = request.json(body);
        }
        let response = self.send(request).await?;
        let bytes = response.bytes().await.map_err(|error| ClientError::Unexpected(error.to_string()))?;
        let bytes: &[u8] = if O::INFO.response_media.is_none() { b"null" } else { &bytes };
        serde_json::from_slice(bytes).map_err(|error| ClientError::Unexpected(error.to_string()))
    }

    /// Calls an operation that responds with bytes, and returns them all.
    pub async fn fetch_bytes<O: Operation>(
        &self,
        parameters: &[&str],
        query: &O::Query,
    ) -> Result<Vec<u8>, ClientError> {
        let response = self.send(self.build_request::<O>(parameters).query(query)).await?;
        let bytes = response.bytes().await.map_err(|error| ClientError::Unexpected(error.to_string()))?;
        Ok(bytes.to_vec())
    }

    /// Calls an operation and streams the bytes of its response.
    pub async fn stream_bytes<O: Operation>(
        &self,
        parameters: &[&str],
    ) -> Result<impl Stream<Item = Result<Bytes, ClientError>> + use<O>, ClientError> {
        let response = self.send(self.build_request::<O>(parameters)).await?;
        Ok(response.bytes_stream().map_err(|error| ClientError::Unexpected(error.to_string())))
    }

    /// Adds a text as a source.
    pub async fn add_text(
        &self,
        notebook: NotebookId,
        title: &str,
        text: &str,
    ) -> Result<AddedSources, ClientError> {
        let body = NewSources::Text { title: title.to_owned(), text: text.to_owned() };
        self.call::<AddSources>(&[&notebook.to_string()], &(), &body).await
    }

    /// Uploads a file as a source without holding it in memory; `name` becomes the source's title.
    pub async fn add_file(
        &self,
        notebook: NotebookId,
        path: &Path,
        name: &str,
    ) -> Result<AddedSources, ClientError> {
        let to_file_error = |error: std::io::Error| ClientError::File {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let file = tokio::fs::File::open(path).await.map_err(to_file_error)?;
        let length = file.metadata().await.map_err(to_file_error)?.len();
        let body = reqwest::Body::wrap_stream(ReaderStream::with_capacity(file, 1 << 16));
        let part = Part::stream_with_length(body, length).file_name(name.to_owned());
        let request = self
            .build_request::<AddSources>(&[&notebook.to_string()])
            .multipart(Form::new().part("file", part));
        let response = self.send(request).await?;
        response.json().await.map_err(|error| ClientError::Unexpected(error.to_string()))
    }
}

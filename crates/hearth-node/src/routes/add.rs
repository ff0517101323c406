//! Adding sources: files, web pages, a text. A refused one does not affect the others.

use axum::Json;
use axum::body::Body;
use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use hearth_domain::{NotebookId, Origin, OriginKind};
use hearth_library::{AddedSource, NewFile, StagedBlob};
use hearth_wire::{AddedSources, ErrorCode, NewSources, RefusedSource};

use crate::app::App;
use crate::extractors::{JsonBody, PathId, RouteResult};
use crate::route_error::RouteError;

pub(crate) async fn add_sources(
    State(app): State<App>,
    PathId(notebook): PathId<NotebookId>,
    request: Request<Body>,
) -> RouteResult<(StatusCode, Json<AddedSources>)> {
    app.library.get_notebook(notebook).await?;
    let is_form = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("multipart/form-data"));
    let added = if is_form {
        add_files(&app, notebook, request).await?
    } else {
        let JsonBody(new) = JsonBody::<NewSources>::from_request(request, &app).await?;
        add_urls_or_text(&app, notebook, new).await
    };
    Ok((StatusCode::ACCEPTED, Json(added)))
}

async fn add_files(app: &App, notebook: NotebookId, mut request: Request<Body>) -> RouteResult<AddedSources> {
    // Files are streamed to disk and have a limit of their own.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, app)
        .await
        .map_err(|error| RouteError::invalid_request(error.body_text()))?;
    let mut added = AddedSources::default();
    while let Some(field) =
        form.next_field().await.map_err(|error| RouteError::invalid_request(error.body_text()))?
    {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or("Untitled").to_owned();
        let outcome = match stage_upload(app, field).await {
            Ok(bytes) => register_file(app, notebook, &name, bytes, OriginKind::Upload, None).await,
            Err(failure) => Err(failure),
        };
        record_outcome(&mut added, name, outcome);
    }
    if added.sources.is_empty() && added.refused.is_empty() {
        return Err(RouteError::invalid_request("the form has no field named file"));
    }
    Ok(added)
}

/// Streams one uploaded file to disk; bytes beyond the limit are read and discarded, so that the files
/// after it are not lost.
pub(crate) async fn stage_upload(app: &App, mut field: Field<'_>) -> RouteResult<StagedBlob> {
    let limit = app.max_upload_bytes;
    let mut blob = app.library.stage_file().await?;
    let mut failure = None;
    while let Some(chunk) =
        field.chunk().await.map_err(|error| RouteError::invalid_request(error.body_text()))?
    {
        if failure.is_some() {
            continue;
        }
        if blob.len() + chunk.len() as u64 > limit {
            let message = format!("the file is larger than {} MB, the limit for files", limit >> 20);
            failure = Some(RouteError::new(ErrorCode::TooLarge, message));
        } else if let Err(error) = blob.write(&chunk).await {
            failure = Some(error.into());
        }
    }
    failure.map_or(Ok(blob), Err)
}

async fn add_urls_or_text(app: &App, notebook: NotebookId, new: NewSources) -> AddedSources {
    let mut added = AddedSources::default();
    match new {
        NewSources::Urls { urls } => {
            for address in urls {
                let outcome = match fetch_page(app, &address).await {
                    Ok((name, bytes)) => {
                        register_file(app, notebook, &name, bytes, OriginKind::Url, Some(address.clone()))
                            .await
                    }
                    Err(failure) => Err(failure),
                };
                record_outcome(&mut added, address, outcome);
            }
        }
        NewSources::Text { title, text } => {
            let outcome = app.library.add_text(notebook, &title, &text).await.map_err(RouteError::from);
            record_outcome(&mut added, title, outcome);
        }
    }
    added
}

/// Fetches a page; returns a file name made from its URL, and its bytes.
async fn fetch_page(app: &App, address: &str) -> RouteResult<(String, StagedBlob)> {
    app.fetcher.fetch_page(address, app.library.stage_file().await?).await
}

async fn register_file(
    app: &App,
    notebook: NotebookId,
    name: &str,
    bytes: StagedBlob,
    kind: OriginKind,
    value: Option<String>,
) -> RouteResult<AddedSource> {
    let file = NewFile { name: name.to_owned(), bytes, origin: Origin { kind, value } };
    Ok(app.library.add_file(notebook, file).await?)
}

fn record_outcome(added: &mut AddedSources, name: String, outcome: RouteResult<AddedSource>) {
    match outcome {
        Ok(new) => {
            added.sources.push(new.source);
            added.jobs.extend(new.job);
        }
        Err(failure) => added.refused.push(RefusedSource { name, error: failure.0 }),
    }
}

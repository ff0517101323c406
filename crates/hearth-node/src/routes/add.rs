//! Adding sources: files, addresses, a text. One that is refused does not refuse the others.

use axum::Json;
use axum::body::Body;
use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use hearth_domain::{NotebookId, Origin, OriginKind};
use hearth_engine::NewFile;
use hearth_store::StagedBlob;
use hearth_wire::{AddedSources, ErrorCode, NewSources, Refused};
use uuid::Uuid;

use crate::app::App;
use crate::extract::{Answer, Content, Id};
use crate::failure::Failure;

pub(crate) async fn add(
    State(app): State<App>,
    Id(notebook): Id<NotebookId>,
    request: Request<Body>,
) -> Answer<(StatusCode, Json<AddedSources>)> {
    app.engine.store().notebook(notebook).await?;
    let is_form = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("multipart/form-data"));
    let added = if is_form {
        add_files(&app, notebook, request).await?
    } else {
        let Content(new) = Content::<NewSources>::from_request(request, &app).await?;
        add_others(&app, notebook, new).await
    };
    Ok((StatusCode::ACCEPTED, Json(added)))
}

async fn add_files(app: &App, notebook: NotebookId, mut request: Request<Body>) -> Answer<AddedSources> {
    // Files are streamed to disk and have a limit of their own.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form =
        Multipart::from_request(request, app).await.map_err(|error| Failure::invalid(error.body_text()))?;
    let mut added = AddedSources::default();
    while let Some(field) = form.next_field().await.map_err(|error| Failure::invalid(error.body_text()))? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or("Untitled").to_owned();
        let outcome = match receive(app, field).await {
            Ok(bytes) => register(app, notebook, &name, bytes, OriginKind::Upload, None).await,
            Err(failure) => Err(failure),
        };
        note(&mut added, name, outcome);
    }
    if added.sources.is_empty() && added.refused.is_empty() {
        return Err(Failure::invalid("the form has no part called file"));
    }
    Ok(added)
}

/// Streams one file to disk; what is beyond the limit is read and thrown away, so that the files
/// after it are not lost.
pub(crate) async fn receive(app: &App, mut field: Field<'_>) -> Answer<StagedBlob> {
    let limit = app.settings.ingest.max_upload_mb << 20;
    let mut blob = app.engine.store().blobs().stage(&Uuid::now_v7().to_string()).await?;
    let mut failure = None;
    while let Some(chunk) = field.chunk().await.map_err(|error| Failure::invalid(error.body_text()))? {
        if failure.is_some() {
            continue;
        }
        if blob.len() + chunk.len() as u64 > limit {
            let message = format!("it is larger than {} MB, the limit for files", limit >> 20);
            failure = Some(Failure::new(ErrorCode::TooLarge, message));
        } else if let Err(error) = blob.write(&chunk).await {
            failure = Some(error.into());
        }
    }
    failure.map_or(Ok(blob), Err)
}

async fn add_others(app: &App, notebook: NotebookId, new: NewSources) -> AddedSources {
    let mut added = AddedSources::default();
    match new {
        NewSources::Urls { urls } => {
            for address in urls {
                let outcome = match app.fetcher.fetch(&address, app.engine.store().blobs()).await {
                    Ok((name, bytes)) => {
                        register(app, notebook, &name, bytes, OriginKind::Url, Some(address.clone())).await
                    }
                    Err(failure) => Err(failure),
                };
                note(&mut added, address, outcome);
            }
        }
        NewSources::Text { title, text } => {
            let outcome = paste(app, notebook, &title, &text).await;
            note(&mut added, title, outcome);
        }
    }
    added
}

async fn paste(app: &App, notebook: NotebookId, title: &str, text: &str) -> Answer<hearth_store::Added> {
    let title = match title.trim() {
        "" => text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("Untitled"),
        title => title,
    };
    let title: String = title.chars().take(200).collect();
    let mut blob = app.engine.store().blobs().stage(&Uuid::now_v7().to_string()).await?;
    blob.write(text.as_bytes()).await?;
    // Pasted text is Markdown: plain text is, too.
    let name = format!("{title}.md");
    let added = register(app, notebook, &name, blob, OriginKind::Text, None).await?;
    if added.job.is_none() {
        // The same bytes were there before, under a title of their own.
        return Ok(added);
    }
    let source = app.engine.store().rename_source(added.source.id, &title).await?;
    Ok(hearth_store::Added { source, ..added })
}

async fn register(
    app: &App,
    notebook: NotebookId,
    name: &str,
    bytes: StagedBlob,
    kind: OriginKind,
    value: Option<String>,
) -> Answer<hearth_store::Added> {
    let file = NewFile { name: name.to_owned(), bytes, origin: Origin { kind, value } };
    Ok(app.engine.add_file(notebook, file).await?)
}

fn note(added: &mut AddedSources, name: String, outcome: Answer<hearth_store::Added>) {
    match outcome {
        Ok(new) => {
            added.sources.push(new.source);
            added.jobs.extend(new.job);
        }
        Err(failure) => added.refused.push(Refused { name, error: failure.0 }),
    }
}

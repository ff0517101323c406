//! This node itself: models, status, metrics, description.

use std::path::PathBuf;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use hearth_domain::{GraphicsProblem, Job, JobState, ModelTask};
use hearth_host::resident_bytes;
use hearth_library::{LibraryCounts, LibraryError};
use hearth_machine::ModelTimes;
use hearth_models::CatalogueEntry;
use hearth_wire::{
    EngineStatus, ErrorCode, HealthReport, JobCounts, LibraryStatus, Model, ModelDownload, ModelList,
    ModelQuery, ModelState, NewModel, NodeIdentity, ReadyReport, Status, describe_operations,
};

use crate::app::App;
use crate::credentials::PageKind;
use crate::extractors::{JsonBody, PathId, QueryParams, ResponseResult, RouteResult};
use crate::guard::Caller;
use crate::route_error::RouteError;

const LOCAL_LOCATION: &str = "this node";

fn to_wire_model(app: &App, entry: &CatalogueEntry, downloading: &[String]) -> Model {
    let state = match app.machine.models().cache().find_files(entry) {
        Some(_) if app.machine.models().is_loaded(&entry.id) || app.machine.speech().is_loaded(&entry.id) => {
            ModelState::Loaded
        }
        Some(_) => ModelState::Ready,
        None if downloading.contains(&entry.id) => ModelState::Downloading,
        None => ModelState::Absent,
    };
    Model {
        id: entry.id.clone(),
        task: entry.task,
        name: entry.name.clone(),
        size_mb: (entry.known_bytes() / 1_000_000) as u32,
        state,
        location: LOCAL_LOCATION.to_owned(),
        licence: Some(entry.licence.clone()),
        dimensions: entry.embed.as_ref().map(|embed| embed.dimensions as u32),
        context: entry.embed.as_ref().map(|embed| embed.max_tokens as u32),
    }
}

/// Present state of a model of the catalogue or of the user's own, or `None` if the id is unknown.
pub(crate) fn find_local_model(app: &App, id: &str) -> Option<Model> {
    let downloading = app.machine.list_downloading_models();
    app.machine.models().find_entry(id).map(|entry| to_wire_model(app, &entry, &downloading))
}

async fn list_all_models(app: &App) -> Vec<Model> {
    let downloading = app.machine.list_downloading_models();
    let entries = app.machine.models().list_entries();
    let mut models: Vec<Model> =
        entries.iter().map(|entry| to_wire_model(app, entry, &downloading)).collect();
    let address = app.library.chat_model().address();
    let to_chat_model = |name: &str, bytes: Option<u64>, context, state| Model {
        id: name.to_owned(),
        task: ModelTask::Chat,
        name: name.to_owned(),
        size_mb: (bytes.unwrap_or(0) / 1_000_000) as u32,
        state,
        location: address.clone(),
        licence: None,
        dimensions: None,
        context,
    };
    // Without a language model server its models are left out; the status has the reason.
    let chat_models = app.library.chat_model().list_models().await.unwrap_or_default();
    let pulling = app.machine.list_pulling_models().into_iter();
    let pulling = pulling.filter(|name| chat_models.iter().all(|info| info.name != *name));
    models.extend(pulling.map(|name| to_chat_model(&name, None, None, ModelState::Downloading)));
    models.extend(
        chat_models
            .iter()
            .map(|info| to_chat_model(&info.name, info.size_bytes, info.context, ModelState::Ready)),
    );
    models
}

pub(crate) async fn list_models(
    State(app): State<App>,
    QueryParams(query): QueryParams<ModelQuery>,
) -> RouteResult<Json<ModelList>> {
    let mut models = list_all_models(&app).await;
    if let Some(task) = query.task {
        models.retain(|model| model.task == task);
    }
    Ok(Json(ModelList { models }))
}

pub(crate) async fn get_model(
    State(app): State<App>,
    PathId(id): PathId<String>,
) -> RouteResult<Json<Model>> {
    let found = list_all_models(&app).await.into_iter().find(|model| model.id == id);
    found.map(Json).ok_or_else(|| model_not_found(&id))
}

/// Status of the language model: the one in use, and the reason for it.
pub(crate) async fn chat_engine_status(app: &App) -> EngineStatus {
    let configured = Some(app.library.ask_settings().model).filter(|name| !name.is_empty());
    let status = app.machine.chat_status(configured).await;
    EngineStatus {
        task: ModelTask::Chat,
        chosen: status.chosen,
        location: status.address,
        reachable: status.is_reachable,
        why: status.reason,
    }
}

/// Status of the embedder.
fn embed_engine_status(app: &App) -> EngineStatus {
    let id = app.library.embedder().info().id.clone();
    let reachable = app.machine.models().is_on_machine(&id);
    let why = if reachable {
        "the library's vectors were made with it".into()
    } else {
        format!("its files are not on this machine yet; download them with `hearth models get {id}`")
    };
    EngineStatus { task: ModelTask::Embed, chosen: Some(id), location: LOCAL_LOCATION.into(), reachable, why }
}

/// Status of the speech model: the one in use, and the reason for it.
pub(crate) fn speech_engine_status(app: &App) -> EngineStatus {
    let (id, why, reachable) = app.machine.speech().chosen_model();
    let why = match app.machine.speech().graphics_problem(&id) {
        _ if !reachable => format!(
            "its file is not on this machine yet; download it in the settings, or with `hearth models get {id}`"
        ),
        None => why.to_owned(),
        Some(GraphicsProblem::Missing) => {
            format!("{why}; runs on the processor because no suitable graphics card was found")
        }
        Some(GraphicsProblem::Failed) => {
            format!("{why}; runs on the processor because the graphics card failed")
        }
    };
    EngineStatus {
        task: ModelTask::Transcribe,
        chosen: Some(id),
        location: LOCAL_LOCATION.into(),
        reachable,
        why,
    }
}

/// Status of the voice encoder, or `None` if it is not on this machine.
fn speakers_engine_status(app: &App) -> Option<EngineStatus> {
    let (id, _) = app.machine.speech().find_voice_encoder()?;
    let why = "it is on this machine: new transcripts name their speakers".into();
    let (task, location) = (ModelTask::Speakers, LOCAL_LOCATION.into());
    Some(EngineStatus { task, chosen: Some(id.to_owned()), location, reachable: true, why })
}

pub(crate) async fn get_status(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
) -> RouteResult<Json<Status>> {
    let counts = load_counts(&app).await?;
    let loaded: Vec<String> = app
        .machine
        .models()
        .model_times()
        .into_iter()
        .filter(|model| model.loaded)
        .map(|model| model.id)
        .collect();
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_seconds: app.started_at.elapsed().as_secs(),
        node: NodeIdentity { name: app.name.clone(), id: app.id.clone() },
        shell: app.shell.is_some() && caller == Caller::Page(PageKind::Window),
        engines: [embed_engine_status(&app), chat_engine_status(&app).await, speech_engine_status(&app)]
            .into_iter()
            .chain(speakers_engine_status(&app))
            .collect(),
        models_loaded: loaded,
        graphics_problem: app.machine.speech().graphics_card().last_problem(),
        jobs: JobCounts {
            queued: counts.jobs_queued,
            running: counts.jobs_running,
            failed: counts.jobs_failed,
        },
        library: LibraryStatus {
            notebooks: counts.notebooks,
            sources: counts.sources,
            passages: counts.passages,
            bytes: counts.bytes,
            location: app.library.folder().display().to_string(),
        },
        memory_bytes: resident_bytes(),
    }))
}

/// Counts of the library, with the jobs of the machine.
pub(crate) async fn load_counts(app: &App) -> Result<LibraryCounts, LibraryError> {
    let mut counts = app.library.get_counts().await?;
    for job in app.machine.list_jobs() {
        match job.state {
            JobState::Queued => counts.jobs_queued += 1,
            JobState::Running => counts.jobs_running += 1,
            JobState::Failed => counts.jobs_failed += 1,
            JobState::Done | JobState::Cancelled => {}
        }
    }
    Ok(counts)
}

pub(crate) async fn get_metrics(State(app): State<App>) -> ResponseResult {
    let counts = load_counts(&app).await?;
    let times: Vec<ModelTimes> =
        app.machine.models().model_times().into_iter().chain(app.machine.speech().model_times()).collect();
    let text = app.metrics.format_metrics(&counts, resident_bytes(), &times);
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, media_type)], text).into_response())
}

pub(crate) async fn add_model(
    State(app): State<App>,
    JsonBody(new): JsonBody<NewModel>,
) -> RouteResult<(StatusCode, Json<Model>)> {
    app.machine.add_model(&new.id, PathBuf::from(new.path), new.task).await?;
    let model = find_local_model(&app, &new.id).ok_or_else(|| model_not_found(&new.id))?;
    Ok((StatusCode::CREATED, Json(model)))
}

pub(crate) async fn download_model(
    State(app): State<App>,
    JsonBody(choice): JsonBody<ModelDownload>,
) -> RouteResult<(StatusCode, Json<Job>)> {
    let job = match choice.task {
        None => app.machine.download_model(&choice.id)?,
        Some(ModelTask::Chat) => app.machine.pull_model(&choice.id),
        Some(other) => {
            let message =
                format!("models for {other} cannot be downloaded; omit the task, or set it to chat");
            return Err(RouteError::invalid_request(message));
        }
    };
    Ok((StatusCode::ACCEPTED, Json(job)))
}

pub(crate) async fn delete_model(
    State(app): State<App>,
    PathId(id): PathId<String>,
) -> RouteResult<StatusCode> {
    if app.library.embedder().info().id == id {
        let message = format!("the library's vectors were made with {id}; choose another search model first");
        return Err(RouteError::new(ErrorCode::Conflict, message));
    }
    app.machine.delete_model(&id)?;
    Ok(StatusCode::NO_CONTENT)
}

fn model_not_found(id: &str) -> RouteError {
    RouteError::new(ErrorCode::ModelNotFound, format!("there is no model {id}; see `hearth models`"))
}

pub(crate) async fn get_health() -> Json<HealthReport> {
    Json(HealthReport { status: "alive".into() })
}

pub(crate) async fn get_readiness(State(app): State<App>) -> (StatusCode, Json<ReadyReport>) {
    let mut report = ReadyReport { ready: true, ..ReadyReport::default() };
    if let Err(error) = app.library.get_counts().await {
        report.ready = false;
        report.reasons.push(error.to_string());
    }
    let embedder = app.library.embedder().info().id.clone();
    if !app.machine.models().is_on_machine(&embedder) {
        report.ready = false;
        report.reasons.push(format!(
            "the search model {embedder} is not on this machine yet; download it with `hearth models get {embedder}`"
        ));
    }
    if !app.library.can_read_pdf() {
        report
            .notes
            .push("PDFs cannot be read: the PDFium library is missing; run `cargo xtask setup`".into());
    }
    let chat = chat_engine_status(&app).await;
    if chat.chosen.is_none() {
        report.notes.push(format!("no language model: {}", chat.why));
    }
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report))
}

pub(crate) async fn get_openapi() -> Json<serde_json::Value> {
    Json(describe_operations(env!("CARGO_PKG_VERSION")))
}

//! This node itself: models, state, description.

use std::path::PathBuf;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use hearth_domain::{GraphicsProblem, Job, JobKind};
use hearth_engine::{CHAT, EngineError, LibraryEvent};
use hearth_host::resident_bytes;
use hearth_models::CatalogueEntry;
use hearth_wire::{
    EngineStatus, ErrorCode, HealthReport, JobCounts, LibraryStatus, Model, ModelDownload, ModelList,
    ModelQuery, ModelState, NewModel, NodeName, ReadyReport, Status, openapi as describe,
};

use crate::app::App;
use crate::credentials::Visitor;
use crate::extract::{Answer, Content, Id, Params, Raw};
use crate::failure::Failure;
use crate::guard::Caller;
use crate::metrics::ModelTimes;
use crate::models::add_own_model;
use crate::speech::{SPEAKERS, TRANSCRIBE};

const HERE: &str = "this node";

fn local(app: &App, entry: &CatalogueEntry, downloading: &[String]) -> Model {
    let state = match app.models.cache.find(entry) {
        Some(_) if app.models.is_loaded(&entry.id) || app.speech.is_loaded(&entry.id) => ModelState::Loaded,
        Some(_) => ModelState::Ready,
        None if downloading.contains(&entry.id) => ModelState::Downloading,
        None => ModelState::Absent,
    };
    Model {
        id: entry.id.clone(),
        task: entry.task.clone(),
        name: entry.name.clone(),
        size_mb: (entry.known_bytes() / 1_000_000) as u32,
        state,
        location: HERE.to_owned(),
        licence: Some(entry.licence.clone()),
        dimensions: entry.embed.as_ref().map(|embed| embed.dimensions as u32),
        context: entry.embed.as_ref().map(|embed| embed.max_tokens as u32),
    }
}

/// The models that are being downloaded, or wait for it.
async fn downloading(app: &App) -> Vec<String> {
    let jobs = app.engine.store().open_jobs(JobKind::Download).await.unwrap_or_default();
    jobs.into_iter().filter_map(|job| job.subject).collect()
}

/// A model of the catalogue as it is now.
pub(crate) async fn one(app: &App, id: &str) -> Option<Model> {
    let downloading = downloading(app).await;
    app.models.entry(id).map(|entry| local(app, &entry, &downloading))
}

async fn all(app: &App) -> Vec<Model> {
    let downloading = downloading(app).await;
    let entries = app.models.entries();
    let mut models: Vec<Model> = entries.iter().map(|entry| local(app, entry, &downloading)).collect();
    let address = app.engine.chat_model().address();
    let served = |name: &str, bytes: Option<u64>, context, state| Model {
        id: name.to_owned(),
        task: "chat".into(),
        name: name.to_owned(),
        size_mb: (bytes.unwrap_or(0) / 1_000_000) as u32,
        state,
        location: address.clone(),
        licence: None,
        dimensions: None,
        context,
    };
    // Without a language model server there are none of its models; the status says why.
    let there = app.engine.chat_model().models().await.unwrap_or_default();
    let coming = downloading.iter().filter_map(|subject| subject.strip_prefix(CHAT));
    let coming = coming.filter(|name| there.iter().all(|info| info.name != *name));
    models.extend(coming.map(|name| served(name, None, None, ModelState::Downloading)));
    models.extend(
        there.iter().map(|info| served(&info.name, info.size_bytes, info.context, ModelState::Ready)),
    );
    models
}

pub(crate) async fn models(
    State(app): State<App>,
    Params(query): Params<ModelQuery>,
) -> Answer<Json<ModelList>> {
    let mut models = all(&app).await;
    if let Some(task) = query.task {
        models.retain(|model| model.task == task);
    }
    Ok(Json(ModelList { models }))
}

pub(crate) async fn model(State(app): State<App>, Id(id): Id<String>) -> Answer<Json<Model>> {
    let found = all(&app).await.into_iter().find(|model| model.id == id);
    found.map(Json).ok_or_else(|| unknown(&id))
}

/// Which language model answers, and why that one.
pub(crate) async fn chat_engine(app: &App) -> EngineStatus {
    let server = app.engine.chat_model();
    let location = server.address();
    let wanted = Some(app.engine.ask_settings().model).filter(|name| !name.is_empty());
    let (chosen, reachable, why) = match server.models().await {
        Ok(models) => {
            let first = models.first().map(|model| model.name.clone());
            let why = match (&wanted, &first) {
                (Some(_), _) => "chosen in the settings",
                (None, Some(_)) => "the first model that the server has",
                (None, None) => {
                    "the server has no models; get one, for example with `ollama pull llama3.1:8b`"
                }
            };
            (wanted.or(first), true, why.to_owned())
        }
        Err(error) => (None, false, format!("{error}; answers are extracts until then")),
    };
    EngineStatus { task: "chat".into(), chosen, location, reachable, why }
}

/// Which embedder finds passages.
fn embed_engine(app: &App) -> EngineStatus {
    let id = app.engine.embedder().info().id.clone();
    let reachable = app.models.is_here(&id);
    let why = if reachable {
        "it made the library's vectors".into()
    } else {
        format!("its files are not on this machine yet; get them with `hearth models get {id}`")
    };
    EngineStatus { task: "embed".into(), chosen: Some(id), location: HERE.into(), reachable, why }
}

/// Which speech model writes recordings down, and why that one.
pub(crate) fn speech_engine(app: &App) -> EngineStatus {
    let (id, why, reachable) = app.speech.chosen();
    let why = match app.speech.graphics_problem(&id) {
        _ if !reachable => format!(
            "its file is not on this machine yet; get it in the settings, or with `hearth models get {id}`"
        ),
        None => why.to_owned(),
        Some(GraphicsProblem::Missing) => {
            format!("{why}; on the processor, as no graphics card was found that it can use")
        }
        Some(GraphicsProblem::Failed) => {
            format!("{why}; on the processor, as the graphics card could not do it")
        }
    };
    EngineStatus { task: TRANSCRIBE.into(), chosen: Some(id), location: HERE.into(), reachable, why }
}

/// The model that tells voices apart, where it is on this machine.
fn speakers_engine(app: &App) -> Option<EngineStatus> {
    let (id, _) = app.speech.voices()?;
    let why = "it is on this machine: recordings that are written down from now on say who speaks".into();
    let (task, location) = (SPEAKERS.into(), HERE.into());
    Some(EngineStatus { task, chosen: Some(id.to_owned()), location, reachable: true, why })
}

pub(crate) async fn status(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
) -> Answer<Json<Status>> {
    let store = app.engine.store();
    let counts = store.counts().await?;
    let loaded: Vec<String> =
        app.models.times().into_iter().filter(|model| model.loaded).map(|model| model.id).collect();
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_seconds: app.started.elapsed().as_secs(),
        node: NodeName { name: app.name.clone(), id: app.id.clone() },
        shell: app.shell.is_some() && caller == Caller::Page(Visitor::Window),
        engines: [embed_engine(&app), chat_engine(&app).await, speech_engine(&app)]
            .into_iter()
            .chain(speakers_engine(&app))
            .collect(),
        models_loaded: loaded,
        graphics_problem: app.speech.graphics().problem(),
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
            location: store.folder().display().to_string(),
        },
        memory_bytes: resident_bytes(),
    }))
}

pub(crate) async fn metrics(State(app): State<App>) -> Raw {
    let counts = app.engine.store().counts().await?;
    let times: Vec<ModelTimes> = app.models.times().into_iter().chain(app.speech.times()).collect();
    let text = app.metrics.text(&counts, resident_bytes(), &times);
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, media_type)], text).into_response())
}

pub(crate) async fn add_model(
    State(app): State<App>,
    Content(new): Content<NewModel>,
) -> Answer<(StatusCode, Json<Model>)> {
    let (models, path, id) = (std::sync::Arc::clone(&app.models), PathBuf::from(new.path), new.id.clone());
    let adding = match new.task {
        Some(task) => tokio::task::spawn_blocking(move || {
            let added = add_own_model(&models.cache, &id, &task, &path);
            added.map(drop).map_err(|error| Failure::invalid(error.to_string()))
        }),
        None => {
            let entry = app.models.entry(&id).ok_or_else(|| unknown(&id))?;
            tokio::task::spawn_blocking(move || {
                let copied = models.cache.import(&entry, &path);
                copied.map(drop).map_err(|error| {
                    Failure::invalid(format!("the folder does not hold the files of {id}: {error}"))
                })
            })
        }
    };
    adding.await.map_err(EngineError::from)??;
    app.speech.forget(&new.id);
    app.engine.model_came(&new.id).await?;
    let model = one(&app, &new.id).await.ok_or_else(|| unknown(&new.id))?;
    Ok((StatusCode::CREATED, Json(model)))
}

pub(crate) async fn download_model(
    State(app): State<App>,
    Content(choice): Content<ModelDownload>,
) -> Answer<(StatusCode, Json<Job>)> {
    let job = match choice.task.as_deref() {
        None => app.engine.download_model(&choice.id).await?,
        Some("chat") => app.engine.pull_model(&choice.id).await?,
        Some(other) => {
            let message = format!("models for {other} cannot be downloaded; leave the task out, or say chat");
            return Err(Failure::invalid(message));
        }
    };
    Ok((StatusCode::ACCEPTED, Json(job)))
}

pub(crate) async fn delete_model(State(app): State<App>, Id(id): Id<String>) -> Answer<StatusCode> {
    let entry = app.models.entry(&id).ok_or_else(|| unknown(&id))?;
    if app.engine.embedder().info().id == id {
        let message = format!("{id} made the library's vectors; choose another embedder first");
        return Err(Failure::new(ErrorCode::Conflict, message));
    }
    app.speech.forget(&id);
    match app.models.remove(&entry) {
        Ok(true) => {
            app.engine.tell(LibraryEvent::Model(id.as_str().into()));
            Ok(StatusCode::NO_CONTENT)
        }
        Ok(false) => Err(Failure::not_found("model on this machine")),
        Err(error) => Err(hearth_store::StoreError::from(error).into()),
    }
}

fn unknown(id: &str) -> Failure {
    Failure::new(ErrorCode::ModelNotFound, format!("there is no model {id}; see `hearth models`"))
}

pub(crate) async fn health() -> Json<HealthReport> {
    Json(HealthReport { status: "alive".into() })
}

pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, Json<ReadyReport>) {
    let mut report = ReadyReport { ready: true, ..ReadyReport::default() };
    if let Err(error) = app.engine.store().counts().await {
        report.ready = false;
        report.reasons.push(error.to_string());
    }
    let embedder = app.engine.embedder().info().id.clone();
    if !app.models.is_here(&embedder) {
        report.ready = false;
        report.reasons.push(format!(
            "the embedder {embedder} is not on this machine yet; get it with `hearth models get {embedder}`"
        ));
    }
    if !app.engine.reader().reads_pdf() {
        report
            .notes
            .push("PDFs cannot be read: the PDFium library is missing; run `cargo xtask setup`".into());
    }
    let chat = chat_engine(&app).await;
    if chat.chosen.is_none() {
        report.notes.push(format!("no language model: {}", chat.why));
    }
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report))
}

pub(crate) async fn openapi() -> Json<serde_json::Value> {
    Json(describe(env!("CARGO_PKG_VERSION")))
}

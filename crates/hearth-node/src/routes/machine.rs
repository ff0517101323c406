//! This node itself: models, state, description.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::Embedder;
use hearth_host::resident_bytes;
use hearth_models::CatalogueEntry;
use hearth_wire::{
    EngineStatus, HealthReport, JobCounts, LibraryStatus, Model, ModelList, ModelQuery, ModelState, NodeName,
    ReadyReport, Status, openapi as describe,
};

use crate::app::App;
use crate::extract::{Answer, Id, Params};
use crate::failure::Failure;

const HERE: &str = "this node";

fn local(app: &App, entry: &CatalogueEntry) -> Model {
    let chosen = app.embedder.info().id == entry.id;
    let state = match app.cache.find(entry) {
        Some(_) if chosen && app.embedder.is_loaded() => ModelState::Loaded,
        Some(_) => ModelState::Ready,
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
        dimensions: Some(entry.dimensions as u32),
        context: Some(entry.max_tokens as u32),
    }
}

async fn all(app: &App) -> Vec<Model> {
    let mut models: Vec<Model> = app.catalogue.models.iter().map(|entry| local(app, entry)).collect();
    // Without a language model server there are none of its models; the status says why.
    for info in app.engine.chat_model().models().await.unwrap_or_default() {
        models.push(Model {
            id: info.name.clone(),
            task: "chat".into(),
            name: info.name,
            size_mb: (info.size_bytes.unwrap_or(0) / 1_000_000) as u32,
            state: ModelState::Ready,
            location: app.settings.chat.address.clone(),
            licence: None,
            dimensions: None,
            context: info.context,
        });
    }
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
    let missing = || {
        Failure::new(
            hearth_wire::ErrorCode::ModelNotFound,
            format!("there is no model {id}; see `hearth models`"),
        )
    };
    found.map(Json).ok_or_else(missing)
}

async fn chat_engine(app: &App) -> EngineStatus {
    let location = app.settings.chat.address.clone();
    let wanted = Some(app.settings.chat.model.clone()).filter(|name| !name.is_empty());
    let (chosen, reachable, why) = match app.engine.chat_model().models().await {
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

pub(crate) async fn status(State(app): State<App>) -> Answer<Json<Status>> {
    let store = app.engine.store();
    let counts = store.counts().await?;
    let embedder = app.embedder.info();
    let loaded = app.embedder.is_loaded();
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_seconds: app.started.elapsed().as_secs(),
        node: NodeName { name: app.name.clone(), id: app.hosts.first().cloned().unwrap_or_default() },
        shell: false,
        engines: vec![
            EngineStatus {
                task: "embed".into(),
                chosen: Some(embedder.id.clone()),
                location: HERE.into(),
                reachable: true,
                why: "chosen in the settings".into(),
            },
            chat_engine(&app).await,
        ],
        models_loaded: if loaded { vec![embedder.id.clone()] } else { Vec::new() },
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

pub(crate) async fn health() -> Json<HealthReport> {
    Json(HealthReport { status: "alive".into() })
}

pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, Json<ReadyReport>) {
    let mut report = ReadyReport { ready: true, ..ReadyReport::default() };
    if let Err(error) = app.engine.store().counts().await {
        report.ready = false;
        report.reasons.push(error.to_string());
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

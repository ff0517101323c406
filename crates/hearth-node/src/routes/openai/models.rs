//! The models of the OpenAI-compatible operations: notebooks, local models, and those of the language model server.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use hearth_domain::ChatModel;
use hearth_wire::openai::{Model, ModelList};

use super::{NOTEBOOK_PREFIX, model_not_found};
use crate::app::App;
use crate::extractors::RouteResult;

/// Maximum notebooks in the list.
const MAX_NOTEBOOKS: u32 = 1000;
/// Timeout of the language model server's list; without it, the others are listed.
const SERVER_LIST_TIMEOUT: Duration = Duration::from_millis(500);

pub(crate) async fn list_models(State(app): State<App>) -> RouteResult<Json<ModelList>> {
    Ok(Json(ModelList { object: "list".into(), data: collect_models(&app).await? }))
}

pub(crate) async fn get_model(State(app): State<App>, Path(id): Path<String>) -> RouteResult<Json<Model>> {
    find_model(&app, &id).await
}

/// Returns a model whose id has slashes, which clients send as they are.
pub(crate) async fn get_model_at_path(
    State(app): State<App>,
    Path((start, rest)): Path<(String, String)>,
) -> RouteResult<Json<Model>> {
    find_model(&app, &format!("{start}/{rest}")).await
}

async fn find_model(app: &App, id: &str) -> RouteResult<Json<Model>> {
    let mut models = collect_models(app).await?.into_iter();
    models.find(|model| model.id == id).map(Json).ok_or_else(|| model_not_found(id))
}

async fn collect_models(app: &App) -> RouteResult<Vec<Model>> {
    let model = |id: String, name: String, created: i64| Model {
        id,
        object: "model".into(),
        created,
        owned_by: "hearth".into(),
        name,
    };
    let mut models = Vec::new();
    for notebook in app.library.list_notebooks(MAX_NOTEBOOKS, None).await? {
        let id = format!("{NOTEBOOK_PREFIX}{}", notebook.id);
        models.push(model(id, notebook.title, notebook.created_at.as_second()));
    }
    let local = app.machine.models();
    for entry in local.list_entries().iter().filter(|entry| local.cache().find_files(entry).is_some()) {
        models.push(model(entry.id.clone(), entry.name.clone(), 0));
    }
    let servers = app.machine.chat_servers();
    if let Ok(Ok(listed)) = tokio::time::timeout(SERVER_LIST_TIMEOUT, servers.list_models()).await {
        for info in listed.into_iter().filter(|info| info.can_chat) {
            models.push(model(info.name.clone(), info.name, 0));
        }
    }
    Ok(models)
}

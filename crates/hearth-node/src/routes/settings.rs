//! Settings: listing, changing and testing them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hearth_domain::ChatModel;
use hearth_host::{
    ChatServer, EffectiveSettings, SettingOrigin, Settings, SettingsError, change_settings, describe_settings,
};
use hearth_library::LibraryError;
use hearth_machine::create_chat_model;
use hearth_wire::{
    ErrorCode, ModelTask, Setting, SettingChanges, SettingList, SettingsTestRequest, SettingsTestResult,
};
use serde_json::Value;
use toml::Value as Toml;

use crate::allowed_hosts::AllowedHosts;
use crate::app::App;
use crate::composition::ask_settings;
use crate::extractors::{JsonBody, RouteResult};
use crate::route_error::RouteError;

/// Prefixes of the settings that take effect at once; all others need a restart.
const LIVE_SETTINGS: [&str; 11] = [
    "chat.",
    "ask.",
    "embed.model",
    "speech.model",
    "desktop.keep_running",
    "desktop.open_with",
    "desktop.microphone",
    "desktop.microphone_ready",
    "desktop.read_aloud",
    "desktop.voice",
    "desktop.voice_rate",
];
const CHAT_KEY_SETTING: &str = "chat.key";
const SECRET_PLACEHOLDER: &str = "…";

fn settings_error(error: &SettingsError) -> RouteError {
    RouteError::invalid_request(error.to_string())
}

fn allowed_values(app: &App, key: &str) -> Vec<Value> {
    match key {
        "chat.server" => vec!["ollama".into(), "openai".into()],
        "embed.model" => {
            let embedders = app
                .machine
                .models()
                .list_entries()
                .into_iter()
                .filter(|entry| entry.task == ModelTask::Embed);
            embedders.map(|entry| entry.id.into()).collect()
        }
        "speech.model" => {
            let models = app
                .machine
                .models()
                .list_entries()
                .into_iter()
                .filter(|entry| entry.task == ModelTask::Transcribe);
            std::iter::once("".into()).chain(models.map(|entry| entry.id.into())).collect()
        }
        "desktop.read_aloud" => vec!["never".into(), "spoken".into(), "always".into()],
        _ => Vec::new(),
    }
}

fn is_live(key: &str) -> bool {
    LIVE_SETTINGS.iter().any(|live| key.starts_with(live))
}

fn build_setting_list(app: &App, effective: &EffectiveSettings) -> SettingList {
    let running = serde_json::to_value(&app.settings).unwrap_or_default();
    let settings = describe_settings().into_iter().filter_map(|(key, about, default)| {
        let (value, origin) = effective.values.get(&key)?;
        let (section, name) = key.split_once('.')?;
        let json = |value: &Toml| serde_json::to_value(value).unwrap_or_default();
        let value = match json(value) {
            Value::String(text) if key == CHAT_KEY_SETTING && !text.is_empty() => SECRET_PLACEHOLDER.into(),
            value => value,
        };
        let needs_restart = !is_live(&key);
        // Numbers are compared as numbers: 1 and 1.0 are the same setting.
        let is_same = running[section][name] == value || running[section][name].as_f64() == value.as_f64();
        Some(Setting {
            about,
            default: json(&default),
            origin: match origin {
                SettingOrigin::Environment(name) => name.clone(),
                other => other.to_string(),
            },
            allowed: allowed_values(app, &key),
            needs_restart,
            waits_for_restart: needs_restart && !is_same,
            value,
            key,
        })
    });
    SettingList { settings: settings.collect() }
}

pub(crate) async fn get_settings(State(app): State<App>) -> RouteResult<Json<SettingList>> {
    Ok(Json(build_setting_list(&app, &app.effective_settings()?)))
}

/// Converts a JSON value to a setting's; `None` for null.
fn to_toml_value(key: &str, value: &Value) -> RouteResult<Option<Toml>> {
    if value.is_null() {
        return Ok(None);
    }
    if value.is_object() {
        return Err(RouteError::invalid_request(format!(
            "{key} cannot be an object; name each setting as section.key"
        )));
    }
    Toml::try_from(value).map(Some).map_err(|error| RouteError::invalid_request(format!("{key}: {error}")))
}

/// Checks that a node can start with the settings; returns the client of its language model server.
fn check_settings(settings: &Settings) -> RouteResult<Arc<dyn ChatModel>> {
    let listen = &settings.node.listen;
    let address: SocketAddr = listen.parse().map_err(|_| {
        RouteError::invalid_request(format!(
            "node.listen: {listen:?} is not an address; use the form 127.0.0.1:4327"
        ))
    })?;
    AllowedHosts::new(address, false, "", &[], &settings.node.allow)
        .map_err(|error| RouteError::invalid_request(error.to_string()))?;
    create_chat_model(settings).map_err(|error| RouteError::invalid_request(error.to_string()))
}

pub(crate) async fn update_settings(
    State(app): State<App>,
    JsonBody(requested): JsonBody<SettingChanges>,
) -> RouteResult<Json<SettingList>> {
    let mut changes = BTreeMap::new();
    for (key, value) in &requested {
        if key == CHAT_KEY_SETTING && value == SECRET_PLACEHOLDER {
            continue; // the placeholder, sent back unchanged
        }
        let allowed = allowed_values(&app, key);
        if !value.is_null() && !allowed.is_empty() && !allowed.contains(value) {
            let names: Vec<String> = allowed.iter().map(ToString::to_string).collect();
            return Err(RouteError::invalid_request(format!("{key} must be one of {}", names.join(", "))));
        }
        changes.insert(key.clone(), to_toml_value(key, value)?);
    }
    let before = app.effective_settings()?;
    for key in changes.keys() {
        if let Some((_, origin @ (SettingOrigin::Environment(_) | SettingOrigin::Flag))) =
            before.values.get(key)
        {
            let message =
                format!("{key} is set by {origin}, which overrides the settings file; remove it there first");
            return Err(RouteError::new(ErrorCode::Conflict, message));
        }
    }
    let previous_file = std::fs::read(&app.settings_file).ok();
    change_settings(&app.settings_file, &changes).map_err(|error| settings_error(&error))?;
    let now = app.effective_settings()?;
    let chat = match check_settings(&now.settings) {
        Ok(chat) => chat,
        Err(failure) => {
            // Undone: the settings of a node that does not start cannot be corrected by it.
            std::fs::write(&app.settings_file, previous_file.unwrap_or_default())
                .map_err(LibraryError::from)?;
            return Err(failure);
        }
    };
    app.library.change_chat_model(Arc::clone(&chat), ask_settings(&now.settings));
    app.machine.change_chat_model(chat);
    if changes.contains_key("embed.model") {
        app.library.change_embedder(&now.settings.embed.model).await?;
    }
    if changes.contains_key("speech.model") {
        app.machine.choose_speech_model(&now.settings.speech.model);
    }
    Ok(Json(build_setting_list(&app, &now)))
}

pub(crate) async fn test_settings(
    State(app): State<App>,
    JsonBody(choice): JsonBody<SettingsTestRequest>,
) -> RouteResult<Json<SettingsTestResult>> {
    let settings = app.effective_settings()?.settings;
    match choice.section.as_str() {
        "chat" => {
            let chat = create_chat_model(&settings)
                .map_err(|error| RouteError::invalid_request(error.to_string()))?;
            let mut report = SettingsTestResult::default();
            match chat.list_models().await {
                Ok(models) => {
                    report.reached = true;
                    report.models = models.into_iter().map(|model| model.name).collect();
                    if settings.chat.server == ChatServer::Ollama {
                        report.version = chat.server_version().await.ok();
                    }
                    if report.models.is_empty() {
                        report.message =
                            "The server has no models; get one, for example with `ollama pull llama3.1:8b`."
                                .into();
                    }
                }
                Err(error) => report.message = error.to_string(),
            }
            Ok(Json(report))
        }
        "embed" => {
            let id = app.library.embedder().info().id.clone();
            let texts = vec!["Does it work?".to_owned()];
            let result = app.library.embedder().embed(hearth_domain::TextRole::Query, texts).await;
            Ok(Json(SettingsTestResult {
                reached: result.is_ok(),
                version: None,
                models: vec![id],
                message: result.err().map(|error| error.to_string()).unwrap_or_default(),
            }))
        }
        other => Err(RouteError::invalid_request(format!("{other} cannot be tested; use chat or embed"))),
    }
}

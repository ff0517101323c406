//! Settings: what they are, changing them, and trying whether they work.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hearth_domain::ChatModel;
use hearth_host::{ChatServer, Effective, Origin, Settings, SettingsError, change_settings, described};
use hearth_wire::{ErrorCode, SectionChoice, Setting, SettingChanges, SettingList, SettingsTest};
use serde_json::Value;
use toml::Value as Toml;

use crate::app::App;
use crate::compose::{ask_settings, chat_model};
use crate::extract::{Answer, Content};
use crate::failure::Failure;
use crate::names::Names;
use crate::speech::TRANSCRIBE;

/// Settings that count at once; all others after a restart.
const LIVE: [&str; 11] = [
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
const SECRET: &str = "chat.key";
const HIDDEN: &str = "…";

fn refused(error: &SettingsError) -> Failure {
    Failure::invalid(error.to_string())
}

fn allowed(app: &App, key: &str) -> Vec<Value> {
    match key {
        "chat.server" => vec!["ollama".into(), "openai".into()],
        "embed.model" => {
            let embedders = app.models.entries().into_iter().filter(|entry| entry.task == "embed");
            embedders.map(|entry| entry.id.into()).collect()
        }
        "speech.model" => {
            let models = app.models.entries().into_iter().filter(|entry| entry.task == TRANSCRIBE);
            std::iter::once("".into()).chain(models.map(|entry| entry.id.into())).collect()
        }
        "desktop.read_aloud" => vec!["never".into(), "spoken".into(), "always".into()],
        _ => Vec::new(),
    }
}

fn is_live(key: &str) -> bool {
    LIVE.iter().any(|live| key.starts_with(live))
}

fn list(app: &App, effective: &Effective) -> SettingList {
    let running = serde_json::to_value(&app.settings).unwrap_or_default();
    let settings = described().into_iter().filter_map(|(key, about, default)| {
        let (value, origin) = effective.values.get(&key)?;
        let (section, name) = key.split_once('.')?;
        let json = |value: &Toml| serde_json::to_value(value).unwrap_or_default();
        let value = match json(value) {
            Value::String(text) if key == SECRET && !text.is_empty() => HIDDEN.into(),
            value => value,
        };
        let needs_restart = !is_live(&key);
        // Numbers are compared as numbers: 1 and 1.0 are the same setting.
        let same = running[section][name] == value || running[section][name].as_f64() == value.as_f64();
        Some(Setting {
            about,
            default: json(&default),
            origin: match origin {
                Origin::Environment(name) => name.clone(),
                other => other.to_string(),
            },
            allowed: allowed(app, &key),
            needs_restart,
            waits_for_restart: needs_restart && !same,
            value,
            key,
        })
    });
    SettingList { settings: settings.collect() }
}

pub(crate) async fn get(State(app): State<App>) -> Answer<Json<SettingList>> {
    Ok(Json(list(&app, &app.effective()?)))
}

/// A JSON value as a setting's; `None` for null.
fn toml_of(key: &str, value: &Value) -> Answer<Option<Toml>> {
    if value.is_null() {
        return Ok(None);
    }
    if value.is_object() {
        return Err(Failure::invalid(format!("{key} takes a value; name a setting by section.key")));
    }
    Toml::try_from(value).map(Some).map_err(|error| Failure::invalid(format!("{key}: {error}")))
}

/// Whether a node can start with these settings; gives its language model server.
fn usable(settings: &Settings) -> Answer<Arc<dyn ChatModel>> {
    let listen = &settings.node.listen;
    let address: SocketAddr = listen.parse().map_err(|_| {
        Failure::invalid(format!("node.listen: {listen:?} is no address; write it like 127.0.0.1:4327"))
    })?;
    Names::new(address, false, "", &[], &settings.node.allow)
        .map_err(|error| Failure::invalid(error.to_string()))?;
    chat_model(settings).map_err(|error| Failure::invalid(error.to_string()))
}

pub(crate) async fn change(
    State(app): State<App>,
    Content(wanted): Content<SettingChanges>,
) -> Answer<Json<SettingList>> {
    let mut changes = BTreeMap::new();
    for (key, value) in &wanted {
        if key == SECRET && value == HIDDEN {
            continue; // sent back as it was shown
        }
        let allowed = allowed(&app, key);
        if !value.is_null() && !allowed.is_empty() && !allowed.contains(value) {
            let names: Vec<String> = allowed.iter().map(ToString::to_string).collect();
            return Err(Failure::invalid(format!("{key} must be one of {}", names.join(", "))));
        }
        changes.insert(key.clone(), toml_of(key, value)?);
    }
    let before = app.effective()?;
    for key in changes.keys() {
        if let Some((_, origin @ (Origin::Environment(_) | Origin::Flag))) = before.values.get(key) {
            let message =
                format!("{key} is set by {origin}, which goes before this; take it away there first");
            return Err(Failure::new(ErrorCode::Conflict, message));
        }
    }
    let kept = std::fs::read(&app.settings_file).ok();
    change_settings(&app.settings_file, &changes).map_err(|error| refused(&error))?;
    let now = app.effective()?;
    let chat = match usable(&now.settings) {
        Ok(chat) => chat,
        Err(failure) => {
            // A node that does not start cannot be told better.
            std::fs::write(&app.settings_file, kept.unwrap_or_default())
                .map_err(hearth_store::StoreError::from)?;
            return Err(failure);
        }
    };
    app.engine.change_chat(chat, ask_settings(&now.settings));
    if changes.contains_key("embed.model") {
        app.engine.change_embedder(&now.settings.embed.model).await?;
    }
    if changes.contains_key("speech.model") {
        app.speech.choose(&now.settings.speech.model);
        app.engine.store().hurry_jobs().await?;
    }
    Ok(Json(list(&app, &now)))
}

pub(crate) async fn test(
    State(app): State<App>,
    Content(choice): Content<SectionChoice>,
) -> Answer<Json<SettingsTest>> {
    let settings = app.effective()?.settings;
    match choice.section.as_str() {
        "chat" => {
            let chat = chat_model(&settings).map_err(|error| Failure::invalid(error.to_string()))?;
            let mut report = SettingsTest::default();
            match chat.models().await {
                Ok(models) => {
                    report.reached = true;
                    report.models = models.into_iter().map(|model| model.name).collect();
                    if settings.chat.server == ChatServer::Ollama {
                        report.version = chat.version().await.ok();
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
            let id = app.engine.embedder().info().id.clone();
            let texts = vec!["Does it work?".to_owned()];
            let tried = app.engine.embedder().embed(hearth_domain::TextRole::Query, texts).await;
            Ok(Json(SettingsTest {
                reached: tried.is_ok(),
                version: None,
                models: vec![id],
                message: tried.err().map(|error| error.to_string()).unwrap_or_default(),
            }))
        }
        other => Err(Failure::invalid(format!("{other} cannot be tried; chat and embed can"))),
    }
}

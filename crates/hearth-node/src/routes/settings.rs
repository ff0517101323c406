//! Settings: listing, changing and testing them.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::State;
use hearth_host::{SettingOrigin, Settings};
use hearth_machine::{MachineError, SettingEntry};
use hearth_wire::{Setting, SettingChanges, SettingList, SettingsTestRequest, SettingsTestResult};

use crate::allowed_hosts::AllowedHosts;
use crate::app::App;
use crate::composition::ask_settings;
use crate::extractors::{JsonBody, RouteResult};
use crate::route_error::RouteError;

/// Setting of the search model, which the library applies.
const SEARCH_MODEL_SETTING: &str = "embed.model";

fn to_wire_setting(entry: SettingEntry) -> Setting {
    Setting {
        key: entry.key,
        about: entry.about,
        value: entry.value,
        default: entry.default,
        origin: match entry.origin {
            SettingOrigin::Environment(name) => name,
            other => other.to_string(),
        },
        allowed: entry.allowed,
        needs_restart: entry.needs_restart,
        waits_for_restart: entry.waits_for_restart,
    }
}

fn list_settings(app: &App) -> RouteResult<Json<SettingList>> {
    let settings = app.machine.list_settings()?.into_iter().map(to_wire_setting).collect();
    Ok(Json(SettingList { settings }))
}

pub(crate) async fn get_settings(State(app): State<App>) -> RouteResult<Json<SettingList>> {
    list_settings(&app)
}

/// Fails if a node could not listen with these settings.
fn check_network_settings(settings: &Settings) -> Result<(), MachineError> {
    let listen = &settings.node.listen;
    let address: SocketAddr = listen.parse().map_err(|_| {
        MachineError::Invalid(format!(
            "node.listen: {listen:?} is not an address; use the form 127.0.0.1:4327"
        ))
    })?;
    AllowedHosts::new(address, false, "", &[], &settings.node.allow)
        .map(drop)
        .map_err(|error| MachineError::Invalid(error.to_string()))
}

pub(crate) async fn update_settings(
    State(app): State<App>,
    JsonBody(changes): JsonBody<SettingChanges>,
) -> RouteResult<Json<SettingList>> {
    let settings = app.machine.change_settings(&changes, check_network_settings)?;
    app.library.change_chat_model(app.machine.chat_model(), ask_settings(&settings));
    if changes.contains_key(SEARCH_MODEL_SETTING) {
        app.library.change_embedder(&settings.embed.model).await?;
    }
    list_settings(&app)
}

pub(crate) async fn test_settings(
    State(app): State<App>,
    JsonBody(choice): JsonBody<SettingsTestRequest>,
) -> RouteResult<Json<SettingsTestResult>> {
    match choice.section.as_str() {
        "chat" => {
            let report = app.machine.test_chat_server().await?;
            Ok(Json(SettingsTestResult {
                reached: report.is_reached,
                version: report.version,
                models: report.models,
                message: report.message,
            }))
        }
        "embed" => {
            let (id, result) = app.library.test_embedder().await;
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

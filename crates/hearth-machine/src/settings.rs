//! The settings: listing, changing and testing them.

use std::collections::BTreeMap;

use hearth_domain::{ChatModel, ModelTask};
use hearth_host::{
    ChatServer, EffectiveSettings, SettingOrigin, Settings, change_settings, describe_settings,
};
use serde_json::Value;
use toml::Value as Toml;

use crate::{ChatServers, Machine, MachineError, MachineEvent};

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
const SPEECH_MODEL_SETTING: &str = "speech.model";
/// Shown instead of a secret.
const SECRET_PLACEHOLDER: &str = "…";

/// A setting, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingEntry {
    /// `section.key`
    pub key: String,
    /// Description, from the commented list of the defaults.
    pub about: String,
    pub value: Value,
    pub default: Value,
    pub origin: SettingOrigin,
    /// Values that can be chosen; empty if any can.
    pub allowed: Vec<Value>,
    /// True if a change takes effect at the next start.
    pub needs_restart: bool,
    /// True if it has changed since the start.
    pub waits_for_restart: bool,
}

/// Result of a call to the language model server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatServerReport {
    pub is_reached: bool,
    pub version: Option<String>,
    /// Names of its models.
    pub models: Vec<String>,
    /// What is wrong, and what helps; empty if nothing is.
    pub message: String,
}

impl Machine {
    /// Reads the settings that are in effect now.
    pub fn effective_settings(&self) -> Result<EffectiveSettings, MachineError> {
        let source = &self.0.settings;
        let flags: Vec<(&str, String)> =
            source.flags.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        Ok(EffectiveSettings::load(&source.file, &flags)?)
    }

    /// All settings with their values and origins.
    pub fn list_settings(&self) -> Result<Vec<SettingEntry>, MachineError> {
        let effective = self.effective_settings()?;
        let at_start = serde_json::to_value(&self.0.settings.at_start).unwrap_or_default();
        let settings = describe_settings().into_iter().filter_map(|(key, about, default)| {
            let (value, origin) = effective.values.get(&key)?;
            let (section, name) = key.split_once('.')?;
            let value = match to_json(value) {
                Value::String(text) if key == CHAT_KEY_SETTING && !text.is_empty() => {
                    SECRET_PLACEHOLDER.into()
                }
                value => value,
            };
            let needs_restart = !LIVE_SETTINGS.iter().any(|live| key.starts_with(live));
            let started_with = &at_start[section][name];
            // Numbers are compared as numbers: 1 and 1.0 are the same setting.
            let is_same = *started_with == value || started_with.as_f64() == value.as_f64();
            Some(SettingEntry {
                about,
                default: to_json(&default),
                origin: origin.clone(),
                allowed: self.list_allowed_values(&key),
                needs_restart,
                waits_for_restart: needs_restart && !is_same,
                value,
                key,
            })
        });
        Ok(settings.collect())
    }

    /// Changes settings in the settings file and applies those of the machine; null removes a setting, so that its
    /// default applies. `check` fails if a node could not start with the result. Nothing is changed on an error.
    /// Returns the settings now in effect.
    ///
    /// # Errors
    /// [`MachineError::Conflict`] if a variable or flag overrides a setting.
    pub fn change_settings(
        &self,
        requested: &BTreeMap<String, Value>,
        check: impl FnOnce(&Settings) -> Result<(), MachineError>,
    ) -> Result<Settings, MachineError> {
        let mut changes = BTreeMap::new();
        for (key, value) in requested {
            if key == CHAT_KEY_SETTING && value == SECRET_PLACEHOLDER {
                continue; // the placeholder, sent back unchanged
            }
            let allowed = self.list_allowed_values(key);
            if !value.is_null() && !allowed.is_empty() && !allowed.contains(value) {
                let names: Vec<String> = allowed.iter().map(ToString::to_string).collect();
                return Err(MachineError::Invalid(format!("{key} must be one of {}", names.join(", "))));
            }
            changes.insert(key.clone(), to_toml(key, value)?);
        }
        let before = self.effective_settings()?;
        for key in changes.keys() {
            if let Some((_, origin @ (SettingOrigin::Environment(_) | SettingOrigin::Flag))) =
                before.values.get(key)
            {
                return Err(MachineError::Conflict(format!(
                    "{key} is set by {origin}, which overrides the settings file; remove it there first"
                )));
            }
        }
        let file = &self.0.settings.file;
        let previous_content = std::fs::read(file).ok();
        change_settings(file, &changes)?;
        let applied = self.effective_settings().and_then(|now| {
            check(&now.settings)?;
            let chat = ChatServers::from_settings(&now.settings)
                .map_err(|error| MachineError::Invalid(error.to_string()))?;
            Ok((now.settings, chat))
        });
        let (settings, chat) = match applied {
            Ok(applied) => applied,
            Err(failure) => {
                // Undone: the settings of a node that does not start cannot be corrected by it.
                std::fs::write(file, previous_content.unwrap_or_default())?;
                return Err(failure);
            }
        };
        self.use_chat_servers(chat);
        if changes.contains_key(SPEECH_MODEL_SETTING) {
            self.0.speech.choose_model(&settings.speech.model);
        }
        self.0.publish(MachineEvent::Settings);
        Ok(settings)
    }

    /// Stores a setting that has taken effect elsewhere already.
    pub fn store_setting(&self, key: &str, value: Toml) -> Result<(), MachineError> {
        change_settings(&self.0.settings.file, &BTreeMap::from([(key.to_owned(), Some(value))]))?;
        self.0.publish(MachineEvent::Settings);
        Ok(())
    }

    /// Asks the language model server for its models.
    pub async fn test_chat_server(&self) -> Result<ChatServerReport, MachineError> {
        let settings = self.effective_settings()?.settings;
        let chat =
            ChatServers::for_test(&settings).map_err(|error| MachineError::Invalid(error.to_string()))?;
        let mut report = ChatServerReport::default();
        match chat.list_models().await {
            Ok(models) => {
                report.is_reached = true;
                report.models =
                    models.into_iter().filter(|model| model.can_chat).map(|model| model.name).collect();
                if settings.chat.server == ChatServer::Ollama {
                    report.version = chat.server_version().await.ok();
                }
                let passed_over: Vec<String> =
                    chat.route().passed_over.into_iter().map(|(_, error)| error).collect();
                if !passed_over.is_empty() {
                    report.message =
                        format!("{}; {} is used instead", passed_over.join("; "), chat.address());
                } else if report.models.is_empty() {
                    report.message =
                        "The server has no model that can chat; get one, for example with `ollama pull llama3.1:8b`."
                            .into();
                }
            }
            Err(error) => report.message = error.to_string(),
        }
        Ok(report)
    }

    /// Values that a setting can have; empty if any can.
    fn list_allowed_values(&self, key: &str) -> Vec<Value> {
        let list_models = |task: ModelTask| {
            let entries = self.0.models.list_entries().into_iter().filter(move |entry| entry.task == task);
            entries.map(|entry| Value::from(entry.id))
        };
        match key {
            "chat.server" => vec!["ollama".into(), "openai".into()],
            "embed.model" => list_models(ModelTask::Embed).collect(),
            SPEECH_MODEL_SETTING => {
                std::iter::once("".into()).chain(list_models(ModelTask::Transcribe)).collect()
            }
            "desktop.read_aloud" => vec!["never".into(), "spoken".into(), "always".into()],
            _ => Vec::new(),
        }
    }
}

fn to_json(value: &Toml) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Converts a JSON value to a setting's; `None` for null.
fn to_toml(key: &str, value: &Value) -> Result<Option<Toml>, MachineError> {
    if value.is_null() {
        return Ok(None);
    }
    if value.is_object() {
        let message = format!("{key} cannot be an object; name each setting as section.key");
        return Err(MachineError::Invalid(message));
    }
    Toml::try_from(value).map(Some).map_err(|error| MachineError::Invalid(format!("{key}: {error}")))
}

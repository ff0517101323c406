//! Layered settings: the embedded defaults, the user's file, the environment, flags.

mod sections;

use std::collections::BTreeMap;
use std::env;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

pub use sections::*;

/// The commented list of all settings with their defaults.
const DEFAULT_SETTINGS: &str = include_str!("../../../config/hearth.toml");
/// Environment variables that are not settings.
const RESERVED_VARIABLES: [&str; 5] =
    ["HEARTH_DATA_DIR", "HEARTH_EVAL_DIR", "HEARTH_LOG", "HEARTH_PDFIUM", "HEARTH_TARGET_DIR"];

/// A setting that is unknown or invalid.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("{origin}: {key} is not a setting{}", format_suggestion(.suggestion.as_ref()))]
    UnknownKey { origin: SettingOrigin, key: String, suggestion: Option<String> },
    #[error("{origin} is not valid: {reason}")]
    Invalid { origin: SettingOrigin, reason: String },
}

fn format_suggestion(suggestion: Option<&String>) -> String {
    suggestion.map(|key| format!("; did you mean {key}?")).unwrap_or_default()
}

/// Origin of a setting's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingOrigin {
    Default,
    File(String),
    Environment(String),
    Flag,
}

impl std::fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => f.write_str(path),
            Self::Environment(name) => f.write_str(name),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// Settings with the origin of each value, by `section.key`.
#[derive(Clone, Debug)]
pub struct EffectiveSettings {
    pub settings: Settings,
    pub values: BTreeMap<String, (Value, SettingOrigin)>,
}

impl EffectiveSettings {
    /// Reads all layers. `flags` are `section.key` with a value.
    pub fn load(file: &Path, flags: &[(&str, String)]) -> Result<Self, SettingsError> {
        let variables = env::vars()
            .filter(|(name, _)| name.starts_with("HEARTH_") && !RESERVED_VARIABLES.contains(&name.as_str()))
            .collect::<Vec<_>>();
        Self::load_layers(file, &variables, flags)
    }

    fn load_layers(
        file: &Path,
        variables: &[(String, String)],
        flags: &[(&str, String)],
    ) -> Result<Self, SettingsError> {
        let mut values = BTreeMap::new();
        for (key, value) in parse_flat_values(DEFAULT_SETTINGS, &SettingOrigin::Default)? {
            values.insert(key, (value, SettingOrigin::Default));
        }
        let origin = SettingOrigin::File(file.display().to_string());
        for (key, value) in parse_flat_values(&read_settings_file(file)?, &origin)? {
            override_value(&mut values, &key, value, origin.clone())?;
        }
        for (name, text) in variables {
            let origin = SettingOrigin::Environment(name.clone());
            let key = name["HEARTH_".len()..].to_lowercase().replacen("__", ".", 1);
            let value = parse_value(values.get(&key).map(|(value, _)| value), text);
            override_value(&mut values, &key, value, origin)?;
        }
        for (key, text) in flags {
            let value = parse_value(values.get(*key).map(|(value, _)| value), text);
            override_value(&mut values, key, value, SettingOrigin::Flag)?;
        }
        let settings = build_settings(&values)?;
        Ok(Self { settings, values })
    }
}

/// Describes all settings, from the commented list: `section.key`, sentences, default.
pub fn describe_settings() -> Vec<(String, String, Value)> {
    let defaults: BTreeMap<String, Value> = parse_flat_values(DEFAULT_SETTINGS, &SettingOrigin::Default)
        .unwrap_or_default()
        .into_iter()
        .collect();
    let (mut section, mut comments, mut descriptions) = ("", Vec::new(), Vec::new());
    for line in DEFAULT_SETTINGS.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            comments.push(comment);
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            comments.clear();
        } else if let Some((name, _)) = line.split_once(" = ") {
            let key = format!("{section}.{name}");
            if let Some(default) = defaults.get(&key) {
                descriptions.push((key, comments.join(" "), default.clone()));
            }
            comments.clear();
        } else {
            comments.clear();
        }
    }
    descriptions
}

/// Writes changes into a user's settings file, whose comments are kept; `None` removes a setting, so that its
/// default applies. Nothing is written unless all changes are valid.
pub fn change_settings(file: &Path, changes: &BTreeMap<String, Option<Value>>) -> Result<(), SettingsError> {
    let origin = SettingOrigin::File(file.display().to_string());
    let invalid = |reason: String| SettingsError::Invalid { origin: origin.clone(), reason };
    let text = read_settings_file(file)?;
    let mut document: toml_edit::DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        invalid(format_parse_error(&text, error.span(), error.message()))
    })?;
    for (key, value) in changes {
        let (section, name) = key.split_once('.').unwrap_or((key, ""));
        match value {
            None => {
                if let Some(table) = document.get_mut(section).and_then(|item| item.as_table_like_mut()) {
                    table.remove(name);
                }
            }
            Some(value) => {
                let value: toml_edit::Value = value
                    .to_string()
                    .parse()
                    .map_err(|error: toml_edit::TomlError| invalid(error.message().to_owned()))?;
                let table = document.entry(section).or_insert_with(toml_edit::table);
                let table = table
                    .as_table_like_mut()
                    .ok_or_else(|| invalid(format!("{section} must be a section: [{section}]")))?;
                replace_value(table.entry(name).or_insert(toml_edit::Item::None), value);
            }
        }
    }
    let new_text = document.to_string();
    // Validate the file as the next start will read it.
    let mut values = BTreeMap::new();
    for (key, value) in parse_flat_values(DEFAULT_SETTINGS, &SettingOrigin::Default)? {
        values.insert(key, (value, SettingOrigin::Default));
    }
    for key in changes.keys().filter(|key| !values.contains_key(*key)).cloned().collect::<Vec<_>>() {
        // An unknown key is refused even if the change only removes it.
        override_value(&mut values, &key, Value::Boolean(false), SettingOrigin::Flag)?;
    }
    for (key, value) in parse_flat_values(&new_text, &origin)? {
        override_value(&mut values, &key, value, origin.clone())?;
    }
    build_settings(&values)?;
    let partial = file.with_extension("toml.new");
    let result = std::fs::write(&partial, new_text).and_then(|()| std::fs::rename(&partial, file));
    result.map_err(|error| invalid(error.to_string()))
}

/// Replaces a value; the comment behind it stays.
fn replace_value(item: &mut toml_edit::Item, mut value: toml_edit::Value) {
    if let Some(old_value) = item.as_value() {
        *value.decor_mut() = old_value.decor().clone();
    }
    *item = value.into();
}

/// Reads a user's settings file; empty if there is none. One that cannot be read is an error: its settings would be
/// ignored, and a change would overwrite them.
fn read_settings_file(file: &Path) -> Result<String, SettingsError> {
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        result => result.map_err(|error| SettingsError::Invalid {
            origin: SettingOrigin::File(file.display().to_string()),
            reason: error.to_string(),
        }),
    }
}

/// The message of a parser with the line of the error.
fn format_parse_error(text: &str, span: Option<Range<usize>>, message: &str) -> String {
    let Some(span) = span else { return message.to_owned() };
    let line = text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1;
    format!("line {line}: {message}")
}

/// Parses a TOML text into `section.key` and value.
fn parse_flat_values(text: &str, origin: &SettingOrigin) -> Result<Vec<(String, Value)>, SettingsError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| SettingsError::Invalid {
        origin: origin.clone(),
        reason: format_parse_error(text, error.span(), error.message()),
    })?;
    let mut values = Vec::new();
    for (section, content) in table {
        match content {
            Value::Table(keys) => {
                values.extend(keys.into_iter().map(|(key, value)| (format!("{section}.{key}"), value)));
            }
            other => values.push((section, other)),
        }
    }
    Ok(values)
}

fn override_value(
    values: &mut BTreeMap<String, (Value, SettingOrigin)>,
    key: &str,
    value: Value,
    origin: SettingOrigin,
) -> Result<(), SettingsError> {
    if let Some(slot) = values.get_mut(key) {
        *slot = (value, origin);
        return Ok(());
    }
    let suggestion = values
        .keys()
        .map(|known| (strsim::jaro_winkler(known, key), known))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(similarity, _)| *similarity > 0.8)
        .map(|(_, known)| known.clone());
    Err(SettingsError::UnknownKey { origin, key: key.to_owned(), suggestion })
}

/// Parses a text as a value of the type of the setting's default.
fn parse_value(default: Option<&Value>, text: &str) -> Value {
    let parsed = match default {
        Some(Value::Integer(_)) => text.parse().ok().map(Value::Integer),
        Some(Value::Float(_)) => text.parse().ok().map(Value::Float),
        Some(Value::Boolean(_)) => text.parse().ok().map(Value::Boolean),
        Some(Value::Array(_)) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        _ => None,
    };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn build_settings(values: &BTreeMap<String, (Value, SettingOrigin)>) -> Result<Settings, SettingsError> {
    let mut table = Table::new();
    for (key, (value, origin)) in values {
        let (section, name) = key.split_once('.').unwrap_or(("", key));
        let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(section) = section {
            section.insert(name.to_owned(), value.clone());
        }
        // Each value is checked by itself, so that an error names its origin.
        check_type(key, value, origin)?;
    }
    Settings::deserialize(Value::Table(table)).map_err(|error| {
        find_invalid_value(values).unwrap_or_else(|| SettingsError::Invalid {
            origin: SettingOrigin::Default,
            reason: error.to_string(),
        })
    })
}

/// The error of the first value that is not allowed although its type is right.
fn find_invalid_value(values: &BTreeMap<String, (Value, SettingOrigin)>) -> Option<SettingsError> {
    values.iter().filter(|(_, (_, origin))| *origin != SettingOrigin::Default).find_map(
        |(key, (value, origin))| {
            let mut table: Table = DEFAULT_SETTINGS.parse().ok()?;
            let (section, name) = key.split_once('.')?;
            table.get_mut(section)?.as_table_mut()?.insert(name.to_owned(), value.clone());
            let error = Settings::deserialize(Value::Table(table)).err()?;
            let reason = format!("{key}: {}", error.message());
            Some(SettingsError::Invalid { origin: origin.clone(), reason })
        },
    )
}

fn check_type(key: &str, value: &Value, origin: &SettingOrigin) -> Result<(), SettingsError> {
    let defaults = parse_flat_values(DEFAULT_SETTINGS, &SettingOrigin::Default)?;
    let Some((_, default)) = defaults.into_iter().find(|(name, _)| name == key) else {
        return Ok(());
    };
    let is_number = |value: &Value| matches!(value, Value::Integer(_) | Value::Float(_));
    let is_valid = match (&default, value) {
        (Value::Float(_), value) => is_number(value),
        (default, value) => default.type_str() == value.type_str(),
    };
    if is_valid {
        return Ok(());
    }
    Err(SettingsError::Invalid {
        origin: origin.clone(),
        reason: format!("{key} must be of type {}, as in {default}", default.type_str()),
    })
}

#[cfg(test)]
mod tests;

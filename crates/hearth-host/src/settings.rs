//! Layered settings: the embedded defaults, the user's file, the environment, flags.

mod sections;

use std::collections::BTreeMap;
use std::env;
use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

pub use sections::*;

/// The commented list of all settings with their defaults.
const DEFAULTS: &str = include_str!("../../../config/hearth.toml");
/// Names in the environment that are not settings.
const RESERVED: [&str; 5] =
    ["HEARTH_DATA_DIR", "HEARTH_EVAL_DIR", "HEARTH_LOG", "HEARTH_PDFIUM", "HEARTH_TARGET_DIR"];

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("{origin}: {key} is not a setting{}", suggestion(.near.as_ref()))]
    UnknownKey { origin: Origin, key: String, near: Option<String> },
    #[error("{origin} is not valid: {reason}")]
    Invalid { origin: Origin, reason: String },
}

fn suggestion(near: Option<&String>) -> String {
    near.map(|key| format!("; did you mean {key}?")).unwrap_or_default()
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Default,
    File(String),
    Environment(String),
    Flag,
}

impl std::fmt::Display for Origin {
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
pub struct Effective {
    pub settings: Settings,
    pub values: BTreeMap<String, (Value, Origin)>,
}

impl Effective {
    /// Reads all layers. `flags` are `section.key` with a value.
    pub fn load(file: &Path, flags: &[(&str, String)]) -> Result<Self, SettingsError> {
        let variables = env::vars()
            .filter(|(name, _)| name.starts_with("HEARTH_") && !RESERVED.contains(&name.as_str()))
            .collect::<Vec<_>>();
        Self::layered(file, &variables, flags)
    }

    fn layered(
        file: &Path,
        variables: &[(String, String)],
        flags: &[(&str, String)],
    ) -> Result<Self, SettingsError> {
        let mut values = BTreeMap::new();
        for (key, value) in flatten(DEFAULTS, &Origin::Default)? {
            values.insert(key, (value, Origin::Default));
        }
        if let Ok(text) = std::fs::read_to_string(file) {
            let origin = Origin::File(file.display().to_string());
            for (key, value) in flatten(&text, &origin)? {
                put(&mut values, &key, value, origin.clone())?;
            }
        }
        for (name, text) in variables {
            let origin = Origin::Environment(name.clone());
            let key = name["HEARTH_".len()..].to_lowercase().replacen("__", ".", 1);
            let value = parse_like(values.get(&key).map(|(value, _)| value), text);
            put(&mut values, &key, value, origin)?;
        }
        for (key, text) in flags {
            let value = parse_like(values.get(*key).map(|(value, _)| value), text);
            put(&mut values, key, value, Origin::Flag)?;
        }
        let settings = assemble(&values)?;
        Ok(Self { settings, values })
    }
}

/// What is said of a setting in the commented list: `section.key` → (sentences, default).
pub fn described() -> Vec<(String, String, Value)> {
    let defaults: BTreeMap<String, Value> =
        flatten(DEFAULTS, &Origin::Default).unwrap_or_default().into_iter().collect();
    let (mut section, mut about, mut found) = ("", Vec::new(), Vec::new());
    for line in DEFAULTS.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            about.push(comment);
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            about.clear();
        } else if let Some((name, _)) = line.split_once(" = ") {
            let key = format!("{section}.{name}");
            if let Some(default) = defaults.get(&key) {
                found.push((key, about.join(" "), default.clone()));
            }
            about.clear();
        } else {
            about.clear();
        }
    }
    found
}

/// Writes changes into a user's settings file, which keeps its comments; `None` takes a setting
/// out, so that its default counts. Nothing is written unless all of them are valid.
pub fn change_settings(file: &Path, changes: &BTreeMap<String, Option<Value>>) -> Result<(), SettingsError> {
    let origin = Origin::File(file.display().to_string());
    let invalid = |reason: String| SettingsError::Invalid { origin: origin.clone(), reason };
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut document: toml_edit::DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| invalid(error.message().to_owned()))?;
    for (key, value) in changes {
        let (section, name) = key.split_once('.').unwrap_or((key, ""));
        match value {
            None => {
                if let Some(table) = document.get_mut(section).and_then(|item| item.as_table_like_mut()) {
                    table.remove(name);
                }
            }
            Some(value) => {
                let item: toml_edit::Item = value
                    .to_string()
                    .parse::<toml_edit::Value>()
                    .map_err(|error| invalid(error.message().to_owned()))?
                    .into();
                document.entry(section).or_insert_with(toml_edit::table)[name] = item;
            }
        }
    }
    let changed = document.to_string();
    // As the next start will read it.
    let mut values = BTreeMap::new();
    for (key, value) in flatten(DEFAULTS, &Origin::Default)? {
        values.insert(key, (value, Origin::Default));
    }
    for key in changes.keys().filter(|key| !values.contains_key(*key)).cloned().collect::<Vec<_>>() {
        // Also for one that is only taken out.
        put(&mut values, &key, Value::Boolean(false), Origin::Flag)?;
    }
    for (key, value) in flatten(&changed, &origin)? {
        put(&mut values, &key, value, origin.clone())?;
    }
    assemble(&values)?;
    let partial = file.with_extension("toml.new");
    let written = std::fs::write(&partial, changed).and_then(|()| std::fs::rename(&partial, file));
    written.map_err(|error| invalid(error.to_string()))
}

/// `section.key` → value, of a TOML text.
fn flatten(text: &str, origin: &Origin) -> Result<Vec<(String, Value)>, SettingsError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| SettingsError::Invalid {
        origin: origin.clone(),
        reason: error.message().to_owned(),
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

fn put(
    values: &mut BTreeMap<String, (Value, Origin)>,
    key: &str,
    value: Value,
    origin: Origin,
) -> Result<(), SettingsError> {
    if let Some(slot) = values.get_mut(key) {
        *slot = (value, origin);
        return Ok(());
    }
    let near = values
        .keys()
        .map(|known| (strsim::jaro_winkler(known, key), known))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.8)
        .map(|(_, known)| known.clone());
    Err(SettingsError::UnknownKey { origin, key: key.to_owned(), near })
}

/// Text as a value of the type that the setting has by default.
fn parse_like(default: Option<&Value>, text: &str) -> Value {
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

fn assemble(values: &BTreeMap<String, (Value, Origin)>) -> Result<Settings, SettingsError> {
    let mut table = Table::new();
    for (key, (value, origin)) in values {
        let (section, name) = key.split_once('.').unwrap_or(("", key));
        let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(section) = section {
            section.insert(name.to_owned(), value.clone());
        }
        // Each value is tried by itself, so that an error names its origin.
        check_type(key, value, origin)?;
    }
    Settings::deserialize(Value::Table(table))
        .map_err(|error| SettingsError::Invalid { origin: Origin::Default, reason: error.to_string() })
}

fn check_type(key: &str, value: &Value, origin: &Origin) -> Result<(), SettingsError> {
    let defaults = flatten(DEFAULTS, &Origin::Default)?;
    let Some((_, default)) = defaults.into_iter().find(|(name, _)| name == key) else {
        return Ok(());
    };
    let number = |value: &Value| matches!(value, Value::Integer(_) | Value::Float(_));
    let fits = match (&default, value) {
        (Value::Float(_), given) => number(given),
        (default, given) => default.type_str() == given.type_str(),
    };
    if fits {
        return Ok(());
    }
    Err(SettingsError::Invalid {
        origin: origin.clone(),
        reason: format!("{key} must be of type {}, as in {default}", default.type_str()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, variables: &[(&str, &str)]) -> Result<Effective, SettingsError> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("hearth.toml");
        std::fs::write(&path, file).expect("a written file");
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Effective::layered(&path, &variables, &[])
    }

    #[test]
    fn the_environment_overrides_the_file_and_the_file_the_defaults() {
        let effective = load("[chat]\nmodel = \"a\"\ncontext = 4096\n", &[("HEARTH_CHAT__MODEL", "b")])
            .expect("valid settings");
        assert_eq!(effective.settings.chat.model, "b");
        assert_eq!(effective.settings.chat.context, 4096);
        assert_eq!(effective.settings.node.listen, "127.0.0.1:4327");
        assert_eq!(effective.values["chat.model"].1, Origin::Environment("HEARTH_CHAT__MODEL".to_owned()));
    }

    #[test]
    fn an_unknown_key_comes_with_a_suggestion() {
        let error = load("[chat]\nmodle = \"a\"\n", &[]).expect_err("an unknown key");
        assert!(error.to_string().contains("did you mean chat.model?"), "{error}");
    }

    #[test]
    fn a_change_keeps_the_rest_of_the_file() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("hearth.toml");
        std::fs::write(&file, "# mine\n[chat]\nmodel = \"a\" # best\ncontext = 4096\n").expect("a file");
        let change = |key: &str, value: Option<Value>| {
            change_settings(&file, &BTreeMap::from([(key.to_owned(), value)]))
        };
        change("chat.context", None).expect("a change");
        change("node.allow", Some(Value::Array(vec!["10.0.0.0/8".into()]))).expect("a change");
        let error = change("chat.modle", Some("b".into())).expect_err("no such setting");
        assert!(error.to_string().contains("did you mean chat.model?"), "{error}");
        assert!(change("chat.context", Some("much".into())).is_err());
        let text = std::fs::read_to_string(&file).expect("the file");
        assert!(text.starts_with("# mine\n[chat]\nmodel = \"a\" # best\n"), "{text}");
        let effective = Effective::layered(&file, &[], &[]).expect("valid settings");
        assert_eq!(effective.settings.chat.context, 8192);
        assert_eq!(effective.settings.node.allow, ["10.0.0.0/8"]);
    }

    #[test]
    fn every_setting_is_described() {
        let effective = load("", &[]).expect("the defaults");
        let described = described();
        assert_eq!(described.len(), effective.values.len());
        for (key, about, _) in described {
            assert!(!about.is_empty(), "{key} is not described");
        }
    }

    #[test]
    fn a_wrong_type_names_the_setting_and_its_origin() {
        let error = load("", &[("HEARTH_CHAT__CONTEXT", "much")]).expect_err("a wrong type");
        assert!(error.to_string().contains("HEARTH_CHAT__CONTEXT"), "{error}");
        assert!(error.to_string().contains("chat.context"), "{error}");
    }
}

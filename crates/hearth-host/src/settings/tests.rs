//! Layers, errors and changes of the settings.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

fn load(file: &str, variables: &[(&str, &str)]) -> Result<EffectiveSettings, SettingsError> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("hearth.toml");
    std::fs::write(&path, file).expect("a written file");
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    EffectiveSettings::load_layers(&path, &variables, &[])
}

#[test]
fn the_environment_overrides_the_file_and_the_file_the_defaults() {
    let effective = load("[chat]\nmodel = \"a\"\ncontext = 4096\n", &[("HEARTH_CHAT__MODEL", "b")])
        .expect("valid settings");
    assert_eq!(effective.settings.chat.model, "b");
    assert_eq!(effective.settings.chat.context, 4096);
    assert_eq!(effective.settings.node.listen, "127.0.0.1:4327");
    assert_eq!(effective.values["chat.model"].1, SettingOrigin::Environment("HEARTH_CHAT__MODEL".to_owned()));
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
    let change =
        |key: &str, value: Option<Value>| change_settings(&file, &BTreeMap::from([(key.to_owned(), value)]));
    change("chat.context", None).expect("a change");
    change("node.allow", Some(Value::Array(vec!["10.0.0.0/8".into()]))).expect("a change");
    let error = change("chat.modle", Some("b".into())).expect_err("no such setting");
    assert!(error.to_string().contains("did you mean chat.model?"), "{error}");
    assert!(change("chat.context", Some("much".into())).is_err());
    let text = std::fs::read_to_string(&file).expect("the file");
    assert!(text.starts_with("# mine\n[chat]\nmodel = \"a\" # best\n"), "{text}");
    let effective = EffectiveSettings::load_layers(&file, &[], &[]).expect("valid settings");
    assert_eq!(effective.settings.chat.context, 8192);
    assert_eq!(effective.settings.node.allow, ["10.0.0.0/8"]);
}

#[test]
fn every_setting_is_described() {
    let effective = load("", &[]).expect("the defaults");
    let described = describe_settings();
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

/// A settings file in a scratch folder.
fn write_file(content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hearth.toml");
    std::fs::write(&file, content).unwrap();
    (dir, file)
}

fn change(file: &Path, changes: &[(&str, Option<Value>)]) -> Result<(), SettingsError> {
    let changes = changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    change_settings(file, &changes)
}

/// The error of a settings file with this text, and the path of the file.
fn file_error(content: impl AsRef<[u8]>) -> (String, String) {
    let (_dir, file) = write_file(content);
    let error = EffectiveSettings::load_layers(&file, &[], &[]).unwrap_err();
    (error.to_string(), file.display().to_string())
}

#[test]
fn a_flag_overrides_the_environment() {
    let (_dir, file) = write_file("[node]\nname = \"file\"\n");
    let variables = [("HEARTH_NODE__NAME".to_owned(), "variable".to_owned())];
    let flags = [("node.name", "flag".to_owned())];
    let effective = EffectiveSettings::load_layers(&file, &variables, &flags).unwrap();
    assert_eq!(effective.settings.node.name, "flag");
    assert_eq!(effective.values["node.name"].1, SettingOrigin::Flag);
}

#[test]
fn without_a_file_the_defaults_apply() {
    let dir = tempfile::tempdir().unwrap();
    let effective = EffectiveSettings::load_layers(&dir.path().join("hearth.toml"), &[], &[]).unwrap();
    assert!(effective.values.values().all(|(_, origin)| *origin == SettingOrigin::Default));
}

#[test]
fn a_variable_is_read_as_the_type_of_its_setting() {
    let effective = load(
        "",
        &[
            ("HEARTH_NODE__ALLOW", " 10.0.0.0/8, 192.168.1.0/24,"),
            ("HEARTH_NODE__NAMES", ""),
            ("HEARTH_CHAT__CONTEXT", "4096"),
            ("HEARTH_CHAT__TEMPERATURE", "1"),
            ("HEARTH_FETCH__ALLOW_PRIVATE", "true"),
            ("HEARTH_CHAT__MODEL", "7"),
        ],
    )
    .unwrap();
    let settings = effective.settings;
    assert_eq!(settings.node.allow, ["10.0.0.0/8", "192.168.1.0/24"]);
    assert_eq!(settings.node.names, [""; 0]);
    assert_eq!(settings.chat.context, 4096);
    assert!((settings.chat.temperature - 1.0).abs() < f32::EPSILON);
    assert!(settings.fetch.allow_private);
    assert_eq!(settings.chat.model, "7");
}

#[test]
fn an_unknown_variable_is_named_with_a_suggestion() {
    let error = load("", &[("HEARTH_CHAT__MODLE", "a")]).unwrap_err().to_string();
    assert_eq!(error, "HEARTH_CHAT__MODLE: chat.modle is not a setting; did you mean chat.model?");
}

#[test]
fn a_key_like_no_other_gets_no_suggestion() {
    let (error, file) = file_error("[zzzz]\nqqqq = 1\n");
    assert_eq!(error, format!("{file}: zzzz.qqqq is not a setting"));
}

#[test]
fn a_key_outside_of_its_section_is_unknown() {
    let (error, file) = file_error("listen = \"0.0.0.0:1\"\n");
    assert!(error.starts_with(&format!("{file}: listen is not a setting")), "{error}");
    let (error, file) = file_error("chat = 1\n");
    assert!(error.starts_with(&format!("{file}: chat is not a setting")), "{error}");
}

#[test]
fn a_malformed_file_is_named_with_the_line() {
    for (text, line) in [
        ("[chat]\nmodel = \"a\ncontext = 1\n", 2),
        ("# mine\n\n[chat\n", 3),
        ("[chat]\nmodel = \"a\"\nmodel = \"b\"\n", 3),
        ("[chat]\nmodel = llama\n", 2),
    ] {
        let (error, file) = file_error(text);
        assert!(error.starts_with(&format!("{file} is not valid: line {line}: ")), "{text:?}: {error}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_never_overwritten() {
    // "ü" as Latin-1.
    let content = b"[node]\nname = \"K\xfcche\"\n";
    let (error, path) = file_error(content);
    assert!(error.starts_with(&path), "{error}");
    let (_dir, file) = write_file(content);
    assert!(change(&file, &[("chat.model", Some("a".into()))]).is_err());
    assert_eq!(std::fs::read(&file).unwrap(), content);
}

#[test]
fn a_value_that_is_not_in_a_list_is_named_with_its_origin_and_the_list() {
    let (error, file) = file_error("[ask]\npassages = 5\n[chat]\nserver = \"gpt\"\n");
    assert!(error.starts_with(&format!("{file} is not valid: chat.server: ")), "{error}");
    assert!(error.contains("`ollama` or `openai`"), "{error}");
    let error = load("", &[("HEARTH_EMBED__PRECISION", "int4")]).unwrap_err().to_string();
    assert!(error.starts_with("HEARTH_EMBED__PRECISION is not valid: embed.precision: "), "{error}");
}

#[test]
fn a_number_or_list_item_that_no_setting_can_have_is_named() {
    for (text, key) in
        [("[chat]\ncontext = -1\n", "chat.context"), ("[node]\nnames = [\"a\", 7]\n", "node.names")]
    {
        let (error, file) = file_error(text);
        assert!(error.starts_with(&format!("{file} is not valid: {key}: ")), "{error}");
    }
}

#[test]
fn a_table_in_place_of_a_value_is_of_the_wrong_type() {
    let (error, file) = file_error("[chat.model]\nname = \"a\"\n");
    assert_eq!(error, format!("{file} is not valid: chat.model must be of type string, as in \"\""));
}

#[test]
fn a_whole_number_is_a_number() {
    let effective = load("[chat]\ntemperature = 1\n[desktop]\nvoice_rate = 2\n", &[]).unwrap();
    assert!((effective.settings.desktop.voice_rate - 2.0).abs() < f64::EPSILON);
}

#[test]
fn a_file_of_a_windows_editor_is_read() {
    // With a byte order mark and carriage returns.
    let effective = load("\u{feff}[chat]\r\nmodel = \"a\"\r\n", &[]).unwrap();
    assert_eq!(effective.settings.chat.model, "a");
}

#[test]
fn every_setting_of_the_list_is_read_by_the_program() {
    // A line of the list without a field would have no effect.
    let effective = load("", &[]).unwrap();
    let text = toml::to_string(&effective.settings).unwrap();
    let read: BTreeSet<String> =
        parse_flat_values(&text, &SettingOrigin::Default).unwrap().into_iter().map(|(key, _)| key).collect();
    assert_eq!(read, effective.values.into_keys().collect());
}

#[test]
fn a_description_is_the_comment_above_its_setting_alone() {
    let described = describe_settings();
    let find = |key: &str| described.iter().find(|(known, ..)| known == key).unwrap();
    let (_, about, default) = find("speech.model");
    let expected = "The speech model, which transcribes recordings and dictation: an id from `hearth models`; empty: \
                    the best one on this machine.";
    assert_eq!((about.as_str(), default), (expected, &Value::from("")));
    let (_, about, default) = find("node.listen");
    assert_eq!(about, "Address and port on which the node listens. Port 0 picks a free port.");
    assert_eq!(default, &Value::from("127.0.0.1:4327"));
}

#[test]
fn a_changed_value_keeps_the_comments_above_and_behind_it() {
    let (_dir, file) = write_file("[chat]\n# fast\nmodel = \"a\" # best\ncontext = 4096\n");
    change(&file, &[("chat.model", Some("b".into()))]).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, "[chat]\n# fast\nmodel = \"b\" # best\ncontext = 4096\n");
}

#[test]
fn any_text_survives_being_written() {
    let text = "a \"b\" 'c' \\ D:\\models\n\tü = [x] # no comment";
    let (_dir, file) = write_file("");
    change(&file, &[("node.name", Some(text.into()))]).unwrap();
    let effective = EffectiveSettings::load_layers(&file, &[], &[]).unwrap();
    assert_eq!(effective.settings.node.name, text);
}

#[test]
fn of_several_changes_all_are_written_or_none() {
    let content = "[chat]\nmodel = \"a\"\n";
    let (_dir, file) = write_file(content);
    let wrong = [("chat.model", Some("b".into())), ("chat.server", Some("gpt".into()))];
    let error = change(&file, &wrong).unwrap_err().to_string();
    assert!(error.contains("chat.server"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
    change(&file, &[("chat.model", None), ("node.name", Some("n".into())), ("node.names", None)]).unwrap();
    let effective = EffectiveSettings::load_layers(&file, &[], &[]).unwrap();
    assert_eq!((effective.settings.chat.model.as_str(), effective.settings.node.name.as_str()), ("", "n"));
}

#[test]
fn the_first_change_makes_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hearth.toml");
    change(&file, &[("chat.model", Some("a".into())), ("chat.context", Some(4096.into()))]).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "[chat]\ncontext = 4096\nmodel = \"a\"\n");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no partial file is left");
}

#[test]
fn a_key_that_is_no_setting_can_be_neither_set_nor_removed() {
    for key in ["chat.modle", "chat", "", "model"] {
        for value in [None, Some(Value::from("a"))] {
            let (_dir, file) = write_file("");
            let error = change(&file, &[(key, value)]).unwrap_err().to_string();
            assert!(error.contains(&format!("{key} is not a setting")), "{error}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), "");
        }
    }
}

#[test]
fn a_file_whose_section_is_a_value_cannot_be_changed() {
    let (_dir, file) = write_file("chat = 1\n");
    let error = change(&file, &[("chat.model", Some("a".into()))]).unwrap_err().to_string();
    assert!(error.contains("[chat]"), "{error}");
}

#[test]
fn a_section_in_one_line_can_be_changed() {
    let (_dir, file) = write_file("chat = { model = \"a\" }\n");
    change(&file, &[("chat.model", Some("b".into()))]).unwrap();
    let effective = EffectiveSettings::load_layers(&file, &[], &[]).unwrap();
    assert_eq!(effective.settings.chat.model, "b");
}

//! The program's manners: exit codes, help, settings. Journeys with a library are in `/tests`.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

fn hearth(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearth"));
    command.arg("--data-dir").arg(data).args(arguments);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn wrong_use_is_2_and_failure_is_1() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(hearth(data.path(), &["frobnicate"]).status.code(), Some(2));
    assert_eq!(hearth(data.path(), &["ask"]).status.code(), Some(2));
    assert_eq!(hearth(data.path(), &["--help"]).status.code(), Some(0));
    let missing = hearth(data.path(), &["models", "get", "no-such-model"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("hearth models"), "{}", text(&missing.stderr));
}

#[test]
fn settings_say_where_they_come_from_and_errors_what_was_meant() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("hearth.toml"), "[chat]\nmodel = \"llama3.1:8b\"\n").unwrap();
    let shown = text(&hearth(data.path(), &["config"]).stdout);
    let model = shown.lines().find(|line| line.starts_with("chat.model")).unwrap();
    assert!(model.contains("llama3.1:8b") && model.contains("hearth.toml"), "{model}");
    std::fs::write(data.path().join("hearth.toml"), "[chat]\nmodle = \"x\"\n").unwrap();
    let wrong = hearth(data.path(), &["config"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("did you mean chat.model?"), "{}", text(&wrong.stderr));
}

#[test]
fn alone_it_says_what_it_can_do() {
    let data = tempfile::tempdir().unwrap();
    let said = text(&hearth(data.path(), &[]).stdout);
    assert!(said.contains("No node runs") && said.contains("hearth ask"), "{said}");
}

//! Exit codes, help and settings of the program. Tests with a library are in `/tests`.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

fn run_hearth(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearth"));
    command.arg("--data-dir").arg(data).args(arguments);
    command.output().unwrap()
}

fn decode_output(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn wrong_use_is_2_and_failure_is_1() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(run_hearth(data.path(), &["frobnicate"]).status.code(), Some(2));
    assert_eq!(run_hearth(data.path(), &["ask"]).status.code(), Some(2));
    assert_eq!(run_hearth(data.path(), &["--help"]).status.code(), Some(0));
    let missing = run_hearth(data.path(), &["models", "get", "no-such-model"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(decode_output(&missing.stderr).contains("hearth models"), "{}", decode_output(&missing.stderr));
}

#[test]
fn settings_say_where_they_come_from_and_errors_what_was_meant() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("hearth.toml"), "[chat]\nmodel = \"llama3.1:8b\"\n").unwrap();
    let printed = decode_output(&run_hearth(data.path(), &["config"]).stdout);
    let model = printed.lines().find(|line| line.starts_with("chat.model")).unwrap();
    assert!(model.contains("llama3.1:8b") && model.contains("hearth.toml"), "{model}");
    std::fs::write(data.path().join("hearth.toml"), "[chat]\nmodle = \"x\"\n").unwrap();
    let failed = run_hearth(data.path(), &["config"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(
        decode_output(&failed.stderr).contains("did you mean chat.model?"),
        "{}",
        decode_output(&failed.stderr)
    );
}

#[test]
fn alone_it_says_what_it_can_do() {
    let data = tempfile::tempdir().unwrap();
    let printed = decode_output(&run_hearth(data.path(), &[]).stdout);
    assert!(printed.contains("No node is running") && printed.contains("hearth ask"), "{printed}");
}

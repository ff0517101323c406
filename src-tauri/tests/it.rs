//! Tests of the program from outside, without a window; those with a window are in `tests/desktop`.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

fn desktop_command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_hearth-desktop"))
}

#[test]
fn its_help_says_what_it_opens() {
    let output = desktop_command().arg("--help").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("link to a notebook"), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_display_it_says_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let mut command = desktop_command();
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").arg("--data-dir").arg(data.path());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains("hearth node"), "{text}");
}

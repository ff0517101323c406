//! Settings: what is shown, changed, refused, and undone.

use std::collections::BTreeMap;
use std::path::Path;

use hearth_host::{SettingOrigin, Settings};
use hearth_machine::{Machine, MachineError, MachineEvent, SettingEntry};
use serde_json::{Value, json};

async fn start_machine(folder: &Path, flags: &[(&str, &str)]) -> Machine {
    crate::start_machine(folder, None, flags).await
}

fn find_setting(machine: &Machine, key: &str) -> SettingEntry {
    machine.list_settings().unwrap().into_iter().find(|entry| entry.key == key).unwrap()
}

fn change(machine: &Machine, key: &str, value: Value) -> Result<Settings, MachineError> {
    machine.change_settings(&BTreeMap::from([(key.to_owned(), value)]), |_| Ok(()))
}

#[tokio::test]
async fn a_change_is_stored_applied_and_announced() {
    let folder = tempfile::tempdir().unwrap();
    let machine = start_machine(folder.path(), &[]).await;
    let (_, mut events) = machine.subscribe_events(None);
    let settings = change(&machine, "chat.address", json!("http://127.0.0.1:9")).unwrap();
    assert_eq!(settings.chat.address, "http://127.0.0.1:9");
    assert_eq!(machine.chat_model().address(), "http://127.0.0.1:9");
    assert_eq!(events.recv().await.unwrap().1, MachineEvent::Settings);
    let entry = find_setting(&machine, "chat.address");
    assert!(matches!(entry.origin, SettingOrigin::File(_)), "{entry:?}");
    assert!(!entry.needs_restart && !entry.waits_for_restart);
    // One that takes effect at the next start says so, and no longer once it is what the machine started with.
    change(&machine, "ingest.readers", json!(7)).unwrap();
    assert!(find_setting(&machine, "ingest.readers").waits_for_restart);
    change(&machine, "ingest.readers", Value::Null).unwrap();
    let entry = find_setting(&machine, "ingest.readers");
    assert!(entry.needs_restart && !entry.waits_for_restart && entry.origin == SettingOrigin::Default);
}

#[tokio::test]
async fn a_secret_is_not_shown_and_its_placeholder_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let machine = start_machine(folder.path(), &[]).await;
    change(&machine, "chat.key", json!("sk-1")).unwrap();
    let shown = find_setting(&machine, "chat.key").value;
    assert_eq!(shown, json!("…"));
    let settings = change(&machine, "chat.key", shown).unwrap();
    assert_eq!(settings.chat.key, "sk-1");
}

#[tokio::test]
async fn what_cannot_work_is_refused_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let machine = start_machine(folder.path(), &[("ask.passages", "5")]).await;
    change(&machine, "node.name", json!("attic")).unwrap();
    let file = folder.path().join("hearth.toml");
    let before = std::fs::read(&file).unwrap();
    for (key, value) in [
        ("chat.server", json!("telepathy")),
        ("chat.adress", json!("http://127.0.0.1:9")),
        ("chat.address", json!({"host": "127.0.0.1"})),
        ("chat.address", json!("no address")),
        ("chat.context", json!("many")),
    ] {
        let error = change(&machine, key, value).unwrap_err();
        assert_eq!(error.error_code(), hearth_domain::ErrorCode::InvalidRequest, "{key}: {error}");
        assert_eq!(std::fs::read(&file).unwrap(), before, "{key}");
    }
    let overridden = change(&machine, "ask.passages", json!(9)).unwrap_err();
    assert!(
        matches!(&overridden, MachineError::Conflict(message) if message.contains("flag")),
        "{overridden}"
    );
    let listen = BTreeMap::from([("node.listen".to_owned(), json!("anywhere"))]);
    let refused =
        machine.change_settings(&listen, |_| Err(MachineError::Invalid("no address".into()))).unwrap_err();
    assert_eq!(refused.to_string(), "no address");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

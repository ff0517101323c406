//! Keys, sessions and the node's identity across restarts.

use std::path::Path;

use hearth_domain::{AccessRecords, KeyId, KeyScope, PageSession, ProgramKey};
use hearth_machine::{Machine, MachineError};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

async fn start_machine(folder: &Path) -> Machine {
    crate::start_machine(folder, None, &[]).await
}

fn sample_key(name: &str) -> ProgramKey {
    ProgramKey {
        id: KeyId(Uuid::now_v7()),
        name: name.into(),
        digest: name.repeat(3),
        scopes: vec![KeyScope::Read, KeyScope::Models],
        per_minute: 60,
        created_at: Timestamp::UNIX_EPOCH,
        last_used_at: None,
    }
}

#[tokio::test]
async fn keys_sessions_and_identity_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let machine = start_machine(folder.path()).await;
    assert_eq!(machine.ensure_node_id(|| "one".into()).unwrap(), "one");
    let (kept, revoked) = (sample_key("kept"), sample_key("revoked"));
    machine.add_key(kept.clone()).unwrap();
    machine.add_key(revoked.clone()).unwrap();
    machine.remove_key(revoked.id).unwrap();
    assert!(matches!(machine.remove_key(revoked.id), Err(MachineError::NotFound("key"))));
    machine.record_key_use(kept.id).unwrap();
    machine.record_key_use(revoked.id).unwrap();
    machine.add_session("digest".into()).unwrap();
    drop(machine);

    let machine = start_machine(folder.path()).await;
    assert!(!machine.needs_access_records());
    assert_eq!(machine.ensure_node_id(|| "two".into()).unwrap(), "one");
    assert_eq!(machine.list_keys(), [ProgramKey { last_used_at: Some(Timestamp::UNIX_EPOCH), ..kept }]);
    let sessions = machine.list_sessions(SignedDuration::from_hours(1)).unwrap();
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].digest, "digest");
}

#[tokio::test]
async fn records_of_an_earlier_version_are_adopted_once_and_old_sessions_end() {
    let folder = tempfile::tempdir().unwrap();
    let machine = start_machine(folder.path()).await;
    assert!(machine.needs_access_records());
    let session = |digest: &str, hours: i64| PageSession {
        digest: digest.into(),
        created_at: Timestamp::UNIX_EPOCH - SignedDuration::from_hours(hours),
    };
    let former = AccessRecords {
        node_id: "former".into(),
        keys: vec![sample_key("former")],
        sessions: vec![session("young", 1), session("old", 3)],
    };
    machine.adopt_access_records(former.clone()).unwrap();
    assert_eq!(machine.list_keys(), former.keys);
    let sessions = machine.list_sessions(SignedDuration::from_hours(2)).unwrap();
    assert_eq!(sessions, [session("young", 1)]);
    drop(machine);
    let machine = start_machine(folder.path()).await;
    assert!(!machine.needs_access_records());
    assert_eq!(machine.list_sessions(SignedDuration::from_hours(9)).unwrap(), [session("young", 1)]);
}

#[tokio::test]
async fn damaged_records_grant_no_access_and_are_not_taken_from_the_library_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("access.json"), "{").unwrap();
    let machine = start_machine(folder.path()).await;
    assert!(machine.list_keys().is_empty());
    assert!(!machine.needs_access_records());
    assert!(folder.path().join("access.json.damaged").is_file());
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_that_cannot_be_stored_is_not_granted() {
    let folder = tempfile::tempdir().unwrap();
    let machine = start_machine(folder.path()).await;
    // The file's place is taken by a folder that is not empty.
    std::fs::create_dir_all(folder.path().join("access.json/in the way")).unwrap();
    assert!(machine.add_key(sample_key("lost")).is_err());
    assert!(machine.list_keys().is_empty());
}

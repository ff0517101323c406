//! A library of 0.1.0 in the present program: all of it is there, and can be asked.

use std::path::Path;

use hearth_domain::{JobKind, JobState, TurnId, TurnMode, TurnState};
use hearth_tests::NodeProcess;
use hearth_wire::operations::{
    GetConversation, GetTurn, ListConversations, ListJobs, ListKeys, ListNotebooks, ListTrash, RevokeKey,
    Search,
};
use hearth_wire::{NewQuestion, PageQuery, SearchQuery};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn a_library_of_the_first_version_opens_and_answers() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hearth-store/tests/golden/0.1.0");
    let expected: Value =
        serde_json::from_slice(&std::fs::read(golden.join("expected.json")).unwrap()).unwrap();
    let data = tempfile::tempdir().unwrap();
    std::fs::copy(golden.join("library.db"), data.path().join("library.db")).unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let client = &node.client;
    let notebooks = client.call::<ListNotebooks>(&[], &PageQuery::default(), &()).await.unwrap().notebooks;
    let house = notebooks.iter().find(|notebook| notebook.title == "House").unwrap();
    assert_eq!((notebooks.len(), house.emoji.as_str()), (2, "🏠"));

    // Every turn as it was; the one that ran when the process was killed has ended.
    let conversations =
        client.call::<ListConversations>(&[&house.id.to_string()], &PageQuery::default(), &()).await.unwrap();
    let interrupted: TurnId = expected["interrupted"].as_str().unwrap().parse().unwrap();
    let mut turns = 0;
    for conversation in conversations.conversations {
        let whole = client.call::<GetConversation>(&[&conversation.id.to_string()], &(), &()).await.unwrap();
        turns += whole.turns.iter().filter(|turn| turn.id != interrupted).count();
    }
    assert_eq!(turns, 8);
    let turn = client.call::<GetTurn>(&[&interrupted.to_string()], &(), &()).await.unwrap();
    assert_eq!(turn.state, TurnState::Interrupted);
    // A notebook with its source, a source, a note.
    assert_eq!(client.call::<ListTrash>(&[], &(), &()).await.unwrap().things.len(), 4);

    // Found by words and by the vectors of the time, and answered with a citation.
    let query = SearchQuery { q: "Kaution".into(), ..SearchQuery::default() };
    let hits = client.call::<Search>(&[], &query, &()).await.unwrap().hits;
    assert_eq!(hits[0].source_title, "mietvertrag.html");
    assert!(hits[0].vector_rank.is_some(), "{hits:?}");
    let question = NewQuestion {
        question: "How often is the burner cleaned?".into(),
        mode: Some(TurnMode::Extracts),
        ..NewQuestion::default()
    };
    let turn = node.ask_question(house.id, question).await;
    assert!(turn.citations.iter().any(|citation| citation.quote.contains("once a year")), "{turn:#?}");

    // The download that was open is the machine's now.
    let jobs = client.call::<ListJobs>(&[], &PageQuery::default(), &()).await.unwrap().jobs;
    let downloads: Vec<_> = jobs.iter().filter(|job| job.payload.kind() == JobKind::Download).collect();
    let is_open = |state| matches!(state, JobState::Queued | JobState::Running);
    assert_eq!(downloads.iter().filter(|job| is_open(job.state)).count(), 1, "{downloads:#?}");
    assert!(downloads.iter().any(|job| job.state == JobState::Cancelled), "{downloads:#?}");

    // So are its keys, and a library that is put back later grants none of them again.
    let keys = client.call::<ListKeys>(&[], &(), &()).await.unwrap().keys;
    assert_eq!(serde_json::to_value(&keys).unwrap(), expected["keys"]["keys"]);
    client.call::<RevokeKey>(&[&keys[0].id.to_string()], &(), &()).await.unwrap();
    drop(node);
    for file in ["library.db-wal", "library.db-shm"] {
        let _ = std::fs::remove_file(data.path().join(file));
    }
    std::fs::copy(golden.join("library.db"), data.path().join("library.db")).unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    assert!(node.client.call::<ListKeys>(&[], &(), &()).await.unwrap().keys.is_empty());
}

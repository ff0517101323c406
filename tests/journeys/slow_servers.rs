//! Language model servers that hang: nothing waits for them.

use std::time::{Duration, Instant};

use hearth_domain::{TurnMode, TurnState};
use hearth_tests::NodeProcess;
use hearth_tests::documents::HANDBOOK_TEXT;
use hearth_wire::NewQuestion;
use hearth_wire::operations::{GetReadiness, GetStatus, RunDoctor};

/// Maximum time of each call: far above half a second, as machines are loaded, and below the ten seconds after which a
/// request to the server itself ends.
const MAX_CALL: Duration = Duration::from_secs(8);

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_accepts_and_never_answers_holds_nothing_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let accepting = tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            connections.push(connection);
        }
    });
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[("HEARTH_CHAT__ADDRESS", &address)]);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.wait_until_settled(notebook).await;
    for _ in 0..2 {
        let started = Instant::now();
        node.client.call::<GetReadiness>(&[], &(), &()).await.unwrap();
        let status = node.client.call::<GetStatus>(&[], &(), &()).await.unwrap();
        let chat =
            status.engines.iter().find(|engine| engine.task == hearth_domain::ModelTask::Chat).unwrap();
        assert!(!chat.reachable && chat.why.contains("did not answer"), "{chat:?}");
        node.client.call::<RunDoctor>(&[], &(), &()).await.unwrap();
        let question = NewQuestion { question: "What does error E07 mean?".into(), ..NewQuestion::default() };
        let turn = node.ask_question(notebook, question).await;
        assert_eq!((turn.state, turn.mode), (TurnState::Done, TurnMode::Extracts));
        assert!(turn.fallback.unwrap().message.contains("did not answer"));
        assert!(started.elapsed() < MAX_CALL * 4, "{:?}", started.elapsed());
    }
    accepting.abort();
}

//! OpenAI's official client, unchanged, for each operation that is compatible with its API.

use std::path::Path;

use hearth_domain::NotebookId;
use hearth_tests::documents::HANDBOOK_TEXT;
use hearth_tests::{NodeProcess, Script, ScriptedOllama};
use hearth_wire::operations::{CreateKey, ListConversations};
use hearth_wire::{KeyScope, NewKey, PageQuery};

const CLIENT: &str = include_str!("openai_client.py");
const ANSWER: [&str; 2] = [
    "Refill water when the pressure falls below 0.8 bar [1]. ",
    "Clean the burner once a year before the heating season [1].",
];

/// A node with a handbook, and the language model server that it uses.
struct Node {
    process: NodeProcess,
    ollama: ScriptedOllama,
    notebook: NotebookId,
}

impl Node {
    async fn start(data: &Path, script: Script) -> Self {
        let ollama = ScriptedOllama::start(script).await;
        let process = NodeProcess::start(data, &[("HEARTH_CHAT__ADDRESS", &ollama.address)]);
        let notebook = process.create_notebook("House").await;
        process.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
        process.wait_until_settled(notebook).await;
        Self { process, ollama, notebook }
    }

    /// Runs a part of the client's script.
    async fn run_client(&self, part: &str) {
        self.run_client_with_key(part, &self.process.token).await;
    }

    async fn run_client_with_key(&self, part: &str, key: &str) {
        let python = hearth_host::python_executable().expect("python; `cargo xtask test` installs it");
        let run = tokio::process::Command::new(python)
            .args(["-c", CLIENT, part])
            .env("BASE", format!("{}/v1", self.process.address))
            .env("KEY", key)
            .env("NOTEBOOK", self.notebook.to_string())
            .env_remove("http_proxy")
            .env_remove("HTTP_PROXY")
            .output()
            .await
            .unwrap();
        assert!(run.status.success(), "{part}: {}", String::from_utf8_lossy(&run.stderr));
    }

    /// Number of conversations of the notebook.
    async fn count_conversations(&self) -> usize {
        let notebook = self.notebook.to_string();
        let client = &self.process.client;
        let list = client.call::<ListConversations>(&[&notebook], &PageQuery::default(), &()).await;
        list.unwrap().conversations.len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_works_unchanged() {
    let data = tempfile::tempdir().unwrap();
    let node = Node::start(data.path(), Script::answering(&ANSWER)).await;
    for part in ["models", "embeddings", "refusals", "responses", "language_model"] {
        node.run_client(part).await;
    }
    let before = node.count_conversations().await;
    node.run_client("keep").await;
    assert_eq!(node.count_conversations().await, before + 1, "only what is to be stored is");
    node.ollama.set_script(Script { is_truncated: true, ..Script::answering(&ANSWER) });
    node.run_client("limit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_options_reach_the_language_model() {
    let data = tempfile::tempdir().unwrap();
    let node = Node::start(data.path(), Script::answering(&ANSWER)).await;
    node.run_client("answers").await;
    let request = node.ollama.chat_requests().remove(0);
    let options = &request["options"];
    assert_eq!((&options["num_predict"], &options["temperature"]), (&77.into(), &0.25.into()), "{request}");
    assert_eq!((&options["top_p"], &options["seed"]), (&0.5.into(), &7.into()), "{request}");
    assert_eq!(options["stop"], serde_json::json!(["END"]));
    let text_of = |index: usize| request["messages"][index]["content"].as_str().unwrap().to_owned();
    assert!(text_of(0).contains("Answer like a plumber.") && text_of(0).contains("Be brief."), "{request}");
    // The history is without markers and sources.
    assert_eq!((text_of(1).as_str(), text_of(2).as_str()), ("How warm is the boiler?", "80 degrees."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_is_sent_when_it_is_written_and_leaving_stops_the_model() {
    let data = tempfile::tempdir().unwrap();
    // The second sentence is never written.
    let (script, _gate) = Script::answering(&ANSWER).hold_after(1);
    let node = Node::start(data.path(), script).await;
    node.run_client("leave").await;
    node.ollama.wait_for_abandoned(3).await;
    assert_eq!(node.count_conversations().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_a_limit_is_told_to_slow_down() {
    let data = tempfile::tempdir().unwrap();
    let node = Node::start(data.path(), Script::answering(&ANSWER)).await;
    let new = NewKey { name: "program".into(), scopes: Some(vec![KeyScope::Read]), per_minute: Some(3) };
    let created = node.process.client.call::<CreateKey>(&[], &(), &new).await.unwrap();
    node.run_client_with_key("slow_down", &created.secret).await;
}

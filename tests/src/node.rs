//! A node in a process of its own, as users run it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use futures::StreamExt;
use hearth_client::Client;
use hearth_domain::{Job, JobId, NotebookId, Source, SourceStatus, Turn, TurnEvent, TurnState};
use hearth_node::read_node_file;
use hearth_wire::operations::{AskQuestion, CreateNotebook, GetJob, GetTurn, ListSources};
use hearth_wire::{NewNotebook, NewQuestion, PageQuery};

use crate::wait_for;

/// Path of `hearth`, the program under test.
pub fn hearth_program() -> PathBuf {
    find_program("hearth")
}

/// Path of a program of this workspace, which `cargo xtask test` builds beside this test.
pub fn find_program(name: &str) -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    // The executable of a test is in `deps`, that of a benchmark is beside the program.
    let candidates = executable.ancestors().skip(1).take(2).map(|folder| folder.join(&name));
    candidates
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{name} is missing; start this by `cargo xtask`"))
}

/// A running `hearth node`; killed when dropped.
pub struct NodeProcess {
    child: Child,
    /// One-time address that logs a browser in, as the node printed it.
    pub login_address: String,
    pub address: String,
    pub token: String,
    pub client: Client,
}

impl NodeProcess {
    /// Starts a node on a data directory and waits until it serves. `settings` are environment
    /// variables such as `HEARTH_CHAT__ADDRESS`.
    pub fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(hearth_program());
        command.arg("--data-dir").arg(data).args(["node", "--listen", "127.0.0.1:0"]);
        Self::start_with_command(command, data, settings)
    }

    /// Starts a node with a given command, which must end in `hearth node`.
    pub fn start_with_command(mut command: Command, data: &Path, settings: &[(&str, &str)]) -> Self {
        command
            // No language model unless a test brings one.
            .env("HEARTH_CHAT__ADDRESS", "http://127.0.0.1:9")
            .env("HEARTH_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        for (name, value) in settings {
            command.env(name, value);
        }
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut page = String::new();
        for line in lines.by_ref() {
            let line = line.unwrap();
            if let Some((_, address)) = line.split_once("once: ") {
                address.clone_into(&mut page);
                break;
            }
        }
        let node = read_node_file(data).expect("the node has written its node file");
        let client = if node.address.starts_with("https:") {
            let certificate = std::fs::read(data.join("tls/certificate.pem")).unwrap();
            Client::with_certificate(&node.address, &node.token, &certificate).unwrap()
        } else {
            Client::new(&node.address, &node.token).unwrap()
        };
        Self { child, login_address: page, address: node.address, token: node.token, client }
    }

    /// Process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks the node to stop, as the system does at shutdown, and waits until it has.
    #[cfg(unix)]
    pub fn stop(&mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(asked.success());
        assert!(self.child.wait().unwrap().success(), "the node stops in good order");
    }

    /// Ends the process at once, as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Creates a notebook.
    pub async fn create_notebook(&self, title: &str) -> NotebookId {
        let new = NewNotebook { title: title.to_owned(), emoji: None };
        self.client.call::<CreateNotebook>(&[], &(), &new).await.unwrap().id
    }

    /// Uploads bytes under a name; returns the sources that were added or refused.
    pub async fn add_file(
        &self,
        notebook: NotebookId,
        name: &str,
        bytes: &[u8],
    ) -> hearth_wire::AddedSources {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("upload");
        std::fs::write(&path, bytes).unwrap();
        self.client.add_file(notebook, &path, name).await.unwrap()
    }

    /// Sources of a notebook.
    pub async fn list_sources(&self, notebook: NotebookId) -> Vec<Source> {
        list_sources(&self.client, notebook).await
    }

    /// Waits until every source of a notebook is ready or failed; returns the sources.
    pub async fn wait_until_settled(&self, notebook: NotebookId) -> Vec<Source> {
        wait_until_settled(&self.client, notebook).await
    }

    /// Asks a question and waits for the end of its turn.
    pub async fn ask_question(&self, notebook: NotebookId, question: NewQuestion) -> Turn {
        let turn = self.start_turn(notebook, question).await;
        self.wait_for_turn(&turn).await
    }

    /// Asks a question; returns its turn, which goes on.
    pub async fn start_turn(&self, notebook: NotebookId, question: NewQuestion) -> Turn {
        self.client.call::<AskQuestion>(&[&notebook.to_string()], &(), &question).await.unwrap()
    }

    /// Waits for the end of a turn.
    pub async fn wait_for_turn(&self, turn: &Turn) -> Turn {
        let get_turn = async || self.get_turn(turn).await;
        wait_for("the end of the turn", get_turn, |turn| turn.state != TurnState::Running).await
    }

    /// Present state of a turn.
    pub async fn get_turn(&self, turn: &Turn) -> Turn {
        self.client.call::<GetTurn>(&[&turn.id.to_string()], &(), &()).await.unwrap()
    }

    /// Waits for the first text of a running turn.
    pub async fn wait_for_text(&self, turn: &Turn) {
        let mut events = std::pin::pin!(self.client.stream_turn_events(turn.id, 0));
        while let Some(event) = events.next().await {
            if matches!(event.unwrap().1, TurnEvent::Text { .. }) {
                return;
            }
        }
        panic!("the turn has ended without a text");
    }

    /// Waits until a job meets a condition; returns the job.
    pub async fn wait_for_job(&self, what: &str, id: JobId, is_awaited: impl Fn(&Job) -> bool) -> Job {
        let id = id.to_string();
        let get_job = async || self.client.call::<GetJob>(&[&id], &(), &()).await.unwrap();
        wait_for(what, get_job, is_awaited).await
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // A process that has ended already is no error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a `hearth` command to its end.
pub fn run_hearth(data: &Path, arguments: &[&str]) -> Output {
    Command::new(hearth_program())
        .arg("--data-dir")
        .arg(data)
        .args(arguments)
        .env("HEARTH_CHAT__ADDRESS", "http://127.0.0.1:9")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

async fn list_sources(client: &Client, notebook: NotebookId) -> Vec<Source> {
    let query = PageQuery { limit: Some(1000), cursor: None };
    client.call::<ListSources>(&[&notebook.to_string()], &query, &()).await.unwrap().sources
}

/// Waits until every source of a node's notebook is ready or failed; returns the sources.
pub async fn wait_until_settled(client: &Client, notebook: NotebookId) -> Vec<Source> {
    let list = async || list_sources(client, notebook).await;
    wait_for("the end of preparing all sources", list, |sources| sources.iter().all(is_settled)).await
}

/// True if a source is ready or failed.
pub fn is_settled(source: &Source) -> bool {
    matches!(source.status, SourceStatus::Ready | SourceStatus::Failed)
}

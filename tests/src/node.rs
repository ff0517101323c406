//! A node in a process of its own, as users run it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use hearth_client::Client;
use hearth_domain::{NotebookId, Source, SourceStatus, Turn};
use hearth_node::read_node_file;
use hearth_wire::operations::{Ask, CreateNotebook, GetTurn, ListSources};
use hearth_wire::{NewNotebook, PageQuery, Question};

/// The program under test.
pub fn program() -> PathBuf {
    built("hearth")
}

/// A program of this workspace: built beside this test by `cargo xtask test`.
pub fn built(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    // A test stands in `deps`, a benchmark beside the program.
    let places = tests.ancestors().skip(1).take(2).map(|folder| folder.join(&name));
    places
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{name} is built; start this by `cargo xtask`"))
}

/// A running `hearth node`; killed when dropped.
pub struct NodeProcess {
    child: Child,
    /// The one-time address that it printed.
    pub page: String,
    pub address: String,
    pub token: String,
    pub client: Client,
}

impl NodeProcess {
    /// Starts a node on a data directory and waits until it serves. `settings` are environment
    /// variables such as `HEARTH_CHAT__ADDRESS`.
    pub fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program());
        command.arg("--data-dir").arg(data).args(["node", "--listen", "127.0.0.1:0"]);
        Self::run(command, data, settings)
    }

    /// Starts a node by a command of one's own, which must end in `hearth node`.
    pub fn run(mut command: Command, data: &Path, settings: &[(&str, &str)]) -> Self {
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
        let node = read_node_file(data).expect("the node says how it is reached");
        let client = if node.address.starts_with("https:") {
            let certificate = std::fs::read(data.join("tls/certificate.pem")).unwrap();
            Client::trusting(&node.address, &node.token, &certificate).unwrap()
        } else {
            Client::new(&node.address, &node.token).unwrap()
        };
        Self { child, page, address: node.address, token: node.token, client }
    }

    /// The process's number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// As a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub async fn notebook(&self, title: &str) -> NotebookId {
        let new = NewNotebook { title: title.to_owned(), emoji: None };
        self.client.call::<CreateNotebook>(&[], &(), &new).await.unwrap().id
    }

    /// Uploads bytes under a name; gives what became of them.
    pub async fn add(&self, notebook: NotebookId, name: &str, bytes: &[u8]) -> hearth_wire::AddedSources {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("upload");
        std::fs::write(&path, bytes).unwrap();
        self.client.add_file(notebook, &path, name).await.unwrap()
    }

    pub async fn sources(&self, notebook: NotebookId) -> Vec<Source> {
        sources(&self.client, notebook).await
    }

    /// Waits until every source of a notebook is ready or failed.
    pub async fn settled(&self, notebook: NotebookId) -> Vec<Source> {
        settled(&self.client, notebook).await
    }

    /// Asks and waits for the end.
    pub async fn ask(&self, notebook: NotebookId, question: Question) -> Turn {
        let turn = self.begin(notebook, question).await;
        self.ended(&turn).await
    }

    pub async fn begin(&self, notebook: NotebookId, question: Question) -> Turn {
        self.client.call::<Ask>(&[&notebook.to_string()], &(), &question).await.unwrap()
    }

    pub async fn ended(&self, turn: &Turn) -> Turn {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let now = self.client.call::<GetTurn>(&[&turn.id.to_string()], &(), &()).await.unwrap();
            if now.state != hearth_domain::TurnState::Running {
                return now;
            }
            assert!(Instant::now() < deadline, "the turn does not end: {now:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // Dead already is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command of the program to its end.
pub fn hearth(data: &Path, arguments: &[&str]) -> Output {
    Command::new(program())
        .arg("--data-dir")
        .arg(data)
        .args(arguments)
        .env("HEARTH_CHAT__ADDRESS", "http://127.0.0.1:9")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

async fn sources(client: &Client, notebook: NotebookId) -> Vec<Source> {
    let query = PageQuery { limit: Some(1000), cursor: None };
    client.call::<ListSources>(&[&notebook.to_string()], &query, &()).await.unwrap().sources
}

/// Waits until every source of a node's notebook is ready or failed.
pub async fn settled(client: &Client, notebook: NotebookId) -> Vec<Source> {
    let deadline = Instant::now() + Duration::from_mins(3);
    loop {
        let sources = sources(client, notebook).await;
        let done = |source: &Source| matches!(source.status, SourceStatus::Ready | SourceStatus::Failed);
        if sources.iter().all(done) {
            return sources;
        }
        assert!(Instant::now() < deadline, "sources do not settle: {sources:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

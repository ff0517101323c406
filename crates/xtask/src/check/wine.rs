//! Running a Windows program under Wine, in a Wine folder of our own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use hearth_host::Directories;
use hearth_models::{Catalogue, ModelCache};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::command::exists;
use crate::setup::DEFAULT_EMBEDDER;

/// How long a command may take; the first one of all makes Wine's folder.
const PATIENCE: Duration = Duration::from_mins(5);

/// Wine's two programs. Debian's package `wine64` alone brings them where no shell looks.
const PROGRAMS: [(&str, &str); 3] =
    [("/usr/lib/wine/wine64", "/usr/lib/wine/wineserver"), ("wine64", "wineserver"), ("wine", "wineserver")];

/// Whether Wine is here.
pub(super) fn is_here() -> bool {
    programs().is_some()
}

fn programs() -> Option<(&'static str, &'static str)> {
    PROGRAMS.into_iter().find(|(wine, _)| exists(wine))
}

/// A Wine with the program, its models, and an empty library.
pub(super) struct Wine {
    loader: &'static str,
    server: &'static str,
    folder: PathBuf,
    program: PathBuf,
    pub(super) reads_pdf: bool,
}

/// A node that runs until it is killed.
pub(super) struct Node {
    process: Child,
    /// Kept: a node whose output nobody takes would stop.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Wine {
    /// Prepares `folder`; what an earlier check left of the library is removed, Wine's own folder and
    /// the models are used again.
    pub(super) fn prepare(folder: &Path, program: PathBuf, reads_pdf: bool) -> anyhow::Result<Self> {
        let (wine, server) = programs().context("Wine is missing")?;
        for fresh in ["data", "documents"] {
            let fresh = folder.join(fresh);
            if fresh.exists() {
                fs::remove_dir_all(&fresh)?;
            }
            fs::create_dir_all(fresh)?;
        }
        let catalogue = Catalogue::embedded()?;
        let entry = catalogue.find(DEFAULT_EMBEDDER).context("the default embedder is in the catalogue")?;
        let cache = ModelCache::new(folder.join("models").join("hub"));
        if cache.find(entry).is_none() {
            let have = ModelCache::new(Directories::find(None)?.models).find(entry);
            cache.import(entry, &have.context("the embedding model is missing")?.folder)?;
        }
        Ok(Self { loader: wine, server, folder: folder.to_owned(), program, reads_pdf })
    }

    /// Where files lie that only this check needs.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// How Windows programs see a path of this machine.
    pub(super) fn path(&self, name: &str) -> String {
        format!("Z:{}", self.folder(name).to_string_lossy().replace('/', "\\"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.loader);
        command
            .arg(&self.program)
            .args(["--data-dir", &self.path("data")])
            .args(arguments)
            .env("WINEPREFIX", self.folder("prefix"))
            .env("WINEDEBUG", "-all")
            // Nobody is there to answer whether Wine may download these.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
            .env("HF_HOME", self.path("models"))
            .env("HEARTH_LOG", "warn")
            // No language model answers here.
            .env("HEARTH_CHAT__ADDRESS", "http://127.0.0.1:9")
            // It names this machine's library.
            .env_remove("HEARTH_PDFIUM")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs the program to its end; gives what it printed.
    pub(super) async fn hearth(&self, arguments: &[&str]) -> anyhow::Result<String> {
        println!("  > hearth.exe {}", arguments.join(" "));
        let mut command = self.command(arguments);
        let output = timeout(PATIENCE, command.stderr(Stdio::piped()).output())
            .await
            .with_context(|| format!("hearth.exe {} does not end", arguments.join(" ")))?
            .context("Wine could not be started")?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("hearth.exe {} failed ({}): {printed}{errors}", arguments.join(" "), output.status);
        }
        Ok(printed)
    }

    /// The same, where the program prints JSON.
    pub(super) async fn json(&self, arguments: &[&str]) -> anyhow::Result<serde_json::Value> {
        let printed = self.hearth(arguments).await?;
        serde_json::from_str(&printed).with_context(|| format!("this is no JSON: {printed}"))
    }

    /// Starts a node and waits until it serves.
    pub(super) async fn node(&self) -> anyhow::Result<Node> {
        println!("  > hearth.exe node");
        let mut process = self
            .command(&["node", "--listen", "127.0.0.1:0"])
            .env("HEARTH_EMBED__THREADS", "1")
            .spawn()
            .context("Wine could not be started")?;
        let output = process.stdout.take().context("a pipe from the node")?;
        let mut lines = BufReader::new(output).lines();
        loop {
            let line = timeout(PATIENCE, lines.next_line()).await.context("the node does not start")??;
            match line {
                Some(line) if line.contains("once: ") => return Ok(Node { process, _output: lines }),
                Some(_) => {}
                None => bail!("the node ended before it served"),
            }
        }
    }

    /// Ends what Wine keeps running of its own.
    pub(super) fn end(&self) {
        // Without it, it ends by itself a little later.
        let _ = std::process::Command::new(self.server)
            .arg("-k")
            .env("WINEPREFIX", self.folder("prefix"))
            .stderr(Stdio::null())
            .status();
    }
}

impl Node {
    /// Ends it at once, as a power cut would.
    pub(super) async fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill().await.context("the node could not be killed")
    }
}

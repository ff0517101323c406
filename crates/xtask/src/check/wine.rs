//! Running a Windows program under Wine, in a Wine prefix of its own.

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

use crate::command::has_program;
use crate::setup::DEFAULT_EMBEDDER;

/// Timeout of a command; the first command also creates the Wine prefix.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(5);

/// Wine's loader and server, by installation. Debian's package `wine64` installs them outside the `PATH`.
const WINE_PROGRAMS: [(&str, &str); 3] =
    [("/usr/lib/wine/wine64", "/usr/lib/wine/wineserver"), ("wine64", "wineserver"), ("wine", "wineserver")];

/// True if Wine is installed.
pub(super) fn is_wine_installed() -> bool {
    find_wine_programs().is_some()
}

fn find_wine_programs() -> Option<(&'static str, &'static str)> {
    WINE_PROGRAMS.into_iter().find(|(wine, _)| has_program(wine))
}

/// A Wine with the program, its models, and an empty library.
pub(super) struct Wine {
    loader: &'static str,
    server: &'static str,
    folder: PathBuf,
    program: PathBuf,
    pub(super) reads_pdf: bool,
}

/// Process of a node that runs until it is killed.
pub(super) struct NodeProcess {
    process: Child,
    /// Held open: a node whose output is not read would stop.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Wine {
    /// Prepares `folder`: the library of an earlier check is removed, the Wine prefix and the models are
    /// used again.
    pub(super) fn prepare(folder: &Path, program: PathBuf, reads_pdf: bool) -> anyhow::Result<Self> {
        let (wine, server) = find_wine_programs().context("Wine is missing")?;
        for name in ["data", "documents"] {
            let emptied = folder.join(name);
            if emptied.exists() {
                fs::remove_dir_all(&emptied)?;
            }
            fs::create_dir_all(emptied)?;
        }
        let catalogue = Catalogue::load_built_in()?;
        let entry =
            catalogue.find_model(DEFAULT_EMBEDDER).context("the default embedder is not in the catalogue")?;
        let cache = ModelCache::new(folder.join("models").join("hub"));
        if cache.find_files(entry).is_none() {
            let installed = ModelCache::new(Directories::from_environment(None)?.models).find_files(entry);
            cache
                .import_model(entry, &installed.context("the search model (embedder) is missing")?.folder)?;
        }
        Ok(Self { loader: wine, server, folder: folder.to_owned(), program, reads_pdf })
    }

    /// Path of a file or folder of this check.
    pub(super) fn folder_path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Path of a file or folder of this check, as Windows programs see it.
    pub(super) fn windows_path(&self, name: &str) -> String {
        format!("Z:{}", self.folder_path(name).to_string_lossy().replace('/', "\\"))
    }

    fn build_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.loader);
        command
            .arg(&self.program)
            .args(["--data-dir", &self.windows_path("data")])
            .args(arguments)
            .env("WINEPREFIX", self.folder_path("prefix"))
            .env("WINEDEBUG", "-all")
            // Keeps Wine from asking whether it may download these.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
            .env("HF_HOME", self.windows_path("models"))
            .env("HEARTH_LOG", "warn")
            // No language model server is at this address.
            .env("HEARTH_CHAT__ADDRESS", "http://127.0.0.1:9")
            // The variable names this machine's library.
            .env_remove("HEARTH_PDFIUM")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs the program to its end; returns its standard output.
    pub(super) async fn run_hearth(&self, arguments: &[&str]) -> anyhow::Result<String> {
        println!("  > hearth.exe {}", arguments.join(" "));
        let mut command = self.build_command(arguments);
        let output = timeout(COMMAND_TIMEOUT, command.stderr(Stdio::piped()).output())
            .await
            .with_context(|| format!("hearth.exe {} did not end in time", arguments.join(" ")))?
            .context("Wine could not be started")?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("hearth.exe {} failed ({}): {printed}{errors}", arguments.join(" "), output.status);
        }
        Ok(printed)
    }

    /// Runs the program to its end; returns the JSON that it printed.
    pub(super) async fn run_hearth_for_json(&self, arguments: &[&str]) -> anyhow::Result<serde_json::Value> {
        let printed = self.run_hearth(arguments).await?;
        serde_json::from_str(&printed).with_context(|| format!("the output is not JSON: {printed}"))
    }

    /// Starts a node and waits until it serves.
    pub(super) async fn start_node(&self) -> anyhow::Result<NodeProcess> {
        println!("  > hearth.exe node");
        let mut process = self
            .build_command(&["node", "--listen", "127.0.0.1:0"])
            .env("HEARTH_EMBED__THREADS", "1")
            .spawn()
            .context("Wine could not be started")?;
        let output = process.stdout.take().context("the node has no output pipe")?;
        let mut lines = BufReader::new(output).lines();
        loop {
            let line = timeout(COMMAND_TIMEOUT, lines.next_line())
                .await
                .context("the node did not start in time")??;
            match line {
                Some(line) if line.contains("once: ") => return Ok(NodeProcess { process, _output: lines }),
                Some(_) => {}
                None => bail!("the node ended before it was ready"),
            }
        }
    }

    /// Stops the Wine server.
    pub(super) fn stop_wine_server(&self) {
        // A failure is harmless: the server ends by itself a little later.
        let _ = std::process::Command::new(self.server)
            .arg("-k")
            .env("WINEPREFIX", self.folder_path("prefix"))
            .stderr(Stdio::null())
            .status();
    }
}

impl NodeProcess {
    /// Kills the process at once, as a power cut would.
    pub(super) async fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill().await.context("the node could not be killed")
    }
}

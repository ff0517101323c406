//! Running other programs, with their command lines printed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// Cargo in the workspace's folder.
pub(crate) struct Cargo {
    root: PathBuf,
}

impl Cargo {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Runs cargo with its output on this terminal.
    pub(crate) fn run(&self, arguments: &[&str]) -> anyhow::Result<()> {
        println!("$ cargo {}", arguments.join(" "));
        let mut command = Command::new(env!("CARGO"));
        // Those of xtask's own package: build scripts that look at them (ring's) would run again, and all that
        // depends on them would be built anew, whenever cargo is used with and without xtask by turns.
        for (name, _) in std::env::vars_os() {
            let is_own = |prefix| name.to_str().is_some_and(|name| name.starts_with(prefix));
            if is_own("CARGO_PKG_") || is_own("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        let status =
            command.args(arguments).current_dir(&self.root).status().context("cargo could not be started")?;
        if !status.success() {
            bail!("cargo {} failed", arguments.first().unwrap_or(&""));
        }
        Ok(())
    }
}

impl Cargo {
    /// Target folder of this workspace.
    pub(crate) fn target_folder(&self) -> anyhow::Result<PathBuf> {
        let metadata = cargo_metadata::MetadataCommand::new().current_dir(&self.root).no_deps().exec()?;
        Ok(metadata.target_directory.into_std_path_buf())
    }
}

/// Runs a program without its output; if it fails, the error contains its standard error.
pub(crate) fn run_quietly(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    println!("  $ {program} {}", arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("{program} could not be started; install it first"))?;
    if !output.status.success() {
        bail!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// True if a program can be started.
pub(crate) fn has_program(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

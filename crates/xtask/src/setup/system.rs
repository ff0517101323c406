//! Programs of the operating system that setup itself needs: installed where that can be done, else
//! the exact command is told.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// How to see that something is there, and the Debian and Ubuntu package that brings it.
struct Needed {
    probe: &'static [&'static str],
    package: &'static str,
    /// What to do on Windows.
    windows: &'static str,
}

const NEEDED: &[Needed] = &[
    Needed { probe: &["curl", "--version"], package: "curl", windows: "Windows brings curl since 2018" },
    Needed {
        probe: &["python3", "-m", "pip", "--version"],
        package: "python3-pip",
        windows: "winget install Python.Python.3.13",
    },
    Needed {
        probe: &["python3", "-c", "import venv, ensurepip"],
        package: "python3-venv",
        windows: "winget install Python.Python.3.13",
    },
];

/// Installs what is missing.
pub(super) fn programs() -> anyhow::Result<()> {
    let missing: Vec<&Needed> = NEEDED.iter().filter(|needed| !answers(needed.probe)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if cfg!(windows) {
        let mut commands: Vec<&str> = missing.iter().map(|needed| needed.windows).collect();
        commands.dedup();
        bail!(
            "something is missing that setup needs; install it, then start again:\n  {}",
            commands.join("\n  ")
        );
    }
    let wanted: Vec<&str> = missing.iter().map(|needed| needed.package).collect();
    packages(&wanted)
}

/// Installs those of some packages whose probe does not answer.
pub(super) fn missing(needed: &[(&[&str], &'static str)]) -> anyhow::Result<()> {
    let missing: Vec<&str> =
        needed.iter().filter(|(probe, _)| !answers(probe)).map(|(_, package)| *package).collect();
    if missing.is_empty() { Ok(()) } else { packages(&missing) }
}

/// Installs packages of Debian or Ubuntu, or tells the exact command.
pub(super) fn packages(packages: &[&str]) -> anyhow::Result<()> {
    println!("setup: missing on this system: {}", packages.join(", "));
    let mut install = vec!["apt-get", "install", "-y", "--no-install-recommends"];
    install.extend(packages);
    let by_hand = format!("install it by hand, then start again:\n  sudo {}", install.join(" "));
    if !answers(&["apt-get", "--version"]) {
        bail!("this system has no apt-get; install with its own tools: {}", packages.join(", "));
    }
    if !is_root() {
        if !answers(&["sudo", "--version"]) {
            bail!("neither root nor sudo: {by_hand}");
        }
        install.insert(0, "sudo");
    }
    if run(&install).is_err() {
        // A fresh system has no lists of packages yet.
        let mut update: Vec<&str> = install.iter().copied().take_while(|word| *word != "install").collect();
        update.push("update");
        run(&update).and_then(|()| run(&install)).with_context(|| by_hand)?;
    }
    Ok(())
}

/// On Windows Python is called python.
fn answers(probe: &[&str]) -> bool {
    let [program, arguments @ ..] = probe else { return false };
    let program = if cfg!(windows) && *program == "python3" { "python" } else { program };
    let quiet = |command: &mut Command| {
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()
    };
    quiet(&mut Command::new(program)).is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn run(words: &[&str]) -> anyhow::Result<()> {
    println!("  $ {}", words.join(" "));
    let [program, arguments @ ..] = words else { bail!("nothing to run") };
    let status = Command::new(program)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .with_context(|| format!("{program} could not be started"))?;
    if !status.success() {
        bail!("{} failed", words.join(" "));
    }
    Ok(())
}

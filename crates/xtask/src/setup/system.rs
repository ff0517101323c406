//! Programs of the operating system that setup itself needs: installed if possible, else the error names
//! the exact command.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Required program: a command that succeeds if it is installed, and its Debian and Ubuntu package.
struct RequiredProgram {
    probe: &'static [&'static str],
    package: &'static str,
    /// Remedy on Windows.
    windows: &'static str,
}

const SETUP_PROGRAMS: &[RequiredProgram] = &[
    RequiredProgram {
        probe: &["curl", "--version"],
        package: "curl",
        windows: "curl is part of Windows 10 (2018) and later",
    },
    RequiredProgram {
        probe: &["python3", "-m", "pip", "--version"],
        package: "python3-pip",
        windows: "winget install Python.Python.3.13",
    },
    RequiredProgram {
        probe: &["python3", "-c", "import venv, ensurepip"],
        package: "python3-venv",
        windows: "winget install Python.Python.3.13",
    },
];

/// Installs the missing programs that setup needs.
pub(super) fn install_setup_programs() -> anyhow::Result<()> {
    let missing: Vec<&RequiredProgram> =
        SETUP_PROGRAMS.iter().filter(|program| !probe_succeeds(program.probe)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if cfg!(windows) {
        let mut commands: Vec<&str> = missing.iter().map(|program| program.windows).collect();
        commands.dedup();
        bail!(
            "setup needs programs that are missing; install them, then run this command again:\n  {}",
            commands.join("\n  ")
        );
    }
    let packages: Vec<&str> = missing.iter().map(|program| program.package).collect();
    install_packages(&packages)
}

/// Installs the packages whose probe fails.
pub(super) fn install_missing(requirements: &[(&[&str], &'static str)]) -> anyhow::Result<()> {
    let missing: Vec<&str> = requirements
        .iter()
        .filter(|(probe, _)| !probe_succeeds(probe))
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() { Ok(()) } else { install_packages(&missing) }
}

/// Installs packages of Debian or Ubuntu, or fails with the exact command.
pub(super) fn install_packages(packages: &[&str]) -> anyhow::Result<()> {
    println!("setup: missing on this system: {}", packages.join(", "));
    let mut install = vec!["apt-get", "install", "-y", "--no-install-recommends"];
    install.extend(packages);
    let manual_steps =
        format!("install the packages yourself, then run this command again:\n  sudo {}", install.join(" "));
    if !probe_succeeds(&["apt-get", "--version"]) {
        bail!(
            "this system has no apt-get; install the equivalents of these Debian packages: {}",
            packages.join(", ")
        );
    }
    if !is_root() {
        if !probe_succeeds(&["sudo", "--version"]) {
            bail!("installing packages needs root or sudo; {manual_steps}");
        }
        install.insert(0, "sudo");
    }
    if run_command(&install).is_err() {
        // A fresh system has no package lists yet.
        let mut update: Vec<&str> =
            install.iter().copied().take_while(|argument| *argument != "install").collect();
        update.push("update");
        run_command(&update).and_then(|()| run_command(&install)).with_context(|| manual_steps)?;
    }
    Ok(())
}

/// True if a probe succeeds. On Windows Python is called python.
fn probe_succeeds(probe: &[&str]) -> bool {
    let [program, arguments @ ..] = probe else { return false };
    let program = if cfg!(windows) && *program == "python3" { "python" } else { program };
    let run_silently = |command: &mut Command| {
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()
    };
    run_silently(&mut Command::new(program)).is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn run_command(command_line: &[&str]) -> anyhow::Result<()> {
    println!("  $ {}", command_line.join(" "));
    let [program, arguments @ ..] = command_line else { bail!("the command is empty") };
    let status = Command::new(program)
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .with_context(|| format!("{program} could not be started"))?;
    if !status.success() {
        bail!("{} failed", command_line.join(" "));
    }
    Ok(())
}

//! What a measurement leaves: a table on the terminal and a page beside `crates/README.md`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use hearth_host::python;
use serde_json::Value;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().and_then(Path::parent).unwrap_or(here).to_owned()
}

/// The program, which was built beside this one.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let program = own.with_file_name(format!("hearth{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        bail!("{} is not built; start this by `cargo xtask`", program.display());
    }
    Ok(program)
}

/// Has git bring what is at an address into a folder, unless it is there; `more` are options of git's.
pub(crate) fn cloned(address: &str, more: &[&str], folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        return Ok(());
    }
    println!("fetching {address}");
    quietly(
        Command::new("git").args(["clone", "--quiet", "--depth", "1"]).args(more).arg(address).arg(folder),
    )
}

/// Runs a program; its error output is told when it fails.
pub(crate) fn quietly(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("{}", command.get_program().display()))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// Prints a report and writes it where the architecture page points to.
pub(crate) fn keep(name: &str, report: &str) -> anyhow::Result<()> {
    println!("{report}");
    let folder = root().join("crates").join("measured");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{name}.md"));
    let mut text = String::new();
    writeln!(text, "# cargo xtask bench {name}\n\n{}\n", machine())?;
    text.push_str(report);
    fs::write(&path, text).with_context(|| format!("{} could not be written", path.display()))
}

/// The machine, the compiler and the day, for whoever reads the figures later.
fn machine() -> String {
    let first = |path: &str, prefix: &str| -> Option<String> {
        let text = fs::read_to_string(path).ok()?;
        let line = text.lines().find(|line| line.starts_with(prefix))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let cpu = first("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unknown processor".into());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    let seconds = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    let day = jiff::Timestamp::from_second(seconds as i64)
        .map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d").to_string());
    format!(
        "{day}, {cpu}, {cores} cores, load {load} when it began to be written, Hearth {}.",
        env!("CARGO_PKG_VERSION")
    )
}

/// Installs a rival's packages into the tests' Python, runs a script of this crate, and gives the JSON that it
/// prints.
pub(crate) fn rival(script: &str, packages: &[&str], arguments: &[&str]) -> anyhow::Result<Value> {
    let own = python().context("the tests' Python is missing; run `cargo xtask test` once")?;
    let mut install = Command::new(&own);
    install.args(["-m", "pip", "install", "--quiet"]).args(packages);
    if !install.status()?.success() {
        bail!("the packages of the rivals could not be installed: {}", packages.join(" "));
    }
    let script = root().join("crates/hearth-bench").join(script);
    let output = Command::new(own).arg(script).args(arguments).stderr(Stdio::inherit()).output()?;
    if output.stdout.is_empty() {
        bail!("the rivals could not be measured");
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// p50, p95 and p99 of times, in milliseconds.
pub(crate) fn percentiles(mut times: Vec<Duration>) -> [f64; 3] {
    times.sort();
    let at = |share: usize| {
        times
            .get((times.len() * share / 100).min(times.len().saturating_sub(1)))
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    [at(50), at(95), at(99)]
}

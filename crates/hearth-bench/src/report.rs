//! Reports of benchmarks (on the terminal and in `crates/measured`), and the programs and rivals that they
//! need.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use hearth_host::python_executable;
use serde_json::Value;

/// Root folder of the workspace.
pub(crate) fn workspace_root() -> PathBuf {
    let manifest_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_folder.parent().and_then(Path::parent).unwrap_or(manifest_folder).to_owned()
}

/// Path of the program `hearth`, built into the same folder as this one.
pub(crate) fn hearth_program() -> anyhow::Result<PathBuf> {
    let this_program = std::env::current_exe()?;
    let program = this_program.with_file_name(format!("hearth{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        bail!(
            "{} is not built; run this program by `cargo xtask bench` or `cargo xtask eval`",
            program.display()
        );
    }
    Ok(program)
}

/// Clones the Git repository at `address` into a folder, unless that exists; `options` are further options
/// of git.
pub(crate) fn clone_repository(address: &str, options: &[&str], folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        return Ok(());
    }
    println!("downloading {address}");
    run_quietly(
        Command::new("git").args(["clone", "--quiet", "--depth", "1"]).args(options).arg(address).arg(folder),
    )
}

/// Runs a program without output; its standard error is the error if it fails.
pub(crate) fn run_quietly(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("{}", command.get_program().display()))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// Prints a report and writes it to `crates/measured`, where the architecture page links to it.
pub(crate) fn save_report(name: &str, report: &str) -> anyhow::Result<()> {
    println!("{report}");
    let folder = workspace_root().join("crates").join("measured");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{name}.md"));
    let mut text = String::new();
    writeln!(text, "# cargo xtask bench {name}\n\n{}\n", describe_machine())?;
    text.push_str(report);
    fs::write(&path, text).with_context(|| format!("{} could not be written", path.display()))
}

/// Line with the day, the processor, its cores and load, and Hearth's version.
fn describe_machine() -> String {
    let read_field = |path: &str, prefix: &str| -> Option<String> {
        let text = fs::read_to_string(path).ok()?;
        let line = text.lines().find(|line| line.starts_with(prefix))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let cpu = read_field("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unknown processor".into());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    let seconds = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    let day = jiff::Timestamp::from_second(seconds as i64)
        .map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d").to_string());
    format!(
        "{day}, {cpu}, {cores} cores, load {load} when this report was written, Hearth {}.",
        env!("CARGO_PKG_VERSION")
    )
}

/// Installs a rival's packages into the tests' Python, runs a script of this crate, and returns its JSON
/// output.
pub(crate) fn run_rival(script: &str, packages: &[&str], arguments: &[&str]) -> anyhow::Result<Value> {
    let python = python_executable().context("the tests' Python is missing; run `cargo xtask test` once")?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet"]).args(packages);
    if !install.status()?.success() {
        bail!("the packages of the rivals could not be installed: {}", packages.join(" "));
    }
    let script = workspace_root().join("crates/hearth-bench").join(script);
    let output = Command::new(python).arg(script).args(arguments).stderr(Stdio::inherit()).output()?;
    if output.stdout.is_empty() {
        bail!("the rivals could not be measured");
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Percentiles p50, p95 and p99 of times, in milliseconds.
pub(crate) fn percentiles(mut times: Vec<Duration>) -> [f64; 3] {
    times.sort();
    let percentile = |percent: usize| {
        times
            .get((times.len() * percent / 100).min(times.len().saturating_sub(1)))
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    [percentile(50), percentile(95), percentile(99)]
}

//! `cargo xtask bench`: how fast and how large things are, on this machine, against named rivals
//! in the same run. Each part prints a table and writes it beside `crates/README.md`.

mod search;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::Context;
use clap::Subcommand;

use crate::command::Cargo;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Searching 10 thousand, 100 thousand and a million passages, and vectors alone against
    /// `LanceDB` and Chroma
    Search {
        /// Passages, in thousands; several are measured one after the other
        #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1000])]
        thousands: Vec<usize>,
        /// Without the rivals, which takes much less time
        #[arg(long)]
        alone: bool,
        /// Measure in this very process (what the optimised build is started with)
        #[arg(long, hide = true)]
        here: bool,
    },
}

pub(crate) fn run(root: &Path, cargo: &Cargo, what: &Bench) -> anyhow::Result<()> {
    match what {
        Bench::Search { thousands, alone, here: true } => {
            let report = search::measure(root, thousands, !alone)?;
            keep(root, "search", &report)
        }
        Bench::Search { thousands, alone, here: false } => {
            println!("building with optimisations (the first time takes some minutes)");
            let sizes: Vec<String> = thousands.iter().map(ToString::to_string).collect();
            let sizes = sizes.join(",");
            let mut call = vec!["run", "--release", "--package", "xtask", "--", "bench", "search", "--here"];
            call.extend(["--thousands", &sizes]);
            if *alone {
                call.push("--alone");
            }
            cargo.run(&call)
        }
    }
}

/// Prints a report and writes it where the architecture page points to.
fn keep(root: &Path, name: &str, report: &str) -> anyhow::Result<()> {
    println!("{report}");
    let folder = root.join("crates").join("measured");
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

//! `cargo xtask bench` and `cargo xtask eval`: builds `hearth-bench` and starts it.

use std::process::Command;

use anyhow::{Context, bail};
use clap::Subcommand;

use crate::command::Cargo;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Desktop program: time to a usable window, and memory
    Desktop,
    /// Embedder against ONNX Runtime, on the same texts
    Embed,
    /// Interface in a browser: opening passages, scrolling sources, a long text
    Interface,
    /// Node as a process: start, memory, adding documents, time from a question to the prompt
    Node,
    /// Search over 10 thousand, 100 thousand and a million passages, and vectors alone against
    /// `LanceDB` and Chroma
    Search {
        /// Arguments of the benchmark: `--thousands 10,100`, `--alone` (without the rivals)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Diarisation of conversations assembled from recordings of single speakers
    Speakers {
        /// Arguments of the benchmark: `--sources FOLDER` (of `SPEAKER-….flac` files; downloaded by default)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Dictation: time from the released key to the text, and whisper against whisper.cpp's own program
    Voice {
        /// Arguments of the benchmark: `--sources FOLDER` (of whisper.cpp; downloaded by default)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Runs a benchmark of speed and size, with optimisations; without a name, the four general ones.
pub(crate) fn run_benchmarks(cargo: &Cargo, benchmark: Option<Bench>) -> anyhow::Result<()> {
    println!("building with optimisations (the first time takes some minutes)");
    cargo.run(&["build", "--release", "--package", "hearth-cli", "--package", "hearth-bench"])?;
    let run_benchmark = |name: &str, arguments: &[String]| {
        let mut command_line = vec!["run", "--release", "--quiet", "--package", "hearth-bench", "--", name];
        command_line.extend(arguments.iter().map(String::as_str));
        cargo.run(&command_line)
    };
    match benchmark {
        Some(Bench::Desktop) => {
            cargo.run(&["build", "--release", "--package", "hearth-desktop"])?;
            run_benchmark("desktop", &[])
        }
        Some(Bench::Embed) => run_benchmark("embed", &[]),
        Some(Bench::Interface) => run_benchmark("interface", &[]),
        Some(Bench::Node) => run_benchmark("node", &[]),
        Some(Bench::Search { arguments }) => run_benchmark("search", &arguments),
        Some(Bench::Speakers { arguments }) => run_benchmark("speakers", &arguments),
        Some(Bench::Voice { arguments }) => run_benchmark("voice", &arguments),
        None => {
            run_benchmark("interface", &[])?;
            run_benchmark("embed", &[])?;
            run_benchmark("node", &[])?;
            run_benchmark("search", &[])
        }
    }
}

/// Evaluates the quality of reading documents.
pub(crate) fn evaluate_documents(cargo: &Cargo) -> anyhow::Result<()> {
    // Built like the tests, so that nothing is compiled a second time with other features.
    cargo.run(&["build", "--quiet", "--workspace", "--bins"])?;
    let folder = cargo.target_folder()?.join("debug");
    let program = folder.join(format!("hearth-bench{}", std::env::consts::EXE_SUFFIX));
    let status = Command::new(program).arg("documents").status().context("hearth-bench")?;
    if !status.success() {
        bail!("the evaluation failed");
    }
    Ok(())
}

//! `cargo xtask bench` and `cargo xtask eval`: builds what measures (`hearth-bench`) and starts it.

use std::process::Command;

use anyhow::{Context, bail};
use clap::Subcommand;

use crate::command::Cargo;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// The desktop program: how soon its window can be used, and what it weighs
    Desktop,
    /// The encoder beside ONNX Runtime, on the same texts
    Embed,
    /// The interface in a browser: opening passages, scrolling sources, a long text
    Interface,
    /// A whole node: start, memory, taking in documents, from a question to the prompt
    Node,
    /// Searching 10 thousand, 100 thousand and a million passages, and vectors alone beside
    /// `LanceDB` and Chroma
    Search {
        /// Passed on: `--thousands 10,100`, `--alone` (without the rivals)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Who speaks when, in conversations put together from what people read
    Speakers {
        /// Passed on: `--sources FOLDER` (of `SPEAKER-….flac`; some are fetched otherwise)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// From the key that is let go to the text, and whisper beside whisper.cpp's own program
    Voice {
        /// Passed on: `--sources FOLDER` (of whisper.cpp, which is fetched otherwise)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Measures how fast and how large things are, with optimisations; all parts unless one is named.
pub(crate) fn run(cargo: &Cargo, what: Option<Bench>) -> anyhow::Result<()> {
    println!("building with optimisations (the first time takes some minutes)");
    cargo.run(&["build", "--release", "--package", "hearth-cli", "--package", "hearth-bench"])?;
    let part = |name: &str, arguments: &[String]| {
        let mut call = vec!["run", "--release", "--quiet", "--package", "hearth-bench", "--", name];
        call.extend(arguments.iter().map(String::as_str));
        cargo.run(&call)
    };
    match what {
        Some(Bench::Desktop) => {
            cargo.run(&["build", "--release", "--package", "hearth-desktop"])?;
            part("desktop", &[])
        }
        Some(Bench::Embed) => part("embed", &[]),
        Some(Bench::Interface) => part("interface", &[]),
        Some(Bench::Node) => part("node", &[]),
        Some(Bench::Search { arguments }) => part("search", &arguments),
        Some(Bench::Speakers { arguments }) => part("speakers", &arguments),
        Some(Bench::Voice { arguments }) => part("voice", &arguments),
        None => {
            part("interface", &[])?;
            part("embed", &[])?;
            part("node", &[])?;
            part("search", &[])
        }
    }
}

/// Measures how well files are read.
pub(crate) fn documents(cargo: &Cargo) -> anyhow::Result<()> {
    // As the tests are built, so that nothing is compiled a second time with other features.
    cargo.run(&["build", "--quiet", "--workspace", "--bins"])?;
    let folder = cargo.target_folder()?.join("debug");
    let program = folder.join(format!("hearth-bench{}", std::env::consts::EXE_SUFFIX));
    let status = Command::new(program).arg("documents").status().context("hearth-bench")?;
    if !status.success() {
        bail!("measuring failed");
    }
    Ok(())
}

//! What a developer or a new user does, as a program: `cargo xtask run`, `test`, `setup`, `tidy`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for terminals")]

mod bench;
mod check;
mod command;
mod foreign;
mod interface;
mod licences;
mod setup;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use command::Cargo;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Run, test and keep Hearth")]
enum Task {
    /// Set up what is missing and start Hearth: its window, or its node where there is no display
    Run {
        /// The node alone, for a browser, even where there is a display
        #[arg(long)]
        node: bool,
        /// Let the graphics card hear, too
        #[arg(long, value_enum)]
        graphics: Option<setup::Graphics>,
        /// Passed on: files for the window, options for `hearth node`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Set up what is missing and run all tests
    Test,
    /// Install what is missing; quick when nothing is
    Setup,
    /// Build the interface, which the node then carries
    Interface,
    /// Take pictures of the interface: each page, light and dark, in three widths
    Screenshots,
    /// Measure on real data (HEARTH_EVAL_DIR)
    Eval {
        #[command(subcommand)]
        what: Eval,
    },
    /// Measure speed and size, against named rivals in the same run
    Bench {
        #[command(subcommand)]
        what: Option<bench::Bench>,
    },
    /// Build for another system and try the program there
    Check {
        #[command(subcommand)]
        what: check::Check,
    },
    /// Check formatting, lints, dependencies between crates, the map, lengths
    Tidy {
        #[command(subcommand)]
        only: Option<Tidy>,
    },
}

#[derive(Subcommand)]
enum Eval {
    /// How well files are read: words kept, words added, their order
    Documents,
}

#[derive(Subcommand)]
enum Tidy {
    /// Only what reads files: quick
    Files,
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().and_then(Path::parent).unwrap_or(here).to_owned()
}

fn main() -> ExitCode {
    match task() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn task() -> anyhow::Result<()> {
    let root = root();
    let cargo = Cargo::new(&root);
    match Task::parse() {
        Task::Setup => setup::all(),
        Task::Run { node, graphics, arguments } => run(&root, &cargo, node, graphics, &arguments),
        Task::Test => {
            setup::all()?;
            setup::for_tests()?;
            tidy::files(&root)?;
            tidy::tools(&cargo)?;
            interface::build(&root, &cargo)?;
            // Builds the program first, which the journeys start.
            cargo.run(&["test", "--workspace"])
        }
        Task::Screenshots => {
            setup::all()?;
            setup::for_tests()?;
            interface::build(&root, &cargo)?;
            interface::screenshots(&root, &cargo)
        }
        Task::Interface => interface::build(&root, &cargo),
        Task::Eval { what: Eval::Documents } => {
            setup::all()?;
            bench::documents(&cargo)
        }
        Task::Bench { what } => {
            setup::all()?;
            setup::for_tests()?;
            interface::build(&root, &cargo)?;
            bench::run(&cargo, what)
        }
        Task::Check { what } => check::run(&root, &cargo, what),
        Task::Tidy { only: Some(Tidy::Files) } => tidy::files(&root),
        Task::Tidy { only: None } => {
            tidy::files(&root)?;
            tidy::tools(&cargo)
        }
    }
}

/// Sets up what is missing and starts Hearth.
fn run(
    root: &Path,
    cargo: &Cargo,
    node: bool,
    graphics: Option<setup::Graphics>,
    arguments: &[String],
) -> anyhow::Result<()> {
    let has_window = !node && hearth_host::has_display();
    setup::all()?;
    if has_window {
        setup::for_desktop().context("for the browser alone: cargo xtask run --node")?;
    }
    if let Some(graphics) = graphics {
        setup::for_graphics(graphics)?;
    }
    interface::build(root, cargo)?;
    println!("building hearth (the first time takes some minutes)");
    let (package, first) = if has_window { ("hearth-desktop", None) } else { ("hearth-cli", Some("node")) };
    let mut what = vec!["--release", "--package", package];
    if let Some(graphics) = graphics {
        what.extend(["--features", graphics.feature()]);
    }
    cargo.run(&[&["build"], what.as_slice()].concat())?;
    if has_window {
        println!("Hearth opens its window; `cargo xtask run --node` serves a browser instead");
    }
    let mut call = [&["run", "--quiet"], what.as_slice(), &["--"]].concat();
    call.extend(first);
    call.extend(arguments.iter().map(String::as_str));
    cargo.run(&call)
}

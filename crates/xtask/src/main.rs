//! Tasks of a developer or a new user: `cargo xtask run`, `test`, `setup`, `format`, `tidy`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for terminals")]

mod bench;
mod check;
mod command;
mod file_listing;
mod format;
mod interface;
mod licences;
mod setup;
mod tidy;
mod toolchain;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

use command::Cargo;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Run, test and maintain Hearth")]
enum Task {
    /// Install what is missing and start Hearth: its window, or only its node if there is no display
    Run {
        /// Start only the node, for a browser, even if there is a display
        #[arg(long)]
        node: bool,
        /// Build speech recognition for the graphics card
        #[arg(long, value_enum)]
        graphics: Option<setup::Graphics>,
        /// Arguments of Hearth: files for the window, options for `hearth node`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Install what is missing and run all tests
    Test,
    /// Install what is missing; quick when nothing is
    Setup,
    /// Build the web interface, which is compiled into the node
    Interface,
    /// Take screenshots of each page of the interface, light and dark, in three widths
    Screenshots,
    /// Measure on real data (HEARTH_EVAL_DIR)
    Eval {
        #[command(subcommand)]
        evaluation: Eval,
    },
    /// Measure speed and size, against named rivals in the same run
    Bench {
        #[command(subcommand)]
        benchmark: Option<bench::Bench>,
    },
    /// Build for another system and test the program there
    Check {
        #[command(subcommand)]
        check: check::Check,
    },
    /// Format the code, the `view!` macros of the interface, and the style sheets
    Format,
    /// Check formatting, lints, crate dependencies, circles of imports, the crate map, names and lengths
    Tidy {
        #[command(subcommand)]
        part: Option<Tidy>,
    },
}

#[derive(Subcommand)]
enum Eval {
    /// Measure the quality of reading files: words kept, words added, word order
    Documents,
}

#[derive(Subcommand)]
enum Tidy {
    /// Run only the quick checks, which read files
    Files,
}

/// The folder of the workspace.
fn workspace_root() -> PathBuf {
    let manifest_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_folder.parent().and_then(Path::parent).unwrap_or(manifest_folder).to_owned()
}

fn main() -> ExitCode {
    match run_task() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_task() -> anyhow::Result<()> {
    let root = workspace_root();
    let cargo = Cargo::new(&root);
    match Task::parse() {
        Task::Setup => setup::install_all(),
        Task::Run { node, graphics, arguments } => run_hearth(&root, &cargo, node, graphics, &arguments),
        Task::Test => {
            setup::install_all()?;
            setup::install_for_tests()?;
            tidy::check_files(&root)?;
            tidy::check_formatting_and_lints(&root, &cargo)?;
            interface::build_interface(&root, &cargo)?;
            // Also builds the programs that the tests start.
            cargo.run(&["test", "--workspace"])
        }
        Task::Screenshots => {
            setup::install_all()?;
            setup::install_for_tests()?;
            interface::build_interface(&root, &cargo)?;
            interface::take_screenshots(&root, &cargo)
        }
        Task::Interface => interface::build_interface(&root, &cargo),
        Task::Eval { evaluation: Eval::Documents } => {
            setup::install_all()?;
            bench::evaluate_documents(&cargo)
        }
        Task::Bench { benchmark } => {
            setup::install_all()?;
            setup::install_for_tests()?;
            interface::build_interface(&root, &cargo)?;
            bench::run_benchmarks(&cargo, benchmark)
        }
        Task::Check { check } => check::run_check(&root, &cargo, check),
        Task::Format => format::format_all(&root, &cargo),
        Task::Tidy { part: Some(Tidy::Files) } => tidy::check_files(&root),
        Task::Tidy { part: None } => {
            tidy::check_files(&root)?;
            tidy::check_formatting_and_lints(&root, &cargo)
        }
    }
}

/// Sets up what is missing and starts Hearth.
fn run_hearth(
    root: &Path,
    cargo: &Cargo,
    node: bool,
    graphics: Option<setup::Graphics>,
    arguments: &[String],
) -> anyhow::Result<()> {
    let has_window = !node && hearth_host::has_display();
    setup::install_all()?;
    if has_window {
        setup::install_for_desktop().context(
            "the window needs more programs; to use a browser instead, run `cargo xtask run --node`",
        )?;
    }
    if let Some(graphics) = graphics {
        setup::install_for_graphics(graphics)?;
    }
    interface::build_interface(root, cargo)?;
    println!("building hearth (the first time takes some minutes)");
    let (package, subcommand) =
        if has_window { ("hearth-desktop", None) } else { ("hearth-cli", Some("node")) };
    let mut build_arguments = vec!["--release", "--package", package];
    if let Some(graphics) = graphics {
        build_arguments.extend(["--features", graphics.feature_name()]);
    }
    cargo.run(&[&["build"], build_arguments.as_slice()].concat())?;
    if has_window {
        println!("Hearth opens its window; to use a browser instead, run `cargo xtask run --node`");
    }
    let mut run_arguments = [&["run", "--quiet"], build_arguments.as_slice(), &["--"]].concat();
    run_arguments.extend(subcommand);
    run_arguments.extend(arguments.iter().map(String::as_str));
    cargo.run(&run_arguments)
}

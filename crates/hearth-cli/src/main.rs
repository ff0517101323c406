//! The `hearth` program.

mod commands;
mod output;
mod session;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Ask your own documents, on your own machines, and see the very passage behind every claim.
#[derive(Parser)]
#[command(name = "hearth", version, about, max_term_width = 100)]
struct Arguments {
    /// Where the library is kept [default: the platform's data folder, or HEARTH_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the node: it serves the library to programs and browsers on this machine
    Node(commands::node::Arguments),
    /// Make a notebook and print its id
    New(commands::notebooks::New),
    /// List the notebooks
    List(commands::notebooks::List),
    /// Add files, folders or web pages to a notebook
    Add(commands::add::Arguments),
    /// Ask a notebook; the answer streams, then its numbered quotes
    Ask(commands::ask::Arguments),
    /// Search a notebook, or everything
    Search(commands::search::Arguments),
    /// List, get or remove models
    Models(commands::models::Arguments),
    /// What is running, and with which engines
    Status(commands::status::Arguments),
    /// Open the notebooks in a browser
    Open,
    /// Check all that Hearth needs, and say how to mend what is not well
    Doctor(commands::doctor::Arguments),
    /// Make, list or revoke keys for other programs
    Key(commands::key::Arguments),
    /// Back the library up to one file, check a backup, or restore one
    Backup(commands::backup::Arguments),
    /// Print the settings in effect and where each came from
    Config(commands::config::Arguments),
    /// Measure retrieval on judged collections
    Eval(commands::eval::Arguments),
    /// Serve as a confined process (used by the node itself)
    #[command(hide = true)]
    Worker { what: Option<String> },
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let wrong = error.use_stderr();
            // Printing help to a closed pipe is nobody's problem.
            let _ = error.print();
            return if wrong { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    // A worker confines itself: nothing else may have been started in its process.
    if let Some(Command::Worker { what }) = &arguments.command {
        return hearth_node::serve_worker(what.as_deref()).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let filter =
        if matches!(arguments.command, Some(Command::Node(_))) { "info,access=info" } else { "warn" };
    hearth_host::start_logging(&format!("{filter},tantivy=warn"));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::error(&format!("the program cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let data_dir = arguments.data_dir.as_deref();
    match arguments.command {
        None => commands::status::overview(data_dir),
        Some(Command::Node(command)) => commands::node::run(data_dir, command).await,
        Some(Command::New(command)) => commands::notebooks::new(data_dir, command).await,
        Some(Command::List(command)) => commands::notebooks::list(data_dir, command).await,
        Some(Command::Add(command)) => commands::add::run(data_dir, command).await,
        Some(Command::Ask(command)) => commands::ask::run(data_dir, command).await,
        Some(Command::Search(command)) => commands::search::run(data_dir, command).await,
        Some(Command::Models(command)) => commands::models::run(data_dir, command).await,
        Some(Command::Status(command)) => commands::status::run(data_dir, command).await,
        Some(Command::Open) => commands::open::run(data_dir).await,
        Some(Command::Doctor(command)) => commands::doctor::run(data_dir, command).await,
        Some(Command::Key(command)) => commands::key::run(data_dir, command).await,
        Some(Command::Backup(command)) => commands::backup::run(data_dir, command).await,
        Some(Command::Config(command)) => commands::config::run(data_dir, &command),
        Some(Command::Eval(command)) => commands::eval::run(data_dir, command).await,
        Some(Command::Worker { .. }) => Ok(()), // served before the runtime was started
    }
}

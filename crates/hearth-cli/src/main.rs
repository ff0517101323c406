//! The `hearth` program.

mod commands;
mod connection;
mod output;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Ask questions about your own documents, on your own machine; every claim is shown with its source.
#[derive(Parser)]
#[command(name = "hearth", version, about, max_term_width = 100)]
struct Arguments {
    /// Folder of the library [default: HEARTH_DATA_DIR, or the platform's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the node: it serves the library to programs and browsers on this machine
    Node(commands::node::Arguments),
    /// Create a notebook and print its id
    New(commands::notebooks::NewArguments),
    /// List the notebooks
    List(commands::notebooks::ListArguments),
    /// Add files, folders or web pages to a notebook
    Add(commands::add::Arguments),
    /// Ask a question about a notebook; prints the answer and its numbered quotes
    Ask(commands::ask::Arguments),
    /// Search a notebook, or the whole library
    Search(commands::search::Arguments),
    /// List, download, import or remove models
    Models(commands::models::Arguments),
    /// Print the state of the node, the library and the engines
    Status(commands::status::Arguments),
    /// Open the notebooks in a browser
    Open,
    /// Check what Hearth needs, and print how to fix each problem
    Doctor(commands::doctor::Arguments),
    /// Create, list or revoke keys for other programs
    Key(commands::key::Arguments),
    /// Back up the library to one file; list, verify or restore backups
    Backup(commands::backup::Arguments),
    /// Print the settings in effect and where each came from
    Config(commands::config::Arguments),
    /// Measure search and answers on judged collections
    Eval(commands::eval::Arguments),
    /// Run as a confined worker process (started by the node)
    #[command(hide = true)]
    Worker { kind: Option<String> },
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_wrong_use = error.use_stderr();
            // Printing help to a closed pipe is no error.
            let _ = error.print();
            return if is_wrong_use { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    // A worker confines itself: nothing else may have been started in its process.
    if let Some(Command::Worker { kind }) = &arguments.command {
        return hearth_node::serve_worker(kind.as_deref()).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let filter =
        if matches!(arguments.command, Some(Command::Node(_))) { "info,access=info" } else { "warn" };
    hearth_host::start_logging(&format!("{filter},tantivy=warn"));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::print_error(&format!("Hearth could not start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run_command(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::print_error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run_command(arguments: Arguments) -> anyhow::Result<()> {
    let data_dir = arguments.data_dir.as_deref();
    match arguments.command {
        None => commands::status::print_overview(data_dir),
        Some(Command::Node(command)) => commands::node::run(data_dir, command).await,
        Some(Command::New(command)) => commands::notebooks::create_notebook(data_dir, command).await,
        Some(Command::List(command)) => commands::notebooks::list_notebooks(data_dir, command).await,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::path::Path;

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn no_two_arguments_of_a_command_are_in_each_others_way() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_folder_of_the_library_can_be_given_before_or_after_a_command() {
        for line in [["hearth", "--data-dir", "/srv", "list"], ["hearth", "list", "--data-dir", "/srv"]] {
            let arguments = Arguments::try_parse_from(line).unwrap();
            assert_eq!(arguments.data_dir.as_deref(), Some(Path::new("/srv")), "{line:?}");
            assert!(matches!(arguments.command, Some(Command::List(_))), "{line:?}");
        }
    }

    #[test]
    fn adding_needs_a_notebook_and_something_to_add() {
        assert!(Arguments::try_parse_from(["hearth", "add", "Heating"]).is_err());
        assert!(
            Arguments::try_parse_from(["hearth", "add", "Heating", "a.pdf", "https://example.org"]).is_ok()
        );
    }

    #[test]
    fn every_command_is_described() {
        let program = Arguments::command();
        for command in program.get_subcommands().filter(|command| !command.is_hide_set()) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }
}

//! The desktop program: a window on the node that the program runs, and the shell for abilities that a page
//! lacks.
//!
//! The program is not a second interface. The window shows the page that the node serves, as any browser
//! would; abilities that a page lacks are offered to the node as the shell (`shell.rs`).
#![cfg_attr(windows, windows_subsystem = "windows")]

mod arguments;
mod associations;
mod dictation_bar;
mod file_import;
mod file_save;
mod hotkeys;
mod mutex;
mod node_thread;
mod notifications;
mod pages;
mod program;
mod running_node;
mod shell;
mod strings;
mod supervisor;
mod tray;
mod window;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

fn main() -> ExitCode {
    // A worker confines itself: nothing else may have been started in its process.
    let mut raw_arguments = std::env::args().skip(1);
    if raw_arguments.next().is_some_and(|first| first == "worker") {
        return hearth_node::serve_worker(raw_arguments.next().as_deref())
            .map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // A closed pipe is not an error.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    hearth_host::start_logging("warn,tantivy=warn");
    match program::run_program(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

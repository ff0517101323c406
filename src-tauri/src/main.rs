//! The desktop program: a window on the node that it runs, and what a page cannot do by itself.
//!
//! It is not a second interface. The window shows the page that the node serves, as any browser would;
//! what a page cannot do, the program offers to its node as the shell (`shell.rs`).
#![cfg_attr(windows, windows_subsystem = "windows")]

mod adding;
mod arguments;
mod associations;
mod bar;
mod desktop;
mod hotkeys;
mod node;
mod notify;
mod pages;
mod running;
mod saving;
mod shell;
mod supervise;
mod tray;
mod window;
mod words;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

fn main() -> ExitCode {
    // A worker confines itself: nothing else may have been started in its process.
    let mut given = std::env::args().skip(1);
    if given.next().is_some_and(|first| first == "worker") {
        return hearth_node::serve_worker(given.next().as_deref())
            .map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Printing to a closed pipe is nobody's problem.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    hearth_host::start_logging("warn,tantivy=warn");
    match desktop::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

//! The interface in a real browser, against a real node.
#![allow(clippy::unwrap_used, reason = "tests")]

mod accessible;
mod around;
mod asking;
mod crossing;
mod dictating;
mod hostile;
mod many;
mod reading;
mod recording;
mod shell;
mod speaking;
mod watching;

use std::path::Path;

use hearth_domain::NotebookId;
use hearth_tests::page::{ask, enter, enter_notebook};
use hearth_tests::{Browser, NodeProcess};

/// A node with a notebook, and a browser that shows it.
struct House {
    node: NodeProcess,
    notebook: NotebookId,
    browser: Browser,
    data: tempfile::TempDir,
}

impl House {
    /// With these files in the notebook, all of them read; `environment` is the node's.
    async fn with(files: &[(&str, &[u8])], environment: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let node = NodeProcess::start(data.path(), environment);
        let notebook = node.notebook("House").await;
        for (name, bytes) in files {
            node.add(notebook, name, bytes).await;
        }
        node.settled(notebook).await;
        let browser = Browser::start(1440, 900, false).await;
        enter_notebook(&node, &browser, notebook).await;
        Self { node, notebook, browser, data }
    }
}

/// Writes files that the browser's file field takes; gives their paths, a line each.
fn files(folder: &Path, named: &[(&str, &[u8])]) -> String {
    let write = |(name, bytes): &(&str, &[u8])| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    named.iter().map(write).collect::<Vec<String>>().join("\n")
}

/// Recordings of a library that are on the disk.
fn recordings(data: &Path) -> usize {
    std::fs::read_dir(data.join("recordings")).map_or(0, Iterator::count)
}

/// What of a text is told apart by eye: words, not white space.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

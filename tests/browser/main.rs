//! The interface in a real browser, against a real node.
#![allow(clippy::unwrap_used, reason = "tests")]

mod accessibility;
mod asking;
mod browser_dictation;
mod german;
mod hostile;
mod large_notebooks;
mod navigation;
mod push_to_talk;
mod read_aloud;
mod recording;
mod shell;
mod source_updates;
mod streaming;

use std::path::Path;

use hearth_domain::NotebookId;
use hearth_tests::page::{ask_question, open_notebook, open_page};
use hearth_tests::{Browser, NodeProcess, wait_for};

/// A node with a notebook, and a browser that shows it.
struct NotebookFixture {
    node: NodeProcess,
    notebook: NotebookId,
    browser: Browser,
    data: tempfile::TempDir,
}

impl NotebookFixture {
    /// Starts a node with these files in its notebook, all of them prepared; `environment` is the node's.
    async fn start(files: &[(&str, &[u8])], environment: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let node = NodeProcess::start(data.path(), environment);
        let notebook = node.create_notebook("House").await;
        for (name, bytes) in files {
            node.add_file(notebook, name, bytes).await;
        }
        node.wait_until_settled(notebook).await;
        let browser = Browser::start(1440, 900, false).await;
        open_notebook(&node, &browser, notebook).await;
        Self { node, notebook, browser, data }
    }
}

/// Writes files (name, bytes) for the browser's file field; returns their paths, one per line.
fn write_files(folder: &Path, contents: &[(&str, &[u8])]) -> String {
    let write = |(name, bytes): &(&str, &[u8])| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    contents.iter().map(write).collect::<Vec<String>>().join("\n")
}

/// Number of recordings of a library on the disk.
fn count_recordings(data: &Path) -> usize {
    std::fs::read_dir(data.join("recordings")).map_or(0, Iterator::count)
}

/// Question of the dictation tests.
const SPOKEN_QUESTION: &str = "How often is the burner cleaned?";

/// Waits until the spoken question was asked and answered so many times, no other was, and the dictation has ended.
async fn wait_for_spoken_answers(browser: &Browser, count: usize) {
    let done = format!("document.querySelectorAll('.turn[data-state=done]').length === {count}");
    browser.wait_until(&done).await;
    let is_spoken = format!("turn => turn.innerText.includes('{SPOKEN_QUESTION}')");
    browser.wait_until(&format!("[...document.querySelectorAll('.turn')].every({is_spoken})")).await;
    browser.wait_until("document.querySelector('.cite') && !document.querySelector('.speaking')").await;
}

/// Waits until a library has no recording on the disk.
async fn wait_for_no_recordings(data: &Path) {
    wait_for("the deletion of the recording", async || count_recordings(data), |count| *count == 0).await;
}

/// A text with every run of white space replaced by one space.
fn normalise_spaces(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

//! A full disk: the library stays intact, new sources are refused with the reason, and work goes on when there is
//! space. A limit on the size of files stands for the disk.
#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::{Duration, Instant};

use hearth_domain::SourceStatus;
use hearth_tests::documents::HANDBOOK_TEXT;
use hearth_tests::node::{hearth_program, is_settled};
use hearth_tests::{NodeProcess, wait_until};
use hearth_wire::operations::Search;
use hearth_wire::{ErrorCode, SearchQuery};

/// Sources that are prepared at a time.
const MAX_UNSETTLED_SOURCES: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_recovered_from() {
    let data = tempfile::tempdir().unwrap();
    let mut node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.wait_until_settled(notebook).await;
    node.kill();

    // The files of vectors are created with space for some thousand: new vectors fit there, but
    // neither the database nor its journal may grow beyond half a megabyte.
    let mut limited = Command::new("sh");
    limited
        .args([
            "-c",
            "trap '' XFSZ; ulimit -S -f 1000; exec \"$0\" --data-dir \"$1\" node --listen 127.0.0.1:0",
        ])
        .arg(hearth_program())
        .arg(data.path());
    let node = NodeProcess::start_with_command(limited, data.path(), &[]);
    let text = |seed: usize, words: usize| -> String {
        (0..words).map(|n| format!("word{} ", (n * 7919 + seed) % 99_991)).collect()
    };
    // Beyond the limit at once: refused, with the reason.
    let large = node.add_file(notebook, "large.txt", text(1, 120_000).as_bytes()).await;
    assert_eq!(large.refused[0].error.code, ErrorCode::ResourceExhausted, "{large:?}");
    // Many that fit one by one, until the database is full; accepted sources are not lost.
    let (mut accepted, mut added_at) = (0, Instant::now());
    wait_until("the full disk is reported", async || {
        let sources = node.list_sources(notebook).await;
        let mut errors = sources.iter().filter_map(|source| source.error.as_ref());
        if errors.any(|error| error.code == ErrorCode::ResourceExhausted) {
            return true;
        }
        // A job whose delay cannot be stored, either, seems to run on: then a further source is refused.
        let unsettled = sources.iter().filter(|source| !is_settled(source)).count();
        if unsettled >= MAX_UNSETTLED_SOURCES && added_at.elapsed() < Duration::from_secs(1) {
            return false;
        }
        added_at = Instant::now();
        let title = format!("part {accepted}");
        match node.client.add_text(notebook, &title, &text(accepted, 2000)).await {
            Ok(added) if added.refused.is_empty() => {
                accepted += 1;
                false
            }
            Ok(added) => added.refused[0].error.code == ErrorCode::ResourceExhausted,
            Err(error) => error.error_code() == Some(ErrorCode::ResourceExhausted),
        }
    })
    .await;
    // The source of before is found.
    let query = SearchQuery { q: "burner brush".into(), ..SearchQuery::default() };
    let hits = node.client.call::<Search>(&[], &query, &()).await.unwrap().hits;
    assert!(!hits.is_empty());

    let pid = node.pid().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status().unwrap();
    assert!(lifted.success());
    let sources = node.wait_until_settled(notebook).await;
    assert_eq!(sources.len(), accepted + 1);
    assert!(sources.iter().all(|source| source.status == SourceStatus::Ready), "{sources:#?}");
}

//! A full disk: the library stays intact, new sources are refused with the reason, and work goes on when there is
//! space. A limit on the size of files stands for the disk.
#![cfg(target_os = "linux")]

use std::process::Command;

use hearth_domain::SourceStatus;
use hearth_tests::NodeProcess;
use hearth_tests::documents::HANDBOOK_TEXT;
use hearth_tests::node::hearth_program;
use hearth_wire::operations::Search;
use hearth_wire::{ErrorCode, SearchQuery};

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
    let mut accepted = 0;
    let mut is_refused = false;
    for number in 0..40 {
        match node.client.add_text(notebook, &format!("part {number}"), &text(number, 2000)).await {
            Ok(added) if added.refused.is_empty() => accepted += 1,
            Ok(added) => is_refused |= added.refused[0].error.code == ErrorCode::ResourceExhausted,
            Err(error) => is_refused |= error.error_code() == Some(ErrorCode::ResourceExhausted),
        }
        if is_refused {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let sources = node.list_sources(notebook).await;
    let is_delayed = sources
        .iter()
        .filter_map(|source| source.error.as_ref())
        .any(|e| e.code == ErrorCode::ResourceExhausted);
    assert!(is_refused || is_delayed, "the full disk was not reported: {sources:#?}");
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

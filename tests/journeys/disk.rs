//! A disk that fills up: what was there stays, what comes is told, and work goes on when there is
//! room. The limit on the size of files stands for the disk.
#![cfg(target_os = "linux")]

use std::process::Command;

use hearth_domain::SourceStatus;
use hearth_tests::NodeProcess;
use hearth_tests::documents::HANDBOOK;
use hearth_tests::node::program;
use hearth_wire::operations::Search;
use hearth_wire::{ErrorCode, SearchQuery};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_recovered_from() {
    let data = tempfile::tempdir().unwrap();
    let mut node = NodeProcess::start(data.path(), &[]);
    let notebook = node.notebook("House").await;
    node.add(notebook, "handbook.md", HANDBOOK.as_bytes()).await;
    node.settled(notebook).await;
    node.kill();

    // The vectors' files are made with room for some thousand: what is new has room there, but
    // neither the database nor its journal may grow beyond half a megabyte.
    let mut limited = Command::new("sh");
    limited
        .args([
            "-c",
            "trap '' XFSZ; ulimit -S -f 1000; exec \"$0\" --data-dir \"$1\" node --listen 127.0.0.1:0",
        ])
        .arg(program())
        .arg(data.path());
    let node = NodeProcess::run(limited, data.path(), &[]);
    let text = |seed: usize, words: usize| -> String {
        (0..words).map(|n| format!("word{} ", (n * 7919 + seed) % 99_991)).collect()
    };
    // Beyond the limit at once: refused, with the reason.
    let large = node.add(notebook, "large.txt", text(1, 120_000).as_bytes()).await;
    assert_eq!(large.refused[0].error.code, ErrorCode::ResourceExhausted, "{large:?}");
    // Many that fit one by one, until the database is full; those that were taken are not lost.
    let mut taken = 0;
    let mut told = false;
    for number in 0..40 {
        match node.client.add_text(notebook, &format!("part {number}"), &text(number, 2000)).await {
            Ok(added) if added.refused.is_empty() => taken += 1,
            Ok(added) => told |= added.refused[0].error.code == ErrorCode::ResourceExhausted,
            Err(error) => told |= error.code() == Some(ErrorCode::ResourceExhausted),
        }
        if told {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let sources = node.sources(notebook).await;
    let waits =
        sources.iter().filter_map(|source| source.error.as_ref()).any(|e| e.code == "RESOURCE_EXHAUSTED");
    assert!(told || waits, "nobody said that the disk is full: {sources:#?}");
    // What was there is there.
    let query = SearchQuery { q: "burner brush".into(), ..SearchQuery::default() };
    let hits = node.client.call::<Search>(&[], &query, &()).await.unwrap().hits;
    assert!(!hits.is_empty());

    let pid = node.pid().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status().unwrap();
    assert!(lifted.success());
    let sources = node.settled(notebook).await;
    assert_eq!(sources.len(), taken + 1);
    assert!(sources.iter().all(|source| source.status == SourceStatus::Ready), "{sources:#?}");
}

//! kill -9 at any moment loses nothing that was accepted.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use hearth_domain::{SourceId, SourceStatus};
use hearth_tests::NodeProcess;
use hearth_tests::documents::pdf;
use hearth_wire::operations::{CreateNotebook, ListPassages, Search};
use hearth_wire::{NewNotebook, SearchQuery};
use rand::Rng;
use rand::seq::SliceRandom;

const DOCUMENTS: usize = 50;
const KILLS: usize = 100;

/// A document that is unlike the others, in one of three formats.
fn document(number: usize) -> (String, Vec<u8>) {
    let word = format!("quartz{number}vein");
    let lines: Vec<String> = (0..30)
        .map(|line| {
            format!(
                "Line {line} of document {number} tells of the {word} and of its depth of {} metres.",
                line * number
            )
        })
        .collect();
    match number % 3 {
        0 => (format!("{number}.md"), format!("# Document {number}\n\n{}", lines.join("\n\n")).into_bytes()),
        1 => (format!("{number}.txt"), lines.join("\n").into_bytes()),
        _ => (format!("{number}.pdf"), pdf(&[&lines[..15].join("\n"), &lines[15..].join("\n")])),
    }
}

/// Real ones beside those made here, where there are any: papers, offices' files, pages, tables.
fn real_documents() -> Vec<(String, Vec<u8>)> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval");
    let Some(folder) = hearth_host::eval_dir(&default) else { return Vec::new() };
    let kinds = ["pdf", "docx", "pptx", "xlsx", "html", "md", "csv"];
    let folders = kinds.iter().filter_map(|kind| std::fs::read_dir(folder.join("documents").join(kind)).ok());
    let paths = folders.flatten().flatten().map(|entry| entry.path());
    paths
        .map(|path| (path.file_name().unwrap().display().to_string(), std::fs::read(&path).unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_a_hundred_times_while_adding_it_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    let settings = [("HEARTH_EMBED__THREADS", "1")];
    let mut node = NodeProcess::start(data.path(), &settings);
    let new = NewNotebook { title: "Mine".into(), emoji: None };
    let notebook = node.client.call::<CreateNotebook>(&[], &(), &new).await.unwrap().id;
    let mut accepted: HashSet<SourceId> = HashSet::new();
    let mut documents: Vec<(String, Vec<u8>)> = (0..DOCUMENTS).map(document).collect();
    documents.extend(real_documents());
    documents.shuffle(&mut rand::rng());
    let all = documents.len();
    let mut waiting = documents;
    let files = tempfile::tempdir().unwrap();
    for _ in 0..KILLS {
        let life = Duration::from_millis(rand::rng().random_range(1..350));
        let uploads = async {
            while let Some((name, bytes)) = waiting.last() {
                let path = files.path().join(name);
                std::fs::write(&path, bytes).unwrap();
                // An upload that was cut off was not accepted: it is sent again.
                let Ok(added) = node.client.add_file(notebook, &path, name).await else {
                    return;
                };
                accepted.extend(added.sources.iter().map(|source| source.id));
                waiting.pop();
            }
            std::future::pending::<()>().await;
        };
        // Dies in the middle of whatever it is doing.
        let _ = tokio::time::timeout(life, uploads).await;
        node.kill();
        node = NodeProcess::start(data.path(), &settings);
    }
    for (name, bytes) in waiting {
        let added = node.add(notebook, &name, &bytes).await;
        accepted.extend(added.sources.iter().map(|source| source.id));
    }
    let sources = node.settled(notebook).await;
    let ready: HashSet<SourceId> = sources
        .iter()
        .filter(|source| source.status == SourceStatus::Ready)
        .map(|source| source.id)
        .collect();
    let failed: Vec<_> = sources.iter().filter(|source| source.status != SourceStatus::Ready).collect();
    assert!(accepted.is_subset(&ready), "accepted, but not ready: {failed:#?}");
    assert_eq!(ready.len(), all, "no document twice");

    let mut ids = HashSet::new();
    for source in &sources {
        let passages =
            node.client.call::<ListPassages>(&[&source.id.to_string()], &(), &()).await.unwrap().passages;
        assert!(!passages.is_empty());
        for (ordinal, passage) in (0..).zip(&passages) {
            assert_eq!(passage.ordinal, ordinal);
            assert!(ids.insert(passage.id.clone()), "a passage twice");
        }
    }
    // Both indexes have every document, once.
    for number in 0..DOCUMENTS {
        let query =
            SearchQuery { q: format!("\"quartz{number}vein\""), limit: Some(50), ..SearchQuery::default() };
        let hits = node.client.call::<Search>(&[], &query, &()).await.unwrap().hits;
        let found: HashSet<String> =
            hits.iter().map(|hit| hit.passage.as_ref().unwrap().id.0.clone()).collect();
        assert!(!hits.is_empty(), "document {number} is not found by its word");
        assert_eq!(found.len(), hits.len(), "document {number} is found twice");
    }
    let report = node.client.call::<hearth_wire::operations::Doctor>(&[], &(), &()).await.unwrap();
    let index = report.findings.iter().find(|finding| finding.about == "index").unwrap();
    assert_eq!(index.found, format!("{0} of {0} passages by words, {0} of {0} by meaning", ids.len()));
    let status = node.client.call::<hearth_wire::operations::GetStatus>(&[], &(), &()).await.unwrap();
    assert_eq!(status.library.passages as usize, ids.len());
}

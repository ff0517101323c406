//! kill -9 at random moments loses no source that was accepted.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use hearth_domain::{SourceId, SourceStatus};
use hearth_tests::NodeProcess;
use hearth_tests::documents::build_pdf;
use hearth_wire::operations::{CreateNotebook, ListPassages, Search};
use hearth_wire::{NewNotebook, SearchQuery};
use rand::Rng;
use rand::seq::SliceRandom;

/// Documents that the test creates.
const DOCUMENT_COUNT: usize = 50;
/// Times that the node is killed.
const KILL_COUNT: usize = 100;

/// Name and bytes of a document with words of its own, in one of three formats.
fn create_document(number: usize) -> (String, Vec<u8>) {
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
        _ => (format!("{number}.pdf"), build_pdf(&[&lines[..15].join("\n"), &lines[15..].join("\n")])),
    }
}

/// Names and bytes of the evaluation's documents, if there are any: papers, office files, web pages, tables.
fn read_real_documents() -> Vec<(String, Vec<u8>)> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval");
    let Some(folder) = hearth_host::evaluation_folder(&default) else { return Vec::new() };
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
    let mut documents: Vec<(String, Vec<u8>)> = (0..DOCUMENT_COUNT).map(create_document).collect();
    documents.extend(read_real_documents());
    documents.shuffle(&mut rand::rng());
    let total = documents.len();
    let mut pending = documents;
    let files = tempfile::tempdir().unwrap();
    for _ in 0..KILL_COUNT {
        let lifetime = Duration::from_millis(rand::rng().random_range(1..350));
        let uploads = async {
            while let Some((name, bytes)) = pending.last() {
                let path = files.path().join(name);
                std::fs::write(&path, bytes).unwrap();
                // An interrupted upload was not accepted: it is sent again.
                let Ok(added) = node.client.add_file(notebook, &path, name).await else {
                    return;
                };
                accepted.extend(added.sources.iter().map(|source| source.id));
                pending.pop();
            }
            std::future::pending::<()>().await;
        };
        // The node is killed in the middle of its work.
        let _ = tokio::time::timeout(lifetime, uploads).await;
        node.kill();
        node = NodeProcess::start(data.path(), &settings);
    }
    for (name, bytes) in pending {
        let added = node.add_file(notebook, &name, &bytes).await;
        accepted.extend(added.sources.iter().map(|source| source.id));
    }
    let sources = node.wait_until_settled(notebook).await;
    let ready: HashSet<SourceId> = sources
        .iter()
        .filter(|source| source.status == SourceStatus::Ready)
        .map(|source| source.id)
        .collect();
    let failed: Vec<_> = sources.iter().filter(|source| source.status != SourceStatus::Ready).collect();
    assert!(accepted.is_subset(&ready), "accepted, but not ready: {failed:#?}");
    assert_eq!(ready.len(), total, "no document twice");

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
    // Both indexes contain every document once.
    for number in 0..DOCUMENT_COUNT {
        let query =
            SearchQuery { q: format!("\"quartz{number}vein\""), limit: Some(50), ..SearchQuery::default() };
        let hits = node.client.call::<Search>(&[], &query, &()).await.unwrap().hits;
        let found: HashSet<String> =
            hits.iter().map(|hit| hit.passage.as_ref().unwrap().id.0.clone()).collect();
        assert!(!hits.is_empty(), "document {number} is not found by its word");
        assert_eq!(found.len(), hits.len(), "document {number} is found twice");
    }
    let report = node.client.call::<hearth_wire::operations::RunDoctor>(&[], &(), &()).await.unwrap();
    let index = report.findings.iter().find(|finding| finding.about == "index").unwrap();
    assert_eq!(
        index.found,
        format!("{0} of {0} passages in the text index, {0} of {0} in the vector index", ids.len())
    );
    let status = node.client.call::<hearth_wire::operations::GetStatus>(&[], &(), &()).await.unwrap();
    assert_eq!(status.library.passages as usize, ids.len());
}
